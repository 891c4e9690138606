//! Programs that exec another one: which of their arguments is the next program.

use std::collections::BTreeMap;

/// Gives the content of a file by the path a program would open; empty when there is none.
pub(super) type Read<'a> = &'a dyn Fn(&str) -> Vec<u8>;

/// What the arguments of a program say about what it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// It is no wrapper: it is the service itself.
    Itself,
    /// It starts this.
    Program(Following),
    /// It starts something that cannot be followed; the text says what.
    Unclear(String),
}

/// The program that a wrapper starts, and what the wrapper changes for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Following {
    pub(super) arguments: Vec<String>,
    /// The whole environment, when the wrapper changes it.
    pub(super) environment: Option<BTreeMap<String, String>>,
    pub(super) working_directory: Option<String>,
    /// `USER[:GROUP]`, to be looked up.
    pub(super) user: Option<String>,
    /// What else the wrapper does and nobody looked at.
    pub(super) unseen: Option<String>,
}

/// A wrapper with a plain command line: options, then words of its own, then the program.
struct Wrapper {
    names: &'static [&'static str],
    /// The options that take the next argument.
    with_value: &'static [&'static str],
    /// The first word is the user to become.
    takes_user: bool,
    /// How many words of its own come before the program.
    words: usize,
}

/// Programs that start another one as somebody else or somewhere else, by rules that are not followed here.
const UNCLEAR: [&str; 9] = [
    "chpst", "chroot", "doas", "runuser", "setpriv", "su", "sudo", "unshare", "nsenter",
];

const WRAPPERS: [Wrapper; 9] = [
    Wrapper {
        names: &["tini", "tini-static", "docker-init", "catatonit"],
        with_value: &["-p", "-e"],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["dumb-init"],
        with_value: &["-r", "--rewrite"],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["gosu", "su-exec", "s6-setuidgid"],
        with_value: &[],
        takes_user: true,
        words: 0,
    },
    Wrapper {
        names: &["nohup", "setsid"],
        with_value: &[],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["nice"],
        with_value: &["-n", "--adjustment"],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["timeout"],
        with_value: &["-k", "--kill-after", "-s", "--signal"],
        takes_user: false,
        words: 1,
    },
    Wrapper {
        names: &["stdbuf"],
        with_value: &["-i", "--input", "-o", "--output", "-e", "--error"],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["ionice"],
        with_value: &["-c", "--class", "-n", "--classdata"],
        takes_user: false,
        words: 0,
    },
    Wrapper {
        names: &["taskset", "chrt"],
        with_value: &[],
        takes_user: false,
        words: 1,
    },
];
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"];
const BUILTINS: [&str; 28] = [
    ".", ":", "[", "alias", "break", "case", "cd", "command", "echo", "eval", "exit", "export",
    "false", "for", "if", "kill", "printf", "read", "set", "shift", "source", "test", "trap",
    "true", "ulimit", "umask", "wait", "while",
];

/// What comes after `program` (its file, by which it is known) with these arguments (the first is its name).
pub(super) fn next(
    read: Read<'_>,
    program: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
) -> Next {
    let called = arguments.first().map_or(program, String::as_str);
    let names = [base_name(called), base_name(program)];
    let rest = arguments.get(1..).unwrap_or_default();
    if names.contains(&"env") {
        return env(rest, environment);
    }
    if names.iter().any(|name| SHELLS.contains(name)) {
        return shell(read, rest);
    }
    let known = WRAPPERS
        .iter()
        .find(|wrapper| names.iter().any(|name| wrapper.names.contains(name)));
    let unclear = names.iter().find(|name| UNCLEAR.contains(name));
    match (known, unclear) {
        (Some(wrapper), _) => plain(wrapper, rest),
        (None, Some(name)) if !rest.is_empty() => Next::Unclear(format!("what `{name}` starts")),
        (None, _) => Next::Itself,
    }
}

pub(super) fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn plain(wrapper: &Wrapper, arguments: &[String]) -> Next {
    let mut rest = arguments.iter();
    let mut following = Following::default();
    while let Some(argument) = rest.next() {
        if argument == "--" {
            following.arguments = rest.cloned().collect();
            break;
        }
        if wrapper.with_value.contains(&argument.as_str()) {
            rest.next();
        } else if !argument.starts_with('-') {
            following.arguments = std::iter::once(argument).chain(rest).cloned().collect();
            break;
        }
    }
    let words = wrapper.words.min(following.arguments.len());
    following.arguments.drain(..words);
    if wrapper.takes_user && !following.arguments.is_empty() {
        following.user = Some(following.arguments.remove(0));
    }
    finish(following)
}

