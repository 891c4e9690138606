//! Images in little, and what is said of two of them.

use coracle_oci::config::Healthcheck;

use super::*;
use crate::check::look::made::Made;

fn status(packages: &str) -> String {
    let stanza = |package: &str| {
        let (name, version) = package.split_once(' ').unwrap_or_default();
        format!("Package: {name}\nStatus: install ok installed\nVersion: {version}\n")
    };
    packages.lines().map(stanza).collect::<Vec<_>>().join("\n")
}

fn told(changes: &[Change]) -> Vec<String> {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    changes
        .iter()
        .map(|change| {
            format!(
                "{}: {} → {}",
                change.name,
                side(&change.old),
                side(&change.new)
            )
        })
        .collect()
}

#[test]
fn an_image_does_not_differ_from_itself() {
    let made = Made::new()
        .layer("base", 100, "")
        .data(0, "usr/share/data", 10, 0)
        .file(0, "etc/passwd", "root")
        .program("/app/api", &["/usr/lib/libz.so.1"]);
    let diff = between(&made.seen(), &made.seen());
    assert!(!diff.differs(), "{diff:?}");
    assert_eq!((diff.pull.bytes, diff.pull.shared), (0, 1));
}

#[test]
fn packages_are_added_removed_and_of_another_version_whichever_way_they_are_listed() {
    let old = Made::new().file(0, "var/lib/dpkg/status", &status("a 1\nb 1\nc 1"));
    let new = Made::new().layer("packages", 1, "c@2,d@1").file(
        0,
        "var/lib/dpkg/status.d/b",
        "Package: b\nVersion: 1\n",
    );
    let diff = between(&old.seen(), &new.seen());
    assert_eq!(told(&diff.packages), ["a: 1 → -", "c: 1 → 2", "d: - → 1"]);
    assert!(diff.differs());
}

#[test]
fn what_is_known_of_two_files_says_whether_they_are_the_same() {
    // What the old image has, what the new one has: layer, length, content.
    let check = |old: (usize, u64, u8), new: (usize, u64, u8), expected: &str| {
        let image = |(layer, length, content): (usize, u64, u8), own: &str| {
            Made::new()
                .layer("shared", 10, "")
                .layer(own, 10, "")
                .data(layer, "usr/share/file", length, content)
                .seen()
        };
        let files = between(&image(old, "one"), &image(new, "other")).files;
        let got = match (files.changed, files.perhaps) {
            (1, 0) => "changed",
            (0, 1) => "perhaps",
            _ => "same",
        };
        assert_eq!(got, expected, "{old:?} {new:?}");
    };
    check((0, 5, 7), (0, 5, 8), "same");
    check((1, 5, 7), (1, 5, 7), "same");
    check((1, 5, 7), (1, 6, 7), "changed");
    check((1, 5, 7), (1, 5, 8), "changed");
    check((1, 0, 7), (1, 0, 8), "same");
}

#[test]
fn content_that_is_known_decides_and_the_largest_are_named_first() {
    let layers = || Made::new().layer("shared", 10, "");
    let old = layers()
        .layer("one", 10, "")
        .file(1, "etc/passwd", "root")
        .file(1, "etc/group", "root")
        .link(1, "usr/bin/sh", "dash")
        .data(1, "usr/bin/large", 1_000, 5);
    let new = layers()
        .layer("other", 10, "")
        .file(1, "etc/passwd", "toor")
        .file(1, "etc/group", "root")
        .link(1, "usr/bin/sh", "bash")
        .data(1, "usr/bin/larger", 2_000, 5);
    let files = between(&old.seen(), &new.seen()).files;
    let counts = (files.added, files.removed, files.changed, files.perhaps);
    assert_eq!(counts, (1, 1, 2, 0));
    let named = files
        .largest
        .iter()
        .map(|file| (file.path.as_str(), file.old, file.new));
    let expected = [
        ("/usr/bin/larger", None, Some(2_000)),
        ("/usr/bin/large", Some(1_000), None),
        ("/etc/passwd", Some(4), Some(4)),
        ("/usr/bin/sh", Some(0), Some(0)),
    ];
    assert_eq!(named.collect::<Vec<_>>(), expected);
}

