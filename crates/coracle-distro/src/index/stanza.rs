//! One stanza of a Packages index: which of its fields are kept, and what they must be.

use deb822_fast::borrowed::BorrowedParagraph;

use super::Package;
use crate::Version;
use crate::names::{is_name, is_pool_path};
use crate::suite::ArchiveName;

/// The fields that are kept of a stanza. Fields are looked at once, in the order in which they come:
/// looking each up by its name would take longer than all the rest.
#[derive(Default)]
pub(super) struct Draft {
    name: String,
    version: String,
    architecture: String,
    source: String,
    path: String,
    sha256: String,
    size: String,
    section: String,
    priority: String,
    essential: String,
    multi_arch: String,
    depends: String,
    pre_depends: String,
    provides: String,
    conflicts: String,
    breaks: String,
}

impl Draft {
    pub(super) fn read(stanza: &BorrowedParagraph<'_>) -> Draft {
        let mut draft = Draft::default();
        for field in stanza.iter() {
            let place = match field.name() {
                "Package" => &mut draft.name,
                "Version" => &mut draft.version,
                "Architecture" => &mut draft.architecture,
                "Source" => &mut draft.source,
                "Filename" => &mut draft.path,
                "SHA256" => &mut draft.sha256,
                "Size" => &mut draft.size,
                "Section" => &mut draft.section,
                "Priority" => &mut draft.priority,
                "Essential" => &mut draft.essential,
                "Multi-Arch" => &mut draft.multi_arch,
                "Depends" => &mut draft.depends,
                "Pre-Depends" => &mut draft.pre_depends,
                "Provides" => &mut draft.provides,
                "Conflicts" => &mut draft.conflicts,
                "Breaks" => &mut draft.breaks,
                _ => continue,
            };
            *place = match field.as_single_line() {
                Some(value) => value.to_owned(),
                None => field.join(),
            };
        }
        draft
    }

    /// A wrong stanza is an error and not skipped: a signed index has none, so something else is wrong.
    pub(super) fn package(self, archive: ArchiveName) -> Result<Package, String> {
        let needed = [
            ("Package", &self.name),
            ("Filename", &self.path),
            ("Version", &self.version),
            ("Architecture", &self.architecture),
            ("SHA256", &self.sha256),
        ];
        if let Some((field, _)) = needed.iter().find(|(_, value)| value.is_empty()) {
            return Err(format!("it has no {field}"));
        }
        if !is_name(&self.name) {
            return Err(format!("{:?} is not a package name", self.name));
        }
        if !is_pool_path(&self.path) {
            return Err(format!(
                "its Filename is {:?}, expected pool/….deb",
                self.path
            ));
        }
        let source = self.source.split_whitespace().next().unwrap_or(&self.name);
        Ok(Package {
            version: Version::from_text(self.version).map_err(|error| error.to_string())?,
            architecture: self.architecture,
            source: source.to_owned(),
            sha256: self.sha256.parse().map_err(|error| format!("{error}"))?,
            size: self
                .size
                .parse()
                .map_err(|_| "its Size is not a number".to_owned())?,
            section: self.section,
            priority: self.priority,
            essential: self.essential == "yes",
            multi_arch: self.multi_arch,
            depends: self.depends,
            pre_depends: self.pre_depends,
            provides: self.provides,
            conflicts: self.conflicts,
            breaks: self.breaks,
            name: self.name,
            path: self.path,
            archive,
        })
    }
}
