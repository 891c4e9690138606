//! Signing in: Basic, or a token from the server that a registry names (distribution's token and
//! OAuth2 specifications). Tokens are kept for as long as the registry takes them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coracle_transport::{Body, Client, Method, Request, Response, is_loopback};
use serde::Deserialize;

use crate::Error;
use crate::challenge::Challenge;
use crate::credentials::{Credentials, Found, Secret};
use crate::endpoint::Endpoint;
use crate::refusal::{About, Said, refused};

/// What is to be done with which repositories: `repository:acme/server:pull,push`, one an element.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope(Vec<String>);

impl Scope {
    pub(crate) fn of(repository: &str, actions: &str) -> Scope {
        Scope(vec![format!("repository:{repository}:{actions}")])
    }

    /// Both, in one token: a mount needs two repositories.
    pub(crate) fn and(&self, other: &Scope) -> Scope {
        Scope(self.0.iter().chain(&other.0).cloned().collect())
    }
}

/// For whom somebody signs in.
pub(crate) struct Errand<'a> {
    pub(crate) client: &'a Client,
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) repository: &'a str,
    /// "push to acme/server", for an error message.
    pub(crate) doing: &'a str,
}

impl Errand<'_> {
    /// An answer that the specification does not allow.
    pub(crate) fn protocol(&self, reason: &str) -> Error {
        Error::Protocol {
            registry: self.endpoint.registry.clone(),
            doing: self.doing.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// What was valid last.
pub(crate) struct Authorizer {
    credentials: Credentials,
    /// `Authorization` values, by registry and scope.
    valid: Mutex<BTreeMap<(String, Scope), String>>,
    /// What was found for a repository of a registry: helpers are asked once.
    found: Mutex<BTreeMap<(String, String), Found>>,
}

/// A token is a kilobyte or two; Harbor's can be large.
const MOST_TOKEN_BYTES: u64 = 1 << 20;

impl Authorizer {
    pub(crate) fn new(credentials: Credentials) -> Authorizer {
        Authorizer {
            credentials,
            valid: Mutex::default(),
            found: Mutex::default(),
        }
    }

    /// What to send from the start.
    pub(crate) fn known(&self, endpoint: &Endpoint, scope: &Scope) -> Option<String> {
        let key = (endpoint.registry.clone(), scope.clone());
        self.valid
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned()
    }

    /// What to say about a "no".
    pub(crate) fn about(&self, errand: &Errand<'_>) -> About {
        About {
            registry: errand.endpoint.registry.clone(),
            repository: errand.repository.to_owned(),
            doing: errand.doing.to_owned(),
            tried: self
                .find(&errand.endpoint.registry, errand.repository)
                .tried,
        }
    }

    /// The credentials for a repository.
    fn find(&self, registry: &str, repository: &str) -> Found {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (registry.to_owned(), repository.to_owned());
        found
            .entry(key)
            .or_insert_with(|| self.credentials.find(registry, repository))
            .clone()
    }

    /// Answers a 401: what to send instead of `rejected`. Several threads may be told 401 at once;
    /// one of them fetches, and the others take what it got.
    pub(crate) fn answer(
        &self,
        errand: &Errand<'_>,
        scope: &Scope,
        rejected: Option<&str>,
        response: Response,
    ) -> Result<String, Error> {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (errand.endpoint.registry.clone(), scope.clone());
        if let Some(newer) = valid.get(&key)
            && Some(newer.as_str()) != rejected
        {
            return Ok(newer.clone());
        }
        let found = self.find(&errand.endpoint.registry, errand.repository);
        let challenges = Challenge::parse(response.headers("www-authenticate"));
        let unauthorized = |response| refused(self.about(errand), response);
        let of = |scheme: &str| {
            challenges
                .iter()
                .find(|challenge| challenge.scheme == scheme)
        };
        let value = match (of("bearer"), of("basic"), &found.secret) {
            (_, _, Some(Secret::Token(token))) => format!("Bearer {token}"),
            (Some(bearer), _, secret) => self.token(errand, scope, bearer, secret.as_ref())?,
            (None, Some(_), Some(Secret::Password { username, password })) => {
                basic(username, password)
            }
            (None, Some(_), _) => return Err(unauthorized(response)),
            (None, None, _) => {
                let reason = "it asks for credentials without saying of which kind";
                return Err(errand.protocol(reason));
            }
        };
        if Some(value.as_str()) == rejected {
            return Err(unauthorized(response));
        }
        valid.insert(key, value.clone());
        Ok(value)
    }

    /// 1. GET `realm?service=…&scope=…` with a password, or with nothing where anybody may read; or
    ///    POST the identity token as OAuth2 refreshes.
    /// 2. The answer holds the token, as `token` or `access_token`.
    fn token(
        &self,
        errand: &Errand<'_>,
        scope: &Scope,
        challenge: &Challenge,
        secret: Option<&Secret>,
    ) -> Result<String, Error> {
        #[derive(Deserialize)]
        struct Answer {
            token: Option<String>,
            access_token: Option<String>,
        }
        let doing = format!("get a token to {}", errand.doing);
        let errand = &Errand {
            doing: &doing,
            ..*errand
        };
        let response = errand
            .client
            .send(token_request(errand, scope, challenge, secret)?)?;
        if response.status() != 200 {
            return Err(self.no_token(errand, response));
        }
        let body = response.bytes(MOST_TOKEN_BYTES)?;
        // What a parser would quote may be a token.
        let answer: Answer = serde_json::from_slice(&body)
            .map_err(|_| errand.protocol("the token server's answer is no token"))?;
        let given = |token: Option<String>| token.filter(|token| !token.is_empty());
        let token = given(answer.token).or_else(|| given(answer.access_token));
        let token = token.ok_or_else(|| errand.protocol("the token server gave an empty token"))?;
        Ok(format!("Bearer {token}"))
    }

    /// The token server's "no": 400, 401 and 403 are all about who we are, in different registries.
    fn no_token(&self, errand: &Errand<'_>, response: Response) -> Error {
        let about = self.about(errand);
        if response.status() != 400 {
            return refused(about, response);
        }
        let About {
            registry,
            doing,
            tried,
            ..
        } = about;
        Error::Unauthorized {
            registry,
            doing,
            tried,
            said: Said::read(response),
        }
    }
}

/// Tokens are secrets.
impl fmt::Debug for Authorizer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Authorizer")
            .field(&self.credentials)
            .finish()
    }
}

