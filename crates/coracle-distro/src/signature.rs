//! OpenPGP cleartext signatures: trusted keys and signed bytes in, the verified text out.
//!
//! The only file that knows the OpenPGP library. It knows nothing of what the text means.

use std::cell::RefCell;
use std::io::Read;

use jiff::Timestamp;
use openpgp::cert::CertParser;
use openpgp::parse::Parse;
use openpgp::parse::stream::{
    MessageLayer, MessageStructure, VerificationError, VerificationHelper, VerifierBuilder,
};
use openpgp::policy::StandardPolicy;
use openpgp::{Cert, KeyHandle};
use sequoia_openpgp as openpgp;

const FRAME: &[u8] = b"-----BEGIN PGP SIGNED MESSAGE-----";

/// The certificates whose signatures count.
#[derive(Clone)]
pub struct Keyring(Vec<Cert>);

/// What a certificate is, for messages and tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyDescription {
    /// The primary key's fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// Until when it is valid; `None` is forever.
    pub valid_until: Option<Timestamp>,
}

impl Keyring {
    /// Reads certificates, armoured or binary, one or many.
    pub fn read(bytes: &[u8]) -> Result<Keyring, KeyringError> {
        let parser = CertParser::from_bytes(bytes).map_err(|error| KeyringError::Malformed {
            problem: error.to_string(),
        })?;
        let certs = parser
            .collect::<openpgp::Result<Vec<Cert>>>()
            .map_err(|error| KeyringError::Malformed {
                problem: error.to_string(),
            })?;
        if certs.is_empty() {
            return Err(KeyringError::Empty);
        }
        Ok(Keyring(certs))
    }

    /// The keys of [`crate::keys::debian`].
    pub fn debian() -> Result<Keyring, KeyringError> {
        let mut all = Vec::new();
        for key in crate::keys::debian() {
            all.extend(Keyring::read(key.armored.as_bytes())?.0);
        }
        Ok(Keyring(all))
    }

    /// Fingerprint and validity of each certificate.
    pub fn describe(&self) -> Vec<KeyDescription> {
        let policy = StandardPolicy::new();
        let describe = |cert: &Cert| {
            // Asked as of the certificate's own beginning: an expired key has an end to name, too.
            let made = cert.primary_key().key().creation_time();
            let valid = cert
                .with_policy(&policy, None)
                .or_else(|_| cert.with_policy(&policy, made))
                .ok();
            let end = valid.and_then(|valid| valid.primary_key().key_expiration_time());
            KeyDescription {
                fingerprint: cert.fingerprint().to_hex(),
                valid_until: end.and_then(|time| Timestamp::try_from(time).ok()),
            }
        };
        self.0.iter().map(describe).collect()
    }
}

/// Why a keyring could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// The bytes are no OpenPGP certificates.
    #[error("the keyring is not a sequence of OpenPGP certificates: {problem}")]
    Malformed {
        /// The OpenPGP library's words.
        problem: String,
    },
    /// There is no certificate in it.
    #[error("the keyring holds no certificate")]
    Empty,
}

/// Why a signed text is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no cleartext signature.
    #[error("it is not signed")]
    Unsigned,
    /// It is signed, but by none of the trusted keys.
    #[error("it is signed by {}, expected one of {}", signers.join(", "), trusted.join(", "))]
    UnknownKey {
        /// Who signed, as far as the signatures say.
        signers: Vec<String>,
        /// Whose signature would count.
        trusted: Vec<String>,
    },
    /// A trusted key's signature is there and belongs to other text.
    #[error("the text is not what {signer} signed: {problem}")]
    Tampered {
        /// The trusted key.
        signer: String,
        /// The OpenPGP library's words.
        problem: String,
    },
    /// A trusted key signed, but it has expired, is revoked, or the signature is too weak.
    #[error("the signature by {signer} does not count: {problem}")]
    KeyRejected {
        /// The trusted key.
        signer: String,
        /// The OpenPGP library's words.
        problem: String,
    },
    /// The signed text could not be read to its end.
    #[error("the signed text is malformed: {problem}")]
    Malformed {
        /// The OpenPGP library's words.
        problem: String,
    },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unsigned => "the server answered with something else than an InRelease: a login page or a proxy's error, perhaps",
            Self::UnknownKey { .. } => "for an archive signed with your own key, give its public key with signed-by",
            Self::Tampered { .. } | Self::Malformed { .. } => "try another mirror; if it happens again, somebody between you and the archive changes files",
            Self::KeyRejected { .. } => "check this machine's clock; if it is right, a newer coracle has the archive's present keys",
        }
        .to_owned())
    }
}

