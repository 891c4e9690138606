//! What was built: for people on stderr, and the one reference a line that stdout gets.

use std::fmt::Write as _;
use std::io::Write as _;

use coracle_build::Built;

use super::{openers, size};

/// The reference that `docker run` (pushed) or another tool (from a layout) can be given.
pub(crate) fn reference(built: &Built) -> String {
    match built.names.first() {
        Some(name) if !built.pushed.is_empty() => {
            let reference = name.reference();
            format!(
                "{}/{}@{}",
                reference.registry(),
                reference.repository(),
                built.digest
            )
        }
        _ => format!("oci:{}@{}", built.layout.display(), built.digest),
    }
}

/// Shows all of it on stderr.
pub(crate) fn show(built: &[Built], verbose: bool) {
    let text: String = built.iter().map(|built| text(built, verbose)).collect();
    // When stderr is gone there is nobody left to tell.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn text(built: &Built, verbose: bool) -> String {
    let mut text = String::new();
    let sizes = format!(
        "{} unpacked, {} to pull",
        size(built.unpacked_size),
        size(built.compressed_size)
    );
    let _ = writeln!(
        text,
        "\n{}  {}  {}  {}  {sizes}",
        built.service, built.language, built.platform, built.suite
    );
    let in_image: Vec<_> = built
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
        let _ = writeln!(text, "  {:widest$}  {}", name(installed), installed.reason);
    }
    for line in proof_lines(built, verbose) {
        let _ = writeln!(text, "  {line}");
    }
    for pushed in &built.pushed {
        let _ = writeln!(
            text,
            "  pushed: {} blobs ({}), {} manifests; {} were there, {} were mounted",
            pushed.uploaded_blobs,
            size(pushed.uploaded_bytes),
            pushed.manifests_uploaded,
            pushed.existing_blobs,
            pushed.mounted_blobs
        );
    }
    let _ = writeln!(text, "  run it: {}", run_command(built));
    text
}

/// What was proven, and what was not looked at.
fn proof_lines(built: &Built, verbose: bool) -> Vec<String> {
    let report = &built.report;
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
