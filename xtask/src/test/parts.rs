//! The real parts that tests run against: what they are, whether they are here, and how they get
//! here. Only Debian's packages; what comes from elsewhere is in `tools`.

use std::path::Path;
use std::process::{Command, Stdio};

use super::report::Outcome;

/// A package of Debian's, and the program or file that shows that it is here (other systems may
/// have it by another name).
struct Part {
    package: &'static str,
    shown_by: &'static str,
}

/// In the order of their use. Debian's crun fails on hosts with hybrid cgroups, so runc is named
/// and podman's own choice never comes up.
const PARTS: &[Part] = &[
    part("ca-certificates", "/etc/ssl/certs/ca-certificates.crt"),
    part("git", "git"),
    part("gcc", "gcc"),
    part("libc6-dev", "/usr/include/stdlib.h"),
    part("binutils", "readelf"),
    part("jq", "jq"),
    part("shellcheck", "shellcheck"),
    part("pkgconf", "pkgconf"),
    part("strace", "strace"),
    part("clang", "clang"),
    part("lld", "ld.lld"),
    part("dpkg-dev", "dpkg-shlibdeps"),
    part(
        "debian-archive-keyring",
        "/usr/share/keyrings/debian-archive-keyring.gpg",
    ),
    part("mmdebstrap", "mmdebstrap"),
    part("musl", "/usr/share/doc/musl/copyright"),
    part("musl-tools", "musl-gcc"),
    part("qemu-user-static", "qemu-aarch64-static"),
    part("patchelf", "patchelf"),
    part("runc", "runc"),
    part("rpm", "rpmbuild"),
    part("db5.3-util", "db5.3_load"),
    part("umoci", "umoci"),
    part("skopeo", "skopeo"),
    part("buildah", "buildah"),
    part("podman", "podman"),
    part("docker.io", "dockerd"),
    part("fuse-overlayfs", "fuse-overlayfs"),
    part("uidmap", "newuidmap"),
    part("docker-registry", "docker-registry"),
    part("apache2-utils", "htpasswd"),
    part("redis-server", "redis-server"),
    part("python3-venv", "/usr/share/doc/python3-venv"),
];

/// Installs what is not here, when we may; otherwise says what to install.
pub(super) fn install(network: bool) -> Outcome {
    let absent = absent();
    if absent.is_empty() {
        println!("all {} parts are here", PARTS.len());
        return Outcome::ok();
    }
    let wanted = absent.join(" ");
    let by_hand = format!(
        "install as root: apt-get update && apt-get install --no-install-recommends {wanted}"
    );
    if !network || !is_root() || which("apt-get").is_none() {
        return Outcome::failed(format!("{} parts are not here; {by_hand}", absent.len()));
    }
    println!("installing {wanted}");
    let mut arguments = vec!["install", "--yes", "--quiet", "--no-install-recommends"];
    arguments.extend(&absent);
    if !apt_get(&["update", "--quiet"]) || !apt_get(&arguments) {
        return Outcome::failed(format!("apt-get failed; {by_hand}"));
    }
    let still = self::absent();
    if !still.is_empty() {
        return Outcome::failed(format!("installed, but not found: {}", still.join(" ")));
    }
    Outcome::ok()
}

/// Where a program is, looked for as a shell would, and where only root's shell would.
pub(super) fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

const fn part(package: &'static str, shown_by: &'static str) -> Part {
    Part { package, shown_by }
}

fn absent() -> Vec<&'static str> {
    let is_here = |part: &&Part| match part.shown_by.starts_with('/') {
        true => Path::new(part.shown_by).exists(),
        false => which(part.shown_by).is_some(),
    };
    PARTS
        .iter()
        .filter(|part| !is_here(part))
        .map(|part| part.package)
        .collect()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn apt_get(arguments: &[&str]) -> bool {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::{PARTS, which};

    #[test]
    fn a_program_is_found_on_the_path_and_one_that_is_not_there_is_not() {
        assert!(which("sh").is_some());
        assert!(which("no-program-of-this-name").is_none());
    }

    #[test]
    fn every_part_is_named_once() {
        let mut names: Vec<_> = PARTS.iter().map(|part| part.package).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PARTS.len());
    }
}
