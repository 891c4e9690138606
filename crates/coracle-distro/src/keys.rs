//! The keys that sign Debian's archives, embedded. Nothing on the host is asked which keys to trust.
//!
//! How they were taken, and how to take the next ones, is in `keys/README.md`.

/// One embedded certificate.
#[derive(Debug, PartialEq, Eq)]
pub struct EmbeddedKey {
    /// What it signs: `archive`, `security` or `stable`, and the release that it came with.
    pub name: &'static str,
    /// The primary key's fingerprint, upper-case hexadecimal.
    pub fingerprint: &'static str,
    /// The day on which it expires, `2031-01-19`.
    pub valid_until: &'static str,
    /// The certificate, ASCII-armoured.
    pub armored: &'static str,
}

/// The keys of Debian 12 and 13: archive, security archive and stable release.
pub fn debian() -> &'static [EmbeddedKey] {
    &DEBIAN
}

static DEBIAN: [EmbeddedKey; 6] = [
    EmbeddedKey {
        name: "archive 12",
        fingerprint: "B8B80B5B623EAB6AD8775C45B7C5D7D6350947F8",
        valid_until: "2031-01-19",
        armored: include_str!("../keys/archive-12.asc"),
    },
    EmbeddedKey {
        name: "security 12",
        fingerprint: "05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0",
        valid_until: "2031-01-19",
        armored: include_str!("../keys/security-12.asc"),
    },
    EmbeddedKey {
        name: "stable 12",
        fingerprint: "4D64FEC119C2029067D6E791F8D2585B8783D481",
        valid_until: "2031-01-21",
        armored: include_str!("../keys/stable-12.asc"),
    },
    EmbeddedKey {
        name: "archive 13",
        fingerprint: "04B54C3CDCA79751B16BC6B5225629DF75B188BD",
        valid_until: "2035-03-28",
        armored: include_str!("../keys/archive-13.asc"),
    },
    EmbeddedKey {
        name: "security 13",
        fingerprint: "5E04A1E3223A19A20706E20F9904613D4CCE68C6",
        valid_until: "2035-03-28",
        armored: include_str!("../keys/security-13.asc"),
    },
    EmbeddedKey {
        name: "stable 13",
        fingerprint: "41587F7DB8C774BCCF131416762F67A0B2C39DE4",
        valid_until: "2033-03-22",
        armored: include_str!("../keys/stable-13.asc"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Keyring;

    #[test]
    fn every_embedded_key_is_the_one_that_its_entry_says() {
        for key in debian() {
            let ring = Keyring::read(key.armored.as_bytes()).unwrap();
            let described: Vec<_> = ring.describe();
            let until = described[0]
                .valid_until
                .map(|time| time.strftime("%F").to_string());
            assert_eq!(described.len(), 1, "{}", key.name);
            assert_eq!(described[0].fingerprint, key.fingerprint, "{}", key.name);
            assert_eq!(until.as_deref(), Some(key.valid_until), "{}", key.name);
        }
    }
}
