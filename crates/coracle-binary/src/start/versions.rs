//! Every version that a loaded object asks for is defined by the file it asks (`elf/dl-version.c`).
//!
//! Whether the *symbol* is weak does not matter: the version is asked for by its own record.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::glibc::Object;
use super::report::{Code, Finding};
use crate::elf::{NeededVersion, VersionNeed, glibc_number};

/// What the check gave.
pub(super) struct Checked {
    pub(super) checked: usize,
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    /// The missing versions, by the path of who asks.
    missing: BTreeMap<String, BTreeSet<String>>,
}

/// Checks what the loaded objects from `first` on ask of all of them. A file that `is_provided` at run time is not
/// there to be asked.
pub(super) fn check(
    objects: &[Object],
    first: usize,
    release: Option<(u32, u32)>,
    is_provided: &dyn Fn(&str) -> bool,
) -> Checked {
    let mut outcome = Checked {
        checked: 0,
        findings: Vec::new(),
        notes: Vec::new(),
        missing: BTreeMap::new(),
    };
    let defined: Vec<Defined<'_>> = objects.iter().map(Defined::of).collect();
    for object in objects.iter().skip(first) {
        let needs = object.facts.version_needs.iter();
        for need in needs.filter(|need| !is_provided(&need.file)) {
            outcome.check_need(object, need, &defined);
        }
        if release.is_some_and(|release| release >= (2, 36)) {
            outcome.findings.extend(compact_relocations(object));
        }
    }
    outcome
}

impl Checked {
    /// Whether any object asks for a version that is missing.
    pub(super) fn lacks_any(&self) -> bool {
        !self.missing.is_empty()
    }

    /// Whether the object at a path asks for a version that is missing.
    pub(super) fn lacks(&self, asking: &str, version: &str) -> bool {
        let missing = self.missing.get(asking);
        missing.is_some_and(|versions| versions.contains(version))
    }

    fn check_need(&mut self, object: &Object, need: &VersionNeed, defined: &[Defined<'_>]) {
        let named = |other: &Object| {
            other.path == need.file
                || other.names.contains(&need.file)
                || other.facts.soname.as_deref() == Some(&need.file)
        };
        let Some(defined) = defined.iter().find(|other| named(other.object)) else {
            // A library that is missing is a finding already; one that nobody asked for is the loader's assertion.
            if !object.facts.needed.contains(&need.file) {
                let file = &need.file;
                let explanation = format!(
                    "inconsistency detected by ld.so: it asks for versions of {file}, which nothing loads"
                );
                let finding = Finding::fails(Code::Malformed, &object.path, explanation);
                self.findings.push(finding.through(&object.chain));
            }
            return;
        };
        let provider = defined.object;
        if provider.facts.version_definitions.is_none() {
            self.checked += need.versions.len();
            let warning = "no version information available";
            self.notes.push(format!(
                "{}: {warning} (required by {})",
                provider.path, object.path
            ));
            return;
        }
        for version in &need.versions {
            self.checked += 1;
            if version.hashed && defined.has(&version.name) {
                continue;
            }
            // The loader only warns of a version asked for weakly; then it looks the symbols up.
            if version.weak && !needs_symbol_of(object, &need.file, &version.name) {
                let text = format!("weak version `{}' not found", version.name);
                self.notes.push(format!(
                    "{}: {text} (required by {})",
                    provider.path, object.path
                ));
                continue;
            }
            self.missing
                .entry(object.path.clone())
                .or_default()
                .insert(version.name.clone());
            self.findings.push(missing(object, provider, version));
        }
    }
}

/// The versions that an object defines.
struct Defined<'d> {
    object: &'d Object,
    /// Made where there are many: a hostile file may ask for many of them.
    set: OnceCell<BTreeSet<&'d str>>,
}

impl<'d> Defined<'d> {
    fn of(object: &'d Object) -> Self {
        Self {
            object,
            set: OnceCell::new(),
        }
    }

    fn has(&self, name: &str) -> bool {
        /// libc.so.6 and libstdc++.so.6 define fewer.
        const FEW: usize = 128;
        let defined = self.object.facts.version_definitions.as_deref();
        let defined = defined.unwrap_or_default();
        if defined.len() <= FEW {
            return defined.iter().any(|version| version == name);
        }
        let set = || defined.iter().map(String::as_str).collect();
        self.set.get_or_init(set).contains(name)
    }
}

/// Whether a symbol of that version is asked for that may not be missing.
fn needs_symbol_of(object: &Object, file: &str, version: &str) -> bool {
    let mut imports = object.facts.imports.iter();
    imports
        .any(|import| !import.weak && import.file == Some(file) && import.version == Some(version))
}

fn missing(object: &Object, provider: &Object, version: &NeededVersion) -> Finding {
    let NeededVersion { name, .. } = version;
    let subject = provider.facts.soname.as_deref().unwrap_or(&provider.path);
    let mut explanation = format!(
        "{}: version `{name}' not found (required by {})",
        provider.path, object.path
    );
    let defined = provider.facts.version_definitions.iter().flatten();
    let newest = defined.filter_map(|name| glibc_number(name)).max();
    let mut finding = Finding::fails(Code::VersionMissing, subject, String::new());
    if let (Some(_), Some((major, minor))) = (glibc_number(name), newest) {
        explanation = format!("{explanation}; the newest it defines is GLIBC_{major}.{minor}");
        finding = finding.way_out(format!(
            "build {} against glibc {major}.{minor} or older",
            object.path
        ));
    } else {
        finding = finding.way_out(format!(
            "build {} against the {subject} that the image has",
            object.path
        ));
    }
    let provider_path = provider.path.clone();
    finding.chain = object
        .chain
        .iter()
        .cloned()
        .chain([provider_path.clone()])
        .collect();
    Finding {
        explanation,
        missing_version: Some(name.clone()),
        provider: Some(provider_path),
        ..finding
    }
}

/// From 2.36 on the loader wants an object with compact relocations to say so.
fn compact_relocations(object: &Object) -> Option<Finding> {
    const MARK: &str = "GLIBC_ABI_DT_RELR";
    let libc = object
        .facts
        .version_needs
        .iter()
        .find(|need| need.file.starts_with("libc.so."))?;
    if !object.facts.has_relr || libc.versions.iter().any(|version| version.name == MARK) {
        return None;
    }
    let explanation = format!("{}: DT_RELR without {MARK} dependency", object.path);
    let finding = Finding::fails(Code::Malformed, &object.path, explanation).through(&object.chain);
    Some(finding.way_out(
        "link it with -z pack-relative-relocs, which adds the dependency, or without DT_RELR",
    ))
}
