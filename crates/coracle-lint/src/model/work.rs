//! Commands that compile a program or fetch what it is made of, in the texts of `RUN` and of workflows' scripts. What a
//! `make` or a script of the repository starts is not looked into.

use coracle_recipe::Span;
use coracle_recipe::shell::{Script, Simple, Word};

use super::build::Known;

/// What compiles or fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// cargo, xx-cargo, cross.
    Cargo,
    /// go, xx-go.
    Go,
    /// npm, yarn, pnpm.
    Node,
    /// pip.
    Python,
}

/// What it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Compiles a program of the repository.
    Build,
    /// Compiles its dependencies alone: `cargo chef cook`.
    Dependencies,
    /// Downloads the dependencies and compiles nothing: `go mod download`.
    Fetch,
    /// Installs what a manifest lists: `npm ci`.
    Install,
}

/// One such command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// By what.
    pub tool: Tool,
    /// What it does.
    pub action: Action,
    /// `cargo build`: the words that say so.
    pub command: String,
    /// Where they stand.
    pub span: Span,
    /// `name=value` in front.
    pub variables: Vec<(String, Known<String>)>,
    /// What is behind the command.
    pub arguments: Vec<Known<String>>,
}

/// Programs that only start another one.
const STARTERS: [&str; 7] = ["env", "exec", "command", "time", "nice", "sudo", "xvfb-run"];

/// cargo's own flags with a value, before its command.
const VALUED: [&str; 4] = ["--color", "--config", "-C", "-Z"];

/// Every such command of a script, in its order.
pub fn work(script: &Script) -> Vec<Work> {
    script.simple().filter_map(Work::of).collect()
}

impl Work {
    /// What a command does; nothing where it is something else.
    pub fn of(simple: &Simple) -> Option<Work> {
        let words: Vec<&str> = simple.values();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            let is_assignment = at > 0 && word.contains('=') && !word.starts_with('-');
            if !STARTERS.contains(word) && !is_assignment {
                break;
            }
            at += 1;
        }
        let program = words.get(at)?.rsplit('/').next()?;
        let rest = words.get(at + 1..)?;
        let (tool, action, length) = match program {
            "cargo" | "xx-cargo" | "cross" => cargo(rest)?,
            "go" | "xx-go" => go(rest)?,
            "npm" | "yarn" | "pnpm" => node(program, rest)?,
            "pip" | "pip3" => python(rest)?,
            "python" | "python3" if rest.starts_with(&["-m", "pip"]) => {
                let (tool, action, length) = python(rest.get(2..)?)?;
                (tool, action, length + 2)
            }
            _ => return None,
        };
        let first = simple.words.get(at)?;
        let last = simple.words.get(at + length)?;
        let named = simple.words.get(at..=at + length)?;
        let started = simple.words.get(..at)?.iter();
        let by_env = started.filter_map(|word| Some((word, word.text.split_once('=')?.0)));
        let set = simple.assignments.iter();
        Some(Work {
            tool,
            action,
            command: named.iter().map(shown).collect::<Vec<_>>().join(" "),
            span: Span {
                end: last.span.end,
                ..first.span.clone()
            },
            variables: set
                .map(|one| (one.name.clone(), known(&one.value)))
                .chain(by_env.map(|(word, name)| {
                    let value = known(word).map(|value| {
                        let behind = value.split_once('=').map(|(_, value)| value.to_owned());
                        behind.unwrap_or_default()
                    });
                    (name.to_owned(), value)
                }))
                .collect(),
            arguments: simple
                .words
                .iter()
                .skip(at + length + 1)
                .map(known)
                .collect(),
        })
    }

    /// Whether one of these flags is given, by itself or with a value.
    pub fn has(&self, names: &[&str]) -> bool {
        let known = self.arguments.iter().flatten();
        let mut flags = known.map(|word| word.split_once('=').map_or(&**word, |(flag, _)| flag));
        flags.any(|flag| names.contains(&flag))
    }

    /// The values of these flags, behind a `=` or as the next word.
    pub fn values(&self, names: &[&str]) -> Vec<Known<String>> {
        let mut values = Vec::new();
        let mut words = self.arguments.iter();
        while let Some(word) = words.next() {
            let Ok(word) = word else {
                continue;
            };
            if names.contains(&word.as_str()) {
                values.extend(words.next().cloned());
            } else if let Some((flag, value)) = word.split_once('=')
                && names.contains(&flag)
            {
                values.push(Ok(value.to_owned()));
            }
        }
        values
    }

    /// The words that are no flags, where these flags have a value.
    pub fn operands(&self, valued: &[&str]) -> Vec<&Known<String>> {
        let mut operands = Vec::new();
        let mut words = self.arguments.iter();
        while let Some(word) = words.next() {
            match word {
                Ok(text) if valued.contains(&text.as_str()) => {
                    let _value = words.next();
                }
                Ok(text) if text.starts_with('-') => {}
                _ => operands.push(word),
            }
        }
        operands
    }

    /// A variable that is set for the command alone.
    pub fn variable(&self, name: &str) -> Option<&Known<String>> {
        let mut variables = self.variables.iter().rev();
        variables
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }
}

fn shown(word: &Word) -> &str {
    word.known().unwrap_or(&word.text)
}

fn known(word: &Word) -> Known<String> {
    word.value.clone().map_err(|unknown| unknown.to_string())
}

