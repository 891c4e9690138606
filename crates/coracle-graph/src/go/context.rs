//! What a build is for: system, architecture, cgo, tags.

use crate::answer::Answer;

/// What a build is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// `GOOS`.
    pub os: String,
    /// `GOARCH`.
    pub architecture: String,
    /// `CGO_ENABLED`.
    pub cgo: bool,
    /// `-tags`.
    pub tags: Vec<String>,
    /// The minor number of go's version (26 of go1.26), where it is known.
    pub release: Option<u32>,
    /// What it is at least, as the `go` line of a module asks for.
    pub at_least: u32,
}

/// Every `GOOS` that a file's name may end with.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];
/// Those of them that are no Unix.
const NOT_UNIX: [&str; 6] = ["js", "nacl", "plan9", "wasip1", "windows", "zos"];
/// Every `GOARCH` that a file's name may end with.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

impl Context {
    /// A build for Linux without tags.
    pub fn linux(architecture: &str, cgo: bool) -> Context {
        Context {
            os: "linux".to_owned(),
            architecture: architecture.to_owned(),
            cgo,
            tags: Vec::new(),
            release: None,
            at_least: 0,
        }
    }

    /// The same build with or without cgo.
    #[must_use]
    pub fn with_cgo(&self, cgo: bool) -> Context {
        Context {
            cgo,
            ..self.clone()
        }
    }

    pub(super) fn at_least(&self, release: u32) -> Context {
        Context {
            at_least: self.at_least.max(release),
            ..self.clone()
        }
    }

    /// Whether a tag is set. Those that change with the toolchain's own settings are not known.
    pub fn has_tag(&self, tag: &str) -> Answer {
        let given = self.tags.iter().any(|given| given == tag);
        let of_system = tag == self.os
            || tag == self.architecture
            || tag == "gc"
            || tag == "unix" && self.is_unix()
            || matches!(
                (self.os.as_str(), tag),
                ("android", "linux") | ("illumos", "solaris") | ("ios", "darwin")
            );
        if given || of_system || tag == "cgo" && self.cgo {
            return Answer::Yes;
        }
        if let Some(release) = release_of(tag) {
            return self.has_release(release);
        }
        let of_architecture = tag.strip_prefix(&self.architecture);
        if of_architecture.is_some_and(|rest| rest.starts_with('.')) {
            return Answer::unknown(format!("whether the build sets {tag} is not known"));
        }
        if tag == "boringcrypto" || tag.starts_with("goexperiment.") {
            return Answer::unknown(format!("whether the toolchain sets {tag} is not known"));
        }
        Answer::No
    }

    fn has_release(&self, release: u32) -> Answer {
        match self.release {
            Some(known) => (release <= known).into(),
            None if release <= self.at_least => Answer::Yes,
            None => Answer::unknown(format!("whether go is at least 1.{release} is not known")),
        }
    }

    fn is_unix(&self) -> bool {
        SYSTEMS.contains(&self.os.as_str()) && !NOT_UNIX.contains(&self.os.as_str())
    }

    /// Whether a file's name is one for this system and architecture: `x_linux.go`, `x_arm64_test.go`, `x_linux_arm64.go`.
    pub fn is_for(&self, name: &str) -> Answer {
        let stem = name.split('.').next().unwrap_or_default();
        // What is before the first `_` is never a system.
        let Some((_, ends)) = stem.split_once('_') else {
            return Answer::Yes;
        };
        let mut ends: Vec<&str> = ends.split('_').collect();
        if ends.last() == Some(&"test") {
            ends.pop();
        }
        let is_system = |end: &&str| SYSTEMS.contains(end);
        let is_architecture = |end: &&str| ARCHITECTURES.contains(end);
        match ends.as_slice() {
            [.., system, architecture] if is_system(system) && is_architecture(architecture) => {
                self.has_tag(system).and(self.has_tag(architecture))
            }
            [.., end] if is_system(end) || is_architecture(end) => self.has_tag(end),
            _ => Answer::Yes,
        }
    }
}

/// `go1.N`.
fn release_of(tag: &str) -> Option<u32> {
    let number = tag.strip_prefix("go1.")?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_a_system_an_architecture_or_both() {
        let context = Context::linux("arm64", true);
        let check = |name: &str, expected: bool| {
            assert_eq!(context.is_for(name), expected.into(), "{name}");
        };
        check("x_linux.go", true);
        check("x_windows.go", false);
        check("x_linux_arm64.go", true);
        check("x_linux_amd64.go", false);
        check("x_amd64_test.go", false);
        check("windows.go", true);
        check("x_y_arm64.s", true);
        check("x_unix.go", true);
        check("windows_linux_x.go", true);
    }

    #[test]
    fn releases_are_known_up_to_what_the_module_asks_for() {
        let context = Context::linux("amd64", true).at_least(21);
        assert_eq!(context.has_tag("go1.18"), Answer::Yes);
        assert!(context.has_tag("go1.22").because().is_some());
        let context = Context {
            release: Some(22),
            ..context
        };
        assert_eq!(context.has_tag("go1.22"), Answer::Yes);
        assert_eq!(context.has_tag("go1.23"), Answer::No);
    }
}
