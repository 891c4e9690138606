//! Well-known texts in a binary's bytes: the reason why CA certificates or time zones are useful to it.
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
/// What a client of TLS 1.3 must sign over (RFC 8446, 4.4.3): it is in whatever can speak it, in any language.
const TLS: [&str; 1] = ["TLS 1.3, server CertificateVerify"];
/// Names that Go's own table of functions has: each ends with a zero byte.
const GO_STARTS_PROGRAMS: [&str; 1] = ["os/exec.(*Cmd).Start\0"];
const GO_LOADS_TIME_ZONES: [&str; 1] = ["time.LoadLocation\0"];
const GO_HOLDS_TIME_ZONES: [&str; 1] = ["time/tzdata.loadFromEmbeddedTZData\0"];

/// The first well-known path of each kind that a binary names, `None` where it names none; and what other texts show.
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
    /// It can speak TLS.
    pub speaks_tls: bool,
    /// It is a Go program that can start others.
    pub go_starts_programs: bool,
    /// It is a Go program that can load time zones by name.
    pub go_loads_time_zones: bool,
    /// It is a Go program that brings the time zone database with it.
    pub go_holds_time_zones: bool,
}

/// All the texts that are looked for.
pub(crate) fn texts() -> impl Iterator<Item = &'static str> {
    let kinds: [&'static [&'static str]; 12] = [
        &CERTIFICATES,
        &TIME_ZONES,
        &LOCAL_TIME,
        &RESOLVER,
        &NAME_SERVICE,
        &SERVICES,
        &MEDIA_TYPES,
        &SHELL,
        &TLS,
        &GO_STARTS_PROGRAMS,
        &GO_LOADS_TIME_ZONES,
        &GO_HOLDS_TIME_ZONES,
    ];
    kinds.into_iter().flatten().copied()
}

impl Mentions {
    /// Looks for the paths in the bytes of one whole file.
    pub fn find(bytes: &[u8]) -> Self {
        Self::among(&[bytes])
    }

    /// The same, for the parts of a file that are known.
    pub(crate) fn among(parts: &[&[u8]]) -> Self {
        let has = |text: &str| {
            let finder = memmem::Finder::new(text);
            parts.iter().any(|part| finder.find(part).is_some())
        };
        let first = |paths: &[&str]| {
            let found = paths.iter().find(|path| has(path));
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
            speaks_tls: first(&TLS).is_some(),
            go_starts_programs: first(&GO_STARTS_PROGRAMS).is_some(),
            go_loads_time_zones: first(&GO_LOADS_TIME_ZONES).is_some(),
            go_holds_time_zones: first(&GO_HOLDS_TIME_ZONES).is_some(),
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
    fn what_go_can_do_is_told_by_whole_names_of_functions() {
        let found = Mentions::find(b"\0time.LoadLocationFromTZData\0os/exec.(*Cmd).Start\0");
        assert!(found.go_starts_programs);
        assert!(!found.go_loads_time_zones && !found.go_holds_time_zones && !found.speaks_tls);
        assert!(Mentions::find(b"\0time.LoadLocation\0").go_loads_time_zones);
    }

    #[test]
    fn the_time_zone_database_is_found_in_the_middle_of_text() {
        let found = Mentions::find(b"TZ/usr/share/zoneinfo/posix");
        assert_eq!(found.time_zones.as_deref(), Some("/usr/share/zoneinfo"));
        assert_eq!(found.certificates, None);
    }
}