/// What it is, and how many words behind the program say so.
type Read = Option<(Tool, Action, usize)>;

fn cargo(words: &[&str]) -> Read {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match word {
            word if VALUED.contains(word) => at += 2,
            word if word.starts_with(['+', '-']) => at += 1,
            _ => break,
        }
    }
    let rest = words.get(at + 1..).unwrap_or_default();
    let (action, more) = match (*words.get(at)?, rest) {
        ("build" | "b" | "rustc" | "zigbuild", _) => (Action::Build, 0),
        ("auditable" | "leptos" | "xwin", ["build", ..]) => (Action::Build, 1),
        ("chef", ["cook", ..]) => (Action::Dependencies, 1),
        ("fetch" | "vendor", _) => (Action::Fetch, 0),
        // Without a path it is a tool that is installed, which no change of the sources touches.
        ("install", rest) if rest.iter().any(|word| word.starts_with("--path")) => {
            (Action::Build, 0)
        }
        _ => return None,
    };
    Some((Tool::Cargo, action, at + 1 + more))
}

fn go(words: &[&str]) -> Read {
    match words {
        ["build", ..] => Some((Tool::Go, Action::Build, 1)),
        ["install", rest @ ..] if !rest.iter().any(|word| word.contains('@')) => {
            Some((Tool::Go, Action::Build, 1))
        }
        ["mod", "download" | "vendor", ..] => Some((Tool::Go, Action::Fetch, 2)),
        _ => None,
    }
}

/// Only what a manifest lists: packages by name are tools.
fn node(program: &str, words: &[&str]) -> Read {
    let (first, rest) = match words.split_first() {
        Some((first, rest)) => (*first, rest),
        None if program == "yarn" => return Some((Tool::Node, Action::Install, 0)),
        None => return None,
    };
    let is_install = matches!(
        (program, first),
        (_, "install" | "i") | ("npm", "ci" | "clean-install")
    );
    let is_by_name = rest.iter().any(|word| !word.starts_with('-'));
    let is_global = rest
        .iter()
        .any(|word| matches!(*word, "-g" | "--global" | "--location=global"));
    (is_install && !is_by_name && !is_global).then_some((Tool::Node, Action::Install, 1))
}

/// `-r FILE` alone: a package by name is a tool, and what `.` installs is not told apart from the sources.
fn python(words: &[&str]) -> Read {
    let (first, rest) = words.split_first()?;
    let is_listed = rest
        .iter()
        .any(|word| word.starts_with("-r") || word.starts_with("--requirement"));
    (*first == "install" && is_listed).then_some((Tool::Python, Action::Install, 1))
}

#[cfg(test)]
mod tests {
    use coracle_recipe::{Text, shell};

    use super::*;

    fn read(text: &str) -> Vec<Work> {
        work(&shell::read(&Text::plain(text), &|_| None))
    }

    #[test]
    fn what_compiles_a_program_is_told_from_what_installs_a_tool() {
        let check = |text: &str, expected: Option<(Tool, Action, &str)>| {
            let found = read(text);
            let got = found
                .first()
                .map(|work| (work.tool, work.action, &*work.command));
            assert_eq!(got, expected, "{text}");
        };
        let cargo = |action, command| Some((Tool::Cargo, action, command));
        check(
            "set -e; A=1 cargo build --release",
            cargo(Action::Build, "cargo build"),
        );
        check(
            "env A=1 cargo +nightly build",
            cargo(Action::Build, "cargo +nightly build"),
        );
        check(
            "xx-cargo --config a=1 chef cook",
            cargo(Action::Dependencies, "xx-cargo --config a=1 chef cook"),
        );
        check(
            "cargo install --path=.",
            cargo(Action::Build, "cargo install"),
        );
        check("cargo install --locked cargo-chef", None);
        check("cargo test --release", None);
        check("echo cargo build", None);
        let go = |action, command| Some((Tool::Go, action, command));
        check("GOOS=x go build -o a .", go(Action::Build, "go build"));
        check("go mod download", go(Action::Fetch, "go mod download"));
        check("go install example.test/tool@v1", None);
        check("npm ci", Some((Tool::Node, Action::Install, "npm ci")));
        check("yarn", Some((Tool::Node, Action::Install, "yarn")));
        check("npm install -g npm", None);
        check("npm install cheerio", None);
        check(
            "/venv/bin/pip install -r x",
            Some((Tool::Python, Action::Install, "/venv/bin/pip install")),
        );
        check("pip install uv", None);
    }

    #[test]
    fn flags_are_read_with_their_values() {
        let works = read("CGO_ENABLED=0 go build -tags a -o /x ./cmd/api");
        let work = works.first().unwrap();
        assert_eq!(work.variable("CGO_ENABLED"), Some(&Ok("0".to_owned())));
        assert_eq!(
            work.operands(&["-o", "-tags"]),
            [&Ok("./cmd/api".to_owned())]
        );
        let works = read("cargo build -p a --bin=b --release");
        let work = works.first().unwrap();
        assert!(work.has(&["--release"]) && work.has(&["--bin"]) && !work.has(&["-r"]));
        let selected = work.values(&["-p", "--bin"]);
        assert_eq!(selected, [Ok("a".to_owned()), Ok("b".to_owned())]);
    }
}
