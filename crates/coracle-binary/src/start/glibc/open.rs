//! One attempt of glibc's loader to open a library (`open_verify` in `elf/dl-load.c`).
//!
//! Some failures let the search go on, others end the program; which is which is the point here.

use std::sync::Arc;

use crate::bytes::Words;
use crate::elf::{self, ByteOrder, Class, ElfFacts, Kind, Machine, SegmentKind};
use crate::start::dlopen;
use crate::start::object::{FactsOf, View, unreadable};
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
    pub(super) facts: Arc<ElfFacts>,
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
    let found = match view.resolve(user, working_directory, path) {
        Ok(found) => found,
        Err(error) => return unreached(view, user, working_directory, path, &error),
    };
    if !may(user, &found.node, Access::Read) {
        let Node { mode, uid, gid, .. } = found.node;
        let (user, group) = (user.uid, user.gid);
        let why = format!("mode {mode:04o} of {uid}:{gid} does not let {user}:{group} read it");
        return Attempt::Skipped(Skipped {
            path: path.to_owned(),
            why,
            denied: true,
        });
    }
    let usable = match found.node.kind {
        NodeKind::File { .. } => view.of_machine.usable(&found.path, || {
            let content = view.content(&found.path);
            let facts = usable(view, &content, || view.facts(&found.path, &content))?;
            // All that is ever asked of it, while its bytes are here; what is wrong with it is told when it is asked.
            let _ = view.symbols(&found.path, &facts);
            dlopen::read(view, &found.path, &facts);
            Ok(facts)
        }),
        NodeKind::Directory => Err(Refusal::Stop("cannot read file data: is a directory")),
        NodeKind::Symlink { .. } | NodeKind::Other => Err(Refusal::Stop("it is no regular file")),
    };
    let fatal = |finding: Finding| {
        let what = finding.explanation;
        let explanation = format!("error while loading shared libraries: {path}: {what}");
        Attempt::Fatal(Box::new(Finding {
            explanation,
            ..finding
        }))
    };
    match usable {
        Ok(facts) => Attempt::Opened(Opened {
            path: path.to_owned(),
            file: found.path,
            facts,
        }),
        Err(Refusal::PassOver(why)) => Attempt::Skipped(Skipped {
            path: path.to_owned(),
            why,
            denied: false,
        }),
        Err(Refusal::Stop(what)) => fatal(Finding::fails(
            Code::LibraryUnusable,
            &found.path,
            what.to_owned(),
        )),
        Err(Refusal::Damaged(error)) => fatal(unreadable(&found.path, &error)),
    }
}

