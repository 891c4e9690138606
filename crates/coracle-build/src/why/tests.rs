//! An image in little, and why things are in it.

use super::*;
use crate::check::look::made::Made;

const STATUS: &str = "Package: libssl3\nStatus: install ok installed\nVersion: 3.0\n\nPackage: openssl\nStatus: install ok installed\nVersion: 3.0\nDepends: libssl3 (>= 3)\n";

fn image() -> Made {
    let mut made = Made::new()
        .layer("base", 100, "")
        .layer("tool", 20, "zlib1g@1.3,liblz4@1")
        .file(0, "var/lib/dpkg/status", STATUS)
        .file(
            0,
            "var/lib/dpkg/info/libssl3.list",
            "/lib/libssl.so.3\n/usr/lib/libcrypto.so.3\n",
        )
        .file(0, "var/lib/dpkg/info/openssl.list", "/usr/bin/openssl\n")
        .link(0, "lib", "usr/lib")
        .data(0, "usr/lib/libssl.so.3", 700, 5)
        .data(0, "usr/lib/libcrypto.so.3", 5_000, 5)
        .data(0, "usr/bin/openssl", 900, 5)
        .data(1, "usr/lib/libz.so.1", 90, 5)
        .data(1, "usr/share/doc/zlib1g", 1, 5)
        .data(1, "app/api", 10, 5)
        .program(
            "/app/api",
            &["/usr/lib/libssl.so.3", "/usr/lib/libcrypto.so.3"],
        );
    made.config.labels = [("org.example.version".to_owned(), "2".to_owned())].into();
    made
}

fn only(subject: &str) -> Found {
    let answer = answer(&image().seen(), &Ask::Subject(subject.to_owned())).unwrap();
    assert_eq!(answer.found.len(), 1, "{:?}", answer.found);
    answer.found.into_iter().next().unwrap()
}

#[test]
fn a_library_is_told_with_its_chain_its_rule_its_package_and_its_layer() {
    for subject in [
        "libcrypto.so.3",
        "/lib/libcrypto.so.3",
        "usr/lib/libcrypto.so.3",
    ] {
        let Found::File(file) = only(subject) else {
            panic!("{subject} is no file");
        };
        assert_eq!(
            (file.path.as_str(), file.bytes),
            ("/usr/lib/libcrypto.so.3", 5_000)
        );
        let chain = [
            "ENTRYPOINT",
            "/app/api",
            "libssl.so.3 (NEEDED)",
            "libcrypto.so.3 (NEEDED)",
        ];
        assert_eq!(file.uses.len(), 1);
        assert_eq!(file.uses[0].chain, chain);
        assert_eq!(file.uses[0].why_found.as_deref(), Some("/etc/ld.so.cache"));
        assert_eq!(file.package.as_deref(), Some("libssl3 3.0"));
        let layer = file.layer.unwrap();
        assert_eq!((layer.number, layer.of, layer.bytes), (1, 2, 100));
    }
}

#[test]
fn a_file_that_nothing_loads_is_told_too_and_its_layer_says_what_may_have_brought_it() {
    let Found::File(file) = only("libz.so.1") else {
        panic!("it is no file");
    };
    assert_eq!(file.uses, []);
    assert_eq!(file.package.as_deref(), Some("one of zlib1g@1.3, liblz4@1"));
}

#[test]
fn a_package_is_told_with_the_files_that_are_loaded_or_who_depends_on_it() {
    let Found::Package(package) = only("libssl3") else {
        panic!("it is no package");
    };
    let used: Vec<&str> = package.used.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(used, ["/usr/lib/libcrypto.so.3", "/usr/lib/libssl.so.3"]);
    assert_eq!((package.files, package.bytes), (2, 5_700));
    assert_eq!(package.needed_by, ["openssl"]);
    assert_eq!(package.layers.len(), 1);
    // Records of package managers have its name, too, and are not meant.
    let Found::Package(package) = only("zlib1g") else {
        panic!("it is no package");
    };
    assert_eq!(
        (package.version.as_str(), package.layers[0].number),
        ("1.3", 2)
    );
}

#[test]
fn a_label_is_told_with_the_last_line_that_sets_it() {
    let mut seen = image().seen();
    let step = |text: &str| coracle_oci::config::History {
        created_by: Some(text.to_owned()),
        ..Default::default()
    };
    seen.history = [
        "LABEL org.example.version=1",
        "LABEL org.example.version=2",
        "RUN true",
    ]
    .map(step)
    .into();
    let label = label(&seen, "org.example.version").unwrap();
    assert_eq!(label.value, "2");
    assert_eq!(
        label.made_by.as_deref(),
        Some("LABEL org.example.version=2")
    );
}

#[test]
fn the_largest_files_and_packages_come_first() {
    let answer = answer(&image().seen(), &Ask::Top(2)).unwrap();
    let top = answer.top.unwrap();
    let names = |items: &[Item]| -> Vec<String> {
        let item = |item: &Item| format!("{} {:?} {}", item.name, item.more, item.bytes);
        items.iter().map(item).collect()
    };
    let files = [
        "/usr/lib/libcrypto.so.3 Some(\"libssl3 3.0\") 5000",
        "/usr/bin/openssl Some(\"openssl 3.0\") 900",
    ];
    assert_eq!(names(&top.files), files);
    let packages = ["libssl3 Some(\"3.0\") 5700", "openssl Some(\"3.0\") 900"];
    assert_eq!(names(&top.packages), packages);
    assert_eq!(top.packed, 120);
}

#[test]
fn what_is_nowhere_is_told_with_what_has_nearly_that_name() {
    let check = |subject: &str, expected: &str| {
        let ask = Ask::Subject(subject.to_owned());
        let error = answer(&image().seen(), &ask).unwrap_err();
        assert_eq!(format!("{error}; {}", error.hint().unwrap()), expected);
    };
    let image = "ghcr.io/acme/api:v1 (linux/amd64) has no";
    check(
        "libssl",
        &format!("{image} `libssl`; it has libssl3, libssl.so.3"),
    );
    check(
        "/usr/bin/opensll",
        &format!("{image} `/usr/bin/opensll`; it has /usr/bin/openssl"),
    );
    check(
        "python3.11",
        &format!(
            "{image} `python3.11`; name a library (libssl.so.3), a file by its path (/usr/bin/env), a package or a label"
        ),
    );
}
