//! Credential helpers: `docker-credential-NAME get`, the registry on stdin, JSON on stdout.

use std::time::Duration;

use coracle_process::{Error as ProcessError, Program};
use serde::Deserialize;

use super::Secret;

/// A helper may ask the user to unlock something.
const PATIENCE: Duration = Duration::from_secs(120);
/// As a user name: the secret is an identity token.
const IDENTITY: &str = "<token>";

/// Why a helper gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HelperError {
    #[error("the credential helper {program} is not installed")]
    Missing { program: String },
    #[error(transparent)]
    Failed(ProcessError),
    #[error("the credential helper {program} said something else than credentials")]
    Nonsense { program: String },
    #[error("`{name}` cannot be the name of a credential helper")]
    Name { name: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// What the helper knows of a registry; `None` where it knows nothing.
pub(super) fn get(name: &str, registry: &str) -> Result<Option<Secret>, HelperError> {
    if name.contains(['/', '\\', '\0']) {
        return Err(HelperError::Name {
            name: name.to_owned(),
        });
    }
    // What `docker login` stores it under.
    let server = match registry {
        "docker.io" => "https://index.docker.io/v1/",
        other => other,
    };
    let program = format!("docker-credential-{name}");
    let run = Program::new(&program)
        .arg("get")
        .stdin(server)
        .timeout(PATIENCE)
        .output();
    let output = match run {
        Ok(output) => output,
        Err(ProcessError::Failed { tail, .. }) if is_unknown(&tail) => return Ok(None),
        Err(ProcessError::NotFound { program }) => return Err(HelperError::Missing { program }),
        Err(error) => return Err(HelperError::Failed(error)),
    };
    let answer: Answer =
        serde_json::from_slice(&output.stdout).map_err(|_| HelperError::Nonsense { program })?;
    Ok(match (answer.username, answer.secret) {
        (_, secret) if secret.is_empty() => None,
        (username, token) if username == IDENTITY => Some(Secret::Identity { token }),
        (username, password) => Some(Secret::Password { username, password }),
    })
}

/// The words of docker-credential-helpers, which all helpers share.
fn is_unknown(tail: &str) -> bool {
    tail.contains("credentials not found") || tail.contains("no credentials")
}
