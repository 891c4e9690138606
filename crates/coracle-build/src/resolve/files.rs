//! The files of the chosen packages that go into the image, with the records that scanners read.
//!
//! Left out: documentation, translations, manuals. Kept of the documentation: each package's `copyright`. Added:
//! `var/lib/dpkg/status.d/PACKAGE` (the control stanza) and `PACKAGE.md5sums`, as distroless has them.

use std::sync::Arc;

use coracle_distro::deb::FileKind;
use coracle_distro::{Deb, PackageFile};
use coracle_oci::layer::{Content, Entry, EntryKind};

use super::closure::{Chosen, Closure, Extent, linked_documentation};
use super::parts::Part;
use super::{Installed, Origin, RootFile, Rootfs, recipes};

/// Why a package's files cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A package would change the image when it is installed, and nobody stands in for it.
    #[error("{}", script_text(.package, .unknown))]
    Script {
        /// The package.
        package: String,
        /// What is not understood.
        unknown: Box<recipes::UnknownScript>,
    },
    /// A package has a schema that nobody compiles.
    #[error(
        "{package} has the GSettings schema {path}, which coracle does not compile: programs that use it would stop"
    )]
    Schema {
        /// The package.
        package: String,
        /// The schema.
        path: String,
    },
    /// Two packages hold different files of one path.
    #[error("{path} is in {first} and in {second}, and they differ")]
    Collision {
        /// The path.
        path: String,
        /// One package.
        first: String,
        /// The other.
        second: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Script { package, .. } => Some(format!(
                "leave {package} out of `packages`; a way to describe such packages comes later"
            )),
            Error::Schema { package, .. } => Some(format!("leave {package} out of `packages`")),
            Error::Collision { .. } => Some("leave one of the two out of `packages`".to_owned()),
        }
    }
}

/// More lines of a script than this are not shown.
const MOST_LINES: usize = 25;

fn script_text(package: &str, unknown: &recipes::UnknownScript) -> String {
    let recipes::UnknownScript {
        name,
        text,
        command,
        missing,
    } = unknown;
    let runs = match command {
        Some(command) => format!("`{command}`"),
        None => "what coracle cannot read".to_owned(),
    };
    let lacks = missing.map(|missing| format!("; the image would lack {missing}"));
    let lacks = lacks.unwrap_or_default();
    let mut shown: Vec<String> = text
        .lines()
        .take(MOST_LINES)
        .map(|line| format!("    {line}"))
        .collect();
    let more = text.lines().count().saturating_sub(MOST_LINES);
    if more > 0 {
        shown.push(format!("    ({more} more lines)"));
    }
    format!(
        "{package} runs {runs} in its {name} script when it is installed, which coracle neither runs nor \
         stands in for{lacks}:\n{}",
        shown.join("\n")
    )
}

/// Adds the files of every chosen package.
pub(super) fn add(closure: &Closure, rootfs: &mut Rootfs) -> Result<(), Error> {
    for (name, chosen) in &closure.packages {
        rootfs.packages.push(Installed {
            pin: chosen.pin.clone(),
            in_image: chosen.is_in_image(),
            reason: chosen.reason.clone(),
        });
        if !chosen.is_in_image() {
            continue;
        }
        if chosen.extent == Extent::Whole {
            recipes::alternatives(&chosen.deb).map_err(|unknown| Error::Script {
                package: name.clone(),
                unknown: Box::new(unknown),
            })?;
            if let Some(path) = recipes::schema(&chosen.deb) {
                return Err(Error::Schema {
                    package: name.clone(),
                    path: path.to_owned(),
                });
            }
        }
        add_package(name, chosen, closure, rootfs)?;
    }
    Ok(())
}

fn add_package(
    name: &str,
    chosen: &Chosen,
    closure: &Closure,
    rootfs: &mut Rootfs,
) -> Result<(), Error> {
    let mut kept = Vec::new();
    for file in &chosen.deb.files {
        let part = Part::of(name, &file.path);
        let wanted = match part {
            Some(part) => chosen.parts.contains_key(&part),
            None => chosen.extent == Extent::Whole && recipes::is_wanted(name, &file.path),
        };
        if !wanted || is_plain_folder(file, &chosen.deb) {
            continue;
        }
        // The record of a package names what its own layer holds, which is the same for all services.
        if part.is_none() || chosen.extent == Extent::Parts {
            kept.push(file.path.clone());
        }
        insert(name, chosen, part, entry_of(file), rootfs)?;
    }
    // A package of which only a part is wanted has its records in the part's layer.
    let part = match chosen.extent {
        Extent::Parts => chosen.parts.keys().next().copied(),
        Extent::Whole | Extent::Licence => None,
    };
    let copyright = format!("usr/share/doc/{name}/copyright");
    if let Some(text) = licence(name, &chosen.deb, closure) {
        let entry = text_file(&copyright, text, newest(&chosen.deb));
        insert(name, chosen, part, entry, rootfs)?;
        kept.push(copyright);
    }
    for entry in records(name, &chosen.deb, &kept) {
        insert(name, chosen, part, entry, rootfs)?;
    }
    Ok(())
}

