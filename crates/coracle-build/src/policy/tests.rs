//! Judgements of made-up images.

use super::*;

fn file(path: &str, mode: u32, kind: FileKind) -> File<'_> {
    File {
        path,
        mode,
        kind,
        is_owned: false,
    }
}

fn subject<'a>() -> Subject<'a> {
    Subject {
        unpacked_size: 2000,
        programs: vec![("/app/server", false)],
        packages: [("bash", "5.2".to_owned()), ("libc6", "2.36".to_owned())].into(),
        unread: None,
        files: vec![
            file("app", 0o755, FileKind::Folder),
            file("app/.env", 0o644, FileKind::Regular),
            file("tmp", 0o1777, FileKind::Folder),
            file("usr/bin/sh", 0o777, FileKind::Other),
            file("usr/bin/su", 0o4755, FileKind::Regular),
            file("var/spool", 0o777, FileKind::Folder),
        ],
        real: &|path| path.replace("bin/", "usr/bin/").replace("usr/usr/", "usr/"),
        uid: Some(0),
        labels: Some(["org.opencontainers.image.source"].into()),
        own_programs: vec!["/app/server".to_owned(), "/app/worker".to_owned()],
        base: Some(Base {
            id: "debian",
            version: Some("10"),
            codename: Some("buster"),
        }),
        today: "2026-11-26".to_owned(),
        certificates: Some("no certificates".to_owned()),
        time_zones: None,
    }
}

fn lines(violations: &[Violation]) -> Vec<String> {
    let line = |violation: &Violation| format!("{}: {}", violation.key, violation.text);
    violations.iter().map(line).collect()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn without_a_policy_nothing_is_a_violation_and_some_is_a_warning() {
    let judgement = check(&Policy::default(), &subject());
    assert_eq!(judgement.violations, []);
    let expected = [
        "user: it runs as root, expected another user",
        "setuid: 1 set-user-ID or set-group-ID programs: /usr/bin/su",
        "world-writable: 1 files or folders that every user may write: /var/spool",
        "secrets: a file is a secret by its name: /app/.env",
        "base-eol: Debian buster has had no security updates since 2024-06-30, expected a release that has",
        "certificates: no certificates",
    ];
    assert_eq!(lines(&judgement.warnings), expected);
}

#[test]
fn what_a_policy_forbids_is_a_violation_and_what_it_permits_is_nothing() {
    let forbids = Policy {
        user: Some(UserPolicy::NonRoot),
        setuid: Some(false),
        world_writable: Some(false),
        secrets: Some(false),
        base_eol: Some(false),
        certificates: Some(true),
        ..Policy::default()
    };
    let judgement = check(&forbids, &subject());
    assert_eq!(judgement.violations.len(), 6);
    assert_eq!(judgement.warnings, []);
    let permits = Policy {
        user: Some(UserPolicy::Any),
        setuid: Some(true),
        world_writable: Some(true),
        secrets: Some(true),
        base_eol: Some(true),
        certificates: Some(false),
        ..Policy::default()
    };
    assert_eq!(check(&permits, &subject()), Judgement::default());
}

#[test]
fn what_is_listed_is_looked_for_by_name() {
    let policy = Policy {
        max_size: Some(1999),
        linkage: Some(LinkagePolicy::Static),
        forbid_packages: names(&["bash", "perl"]),
        require_packages: names(&["libc6", "tzdata"]),
        forbid_files: names(&["/bin/sh", "/app/", "/usr/bin", "/bin/bash"]),
        require_files: names(&["/etc/passwd", "/app/", "/srv/"]),
        labels: names(&["org.opencontainers.image.source", "owner"]),
        one_service: true,
        ..Policy::default()
    };
    let expected = [
        "max-size: the image unpacks to 2000 bytes, expected at most 1999",
        "linkage: /app/server is dynamic, expected static",
        "forbid-packages: bash is in the image: 5.2",
        "require-packages: tzdata is not in the image",
        "forbid-files: /bin/sh is in the image",
        "forbid-files: /app/.env is in the image, expected nothing in /app/",
        "require-files: /etc/passwd is not in the image",
        "require-files: nothing is in /srv/ of the image",
        "labels: the label owner is not there, or is empty",
        "one-service: 2 programs are there that no package brought, expected one: /app/server, /app/worker",
    ];
    assert_eq!(lines(&check(&policy, &subject()).violations), expected);
}

#[test]
fn what_cannot_be_read_is_no_promise_that_holds() {
    let policy = Policy {
        forbid_packages: names(&["bash"]),
        one_service: true,
        ..Policy::default()
    };
    let unread = Subject {
        unread: Some("/var/lib/rpm/rpmdb.sqlite"),
        ..subject()
    };
    let found = lines(&check(&policy, &unread).violations);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("forbid-packages: which packages there are cannot be read"));
    assert!(found[1].starts_with("one-service: which programs no package brought"));
}
