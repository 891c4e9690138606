//! What every SARIF log is (2.1.0, OASIS, March 2020): one run of one tool, its rules and its results. What a rule and a
//! result are is their own module's.

use std::borrow::Cow;

use serde::Serialize;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

#[derive(Serialize)]
struct Log<Rule, Outcome, Bases> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<Rule, Outcome, Bases>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<Rule, Outcome, Bases> {
    tool: Tool<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_uri_base_ids: Option<Bases>,
    results: Vec<Outcome>,
    column_kind: &'static str,
}

#[derive(Serialize)]
struct Tool<Rule> {
    driver: Driver<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<Rule> {
    name: &'static str,
    version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule>,
}

/// A text.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    pub(super) text: Cow<'a, str>,
}

/// A text that is there already.
pub(super) fn message(text: &str) -> Message<'_> {
    Message { text: text.into() }
}

/// The log of a tool: what its rules are, what it found, and what its places are relative to.
pub(super) fn log<Rule: Serialize, Outcome: Serialize, Bases: Serialize>(
    name: &'static str,
    rules: Vec<Rule>,
    results: Vec<Outcome>,
    original_uri_base_ids: Option<Bases>,
) -> String {
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name,
                    version: env!("CARGO_PKG_VERSION"),
                    information_uri: env!("CARGO_PKG_REPOSITORY"),
                    rules,
                },
            },
            original_uri_base_ids,
            results,
            column_kind: "unicodeCodePoints",
        }],
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// A path from the root as a relative URI; the root itself is `.`.
pub(super) fn uri(path: &str) -> String {
    let mut text = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' => {
                text.push(char::from(byte));
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    match text.as_str() {
        "" => ".".to_owned(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_is_a_relative_address() {
        assert_eq!(uri("/usr/lib/a b:é"), "usr/lib/a%20b%3A%C3%A9");
        assert_eq!(uri("/"), ".");
    }
}
