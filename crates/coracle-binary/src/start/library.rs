//! A library that no program of a launch loads: would the tree's loader load it for a program that asks for it?
//!
//! It is loaded as if it were the program: what it needs is found and usable, and every version is there. A symbol
//! without a version that nothing has may be its program's, as those of plugins are, and is not looked at; nor is the
//! CPU level, which whoever opens it may have looked at before.

use std::sync::Arc;

use super::closure::{self, Interpreter};
use super::files::Files;
use super::identity::Loader;
use super::kernel::{self, Image};
use super::object::{View, unreadable};
use super::programs::Invocation;
use super::report::{Code, Finding, Libc, ProgramReport, Report, Verdict};
use super::tree::Resolved;
use super::{Launch, User};
use crate::elf::{ElfFacts, Kind};

/// What is looked at as the library's program is not known.
const ROOT: User = User {
    uid: 0,
    gid: 0,
    groups: Vec::new(),
};

/// Loads one library; the report has it in its only program's place. It is empty where the file is a loader, which is
/// never loaded as a library.
pub(super) fn prove(files: Arc<Files<'_>>, launch: &Launch, path: &str) -> Report {
    let launch = Launch {
        user: ROOT,
        dlopen: Vec::new(),
        ..launch.clone()
    };
    let view = View::new(files, &launch);
    let mut report = Report::default();
    let library = match library(&view, path) {
        Ok(Some(library)) => library,
        Ok(None) => return report,
        Err(finding) => {
            let finding = nobody_knows(finding.through(&[path.to_owned()]));
            report.findings.push(finding);
            return report;
        }
    };
    let invocation = Invocation {
        arguments: vec![path.to_owned()],
        user: ROOT,
        environment: launch.environment.clone(),
        working_directory: "/".to_owned(),
        chain: Vec::new(),
        is_service: false,
    };
    match loader(&view, &library.facts) {
        Some((interpreter, loader)) => {
            let mut program = ProgramReport {
                path: library.file.clone(),
                chain: library.chain.clone(),
                interpreter: Some(interpreter.path.clone()),
                libc: Libc::Unknown,
                objects: Vec::new(),
                versions_checked: 0,
                symbols_checked: 0,
                glibc_needed: library.facts.glibc_ceiling(),
                levels: vec![launch.level],
                opened: Vec::new(),
            };
            let by = (&interpreter, &*loader);
            closure::load(
                &view,
                &invocation,
                &library,
                by,
                &[],
                &mut program,
                &mut report,
            );
            report.programs.push(program);
        }
        None => {
            let explanation = format!("the root has no loader for {}", launch.machine);
            let finding = Finding::fails(Code::InterpreterMissing, &library.file, explanation);
            report.findings.push(finding.through(&library.chain));
        }
    }
    report.findings = report.findings.into_iter().map(nobody_knows).collect();
    report
}

/// The library as what the loader takes for the program; `None` where it is a loader itself.
fn library(view: &View<'_>, path: &str) -> Result<Option<Image>, Box<Finding>> {
    let Ok(Resolved { path: file, node }) = view.resolve(&ROOT, "/", path) else {
        return Err(Box::new(Finding::fails(
            Code::LibraryMissing,
            path,
            "no such file".to_owned(),
        )));
    };
    let facts = view.mapped_facts(&file);
    let facts = facts.map_err(|error| unreadable(&file, &error))?;
    kernel::fitting(view, &file, &facts)?;
    if facts.kind != Kind::SharedObject || !facts.is_dynamic {
        let explanation = "it is no shared library that a loader could load".to_owned();
        return Err(Box::new(Finding::fails(
            Code::LibraryUnusable,
            &file,
            explanation,
        )));
    }
    // A loader needs nothing.
    if facts.needed.is_empty() && !matches!(*view.loader(&file, &facts), Loader::Unknown(_)) {
        return Ok(None);
    }
    Ok(Some(Image {
        chain: vec![file.clone()],
        file,
        node,
        gives_capabilities: false,
        facts,
        arguments: Vec::new(),
        script: None,
        is_library: true,
    }))
}

/// The loader that whoever loads the library most likely has: the one that it names itself, as libc.so.6 does, else the
/// tree's.
fn loader(view: &View<'_>, facts: &ElfFacts) -> Option<(Interpreter, Arc<Loader>)> {
    let is_of_musl = |name: &String| name == "libc.so" || name.starts_with("libc.musl-");
    let mut usual = [
        closure::glibc_loaders(view.machine),
        closure::musl_loaders(view.machine),
    ];
    if facts.needed.iter().any(is_of_musl) {
        usual.reverse();
    }
    let own = facts.interpreter.as_deref().into_iter();
    let mut paths = own.chain(usual.into_iter().flatten().copied());
    paths.find_map(|path| {
        let file = view.resolve(&ROOT, "/", path).ok()?;
        let facts = view.mapped_facts(&file.path).ok()?;
        kernel::fitting(view, &file.path, &facts).ok()?;
        let loader = view.loader(&file.path, &facts);
        let path = path.to_owned();
        Some((Interpreter { path, file, facts }, loader))
    })
}

/// Who would load it, and whether anything is lost without it, is not known.
fn nobody_knows(finding: Finding) -> Finding {
    let verdict = match finding.verdict {
        Verdict::DoesNotStart => Verdict::DiesLater,
        verdict => verdict,
    };
    Finding { verdict, ..finding }
}
