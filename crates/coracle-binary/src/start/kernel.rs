//! What the kernel does with a path to execute: permissions, scripts, and the ELF header
//! (`fs/exec.c`, `fs/binfmt_script.c`, `fs/binfmt_elf.c`).

use std::sync::Arc;

use super::object::{View, unreadable};
use super::permissions::{Access, may};
use super::report::{Code, Finding};
use super::script::{self, Shebang};
use super::tree::{NodeKind, PathError, Resolved};
use super::{Node, User};
use crate::elf::{ElfFacts, Kind, SegmentKind};

/// `vm.mmap_min_addr` as every distribution has it.
const LOWEST_ADDRESS: u64 = 0x1_0000;
/// The kernel follows five scripts whose interpreters are scripts, and no more.
const SCRIPTS_LIMIT: usize = 5;

/// A path to execute, with its arguments, in a process.
#[derive(Debug, Clone)]
pub(super) struct Exec<'a> {
    pub(super) path: String,
    pub(super) arguments: Vec<String>,
    pub(super) user: &'a User,
    pub(super) working_directory: &'a str,
    pub(super) chain: Vec<String>,
}

/// An ELF program that the kernel would map.
#[derive(Debug, Clone)]
pub(super) struct Image {
    pub(super) file: String,
    pub(super) node: Node,
    pub(super) gives_capabilities: bool,
    pub(super) facts: Arc<ElfFacts>,
    /// The arguments after the scripts on the way put theirs in front.
    pub(super) arguments: Vec<String>,
    pub(super) chain: Vec<String>,
    /// The script that it interprets.
    pub(super) script: Option<String>,
    /// It is no program: it is looked at as a loader would load it for one.
    pub(super) is_library: bool,
}

impl Image {
    /// The kernel sets AT_SECURE when the file's set-user or set-group bit changes who runs it, and when the file gives
    /// capabilities to a user who is not root.
    pub(super) fn is_secure(&self, user: &User) -> bool {
        let node = &self.node;
        (node.mode & 0o4000 != 0 && node.uid != user.uid)
            || (node.mode & 0o2000 != 0 && node.gid != user.gid)
            || (self.gives_capabilities && user.uid != 0)
    }
}

/// Follows a path through scripts to an ELF program of this platform.
pub(super) fn exec(view: &View<'_>, mut exec: Exec<'_>) -> Result<Image, Box<Finding>> {
    let mut script = None;
    let mut unreadable_script = None;
    for depth in 0.. {
        let found = executable(view, &exec)?;
        if exec.chain.last() != Some(&exec.path) {
            exec.chain.push(exec.path.clone());
        }
        if found.path != exec.path {
            exec.chain.push(found.path.clone());
        }
        if depth > SCRIPTS_LIMIT {
            break;
        }
        let content = view.content(&found.path);
        if content.starts_with(b"\x7fELF") {
            let facts = program(view, &found.path)
                .map_err(|finding| Box::new(finding.through(&exec.chain)))?;
            if let Some(finding) = unreadable_script {
                return Err(finding);
            }
            let Exec {
                arguments, chain, ..
            } = exec;
            return Ok(Image {
                gives_capabilities: view.tree.gives_capabilities(&found.path),
                file: found.path,
                node: found.node,
                facts,
                arguments,
                chain,
                script,
                is_library: false,
            });
        }
        let line = first_line(&found, &content)
            .map_err(|finding| Box::new(finding.through(&exec.chain)))?;
        if !may(exec.user, &found.node, Access::Read) {
            // The kernel reads it all the same, and starts the interpreter, if there is one.
            unreadable_script.get_or_insert_with(|| cannot_open(&found.path, &line, &exec.chain));
        }
        script.get_or_insert(found.path);
        rewrite(&mut exec, &line);
        check_interpreter(view, &exec, &line)?;
    }
    let explanation =
        "too many levels of symbolic links: the kernel follows five scripts, and no more";
    Err(Box::new(
        Finding::fails(Code::ScriptsTooDeep, &exec.path, explanation.to_owned())
            .through(&exec.chain),
    ))
}

