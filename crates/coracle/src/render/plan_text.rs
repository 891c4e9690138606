//! A plan as a tree, for people.

use std::fmt::Write as _;
use std::path::Path;

use coracle_build::plan::{FileCopy, Linkage, Native, Plan, ServicePlan};

/// Renders it.
pub(crate) fn render(plan: &Plan) -> String {
    let mut text = String::new();
    let (suite, lock) = (&plan.suite, &plan.lock);
    let _ = writeln!(text, "suite     {}  ({})", suite.value, suite.reason);
    let _ = writeln!(
        text,
        "support   security until {}, LTS until {}",
        suite.value.end_of_security_support, suite.value.end_of_long_term_support
    );
    let platforms: Vec<_> = plan.platforms.iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "platform  {}", platforms.join(", "));
    for left_out in &plan.left_out_platforms {
        let _ = writeln!(
            text,
            "          not {}: {}",
            left_out.platform, left_out.reason
        );
    }
    let _ = writeln!(
        text,
        "lock      {}  ({})",
        lock.value.display(),
        lock.reason
    );
    if !plan.build_arguments.is_empty() {
        let names: Vec<_> = plan.build_arguments.iter().map(String::as_str).collect();
        let _ = writeln!(text, "build     with {}  (--build-arg)", names.join(", "));
    }
    for service in &plan.services {
        text.push('\n');
        render_service(&mut text, service);
    }
    if !plan.left_out.is_empty() {
        text.push_str("\nleft out\n");
    }
    for left_out in &plan.left_out {
        let _ = writeln!(
            text,
            "└── {}  {}  ({})",
            left_out.name, left_out.path, left_out.reason
        );
    }
    text
}

fn render_service(text: &mut String, service: &ServicePlan) {
    let language = service.program.language.name();
    let package = &service.program.package;
    let _ = writeln!(text, "{}  {language}  {package}", service.name);
    let rows = rows(service);
    let has_labels = !service.labels.is_empty();
    for (at, line) in rows.iter().enumerate() {
        let is_end = at + 1 == rows.len() && !has_labels;
        let _ = writeln!(text, "{}{line}", branch(is_end));
    }
    let indent = if has_labels { "│   " } else { "    " };
    for package in &service.packages {
        let _ = writeln!(text, "{indent}├── {}  ({})", package.value, package.reason);
    }
    let later = "and what the finished binary shows: libraries, ca-certificates, tzdata";
    let _ = writeln!(text, "{indent}└── {later}");
    if has_labels {
        text.push_str("└── labels\n");
    }
    for (at, (key, label)) in service.labels.iter().enumerate() {
        let end = branch(at + 1 == service.labels.len());
        let _ = writeln!(text, "    {end}{key} = {}  ({})", label.value, label.reason);
    }
}

fn branch(is_end: bool) -> &'static str {
    if is_end { "└── " } else { "├── " }
}

/// What is said of a service in a line each, the packages' heading last.
fn rows(service: &ServicePlan) -> Vec<String> {
    let entrypoint = service.entrypoint.value.join(" ");
    let mut rows = vec![
        row(
            "linkage",
            linkage(service.linkage.value),
            &service.linkage.reason,
        ),
        row(
            "user",
            &service.user.value.to_string(),
            &service.user.reason,
        ),
        row("entry", &entrypoint, &service.entrypoint.reason),
    ];
    rows.extend(service.names.iter().map(|name| format!("image    {name}")));
    let ports = service.expose.iter();
    rows.extend(ports.map(|port| row("port", &port.value, &port.reason)));
    rows.extend(service.healthcheck.iter().map(|healthcheck| {
        let test = healthcheck.value.test.join(" ");
        row("health", &test, &healthcheck.reason)
    }));
    rows.extend(
        service
            .volumes
            .iter()
            .map(|volume| format!("volume   {volume}")),
    );
    rows.extend(service.files.iter().map(file));
    rows.extend(build_rows(service));
    let says = "the configuration says so";
    let own = &service.settings;
    rows.extend(own.dlopen.iter().map(|name| row("opens", name, says)));
    let provided = own.provided.iter();
    rows.extend(provided.map(|name| row("provided", &format!("{name} at run time"), says)));
    rows.push("packages".to_owned());
    rows
}

/// What is said of how the program comes about.
fn build_rows(service: &ServicePlan) -> Vec<String> {
    let mut rows = Vec::new();
    rows.extend(programs(service));
    let packages = service.settings.build_packages.join(", ");
    if !packages.is_empty() {
        rows.push(row(
            "compile",
            &format!("with {packages}"),
            "the configuration names them",
        ));
    }
    if service.settings.bundled {
        rows.push(row(
            "bundled",
            "C libraries of crates are kept",
            "the configuration says so",
        ));
    }
    rows.extend(native_rows(&service.native));
    rows
}

/// The files that something else compiled; each with its platform, where they are several.
fn programs(service: &ServicePlan) -> Vec<String> {
    let row =
        |path: &Path, of: &str| format!("program  {}  (compiled elsewhere{of})", path.display());
    match service.programs.len() {
        0 | 1 => service
            .prebuilt()
            .map(|path| row(path, ""))
            .into_iter()
            .collect(),
        _ => service
            .programs
            .iter()
            .map(|(platform, path)| row(path, &format!(", for {platform}")))
            .collect(),
    }
}

/// What of the system it is compiled with, a library a line.
fn native_rows(native: &Native) -> Vec<String> {
    let asked = native.needs.iter().map(|need| {
        let files: Vec<String> = need.any_of.iter().map(ToString::to_string).collect();
        row(
            "system",
            &files.join(" or "),
            &format!("{} asks for it", need.by),
        )
    });
    let kept = native
        .bundled
        .iter()
        .map(|(by, library)| row("copy", library, &format!("{by} brings it")));
    let clang = native.needs_libclang.iter().map(|by| {
        row(
            "needs",
            "libclang on this machine",
            &format!("{by} runs bindgen when it is compiled"),
        )
    });
    asked.chain(kept).chain(clang).collect()
}

fn file(file: &FileCopy) -> String {
    let mode = file.mode.map(|mode| format!(", mode {mode:04o}"));
    format!(
        "file     {} → {}  ({}, owner {}{})",
        file.written.display(),
        file.to,
        if file.is_folder { "a folder" } else { "a file" },
        file.owner,
        mode.unwrap_or_default()
    )
}

fn row(key: &str, value: &str, reason: &str) -> String {
    format!("{key:8} {value}  ({reason})")
}

/// A linkage in a word.
pub(crate) fn linkage(linkage: Linkage) -> &'static str {
    match linkage {
        Linkage::Static => "static",
        Linkage::Dynamic => "dynamic",
        Linkage::Cgo => "dynamic (cgo)",
        Linkage::AsBuilt => "as built",
    }
}
