//! What can be told from a URL alone. Nothing here asks the network.

use std::net::IpAddr;

use reqwest::Url;

use crate::Error;

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

/// The URL without user, password, query and fragment.
pub(crate) fn redacted(url: &Url) -> String {
    if url.cannot_be_a_base() {
        // `user:secret@host` reads as a URL of the scheme `user`.
        return format!("{}:…", url.scheme());
    }
    let mut url = url.clone();
    // These fail only where there is no place for them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// The same for what may not be a URL at all.
fn redacted_text(text: &str) -> String {
    if let Ok(url) = Url::parse(text) {
        return redacted(&url);
    }
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            let rest = text.get(at + 1..).unwrap_or_default();
            format!("{}://{rest}", text.get(..scheme).unwrap_or_default())
        }
        (None, Some(at)) => text.get(at + 1..).unwrap_or_default().to_owned(),
        _ => text.to_owned(),
    }
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
    fn secrets_of_a_url_are_not_shown() {
        let url = parse("https://user:pass@example.org/a/b?X-Amz-Signature=abc#part").unwrap();
        assert_eq!(redacted(&url), "https://example.org/a/b");
        let error = parse("https://user:pass@exa mple/a?token=abc")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("pass") && !error.contains("abc"), "{error}");
        assert_eq!(
            redacted(&parse("user:pass@example/a?token=abc").unwrap()),
            "user:…"
        );
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
            if let Ok(url) = parse(&text) {
                redacted(&url);
            }
            redacted_text(&text);
        }
    }
}
