//! A compose file where there is none: what the plan knows of each service.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::image;
use crate::plan::{Healthcheck, Plan, ServicePlan};

/// The text, without the line that says who wrote it.
pub(super) fn text(plan: &Plan) -> String {
    let mut text = "services:\n".to_owned();
    let mut taken = BTreeSet::new();
    let mut volumes = Vec::new();
    for service in &plan.services {
        let name = service.names.first().map(ToString::to_string);
        let image = image::own(
            None,
            name.as_deref().unwrap_or(&service.name),
            &service.name,
        );
        let _infallible = write!(text, "  {}:\n    image: {image}\n", service.name);
        ports(&mut text, service, &mut taken);
        if !service.volumes.is_empty() {
            text.push_str("    volumes:\n");
        }
        for path in &service.volumes {
            let volume = volume_name(&service.name, path);
            let _infallible = writeln!(text, "      - {}", quoted(&format!("{volume}:{path}")));
            volumes.push(volume);
        }
        if let Some(healthcheck) = &service.healthcheck {
            self::healthcheck(&mut text, &healthcheck.value);
        }
    }
    if !volumes.is_empty() {
        text.push_str("volumes:\n");
        volumes.iter().for_each(|volume| {
            let _infallible = writeln!(text, "  {volume}:");
        });
    }
    text
}

/// Each at the same number of the host, the next free one where a service before has it; a variable chooses another.
fn ports(text: &mut String, service: &ServicePlan, taken: &mut BTreeSet<u16>) {
    let mut first = true;
    for port in &service.expose {
        let (number, protocol) = port.value.split_once('/').unwrap_or((&port.value, "tcp"));
        let Ok(number) = number.parse::<u16>() else {
            continue;
        };
        let free = (number..=u16::MAX).find(|port| !taken.contains(port));
        let host = free.unwrap_or(number);
        taken.insert(host);
        let suffix = if protocol == "tcp" {
            String::new()
        } else {
            format!("/{protocol}")
        };
        let variable = match service.expose.len() {
            1 => format!("{}_PORT", variable(&service.name)),
            _ => format!("{}_PORT_{number}", variable(&service.name)),
        };
        if std::mem::take(&mut first) {
            text.push_str("    ports:\n");
        }
        let _infallible = writeln!(text, "      - \"${{{variable}:-{host}}}:{number}{suffix}\"");
    }
}

fn variable(name: &str) -> String {
    let one = |one: char| {
        if one.is_ascii_alphanumeric() {
            one.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    name.chars().map(one).collect()
}

fn volume_name(service: &str, path: &str) -> String {
    let parts = path.split(|one: char| !one.is_ascii_alphanumeric());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    format!("{service}-{}", parts.join("-"))
}

fn healthcheck(text: &mut String, healthcheck: &Healthcheck) {
    let words: Vec<String> = healthcheck.test.iter().map(|word| quoted(word)).collect();
    let _infallible = writeln!(text, "    healthcheck:\n      test: [{}]", words.join(", "));
    let times = [
        ("interval", healthcheck.interval),
        ("timeout", healthcheck.timeout),
        ("start_period", healthcheck.start_period),
        ("start_interval", healthcheck.start_interval),
    ];
    for (key, nanoseconds) in times {
        if let Some(nanoseconds) = nanoseconds {
            let _infallible = writeln!(text, "      {key}: {}", duration(nanoseconds));
        }
    }
    if let Some(retries) = healthcheck.retries {
        let _infallible = writeln!(text, "      retries: {retries}");
    }
}

fn duration(nanoseconds: i64) -> String {
    for (unit, length) in [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000)] {
        if nanoseconds % length == 0 {
            return format!("{}{unit}", nanoseconds / length);
        }
    }
    format!("{nanoseconds}ns")
}

/// In double quotes; a dollar is no variable's.
fn quoted(word: &str) -> String {
    serde_json::Value::from(word.replace('$', "$$")).to_string()
}