fn finish(following: Following) -> Next {
    if following.arguments.is_empty() {
        Next::Itself
    } else {
        Next::Program(following)
    }
}

fn env(arguments: &[String], environment: &BTreeMap<String, String>) -> Next {
    let mut words: Vec<String> = arguments.iter().rev().cloned().collect();
    let mut changed = environment.clone();
    let mut following = Following::default();
    while let Some(word) = words.pop() {
        match word.as_str() {
            "-" | "-i" | "--ignore-environment" => changed.clear(),
            "-u" | "--unset" => {
                changed.remove(&words.pop().unwrap_or_default());
            }
            "-C" | "--chdir" => following.working_directory = words.pop(),
            "--" => {}
            "-S" | "--split-string" => {
                let text = words.pop().unwrap_or_default();
                words.extend(text.split_whitespace().rev().map(str::to_owned));
            }
            text if text.starts_with("-S") => {
                let text = text.get(2..).unwrap_or_default();
                words.extend(text.split_whitespace().rev().map(str::to_owned));
            }
            option if option.starts_with('-') => {
                if let Some(name) = option.strip_prefix("--unset=") {
                    changed.remove(name);
                } else if let Some(directory) = option.strip_prefix("--chdir=") {
                    following.working_directory = Some(directory.to_owned());
                } else if !matches!(option, "-v" | "--debug" | "-0" | "--null") {
                    return Next::Unclear(format!("what `env {option}` starts"));
                }
            }
            word => match word.split_once('=') {
                Some((name, value)) => {
                    changed.insert(name.to_owned(), value.to_owned());
                }
                None => {
                    following.arguments = std::iter::once(word.to_owned())
                        .chain(words.into_iter().rev())
                        .collect();
                    break;
                }
            },
        }
    }
    following.environment = (changed != *environment).then_some(changed);
    finish(following)
}

/// `sh -c TEXT NAME ARGUMENTS` or `sh FILE ARGUMENTS`.
fn shell(read: Read<'_>, arguments: &[String]) -> Next {
    let mut rest = arguments.iter();
    let mut text_follows = false;
    while let Some(argument) = rest.next() {
        let options = argument.strip_prefix(['-', '+']);
        match options {
            Some("o") => {
                rest.next();
            }
            Some("-") | Some("") => {}
            Some(letters) => text_follows |= !letters.starts_with('-') && letters.contains('c'),
            None if text_follows => {
                let positional: Vec<String> = rest.skip(1).cloned().collect();
                return command(argument, &positional);
            }
            None => return script(read, argument, &rest.cloned().collect::<Vec<_>>()),
        }
    }
    Next::Itself
}

/// A script that hands over with `exec … "$@"` is followed into its arguments.
fn script(read: Read<'_>, path: &str, arguments: &[String]) -> Next {
    let unseen = format!("what the script {path} does");
    let content = read(path);
    let text = String::from_utf8_lossy(&content);
    let hand_over = text
        .lines()
        .map(str::trim)
        .find(|line| line.starts_with("exec ") && line.contains("\"$@\""));
    match hand_over.map(|line| command(line, arguments)) {
        Some(Next::Program(following)) => {
            let unseen = Some(format!(
                "{unseen} before `{}`",
                hand_over.unwrap_or_default()
            ));
            Next::Program(Following {
                unseen,
                ..following
            })
        }
        _ => Next::Unclear(unseen),
    }
}

/// A simple command is followed; one with operators, substitutions or built-in words is not.
fn command(text: &str, positional: &[String]) -> Next {
    let unclear = || Next::Unclear(format!("what the shell does with `{text}`"));
    if text.contains([';', '&', '|', '<', '>', '(', ')', '`', '\n']) {
        return unclear();
    }
    let mut words = text
        .split_whitespace()
        .skip_while(|word| *word == "exec" || is_assignment(word))
        .peekable();
    match words.peek() {
        None => return Next::Itself,
        Some(&"\"$@\"") => {}
        Some(word) if BUILTINS.contains(word) || !is_plain(word) => return unclear(),
        Some(_) => {}
    }
    let mut following = Following::default();
    for word in words {
        match word {
            "\"$@\"" => following.arguments.extend(positional.iter().cloned()),
            word => following
                .arguments
                .push(word.trim_matches(['"', '\'']).to_owned()),
        }
    }
    finish(following)
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn is_plain(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_alphanumeric() || "/._-+@:=%,".contains(c))
}