fn basic(username: &str, password: &str) -> String {
    format!(
        "Basic {}",
        STANDARD.encode(format!("{username}:{password}"))
    )
}

fn token_request(
    errand: &Errand<'_>,
    scope: &Scope,
    challenge: &Challenge,
    secret: Option<&Secret>,
) -> Result<Request, Error> {
    let realm = challenge.parameter("realm");
    let realm = realm.ok_or_else(|| errand.protocol("its challenge names no token server"))?;
    if errand.endpoint.is_encrypted() && !may_hear_secrets(realm) {
        return Err(errand.protocol("its token server is not encrypted"));
    }
    let mut fields: Vec<(&str, &str)> = Vec::new();
    fields.extend(
        challenge
            .parameter("service")
            .map(|service| ("service", service)),
    );
    if let Some(Secret::Identity { token }) = secret {
        let scopes = scope.0.join(" ");
        fields.extend([
            ("client_id", "coracle"),
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", &scopes),
        ]);
        let form = encoded(&fields).into_bytes();
        return Ok(Request::new(Method::Post, realm)
            .repeatable()
            // A redirect would carry the identity token to another place.
            .without_redirects()
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::Bytes(form)));
    }
    fields.extend(scope.0.iter().map(|scope| ("scope", scope.as_str())));
    let mark = if realm.contains('?') { '&' } else { '?' };
    let request = Request::new(Method::Get, format!("{realm}{mark}{}", encoded(&fields)));
    Ok(match secret {
        Some(Secret::Password { username, password }) => {
            request.header("authorization", basic(username, password))
        }
        _ => request,
    })
}

/// https, or this very machine.
fn may_hear_secrets(realm: &str) -> bool {
    let Some(rest) = realm.strip_prefix("http://") else {
        return realm.starts_with("https://");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => authority,
    };
    // `127.0.0.1:80@example.org` is a user and a password at example.org.
    !authority.contains('@') && is_loopback(host)
}

/// `application/x-www-form-urlencoded`, good for a query too.
fn encoded(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    pairs.join("&")
}

/// Everything but RFC 3986's unreserved characters, and the colon and slash that scopes are full of.
pub(crate) fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_keeps_what_its_values_say() {
        let fields = [("service", "a b&c"), ("scope", "repository:a/b:pull,push")];
        assert_eq!(
            encoded(&fields),
            "service=a%20b%26c&scope=repository:a/b:pull%2Cpush"
        );
    }

    #[test]
    fn secrets_go_only_where_nobody_listens_in() {
        for realm in [
            "https://auth.example/token",
            "http://127.0.0.1:5001/token",
            "http://[::1]:1/",
            "http://localhost",
        ] {
            assert!(may_hear_secrets(realm), "{realm}");
        }
        for realm in [
            "http://auth.example/token",
            "http://localhost.example/",
            "ftp://x",
            "http://127.0.0.1@x.example/",
            "http://127.0.0.1:80@x.example/",
            "",
        ] {
            assert!(!may_hear_secrets(realm), "{realm}");
        }
    }
}
