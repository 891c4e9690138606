//! A disk that is full: the build says so, exits with 6, and names no image.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{tool, try_tool};

use crate::support::{Place, Shared};

/// A small file system in memory, taken away when it is dropped.
struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    fn mount(folder: &Path, size: &str) -> SmallDisk {
        fs::create_dir_all(folder).unwrap();
        let size = format!("size={size}");
        let folder = folder.to_owned();
        let arguments = ["-t", "tmpfs", "-o", &size, "none", folder.to_str().unwrap()];
        tool("mount", &arguments).unwrap();
        SmallDisk { folder }
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = try_tool(
            "umount",
            &["--lazy", self.folder.to_str().unwrap_or_default()],
        );
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_full_disk_exits_with_6_and_a_second_try_with_room_succeeds() {
    let place = Place::new();
    let photos = Shared::example("photos");
    let disk = SmallDisk::mount(&place.path().join("small"), "3m");
    let store = disk.folder.join("store").display().to_string();
    let build = place
        .coracle()
        .args(["-C", photos.folder.to_str().unwrap(), "build"]);
    let ended = build.clone().env("CORACLE_STORE", &store).run().unwrap();
    assert_eq!(ended.code, 6, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("No space left on device"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.is_empty());
    let left: Vec<_> = fs::read_dir(disk.folder.join("store/partial"))
        .unwrap()
        .collect();
    assert!(left.is_empty(), "nothing half-written is left: {left:?}");
    tool(
        "mount",
        &["-o", "remount,size=200m", disk.folder.to_str().unwrap()],
    )
    .unwrap();
    let ended = build.env("CORACLE_STORE", &store).run().unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}