fn insert(
    name: &str,
    chosen: &Chosen,
    part: Option<Part>,
    entry: Entry,
    rootfs: &mut Rootfs,
) -> Result<(), Error> {
    let (name, version) = (name.to_owned(), chosen.pin.version.to_string());
    let reason = part.and_then(|part| chosen.parts.get(&part));
    let file = RootFile {
        entry,
        reason: reason.unwrap_or(&chosen.reason).clone(),
        origin: match part.map(Part::name) {
            Some(part) => Origin::PackagePart {
                name,
                version,
                part,
            },
            None => Origin::Package { name, version },
        },
    };
    rootfs.insert(file).map_err(|claims| Error::Collision {
        path: claims.0.entry.path.clone(),
        first: origin_name(&claims.0.origin),
        second: origin_name(&claims.1.origin),
    })
}

fn origin_name(origin: &Origin) -> String {
    match origin {
        Origin::Package { name, .. } | Origin::PackagePart { name, .. } => name.clone(),
        Origin::Made => "what coracle makes".to_owned(),
        Origin::Program => "the service".to_owned(),
    }
}

/// A folder that the layer writer makes by itself: root's, 0755, with something in it.
fn is_plain_folder(file: &PackageFile, deb: &Deb) -> bool {
    let inside = format!("{}/", file.path);
    let plain = matches!(file.kind, FileKind::Directory)
        && file.mode & 0o7777 == 0o755
        && file.uid == 0
        && file.gid == 0;
    plain
        && deb
            .files
            .iter()
            .any(|other| other.path.starts_with(&inside))
}

fn entry_of(file: &PackageFile) -> Entry {
    let kind = match &file.kind {
        FileKind::Directory => EntryKind::Directory,
        FileKind::File(bytes) => EntryKind::File(Content::Bytes(bytes.clone())),
        FileKind::Symlink(target) => EntryKind::Symlink(target.clone()),
        FileKind::HardLink(target) => EntryKind::HardLink(target.clone()),
    };
    Entry {
        path: file.path.clone(),
        kind,
        mode: file.mode & 0o7777,
        uid: file.uid,
        gid: file.gid,
        mtime: seconds(file.mtime),
    }
}

fn text_file(path: &str, bytes: Arc<[u8]>, mtime: i64) -> Entry {
    Entry {
        path: path.to_owned(),
        kind: EntryKind::File(Content::Bytes(bytes)),
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime,
    }
}

/// The newest time in a package: the time of the records made from it.
fn newest(deb: &Deb) -> i64 {
    deb.files
        .iter()
        .map(|file| seconds(file.mtime))
        .max()
        .unwrap_or(0)
}

fn seconds(mtime: u64) -> i64 {
    i64::try_from(mtime).unwrap_or(i64::MAX)
}

/// The text of `copyright`, in the package's own folder or in the one its folder links to.
fn licence(name: &str, deb: &Deb, closure: &Closure) -> Option<Arc<[u8]>> {
    if let Some(other) = linked_documentation(name, deb) {
        return copyright_in(&closure.packages.get(&other)?.deb, &other);
    }
    copyright_in(deb, name)
}

fn copyright_in(deb: &Deb, name: &str) -> Option<Arc<[u8]>> {
    let path = format!("usr/share/doc/{name}/copyright");
    match &deb.file(&path)?.kind {
        FileKind::File(bytes) => Some(bytes.clone()),
        _ => None,
    }
}

/// The two files under status.d; the sums name only files that are in the image.
fn records(name: &str, deb: &Deb, kept: &[String]) -> Vec<Entry> {
    let time = newest(deb);
    let folder = "var/lib/dpkg/status.d";
    let mut stanza = deb
        .control
        .lines()
        .filter(|line| !line.starts_with("Status:"))
        .collect::<Vec<_>>()
        .join("\n");
    stanza.push('\n');
    let sums: String = deb
        .md5sums
        .iter()
        .filter(|(path, _)| kept.contains(path))
        .map(|(path, sum)| format!("{sum}  {path}\n"))
        .collect();
    let mut records = vec![text_file(
        &format!("{folder}/{name}"),
        stanza.into_bytes().into(),
        time,
    )];
    if !sums.is_empty() {
        records.push(text_file(
            &format!("{folder}/{name}.md5sums"),
            sums.into_bytes().into(),
            time,
        ));
    }
    records
}
