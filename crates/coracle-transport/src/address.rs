//! What can be told from a URL alone. Nothing here asks the network.

use std::net::IpAddr;

use reqwest::Url;

use crate::Error;
use crate::redact::redacted_text;

/// Does this host name or address mean this machine? `localhost`, 127.0.0.0/8 and ::1 (with or
/// without brackets) do; other names are not looked up.
pub fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let address = bare.unwrap_or(host).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

pub(crate) fn parse(url: &str) -> Result<Url, Error> {
    Url::parse(url).map_err(|error| Error::BadUrl {
        url: redacted_text(url),
        reason: error.to_string(),
    })
}

/// May credentials for the one be sent to the other?
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn loopback_is_what_cannot_leave_the_machine() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example",
            "128.0.0.1",
            "::2",
            "",
            "0.0.0.0",
            "[localhost]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let same =
            |one: &str, other: &str| same_origin(&parse(one).unwrap(), &parse(other).unwrap());
        assert!(same("https://a/x", "https://a:443/y"));
        assert!(!same("https://a/", "https://b/"));
        assert!(!same("https://a/", "https://a:8443/"));
        assert!(!same("https://a/", "http://a/"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,60}") {
            let _ = parse(&text);
        }
    }
}
