//! A plan as a tree, for people.

use std::fmt::Write as _;

use coracle_build::plan::{Decision, Linkage, Plan, ServicePlan};

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
    let _ = writeln!(text, "platform  {}", plan.platform);
    let _ = writeln!(
        text,
        "lock      {}  ({})",
        lock.value.display(),
        lock.reason
    );
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
    let _ = writeln!(
        text,
        "{}  {}  {}",
        service.name,
        service.program.language.name(),
        service.program.package
    );
    let mut rows = vec![
        row(
            "linkage",
            Decision::new(
                linkage(service.linkage.value).to_owned(),
                &service.linkage.reason,
            ),
        ),
        row(
            "user",
            Decision::new(service.user.value.to_string(), &service.user.reason),
        ),
        row(
            "entry",
            Decision::new(
                service.entrypoint.value.join(" "),
                &service.entrypoint.reason,
            ),
        ),
    ];
    rows.extend(service.names.iter().map(|name| format!("image    {name}")));
    rows.extend(service.expose.iter().map(|port| format!("port     {port}")));
    rows.extend(
        service
            .volumes
            .iter()
            .map(|volume| format!("volume   {volume}")),
    );
    rows.push("packages".to_owned());
    let last = rows.len() - 1;
    for (at, line) in rows.iter().enumerate() {
        let is_end = at == last && service.labels.is_empty();
        let _ = writeln!(text, "{}{line}", if is_end { "└── " } else { "├── " });
    }
    let branch = if service.labels.is_empty() {
        "    "
    } else {
        "│   "
    };
    for package in &service.packages {
        let _ = writeln!(text, "{branch}├── {}  ({})", package.value, package.reason);
    }
    let _ = writeln!(
        text,
        "{branch}└── and what the finished binary shows: libraries, ca-certificates, tzdata"
    );
    if !service.labels.is_empty() {
        text.push_str("└── labels\n");
    }
    for (at, (key, label)) in service.labels.iter().enumerate() {
        let end = if at + 1 == service.labels.len() {
            "└── "
        } else {
            "├── "
        };
        let _ = writeln!(text, "    {end}{key} = {}  ({})", label.value, label.reason);
    }
}

fn row(key: &str, decision: Decision<String>) -> String {
    format!("{key:8} {}  ({})", decision.value, decision.reason)
}

/// A linkage in a word.
pub(crate) fn linkage(linkage: Linkage) -> &'static str {
    match linkage {
        Linkage::Static => "static",
        Linkage::Dynamic => "dynamic",
        Linkage::Cgo => "dynamic (cgo)",
    }
}
