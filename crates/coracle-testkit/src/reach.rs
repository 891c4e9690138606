//! How far a program comes in a root: *starts* is that it reaches its own entry point, with everything bound.
//!
//! A little program in C (`reach/reach.c`) does it: it puts a breakpoint where the kernel says the entry point is, and
//! ends the program there, so that of the program's own code nothing runs. No list mode's exit code is used anywhere.
//! Needs root, for `chroot`, and a C compiler.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, bail, ensure};
use sha2::{Digest as _, Sha256};

/// What is started.
#[derive(Debug, Clone)]
pub struct Start<'a> {
    /// The root on this machine.
    pub root: &'a Path,
    /// The program's path in the root, and its arguments.
    pub arguments: Vec<String>,
    /// All of its environment.
    pub environment: BTreeMap<String, String>,
    /// The user's number and the group's.
    pub user: (u32, u32),
    /// Where in the root it starts.
    pub directory: &'a str,
    /// For a program of another machine: what runs it, by its path in the root ([`Start::emulator_in`]).
    pub emulator: Option<&'a str>,
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Its entry point.
    Entry,
    /// Nothing: `execve` failed with this error number.
    NotExecuted(i32),
    /// It ended before its entry point with this code; both loaders end with 127.
    Exit(i32),
    /// A signal ended it before its entry point.
    Signal(i32),
    /// It did nothing of this in time.
    Nothing,
}

/// How far it came, and what it said on standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// How far.
    pub reached: Reached,
    /// What was said.
    pub said: String,
}

/// Where [`Start::emulator_in`] puts the emulator.
const EMULATOR: &str = "/.emulator";

impl<'a> Start<'a> {
    /// A start of this program as the user 65532:65532 in `/`, with an empty environment but for `LD_BIND_NOW=1`.
    pub fn of(root: &'a Path, program: &str) -> Self {
        Self {
            root,
            arguments: vec![program.to_owned()],
            environment: BTreeMap::from([("LD_BIND_NOW".to_owned(), "1".to_owned())]),
            user: (65532, 65532),
            directory: "/",
            emulator: None,
        }
    }

    /// Puts qemu for arm64 programs into a root; gives its path there.
    ///
    /// # Errors
    /// When it is not on this machine or cannot be copied.
    pub fn emulator_in(root: &Path) -> anyhow::Result<&'static str> {
        let from = Path::new("/usr/bin/qemu-aarch64-static");
        let to = root.join(EMULATOR.trim_start_matches('/'));
        fs::copy(from, &to).with_context(|| {
            format!(
                "cannot copy {} to {}: apt-get install qemu-user-static",
                from.display(),
                to.display()
            )
        })?;
        Ok(EMULATOR)
    }

    /// Where the emulator has the program's entry point: what is not bound to a place it loads to this one.
    ///
    /// glibc's own `transferring control`, which the libc of a program says after its entry point, is the second sign.
    fn entry_of(&self, program: &str) -> u64 {
        const PLACE: u64 = 0x55_0000_0000;
        const SHARED_OBJECT: u64 = 3;
        let bytes = fs::read(self.root.join(program.trim_start_matches('/'))).unwrap_or_default();
        let number = |from: usize, length: usize| {
            let bytes = bytes.get(from..from + length).unwrap_or_default();
            bytes
                .iter()
                .rev()
                .fold(0u64, |number, byte| number << 8 | u64::from(*byte))
        };
        let (kind, entry) = (number(16, 2), number(24, 8));
        if kind == SHARED_OBJECT {
            PLACE + entry
        } else {
            entry
        }
    }

    /// Starts it and waits until it is known how far it comes.
    ///
    /// # Errors
    /// When it could not be tried: no compiler, not root, no such directory in the root.
    pub fn reach(&self) -> anyhow::Result<Account> {
        let (user, group) = (self.user.0.to_string(), self.user.1.to_string());
        let mut command = Command::new(tool()?);
        command.arg(if self.emulator.is_some() {
            "line"
        } else {
            "entry"
        });
        command
            .arg(self.root)
            .args([&user, &group])
            .arg(self.directory);
        let program = self.arguments.first().context("no program is named")?;
        let mut arguments = self.arguments.clone();
        let mut texts = None;
        if let Some(emulator) = self.emulator {
            let entry = self.entry_of(program);
            let filter = format!("{entry:#x}..{entry:#x}");
            let watch = ["-d", "exec,nochain", "-dfilter", &filter];
            let named = [emulator]
                .into_iter()
                .chain(watch)
                .chain(["-0", program, program]);
            let named: Vec<String> = named.map(str::to_owned).collect();
            arguments.splice(..1, named);
            texts = Some([
                format!("/{entry:016x}/"),
                format!("transferring control: {program}\n"),
            ]);
        }
        command.arg(arguments.len().to_string()).args(&arguments);
        for (name, value) in &self.environment {
            command.arg(format!("{name}={value}"));
        }
        if let Some(texts) = &texts {
            command.arg("LD_DEBUG=files").args(texts);
        }
        let output = command
            .stdin(Stdio::null())
            .env_clear()
            .output()
            .context("cannot start reach")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(
            output.status.success(),
            "reach could not try {program} in {}: {said}",
            self.root.display()
        );
        let told = String::from_utf8_lossy(&output.stdout);
        let reached =
            reached(told.trim()).with_context(|| format!("reach said {told:?}: {said}"))?;
        Ok(Account { reached, said })
    }
}

/// The line that the tool prints.
fn reached(line: &str) -> anyhow::Result<Reached> {
    let (word, number) = line.split_once(' ').unwrap_or((line, "0"));
    let number = number.parse()?;
    Ok(match word {
        "entry" => Reached::Entry,
        "exec" => Reached::NotExecuted(number),
        "exit" => Reached::Exit(number),
        "signal" => Reached::Signal(number),
        "timeout" => Reached::Nothing,
        other => bail!("{other:?} is no outcome"),
    })
}

/// Where the compiled tool is.
fn tool() -> anyhow::Result<&'static Path> {
    static TOOL: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = TOOL.get_or_init(|| compile().map_err(|error| format!("{error:#}")));
    match made {
        Ok(path) => Ok(path),
        Err(error) => bail!("{error}"),
    }
}

/// Beside the test that is running, under a name that its source decides. It is linked statically: what is set in a
/// program's environment must not change how this one starts.
fn compile() -> anyhow::Result<PathBuf> {
    const SOURCE: &str = include_str!("reach/reach.c");
    let digest = Sha256::digest(SOURCE);
    let name: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let test = std::env::current_exe()?;
    let folder = test.parent().context("the test lies nowhere")?;
    let program = folder.join(format!("reach-{name}"));
    if program.exists() {
        return Ok(program);
    }
    let making = tempfile::tempdir_in(folder)?;
    let (source, made) = (making.path().join("reach.c"), making.path().join("reach"));
    fs::write(&source, SOURCE)?;
    let output = Command::new("cc")
        .args(["-O1", "-static", "-o"])
        .args([&made, &source])
        .output()
        .context("a C compiler is needed: apt-get install gcc libc6-dev")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cc reach.c: {said}");
    fs::rename(&made, &program)?;
    Ok(program)
}
