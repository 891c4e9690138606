//! Whose certificates a program of cargo's checks servers with: the system's, its own, or none. By the packages that it is
//! made of; what asks at run time is not seen.

use coracle_graph::Answer;
use coracle_graph::cargo::LinkedPackage;

use super::graph::Program;
use super::linkers;

/// Packages of Cargo's that ask the system for its certificates.
const ASKING: [&str; 3] = [
    "rustls-native-certs",
    "rustls-platform-verifier",
    "native-tls",
];

/// One that brings them along.
const BRINGING: &str = "webpki-roots";

/// Packages of Cargo's that may ask the system, by a default or by where they are told to look.
const MAY_ASK: [&str; 9] = [
    "boring",
    "curl",
    "git2",
    "mbedtls",
    "openssl",
    "openssl-probe",
    "openssl-sys",
    "s2n-tls",
    "wolfssl",
];

/// One that is given its certificates by whoever uses it.
const GIVEN: &str = "rustls";

/// The package by which the program asks the system; nothing where it does not.
///
/// # Errors
/// When the graph does not decide.
pub(crate) fn asks(program: &Program<'_>) -> Result<Option<LinkedPackage>, String> {
    let linked = &program.linked;
    let brings = linked.has(BRINGING);
    for name in ASKING {
        match linked.has(name) {
            Answer::No => {}
            // Either of both may be the one that is used.
            Answer::Yes if brings.is_yes() => return Ok(None),
            Answer::Yes => {
                if let Some(because) = brings.because() {
                    return Err(because.to_owned());
                }
                let mut named = linked.named(name);
                return Ok(named.find(|package| package.is_linked.is_yes()).cloned());
            }
            Answer::Unknown { because } => return Err(because),
        }
    }
    Ok(None)
}

/// Why the program has no use for the system's certificates: nothing where it may have one.
///
/// # Errors
/// When the graph does not decide.
pub(crate) fn unused(program: &Program<'_>, name: &str) -> Result<Option<String>, String> {
    let linked = &program.linked;
    let answers: Vec<Answer> = ASKING
        .iter()
        .chain(&MAY_ASK)
        .map(|name| linked.has(name))
        .collect();
    if answers.iter().any(Answer::is_yes) {
        return Ok(None);
    }
    let mut unknown = answers.iter().filter_map(Answer::because);
    if let Some(because) = unknown.next() {
        return Err(because.to_owned());
    }
    if let Some(package) = linkers::unknown(program, &[]) {
        return Err(format!("{package} may check certificates"));
    }
    match (linked.has(GIVEN), linked.has(BRINGING)) {
        (_, Answer::Yes) => Ok(Some(format!("{name} brings its own, by {BRINGING}"))),
        (Answer::No, _) => Ok(Some(format!("{name} has no package for TLS in it"))),
        (_, Answer::Unknown { because }) | (Answer::Unknown { because }, _) => Err(because),
        (Answer::Yes, Answer::No) => Err(format!(
            "it is not known which certificates {name} gives to {GIVEN}"
        )),
    }
}
