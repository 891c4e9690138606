//! Addresses of remotes, turned into what a browser takes. No look-ups: only the text decides.

/// The remote's address among the lines `remote.NAME.url ADDRESS`: origin's, else the only one's.
pub(super) fn choose(lines: &str) -> Option<&str> {
    let remotes: Vec<(&str, &str)> = lines
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let origin = remotes.iter().find(|(key, _)| *key == "remote.origin.url");
    match (origin, remotes.as_slice()) {
        (Some((_, address)), _) | (None, [(_, address)]) => Some(address),
        _ => None,
    }
}

/// The address without credentials; `None` when it names no place that others could visit.
pub(super) fn browsable(address: &str) -> Option<String> {
    let address = address.trim();
    if address
        .chars()
        .any(|character| character.is_whitespace() || character.is_control())
    {
        return None;
    }
    let (scheme, place) = match address.split_once("://") {
        Some((scheme @ ("https" | "http"), place)) => (scheme, place.to_owned()),
        Some(("ssh" | "git" | "git+ssh" | "ssh+git", place)) => ("https", without_port(place)),
        Some(_) => return None,
        None => ("https", short_form(address)?),
    };
    let (authority, path) = place.split_once('/')?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let path = path
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    // A name without a dot is an entry of the user's own ssh configuration, or of their own network.
    let is_public = host.contains('.')
        && host
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "-.:_".contains(character));
    (is_public && !path.is_empty()).then(|| format!("{scheme}://{host}/{path}"))
}

/// The port of an ssh server is not the web server's.
fn without_port(place: &str) -> String {
    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    format!("{host}/{path}")
}

/// `user@host:path`: a colon before any slash, as git itself tells it from a local path.
fn short_form(address: &str) -> Option<String> {
    let (host, path) = address.split_once(':')?;
    let is_local = host.contains('/') || host.is_empty() || path.starts_with(':');
    (!is_local).then(|| format!("{host}/{}", path.trim_start_matches('/')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_become_what_a_browser_takes() {
        let check = |address: &str, expected: &str| {
            assert_eq!(browsable(address).as_deref(), Some(expected), "{address}")
        };
        check(
            "https://example.com/acme/shop.git",
            "https://example.com/acme/shop",
        );
        check(
            "https://user:secret@example.com/acme/shop",
            "https://example.com/acme/shop",
        );
        check(
            "https://token@example.com:8443/acme/shop/",
            "https://example.com:8443/acme/shop",
        );
        check(
            "https://example.com/acme/shop.git?token=secret#x",
            "https://example.com/acme/shop",
        );
        check(
            "http://git.example.com/shop.git",
            "http://git.example.com/shop",
        );
        check(
            "git@example.com:acme/shop.git",
            "https://example.com/acme/shop",
        );
        check("example.com:acme/shop.git", "https://example.com/acme/shop");
        check(
            "ssh://git@example.com:2222/acme/shop.git",
            "https://example.com/acme/shop",
        );
        check(
            "git://example.com/acme/shop",
            "https://example.com/acme/shop",
        );
        check(
            "git+ssh://git@example.com/acme/shop",
            "https://example.com/acme/shop",
        );
    }

    #[test]
    fn places_that_only_the_user_knows_are_none() {
        let check = |address: &str| assert_eq!(browsable(address), None, "{address}");
        check("/srv/git/shop.git");
        check("../shop");
        check("./a:b");
        check("file:///srv/git/shop.git");
        check("work:acme/shop.git");
        check("git@work:acme/shop.git");
        check("ext::sh -c whoami");
        check("https://example.com");
        check("https://exa mple.com/x");
        check("");
    }

    #[test]
    fn origin_is_the_remote_that_counts_and_of_others_only_a_single_one() {
        assert_eq!(
            choose("remote.fork.url a\nremote.origin.url b\n"),
            Some("b")
        );
        assert_eq!(choose("remote.upstream.url a\n"), Some("a"));
        assert_eq!(choose("remote.one.url a\nremote.two.url b\n"), None);
        assert_eq!(choose(""), None);
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic_and_no_password_gets_through(address in ".{0,60}", user in "[a-z]{1,8}") {
            let _ = browsable(&address);
            let told = browsable(&format!("https://{user}:pass@example.com/{address}"));
            prop_assert!(told.is_none_or(|url| url.starts_with("https://example.com/")));
        }
    }
}
