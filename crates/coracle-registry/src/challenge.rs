//! `WWW-Authenticate` (RFC 9110, 11.6.1): what a registry wants to see. Answering is `authorization`.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// One way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// In lower case: `bearer`, `basic`.
    pub(crate) scheme: String,
    /// Names in lower case.
    parameters: BTreeMap<String, String>,
}

impl Challenge {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// All challenges of all headers, in order. What cannot be understood is left out.
    pub(crate) fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
        let mut challenges = Vec::new();
        for header in headers {
            parse(header, &mut challenges);
        }
        challenges
    }
}

/// A list of challenges is ambiguous to a splitter at commas: `Basic realm="a, b", Bearer realm="c"`.
/// A word before `=` is a parameter of the challenge at hand; any other word begins a new one.
fn parse(header: &str, challenges: &mut Vec<Challenge>) {
    let mut text = header.chars().peekable();
    let first = challenges.len();
    loop {
        skip(&mut text, |c| c == ',' || c.is_whitespace());
        let word = word(&mut text);
        if word.is_empty() {
            // A character with no meaning here, or the end.
            if text.next().is_none() {
                return;
            }
            continue;
        }
        skip(&mut text, char::is_whitespace);
        if text.next_if_eq(&'=').is_none() {
            challenges.push(Challenge {
                scheme: word,
                parameters: BTreeMap::new(),
            });
            continue;
        }
        skip(&mut text, char::is_whitespace);
        let value = value(&mut text);
        let at_hand = challenges
            .get_mut(first..)
            .and_then(<[Challenge]>::last_mut);
        if let Some(challenge) = at_hand {
            challenge.parameters.entry(word).or_insert(value);
        }
    }
}

fn skip(text: &mut Peekable<Chars<'_>>, unwanted: fn(char) -> bool) {
    while text.next_if(|c| unwanted(*c)).is_some() {}
}

/// In lower case, as schemes and names are compared.
fn word(text: &mut Peekable<Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(c) = text.next_if(|c| !c.is_whitespace() && !",=\"".contains(*c)) {
        word.push(c.to_ascii_lowercase());
    }
    word
}

fn value(text: &mut Peekable<Chars<'_>>) -> String {
    let mut value = String::new();
    if text.next_if_eq(&'"').is_none() {
        while let Some(c) = text.next_if(|c| *c != ',' && !c.is_whitespace()) {
            value.push(c);
        }
        return value;
    }
    while let Some(c) = text.next() {
        match c {
            '"' => break,
            '\\' => value.extend(text.next()),
            other => value.push(other),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(header: &str, expected: &[(&str, &[(&str, &str)])]) {
        let expected: Vec<Challenge> = expected
            .iter()
            .map(|(scheme, parameters)| Challenge {
                scheme: (*scheme).to_owned(),
                parameters: parameters
                    .iter()
                    .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                    .collect(),
            })
            .collect();
        assert_eq!(Challenge::parse([header]), expected, "{header}");
    }

    #[test]
    fn a_bearer_challenge_keeps_the_commas_of_its_scope() {
        let header = r#"Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull,push""#;
        let parameters: &[_] = &[
            ("realm", "https://ghcr.io/token"),
            ("scope", "repository:a/b:pull,push"),
            ("service", "ghcr.io"),
        ];
        check(header, &[("bearer", parameters)]);
    }

    #[test]
    fn several_challenges_may_share_a_header() {
        let basic: (&str, &[_]) = ("basic", &[("realm", "a, \"b\"")]);
        let bearer: (&str, &[_]) = ("bearer", &[("realm", "c"), ("error", "invalid_token")]);
        check(
            r#"Basic realm="a, \"b\"", Bearer realm=c , error = "invalid_token""#,
            &[basic, bearer],
        );
        check("Negotiate, NTLM", &[("negotiate", &[]), ("ntlm", &[])]);
        check("Basic", &[("basic", &[])]);
        check("", &[]);
        check(r#"realm="no scheme""#, &[]);
    }

    #[test]
    fn several_headers_are_read_in_order() {
        let challenges = Challenge::parse(["Basic realm=a", "realm=b", "Bearer realm=c"]);
        let schemes: Vec<_> = challenges
            .iter()
            .map(|c| (c.scheme.as_str(), c.parameter("realm")))
            .collect();
        assert_eq!(schemes, [("basic", Some("a")), ("bearer", Some("c"))]);
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic_or_hang(header in ".{0,60}") {
            Challenge::parse([header.as_str()]);
        }
        #[test]
        fn what_looks_like_a_header_does_not_either(header in r#"[a-c=,"\\ ]{0,40}"#) {
            Challenge::parse([header.as_str()]);
        }
    }
}