fn cannot_open(script: &str, line: &Shebang, chain: &[String]) -> Box<Finding> {
    let explanation = format!(
        "permission denied: {} cannot open the script to read it",
        line.interpreter
    );
    let finding = Finding::fails(Code::NotReadable, script, explanation);
    Box::new(finding.through(chain).way_out("chmod +r the script"))
}

/// `SCRIPT ARGUMENTS` becomes `INTERPRETER [ARGUMENT] SCRIPT ARGUMENTS`.
fn rewrite(exec: &mut Exec<'_>, line: &Shebang) {
    let rest = exec.arguments.split_off(exec.arguments.len().min(1));
    exec.arguments = vec![line.interpreter.clone()];
    exec.arguments.extend(line.argument.clone());
    exec.arguments.push(exec.path.clone());
    exec.arguments.extend(rest);
    exec.path = line.interpreter.clone();
    exec.chain
        .push(format!("{} (first line)", line.interpreter.escape_debug()));
}

/// The kernel says of a missing interpreter what it says of a missing program, which misleads people.
fn check_interpreter(view: &View<'_>, exec: &Exec<'_>, line: &Shebang) -> Result<(), Box<Finding>> {
    let Err(error) = view.resolve(exec.user, exec.working_directory, &line.interpreter) else {
        return Ok(());
    };
    let shown = line.interpreter.escape_debug().to_string();
    let explanation = format!(
        "{}: the script is there, but its first line names {shown}",
        error.text()
    );
    let finding = Finding::fails(Code::BadShebang, &shown, explanation).through(&exec.chain);
    Err(Box::new(if line.carriage_return {
        finding.way_out("the line ends with CR LF: write the script with LF line ends")
    } else {
        finding.way_out(format!(
            "add {shown} to the image, or start a program that needs no interpreter"
        ))
    }))
}

fn first_line(found: &Resolved, content: &[u8]) -> Result<Shebang, Box<Finding>> {
    let path = &found.path;
    let (code, explanation) = match script::shebang(content) {
        Some(Ok(line)) => return Ok(line),
        Some(Err(error)) => (Code::BadShebang, format!("exec format error: {error}")),
        None if content.is_empty() => (
            Code::NotAProgram,
            "exec format error: the file is empty".to_owned(),
        ),
        None => {
            let what = "neither an ELF program nor a script that begins with #!";
            (Code::NotAProgram, format!("exec format error: {what}"))
        }
    };
    Err(Box::new(Finding::fails(code, path, explanation).way_out(
        "begin a script with #!/bin/sh (and have a shell in the image), or start a program",
    )))
}

/// The file at the path, when the user may execute it.
fn executable(view: &View<'_>, exec: &Exec<'_>) -> Result<Resolved, Box<Finding>> {
    let found = view.resolve(exec.user, exec.working_directory, &exec.path);
    let found =
        found.map_err(|error| Box::new(path_finding(&exec.path, &error).through(&exec.chain)))?;
    let explanation = match found.node.kind {
        NodeKind::File { .. } if may(exec.user, &found.node, Access::Execute) => return Ok(found),
        NodeKind::File { .. } => {
            let Node { mode, uid, gid, .. } = found.node;
            let User {
                uid: user,
                gid: group,
                ..
            } = exec.user;
            format!(
                "permission denied: mode {mode:04o} of {uid}:{gid} does not let {user}:{group} execute it"
            )
        }
        NodeKind::Directory => "permission denied: it is a directory".to_owned(),
        NodeKind::Symlink { .. } | NodeKind::Other => {
            "permission denied: it is no regular file".to_owned()
        }
    };
    Err(Box::new(
        Finding::fails(Code::NotExecutable, &found.path, explanation)
            .through(&exec.chain)
            .way_out("give it mode 0755"),
    ))
}

