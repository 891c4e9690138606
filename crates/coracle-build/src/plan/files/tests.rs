//! Folders made on the spot: what a copy of each gives, and what is refused.

use super::*;

#[test]
fn a_slash_at_the_end_means_into_that_folder() {
    let from = Path::new("/r/migrations");
    for (to, expected) in [
        ("/app/data", Some("/app/data")),
        ("/app/", Some("/app/migrations")),
        ("/", Some("/migrations")),
        ("app", None),
        ("/app/../etc", None),
        ("/app//x", None),
        ("/./x", None),
    ] {
        assert_eq!(destination(to, from).as_deref(), expected, "{to}");
    }
}

fn copy(from: &Path) -> FileCopy {
    FileCopy {
        written: PathBuf::from("data"),
        from: from.to_owned(),
        to: "/app/data".to_owned(),
        is_folder: true,
        owner: user::read("1000:50").unwrap(),
        mode: None,
    }
}

fn shown(copy: &FileCopy) -> Vec<String> {
    let entries = copy.entries(7).unwrap();
    let show = |entry: &Entry| {
        let kind = match &entry.kind {
            EntryKind::Symlink(target) => format!(" → {target}"),
            EntryKind::Directory => "/".to_owned(),
            _ => String::new(),
        };
        format!(
            "{:04o} {}:{} {}{kind}",
            entry.mode, entry.uid, entry.gid, entry.path
        )
    };
    entries.iter().map(show).collect()
}

fn write(path: &Path, mode: u32) {
    fs::write(path, "x").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_is_copied_with_modes_of_its_own_and_links_that_stay_in_it() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    write(&folder.path().join("private"), 0o600);
    write(&folder.path().join("tool"), 0o700);
    std::os::unix::fs::symlink("../private", folder.path().join("empty/link")).unwrap();
    let copy = copy(folder.path());
    insta::assert_snapshot!(shown(&copy).join("\n"), @r"
    0755 1000:50 app/data/
    0755 1000:50 app/data/empty/
    0777 1000:50 app/data/empty/link → ../private
    0644 1000:50 app/data/private
    0755 1000:50 app/data/tool
    ");
    let narrow = FileCopy {
        mode: Some(0o640),
        ..copy
    };
    assert_eq!(
        shown(&narrow)[..4],
        [
            "0750 1000:50 app/data/",
            "0750 1000:50 app/data/empty/",
            "0777 1000:50 app/data/empty/link → ../private",
            "0640 1000:50 app/data/private",
        ]
    );
}

#[test]
fn a_link_that_leads_out_is_refused() {
    for target in ["/etc/passwd", "../x", "inner/../../x"] {
        let folder = tempfile::TempDir::new().unwrap();
        std::os::unix::fs::symlink(target, folder.path().join("link")).unwrap();
        let error = copy(folder.path()).entries(0).unwrap_err();
        assert!(matches!(error, Error::LinkOut { .. }), "{target}: {error}");
    }
}

#[test]
fn what_coracle_compiled_is_not_copied() {
    let folder = tempfile::TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("inner/target/coracle")).unwrap();
    let error = copy(folder.path()).entries(0).unwrap_err();
    assert!(matches!(error, Error::HoldsOurs { .. }), "{error}");
}
