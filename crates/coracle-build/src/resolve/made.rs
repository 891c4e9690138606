//! What no package holds as a file and a container needs: users, name service, the CA bundle, links, folders, and the
//! program itself. What maintainer scripts would have made is made here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use coracle_distro::deb::FileKind;
use coracle_oci::layer::{Content, Entry, EntryKind};

use super::closure::Closure;
use super::{Origin, RootFile, Rootfs, World, copied};
use crate::plan::{NONROOT, ServicePlan};

const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";

/// Why something cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A certificate of the configuration cannot be read.
    #[error("cannot read the certificate {path}")]
    Certificate {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the configuration holds no certificate.
    #[error("{path} holds no PEM certificate (no line `{CERTIFICATE}`)")]
    NoCertificate {
        /// Which.
        path: PathBuf,
    },
    /// The program's file cannot be read.
    #[error("cannot read the program {path}")]
    Program {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A volume that is no absolute folder.
    #[error("the volume `{path}` is not an absolute path without `..`")]
    Volume {
        /// As written.
        path: String,
    },
    /// What the configuration copies.
    #[error(transparent)]
    Copied(#[from] copied::Error),
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Certificate { .. } => {
                Some("paths of `certificates` are relative to coracle.toml".to_owned())
            }
            Error::NoCertificate { path } => Some(format!(
                "convert it: openssl x509 -inform der -in {0} -out {0}.pem",
                path.display()
            )),
            Error::Copied(error) => error.hint(),
            Error::Program { .. } | Error::Volume { .. } => None,
        }
    }
}

/// Adds all of it.
pub(super) fn add(
    service: &ServicePlan,
    closure: &Closure,
    world: &World<'_>,
    rootfs: &mut Rootfs,
) -> Result<(), Error> {
    let mut made = Made {
        epoch: world.epoch,
        rootfs,
    };
    made.users();
    made.folders();
    if closure.packages.contains_key("libc6") {
        made.merged_usr(closure);
    }
    if closure.packages.contains_key("tzdata") {
        made.link(
            "etc/localtime",
            "/usr/share/zoneinfo/Etc/UTC",
            "the system's time zone, which tzdata's script sets",
        );
    }
    made.certificates(service, closure, &world.base)?;
    made.volumes(service)?;
    copied::add(service, world.epoch, made.rootfs)?;
    made.program(service, &world.binary)
}

struct Made<'a> {
    epoch: i64,
    rootfs: &'a mut Rootfs,
}