/// The text that a trusted key signed, and only that text: whatever surrounds it is not returned.
/// `now` judges whether keys and signatures are valid.
pub fn verify(signed: &[u8], trusted: &Keyring, now: Timestamp) -> Result<Vec<u8>, Error> {
    if !signed.starts_with(FRAME) {
        return Err(Error::Unsigned);
    }
    let malformed = |problem: String| Error::Malformed { problem };
    let policy = StandardPolicy::at(now);
    let verdict = RefCell::new(None);
    let judge = Judge {
        trusted,
        verdict: &verdict,
    };
    let mut text = Vec::new();
    let read = VerifierBuilder::from_bytes(signed)
        .and_then(|builder| builder.with_policy(&policy, std::time::SystemTime::from(now), judge))
        .and_then(|mut verifier| Ok(verifier.read_to_end(&mut text)?));
    match (verdict.into_inner(), read) {
        (Some(Err(error)), _) => Err(error),
        (_, Err(error)) => Err(malformed(error.to_string())),
        (Some(Ok(())), Ok(_)) => Ok(text),
        (None, Ok(_)) => Err(Error::Unsigned),
    }
}

/// Looks at every signature; one good one by a trusted key is enough.
struct Judge<'a> {
    trusted: &'a Keyring,
    verdict: &'a RefCell<Option<Result<(), Error>>>,
}

impl VerificationHelper for Judge<'_> {
    fn get_certs(&mut self, _: &[KeyHandle]) -> openpgp::Result<Vec<Cert>> {
        Ok(self.trusted.0.clone())
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> openpgp::Result<()> {
        let verdict = self.judge(structure);
        let failed = verdict.clone().map_err(openpgp::anyhow::Error::new);
        *self.verdict.borrow_mut() = Some(verdict);
        failed
    }
}

impl Judge<'_> {
    fn judge(&self, structure: MessageStructure<'_>) -> Result<(), Error> {
        let mut problems = Vec::new();
        for layer in structure {
            let MessageLayer::SignatureGroup { results } = layer else {
                return Err(Error::Malformed {
                    problem: "it is not only signed".to_owned(),
                });
            };
            for result in results {
                match result {
                    Ok(_) => return Ok(()),
                    Err(error) => problems.push(self.problem(error)),
                }
            }
        }
        // The most telling of the failures: a trusted key's before a stranger's.
        let weight = |error: &Error| match error {
            Error::Tampered { .. } => 0,
            Error::KeyRejected { .. } => 1,
            Error::UnknownKey { .. } => 2,
            Error::Malformed { .. } => 3,
            Error::Unsigned => 4,
        };
        let worst = problems.iter().min_by_key(|error| weight(error)).cloned();
        match worst {
            Some(Error::UnknownKey { trusted, .. }) => Err(Error::UnknownKey {
                signers: signers(&problems),
                trusted,
            }),
            Some(error) => Err(error),
            None => Err(Error::Unsigned),
        }
    }

    fn problem(&self, error: VerificationError<'_>) -> Error {
        match error {
            VerificationError::MissingKey { sig, .. } => Error::UnknownKey {
                signers: sig
                    .get_issuers()
                    .iter()
                    .map(KeyHandle::to_hex)
                    .take(1)
                    .collect(),
                trusted: self
                    .trusted
                    .0
                    .iter()
                    .map(|cert| cert.fingerprint().to_hex())
                    .collect(),
            },
            VerificationError::UnboundKey { cert, error, .. } => Error::KeyRejected {
                signer: cert.fingerprint().to_hex(),
                problem: error.to_string(),
            },
            VerificationError::BadKey { ka, error, .. } => Error::KeyRejected {
                signer: ka.cert().fingerprint().to_hex(),
                problem: error.to_string(),
            },
            VerificationError::BadSignature { ka, error, .. } => {
                let (signer, problem) = (ka.cert().fingerprint().to_hex(), error.to_string());
                match error.downcast_ref::<openpgp::Error>() {
                    Some(
                        openpgp::Error::Expired(_)
                        | openpgp::Error::NotYetLive(_)
                        | openpgp::Error::PolicyViolation(..),
                    ) => Error::KeyRejected { signer, problem },
                    _ => Error::Tampered { signer, problem },
                }
            }
            other => Error::Malformed {
                problem: other.to_string(),
            },
        }
    }
}

fn signers(problems: &[Error]) -> Vec<String> {
    let mut all = Vec::new();
    for problem in problems {
        if let Error::UnknownKey { signers, .. } = problem {
            all.extend(signers.iter().cloned());
        }
    }
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_without_the_frame_is_unsigned() {
        let ring = Keyring::debian().unwrap();
        let verify = |bytes: &[u8]| verify(bytes, &ring, Timestamp::UNIX_EPOCH);
        assert_eq!(verify(b"Origin: Debian\n"), Err(Error::Unsigned));
        assert_eq!(
            verify(b" -----BEGIN PGP SIGNED MESSAGE-----\n"),
            Err(Error::Unsigned)
        );
    }

    #[test]
    fn bytes_that_are_no_certificates_are_no_keyring() {
        assert!(Keyring::read(b"hello").is_err());
        assert!(Keyring::read(b"").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_verifier_panic(rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            let ring = Keyring::debian().unwrap();
            let signed = [FRAME, b"\nHash: SHA256\n\n", &rest].concat();
            prop_assert!(verify(&signed, &ring, Timestamp::UNIX_EPOCH).is_err());
        }
    }
}