/// What a path that leads nowhere means for the search.
fn unreached(
    view: &View<'_>,
    user: &User,
    working_directory: &str,
    path: &str,
    error: &PathError,
) -> Attempt {
    let skipped = |why: String, denied| Skipped {
        path: path.to_owned(),
        why,
        denied,
    };
    match error {
        PathError::Missing(first) => {
            let (parent, name) = path.rsplit_once('/').unwrap_or((".", path));
            let parent = view.resolve(user, working_directory, &format!("{parent}/"));
            let entry =
                parent.map(|parent| format!("{}/{name}", parent.path.trim_end_matches('/')));
            match entry {
                Ok(entry)
                    if entry != *first
                        && !entry.contains('\0')
                        && view.tree.node(&entry).is_some() =>
                {
                    Attempt::Skipped(skipped(
                        format!("it is a link, and {first} is not there"),
                        false,
                    ))
                }
                _ => Attempt::Absent,
            }
        }
        PathError::NotADirectory(_) => Attempt::Absent,
        PathError::Denied(at) => Attempt::Skipped(skipped(
            format!("user {} may not search {at}", user.uid),
            true,
        )),
        PathError::Loop | PathError::TooLong => {
            Attempt::LeaveList(skipped(error.text().to_owned(), false))
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

/// The checks of the header, and then of the rest, in the loader's order.
fn usable(
    view: &View<'_>,
    content: &[u8],
    facts: impl FnOnce() -> FactsOf,
) -> Result<Arc<ElfFacts>, Refusal> {
    let (size, class) = match view.machine.class() {
        Class::Elf64 => (64, 2),
        Class::Elf32 => (52, 1),
    };
    let little = view.machine.byte_order() == ByteOrder::Little;
    let words = Words {
        bytes: content,
        wide: size == 64,
        little,
        trace: None,
    };
    if words.length() < size {
        return Err(Refusal::Stop("file too short"));
    }
    if !content.starts_with(b"\x7fELF") {
        return Err(Refusal::Stop("invalid ELF header"));
    }
    if words.u8(4) != Some(class) {
        return Err(Refusal::PassOver(format!(
            "wrong ELF class for {}",
            view.machine
        )));
    }
    if words.u8(5) != Some(if little { 1 } else { 2 }) {
        return Err(Refusal::Stop(
            "ELF file data encoding is of the other byte order",
        ));
    }
    identified(content, words)?;
    let machine = Machine::from_number(words.u16(18).unwrap_or_default());
    if machine != view.machine {
        let why = format!(
            "it is made for {machine}, and the platform is {}",
            view.machine
        );
        return Err(Refusal::PassOver(why));
    }
    match words.u16(16) {
        Some(2 | 3) => has_headers(words)?,
        _ => return Err(Refusal::Stop("only ET_DYN and ET_EXEC can be loaded")),
    }
    let facts = facts().map_err(Refusal::Damaged)?;
    loadable(&facts)?;
    Ok(facts)
}

/// The rest of the header's first bytes, and the version behind them.
fn identified(content: &[u8], words: Words<'_>) -> Result<(), Refusal> {
    const GNU: u8 = 3;
    /// The ABI versions that glibc has defined so far.
    const ABI_VERSIONS: u8 = 4;
    let (system, version) = (
        words.u8(7).unwrap_or_default(),
        words.u8(8).unwrap_or_default(),
    );
    Err(Refusal::Stop(if words.u8(6) != Some(1) {
        "ELF file version ident does not match current one"
    } else if ![0, GNU].contains(&system) {
        "ELF file OS ABI invalid"
    } else if version != 0 && (system != GNU || version >= ABI_VERSIONS) {
        "ELF file ABI version invalid"
    } else if content
        .get(9..16)
        .is_none_or(|padding| padding.iter().any(|byte| *byte != 0))
    {
        "nonzero padding in e_ident"
    } else if words.u32(20) != Some(1) {
        "ELF file version does not match current one"
    } else {
        return Ok(());
    }))
}

/// The program headers are read before anything else is; a file that ends before them cannot be.
fn has_headers(words: Words<'_>) -> Result<(), Refusal> {
    let (table, size, count, entry) = if words.wide {
        (words.u64(32), words.u16(54), words.u16(56), 56)
    } else {
        (
            words.u32(28).map(u64::from),
            words.u16(42),
            words.u16(44),
            32,
        )
    };
    if size != Some(entry) {
        return Err(Refusal::Stop("ELF file's phentsize not the expected size"));
    }
    let length = u64::from(entry) * u64::from(count.unwrap_or_default());
    let end = table.unwrap_or_default().checked_add(length);
    if end.is_none_or(|end| end > words.length()) {
        return Err(Refusal::Stop("cannot read file data"));
    }
    Ok(())
}

fn loadable(facts: &ElfFacts) -> Result<(), Refusal> {
    let loads = || {
        facts
            .segments
            .iter()
            .any(|segment| segment.kind == SegmentKind::Load)
    };
    Err(match facts.kind {
        Kind::Executable | Kind::SharedObject if facts.notes.abi.is_some_and(|abi| abi[0] != 0) => {
            Refusal::PassOver("its ABI note is of another operating system".to_owned())
        }
        Kind::Executable => Refusal::Stop("cannot dynamically load executable"),
        Kind::SharedObject if !loads() => Refusal::Stop("object file has no loadable segments"),
        Kind::SharedObject if !facts.is_dynamic => {
            Refusal::Stop("object file has no dynamic section")
        }
        Kind::SharedObject if facts.flags.pie => {
            Refusal::Stop("cannot dynamically load position-independent executable")
        }
        Kind::SharedObject => return Ok(()),
        _ => Refusal::Stop("only ET_DYN and ET_EXEC can be loaded"),
    })
}
