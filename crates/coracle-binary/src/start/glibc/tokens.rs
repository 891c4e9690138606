//! `$ORIGIN`, `$LIB` and `$PLATFORM`, and lists of directories (`elf/dl-load.c`).

/// What the tokens stand for in one object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'a> {
    /// The directory that the object was found in; `None` where it must not be used (AT_SECURE).
    pub(super) origin: Option<&'a str>,
    pub(super) lib: Option<&'a str>,
    pub(super) platform: Option<&'a str>,
}

/// A text with its tokens replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// `$PLATFORM` was in it, which differs between CPUs.
    pub(super) uses_platform: bool,
}

impl Tokens<'_> {
    /// `None` when a token stands for nothing: the loader drops the whole text.
    pub(super) fn expand(&self, text: &str) -> Option<Expanded> {
        let mut expanded = Expanded {
            text: String::new(),
            uses_platform: false,
        };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.text.push_str(before);
            let known = [
                ("ORIGIN", self.origin),
                ("PLATFORM", self.platform),
                ("LIB", self.lib),
            ];
            let token = known
                .iter()
                .find_map(|(name, value)| Some((*name, *value, strip(after, name)?)));
            match token {
                Some((name, value, after)) => {
                    expanded.uses_platform |= name == "PLATFORM";
                    expanded.text.push_str(value?);
                    rest = after;
                }
                None => {
                    expanded.text.push('$');
                    rest = after;
                }
            }
        }
        expanded.text.push_str(rest);
        Some(expanded)
    }

    /// The directories of a list; an empty element is the working directory.
    pub(super) fn directories(&self, list: &str, separators: &[char]) -> Vec<Expanded> {
        if list.is_empty() {
            return Vec::new();
        }
        let elements = list
            .split(separators)
            .filter_map(|element| self.expand(element));
        elements
            .map(|directory| {
                let text = directory.text.trim_end_matches('/');
                let text = match (text, directory.text.as_str()) {
                    ("", "") => ".",
                    ("", _) => "",
                    (text, _) => text,
                };
                Expanded {
                    text: text.to_owned(),
                    ..directory
                }
            })
            .collect()
    }
}

fn strip<'a>(after: &'a str, name: &str) -> Option<&'a str> {
    match after.strip_prefix('{') {
        Some(inner) => inner.strip_prefix(name)?.strip_prefix('}'),
        None => after.strip_prefix(name),
    }
}

#[cfg(test)]
mod tests {
    use super::Tokens;

    const TOKENS: Tokens<'static> = Tokens {
        origin: Some("/app/bin"),
        lib: Some("lib/x86_64-linux-gnu"),
        platform: Some("x86_64"),
    };

    fn check(text: &str, expected: &str, uses_platform: bool) {
        let expanded = TOKENS.expand(text).unwrap();
        assert_eq!(
            (expanded.text.as_str(), expanded.uses_platform),
            (expected, uses_platform),
            "{text}"
        );
    }

    #[test]
    fn tokens_are_replaced_with_and_without_braces() {
        check("$ORIGIN/../lib", "/app/bin/../lib", false);
        check("${ORIGIN}x/$LIB", "/app/binx/lib/x86_64-linux-gnu", false);
        check("/opt/$PLATFORM", "/opt/x86_64", true);
        check("/a$b/${c}/$", "/a$b/${c}/$", false);
        check("${ORIGIN/x", "${ORIGIN/x", false);
    }

    #[test]
    fn a_token_without_a_value_drops_the_text() {
        let tokens = Tokens {
            origin: None,
            ..TOKENS
        };
        assert_eq!(tokens.expand("$ORIGIN/lib"), None);
        let left: Vec<String> = tokens
            .directories("$ORIGIN/lib:/b", &[':'])
            .into_iter()
            .map(|d| d.text)
            .collect();
        assert_eq!(left, ["/b"]);
    }

    #[test]
    fn an_empty_element_of_a_list_is_the_working_directory() {
        let texts = |list: &str| -> Vec<String> {
            TOKENS
                .directories(list, &[':', ';'])
                .into_iter()
                .map(|directory| directory.text)
                .collect()
        };
        assert_eq!(texts("/a/:;/b"), ["/a", ".", "/b"]);
        assert_eq!(texts("/"), [""]);
        assert!(texts("").is_empty());
    }
}
