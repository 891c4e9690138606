//! The first line of a script as the kernel reads it (`fs/binfmt_script.c`).

/// The kernel looks at this many bytes.
const LINE_LIMIT: usize = 256;

/// What a first line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shebang {
    pub(super) interpreter: String,
    /// Everything after the interpreter, as one argument.
    pub(super) argument: Option<String>,
    /// The line ends with CR LF: the CR is part of the last word.
    pub(super) carriage_return: bool,
}

/// Why a first line cannot be used: ENOEXEC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("the first line names no interpreter")]
    Empty,
    #[error("the interpreter's path in the first line is longer than the kernel reads (256 bytes)")]
    TooLong,
    #[error("the first line is not UTF-8")]
    NotText,
}

/// Reads the first line; `None` when the file does not begin with `#!`.
pub(super) fn shebang(content: &[u8]) -> Option<Result<Shebang, Error>> {
    let head = content
        .get(..content.len().min(LINE_LIMIT))?
        .strip_prefix(b"#!")?;
    Some(parse(head, content.len() >= LINE_LIMIT))
}

fn parse(head: &[u8], cut: bool) -> Result<Shebang, Error> {
    let end = head.iter().position(|byte| *byte == b'\n' || *byte == 0);
    let line = head.get(..end.unwrap_or(head.len())).unwrap_or(head);
    let line = std::str::from_utf8(line).map_err(|_| Error::NotText)?;
    let blank = [' ', '\t'];
    let text = line.trim_start_matches(blank);
    let (interpreter, argument) = match text.split_once(blank) {
        Some((interpreter, argument)) => (interpreter, argument.trim_matches(blank)),
        // A path that runs into the end of what the kernel reads may be cut off.
        None if end.is_none() && cut => return Err(Error::TooLong),
        None => (text, ""),
    };
    if interpreter.is_empty() {
        return Err(Error::Empty);
    }
    Ok(Shebang {
        interpreter: interpreter.to_owned(),
        argument: (!argument.is_empty()).then(|| argument.to_owned()),
        carriage_return: line.ends_with('\r'),
    })
}

#[cfg(test)]
mod tests {
    use super::{Error, Shebang, shebang};

    fn check(content: &str, interpreter: &str, argument: Option<&str>, carriage_return: bool) {
        let argument = argument.map(str::to_owned);
        let expected = Shebang {
            interpreter: interpreter.to_owned(),
            argument,
            carriage_return,
        };
        assert_eq!(
            shebang(content.as_bytes()),
            Some(Ok(expected)),
            "{content:?}"
        );
    }

    #[test]
    fn first_lines_are_read_as_the_kernel_reads_them() {
        check("#!/bin/sh\nexit\n", "/bin/sh", None, false);
        check("#! \t/bin/sh -e \t\n", "/bin/sh", Some("-e"), false);
        check(
            "#!/usr/bin/env -S python3 -u\n",
            "/usr/bin/env",
            Some("-S python3 -u"),
            false,
        );
        check("#!/bin/sh\r\n", "/bin/sh\r", None, true);
        check(
            "#!/usr/bin/env python3\r\n",
            "/usr/bin/env",
            Some("python3\r"),
            true,
        );
        check("#!/bin/sh", "/bin/sh", None, false);
    }

    #[test]
    fn a_file_without_the_two_characters_is_no_script() {
        assert_eq!(shebang(b"echo hello\n"), None);
        assert_eq!(shebang(b"#"), None);
        assert_eq!(shebang(b""), None);
    }

    #[test]
    fn a_line_without_a_usable_interpreter_is_refused() {
        assert_eq!(shebang(b"#!  \nls"), Some(Err(Error::Empty)));
        let long = format!("#!/{}\n", "a".repeat(300));
        assert_eq!(shebang(long.as_bytes()), Some(Err(Error::TooLong)));
        assert_eq!(shebang(b"#!\xff\n"), Some(Err(Error::NotText)));
    }

    #[test]
    fn an_argument_beyond_what_the_kernel_reads_is_cut() {
        let long = format!("#!/bin/sh {}\n", "a".repeat(300));
        let read = shebang(long.as_bytes()).unwrap().unwrap();
        assert_eq!(read.argument.unwrap().len(), 256 - "#!/bin/sh ".len());
    }
}
