//! What changed of what a container starts with.

use std::collections::BTreeMap;

use coracle_oci::config::{ContainerConfig, Healthcheck};

use super::Change;

/// What differs, by setting: variables, labels, ports and volumes one by one.
pub(super) fn changes(old: &ContainerConfig, new: &ContainerConfig) -> Vec<Change> {
    super::changes(&settings(old), &settings(new))
}

/// Everything that is set, as text.
fn settings(config: &ContainerConfig) -> BTreeMap<String, String> {
    let words = |words: &[String]| (!words.is_empty()).then(|| format!("{words:?}"));
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let single = [
        ("entrypoint", words(&config.entrypoint)),
        ("cmd", words(&config.cmd)),
        ("user", text(&config.user)),
        ("workdir", text(&config.working_dir)),
        ("shell", words(&config.shell)),
        ("stop signal", config.stop_signal.clone()),
        ("healthcheck", config.healthcheck.as_ref().map(healthcheck)),
    ];
    let mut settings: BTreeMap<String, String> = single
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect();
    for variable in &config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        settings.insert(format!("env {name}"), value.to_owned());
    }
    for (key, value) in &config.labels {
        settings.insert(format!("label {key}"), value.clone());
    }
    for port in &config.exposed_ports {
        settings.insert(format!("port {port}"), "exposed".to_owned());
    }
    for volume in &config.volumes {
        settings.insert(format!("volume {volume}"), "declared".to_owned());
    }
    settings
}

fn healthcheck(check: &Healthcheck) -> String {
    let mut text = format!("{:?}", check.test);
    let times = [
        ("every", check.interval),
        ("timeout", check.timeout),
        ("start", check.start_period),
        ("start every", check.start_interval),
    ];
    for (name, nanoseconds) in times {
        if let Some(nanoseconds) = nanoseconds.filter(|it| *it != 0) {
            let thousandths = nanoseconds / 1_000_000;
            let (seconds, rest) = (thousandths / 1_000, thousandths % 1_000);
            text.push_str(&match rest {
                0 => format!(" {name} {seconds}s"),
                rest => format!(" {name} {seconds}.{rest:03}s"),
            });
        }
    }
    if let Some(retries) = check.retries.filter(|it| *it != 0) {
        text.push_str(&format!(" retries {retries}"));
    }
    text
}
