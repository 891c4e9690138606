//! The user's `GOFLAGS`. go takes them all by itself; only those that we give too are read, because
//! go takes the last of two and the user's would be lost.

/// Flags in `GOFLAGS` that ours are added to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct UserFlags {
    /// `-tags`, each.
    pub(super) tags: Vec<String>,
    /// `-ldflags`, as written.
    pub(super) linker: Option<String>,
}

impl UserFlags {
    pub(super) fn read(goflags: &str) -> UserFlags {
        let mut flags = UserFlags::default();
        for flag in split(goflags) {
            let Some((name, value)) = flag.split_once('=') else {
                continue;
            };
            match name.trim_start_matches('-') {
                "tags" => {
                    flags.tags = value
                        .split([',', ' '])
                        .filter(|tag| !tag.is_empty())
                        .map(str::to_owned)
                        .collect()
                }
                "ldflags" => flags.linker = Some(value.to_owned()),
                _ => {}
            }
        }
        flags
    }
}

/// Splits at white space; an entry that begins with a quote goes to the next such quote, without
/// escapes (Go's internal `quoted.Split`).
fn split(text: &str) -> Vec<&str> {
    let mut entries = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quote = (first == '\'' || first == '"').then_some(first);
        let body = if quote.is_some() {
            rest.get(1..).unwrap_or_default()
        } else {
            rest
        };
        let end = body.find(|character| {
            quote.map_or(char::is_whitespace(character), |quote| character == quote)
        });
        let (entry, after) = body.split_at(end.unwrap_or(body.len()));
        entries.push(entry);
        rest = after
            .strip_prefix(quote.unwrap_or(' '))
            .unwrap_or(after)
            .trim_start();
    }
    entries
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn entries_are_split_as_go_does() {
        assert_eq!(split(" -a  -b=c\t-d "), ["-a", "-b=c", "-d"]);
        assert_eq!(
            split("'-ldflags=-X a=b -s' \"-tags=x y\" -v"),
            ["-ldflags=-X a=b -s", "-tags=x y", "-v"]
        );
        assert_eq!(split("'open"), ["open"]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn of_flags_that_we_give_too_the_user_s_are_kept() {
        let flags =
            UserFlags::read("-mod=mod '-ldflags=-X main.version=1' --tags=a,b -buildvcs=false");
        assert_eq!(flags.tags, ["a", "b"]);
        assert_eq!(flags.linker.as_deref(), Some("-X main.version=1"));
        assert_eq!(UserFlags::read("-v"), UserFlags::default());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = UserFlags::read(&text);
        }
    }
}
