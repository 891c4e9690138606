//! control.tar: the stanza, the scripts and the lists.

use std::collections::BTreeMap;
use std::io::Read;

use super::{Deb, Error, PackageFile};

/// More than any control.tar of Debian holds.
const LARGEST_CONTROL: u64 = 64 << 20;

/// A package's control stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The stanza as shipped: what `status.d` gets.
    pub text: String,
    /// `Package:`
    pub package: String,
    /// `Version:`
    pub version: String,
    /// `Architecture:`
    pub architecture: String,
    fields: BTreeMap<String, String>,
}

impl Control {
    /// A field's value, its name in any case, its lines joined by line breaks.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .get(&name.to_ascii_lowercase())
            .map(String::as_str)
    }

    /// The source package's name, which is the package's own where `Source` is absent.
    pub fn source(&self) -> &str {
        let source = self
            .field("source")
            .and_then(|source| source.split_whitespace().next());
        source.unwrap_or(&self.package)
    }

    fn read(text: String) -> Result<Control, Error> {
        let problem = |problem: &str| Error::Control {
            problem: problem.to_owned(),
        };
        let mut stanzas = deb822_fast::borrowed::iter_paragraphs_borrowed(&text);
        let stanza = stanzas
            .next()
            .ok_or_else(|| problem("it is empty"))?
            .map_err(|error| problem(&error.to_string()))?;
        let fields: BTreeMap<_, _> = stanza
            .iter()
            .map(|field| (field.name().to_ascii_lowercase(), field.join()))
            .collect();
        let needed = |name: &str| {
            fields
                .get(name)
                .cloned()
                .ok_or_else(|| problem(&format!("it has no {name}")))
        };
        let (package, version, architecture) = (
            needed("package")?,
            needed("version")?,
            needed("architecture")?,
        );
        if !crate::lock::is_name(&package) {
            return Err(problem(&format!("{package:?} is not a package name")));
        }
        Ok(Control {
            package,
            version,
            architecture,
            fields,
            text,
        })
    }
}

/// The members of control.tar.
pub(super) struct ControlArchive {
    control: Control,
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
    let text = members.remove("control").ok_or_else(|| Error::Control {
        problem: "there is none".to_owned(),
    })?;
    Ok(ControlArchive {
        control: Control::read(text)?,
        members,
    })
}

impl ControlArchive {
    pub(super) fn into_deb(mut self, files: Vec<PackageFile>) -> Deb {
        let mut member = |name: &str| self.members.remove(name);
        let scripts = ["preinst", "postinst", "prerm", "postrm", "config"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), member(name)?)))
            .collect();
        let lines = |text: String| {
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect()
        };
        Deb {
            md5sums: member("md5sums").unwrap_or_default(),
            conffiles: member("conffiles").map(lines).unwrap_or_default(),
            triggers: member("triggers").unwrap_or_default(),
            shlibs: member("shlibs").unwrap_or_default(),
            scripts,
            control: self.control,
            files,
        }
    }
}
