//! A file in which every answer notes what was asked for, so that whoever started a build learns what it missed.
//!
//! One line a module, fields between tabs, a full stop at the end:
//!
//! ```text
//! asked→found→zlib→1.3.1→.
//! asked→missing→openssl→.
//! asked→too-old→glib-2.0→>= 2.80→2.74.6→.
//! ```
//! Many processes write at once: the lines of one answer are one write at the end of the file. What is no such line was
//! torn or is someone else's, and is passed over.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::asked::{Asked, Outcome};

/// Why the log cannot be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be written.
    #[error("cannot note in {} which modules were asked for", path.display())]
    Append {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It cannot be read.
    #[error("cannot read in {} which modules were asked for", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let (Error::Append { path, source } | Error::Read { path, source }) = self;
        match source.kind() {
            io::ErrorKind::PermissionDenied => {
                Some(format!("let this user read and write {}", path.display()))
            }
            io::ErrorKind::StorageFull => Some("free some space on that disk".to_owned()),
            _ => None,
        }
    }
}

/// Adds what was asked for; the file is made if it is not there.
///
/// # Errors
/// See [`Error`].
pub fn append(path: &Path, asked: &[Asked]) -> Result<(), Error> {
    if asked.is_empty() {
        return Ok(());
    }
    let lines: String = asked.iter().map(line).collect();
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let written = opened.and_then(|mut file| file.write_all(lines.as_bytes()));
    written.map_err(|source| Error::Append {
        path: path.to_owned(),
        source,
    })
}

/// All that was asked for, in the order in which it was noted; nothing where there is no file.
///
/// # Errors
/// See [`Error`].
pub fn read(path: &Path) -> Result<Vec<Asked>, Error> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(vec![]),
        Err(source) => Err(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

fn parse(text: &str) -> Vec<Asked> {
    // The last piece has no line break: it is empty or torn.
    let lines = text
        .split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'));
    lines.filter_map(asked).collect()
}

fn line(asked: &Asked) -> String {
    let (word, rest) = match &asked.outcome {
        Outcome::Found { version } => ("found", vec![version]),
        Outcome::Missing => ("missing", vec![]),
        Outcome::TooOld { wanted, got } => ("too-old", vec![wanted, got]),
        Outcome::Unfit { wanted, got } => ("unfit", vec![wanted, got]),
    };
    let mut line = format!("asked\t{word}\t{}", escaped(&asked.module));
    for field in rest {
        line.push('\t');
        line.push_str(&escaped(field));
    }
    line.push_str("\t.\n");
    line
}

fn asked(line: &str) -> Option<Asked> {
    let fields: Vec<&str> = line.split('\t').collect();
    let (module, outcome) = match fields.as_slice() {
        ["asked", "found", module, version, "."] => {
            let version = unescaped(version)?;
            (module, Outcome::Found { version })
        }
        ["asked", "missing", module, "."] => (module, Outcome::Missing),
        [
            "asked",
            word @ ("too-old" | "unfit"),
            module,
            wanted,
            got,
            ".",
        ] => {
            let (wanted, got) = (unescaped(wanted)?, unescaped(got)?);
            let outcome = match *word {
                "too-old" => Outcome::TooOld { wanted, got },
                _ => Outcome::Unfit { wanted, got },
            };
            (module, outcome)
        }
        _ => return None,
    };
    let module = unescaped(module)?;
    Some(Asked { module, outcome })
}

/// Without tabs and line breaks.
fn escaped(field: &str) -> String {
    let mut text = String::new();
    for letter in field.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            _ => text.push(letter),
        }
    }
    text
}

fn unescaped(field: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '\\' => match letters.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                _ => return None,
            },
            _ => letter,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(module: &str, version: &str) -> Asked {
        Asked {
            module: module.to_owned(),
            outcome: Outcome::Found {
                version: version.to_owned(),
            },
        }
    }

    #[test]
    fn what_is_noted_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(read(&path).unwrap(), []);
        let outcome = |wanted: &str, got: &str| (wanted.to_owned(), got.to_owned());
        let (wanted, got) = outcome(">= 2", "1");
        let old = Outcome::TooOld { wanted, got };
        let (wanted, got) = outcome("< 2", "3");
        let unfit = Outcome::Unfit { wanted, got };
        let asked: Vec<Asked> = [Outcome::Missing, old, unfit]
            .into_iter()
            .map(|outcome| Asked {
                module: "a\tb\\\n".to_owned(),
                outcome,
            })
            .collect();
        append(&path, &asked).unwrap();
        append(&path, &[found("zlib", "1.3")]).unwrap();
        append(&path, &[]).unwrap();
        let mut all = asked;
        all.push(found("zlib", "1.3"));
        assert_eq!(read(&path).unwrap(), all);
    }

    #[test]
    fn torn_and_foreign_lines_are_passed_over() {
        let good = line(&found("zlib", "1.3"));
        let torn = good.split_at(good.len() - 3).0;
        for text in [
            format!("{good}{torn}"),
            format!("{good}asked\tmissing\tx\t."),
            format!("hello\n{good}asked\tlost\tx\t.\n"),
            format!("{torn}{good}{good}"),
            format!("asked\tmissing\ta\\x\t.\n{good}"),
        ] {
            assert_eq!(parse(&text), [found("zlib", "1.3")], "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_said_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = append(folder.path(), &[found("zlib", "1.3")]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains(&folder.path().display().to_string()),
            "{error}"
        );
        assert!(read(folder.path()).is_err());
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..50 {
                        append(
                            path,
                            &[
                                found(&format!("m{writer}"), &number.to_string()),
                                found("z", "1"),
                            ],
                        )
                        .unwrap();
                    }
                });
            }
        });
        assert_eq!(read(&path).unwrap().len(), 8 * 50 * 2);
    }

    proptest! {
        #[test]
        fn any_module_is_read_back(module in ".{0,20}", version in ".{0,20}") {
            let asked = found(&module, &version);
            prop_assert_eq!(parse(&line(&asked)), vec![asked]);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", near in "(asked|found|zlib|\\\\|\t|\\.|\n){0,20}") {
            let _ = (parse(&text), parse(&near));
        }
    }
}