impl Made<'_> {
    fn users(&mut self) {
        let passwd = "root:x:0:0:root:/root:/sbin/nologin\n\
            nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
            nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n";
        let group = "root:x:0:\ntty:x:5:\nstaff:x:50:\nnobody:x:65534:\nnonroot:x:65532:\n";
        let switch = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\n\
            protocols: files\nservices: files\n";
        let hosts = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";
        self.text("etc/passwd", passwd, "names of users");
        self.text("etc/group", group, "names of groups");
        self.text("etc/nsswitch.conf", switch, "where names are looked up");
        self.text("etc/hosts", hosts, "localhost; runtimes write over it");
    }

    fn folders(&mut self) {
        self.folder("tmp", 0o1777, 0, "temporary files");
        self.folder("var/tmp", 0o1777, 0, "temporary files");
        self.folder("root", 0o700, 0, "root's home");
        self.folder(
            "home/nonroot",
            0o700,
            NONROOT.into(),
            "the default user's home",
        );
        for path in ["dev", "proc", "run", "sys"] {
            self.folder(
                path,
                0o755,
                0,
                "runtimes mount here, also into a read-only root",
            );
        }
        self.link("var/run", "/run", "the old name of /run");
    }

    /// `/lib -> usr/lib` and its like: where the interpreter's path in every binary points.
    fn merged_usr(&mut self, closure: &Closure) {
        let reason = "merged /usr: programs name their interpreter without it";
        for name in ["bin", "lib", "sbin"] {
            self.link(name, &format!("usr/{name}"), reason);
            self.folder(&format!("usr/{name}"), 0o755, 0, reason);
        }
        let has_lib64 = |file: &coracle_distro::PackageFile| file.path.starts_with("usr/lib64/");
        if closure
            .packages
            .values()
            .any(|chosen| chosen.deb.files.iter().any(has_lib64))
        {
            self.link("lib64", "usr/lib64", reason);
        }
    }

    /// One file of all certificates, in the order that `update-ca-certificates` joins them, the configured ones last.
    fn certificates(
        &mut self,
        service: &ServicePlan,
        closure: &Closure,
        base: &Path,
    ) -> Result<(), Error> {
        let Some(package) = closure.packages.get("ca-certificates") else {
            return Ok(());
        };
        let mut files: Vec<(&str, &Arc<[u8]>)> = Vec::new();
        for file in &package.deb.files {
            if let FileKind::File(bytes) = &file.kind
                && file.path.starts_with("usr/share/ca-certificates/mozilla/")
                && file.path.ends_with(".crt")
            {
                files.push((&file.path, bytes));
            }
        }
        files.sort();
        let mut bundle = Vec::new();
        for (_, bytes) in files {
            append(&mut bundle, bytes);
        }
        for path in &service.settings.certificates {
            append(&mut bundle, &read_certificate(&base.join(path))?);
        }
        self.file(BUNDLE, bundle.into(), 0o644, &package.reason);
        let reason = "where OpenSSL looks by default";
        self.link(
            "usr/lib/ssl/cert.pem",
            "/etc/ssl/certs/ca-certificates.crt",
            reason,
        );
        self.link("usr/lib/ssl/certs", "/etc/ssl/certs", reason);
        Ok(())
    }

    fn volumes(&mut self, service: &ServicePlan) -> Result<(), Error> {
        for volume in &service.volumes {
            let clean = volume
                .strip_prefix('/')
                .map(|path| path.trim_end_matches('/'));
            let valid = |path: &&str| {
                !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
            };
            let path = clean.filter(valid).ok_or_else(|| Error::Volume {
                path: volume.clone(),
            })?;
            let mut entry = self.entry(path, EntryKind::Directory, 0o755);
            entry.uid = service.user.value.user.into();
            entry.gid = service.user.value.group.into();
            self.insert(
                entry,
                Origin::Program,
                "a volume of the service, owned by its user",
            );
        }
        Ok(())
    }

    fn program(&mut self, service: &ServicePlan, binary: &Path) -> Result<(), Error> {
        let path = binary.to_owned();
        let length = match std::fs::metadata(binary) {
            Ok(metadata) => metadata.len(),
            Err(source) => return Err(Error::Program { path, source }),
        };
        let content = Content::File { path, length };
        let path = service.binary_path();
        let entry = self.entry(
            path.trim_start_matches('/'),
            EntryKind::File(content),
            0o755,
        );
        self.insert(entry, Origin::Program, "the program");
        Ok(())
    }

    fn text(&mut self, path: &str, text: &str, reason: &str) {
        self.file(path, text.as_bytes().into(), 0o644, reason);
    }

    fn file(&mut self, path: &str, bytes: Arc<[u8]>, mode: u32, reason: &str) {
        let entry = self.entry(path, EntryKind::File(Content::Bytes(bytes)), mode);
        self.insert(entry, Origin::Made, reason);
    }

    fn link(&mut self, path: &str, target: &str, reason: &str) {
        let entry = self.entry(path, EntryKind::Symlink(target.to_owned()), 0o777);
        self.insert(entry, Origin::Made, reason);
    }

    fn folder(&mut self, path: &str, mode: u32, owner: u64, reason: &str) {
        let mut entry = self.entry(path, EntryKind::Directory, mode);
        (entry.uid, entry.gid) = (owner, owner);
        self.insert(entry, Origin::Made, reason);
    }

    fn entry(&self, path: &str, kind: EntryKind, mode: u32) -> Entry {
        Entry {
            path: path.to_owned(),
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime: self.epoch,
        }
    }

    /// What we make wins over what a package holds: we stand in for its scripts.
    fn insert(&mut self, entry: Entry, origin: Origin, reason: &str) {
        let reason = reason.to_owned();
        let file = RootFile {
            entry,
            origin,
            reason,
        };
        self.rootfs.files.insert(file.entry.path.clone(), file);
    }
}

fn append(bundle: &mut Vec<u8>, certificate: &[u8]) {
    bundle.extend_from_slice(certificate);
    if !certificate.ends_with(b"\n") {
        bundle.push(b'\n');
    }
}

fn read_certificate(path: &Path) -> Result<Vec<u8>, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Certificate {
        path: path.to_owned(),
        source,
    })?;
    let is_pem = bytes
        .split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(CERTIFICATE.as_bytes()));
    if is_pem {
        Ok(bytes)
    } else {
        Err(Error::NoCertificate {
            path: path.to_owned(),
        })
    }
}
