//! Where archives may be fetched from: configured URLs, the host's apt entries, Debian's own hosts.
//!
//! From apt only URIs are taken: never its keys, its options or its other repositories. A URI is a
//! candidate and no more; what decides is whether its verified InRelease is the wanted archive.

use std::fs;
use std::path::Path;

use crate::suite::ArchiveName;

/// Candidates of one origin, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sources {
    /// Roots of main and updates, `https://mirror.example/debian`.
    pub main: Vec<String>,
    /// Roots of security, `https://mirror.example/debian-security`.
    pub security: Vec<String>,
    /// Who named them: `coracle.toml`, `--archive`, `/etc/apt/sources.list` or `default`.
    pub origin: String,
}

impl Sources {
    /// The Debian project's own hosts.
    pub fn project() -> Self {
        Self {
            main: vec!["http://ftp.debian.org/debian".to_owned()],
            security: vec!["http://security.debian.org/debian-security".to_owned()],
            origin: "default".to_owned(),
        }
    }
}

impl Default for Sources {
    fn default() -> Self {
        Self::project()
    }
}

impl Sources {
    /// The candidates in an apt configuration folder (`/etc/apt`): `sources.list` and what is in
    /// `sources.list.d`, one for each file that names any. What cannot be read names none.
    pub fn host(apt_directory: &Path) -> Vec<Sources> {
        let mut files = vec![apt_directory.join("sources.list")];
        if let Ok(entries) = fs::read_dir(apt_directory.join("sources.list.d")) {
            let mut more: Vec<_> = entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .collect();
            more.sort();
            files.extend(more);
        }
        let mut all = Vec::new();
        for file in files {
            let extension = file.extension().and_then(|extension| extension.to_str());
            let entries = match (extension, fs::read_to_string(&file)) {
                (Some("list"), Ok(text)) => one_line_entries(&text),
                (Some("sources"), Ok(text)) => deb822_entries(&text),
                _ => continue,
            };
            let sources = from_entries(&entries, file.display().to_string());
            if !sources.main.is_empty() || !sources.security.is_empty() {
                all.push(sources);
            }
        }
        all
    }

    /// The roots to try for one archive.
    pub fn roots(&self, archive: ArchiveName) -> &[String] {
        match archive {
            ArchiveName::Main | ArchiveName::Updates => &self.main,
            ArchiveName::Security => &self.security,
        }
    }
}

/// What an apt entry says, as far as it is of interest.
#[derive(Debug, Default)]
struct Entry {
    uris: Vec<String>,
    suites: Vec<String>,
    components: Vec<String>,
}

/// `deb [options] URI SUITE COMPONENT…`, see sources.list(5).
fn one_line_entries(text: &str) -> Vec<Entry> {
    let entry = |line: &str| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let mut rest = line.strip_prefix("deb")?;
        if !rest.starts_with(|letter: char| letter.is_whitespace()) {
            return None;
        }
        rest = rest.trim_start();
        if let Some(options) = rest.strip_prefix('[') {
            rest = options.split_once(']')?.1;
        }
        let mut words = rest.split_whitespace().map(str::to_owned);
        Some(Entry {
            uris: vec![words.next()?],
            suites: vec![words.next()?],
            components: words.collect(),
        })
    };
    text.lines().filter_map(entry).collect()
}

/// Stanzas with `Types`, `URIs`, `Suites` and `Components`.
fn deb822_entries(text: &str) -> Vec<Entry> {
    // A stanza that the parser refuses (apt allows comments in more places) names no candidates.
    let without_comments: String = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut entries = Vec::new();
    for stanza in
        deb822_fast::borrowed::iter_paragraphs_borrowed(&without_comments).map_while(Result::ok)
    {
        let words = |name: &str| -> Vec<String> {
            let lines = stanza.get(name).unwrap_or_default();
            lines
                .iter()
                .flat_map(|line| line.split_whitespace())
                .map(str::to_owned)
                .collect()
        };
        let enabled = !words("Enabled")
            .iter()
            .any(|word| ["no", "false", "0", "off"].contains(&word.to_lowercase().as_str()));
        if enabled && words("Types").iter().any(|word| word == "deb") {
            entries.push(Entry {
                uris: words("URIs"),
                suites: words("Suites"),
                components: words("Components"),
            });
        }
    }
    entries
}

