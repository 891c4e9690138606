//! What is known of base images: which release of which distribution one is made on, its C library, until when it gets
//! security updates, and what else is in it.
//!
//! ```text
//!  rust:1.90-slim ─► reference ─► tag ─► official: which release   ─► releases: glibc or musl, and until when
//!                                  └ flavour ─► images: shell, curl, wget, CA bundle, user
//! ```
//! Tables with sources and dates, sorted; what is not known is `None`, never a guess. Not here: what a Dockerfile adds.

mod cgo;
mod images;
mod official;
mod reference;
mod releases;
mod runners;
mod tag;
mod withdrawn;

use jiff::civil::Date;

pub use cgo::{CgoModule, Without};
pub use images::{Contents, Flavour, PackageManager};
pub use reference::Reference;
pub use releases::{Libc, Release};
pub use runners::Runner;
pub use withdrawn::Withdrawn;

/// What is known of one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// The name by which the table knows it: `rust`.
    pub name: String,
    /// The release that it is made on.
    pub release: Option<&'static Release>,
    /// The day as of which that is so, where the reference does not say it itself: a tag without a release moves.
    pub as_of: Option<Date>,
    /// Who says that it is so.
    pub source: Option<&'static str>,
    /// The C library; of an image without one, [`Libc::Absent`].
    pub libc: Option<Libc>,
    /// What else is in it.
    pub contents: Contents,
}

/// What is known of the image of this reference; nothing where the table has no such name.
pub fn look_up(written: &str) -> Option<Base> {
    let reference = Reference::parse(written);
    let (name, tag) = tag::known_as(&reference);
    if !images::is_known(&name) {
        return None;
    }
    let flavour = tag::flavour(&name, &tag);
    let release = tag::release(&name, &tag, &reference.name);
    let contents = images::find(&name, flavour).or_else(|| images::find(&name, flavour.plain()));
    let contents = contents.map(|image| flavour.applied(image.contents));
    let as_of = release.and_then(|(_, as_of)| as_of);
    Some(Base {
        source: match as_of {
            Some(_) => Some(official::SOURCE),
            None => release.map(|(release, _)| release.source),
        },
        libc: libc(&name, &tag, release.map(|(release, _)| release)),
        release: release.map(|(release, _)| release),
        as_of,
        contents: contents.unwrap_or_default(),
        name,
    })
}

/// The release's, but of images that have none or that choose.
fn libc(name: &str, tag: &str, release: Option<&'static Release>) -> Option<Libc> {
    match name {
        "scratch" | "gcr.io/distroless/static" | "cgr.dev/chainguard/static" => Some(Libc::Absent),
        "busybox" if tag::has(tag, "glibc") => Some(Libc::Glibc(None)),
        "busybox" if tag::has(tag, "musl") => Some(Libc::Musl(None)),
        "busybox" => None,
        _ => release.map(|release| release.libc),
    }
}

#[cfg(test)]
mod tests;
