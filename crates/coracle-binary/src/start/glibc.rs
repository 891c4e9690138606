//! What glibc's loader loads for one program, in its order (`elf/dl-deps.c`, `elf/rtld.c`).

mod cache;
mod load;
mod open;
mod search;
mod subdirectories;
mod symbols;
mod tokens;

use super::closure::Interpreter;
use super::identity::{self, GlibcLoader};
use super::kernel::Image;
use super::object::View;
use super::programs::Invocation;
use super::report::{Code, Finding, Libc, LoadedObject, ProgramReport, Report};
use super::versions;

#[cfg(test)]
pub(super) use cache::tests::cache as cache_of;
pub(super) use load::Object;

/// Loads the program as the loader would, and adds what was found.
pub(super) fn prove(
    view: &View<'_>,
    invocation: &Invocation,
    image: &Image,
    interpreter: &Interpreter,
    loader: &GlibcLoader,
    program: &mut ProgramReport,
    report: &mut Report,
) {
    let release = loader.release.as_ref().map(|release| release.number);
    program.libc = Libc::Glibc { release };
    let loaded = load::load(view, invocation, image, interpreter, loader);
    let versions = versions::check(&loaded.objects, release);
    program.versions_checked = versions.checked;
    let mismatch = mismatch(view, loader, &loaded.objects);
    let told = |asking: &str, version: &str| {
        (mismatch.is_some() && version == "GLIBC_PRIVATE") || versions.lacks(asking, version)
    };
    let mut missing = Vec::new();
    // Without all libraries every symbol of the missing ones would be missing too.
    if loaded.findings.iter().all(leaves_symbols) {
        let loading = symbols::Loading {
            view,
            invocation,
            loader: &interpreter.file.path,
            release,
        };
        let symbols = loading.check(&loaded.objects, &told);
        program.symbols_checked = symbols.checked;
        missing = symbols.findings;
    }
    let findings = [loaded.findings, versions.findings, missing];
    report.findings.extend(findings.into_iter().flatten());
    report.findings.extend(mismatch);
    for note in loaded.notes.into_iter().chain(versions.notes) {
        if !report.notes.contains(&note) {
            report.notes.push(note);
        }
    }
    program.objects = loaded.objects.iter().skip(1).map(Object::public).collect();
}

/// Whether everything is loaded all the same.
fn leaves_symbols(finding: &Finding) -> bool {
    matches!(finding.code, Code::CpuDependentPath | Code::AuditUnproven)
}

impl Object {
    fn public(&self) -> LoadedObject {
        LoadedObject {
            path: self.path.clone(),
            file: self.file.clone(),
            soname: self.facts.soname.clone(),
            needed_by: self.chain.clone(),
            why_found: self.why.clone(),
        }
    }
}

const PAIR: &str = "take libc.so.6 and the loader from the same package (Debian: libc6)";

/// libc.so.6 and the loader share private structures: both must come from one build, which no version says.
fn mismatch(view: &View<'_>, loader: &GlibcLoader, objects: &[Object]) -> Option<Finding> {
    let libc = objects
        .iter()
        .find(|object| object.facts.soname.as_deref() == Some("libc.so.6"))?;
    let here = identity::release(&view.content(&libc.file), "GNU C Library (")?;
    let Some(there) = &loader.release else {
        let (major, minor) = here.number;
        let explanation =
            format!("it is of glibc {major}.{minor}, and the loader does not say of which it is");
        let finding = Finding::unproven(Code::LibcLoaderMismatch, &libc.file, explanation);
        return Some(finding.through(&libc.chain).way_out(PAIR));
    };
    let comparable = here.build.is_some() && there.build.is_some();
    if here.number == there.number && (here.build == there.build || !comparable) {
        return None;
    }
    let text = |release: &identity::Release| {
        let (major, minor) = release.number;
        let build = release.build.as_ref().map(|build| format!(" ({build})"));
        format!("{major}.{minor}{}", build.unwrap_or_default())
    };
    let explanation = format!(
        "it is of glibc {}, and the loader of glibc {}: they work only as a pair",
        text(&here),
        text(there)
    );
    let finding = if here.number == there.number {
        Finding::unproven(Code::LibcLoaderMismatch, &libc.file, explanation)
    } else {
        Finding::fails(Code::LibcLoaderMismatch, &libc.file, explanation)
    };
    Some(finding.through(&libc.chain).way_out(PAIR))
}
