//! Who may do what: Basic, or tokens from a server of its own, as distribution's token specification has it.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lock;
use super::routes::Route;
use super::server::{Answer, Request, fields};

/// Where tokens are given out.
pub(super) const TOKEN_PATH: &str = "/token";
const SERVICE: &str = "coracle test, registry";
/// What the token server takes for a refresh token (OAuth2) where access is by [`Access::Token`].
pub const IDENTITY_TOKEN: &str = "identity-token-of-a-test";

/// Who may do what.
#[derive(Clone, Debug, Default)]
pub enum Access {
    /// All may do everything.
    #[default]
    Open,
    /// Everything needs a user and a password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// Everything needs a token, which a user and a password get.
    Token {
        /// The user.
        user: String,
        /// The password.
        password: String,
        /// Whoever asks for a token without a password gets one to pull.
        anonymous_pull: bool,
        /// Repositories that not even the user may see: a token for them is refused whole.
        closed: Vec<String>,
    },
}

pub(super) struct Guard {
    access: Access,
    /// The scopes of each token.
    tokens: Mutex<BTreeMap<String, Vec<String>>>,
    last_token: AtomicUsize,
}

impl Guard {
    pub(super) fn new(access: Access) -> Guard {
        Guard {
            access,
            tokens: Mutex::default(),
            last_token: AtomicUsize::new(0),
        }
    }

    pub(super) fn expire(&self) {
        lock(&self.tokens).clear();
    }

    /// May this be done? If not, the refusal.
    pub(super) fn check(&self, request: &Request<'_>, route: &Route) -> Result<(), Answer> {
        let given = request.header("authorization").unwrap_or_default();
        match &self.access {
            Access::Open => Ok(()),
            Access::Basic { user, password } if given == basic(user, password) => Ok(()),
            Access::Basic { .. } => Err(unauthorized("Basic realm=\"coracle, test\"")),
            Access::Token { .. } => self.check_token(request, route, given),
        }
    }

    fn check_token(&self, request: &Request<'_>, route: &Route, given: &str) -> Result<(), Answer> {
        let tokens = lock(&self.tokens);
        let scopes = given
            .strip_prefix("Bearer ")
            .and_then(|token| tokens.get(token));
        let needed = route.needs(request);
        if let Some(scopes) = scopes
            && needed
                .iter()
                .all(|need| scopes.iter().any(|scope| covers(scope, need)))
        {
            return Ok(());
        }
        let realm = format!(
            "http://{}{TOKEN_PATH}",
            request.header("host").unwrap_or_default()
        );
        let scope = needed
            .iter()
            .map(|(name, action)| format!("repository:{name}:{action}"));
        let scope = scope.collect::<Vec<_>>().join(" ");
        Err(unauthorized(&format!(
            "Bearer realm=\"{realm}\",service=\"{SERVICE}\",scope=\"{scope}\""
        )))
    }

    /// The token server: GET with Basic, or POST with a refresh token.
    pub(super) fn token(&self, request: &mut Request<'_>) -> Answer {
        let Access::Token {
            user,
            password,
            anonymous_pull,
            closed,
        } = &self.access
        else {
            return Answer::error(404, "UNSUPPORTED", "no tokens here");
        };
        let given = request
            .header("authorization")
            .unwrap_or_default()
            .to_owned();
        let (service, scopes, known) = if request.method == "POST" {
            let form = request.body(64 * 1024).unwrap_or_default();
            let form = fields(&String::from_utf8_lossy(&form));
            let field = |name: &str| {
                form.iter()
                    .find(|(key, _)| key == name)
                    .map_or("", |(_, value)| value)
                    .to_owned()
            };
            if field("grant_type") != "refresh_token" || field("client_id").is_empty() {
                return Answer::error(400, "UNSUPPORTED", "another grant_type, or no client_id");
            }
            let scopes = field("scope")
                .split(' ')
                .map(str::to_owned)
                .collect::<Vec<_>>();
            (
                field("service"),
                scopes,
                field("refresh_token") == IDENTITY_TOKEN,
            )
        } else {
            let service = request.query("service").unwrap_or_default();
            (
                service,
                request.queries("scope"),
                given == basic(user, password),
            )
        };
        if service != SERVICE {
            return Answer::error(400, "UNSUPPORTED", "another service");
        }
        let anonymous = *anonymous_pull && given.is_empty() && request.method == "GET";
        if !known && !anonymous {
            return Answer::error(401, "UNAUTHORIZED", "wrong user or password");
        }
        let is_closed = |scope: &String| {
            closed
                .iter()
                .any(|name| scope.starts_with(&format!("repository:{name}:")))
        };
        if scopes.iter().any(is_closed) {
            return Answer::error(403, "DENIED", "requested access to the resource is denied");
        }
        let granted = match known {
            true => scopes,
            false => scopes
                .iter()
                .map(|scope| scope.replace(",push", "").replace(":push", ":"))
                .collect(),
        };
        let number = self.last_token.fetch_add(1, Ordering::Relaxed);
        let token = format!("token-{number}");
        lock(&self.tokens).insert(token.clone(), granted);
        let field = if request.method == "POST" {
            "access_token"
        } else {
            "token"
        };
        let body = serde_json::json!({ (field): token, "expires_in": 300 });
        Answer::new(200).body("application/json", body.to_string().into_bytes())
    }
}

/// Does `repository:NAME:pull,push` allow this?
fn covers(scope: &str, (repository, action): &(String, &str)) -> bool {
    let Some((name, actions)) = scope
        .strip_prefix("repository:")
        .and_then(|rest| rest.rsplit_once(':'))
    else {
        return false;
    };
    name == repository && actions.split(',').any(|allowed| allowed == *action)
}

fn unauthorized(challenge: &str) -> Answer {
    Answer::error(401, "UNAUTHORIZED", "authentication required")
        .header("WWW-Authenticate", challenge)
}

fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{user}:{password}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(pair)
    )
}
