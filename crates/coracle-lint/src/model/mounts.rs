//! What the cache mounts of a `RUN` keep, by their paths. Where a path is not known, or is none that tools use, it may be
//! anything: then it is taken to keep what is asked for.

use coracle_recipe::dockerfile::document::{Arguments, MountKind, Step};

/// The cache mounts of one `RUN`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheMounts {
    /// Where they are; `None` where that is not known.
    paths: Vec<Option<String>>,
    /// Variables that move the folders which tools write to.
    moved: Vec<(&'static str, String)>,
}

const MOVERS: [&str; 4] = ["CARGO_HOME", "CARGO_TARGET_DIR", "GOCACHE", "GOMODCACHE"];

/// What is in the paths of folders that are known.
const KNOWN: [&str; 16] = [
    "registry", "/cargo", "/.cargo", "/git", "rustup", "/apt", "/apk", "ccache", "npm", "yarn",
    "pnpm", "/pip", "go-build", "/go", "/.cache", "/uv",
];

impl CacheMounts {
    /// Those of a step; none of what is no `RUN`.
    pub fn of(step: &Step<'_>) -> CacheMounts {
        let Arguments::Run(run) = &step.instruction.arguments else {
            return CacheMounts::default();
        };
        let cached = run.mounts.iter().filter(|mount| {
            matches!(mount.kind, MountKind::Cache)
                || matches!(&mount.kind, MountKind::Other(kind) if kind.contains('$'))
        });
        let path = |target: &coracle_recipe::dockerfile::document::Word| {
            let known = step.scope.expand(target).known.ok()?;
            Some(known.trim_end_matches('/').to_owned())
        };
        let moved = MOVERS.iter().filter_map(|name| {
            let value = step.scope.value(name)?.ok()?;
            Some((*name, value.trim_end_matches('/').to_owned()))
        });
        CacheMounts {
            paths: cached
                .map(|mount| mount.target.as_ref().and_then(path))
                .collect(),
            moved: moved.collect(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// cargo's downloads.
    pub fn registry(&self) -> bool {
        self.any("CARGO_HOME", &|path| {
            path.contains("registry") || path.ends_with("/cargo") || path.ends_with("/.cargo")
        })
    }

    /// cargo's clones.
    pub fn git(&self) -> bool {
        self.any("CARGO_HOME", &|path| {
            path.contains("/git") || path.ends_with("/cargo") || path.ends_with("/.cargo")
        })
    }

    /// What cargo compiles.
    pub fn target(&self) -> bool {
        self.any("CARGO_TARGET_DIR", &|path| {
            path.contains("target") || is_other(path)
        })
    }

    /// Go's downloads.
    pub fn modules(&self) -> bool {
        self.any("GOMODCACHE", &|path| {
            path.contains("/pkg") || path.contains("mod") || path.ends_with("/go") || is_other(path)
        })
    }

    /// What Go compiles.
    pub fn go_build(&self) -> bool {
        self.any("GOCACHE", &|path| {
            path.contains("go-build")
                || path.contains("gocache")
                || path.ends_with("/.cache")
                || is_other(path)
        })
    }

    /// What a compiler cache keeps.
    pub fn compiler_cache(&self) -> bool {
        self.any("SCCACHE_DIR", &|path| path.contains("ccache"))
    }

    /// Anything but what the system's package manager keeps.
    pub fn packages(&self) -> bool {
        self.any("", &|path| {
            !(path.contains("/apt") || path.contains("/apk"))
        })
    }

    fn any(&self, mover: &str, is_it: &dyn Fn(&str) -> bool) -> bool {
        let moved = self.moved.iter().find(|(name, _)| *name == mover);
        self.paths.iter().any(|path| match path {
            None => true,
            Some(path) => is_it(path) || moved.is_some_and(|(_, moved)| path == moved),
        })
    }
}

/// Nothing that is known, so that it may be what is asked for.
fn is_other(path: &str) -> bool {
    !KNOWN.iter().any(|known| path.contains(known))
}

#[cfg(test)]
mod tests {
    use super::CacheMounts;

    fn of(paths: &[&str]) -> CacheMounts {
        CacheMounts {
            paths: paths.iter().map(|path| Some((*path).to_owned())).collect(),
            moved: vec![("GOCACHE", "/go/cache".to_owned())],
        }
    }

    #[test]
    fn paths_tell_what_is_kept_and_strange_ones_may_be_anything() {
        let cargo = of(&["/usr/local/cargo/registry"]);
        assert!(cargo.registry() && !cargo.git() && !cargo.target() && !cargo.compiler_cache());
        assert!(of(&["/root/.cargo"]).git() && of(&["/src/target"]).target());
        assert!(of(&["/build/out"]).target() && of(&["/build/out"]).go_build());
        assert!(!of(&["/var/cache/apt"]).target() && !of(&["/var/cache/apt"]).packages());
        let go = of(&["/go/pkg/mod"]);
        assert!(go.modules() && !go.go_build());
        assert!(of(&["/go/cache"]).go_build() && of(&["/root/.cache/go-build"]).go_build());
        assert!(of(&["/sccache"]).compiler_cache() && !of(&["/sccache"]).target());
    }
}
