//! Two checkouts in different folders, with different caches, give the same bytes.

use super::*;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples")
        .join(name)
}

/// Copies what a checkout would hold.
pub(super) fn check_out(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            if name != "target" {
                check_out(&entry.path(), &to.join(name));
            }
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// The program of a checkout in `place`, where cargo's and go's caches are too.
fn bytes(name: &str, place: &Path) -> (Vec<u8>, Artifact) {
    let checkout = place.join("checkout");
    check_out(&example(name), &checkout);
    let caches = [
        ("CARGO_HOME", "cargo home"),
        ("GOMODCACHE", "modules"),
        ("GOCACHE", "cache"),
    ];
    let environment = caches.map(|(key, folder)| {
        (
            key.to_owned(),
            place.join(folder).to_str().unwrap().to_owned(),
        )
    });
    let toolchain = Toolchain {
        cargo_home: Some(place.join("cargo home")),
        ..Toolchain::default()
    };
    let request = CompileRequest {
        environment: environment.into(),
        ..request(&checkout, "worker")
    };
    let (artifact, events) = compiled(&request, &toolchain);
    assert_eq!(warnings(&events), [""; 0]);
    let artifact = artifact.unwrap();
    (fs::read(&artifact.path).unwrap(), artifact)
}

fn check(name: &str) -> Artifact {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let far = other.path().join("a longer/way to it");
    let (first, artifact) = bytes(name, one.path());
    let (second, _) = bytes(name, &far);
    assert!(
        first == second,
        "{} and {} bytes that differ",
        first.len(),
        second.len()
    );
    for folder in [one.path(), &far] {
        let name = folder.to_str().unwrap().as_bytes();
        assert_eq!(memchr::memmem::find(&first, name), None);
    }
    // Go's module cache is read-only, which would keep the folder from being deleted.
    for folder in [one.path(), &far] {
        let _ = coracle_process::Program::new("chmod")
            .args(["-R", "u+w"])
            .arg(folder)
            .output();
    }
    artifact
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn of_the_rust_example_and_its_c_is_told_in_a_full_run() {
    let artifact = check("shop");
    assert!(
        artifact
            .linked
            .iter()
            .any(|library| library.kind == Kind::Static
                && library.name.starts_with("ring_core")
                && library.by.starts_with("ring ")),
        "{artifact:?}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn of_the_go_example_in_a_full_run() {
    check("photos");
}
