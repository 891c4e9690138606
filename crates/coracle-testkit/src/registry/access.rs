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
        let asked = if request.method == "POST" {
            Wish::of_form(request)
        } else {
            Wish::of_query(request)
        };
        let Some(wish) = asked.filter(|wish| wish.service == SERVICE) else {
            return Answer::error(
                400,
                "UNSUPPORTED",
                "another grant_type or service, or no client_id",
            );
        };
        let known = match &wish.proof {
            Proof::Refresh(token) => token == IDENTITY_TOKEN,
            Proof::Header(given) => *given == basic(user, password),
            Proof::None => false,
        };
        let anonymous = *anonymous_pull && matches!(wish.proof, Proof::None);
        if !known && !anonymous {
            return Answer::error(401, "UNAUTHORIZED", "wrong user or password");
        }
        let is_closed = |scope: &String| {
            closed
                .iter()
                .any(|name| scope.starts_with(&format!("repository:{name}:")))
        };
        if wish.scopes.iter().any(is_closed) {
            return Answer::error(403, "DENIED", "requested access to the resource is denied");
        }
        let without_push = |scope: &String| scope.replace(",push", "").replace(":push", ":");
        let granted = if known {
            wish.scopes
        } else {
            wish.scopes.iter().map(without_push).collect()
        };
        let token = format!("token-{}", self.last_token.fetch_add(1, Ordering::Relaxed));
        lock(&self.tokens).insert(token.clone(), granted);
        let field = if matches!(wish.proof, Proof::Refresh(_)) {
            "access_token"
        } else {
            "token"
        };
        let body = serde_json::json!({ (field): token, "expires_in": 300 });
        Answer::new(200).body("application/json", body.to_string().into_bytes())
    }
}

/// What somebody asks of the token server.
struct Wish {
    service: String,
    scopes: Vec<String>,
    proof: Proof,
}

enum Proof {
    None,
    Header(String),
    Refresh(String),
}

impl Wish {
    fn of_query(request: &Request<'_>) -> Option<Wish> {
        let given = request.header("authorization").map(str::to_owned);
        Some(Wish {
            service: request.query("service")?,
            scopes: request.queries("scope"),
            proof: given.map_or(Proof::None, Proof::Header),
        })
    }

    /// `None` where OAuth2 wants it otherwise.
    fn of_form(request: &mut Request<'_>) -> Option<Wish> {
        let form = request.body(64 * 1024).ok()?;
        let form = fields(&String::from_utf8_lossy(&form));
        let field = |wanted: &str| {
            form.iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
        };
        if field("grant_type")? != "refresh_token" || field("client_id")?.is_empty() {
            return None;
        }
        Some(Wish {
            service: field("service")?,
            scopes: field("scope")?.split(' ').map(str::to_owned).collect(),
            proof: Proof::Refresh(field("refresh_token")?),
        })
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
