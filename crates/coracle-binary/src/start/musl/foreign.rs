//! Files built for glibc that musl loads, itself or behind gcompat: they may be bound, and are not proven.

use super::load::{Loaded, Object};
use crate::elf::glibc_number;
use crate::start::closure::Interpreter;
use crate::start::identity::MuslLoader;
use crate::start::kernel::Image;
use crate::start::report::{Code, Finding};
use crate::start::wrappers::base_name;

/// The first file from the given one on that is built for glibc, and how many there are.
pub(super) fn check(
    interpreter: &Interpreter,
    loader: &MuslLoader,
    loaded: &Loaded,
    from: usize,
) -> Option<Finding> {
    let all = || loaded.objects.iter().filter(|object| !object.is_loader);
    let objects = || {
        let new = loaded.objects.iter().skip(from);
        new.filter(|object| !object.is_loader)
    };
    let by_name = from == 0 && is_glibc_loader(&interpreter.path);
    let foreign: Vec<&Object> = objects()
        .filter(|object| is_for_glibc(object))
        .chain(loaded.objects.first().filter(|_| by_name))
        .collect();
    let first = foreign.first()?;
    let musl = match loader.release {
        Some((major, minor, patch)) => format!("musl {major}.{minor}.{patch}"),
        None => "musl".to_owned(),
    };
    let mut explanation = if by_name {
        let path = &interpreter.path;
        format!(
            "{} is built for glibc, and {path} is the loader of {musl}",
            first.path
        )
    } else {
        format!("{} is built for glibc, and {musl} loads it", first.path)
    };
    let gcompat = |object: &&Object| base_name(&object.path).starts_with("libgcompat.so");
    if let Some(gcompat) = all().find(gcompat) {
        explanation = format!("{explanation} with {} (gcompat)", gcompat.path);
    }
    let more = objects().filter(|object| is_for_glibc(object)).count();
    if more > 1 {
        explanation = format!("{explanation}, {more} such files in all");
    }
    let explanation = format!("{explanation}: {DIFFERENCES}");
    let finding = Finding::unproven(Code::GlibcOnMusl, &first.path, explanation);
    Some(with_ways_out(finding.through(&first.chain)))
}

/// What musl does not look at.
const DIFFERENCES: &str =
    "versions are not looked at, and structures and functions of one name are not the same in both";

/// gcompat's own loader starts musl's with its library before all others.
pub(in crate::start) fn by_gcompat(image: &Image, path: &str) -> Finding {
    let explanation = format!(
        "{} is built for glibc, and {path} is gcompat's loader, which starts musl's with libgcompat.so.0: {DIFFERENCES}",
        image.file
    );
    let finding = Finding::unproven(Code::GlibcOnMusl, &image.file, explanation);
    with_ways_out(finding.through(&image.chain))
}

fn with_ways_out(finding: Finding) -> Finding {
    finding
        .way_out("build it for musl, or link it statically")
        .way_out("ship it on a distribution with glibc, such as Debian")
}

/// It asks for versions of glibc, or for its files.
fn is_for_glibc(object: &Object) -> bool {
    let needs = object.facts.version_needs.iter();
    let mut versions = needs.flat_map(|need| &need.versions);
    let mut needed = object.facts.needed.iter();
    versions.any(|version| glibc_number(&version.name).is_some())
        || needed.any(|name| name == "libc.so.6" || is_glibc_loader(name))
}

fn is_glibc_loader(path: &str) -> bool {
    let name = base_name(path);
    name.starts_with("ld-linux") || name.starts_with("ld64.so")
}
