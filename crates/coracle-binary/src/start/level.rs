//! Whether each CPU of the stated level has the instructions that a file needs.
//!
//! glibc's loader refuses a library whose note asks for more than the CPU has from 2.33 on, and a Go program refuses
//! to run; what an older loader starts ends at the first instruction that the CPU lacks (SIGILL).

use super::kernel::Image;
use super::object::View;
use super::report::{Code, Finding, Verdict};
use crate::CpuLevel;
use crate::elf::ElfFacts;
use crate::go::BuildInfo;

/// What stands against the program itself, whatever loads it.
pub(super) fn program(view: &View<'_>, image: &Image, content: &[u8]) -> Option<Finding> {
    // Damaged build information stops no program.
    let go = BuildInfo::in_data(content, &image.facts).ok().flatten();
    let (level, why) = CpuLevel::of_binary(&image.facts, go.as_ref())?;
    let refuses = go.is_some() || image.facts.interpreter.is_some();
    let finding = exceeds(view.launch.level, level, (&image.file, &why), refuses)?;
    Some(finding.through(&image.chain))
}

/// What stands against a library on CPUs of this level; `refuses` says that the loader looks at the note.
pub(super) fn library(
    on: CpuLevel,
    (file, chain): (&str, &[String]),
    facts: &ElfFacts,
    refuses: bool,
) -> Option<Finding> {
    let level = CpuLevel::of_elf(facts)?;
    let why = "its note of the instructions that it needs";
    Some(exceeds(on, level, (file, why), refuses)?.through(chain))
}

fn exceeds(
    on: CpuLevel,
    level: CpuLevel,
    (file, why): (&str, &str),
    refuses: bool,
) -> Option<Finding> {
    if level.is_within(on) {
        return None;
    }
    let (said, verdict) = if refuses {
        ("it refuses to start there", Verdict::DoesNotStart)
    } else {
        (
            "an instruction that the CPU lacks ends it (SIGILL)",
            Verdict::NotProven,
        )
    };
    let explanation =
        format!("it needs {level} ({why}), and the image is for every {on} CPU: {said}");
    let finding = Finding::new(Code::CpuLevel, verdict, file, explanation);
    Some(finding.way_out(format!("have a build of it for {on}")))
}
