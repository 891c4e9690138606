//! Well-known paths that a binary's bytes name: the reason why CA certificates or time zones are useful to it.
//!
//! A mention is a hint, not a proof: a program may build a path at run time, or name one that it never opens.

use memchr::memmem;

/// Where TLS libraries look for CA certificates, the most usual first (Go's `crypto/x509`, `openssl-probe`).
const CERTIFICATES: [&str; 8] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/usr/lib/ssl/cert.pem",
    "/usr/lib/ssl/certs",
    "/etc/ssl/certs",
];
const TIME_ZONES: [&str; 2] = ["/usr/share/zoneinfo", "/etc/zoneinfo"];
const LOCAL_TIME: [&str; 1] = ["/etc/localtime"];
const RESOLVER: [&str; 1] = ["/etc/resolv.conf"];
const NAME_SERVICE: [&str; 1] = ["/etc/nsswitch.conf"];
const SERVICES: [&str; 2] = ["/etc/services", "/etc/protocols"];
const MEDIA_TYPES: [&str; 3] = [
    "/etc/mime.types",
    "/usr/share/mime",
    "/etc/apache2/mime.types",
];
const SHELL: [&str; 2] = ["/bin/sh", "/bin/bash"];

/// The first well-known path of each kind that a binary names; `None` where it names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// A file or folder of CA certificates, such as `/etc/ssl/certs/ca-certificates.crt`.
    pub certificates: Option<String>,
    /// The time zone database, `/usr/share/zoneinfo`.
    pub time_zones: Option<String>,
    /// The local time zone, `/etc/localtime`.
    pub local_time: Option<String>,
    /// The DNS resolver's configuration: the program resolves names by itself (Go, hickory).
    pub resolver: Option<String>,
    /// `/etc/nsswitch.conf`.
    pub name_service: Option<String>,
    /// `/etc/services` or `/etc/protocols`.
    pub services: Option<String>,
    /// The media types by file name.
    pub media_types: Option<String>,
    /// A shell.
    pub shell: Option<String>,
}

/// All the paths that are looked for.
pub(crate) fn paths() -> impl Iterator<Item = &'static str> {
    let kinds: [&'static [&'static str]; 8] = [
        &CERTIFICATES,
        &TIME_ZONES,
        &LOCAL_TIME,
        &RESOLVER,
        &NAME_SERVICE,
        &SERVICES,
        &MEDIA_TYPES,
        &SHELL,
    ];
    kinds.into_iter().flatten().copied()
}

impl Mentions {
    /// Looks for the paths in the bytes of one whole file.
    pub fn find(bytes: &[u8]) -> Self {
        let first = |paths: &[&str]| {
            let found = paths
                .iter()
                .find(|path| memmem::find(bytes, path.as_bytes()).is_some());
            found.map(|path| (*path).to_owned())
        };
        Self {
            certificates: first(&CERTIFICATES),
            time_zones: first(&TIME_ZONES),
            local_time: first(&LOCAL_TIME),
            resolver: first(&RESOLVER),
            name_service: first(&NAME_SERVICE),
            services: first(&SERVICES),
            media_types: first(&MEDIA_TYPES),
            shell: first(&SHELL),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mentions;

    #[test]
    fn the_most_usual_certificate_file_is_named_first() {
        // Go and Rust put strings one after the other without a NUL between them.
        let bytes = b"xx/etc/ssl/cert.pem/etc/ssl/certs/ca-certificates.crt/etc/ssl/certs";
        let found = Mentions::find(bytes).certificates;
        assert_eq!(found.as_deref(), Some("/etc/ssl/certs/ca-certificates.crt"));
    }

    #[test]
    fn a_binary_that_names_nothing_mentions_nothing() {
        assert_eq!(
            Mentions::find(b"/usr/share/zone /etc/ssl/"),
            Mentions::default()
        );
    }

    #[test]
    fn the_time_zone_database_is_found_in_the_middle_of_text() {
        let found = Mentions::find(b"TZ/usr/share/zoneinfo/posix");
        assert_eq!(found.time_zones.as_deref(), Some("/usr/share/zoneinfo"));
        assert_eq!(found.certificates, None);
    }
}
