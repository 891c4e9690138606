//! What this machine can start: with which program, and for which platforms.

use std::os::unix::fs::MetadataExt;

use coracle_oci::Platform;
use coracle_process::Program;

use crate::plan::platforms;

/// What containers are started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runner {
    /// runc, as root.
    Runc,
    /// podman.
    Podman,
}

/// Where the kernel tells which emulators it starts for foreign programs.
const BINFMT: &str = "/proc/sys/fs/binfmt_misc";

/// runc where we are root, else podman, which needs no root; or why neither.
pub(super) fn runner() -> Result<Runner, String> {
    // Our own process's folder is ours.
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0);
    let is_here = |name: &str| Program::new(name).arg("--version").output().is_ok();
    if is_root && is_here("runc") {
        return Ok(Runner::Runc);
    }
    if is_here("podman") {
        return Ok(Runner::Podman);
    }
    Err("neither runc (which needs root) nor podman is here".to_owned())
}

/// Whether programs of a platform can be started here, by the processor or by an emulator; or why not.
pub(super) fn can_start(platform: &Platform) -> Result<(), String> {
    if platform.architecture == platforms::host().architecture {
        return Ok(());
    }
    let entries = std::fs::read_dir(BINFMT).map(|entries| {
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(entry.ok()?.path()).ok()
        };
        entries.filter_map(read).collect::<Vec<_>>()
    });
    emulated(platform, &entries.unwrap_or_default())
}

/// Whether one of the kernel's entries is an emulator for the platform that works in containers.
fn emulated(platform: &Platform, entries: &[String]) -> Result<(), String> {
    let architecture = platform.architecture.as_str();
    let Some(machine) = machine(architecture) else {
        return Err(format!("how {architecture} is emulated is not known"));
    };
    let of_machine = |entry: &&String| {
        entry.starts_with("enabled") && magic(entry).is_some_and(|found| found == machine)
    };
    match entries.iter().find(of_machine) {
        None => Err(format!(
            "no emulator for {architecture} is registered with binfmt_misc; qemu-user-static has them"
        )),
        // Without this flag the emulator is looked for in the container, where it is not.
        Some(entry) if !flags(entry).contains('F') => Err(format!(
            "the emulator for {architecture} is registered without the flag F, so that containers do not find it"
        )),
        Some(_) => Ok(()),
    }
}

/// `e_machine` as two bytes in hexadecimal, in the file's order.
fn machine(architecture: &str) -> Option<&'static str> {
    Some(match architecture {
        "amd64" => "3e00",
        "arm64" => "b700",
        "arm" => "2800",
        "386" => "0300",
        "riscv64" => "f300",
        "ppc64le" => "1500",
        "s390x" => "0016",
        _ => return None,
    })
}

/// The part of an entry's magic bytes that is `e_machine`.
fn magic(entry: &str) -> Option<&str> {
    let mut lines = entry.lines();
    // Bytes 18 and 19 of the file, two letters a byte.
    lines
        .find_map(|line| line.strip_prefix("magic "))?
        .get(36..40)
}

fn flags(entry: &str) -> &str {
    let mut lines = entry.lines();
    let found = lines.find_map(|line| line.strip_prefix("flags:"));
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARM64: &str = "enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POCF\noffset 0\n\
        magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n";

    #[test]
    fn a_foreign_platform_needs_an_emulator_that_works_in_containers() {
        let check = |architecture: &str, entry: &str| {
            emulated(&Platform::linux(architecture), &[entry.to_owned()])
        };
        assert_eq!(check("arm64", ARM64), Ok(()));
        assert!(check("arm64", &ARM64.replace("POCF", "PO")).is_err());
        assert!(check("arm64", &ARM64.replace("enabled", "disabled")).is_err());
        assert!(
            check("arm", ARM64)
                .unwrap_err()
                .contains("qemu-user-static")
        );
        assert!(check("arm64", "enabled\n").is_err());
        assert!(check("mips", ARM64).is_err());
    }

    #[test]
    fn the_host_s_own_platform_needs_nothing() {
        assert_eq!(can_start(&platforms::host()), Ok(()));
    }
}
