//! What musl's loader loads for one program, in its order (`ldso/dynlink.c`), and whether all of it is bound.
//!
//! The loader is libc too. It knows no cache, no versions and no binding at the first call: what is missing
//! stops the start.

mod failures;
mod foreign;
mod load;
mod map;
mod path;
mod relocations;
mod search;
mod symbols;

use super::closure::Interpreter;
use super::identity::MuslLoader;
use super::kernel::Image;
use super::object::View;
use super::programs::Invocation;
use super::report::{Libc, ProgramReport, Report};

pub(super) use foreign::by_gcompat;

/// Loads the program as the loader would, and adds what was found.
pub(super) fn prove(
    view: &View<'_>,
    invocation: &Invocation,
    image: &Image,
    interpreter: &Interpreter,
    loader: &MuslLoader,
    program: &mut ProgramReport,
    report: &mut Report,
) {
    program.libc = Libc::Musl {
        release: loader.release,
    };
    let loaded = load::load(view, invocation, image, interpreter, loader);
    let mut bound = symbols::Bound::default();
    // Without all libraries every symbol of the missing ones would be missing too.
    if loaded.findings.is_empty() {
        bound = symbols::check(view, loader, &loaded);
    }
    program.symbols_checked = bound.checked;
    let foreign = foreign::check(interpreter, loader, &loaded);
    program.objects = loaded.public();
    report.findings.extend(loaded.findings);
    report.findings.extend(bound.findings);
    report.findings.extend(foreign);
    for note in loaded.notes {
        if !report.notes.contains(&note) {
            report.notes.push(note);
        }
    }
}
