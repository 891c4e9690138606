//! What a stage installs and copies on top of its base: packages, paths, and whether it may be anything.

use coracle_recipe::dockerfile::document::{Arguments, Base as From, Stages};

use crate::bases::{self, Base};

use super::packages::{self, Change, without_version};
use super::steps::{self, Command, joined};
use crate::model::base_name;

/// Commands that bring no files that were not there.
const HARMLESS: [&str; 40] = [
    ":",
    "[",
    "addgroup",
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "cat",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "dnf",
    "dpkg-query",
    "echo",
    "exit",
    "export",
    "false",
    "find",
    "grep",
    "groupadd",
    "id",
    "install",
    "ln",
    "ls",
    "microdnf",
    "mkdir",
    "mv",
    "printf",
    "rm",
    "rmdir",
    "sed",
    "set",
    "setcap",
    "sleep",
    "test",
    "touch",
    "true",
    "useradd",
    "yum",
];

/// Folders in which a program is found by its name alone.
const BINARY_FOLDERS: [&str; 10] = [
    "/",
    "/bin",
    "/sbin",
    "/usr",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/busybox",
];

/// Names of what is rather a folder than a program.
const FOLDERS: [&str; 17] = [
    "", "bin", "build", "certs", "dist", "etc", "lib", "local", "opt", "out", "output", "release",
    "root", "rootfs", "sbin", "target", "usr",
];

/// Packages that need none of the libraries and tools that rules ask for, but those in their own names and those that the
/// table of libraries tells.
const WITHOUT: [&str; 36] = [
    "adduser",
    "alsa-lib",
    "bash",
    "ca-certificates",
    "coreutils",
    "curl",
    "dbus-libs",
    "dumb-init",
    "gosu",
    "libasound2",
    "libasound2t64",
    "libdbus-1-3",
    "libgcc",
    "libgcc-s1",
    "libgomp1",
    "libmariadb3",
    "libpq",
    "libpq5",
    "libsqlite3-0",
    "libssl3",
    "libssl3t64",
    "libstdc++",
    "libstdc++6",
    "mariadb-connector-c",
    "musl",
    "netcat-openbsd",
    "openssl",
    "passwd",
    "procps",
    "sqlite-libs",
    "su-exec",
    "tini",
    "tzdata",
    "wget",
    "xz-utils",
    "zlib1g",
];

/// Whether something is in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Has {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Not known, because …
    Unknown(String),
}

/// What a stage holds.
#[derive(Debug, Clone)]
pub(crate) struct Contents {
    /// The base, as it is written.
    pub(crate) image: String,
    /// What is known of it.
    pub(crate) base: Option<Base>,
    /// The packages that are installed, without versions.
    pub(crate) packages: Vec<String>,
    /// Where something is copied to, with the last name of the source.
    pub(crate) copied: Vec<(String, String)>,
    /// Why there may be more than that.
    pub(crate) open: Option<String>,
    /// The variables that are set.
    pub(crate) variables: Vec<String>,
}

/// The image that a stage is from in the end; nothing where it is not known.
pub(crate) fn base_image(stages: &Stages<'_>, stage: usize) -> Option<String> {
    match stages.base(stage)? {
        From::Scratch => Some("scratch".to_owned()),
        From::Image(image) => Some(image.clone()),
        From::Unknown(_) | From::Stage(_) => None,
    }
}

