//! Questions that a script asks, as far as they have an answer at a first installation into an empty root.

use super::words::Value;

/// Yes, no, or nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    Unknown,
}

impl Answer {
    fn from(yes: bool) -> Answer {
        if yes { Answer::Yes } else { Answer::No }
    }

    pub(super) fn not(self) -> Answer {
        match self {
            Answer::Yes => Answer::No,
            Answer::No => Answer::Yes,
            Answer::Unknown => Answer::Unknown,
        }
    }

    fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::No, _) | (_, Answer::No) => Answer::No,
            (Answer::Yes, Answer::Yes) => Answer::Yes,
            _ => Answer::Unknown,
        }
    }
}

/// `[ … ]`.
pub(super) fn test(arguments: &[Value]) -> Answer {
    let closing = Some("]".to_owned());
    let words: &[Value] = match arguments.split_last() {
        Some((last, rest)) if *last == closing => rest,
        _ => arguments,
    };
    either(words)
}

fn either(words: &[Value]) -> Answer {
    let parts = words.split(|word| word.as_deref() == Some("-o"));
    let none = parts
        .map(both)
        .fold(Answer::Yes, |none, part| none.and(part.not()));
    none.not()
}

fn both(words: &[Value]) -> Answer {
    let parts = words.split(|word| word.as_deref() == Some("-a"));
    parts.map(single).fold(Answer::Yes, Answer::and)
}

fn single(words: &[Value]) -> Answer {
    let known: Vec<Option<&str>> = words.iter().map(Option::as_deref).collect();
    match known.as_slice() {
        [Some("!"), rest @ ..] => {
            single(words.get(words.len() - rest.len()..).unwrap_or_default()).not()
        }
        [Some("-n"), Some(text)] => Answer::from(!text.is_empty()),
        [Some("-z"), Some(text)] => Answer::from(text.is_empty()),
        [Some(test), Some(path)] if is_file_test(test) => file(path),
        // `[ -z $2 ]` with nothing in it asks whether `-z` is empty; so does `[ -n ]`.
        [Some("-z" | "-n")] => Answer::Yes,
        [Some(text)] => Answer::from(!text.is_empty()),
        [Some(left), Some("=" | "=="), Some(right)] => Answer::from(left == right),
        [Some(left), Some("!="), Some(right)] => Answer::from(left != right),
        _ => Answer::Unknown,
    }
}

fn is_file_test(word: &str) -> bool {
    matches!(
        word,
        "-d" | "-e" | "-f" | "-h" | "-L" | "-r" | "-s" | "-w" | "-x"
    )
}

/// Only what an earlier version or a running system leaves is known not to be there.
fn file(path: &str) -> Answer {
    let left = [".dpkg-bak", ".dpkg-old", ".dpkg-new", ".removed"];
    let absent = path.starts_with("/run/") || left.iter().any(|ending| path.ends_with(ending));
    if absent { Answer::No } else { Answer::Unknown }
}

/// `dpkg --compare-versions`: the version before is empty, which is older than any, but for the `-nl` words.
pub(super) fn dpkg(arguments: &[Value]) -> Option<Answer> {
    let known: Vec<Option<&str>> = arguments.iter().map(Option::as_deref).collect();
    match known.as_slice() {
        [Some("--compare-versions"), Some(""), Some(word), Some(_)] => {
            let older = matches!(
                *word,
                "lt" | "le" | "ne" | "<<" | "<=" | "<" | "ge-nl" | "gt-nl"
            );
            Some(Answer::from(older))
        }
        // Without quotes the empty version is no word at all, and dpkg fails.
        [Some("--compare-versions"), Some(_), Some(_)] => Some(Answer::No),
        [
            Some("--compare-versions" | "-L" | "-s" | "--print-architecture"),
            ..,
        ] => Some(Answer::Unknown),
        _ => None,
    }
}

/// `dpkg-divert` where it only asks, or where it keeps off files of a /usr that was not merged.
pub(super) fn divert(arguments: &[Value]) -> Option<Answer> {
    let mut words = arguments
        .iter()
        .map(|word| word.as_deref().unwrap_or_default());
    let harmless = words.any(|word| {
        matches!(word, "--list" | "--listpackage" | "--truename")
            || word.ends_with(".usr-is-merged")
    });
    harmless.then_some(Answer::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Answer {
        let words: Vec<Value> = words.iter().map(|word| Some((*word).to_owned())).collect();
        test(&words)
    }

    #[test]
    fn tests_are_answered_as_a_shell_would_or_not_at_all() {
        let check = |words: &[&str], expected| assert_eq!(asked(words), expected, "{words:?}");
        check(&["configure", "=", "configure", "]"], Answer::Yes);
        check(&["a", "=", "b", "-o", "a", "=", "a"], Answer::Yes);
        check(&["a", "=", "a", "-a", "x", "!=", "x"], Answer::No);
        check(&["-n", "", "]"], Answer::No);
        check(&["!", "-z", "", "]"], Answer::No);
        check(&["-d", "/run/systemd/system", "]"], Answer::No);
        check(&["-f", "/etc/passwd", "]"], Answer::Unknown);
        check(&["-f", "/etc/passwd", "-a", "a", "=", "b"], Answer::No);
        assert_eq!(test(&[None, Some("=".to_owned()), None]), Answer::Unknown);
    }

    #[test]
    fn the_empty_version_is_older_unless_the_word_says_otherwise() {
        let ask = |word: &str| {
            let words = ["--compare-versions", "", word, "1.0"];
            dpkg(&words.map(|word| Some(word.to_owned()))).unwrap()
        };
        assert_eq!((ask("lt"), ask("lt-nl")), (Answer::Yes, Answer::No));
        assert_eq!((ask("ge"), ask("eq")), (Answer::No, Answer::No));
    }
}
