//! The stage that fetches the proven packages for the platform of the image and unpacks what a container needs of them,
//! as `resolve` does it: nothing of them is installed or run.

use std::collections::{BTreeMap, BTreeSet};

use coracle_oci::Platform;

use super::quote::{copy, literal, pattern, shell};
use super::{Error, ProvenImage, Recipe, made};
use crate::resolve::{BASE_FILES, LEFT_OUT};

/// The path of the joined certificates in the image.
pub(super) const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";
const CERTIFICATES: &str = "ca-certificates";

/// Writes it.
pub(super) fn stage(recipe: &Recipe<'_>) -> Result<String, Error> {
    let suite = recipe.suite();
    let certificates = certificates(recipe)?;
    let made = made::of(recipe.images);
    let script = [
        "set -eu".to_owned(),
        list(recipe),
        fetch(recipe),
        unpack(recipe, &made.before),
        joined(recipe),
        made.after,
        volumes(recipe),
    ];
    let script: Vec<String> = script.into_iter().filter(|part| !part.is_empty()).collect();
    let script = script.join("\n");
    let texts = made.texts;
    Ok(format!(
        "# What was proven: these packages in these versions, fetched for the image's platform and unpacked as they are.\n\
         # It changes with this list alone; where the archive has moved on, so does `coracle update` and this file.\n\
         FROM --platform=$BUILDPLATFORM debian:{suite}-slim AS packages\n\
         ARG TARGETARCH\n\
         {certificates}\
         RUN <<\"EOF\"\n\
         {script}\n\
         EOF\n\
         {texts}"
    ))
}

/// `NAME=VERSION`, sorted; on which platforms where not on all.
fn list(recipe: &Recipe<'_>) -> String {
    let mut on: BTreeMap<String, BTreeSet<&Platform>> = BTreeMap::new();
    for image in recipe.images {
        for installed in &image.packages {
            let package = format!("{}={}", installed.pin.name, installed.pin.version);
            on.entry(package).or_default().insert(&image.platform);
        }
    }
    let all = recipe.images.len();
    let common = on.iter().filter(|(_, platforms)| platforms.len() == all);
    let common: Vec<&str> = common.map(|(package, _)| package.as_str()).collect();
    let mut text = format!("packages=\"\n{}\n\"", common.join("\n"));
    let mut cases = String::new();
    for image in recipe.images {
        let own = on
            .iter()
            .filter(|(_, platforms)| platforms.len() < all && platforms.contains(&image.platform));
        let own: Vec<&str> = own.map(|(package, _)| package.as_str()).collect();
        if !own.is_empty() {
            let architecture = &image.platform.architecture;
            cases.push_str(&format!(
                "{architecture}) packages=\"$packages\n{}\n\" ;;\n",
                own.join("\n")
            ));
        }
    }
    if !cases.is_empty() {
        text.push_str(&format!("\ncase $TARGETARCH in\n{cases}esac"));
    }
    text
}

/// apt is told that it is on the image's architecture: it downloads, verifies what the archive signed, and no more.
fn fetch(recipe: &Recipe<'_>) -> String {
    let has_arm = recipe
        .images
        .iter()
        .any(|image| image.platform.architecture == "arm");
    let architecture = match has_arm {
        true => "architecture=$TARGETARCH\n[ \"$architecture\" != arm ] || architecture=armhf\n",
        false => "",
    };
    let name = if has_arm {
        "architecture"
    } else {
        "TARGETARCH"
    };
    format!(
        "{architecture}\
         cat > /etc/apt/apt.conf.d/target <<END\n\
         APT::Architecture \"${name}\";\n\
         APT::Architectures {{ \"${name}\"; }};\n\
         APT::Sandbox::User \"root\";\n\
         Acquire::Languages \"none\";\n\
         END\n\
         apt-get update\n\
         mkdir -p /fetched /aside /image/var/lib/dpkg/status.d\n\
         cd /fetched\n\
         apt-get download $packages"
    )
}

/// Which files of a package are taken.
enum Taken {
    /// What a container needs, without the C library's converters where they are not wanted.
    Whole,
    /// These.
    Files(Vec<String>),
    /// None.
    Nothing,
}

fn taken(name: &str, image: &ProvenImage) -> Taken {
    let parts = image.parts.get(name);
    match name {
        CERTIFICATES => Taken::Nothing,
        "base-files" => Taken::Files(BASE_FILES.iter().map(|path| inside(path)).collect()),
        _ => match parts.filter(|parts| !parts.with_the_rest) {
            Some(parts) => Taken::Files(parts.names.iter().map(|part| part_path(part)).collect()),
            None => Taken::Whole,
        },
    }
}

/// A path as a package's tar has it.
fn inside(path: &str) -> String {
    format!("./{}", path.trim_end_matches('/'))
}

/// What holds a part, as a pattern.
fn part_path(part: &str) -> String {
    match part {
        "gconv" => "./usr/lib/*/gconv".to_owned(),
        _ => "./usr/lib/locale/C.utf8".to_owned(),
    }
}

/// What of a package that is there for its files is left out.
fn left_out(recipe: &Recipe<'_>) -> Vec<String> {
    let mut left_out: Vec<String> = LEFT_OUT.iter().map(|(folder, _)| inside(folder)).collect();
    for (package, part) in [("libc6", "gconv"), ("libc-bin", "C.utf8")] {
        let wanted = recipe.images.iter().any(|image| {
            let parts = image.parts.get(package);
            parts.is_some_and(|parts| parts.names.contains(part))
        });
        if !wanted {
            left_out.push(part_path(part));
        }
    }
    left_out.sort();
    left_out
}

