//! Texts as they are seen, and what is made of them.

use std::fmt::Write as _;

use coracle_binary::start::Verdict;

use super::*;

/// As programs, shells and engines print them.
const TEXTS: [&str; 24] = [
    "/app/api: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.39' not found (required by /app/api)",
    "./api: /usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by ./api)",
    "/app/api: /lib/libpq.so.5: version `RHPG_9.6' not found (required by /app/api)",
    "/app/api: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file or directory",
    "/app/api: error while loading shared libraries: /usr/lib/libz.so.1: file too short",
    "Error loading shared library libgcc_s.so.1: No such file or directory (needed by /app/api)",
    "Error loading shared library libpq.so.5: No such file or directory (needed by /app/api)",
    "Error relocating /app/api: __register_atfork: symbol not found",
    "Error relocating /usr/lib/libfoo.so: deflateInit_: symbol not found",
    "/app/api: symbol lookup error: /app/api: undefined symbol: sqlite3_stmt_explain",
    "/app/api: relocation error: /lib/libpthread.so.0: symbol __libc_vfork version GLIBC_PRIVATE not defined in file libc.so.6 with link time reference",
    "exec /app/api: no such file or directory",
    "exec /app/api: exec format error",
    "exec /app/api: permission denied",
    "standard_init_linux.go:228: exec user process caused: exec format error",
    "standard_init_linux.go:211: exec user process caused \"no such file or directory\"",
    "docker: Error response from daemon: failed to create task: exec: \"api\": executable file not found in $PATH: unknown",
    "docker: Error response from daemon: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: \"/app/api\": stat /app/api: no such file or directory: unknown",
    "bash: ./run.sh: /bin/bash: bad interpreter: No such file or directory",
    "env: 'bash\\r': No such file or directory",
    "bash: ./api: cannot execute: required file not found",
    "OCI runtime create failed: chdir to cwd (\"/app\") set in config.json failed: no such file or directory: unknown",
    "docker: Error response from daemon: unable to find user app: no matching entries in passwd file.",
    "Fatal glibc error: CPU does not support x86-64-v2",
];

#[test]
fn the_usual_texts_are_understood() {
    let mut told = String::new();
    for text in TEXTS {
        let said = explain(text).unwrap();
        let codes: Vec<&str> = said.codes.iter().map(|code| code.as_str()).collect();
        let _ = writeln!(
            told,
            "{text}\n  {}\n  codes: {}\n  names: {}\n  cause: {}\n  fix:   {}\n",
            said.what,
            codes.join(" "),
            said.names.join(" "),
            said.causes[0],
            said.fixes[0]
        );
    }
    insta::assert_snapshot!(told);
}

#[test]
fn the_line_that_says_most_counts_and_a_script_s_own_carriage_return_is_seen() {
    let log = "+ exec /app/api\nexec /app/api: no such file or directory\n/app/api: error while loading shared libraries: libz.so.1: cannot open shared object file: No such file\n";
    let said = explain(log).unwrap();
    assert_eq!(said.names, ["libz.so.1"]);
    assert!(said.line.starts_with("/app/api: error"));
    // Lines of a log that was written on Windows are no scripts.
    let said = explain("exec /app/api: exec format error\r\n").unwrap();
    assert!(said.codes.contains(&Code::WrongMachine));
    let progress = "10%\r20%\r\nexec /app/api: no such file or directory\r\n";
    assert!(
        explain(progress)
            .unwrap()
            .codes
            .contains(&Code::ProgramMissing)
    );
    for script in [
        "exec /run.sh\r: no such file or directory",
        "/bin/sh^M: bad interpreter: No such file or directory",
        "/run.sh: line 2: $'\\r': command not found",
    ] {
        assert_eq!(
            explain(script).unwrap().codes,
            [Code::BadShebang],
            "{script}"
        );
    }
}

#[test]
fn suites_with_the_glibc_that_is_asked_for_are_named() {
    let of = |version: &str| {
        let text = format!("a: libc.so.6: version `{version}' not found (required by a)");
        let said = explain(&text).unwrap();
        [said.causes.concat(), said.fixes.concat()]
    };
    let [causes, fixes] = of("GLIBC_2.39");
    assert!(
        causes.contains("missing in debian/bookworm (2.36)"),
        "{causes}"
    );
    assert!(fixes.contains("debian/trixie (2.41)"), "{fixes}");
    let [causes, fixes] = of("GLIBC_9.1");
    assert!(causes.contains("debian/trixie"), "{causes}");
    assert!(!fixes.contains("ship on a release"), "{fixes}");
    let [causes, _] = of("GLIBC_2.34");
    assert!(!causes.contains("missing in"), "{causes}");
}

#[test]
fn what_is_no_such_text_is_refused_and_told_in_one_line() {
    for text in [
        "",
        "connection refused",
        "cat: /etc/x: No such file or directory",
    ] {
        let error = explain(text).unwrap_err();
        assert!(error.hint().is_some());
        assert!(error.to_string().contains(text), "{error}");
    }
    let long = explain(&"x".repeat(300)).unwrap_err().to_string();
    assert!(long.len() < 200, "{long}");
}

#[test]
fn findings_are_told_apart_by_what_the_text_names() {
    let finding = |code, subject: &str| Finding {
        code,
        verdict: Verdict::DoesNotStart,
        subject: subject.to_owned(),
        chain: Vec::new(),
        explanation: String::new(),
        ways_out: Vec::new(),
        missing_version: None,
        provider: None,
    };
    let said = explain(TEXTS[3]).unwrap();
    assert!(said.is_about(&finding(Code::LibraryMissing, "libssl.so.3")));
    assert!(!said.is_about(&finding(Code::LibraryMissing, "libz.so.1")));
    assert!(said.is_of_kind(&finding(Code::LibraryMissing, "libz.so.1")));
    assert!(!said.is_of_kind(&finding(Code::Packed, "libssl.so.3")));
}
