//! The files of a repository as the command layer hands them in: every path with its size, and the texts of those that
//! the lint reads. Not what they mean, and no reading of disks.

use std::collections::BTreeMap;

use crate::source::SourceFile;

/// Every file below the top of a repository, those that git ignores and `.git` left out.
#[derive(Debug, Clone, Default)]
pub struct Repository {
    /// The size in bytes of each file, by its path from the top.
    sizes: BTreeMap<String, u64>,
    sources: BTreeMap<String, SourceFile>,
}

impl Repository {
    /// One without files.
    pub fn new() -> Repository {
        Repository::default()
    }

    /// Adds a file: its path from the top of the repository (`/`-separated), and its size in bytes.
    pub fn add(&mut self, path: impl Into<String>, size: u64) {
        self.sizes.insert(path.into(), size);
    }

    /// Adds what stands in a file.
    pub fn add_text(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let source = SourceFile::new(path, text);
        let path = source.path().to_owned();
        self.sizes
            .entry(path.clone())
            .or_insert(source.text().len() as u64);
        self.sources.insert(path, source);
    }

    /// Whether there is a file, or a folder with files in it, under this path.
    pub fn has(&self, path: &str) -> bool {
        self.sizes.contains_key(path) || self.below(path).next().is_some()
    }

    /// The size in bytes of a file.
    pub fn size(&self, path: &str) -> Option<u64> {
        self.sizes.get(path).copied()
    }

    /// Every file below a folder (`""` is the top) with its size, in order.
    pub fn below(&self, folder: &str) -> impl Iterator<Item = (&str, u64)> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let first = prefix.clone();
        self.sizes
            .range(first..)
            .take_while(move |(path, _)| path.starts_with(&prefix))
            .map(|(path, size)| (path.as_str(), *size))
    }

    /// A file that was read.
    pub fn source(&self, path: &str) -> Option<&SourceFile> {
        self.sources.get(path)
    }

    /// Every file that was read, in the order of the paths.
    pub fn sources(&self) -> impl Iterator<Item = &SourceFile> {
        self.sources.values()
    }
}

/// What a file is to the lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// A compose file.
    Compose,
    /// A GitHub workflow.
    Workflow,
    /// The description of an action.
    Action,
    /// `.dockerignore`, `.containerignore`, or one beside a Dockerfile.
    Ignore,
    /// `docker-bake.hcl` or `docker-bake.json`, and what lies over one (`docker-bake.override.hcl`).
    Bake,
    /// Cargo's manifest, lock or configuration, or the toolchain's choice.
    Cargo,
    /// Go's module files and sources.
    Go,
    /// A shell script, which an image may start.
    Script,
    /// What supervisord starts in an image.
    Supervisor,
}

impl Kind {
    /// What the file under this path is by its name; nothing where the lint does not read it. A Dockerfile may have any
    /// name: those that other files refer to come on top.
    pub fn of(path: &str) -> Option<Kind> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        if name.ends_with(".dockerignore") || name.ends_with(".containerignore") {
            return Some(Kind::Ignore);
        }
        if is_yaml && (folder == ".github/workflows" || folder.ends_with("/.github/workflows")) {
            return Some(Kind::Workflow);
        }
        if matches!(name, "action.yml" | "action.yaml") {
            return Some(Kind::Action);
        }
        if is_yaml && (name.starts_with("compose") || name.starts_with("docker-compose")) {
            return Some(Kind::Compose);
        }
        if is_dockerfile(name) {
            return Some(Kind::Dockerfile);
        }
        match name {
            name if is_bake(name) => Some(Kind::Bake),
            "Cargo.toml" | "Cargo.lock" | "rust-toolchain" | "rust-toolchain.toml" => {
                Some(Kind::Cargo)
            }
            "config.toml" | "config" if folder == ".cargo" || folder.ends_with("/.cargo") => {
                Some(Kind::Cargo)
            }
            "go.mod" | "go.sum" | "go.work" => Some(Kind::Go),
            name if name.ends_with(".go") => Some(Kind::Go),
            name if name.ends_with(".sh") => Some(Kind::Script),
            name if name.starts_with("supervisor") && name.ends_with(".conf") => {
                Some(Kind::Supervisor)
            }
            _ => None,
        }
    }
}

fn is_bake(name: &str) -> bool {
    let rest = name.strip_prefix("docker-bake.");
    rest.is_some_and(|rest| {
        ["hcl", "json"]
            .iter()
            .any(|ending| rest.rsplit('.').next() == Some(ending))
    })
}

/// `Dockerfile`, `Dockerfile.worker`, `worker.Dockerfile`, in any case; not the source or text that is about one.
fn is_dockerfile(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["dockerfile", "containerfile"].into_iter().any(|word| {
        let before = name.strip_suffix(word);
        let behind = name.strip_prefix(word);
        name == word
            || before.is_some_and(|before| before.ends_with(['.', '-', '_']))
            || behind.is_some_and(|behind| behind.starts_with(['.', '-', '_']) && !is_other(behind))
    })
}

/// Endings that say that a file is something else.
fn is_other(ending: &str) -> bool {
    const OTHERS: [&str; 14] = [
        ".md",
        ".txt",
        ".rs",
        ".go",
        ".py",
        ".js",
        ".ts",
        ".j2",
        ".tmpl",
        ".tpl",
        ".template",
        ".erb",
        ".yml",
        ".yaml",
    ];
    OTHERS.iter().any(|other| ending.ends_with(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_names() {
        let check = |path: &str, kind| assert_eq!(Kind::of(path), kind, "{path}");
        check("Dockerfile", Some(Kind::Dockerfile));
        check("docker/Dockerfile.worker", Some(Kind::Dockerfile));
        check("worker.dockerfile", Some(Kind::Dockerfile));
        check("Containerfile", Some(Kind::Dockerfile));
        check("Dockerfile-api", Some(Kind::Dockerfile));
        check("Dockerfile.md", None);
        check("src/dockerfile.rs", None);
        check("Dockerfile.j2", None);
        check("Dockerfile.worker.dockerignore", Some(Kind::Ignore));
        check(".dockerignore", Some(Kind::Ignore));
        check("compose.yaml", Some(Kind::Compose));
        check("deploy/docker-compose.prod.yml", Some(Kind::Compose));
        check(".github/workflows/ci.yml", Some(Kind::Workflow));
        check(".github/actions/build/action.yml", Some(Kind::Action));
        check(".cargo/config.toml", Some(Kind::Cargo));
        check("config.toml", None);
        check("cmd/api/main.go", Some(Kind::Go));
        check("docker/entrypoint.sh", Some(Kind::Script));
        check("docker/supervisord.conf", Some(Kind::Supervisor));
        check("docker-bake.json", Some(Kind::Bake));
        check("ci/docker-bake.override.hcl", Some(Kind::Bake));
        check("docker-bake.hcl.md", None);
        check("src/main.rs", None);
    }

    #[test]
    fn a_folder_is_there_when_a_file_is_in_it() {
        let mut repository = Repository::new();
        repository.add("src/main.rs", 12);
        repository.add("src-old/main.rs", 3);
        repository.add_text("Dockerfile", "FROM scratch\n");
        assert!(repository.has("src") && repository.has("src/main.rs"));
        assert!(!repository.has("sr") && !repository.has("src/main"));
        assert_eq!(
            repository.below("src").collect::<Vec<_>>(),
            [("src/main.rs", 12)]
        );
        assert_eq!(repository.below("").count(), 3);
        assert_eq!(repository.size("Dockerfile"), Some(13));
    }
}
