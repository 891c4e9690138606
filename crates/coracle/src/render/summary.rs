//! What was built: for people on stderr, and the one reference a line that stdout gets.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use coracle_build::pipeline::{Joined, Pushed};
use coracle_build::plan::ImageName;
use coracle_build::{Built, BuiltImage};

use super::{openers, size};

/// The reference that `docker run` (pushed) or another tool (from a layout) can be given.
pub(crate) fn reference(built: &Built) -> String {
    let pushed = built.names.first().filter(|_| !built.pushed.is_empty());
    pinned(pushed, &built.layout, &built.digest.to_string())
}

/// The same of an index.
pub(crate) fn joined_reference(joined: &Joined) -> String {
    let pushed = joined.names.first().filter(|_| !joined.pushed.is_empty());
    pinned(pushed, &joined.layout, &joined.digest.to_string())
}

fn pinned(pushed: Option<&ImageName>, layout: &Path, digest: &str) -> String {
    match pushed {
        Some(name) => {
            let (registry, repository) =
                (name.reference().registry(), name.reference().repository());
            format!("{registry}/{repository}@{digest}")
        }
        None => format!("oci:{}@{digest}", layout.display()),
    }
}

/// Shows on stderr what images were joined to.
pub(crate) fn show_joined(joined: &Joined) {
    let mut text = String::new();
    for name in &joined.names {
        let _ = writeln!(text, "\n{name}  {}", joined.digest);
        for (platform, digest) in &joined.images {
            let _ = writeln!(text, "  {platform}  {digest}");
        }
    }
    text.extend(joined.pushed.iter().map(pushed_line));
    // When stderr is gone there is nobody left to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Shows all of it on stderr.
pub(crate) fn show(built: &[Built], verbose: bool) {
    let text: String = built.iter().map(|built| text(built, verbose)).collect();
    // When stderr is gone there is nobody left to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn text(built: &Built, verbose: bool) -> String {
    let mut text = String::new();
    let platforms: Vec<String> = built
        .images
        .iter()
        .map(|image| image.platform.to_string())
        .collect();
    let head = format!(
        "\n{}  {}  {}  {}",
        built.service,
        built.language,
        platforms.join(" "),
        built.suite
    );
    match built.images.as_slice() {
        [only] => {
            let _ = writeln!(text, "{head}  {}", sizes(only));
            image(&mut text, only, ("  ", verbose));
        }
        images => {
            let _ = writeln!(text, "{head}");
            for one in images {
                let _ = writeln!(text, "  {}  {}  {}", one.platform, sizes(one), one.digest);
                image(&mut text, one, ("    ", verbose));
            }
        }
    }
    text.extend(built.pushed.iter().map(pushed_line));
    let _ = writeln!(text, "  run it: {}", run_command(built));
    text
}

fn pushed_line(pushed: &Pushed) -> String {
    format!(
        "  pushed: {} blobs ({}), {} manifests; {} were there, {} were mounted\n",
        pushed.uploaded_blobs,
        size(pushed.uploaded_bytes),
        pushed.manifests_uploaded,
        pushed.existing_blobs,
        pushed.mounted_blobs
    )
}

fn sizes(image: &BuiltImage) -> String {
    format!(
        "{} unpacked, {} to pull",
        size(image.unpacked_size),
        size(image.compressed_size)
    )
}

/// What is in one image, and its proof.
fn image(text: &mut String, image: &BuiltImage, (indent, verbose): (&str, bool)) {
    let in_image: Vec<_> = image
        .packages
        .iter()
        .filter(|installed| installed.in_image)
        .collect();
    let widest = in_image
        .iter()
        .map(|installed| name(installed).len())
        .max()
        .unwrap_or(0);
    for installed in in_image {
        let (name, reason) = (name(installed), &installed.reason);
        let _ = writeln!(text, "{indent}{name:widest$}  {reason}");
    }
    for line in proof_lines(image, verbose) {
        let _ = writeln!(text, "{indent}{line}");
    }
}

/// What was proven, and what was not looked at.
fn proof_lines(image: &BuiltImage, verbose: bool) -> Vec<String> {
    let report = &image.report;
    let is_proven = report.findings.is_empty();
    let mut lines = Vec::new();
    for program in &report.programs {
        let word = if is_proven {
            "proven to start"
        } else {
            "looked at"
        };
        lines.push(format!("{word}: {}", proof(program)));
        let higher: Vec<String> = program
            .levels
            .iter()
            .skip(1)
            .map(ToString::to_string)
            .collect();
        if is_proven && !higher.is_empty() {
            let levels = higher.join(", ");
            lines.push(format!(
                "also on {levels} CPUs, which find files of their own"
            ));
        }
        // What is opened is in its chain the last word but one that says so.
        let roots = program.opened.iter().filter(|object| {
            object
                .needed_by
                .last()
                .is_some_and(|last| last.ends_with(')') && last.contains("(dlopen"))
        });
        lines.extend(roots.map(|object| format!("proven to open: {}", object.path)));
    }
    if !is_proven {
        let codes: std::collections::BTreeSet<_> = report
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        let codes: Vec<_> = codes.into_iter().collect();
        lines.push(format!("NOT proven, and allowed: {}", codes.join(", ")));
    }
    lines.extend(
        report
            .not_looked_at
            .iter()
            .map(|what| format!("not looked at: {what}")),
    );
    lines.extend(
        report
            .openers
            .iter()
            .flat_map(|opener| openers::lines(opener, verbose)),
    );
    lines
}

fn name(installed: &coracle_build::resolve::Installed) -> String {
    format!("{} {}", installed.pin.name, installed.pin.version)
}

fn proof(program: &coracle_build::start::ProgramReport) -> String {
    match &program.interpreter {
        None => format!("{} (static)", program.path),
        Some(interpreter) => format!(
            "{} by {interpreter}, {} files, {} versions, {} symbols",
            program.path,
            program.objects.len(),
            program.versions_checked,
            program.symbols_checked
        ),
    }
}

/// A command that works as it stands: podman reads a layout by name, any engine a registry.
fn run_command(built: &Built) -> String {
    let tcp = |port: &String| {
        port.strip_suffix("/tcp")
            .map(|port| format!(" -p {port}:{port}"))
    };
    let ports: String = built.expose.iter().filter_map(tcp).collect();
    if !built.pushed.is_empty() {
        return format!("docker run --rm --read-only{ports} {}", reference(built));
    }
    let name = built
        .names
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!(
        "podman run --rm --read-only{ports} oci:{}:{name}",
        built.layout.display()
    )
}
