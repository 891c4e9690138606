//! control.tar: the stanza, the scripts and the lists.

use std::collections::BTreeMap;
use std::io::Read;

use super::merge::{merged, relative};
use super::{Deb, Error, PackageFile, SCRIPTS, Script};

/// More than any control.tar of Debian holds.
const LARGEST_CONTROL: u64 = 64 << 20;

/// The fields of a control stanza, their names in lower case.
pub(super) type Fields = BTreeMap<String, String>;

/// The members of control.tar.
pub(super) struct ControlArchive {
    control: String,
    fields: Fields,
    md5sums: BTreeMap<String, String>,
    members: BTreeMap<String, String>,
}

pub(super) fn read(from: &mut dyn Read) -> Result<ControlArchive, Error> {
    let part = "control.tar";
    let mut members = BTreeMap::new();
    let mut archive = tar::Archive::new(from.take(LARGEST_CONTROL));
    for entry in archive
        .entries()
        .map_err(|source| Error::read(part, source))?
    {
        let mut entry = entry.map_err(|source| Error::read(part, source))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes())
            .trim_start_matches("./")
            .to_owned();
        let mut bytes = Vec::new();
        entry
            .read_to_end(&mut bytes)
            .map_err(|source| Error::read(part, source))?;
        // Scripts may hold any bytes; what is looked for in them is ASCII.
        members.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    let control = members
        .remove("control")
        .ok_or_else(|| malformed("there is none"))?;
    let fields = fields(&control)?;
    let md5sums = md5sums(&members.remove("md5sums").unwrap_or_default())?;
    Ok(ControlArchive {
        control,
        fields,
        md5sums,
        members,
    })
}

impl ControlArchive {
    pub(super) fn into_deb(mut self, files: Vec<PackageFile>) -> Deb {
        let mut member = |name: &str| self.members.remove(name);
        let script = |(name, text): (&str, String)| Script {
            name: name.to_owned(),
            text,
        };
        let lines = |text: String| {
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Deb {
            scripts: SCRIPTS
                .into_iter()
                .filter_map(|name| Some((name, member(name)?)))
                .map(script)
                .collect(),
            conffiles: member("conffiles").map(lines).unwrap_or_default(),
            triggers: member("triggers").unwrap_or_default(),
            shlibs: member("shlibs").unwrap_or_default(),
            symbols: member("symbols").unwrap_or_default(),
            control: self.control,
            fields: self.fields,
            md5sums: self.md5sums,
            files,
        }
    }
}

fn fields(text: &str) -> Result<Fields, Error> {
    let stanza = deb822_fast::borrowed::iter_paragraphs_borrowed(text).next();
    let stanza = stanza
        .ok_or_else(|| malformed("it is empty"))?
        .map_err(malformed)?;
    let fields: Fields = stanza
        .iter()
        .map(|field| (field.name().to_ascii_lowercase(), field.join()))
        .collect();
    for needed in ["package", "version", "architecture"] {
        if !fields.contains_key(needed) {
            return Err(malformed(format!("it has no {needed}")));
        }
    }
    let name = fields
        .get("package")
        .map(String::as_str)
        .unwrap_or_default();
    if !crate::names::is_name(name) {
        return Err(malformed(format!("{name:?} is not a package name")));
    }
    Ok(fields)
}

/// `SUM  PATH` a line; the paths move as the files do.
fn md5sums(text: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut sums = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (sum, path) = line
            .split_once("  ")
            .ok_or_else(|| malformed(format!("{line:?} in md5sums is no sum")))?;
        sums.insert(merged(&relative(path.as_bytes())?, false), sum.to_owned());
    }
    Ok(sums)
}

fn malformed(problem: impl ToString) -> Error {
    Error::Control {
        problem: problem.to_string(),
    }
}