impl Contents {
    /// Those of a stage; nothing where its base is not known by name.
    pub(crate) fn of(stages: &Stages<'_>, stage: usize) -> Option<Contents> {
        let image = base_image(stages, stage)?;
        let mut contents = Contents::of_image(&image);
        for located in steps::of(stages, stage) {
            let scope = &located.step.scope;
            match &located.step.instruction.arguments {
                Arguments::Run(run) => {
                    let mounts = run
                        .mounts
                        .iter()
                        .any(|mount| mount.read_only == Some(false));
                    match steps::run_commands(&located) {
                        Ok(commands) if !mounts => {
                            commands.iter().for_each(|command| contents.run(command))
                        }
                        Ok(_) => contents.opened("a RUN writes into a mount"),
                        Err(because) => contents.opened(because),
                    }
                }
                Arguments::Copy(copy) | Arguments::Add(copy) => {
                    let is_add = matches!(located.step.instruction.arguments, Arguments::Add(_));
                    let to = scope.expand(&copy.destination).known.ok();
                    let to = to.and_then(|to| joined(located.folder.as_deref(), &to));
                    for source in &copy.sources {
                        let known = scope.expand(&source.word).known.ok();
                        match (&to, known) {
                            (_, Some(name))
                                if is_add && (name.contains(".t") || name.contains("://")) =>
                            {
                                contents.opened("an ADD may unpack files");
                            }
                            (Some(to), Some(name)) => {
                                let name = base_name(name.trim_end_matches('/')).to_owned();
                                contents.copied.push((to.clone(), name));
                            }
                            _ => contents.opened("it is not known what is copied where"),
                        }
                    }
                }
                Arguments::Env(pairs) => {
                    let names = pairs.iter().map(|pair| pair.key.text.clone());
                    contents.variables.extend(names);
                }
                _ => {}
            }
        }
        Some(contents)
    }

    /// Those of an image.
    pub(crate) fn of_image(image: &str) -> Contents {
        Contents {
            image: image.to_owned(),
            base: bases::look_up(image),
            packages: Vec::new(),
            copied: Vec::new(),
            open: None,
            variables: Vec::new(),
        }
    }

    fn opened(&mut self, because: &str) {
        self.open.get_or_insert_with(|| because.to_owned());
    }

    fn run(&mut self, command: &Command) {
        let simple = &command.simple;
        let Some(name) = simple.name().map(base_name) else {
            return self.opened("a RUN starts what is not known");
        };
        match (name, packages::change(simple)) {
            (_, Some(Change::Installs(words, _))) => {
                for word in words {
                    match word.known() {
                        Some(word) => self.packages.push(without_version(word)),
                        None => self.opened("it is not known which packages are installed"),
                    }
                }
            }
            ("update-ca-certificates", _) => self.packages.push("ca-certificates".to_owned()),
            (name, _) if HARMLESS.contains(&name) => {}
            (name, _) => self.opened(&format!("a RUN starts {name}, which may bring files")),
        }
    }

    /// Whether one of these packages is installed.
    pub(crate) fn package(&self, names: &[&str]) -> Has {
        if self
            .packages
            .iter()
            .any(|package| names.contains(&package.as_str()))
        {
            return Has::Yes;
        }
        self.or_open()
    }

    /// A package of which it is not known what it needs.
    pub(crate) fn other_package(&self) -> Option<&str> {
        let mut packages = self.packages.iter().map(String::as_str);
        packages.find(|package| !WITHOUT.contains(package))
    }

    /// No, but where the stage may be anything.
    pub(crate) fn or_open(&self) -> Has {
        self.open.clone().map_or(Has::No, Has::Unknown)
    }

    /// Whether a program of this name is installed or copied to where it is found.
    pub(crate) fn command(&self, name: &str) -> Has {
        let is_named =
            |package: &&String| package.as_str() == name || package.as_str() == "busybox";
        if self.packages.iter().any(|package| is_named(&package)) {
            return Has::Yes;
        }
        for (to, source) in &self.copied {
            if base_name(to) == name || source == name {
                return Has::Yes;
            }
            let is_folder = FOLDERS.contains(&source.as_str()) || source.contains(['*', '.']);
            if BINARY_FOLDERS.contains(&to.as_str()) && is_folder {
                return Has::Unknown(format!("{source} is copied to {to} whole"));
            }
        }
        self.or_open()
    }
}

impl Contents {
    /// Whether something with this word in its name is copied.
    pub(crate) fn brings(&self, word: &str) -> bool {
        let mut copied = self.copied.iter();
        copied.any(|(to, source)| to.contains(word) || source.contains(word))
    }
}

/// Whether a command brings no files that were not there.
pub(crate) fn is_harmless(command: &str) -> bool {
    HARMLESS.contains(&command)
}

/// Whether a package needs nothing that rules ask for.
pub(crate) fn needs_nothing(package: &str) -> bool {
    WITHOUT.contains(&package)
}

/// Whether a package of the same name, or one that nothing is known of, may bring a command.
pub(crate) fn brought(contents: &Contents, name: &str) -> bool {
    contents
        .packages
        .iter()
        .any(|package| package.contains(name) || name.contains(package.as_str()))
}
