//! Room for the thread-local variables of libraries that a running program opens (`_dl_try_allocate_static_tls` in
//! `elf/dl-reloc.c`).
//!
//! Those of the initial-exec model must be in the block that every thread has from its start, where glibc keeps little
//! room for what is opened later (`_dl_tls_static_surplus_init` in `elf/dl-tls.c`). How the program's own variables are
//! laid out, which decides about a few bytes more, is not computed.

use crate::elf::{Segment, SegmentKind};
use crate::start::report::{Code, Finding};
use crate::start::symbols::{Party, Role};

/// Bytes that are kept for libraries opened later, in every release.
const SURPLUS: u64 = 1664;
/// What the block is aligned to where nothing asks for more.
const BLOCK_ALIGNMENT: u64 = 64;

/// What stands against the objects from the first on, which are opened together.
pub(super) fn check(parties: &[Party<'_>], first: usize, tunables: &str) -> Option<Finding> {
    let (loaded, opened) = parties.split_at_checked(first)?;
    let loaded = loaded.iter().filter_map(variables);
    let alignment = loaded.fold(BLOCK_ALIGNMENT, |most, one| most.max(one.alignment));
    let mut least: u64 = 0;
    let mut most: u64 = 0;
    for party in opened.iter().filter(|party| wants_room(party)) {
        let Some(variables) = variables(party) else {
            continue;
        };
        least = least.saturating_add(variables.memory_size);
        most = most.saturating_add(variables.memory_size);
        most = most.saturating_add(variables.alignment.saturating_sub(1));
        if most <= SURPLUS && variables.alignment <= alignment {
            continue;
        }
        let path = party.path;
        let size = variables.memory_size;
        let mut explanation = format!(
            "{path}: cannot allocate memory in static TLS block: it has {size} bytes of thread-local variables that must \
             be there before a thread starts (initial-exec), and glibc keeps {SURPLUS} for all that is opened later"
        );
        if variables.alignment > alignment {
            explanation = format!(
                "{path}: cannot allocate memory in static TLS block: its thread-local variables are aligned to {} bytes, \
                 and the block to {alignment}",
                variables.alignment
            );
        }
        let is_certain =
            least >= SURPLUS.saturating_add(alignment) || variables.alignment > alignment;
        let finding = if !is_certain || tunables.contains("glibc.rtld.") {
            Finding::unproven(Code::LibraryUnusable, path, explanation)
        } else {
            Finding::fails(Code::LibraryUnusable, path, explanation)
        };
        return Some(finding.through(party.chain).way_out(
            "have it loaded when the program starts: link the program to it, or name it in LD_PRELOAD",
        ));
    }
    None
}

fn wants_room(party: &Party<'_>) -> bool {
    let symbols = party.symbols.as_ref();
    !matches!(party.role, Role::Loader { .. })
        && symbols.is_some_and(|symbols| symbols.initial_exec().is_some())
}

fn variables<'p>(party: &Party<'p>) -> Option<&'p Segment> {
    let mut segments = party.facts.segments.iter();
    segments.find(|segment| segment.kind == SegmentKind::Tls)
}
