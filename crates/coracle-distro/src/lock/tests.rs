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
    insta::assert_snapshot!(lock().to_text(), @"");
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
    insta::assert_snapshot!(cases.join("\n"), @"");
}

#[test]
fn a_diff_names_each_change_once() {
    let mut new = lock();
    let section = new.sections.values_mut().next().unwrap();
    section.releases[0].date = "2026-11-14T09:00:00Z".parse().unwrap();
    section.run = vec![pin("libc6", "2.41-12+deb13u2"), pin("zlib1g", "1:1.3-1")];
    section.build = vec![pin("zlib1g-dev", "1:1.3-1")];
    insta::assert_snapshot!(diff(&lock(), &new).join("\n"), @"");
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