/// The finding for a program's path that leads nowhere.
pub(super) fn path_finding(path: &str, error: &PathError) -> Finding {
    let text = error.text();
    let (code, explanation) = match error {
        PathError::Missing(first) if first == path => (Code::ProgramMissing, text.to_owned()),
        PathError::Missing(first) => (
            Code::ProgramMissing,
            format!("{text}: {first} is not there"),
        ),
        PathError::NotADirectory(at) => (Code::ProgramMissing, format!("{text}: {at}")),
        PathError::Denied(at) => (
            Code::NotExecutable,
            format!("{text}: the user may not search {at}"),
        ),
        PathError::Loop => (Code::CycleInLinks, text.to_owned()),
        PathError::TooLong => (Code::ProgramMissing, text.to_owned()),
    };
    Finding::fails(code, path, explanation)
}

/// The checks of `load_elf_binary` before it looks at the interpreter.
fn program(view: &View<'_>, file: &str) -> Result<Arc<ElfFacts>, Box<Finding>> {
    let facts = view
        .mapped_facts(file)
        .map_err(|error| unreadable(file, &error))?;
    fitting(view, file, &facts)?;
    if !matches!(facts.kind, Kind::Executable | Kind::SharedObject) {
        let explanation = format!(
            "exec format error: it is {:?}, not an executable",
            facts.kind
        );
        return Err(Box::new(Finding::fails(
            Code::NotAProgram,
            file,
            explanation,
        )));
    }
    if !facts
        .segments
        .iter()
        .any(|segment| segment.kind == SegmentKind::Load)
    {
        let explanation =
            "it has no loadable segment: nothing is at its entry point (SIGSEGV)".to_owned();
        return Err(Box::new(Finding::fails(Code::Malformed, file, explanation)));
    }
    if !has_entry(&facts) {
        let explanation = format!(
            "its entry point {:#x} is in no segment that is loaded (SIGSEGV)",
            facts.entry
        );
        return Err(Box::new(Finding::fails(Code::Malformed, file, explanation)));
    }
    if facts.kind == Kind::Executable && below_all_memory(&facts) {
        let explanation = format!(
            "its addresses are below {LOWEST_ADDRESS:#x}, where the kernel maps nothing (SIGSEGV): made for any address, \
             it calls itself made for its own"
        );
        return Err(Box::new(Finding::fails(Code::Malformed, file, explanation)));
    }
    Ok(facts)
}

/// Libraries have no entry point, and are told as such.
fn has_entry(facts: &ElfFacts) -> bool {
    let mut loads = facts
        .segments
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Load);
    let library = facts.kind == Kind::SharedObject && facts.entry == 0;
    library
        || loads.any(|segment| {
            let end = segment.address.saturating_add(segment.memory_size);
            (segment.address..end).contains(&facts.entry)
        })
}

fn below_all_memory(facts: &ElfFacts) -> bool {
    let mut loads = facts
        .segments
        .iter()
        .filter(|segment| segment.kind == SegmentKind::Load);
    loads.any(|segment| segment.address < LOWEST_ADDRESS)
}

/// Machine, word size and byte order are the platform's.
pub(super) fn fitting(view: &View<'_>, file: &str, facts: &ElfFacts) -> Result<(), Box<Finding>> {
    if facts.machine != view.machine {
        return Err(Box::new(Finding::wrong_machine(
            file,
            facts.machine,
            view.machine,
        )));
    }
    if view.fits(facts) {
        return Ok(());
    }
    let (got, expected) = (
        (facts.class, facts.byte_order),
        (view.machine.class(), view.machine.byte_order()),
    );
    let explanation = format!(
        "exec format error: expected {expected:?} for {}, got {got:?}",
        view.machine
    );
    Err(Box::new(Finding::fails(
        Code::WrongMachine,
        file,
        explanation,
    )))
}
