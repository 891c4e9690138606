//! A start with runc: the image's files in a folder, and beside it the runtime's configuration (OCI runtime
//! specification), as engines would write it for `run --read-only` without a network.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Component, Path, PathBuf};

use coracle_oci::rootfs::{Node, NodeKind};
use coracle_oci::{RootFilesystem, Store};
use coracle_process::Program;
use serde_json::{Value, json};

use super::{Ending, Error, Image, failed};

/// What Docker gives root; everybody else has none of it.
const CAPABILITIES: [&str; 11] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_NET_BIND_SERVICE",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
];

pub(super) fn start(image: &Image<'_>, store: &Store, place: &Path) -> Result<Ending, Error> {
    let bundle = image.folder(place);
    let prepare = |source: io::Error| failed(&bundle.display().to_string())(source);
    let tree = image.tree(store)?;
    unpack(&tree, &bundle.join("rootfs")).map_err(prepare)?;
    let configuration = configuration(image).to_string();
    fs::write(bundle.join("config.json"), configuration).map_err(prepare)?;
    let state = bundle.join("state");
    let runc = || Program::new("runc").arg("--root").arg(state.clone());
    let id = format!("coracle-smoke-{}", &image.proven.manifest().digest.hex());
    let ending = image.run(
        runc()
            .args(["run", "--bundle"])
            .arg(bundle.clone())
            .arg(id.as_str()),
    );
    // It runs on where it was stopped for being alive; there is nothing to do where it does not.
    let _ = runc().args(["delete", "--force", id.as_str()]).output();
    // Two services may have one image.
    fs::remove_dir_all(&bundle).map_err(prepare)?;
    Ok(ending)
}

/// Writes the files with their owners: parents come before what is in them.
fn unpack(tree: &RootFilesystem, root: &Path) -> io::Result<()> {
    make_folder(root)?;
    for (path, node) in tree.iter() {
        let to = below(root, path)?;
        if let Some(parent) = to.parent() {
            make_folder(parent)?;
        }
        write(node, &to)?;
    }
    Ok(())
}

/// With what is above it, as runtimes make folders that no layer names: whatever our own umask is.
fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_folder(parent)?;
    }
    fs::create_dir(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// The place of a path in the folder. The merged tree has no links in front of names; nothing else leads out of it.
fn below(root: &Path, path: &str) -> io::Result<PathBuf> {
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    match Path::new(path).components().all(is_plain) {
        true => Ok(root.join(path)),
        false => Err(io::Error::other(format!("`{path}` is no path in an image"))),
    }
}

fn write(node: &Node, to: &Path) -> io::Result<()> {
    let id = |number: u64| u32::try_from(number).ok();
    match &node.kind {
        NodeKind::Directory => {
            make_folder(to)?;
            chown(to, id(node.uid), id(node.gid))?;
        }
        NodeKind::File { content } => {
            fs::write(to, content)?;
            chown(to, id(node.uid), id(node.gid))?;
        }
        NodeKind::Symlink(target) => {
            symlink(target, to)?;
            return lchown(to, id(node.uid), id(node.gid));
        }
        NodeKind::Other => return Ok(()),
    }
    // After the owner, whose change takes the set-user-ID bit away.
    fs::set_permissions(to, fs::Permissions::from_mode(node.mode))
}

fn configuration(image: &Image<'_>) -> Value {
    let container = image.config.config.clone().unwrap_or_default();
    let mut arguments = container.entrypoint;
    match image.arguments {
        [] => arguments.extend(container.cmd),
        given => arguments.extend(given.iter().cloned()),
    }
    let (user, group) = numbers(&container.user);
    let directory = match container.working_dir.as_str() {
        "" => "/",
        directory => directory,
    };
    let temporary = |path: &str, mode: &str, owner: (u32, u32)| {
        let options = [
            "nosuid".to_owned(),
            "nodev".to_owned(),
            format!("mode={mode}"),
            format!("uid={}", owner.0),
            format!("gid={}", owner.1),
        ];
        json!({"destination": path, "type": "tmpfs", "source": "tmpfs", "options": options})
    };
    let mut mounts = vec![
        json!({"destination": "/proc", "type": "proc", "source": "proc"}),
        json!({"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=65536k"]}),
        json!({"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777"]}),
        temporary("/tmp", "1777", (0, 0)),
        temporary("/run", "755", (0, 0)),
    ];
    let volumes = container.volumes.iter();
    mounts.extend(volumes.map(|path| temporary(path, "755", (user, group))));
    let capabilities =
        json!({"bounding": CAPABILITIES, "effective": CAPABILITIES, "permitted": CAPABILITIES});
    let namespaces = ["pid", "network", "ipc", "uts", "mount"].map(|kind| json!({"type": kind}));
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "terminal": false,
            "user": {"uid": user, "gid": group},
            "args": arguments,
            "env": container.env,
            "cwd": directory,
            "capabilities": capabilities,
            "noNewPrivileges": true
        },
        "root": {"path": "rootfs", "readonly": true},
        "hostname": "coracle",
        "mounts": mounts,
        "linux": {
            "namespaces": namespaces,
            // As Docker has it: whoever the user is, ports below 1024 may be listened on.
            "sysctl": {"net.ipv4.ip_unprivileged_port_start": "0"},
            "resources": {"devices": [{"allow": false, "access": "rwm"}]}
        }
    })
}

/// The numbers of the user: the proof takes nothing else.
fn numbers(written: &str) -> (u32, u32) {
    let (user, group) = written.split_once(':').unwrap_or((written, written));
    (user.parse().unwrap_or(0), group.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        let root = Path::new("/r");
        assert_eq!(below(root, "app/api").unwrap(), Path::new("/r/app/api"));
        for path in ["../x", "/x", "a/../../x"] {
            assert!(below(root, path).is_err(), "{path}");
        }
    }
}
