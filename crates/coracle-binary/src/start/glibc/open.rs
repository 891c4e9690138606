//! One attempt of glibc's loader to open a library (`open_verify` in `elf/dl-load.c`).
//!
//! Some failures let the search go on, others end the program; which is which is the point here.

use std::rc::Rc;

use crate::elf::{self, ByteOrder, Class, ElfFacts, Kind, SegmentKind};
use crate::start::object::{View, byte_order_of, class_of, unreadable};
use crate::start::permissions::{Access, may};
use crate::start::report::{Code, Finding};
use crate::start::tree::{NodeKind, PathError};
use crate::start::{Node, User};

/// A file that would be mapped.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// As the loader opens it.
    pub(super) path: String,
    /// Without links.
    pub(super) file: String,
    pub(super) facts: Rc<ElfFacts>,
}

/// What came of an attempt.
pub(super) enum Attempt {
    Opened(Opened),
    /// Nothing is there: the search goes on.
    Absent,
    /// Something is there that is passed over: the search goes on.
    Skipped(Skipped),
    /// The kernel says something odd: this list of directories is left, and the next one searched.
    LeaveList(Skipped),
    /// The program ends here.
    Fatal(Box<Finding>),
}

/// A file that was passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skipped {
    pub(super) path: String,
    pub(super) why: String,
    /// The user may not read it.
    pub(super) denied: bool,
}

pub(super) fn open(view: &View<'_>, user: &User, working_directory: &str, path: &str) -> Attempt {
    let skipped = |why: String, denied| Skipped {
        path: path.to_owned(),
        why,
        denied,
    };
    let found = match view.resolve(user, working_directory, path) {
        Ok(found) => found,
        Err(PathError::Missing(first))
            if first != path && !first.is_empty() && view.tree.node(path).is_some() =>
        {
            return Attempt::Skipped(skipped(
                format!("it is a link that leads to {first}, which is not there"),
                false,
            ));
        }
        Err(PathError::Missing(_) | PathError::NotADirectory(_)) => return Attempt::Absent,
        Err(PathError::Denied(at)) => {
            return Attempt::Skipped(skipped(
                format!("user {} may not search {at}", user.uid),
                true,
            ));
        }
        Err(error) => return Attempt::LeaveList(skipped(error.text().to_owned(), false)),
    };
    let fatal = |what: &str| {
        let explanation = format!("error while loading shared libraries: {path}: {what}");
        Attempt::Fatal(Box::new(Finding::fails(
            Code::LibraryUnusable,
            &found.path,
            explanation,
        )))
    };
    if !may(user, &found.node, Access::Read) {
        let Node { mode, uid, gid, .. } = found.node;
        let why = format!(
            "mode {mode:04o} of {uid}:{gid} does not let {}:{} read it",
            user.uid, user.gid
        );
        return Attempt::Skipped(skipped(why, true));
    }
    match found.node.kind {
        NodeKind::File { .. } => {}
        NodeKind::Directory => return fatal("cannot read file data: is a directory"),
        NodeKind::Symlink { .. } | NodeKind::Other => return fatal("it is no regular file"),
    }
    let content = view.content(&found.path);
    let facts = view.facts(&found.path, &content);
    match usable(view, &content, &facts) {
        Ok(facts) => Attempt::Opened(Opened {
            path: path.to_owned(),
            file: found.path,
            facts,
        }),
        Err(Refusal::PassOver(why)) => Attempt::Skipped(skipped(why, false)),
        Err(Refusal::Stop(what)) => fatal(what),
        Err(Refusal::Damaged(error)) => {
            let finding = unreadable(&found.path, &error);
            let explanation = format!(
                "error while loading shared libraries: {path}: {}",
                finding.explanation
            );
            Attempt::Fatal(Box::new(Finding {
                explanation,
                ..finding
            }))
        }
    }
}

enum Refusal {
    /// Made for something else: the search goes on.
    PassOver(String),
    /// Known to end the program, in the loader's words.
    Stop(&'static str),
    Damaged(elf::Error),
}

/// The checks in the loader's order.
fn usable(
    view: &View<'_>,
    content: &[u8],
    facts: &Result<Rc<ElfFacts>, elf::Error>,
) -> Result<Rc<ElfFacts>, Refusal> {
    let word = |at: usize| {
        Some(u16::from_le_bytes([
            *content.get(at)?,
            *content.get(at + 1)?,
        ]))
    };
    let header = if class_of(view.machine) == Class::Elf64 {
        64
    } else {
        52
    };
    if content.len() < header {
        return Err(Refusal::Stop("file too short"));
    }
    if !content.starts_with(b"\x7fELF") {
        return Err(Refusal::Stop("invalid ELF header"));
    }
    let expected_class = if header == 64 { 2 } else { 1 };
    if content.get(4) != Some(&expected_class) {
        return Err(Refusal::PassOver(format!(
            "wrong ELF class for {}",
            view.machine
        )));
    }
    let little = byte_order_of(view.machine) == ByteOrder::Little;
    if content.get(5) != Some(if little { &1 } else { &2 }) {
        return Err(Refusal::Stop(
            "ELF file data encoding is of the other byte order",
        ));
    }
    let number = word(18).map(|number| if little { number } else { number.swap_bytes() });
    let machine = elf::Machine::from_number(number.unwrap_or_default());
    if machine != view.machine {
        return Err(Refusal::PassOver(format!(
            "it is made for {machine}, and the platform is {}",
            view.machine
        )));
    }
    let facts = facts
        .as_ref()
        .map_err(|error| Refusal::Damaged(error.clone()))?;
    if !matches!(facts.kind, Kind::Executable | Kind::SharedObject) {
        return Err(Refusal::Stop("only ET_DYN and ET_EXEC can be loaded"));
    }
    if facts.notes.abi.is_some_and(|abi| abi[0] != 0) {
        return Err(Refusal::PassOver(
            "its ABI note is of another operating system".to_owned(),
        ));
    }
    if facts.kind == Kind::Executable {
        return Err(Refusal::Stop("cannot dynamically load executable"));
    }
    if !facts
        .segments
        .iter()
        .any(|segment| segment.kind == SegmentKind::Load)
    {
        return Err(Refusal::Stop("object file has no loadable segments"));
    }
    if !facts.is_dynamic {
        return Err(Refusal::Stop("object file has no dynamic section"));
    }
    if facts.flags.pie {
        return Err(Refusal::Stop(
            "cannot dynamically load position-independent executable",
        ));
    }
    Ok(Rc::clone(facts))
}