#[test]
fn what_programs_load_and_which_are_started_is_compared() {
    let old = Made::new()
        .program(
            "/app/api",
            &["/usr/lib/libssl.so.1.1", "/usr/lib/libc.so.6"],
        )
        .program("/bin/old", &["/usr/lib/libc.so.6"]);
    let new = Made::new()
        .program("/app/api", &["/usr/lib/libssl.so.3", "/usr/lib/libc.so.6"])
        .program("/bin/new", &[]);
    let needs = between(&old.seen(), &new.seen()).needs;
    let told: Vec<String> = needs
        .iter()
        .map(|one| {
            format!(
                "{} {:?} +{:?} -{:?}",
                one.program, one.presence, one.added, one.removed
            )
        })
        .collect();
    let expected = [
        r#"/app/api Both +["libssl.so.3"] -["libssl.so.1.1"]"#,
        "/bin/new New +[] -[]",
        r#"/bin/old Old +[] -["libc.so.6"]"#,
    ];
    assert_eq!(told, expected);
}

#[test]
fn settings_are_compared_one_by_one() {
    let mut old = Made::new();
    old.config.env = vec!["PATH=/bin".to_owned(), "A=1".to_owned()];
    old.config.user = "root".to_owned();
    old.config.exposed_ports = ["80/tcp".to_owned()].into();
    let mut new = Made::new();
    new.config.env = vec!["PATH=/usr/bin".to_owned(), "A=1".to_owned()];
    new.config.entrypoint = vec!["/app/api".to_owned(), "-v".to_owned()];
    new.config.labels = [("version".to_owned(), "2".to_owned())].into();
    new.config.healthcheck = Some(Healthcheck {
        test: vec!["CMD".to_owned(), "/app/api".to_owned()],
        interval: Some(1_500_000_000),
        retries: Some(3),
        ..Healthcheck::default()
    });
    let diff = between(&old.seen(), &new.seen());
    let expected = [
        r#"entrypoint: - → ["/app/api", "-v"]"#,
        "env PATH: /bin → /usr/bin",
        r#"healthcheck: - → ["CMD", "/app/api"] every 1.500s retries 3"#,
        "label version: - → 2",
        "port 80/tcp: exposed → -",
        "user: root → -",
    ];
    assert_eq!(told(&diff.configuration), expected);
}

#[test]
fn a_machine_pulls_the_layers_that_it_has_not_each_once() {
    let old = Made::new().layer("base", 100, "").layer("app", 10, "");
    let new = Made::new()
        .layer("base", 100, "")
        .layer("app2", 11, "")
        .layer("app2", 11, "");
    let diff = between(&old.seen(), &new.seen());
    assert_eq!(
        (diff.pull.bytes, diff.pull.layers.len(), diff.pull.shared),
        (11, 1, 2)
    );
    assert_eq!((diff.old.packed, diff.new.packed), (110, 122));
}

#[test]
fn indexes_are_compared_platform_by_platform_and_two_single_images_always() {
    let check = |old: &[&str], new: &[&str], expected: &[(usize, usize)], only: [usize; 2]| {
        let platforms = |names: &[&str]| -> Vec<Option<Platform>> {
            names
                .iter()
                .map(|name| Some(Platform::linux(name)))
                .collect()
        };
        let (got, rest) = pairs(&platforms(old), &platforms(new));
        assert_eq!(got, expected, "{old:?} {new:?}");
        assert_eq!(
            [rest.only_old.len(), rest.only_new.len()],
            only,
            "{old:?} {new:?}"
        );
        assert_eq!(rest.differs(), only != [0, 0]);
    };
    check(&["amd64"], &["arm64"], &[(0, 0)], [0, 0]);
    check(
        &["amd64", "arm64"],
        &["arm64", "amd64"],
        &[(0, 1), (1, 0)],
        [0, 0],
    );
    check(&["amd64", "arm64"], &["arm64"], &[(1, 0)], [1, 0]);
    check(&["amd64", "arm64"], &["s390x"], &[], [2, 1]);
}