fn from_entries(entries: &[Entry], origin: String) -> Sources {
    let mut sources = Sources {
        main: vec![],
        security: vec![],
        origin,
    };
    for entry in entries {
        if !entry
            .components
            .iter()
            .any(|component| component == "main" || component == "updates/main")
        {
            continue;
        }
        for suite in entry.suites.iter().filter(|suite| is_debian_suite(suite)) {
            let security = suite.contains("-security");
            let roots = if security {
                &mut sources.security
            } else {
                &mut sources.main
            };
            for uri in entry.uris.iter().filter(|uri| is_usable(uri)) {
                let root = uri.trim_end_matches('/').to_owned();
                if !roots.contains(&root) {
                    roots.push(root);
                }
            }
        }
    }
    sources
}

/// Entries of other projects name other suites; they are not asked for Debian's files.
fn is_debian_suite(suite: &str) -> bool {
    const KNOWN: [&str; 10] = [
        "stable",
        "oldstable",
        "oldoldstable",
        "testing",
        "unstable",
        "sid",
        "bullseye",
        "bookworm",
        "trixie",
        "forky",
    ];
    let base = suite.split(['-', '/']).next().unwrap_or_default();
    KNOWN.contains(&base)
}

fn is_usable(uri: &str) -> bool {
    ["http://", "https://", "file:///"]
        .iter()
        .any(|scheme| uri.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(files: &[(&str, &str)]) -> Vec<Sources> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sources.list.d")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut all = Sources::host(folder.path());
        let start = format!("{}/", folder.path().display());
        for sources in &mut all {
            sources.origin = sources.origin.replace(&start, "");
        }
        all
    }

    #[test]
    fn both_of_apts_formats_give_their_uris_and_nothing_else() {
        let found = host(&[
            (
                "sources.list",
                "# deb http://old/debian bookworm main\n\
                 deb [arch=amd64 trusted=yes] http://one/debian/ bookworm main contrib # mine\n\
                 deb-src http://source/debian bookworm main\n\
                 deb http://one/debian bookworm-updates main\n\
                 deb cdrom:[Debian]/ bookworm main\n",
            ),
            (
                "sources.list.d/debian.sources",
                "Types: deb\n# a comment\nURIs: https://two/debian-security\n http://three/debian-security\n\
                 Suites: trixie-security\nComponents: main\nSigned-By: /etc/evil.gpg\n\n\
                 Types: deb\nURIs: http://off/debian\nSuites: trixie\nComponents: main\nEnabled: no\n",
            ),
        ]);
        let expected = [
            Sources {
                main: vec!["http://one/debian".into()],
                security: vec![],
                origin: "sources.list".into(),
            },
            Sources {
                main: vec![],
                security: vec![
                    "https://two/debian-security".into(),
                    "http://three/debian-security".into(),
                ],
                origin: "sources.list.d/debian.sources".into(),
            },
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn other_projects_repositories_are_no_candidates() {
        let found = host(&[
            (
                "sources.list.d/node.sources",
                "Types: deb\nURIs: https://node/x\nSuites: nodistro\nComponents: main\n",
            ),
            (
                "sources.list.d/engine.list",
                "deb https://engine/debian bookworm stable\n",
            ),
            (
                "sources.list.d/off.list.disabled",
                "deb http://off/debian bookworm main\n",
            ),
            ("sources.list.d/broken.sources", " Types: deb\nURIs\n"),
        ]);
        assert_eq!(found, []);
    }

    #[test]
    fn a_host_without_apt_names_no_candidates() {
        assert_eq!(Sources::host(Path::new("/nonexistent/apt")), []);
    }
}
