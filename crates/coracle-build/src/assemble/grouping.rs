//! Which files share a layer.
//!
//! ```text
//!  top     program
//!          made        users, links, certificates
//!          small       the smaller packages, in runs of a megabyte
//!          own         a package of 512 KiB or more, or a part of one (gconv, C.utf8)
//!          libc6       with libgcc-s1, which never comes without it
//!  bottom  base        base-files and the small remains that nearly every image has
//! ```
//!
//! A package's layer is a function of the packages in it alone: not of the service, of what else is in the image, nor
//! of the epoch. So services share it, and an update of another package leaves it alone. What is in most images lies
//! at the bottom, because engines share unpacked layers only where all that is below is the same. Every layer costs a
//! round trip, so beyond the number that is asked for the smallest are joined.

use std::collections::BTreeMap;

use coracle_oci::Digest;
use coracle_oci::layer::Entry;

use super::cached::Writer;
use super::folders::Folders;
use super::{Error, NamedLayer, Options};
use crate::resolve::{Origin, Rootfs};

/// A package whose layer is smaller than this, in bytes, shares one.
const OWN_LAYER: u64 = 512 * 1024;
/// A run of small packages is not cut before it is this large, in bytes unpacked.
const RUN: u64 = 1024 * 1024;
/// The remains of packages that nearly every image has.
const BASE: &[&str] = &["base-files", "ca-certificates", "media-types", "netbase"];
/// What never comes without libc6.
const C_LIBRARY: &[&str] = &["libc6", "libgcc-s1"];
/// Small, but renewed more often than what it would share a layer with.
const ALONE: &[&str] = &["tzdata"];
/// More package layers than this leave no room for others to build on the image.
const MOST: usize = 100;

/// Where a layer lies, from the bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Base,
    CLibrary,
    Own,
    Small,
}

/// Everything of one origin.
type Member<'a> = (&'a Origin, Vec<Entry>);

/// Packages, or one part of a package, in one layer.
struct Group<'a> {
    place: Place,
    origins: Vec<&'a Origin>,
    entries: Vec<Entry>,
}

