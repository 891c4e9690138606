//! What the words of a tag say: `1.90-slim-bookworm`. Words that are not known say nothing.

use std::borrow::Cow;

use jiff::civil::Date;

use super::images::Flavour;
use super::official::{self, Version};
use super::reference::Reference;
use super::releases::Release;

/// The name and tag by which the table knows an image: names that hold a release give it to the tag, and images that are
/// others with something on top are those.
pub(super) fn known_as(reference: &Reference) -> (String, String) {
    let tag = reference.tag();
    let name = reference.name.as_str();
    // Its tags end in the tag of the rust image that each is made on.
    if let ("lukemathwalker/cargo-chef", Some((_, rust))) = (name, tag.split_once("rust-")) {
        return ("rust".to_owned(), rust.to_owned());
    }
    if let Some(rest) = name.strip_prefix("gcr.io/distroless/") {
        let kind = rest.split_once("-debian").map_or(rest, |(kind, _)| kind);
        return (format!("gcr.io/distroless/{kind}"), tag.to_owned());
    }
    let red_hat = name
        .strip_prefix("redhat/ubi")
        .or_else(|| name.strip_prefix("registry.access.redhat.com/ubi"))
        .or_else(|| name.strip_prefix("registry.redhat.io/ubi"));
    let other = match name {
        "public.ecr.aws/amazonlinux/amazonlinux" => Some("amazonlinux"),
        "quay.io/fedora/fedora" | "registry.fedoraproject.org/fedora" => Some("fedora"),
        "quay.io/rockylinux/rockylinux" => Some("rockylinux/rockylinux"),
        _ => None,
    };
    if let Some(other) = other {
        return (other.to_owned(), tag.to_owned());
    }
    if let Some(rest) = red_hat {
        let release: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let kind = match rest.rsplit_once("ubi") {
            Some((_, kind)) => kind,
            None => rest,
        };
        let kind = kind.trim_start_matches(|one: char| one.is_ascii_digit() || one == '/');
        return ("redhat/ubi".to_owned(), format!("{release}{kind}"));
    }
    (name.to_owned(), tag.to_owned())
}

/// Whether a word stands in the tag.
pub(super) fn has(tag: &str, word: &str) -> bool {
    tag.split('-').any(|part| part == word)
}

/// The flavour that the words of a tag say.
pub(super) fn flavour(name: &str, tag: &str) -> Flavour {
    if name.starts_with("gcr.io/distroless/") {
        return match (has(tag, "debug"), has(tag, "nonroot")) {
            (true, true) => Flavour::DebugNonroot,
            (true, false) => Flavour::Debug,
            (false, true) => Flavour::Nonroot,
            (false, false) => Flavour::Plain,
        };
    }
    let is_alpine = tag.split('-').any(|part| part.starts_with("alpine"));
    match tag {
        _ if is_alpine && name != "alpine" => Flavour::Alpine,
        tag if has(tag, "slim") => Flavour::Slim,
        tag if has(tag, "minimal") => Flavour::Minimal,
        tag if ["micro", "init", "dev", "ubi"]
            .iter()
            .any(|word| has(tag, word)) =>
        {
            Flavour::Other
        }
        _ => Flavour::Plain,
    }
}

/// The release, and as of when that is so where the reference does not say it.
pub(super) fn release(
    name: &str,
    tag: &str,
    full_name: &str,
) -> Option<(&'static Release, Option<Date>)> {
    let said = |release: &'static Release| (release, None);
    match name {
        "almalinux"
        | "alpine"
        | "amazonlinux"
        | "debian"
        | "fedora"
        | "redhat/ubi"
        | "rockylinux"
        | "rockylinux/rockylinux"
        | "ubuntu" => of_distribution(name, tag).map(said),
        "cgr.dev/chainguard/wolfi-base" | "cgr.dev/chainguard/glibc-dynamic" => {
            Release::named("wolfi/rolling").map(said)
        }
        "buildpack-deps" => tag.split('-').find_map(Release::named).map(said),
        _ if name.starts_with("gcr.io/distroless/") => match full_name.split_once("-debian") {
            Some((_, number)) => Release::named(&format!("debian/{number}")).map(said),
            // "Move defaults to debian13", 2026-01-30.
            None => Release::named("debian/13").map(|release| (release, Some(official::SEEN))),
        },
        _ => of_language(name, tag),
    }
}

/// `bookworm-slim`, `12.5`, `3.20.1`, `24.04`, `9-minimal`.
fn of_distribution(name: &str, tag: &str) -> Option<&'static Release> {
    let distribution = match name {
        "redhat/ubi" => "rhel",
        "rockylinux/rockylinux" => "rockylinux",
        name => name,
    };
    let word = tag.split('-').next()?;
    let mut parts = word.split('.');
    let (first, second) = (parts.next()?, parts.next());
    let number = match (distribution, second) {
        ("alpine" | "ubuntu", Some(second)) => Cow::Owned(format!("{first}.{second}")),
        // `alpine:3` is whichever is newest.
        ("alpine" | "ubuntu", None) => Cow::Borrowed(word),
        _ => Cow::Borrowed(first),
    };
    let by_number = Release::named(&format!("{distribution}/{number}"));
    by_number
        .or_else(|| Release::named(word).filter(|release| release.distribution() == distribution))
}

/// `1.90-slim-bookworm`, `1.90-alpine3.22`, `1.90-alpine`, `1`, `latest`.
fn of_language(name: &str, tag: &str) -> Option<(&'static Release, Option<Date>)> {
    let mut words = tag.split('-');
    let by_word = words.find_map(|word| match word.strip_prefix("alpine") {
        Some("") => None,
        Some(number) => Release::named(&format!("alpine/{number}")),
        None => Release::named(word),
    });
    if let Some(release) = by_word {
        return Some((release, None));
    }
    let is_alpine = has(tag, "alpine");
    let known = |word: &str| is_flavour(word) || version(word).is_some();
    if !tag.split('-').all(known) {
        return None;
    }
    let version = tag
        .split('-')
        .find_map(version)
        .unwrap_or((u32::MAX, u32::MAX, u32::MAX));
    let change = official::release(name, is_alpine, version)?;
    Some((Release::named(change.release)?, Some(official::SEEN)))
}

fn is_flavour(word: &str) -> bool {
    matches!(word, "slim" | "alpine" | "latest")
}

/// `1`, `1.90`, `1.90.0`; what is left out is the newest.
fn version(word: &str) -> Option<Version> {
    let mut parts = word.split('.').map(|part| part.parse::<u32>().ok());
    let first = parts.next()??;
    let mut next = || match parts.next() {
        None => Some(u32::MAX),
        Some(part) => part,
    };
    let version = (first, next()?, next()?);
    parts.next().is_none().then_some(version)
}