fn unpack(recipe: &Recipe<'_>, before: &str) -> String {
    let excluded = left_out(recipe);
    let excluded: Vec<String> = excluded
        .iter()
        .map(|path| format!("    --exclude='{path}'"))
        .collect();
    let cases = cases(recipe);
    // Its files are where the links at the top lead.
    let moved = match recipe.plan.suite.value.ships_merged_usr {
        true => "",
        false => "    case $path in bin/*|lib/*|lib64/*|sbin/*) path=usr/$path ;; esac\n",
    };
    let links = if before.is_empty() {
        String::new()
    } else {
        format!("{before}\n")
    };
    format!(
        "cd /image\n\
         {links}\
         unpack() {{\n\
         \x20 dpkg-deb --fsys-tarfile \"$package\" | tar --extract --directory=\"$1\" --keep-directory-symlink --wildcards \\\n\
         {} \"$2\" ${{3:+\"$3\"}} ${{4:+\"$4\"}} ${{5:+\"$5\"}}\n\
         }}\n\
         # Packages link to each other's licences, so those lie together until all are there.\n\
         for package in /fetched/*.deb; do\n\
         \x20 dpkg-deb --fsys-tarfile \"$package\" | tar --extract --directory=/aside --wildcards './usr/share/doc/*'\n\
         done\n\
         for package in /fetched/*.deb; do\n\
         \x20 name=$(dpkg-deb --field \"$package\" Package)\n\
         \x20 case $name in\n\
         {cases}\
         \x20 esac\n\
         \x20 if [ -f \"/aside/usr/share/doc/$name/copyright\" ]; then\n\
         \x20   install -D -m 644 \"/aside/usr/share/doc/$name/copyright\" \"usr/share/doc/$name/copyright\"\n\
         \x20 fi\n\
         \x20 # What scanners read of each package: its description, and the sums of the files that are here.\n\
         \x20 record=var/lib/dpkg/status.d/$name\n\
         \x20 dpkg-deb --field \"$package\" > \"$record\"\n\
         \x20 dpkg-deb --info \"$package\" md5sums 2>/dev/null | while read -r sum path; do\n\
         {moved}\
         \x20   [ ! -f \"$path\" ] || echo \"$sum  $path\"\n\
         \x20 done > \"$record.md5sums\"\n\
         \x20 [ -s \"$record.md5sums\" ] || rm \"$record.md5sums\"\n\
         done",
        excluded.join(" \\\n"),
    )
}

/// A branch for each package of which not simply everything is taken, and one for the rest.
fn cases(recipe: &Recipe<'_>) -> String {
    let mut branches: BTreeMap<&str, String> = BTreeMap::new();
    for image in recipe.images {
        for installed in &image.packages {
            let name = installed.pin.name.as_str();
            let branch = match taken(name, image) {
                _ if !installed.in_image => "continue".to_owned(),
                Taken::Whole => continue,
                Taken::Nothing if name == CERTIFICATES => {
                    "unpack /aside ./usr/share/ca-certificates/mozilla".to_owned()
                }
                Taken::Nothing => ":".to_owned(),
                Taken::Files(paths) => {
                    let paths: Vec<String> = paths.iter().map(|path| shell(path)).collect();
                    format!("unpack . {}", paths.join(" "))
                }
            };
            branches.insert(name, branch);
        }
    }
    let mut text = String::new();
    for (name, branch) in branches {
        text.push_str(&format!("  {name}) {branch} ;;\n"));
    }
    text.push_str("  *) unpack . . ;;\n");
    text
}

/// One file of all certificates, in the order that `update-ca-certificates` joins them.
fn joined(recipe: &Recipe<'_>) -> String {
    let has_certificates = recipe.images.iter().any(|image| {
        let mut packages = image.packages.iter();
        packages.any(|installed| installed.pin.name == CERTIFICATES)
    });
    if !has_certificates {
        return String::new();
    }
    let own = match recipe.service.settings.certificates.is_empty() {
        true => "",
        false => " /certificates/*",
    };
    format!(
        "mkdir -p {}\n\
         LC_ALL=C sed '$a\\' /aside/usr/share/ca-certificates/mozilla/*.crt{own} > {BUNDLE}",
        BUNDLE.rsplit_once('/').map_or("", |(folder, _)| folder)
    )
}

/// Certificates of the configuration, in its order.
fn certificates(recipe: &Recipe<'_>) -> Result<String, Error> {
    let mut text = String::new();
    for (at, path) in recipe.service.settings.certificates.iter().enumerate() {
        let path = recipe.inside(&recipe.root.join(path))?;
        recipe.refuse_letters("the path of a certificate", &path)?;
        let from = literal(&pattern(&path));
        text.push_str(&copy("", &from, &format!("/certificates/{at:03}")));
    }
    Ok(text)
}

fn volumes(recipe: &Recipe<'_>) -> String {
    let user = recipe.service.user.value;
    let folder = |path: &String| shell(path.trim_matches('/'));
    let folders: Vec<String> = recipe.service.volumes.iter().map(folder).collect();
    match folders.is_empty() {
        true => String::new(),
        false => format!(
            "install -d -o {} -g {} {}",
            user.user,
            user.group,
            folders.join(" ")
        ),
    }
}
