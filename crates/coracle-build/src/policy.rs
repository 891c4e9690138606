//! What must hold of an image besides that it starts: size, linkage, user, packages, files, labels.
//!
//! Checked on the image as proven, so that `policy` in `coracle.toml` is a promise about what ships; and on anybody's by
//! `coracle check`. What a policy says and does not hold is a violation. Of what it does not speak of some is a warning
//! all the same: set-user-ID programs, files that everybody may write, secrets, a base past its end, root.

mod base;
mod built;
mod files;
mod secrets;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

pub use self::base::Base;
pub(crate) use self::built::check as check_built;
use crate::settings::{LinkagePolicy, Policy, UserPolicy};

/// A promise that does not hold, or would be better kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The key of the configuration.
    pub key: &'static str,
    /// What is wrong, both sides given.
    pub text: String,
}

/// What is said of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What the policy says and does not hold.
    pub violations: Vec<Violation>,
    /// What no policy speaks of.
    pub warnings: Vec<Violation>,
}

/// An image as policies see it.
pub struct Subject<'a> {
    /// What its files weigh, in bytes.
    pub unpacked_size: u64,
    /// The programs that it starts, and whether each is static.
    pub programs: Vec<(&'a str, bool)>,
    /// Its packages, and what is known of each: its version, or why it is there.
    pub packages: BTreeMap<&'a str, String>,
    /// A database of packages that is not read: which packages there are is not known.
    pub unread: Option<&'a str>,
    /// Everything at every path.
    pub files: Vec<File<'a>>,
    /// The path without links in its folders: `usr/bin/sh` of `bin/sh`.
    pub real: &'a dyn Fn(&str) -> String,
    /// Who it runs as, where that is said.
    pub uid: Option<u32>,
    /// Its labels that are not empty, where it can have any.
    pub labels: Option<BTreeSet<&'a str>>,
    /// The programs that no package brought.
    pub own_programs: Vec<String>,
    /// What it is built on.
    pub base: Option<Base<'a>>,
    /// The day, as `2026-11-26`.
    pub today: String,
    /// Certificates that it looks for and does not have.
    pub certificates: Option<String>,
    /// Time zones that it looks for and does not have.
    pub time_zones: Option<String>,
}

/// What is at one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Without slashes at its ends.
    pub path: &'a str,
    /// The twelve permission bits.
    pub mode: u32,
    /// What it is.
    pub kind: FileKind,
    /// Whether a package brought it.
    pub is_owned: bool,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A folder.
    Folder,
    /// A link, a device.
    Other,
}

/// The day of a time, as `2026-11-26`; the empty text, before all days, where it has none.
pub fn day(time: SystemTime) -> String {
    let time = jiff::Timestamp::try_from(time);
    time.map(|time| time.strftime("%Y-%m-%d").to_string())
        .unwrap_or_default()
}

/// Checks; a judgement without violations means that everything stated holds.
pub fn check(policy: &Policy, subject: &Subject<'_>) -> Judgement {
    let mut judgement = Judgement::default();
    judgement.violations.extend(size(policy, subject));
    judgement.violations.extend(linkage(policy, subject));
    judgement.violations.extend(packages(policy, subject));
    judgement.violations.extend(files::listed(policy, subject));
    judgement.violations.extend(labels(policy, subject));
    judgement.violations.extend(one_service(policy, subject));
    let must_not = |may: Option<bool>| may.map(|may| !may);
    let is_root = subject.uid == Some(0);
    let root = is_root.then(|| "it runs as root, expected another user".to_owned());
    let wants_nonroot = policy.user.map(|user| user == UserPolicy::NonRoot);
    let ended = subject.base.and_then(|base| base.ended(&subject.today));
    let rules = [
        ("user", wants_nonroot, root),
        ("setuid", must_not(policy.setuid), files::setuid(subject)),
        (
            "world-writable",
            must_not(policy.world_writable),
            files::world_writable(subject),
        ),
        ("secrets", must_not(policy.secrets), secrets::of(subject)),
        ("base-eol", must_not(policy.base_eol), ended),
        (
            "certificates",
            policy.certificates,
            subject.certificates.clone(),
        ),
        ("time-zones", policy.time_zones, subject.time_zones.clone()),
    ];
    for (key, must_hold, wrong) in rules {
        let Some(text) = wrong else { continue };
        match must_hold {
            Some(true) => judgement.violations.push(Violation { key, text }),
            None => judgement.warnings.push(Violation { key, text }),
            Some(false) => {}
        }
    }
    judgement
}

fn size(policy: &Policy, subject: &Subject<'_>) -> Option<Violation> {
    let size = subject.unpacked_size;
    let most = policy.max_size.filter(|most| size > *most)?;
    Some(Violation {
        key: "max-size",
        text: format!("the image unpacks to {size} bytes, expected at most {most}"),
    })
}

fn linkage(policy: &Policy, subject: &Subject<'_>) -> Vec<Violation> {
    let Some(wanted) = policy.linkage else {
        return Vec::new();
    };
    let wants_static = wanted == LinkagePolicy::Static;
    let word = |is_static| if is_static { "static" } else { "dynamic" };
    let others = subject
        .programs
        .iter()
        .filter(|(_, is_static)| *is_static != wants_static);
    let violation = |(path, is_static): &(&str, bool)| Violation {
        key: "linkage",
        text: format!(
            "{path} is {}, expected {}",
            word(*is_static),
            word(wants_static)
        ),
    };
    others.map(violation).collect()
}

fn packages(policy: &Policy, subject: &Subject<'_>) -> Vec<Violation> {
    let mut violations = Vec::new();
    let keys = [
        ("forbid-packages", &policy.forbid_packages),
        ("require-packages", &policy.require_packages),
    ];
    for (key, names) in keys {
        // What cannot be decided is no promise that holds.
        if let Some(unread) = subject.unread.filter(|_| !names.is_empty()) {
            let text = format!("which packages there are cannot be read from {unread}");
            violations.push(Violation { key, text });
            continue;
        }
        let wrong =
            names
                .iter()
                .filter_map(|name| match (key, subject.packages.get(name.as_str())) {
                    ("forbid-packages", Some(what)) => {
                        Some(format!("{name} is in the image: {what}"))
                    }
                    ("require-packages", None) => Some(format!("{name} is not in the image")),
                    _ => None,
                });
        violations.extend(wrong.map(|text| Violation { key, text }));
    }
    violations
}

fn labels(policy: &Policy, subject: &Subject<'_>) -> Vec<Violation> {
    let nothing = BTreeSet::new();
    let labels = subject.labels.as_ref().unwrap_or(&nothing);
    let missing = policy
        .labels
        .iter()
        .filter(|name| !labels.contains(name.as_str()));
    let violation = |name: &String| Violation {
        key: "labels",
        text: format!("the label {name} is not there, or is empty"),
    };
    missing.map(violation).collect()
}

fn one_service(policy: &Policy, subject: &Subject<'_>) -> Option<Violation> {
    if !policy.one_service {
        return None;
    }
    let own = &subject.own_programs;
    let text = match subject.unread {
        Some(unread) => {
            format!("which programs no package brought cannot be read from {unread}")
        }
        None if own.len() > 1 => format!(
            "{} programs are there that no package brought, expected one: {}",
            own.len(),
            files::some(own)
        ),
        None => return None,
    };
    Some(Violation {
        key: "one-service",
        text,
    })
}

#[cfg(test)]
mod tests;
