//! URLs as they are shown: without what may be a secret.

use reqwest::Url;

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
pub(crate) fn redacted_text(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::parse;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            redacted_text(&text);
        }
    }
}