impl<'a> Group<'a> {
    fn of(place: Place, members: impl IntoIterator<Item = Member<'a>>) -> Group<'a> {
        let mut group = Group {
            place,
            origins: Vec::new(),
            entries: Vec::new(),
        };
        for (origin, entries) in members {
            group.origins.push(origin);
            group.entries.extend(entries);
        }
        group
    }

    fn unpacked(&self) -> u64 {
        self.entries.iter().map(super::size).sum()
    }

    fn write(self, writer: &Writer<'_>) -> Result<Written<'a>, Error> {
        let layer = writer.write(&self.origins, self.entries.clone(), PACKAGE_FOLDERS)?;
        Ok(Written { group: self, layer })
    }
}

/// The time of folders in a package's layer: a layer must not change with `SOURCE_DATE_EPOCH`.
const PACKAGE_FOLDERS: i64 = 0;

/// A group and its layer.
struct Written<'a> {
    group: Group<'a>,
    layer: NamedLayer,
}

/// Writes the layers, bottom first.
pub(super) fn write(
    rootfs: &Rootfs,
    options: Options,
    writer: &Writer<'_>,
) -> Result<Vec<NamedLayer>, Error> {
    let folders = Folders::of(rootfs);
    let mut by_origin: BTreeMap<&Origin, Vec<Entry>> = BTreeMap::new();
    for file in rootfs.files.values() {
        let entries = by_origin.entry(&file.origin).or_default();
        entries.push(file.entry.clone());
    }
    let (packages, on_top): (Vec<_>, Vec<_>) = by_origin
        .into_iter()
        .partition(|(origin, _)| origin.package().is_some());
    let mut layers = package_layers(packages, options.most_layers, writer)?;
    for (origin, mut entries) in on_top {
        folders.restate(origin, &mut entries);
        layers.push(writer.write(&[origin], entries, options.epoch)?);
    }
    Ok(layers)
}

/// The layers of the packages, at most as many as asked for.
fn package_layers(
    members: Vec<Member<'_>>,
    most: usize,
    writer: &Writer<'_>,
) -> Result<Vec<NamedLayer>, Error> {
    let has_c_library = members
        .iter()
        .any(|(origin, _)| is_one_of(origin, &["libc6"]));
    let mut written = Vec::new();
    let mut shared: BTreeMap<Place, Vec<Member<'_>>> = BTreeMap::new();
    for member in members {
        let place = place(member.0, has_c_library);
        let alone = Group::of(Place::Own, [member.clone()]);
        // Compressed it is hardly larger than this, so a small package need not be tried.
        let may_be_large = place == Place::Small && alone.unpacked() >= OWN_LAYER;
        if may_be_large || place == Place::Own {
            let own = alone.write(writer)?;
            if place == Place::Own || own.layer.layer.descriptor.size >= OWN_LAYER {
                written.push(own);
                continue;
            }
        }
        shared.entry(place).or_default().push(member);
    }
    let small = shared.remove(&Place::Small).unwrap_or_default();
    let shared = shared
        .into_iter()
        .map(|(place, members)| Group::of(place, members));
    for group in shared.chain(runs(small)) {
        written.push(group.write(writer)?);
    }
    join_smallest(&mut written, most.clamp(1, MOST), writer)?;
    written.sort_by(|left, right| {
        let (left, right) = (&left.group, &right.group);
        (left.place, &left.origins).cmp(&(right.place, &right.origins))
    });
    Ok(written.into_iter().map(|written| written.layer).collect())
}

fn place(origin: &Origin, has_c_library: bool) -> Place {
    match origin {
        Origin::PackagePart { .. } => Place::Own,
        origin if is_one_of(origin, BASE) => Place::Base,
        origin if has_c_library && is_one_of(origin, C_LIBRARY) => Place::CLibrary,
        origin if is_one_of(origin, ALONE) => Place::Own,
        _ => Place::Small,
    }
}

fn is_one_of(origin: &Origin, names: &[&str]) -> bool {
    matches!(origin, Origin::Package { name, .. } if names.contains(&name.as_str()))
}

/// Small packages in runs, by name. Where a run ends is decided by the name it ends before, as long as it is large
/// enough: two services whose packages differ by one have different runs there, and the same again after the next end.
fn runs(members: Vec<Member<'_>>) -> Vec<Group<'_>> {
    let mut runs: Vec<Group<'_>> = Vec::new();
    for member in members {
        match runs.last_mut() {
            Some(run) if run.unpacked() < RUN || !begins_a_run(member.0) => {
                run.origins.push(member.0);
                run.entries.extend(member.1);
            }
            _ => runs.push(Group::of(Place::Small, [member])),
        }
    }
    runs
}

/// One name in four, whatever its version.
fn begins_a_run(origin: &Origin) -> bool {
    let name = origin.package().unwrap_or_default();
    Digest::of(name.as_bytes())
        .hex()
        .starts_with(['0', '4', '8', 'c'])
}

/// Joins the layers that weigh least, as many as there are too many.
fn join_smallest(
    written: &mut Vec<Written<'_>>,
    most: usize,
    writer: &Writer<'_>,
) -> Result<(), Error> {
    if written.len() <= most {
        return Ok(());
    }
    let size = |written: &Written<'_>| written.layer.layer.descriptor.size;
    written.sort_by(|left, right| {
        let by_size = size(right).cmp(&size(left));
        by_size.then_with(|| left.group.origins.cmp(&right.group.origins))
    });
    let joined = written.split_off(most - 1);
    let mut place = Place::Small;
    let mut members: BTreeMap<&Origin, Vec<Entry>> = BTreeMap::new();
    for Written { group, .. } in joined {
        place = place.min(group.place);
        for origin in &group.origins {
            members.entry(origin).or_default();
        }
        if let Some(entries) = group
            .origins
            .first()
            .and_then(|origin| members.get_mut(origin))
        {
            entries.extend(group.entries);
        }
    }
    written.push(Group::of(place, members).write(writer)?);
    Ok(())
}
