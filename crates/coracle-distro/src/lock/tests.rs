//! The lock's text and its diff.

use super::*;

fn pin(name: &str, version: &str) -> Pin {
    Pin {
        name: name.to_owned(),
        version: version.parse().unwrap(),
        architecture: "amd64".to_owned(),
        path: format!("pool/main/{name}_{version}_amd64.deb"),
        sha256: Sha256::of(name.as_bytes()),
        size: 41,
        archive: ArchiveName::Main,
    }
}

fn lock() -> Lock {
    let section = Section {
        releases: vec![ReleasePin {
            archive: ArchiveName::Main,
            date: "2026-09-12T07:55:41Z".parse().unwrap(),
            digest: Sha256::of(b"InRelease"),
        }],
        build: vec![],
        run: vec![pin("libc6", "2.41-12+deb13u1"), pin("base-files", "13.8")],
    };
    let key = ("debian/trixie".to_owned(), Architecture::Amd64);
    Lock {
        sections: [(key, section)].into(),
    }
}

fn refused(change: impl Fn(&str) -> String) -> String {
    Lock::read(&change(&lock().to_text()))
        .unwrap_err()
        .to_string()
}

#[test]
fn the_text_is_what_a_reviewer_reads() {
    insta::assert_snapshot!(lock().to_text(), @r#"
    # The archive packages that builds and images use, pinned by coracle. Commit this file.
    # `coracle update` moves the pins; `--locked` refuses to change them.
    version = 1

    [[section]]
    suite = "debian/trixie"
    architecture = "amd64"
    releases = [
      { archive = "main", date = "2026-09-12T07:55:41Z", digest = "5bfc87e96c5fc54b15067c0e113156812a0af4dc86aaf43b462addaa77728d08" },
    ]
    build = []
    run = [
      { name = "base-files", version = "13.8", architecture = "amd64", archive = "main", size = 41, sha256 = "472b3d716961b91797c595f751d1e8d9571507656ce4a6bff9726b29993f8d25", path = "pool/main/base-files_13.8_amd64.deb" },
      { name = "libc6", version = "2.41-12+deb13u1", architecture = "amd64", archive = "main", size = 41, sha256 = "fb9ce3b804ed6882db53398f268a9c8e59ab103221188aee6513dfddde5b9aff", path = "pool/main/libc6_2.41-12+deb13u1_amd64.deb" },
    ]
    "#);
}

#[test]
fn reading_and_writing_again_changes_no_byte() {
    let text = lock().to_text();
    assert_eq!(Lock::read(&text).unwrap().to_text(), text);
    assert_eq!(
        Lock::read(&Lock::default().to_text()).unwrap(),
        Lock::default()
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let mut turned = lock();
    turned
        .sections
        .values_mut()
        .for_each(|section| section.run.reverse());
    assert_eq!(turned.to_text(), lock().to_text());
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let cases = [
        refused(|text| text.replace("version = 1\n", "version = 2\nnew = 1\n")),
        refused(|text| text.replace("run = [", "url = \"x\"\nrun = [")),
        refused(|text| text.replace("size = 41", "size = 41, url = \"x\"")),
        refused(|text| text.replace("debian/trixie", "trixie")),
        refused(|text| text.replace("architecture = \"amd64\"\n", "architecture = \"vax\"\n")),
        refused(|text| text.replace("archive = \"main\", size", "archive = \"backports\", size")),
        refused(|text| text.replace("pool/main/libc6", "pool/../libc6")),
        refused(|text| text.replace("name = \"libc6\"", "name = \"base-files\"")),
        refused(|text| text.replace("2026-09-12T", "12 Sep ")),
        refused(|text| text.replacen("sha256 = \"", "sha256 = \"0", 1)),
        refused(|text| {
            format!(
                "{text}{}",
                text.split_once("[[")
                    .map(|(_, rest)| format!("[[{rest}"))
                    .unwrap()
            )
        }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r#"
    line 3: the lock has version 2, this coracle reads version 1
    line 12: unknown field `url`, expected one of `suite`, `architecture`, `releases`, `build`, `run`
    line 13: unknown field `url`, expected one of `name`, `version`, `architecture`, `archive`, `size`, `sha256`, `path`
    line 5: "trixie" is not a suite like debian/trixie
    line 5: unknown architecture "vax", coracle knows amd64, arm64, armhf, i386, ppc64el, riscv64, s390x
    line 13: unknown archive "backports", expected main, updates or security
    line 14: libc6 has the path "pool/../libc6_2.41-12+deb13u1_amd64.deb", expected pool/….deb
    line 14: base-files has a second row
    line 9: "12 Sep 07:55:41Z" is not a date like 2026-09-12T07:55:41Z
    line 13: base-files: "0472b3d716961b91797c595f751d1e8d9571507656ce4a6bff9726b29993f8d25" is not a sha256 of 64 lower-case hexadecimal digits
    line 16: debian/trixie amd64 has a second section
    "#);
}

#[test]
fn a_diff_names_each_change_once() {
    let mut new = lock();
    let section = new.sections.values_mut().next().unwrap();
    section.releases[0].date = "2026-11-14T09:00:00Z".parse().unwrap();
    section.run = vec![pin("libc6", "2.41-12+deb13u2"), pin("zlib1g", "1:1.3-1")];
    section.build = vec![pin("zlib1g-dev", "1:1.3-1")];
    insta::assert_snapshot!(diff(&lock(), &new).join("\n"), @"
    debian/trixie amd64: main of 2026-09-12T07:55:41Z → 2026-11-14T09:00:00Z
    debian/trixie amd64 build: + zlib1g-dev 1:1.3-1 (main)
    debian/trixie amd64 run: - base-files 13.8
    debian/trixie amd64 run: libc6 2.41-12+deb13u1 → 2.41-12+deb13u2 (main)
    debian/trixie amd64 run: + zlib1g 1:1.3-1 (main)
    ");
    assert!(diff(&new, &new).is_empty());
    assert!(
        diff(&new, &lock())
            .iter()
            .any(|line| line.contains("older than before"))
    );
}

#[test]
fn a_diff_says_when_one_version_has_other_bytes() {
    let mut new = lock();
    new.sections.values_mut().next().unwrap().run[0].sha256 = Sha256::of(b"other");
    let lines = diff(&lock(), &new);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains("has other bytes"), "{lines:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let _ = Lock::read(&text);
        let _ = Lock::read(&format!("version = 1\n{text}"));
    }
}
