//! How this machine reaches package sources, as files and variables for a base image, so that a Dockerfile needs to say
//! nothing of it: certificates, apt's and pip's settings, cargo's mirrors, Go's proxy.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::command::tool;

/// Debian's place of all certificates together.
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Where those are that somebody added, from which the former is made anew.
const ADDED: &str = "/usr/local/share/ca-certificates";
/// Variables that say how the network is reached and what is trusted. Their values hold inside where they name no file but
/// the one that is copied.
const VARIABLES: [&str; 13] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "PIP_CERT",
    "PIP_INDEX_URL",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];
/// What go is asked for: where modules are had.
const OF_GO: [&str; 4] = ["GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"];

/// Variables for images that something is compiled in.
pub(super) fn variables() -> anyhow::Result<Vec<(String, String)>> {
    let holds = |value: &String| !value.starts_with('/') || value == CERTIFICATES;
    let mut variables = Vec::new();
    for name in VARIABLES {
        if let Some(value) = std::env::var(name).ok().filter(holds) {
            variables.push((name.to_owned(), value));
        }
    }
    for name in OF_GO {
        let value = tool("go", &["env", name])?.stdout.trim().to_owned();
        if !value.is_empty() {
            variables.push((name.to_owned(), value));
        }
    }
    Ok(variables)
}

/// Writes the files below a folder that becomes a layer.
pub(super) fn write(root: &Path) -> anyhow::Result<()> {
    put(root, Path::new(CERTIFICATES), CERTIFICATES)?;
    for entry in fs::read_dir(ADDED).into_iter().flatten().flatten() {
        put(root, &entry.path(), &entry.path().display().to_string())?;
    }
    for entry in fs::read_dir("/etc/apt/apt.conf.d")
        .into_iter()
        .flatten()
        .flatten()
    {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        if text.contains("Acquire::http") || text.contains("Acquire::https") {
            put(root, &entry.path(), &entry.path().display().to_string())?;
        }
    }
    put_if_there(root, Path::new("/etc/pip.conf"), "/etc/pip.conf")?;
    let home = std::env::var("CARGO_HOME").map(PathBuf::from).ok();
    let home = home.or_else(|| Some(PathBuf::from(std::env::var("HOME").ok()?).join(".cargo")));
    if let Some(home) = home {
        put_if_there(
            root,
            &home.join("config.toml"),
            "/usr/local/cargo/config.toml",
        )?;
    }
    Ok(())
}

fn put_if_there(root: &Path, file: &Path, place: &str) -> anyhow::Result<()> {
    match file.is_file() {
        true => put(root, file, place),
        false => Ok(()),
    }
}

fn put(root: &Path, file: &Path, place: &str) -> anyhow::Result<()> {
    let to = root.join(place.trim_start_matches('/'));
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(file, &to).with_context(|| format!("cannot copy {}", file.display()))?;
    Ok(())
}
