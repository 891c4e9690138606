//! Flags for a compiler or linker: taken apart, kept once, and written so that a shell reads them back.

use super::variables::Scope;

/// Flags that belong to what follows them, or whose order matters: neighbours of this kind stay together.
const TOGETHER: [&str; 16] = [
    "-framework",
    "-isystem",
    "-idirafter",
    "-pthread",
    "-Wa,",
    "-Wl,",
    "-Wp,",
    "-trigraphs",
    "-pedantic",
    "-ansi",
    "-std=",
    "-stdlib=",
    "-include",
    "-nostdinc",
    "-nostdlibinc",
    "-nobuiltininc",
];

/// One flag, or several that stay together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fragment {
    /// The letter after the dash; `None` for what is not a dash, a letter and something.
    pub(super) letter: Option<char>,
    /// What follows the letter, or all of it.
    pub(super) text: String,
    /// Several words stay together in it: its spaces separate.
    joined: bool,
}

impl Fragment {
    /// Whether duplicates of it are dropped at the front, so that the last one counts.
    fn last_counts(&self, private: bool) -> bool {
        match self.letter {
            Some('l') => !private,
            Some('F' | 'L' | 'I') => false,
            _ => true,
        }
    }

    fn same_flag(&self, other: &Fragment) -> bool {
        self.letter == other.letter && self.text == other.text
    }

    fn write(&self, into: &mut String) {
        if let Some(letter) = self.letter {
            into.extend(['-', letter]);
        }
        for letter in self.text.chars() {
            if needs_escape(letter) && !(self.joined && letter == ' ') {
                into.push('\\');
            }
            into.push(letter);
        }
        into.push(' ');
    }
}

/// Flags in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Fragments(Vec<Fragment>);

impl Fragments {
    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Fragment> {
        self.0.iter()
    }

    /// Adds a word of a `.pc` file, its path below the sysroot.
    pub(super) fn add(&mut self, scope: &Scope, word: &str) {
        let mut letters = word.chars();
        let (first, second) = (letters.next(), letters.next());
        if first.is_none() {
            return;
        }
        if second.is_some() && !is_special(word) {
            self.0.push(Fragment {
                letter: second,
                text: scope.moved(letters.as_str()),
                joined: false,
            });
            return;
        }
        let special = |last: &mut Fragment| last.letter.is_none() && stays_together(&last.text);
        if let Some(mut last) = self.0.pop_if(special) {
            last.text = format!("{} {}", last.text, scope.moved(word));
            last.joined = true;
            self.copy(&last, false);
            return;
        }
        self.0.push(Fragment {
            letter: None,
            text: word.to_owned(),
            joined: false,
        });
    }

    /// Adds a flag of another list, unless it or an earlier copy of it is superfluous. Private ones are for static
    /// linking, where every copy counts.
    pub(super) fn copy(&mut self, flag: &Fragment, private: bool) {
        let earlier = || self.0.iter().rposition(|other| other.same_flag(flag));
        if !private && flag.last_counts(private) && stays_together(&flag.text) {
            if let Some(position) = earlier()
                && self.may_go(position)
            {
                self.0.remove(position);
            }
        } else if !private && !flag.last_counts(private) && earlier().is_some() {
            return;
        }
        self.0.push(flag.clone());
    }

    /// What one line of these flags looks like, each followed by a space.
    pub(super) fn render<'flag>(flags: impl Iterator<Item = &'flag Fragment>) -> String {
        let mut line = String::new();
        flags.for_each(|flag| flag.write(&mut line));
        line
    }

    /// A flag stays where the one before it may belong to it.
    fn may_go(&self, position: usize) -> bool {
        let before = position
            .checked_sub(1)
            .and_then(|before| self.0.get(before));
        match (before, self.0.get(position)) {
            (Some(before), Some(flag)) => {
                matches!(before.letter, Some('l' | 'L' | 'I'))
                    || flag.letter.is_none()
                    || before.letter == flag.letter
            }
            _ => true,
        }
    }
}

fn stays_together(text: &str) -> bool {
    !text.starts_with('-') || TOGETHER.iter().any(|flag| text.starts_with(flag))
}

fn is_special(word: &str) -> bool {
    word.starts_with("-lib:") || stays_together(word)
}

/// Whether a shell would take the letter for more than itself. `$`, `(` and `)` are left to make.
fn needs_escape(letter: char) -> bool {
    !matches!(letter,
        '$' | '(' | ')' | '+'..=':' | '=' | '@'..='Z' | '^' | '_' | 'a'..='z' | '~')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragments(words: &str) -> Fragments {
        let mut list = Fragments::default();
        for word in words.split(' ') {
            list.add(&Scope::default(), word);
        }
        list
    }

    fn check(words: &str, expected: &str) {
        assert_eq!(
            Fragments::render(fragments(words).iter()),
            expected,
            "{words}"
        );
    }

    #[test]
    fn words_that_belong_together_stay_together() {
        check("-la -la", "-la -la ");
        check(
            "-pthread -Wl,--as-needed -la -Wl,-z",
            "-pthread -Wl,--as-needed -la -Wl,-z ",
        );
        check(
            "-Wl,-z -pthread -la -Wl,-z -pthread",
            "-la -Wl,-z -pthread ",
        );
        check("-I /usr//a -L/usr//b", "-I /usr//a -L/usr/b ");
    }

    #[test]
    fn what_a_shell_would_read_is_escaped() {
        check(
            "-DA=\"b\" -I/a&b -D'x;y|z'",
            "-DA=\\\"b\\\" -I/a\\&b -D\\'x\\;y\\|z\\' ",
        );
        check("-L$(top)/é{}", "-L$(top)/\\é\\{\\} ");
        let mut list = Fragments::default();
        list.add(&Scope::default(), "-I/a b");
        assert_eq!(Fragments::render(list.iter()), "-I/a\\ b ");
    }

    #[test]
    fn of_libraries_the_last_counts_and_of_folders_the_first() {
        let copied = |words: &str, private: bool| {
            let mut list = Fragments::default();
            fragments(words)
                .iter()
                .for_each(|flag| list.copy(flag, private));
            Fragments::render(list.iter())
        };
        assert_eq!(
            copied("-L/a -lx -L/b -ly -L/a -lx", false),
            "-L/a -L/b -ly -lx "
        );
        assert_eq!(copied("-lx -ly -lx", true), "-lx -ly -lx ");
    }

    #[test]
    fn paths_of_flags_are_below_the_sysroot_once() {
        let scope = Scope {
            sysroot: Some("/s".to_owned()),
            ..Scope::default()
        };
        let mut list = Fragments::default();
        for word in ["-I/usr/include", "-L/s/lib", "-isystem", "/x", "-lrelative"] {
            list.add(&scope, word);
        }
        assert_eq!(
            Fragments::render(list.iter()),
            "-I/s/usr/include -L/s/lib -isystem /s/x -lrelative "
        );
    }
}
