//! A signing key made for one test. Never a real one.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use jiff::{SignedDuration, Timestamp};
use openpgp::Cert;
use openpgp::cert::{CertBuilder, CipherSuite};
use openpgp::policy::StandardPolicy;
use openpgp::serialize::SerializeInto as _;
use openpgp::serialize::stream::{Message, Signer};
use sequoia_openpgp as openpgp;

/// A key pair that is two years old at the time it is made for.
pub struct TestKey {
    cert: Cert,
    public: Vec<u8>,
}

impl TestKey {
    /// A new key pair.
    pub fn new(now: Timestamp) -> Result<Self> {
        let made = now - SignedDuration::from_hours(2 * 365 * 24);
        let (cert, _) = CertBuilder::new()
            .set_cipher_suite(CipherSuite::Cv25519)
            .set_creation_time(std::time::SystemTime::from(made))
            .add_userid("A test's archive <archive@test.invalid>")
            .add_signing_subkey()
            .generate()
            .context("making a key")?;
        let public = cert.armored().to_vec().context("writing the public key")?;
        Ok(Self { cert, public })
    }

    /// The public half, armoured.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    /// The text with a cleartext signature made at `time`.
    pub fn sign(&self, text: &str, time: Timestamp) -> Result<Vec<u8>> {
        let policy = StandardPolicy::new();
        let key = self
            .cert
            .keys()
            .unencrypted_secret()
            .with_policy(&policy, None)
            .for_signing()
            .next()
            .context("the key cannot sign")?;
        let pair = key.key().clone().into_keypair()?;
        let mut signed = Vec::new();
        let signer = Signer::new(Message::new(&mut signed), pair)?.cleartext();
        let mut writer = signer
            .creation_time(std::time::SystemTime::from(time))
            .build()?;
        writer.write_all(text.as_bytes())?;
        writer.finalize().context("signing")?;
        Ok(signed)
    }
}
