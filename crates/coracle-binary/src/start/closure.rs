//! One ELF program: which loader it has, and that loader's own search module.

use std::sync::Arc;

use super::Dlopen;
use super::dlopen;
use super::identity::{self, Loader};
use super::kernel::{self, Image};
use super::level;
use super::object::{View, unreadable};
use super::permissions::{Access, may};
use super::programs::Invocation;
use super::report::{Code, Finding, Libc, ProgramReport, Report};
use super::tree::{NodeKind, PathError, Resolved};
use super::wrappers::base_name;
use super::{glibc, musl};
use crate::elf::{ElfFacts, Kind};
use crate::{Machine, Packer};

/// The loader of one program, read and recognised.
pub(super) struct Interpreter {
    pub(super) path: String,
    pub(super) file: Resolved,
    pub(super) facts: Arc<ElfFacts>,
}

/// Proves one program and adds what was found to the report.
///
/// `opens` says that it is this program that opens what the launch says is opened.
pub(super) fn prove(
    view: &View<'_>,
    invocation: &Invocation,
    image: &Image,
    opens: bool,
    report: &mut Report,
) {
    let mut program = ProgramReport {
        path: image.file.clone(),
        chain: image.chain.clone(),
        interpreter: image.facts.interpreter.clone(),
        libc: Libc::Unknown,
        objects: Vec::new(),
        versions_checked: 0,
        symbols_checked: 0,
        glibc_needed: image.facts.glibc_ceiling(),
        levels: vec![view.launch.level],
        opened: Vec::new(),
    };
    let content = view.content(&image.file);
    report
        .findings
        .extend(level::program(view, image, &content));
    read_all(view, image);
    let dlopen = if opens {
        view.launch.dlopen.as_slice()
    } else {
        &[]
    };
    if let Some(packer) = Packer::of(&content, &image.facts) {
        report.findings.push(packed(image, packer));
    } else if let Some(path) = &image.facts.interpreter {
        match interpreter(view, invocation, path) {
            Ok((interpreter, loader)) => load(
                view,
                invocation,
                image,
                (&interpreter, &loader),
                dlopen,
                &mut program,
                report,
            ),
            Err(finding) => {
                let chain = image.chain.iter().cloned();
                let chain: Vec<String> = chain.chain([format!("{path} (interpreter)")]).collect();
                report.findings.push(finding.through(&chain));
            }
        }
    } else {
        program.libc = Libc::Static;
        report
            .findings
            .extend(without_loader(image, &content).map(|finding| finding.through(&image.chain)));
        report
            .findings
            .extend(unopened(image, dlopen, "it is static"));
    }
    report.programs.push(program);
}

/// All that is ever asked of a program with a loader, while its bytes are here; what is wrong with it is told when it is
/// asked.
fn read_all(view: &View<'_>, image: &Image) {
    if image.facts.interpreter.is_some() {
        let _ = view.symbols_of_program(&image.file, &image.facts);
        dlopen::read(view, &image.file, &image.facts);
    }
}

fn packed(image: &Image, packer: Packer) -> Finding {
    let explanation =
        format!("it is packed with {packer}: it looks static, and what it unpacks cannot be seen");
    let finding = Finding::unproven(Code::Packed, &image.file, explanation);
    finding
        .through(&image.chain)
        .way_out("ship the program as the compiler made it: image layers are compressed")
}

pub(super) fn load(
    view: &View<'_>,
    invocation: &Invocation,
    image: &Image,
    (interpreter, loader): (&Interpreter, &Loader),
    dlopen: &[Dlopen],
    program: &mut ProgramReport,
    report: &mut Report,
) {
    match loader {
        Loader::Glibc(loader) => {
            let start = glibc::Start {
                view,
                invocation,
                image,
                interpreter,
                loader,
                dlopen,
            };
            start.prove(program, report);
        }
        Loader::Musl(loader) => {
            let start = musl::Start {
                view,
                invocation,
                image,
                interpreter,
                loader,
                dlopen,
            };
            start.prove(program, report);
        }
        Loader::Gcompat => {
            let finding = musl::by_gcompat(image, &interpreter.path);
            report.findings.push(finding);
        }
        Loader::Unknown(why) => {
            let explanation = format!("{} is no loader that is known: {why}", interpreter.path);
            let finding =
                Finding::unproven(Code::UnknownLoader, &interpreter.file.path, explanation);
            report.findings.push(finding.through(&image.chain));
        }
    }
}

/// What is said to be opened by a program that opens nothing.
fn unopened(image: &Image, dlopen: &[Dlopen], why: &str) -> Vec<Finding> {
    let one = |opened: &Dlopen| {
        let Dlopen { name, origin } = opened;
        let explanation = format!("{why}: nothing there opens {name} for it");
        let chain: Vec<String> = image
            .chain
            .iter()
            .cloned()
            .chain([format!("{name} ({origin})")])
            .collect();
        let finding = Finding::unproven(Code::DlopenUnproven, name, explanation).through(&chain);
        finding.way_out("link the program dynamically, or take the name out")
    };
    dlopen.iter().map(one).collect()
}

/// What the kernel maps as the program's loader.
fn interpreter(
    view: &View<'_>,
    invocation: &Invocation,
    path: &str,
) -> Result<(Interpreter, Arc<Loader>), Box<Finding>> {
    let file = view
        .resolve(&invocation.user, &invocation.working_directory, path)
        .map_err(|error| missing(view, invocation, path, &error))?;
    let regular = matches!(file.node.kind, NodeKind::File { .. });
    if !regular || !may(&invocation.user, &file.node, Access::Execute) {
        let explanation =
            "permission denied: the kernel cannot execute the loader as the image's user"
                .to_owned();
        return Err(Box::new(
            Finding::fails(Code::NotExecutable, &file.path, explanation)
                .way_out("give it mode 0755"),
        ));
    }
    let facts = view
        .mapped_facts(&file.path)
        .map_err(|error| corrupted(unreadable(&file.path, &error)))?;
    kernel::fitting(view, &file.path, &facts).map_err(|finding| corrupted(*finding))?;
    let loader = view.loader(&file.path, &facts);
    Ok((
        Interpreter {
            path: path.to_owned(),
            file,
            facts,
        },
        loader,
    ))
}

/// What the kernel says of a loader that it cannot map (ELIBBAD).
fn corrupted(finding: Finding) -> Box<Finding> {
    let explanation = format!(
        "accessing a corrupted shared library: {}",
        finding.explanation
    );
    Box::new(Finding {
        explanation,
        ..finding
    })
}

/// The kernel's answer for a missing loader reads as if the program were missing.
fn missing(view: &View<'_>, invocation: &Invocation, path: &str, error: &PathError) -> Finding {
    let text = error.text();
    let mut explanation = format!("{text}: the program is there, but its loader {path} is not");
    if let PathError::Denied(at) = error {
        explanation =
            format!("{text}: the user may not search {at}, on the way to the loader {path}");
    }
    let there = |path: &&str| view.resolve(&invocation.user, "/", path).is_ok();
    let musl = musl_loaders(view.machine)
        .iter()
        .copied()
        .find(|path| there(path));
    let glibc = glibc_loaders(view.machine)
        .iter()
        .copied()
        .find(|path| there(path));
    let for_musl = base_name(path).starts_with("ld-musl");
    let code = match error {
        PathError::Denied(_) => Code::NotExecutable,
        PathError::Loop => Code::CycleInLinks,
        _ => Code::InterpreterMissing,
    };
    let mut finding = Finding::fails(code, path, String::new());
    match (for_musl, musl, glibc) {
        (false, Some(musl), _) => {
            explanation = format!(
                "{explanation}; the root has musl ({musl}), and the program is linked to glibc"
            );
            finding = finding
                .way_out("ship it on a distribution with glibc, such as Debian")
                .way_out("build it for musl, or link it statically");
        }
        (true, _, Some(glibc)) => {
            explanation = format!(
                "{explanation}; the root has glibc ({glibc}), and the program is linked to musl"
            );
            finding = finding.way_out("build it for glibc, or link it statically");
        }
        _ => {
            let package = if for_musl {
                "musl"
            } else {
                "the distribution's C library (Debian: libc6)"
            };
            finding = finding
                .way_out(format!("add {package} to the image"))
                .way_out("link the program statically");
        }
    }
    Finding {
        explanation,
        ..finding
    }
}

pub(super) fn musl_loaders(machine: Machine) -> &'static [&'static str] {
    match machine {
        Machine::X86_64 => &["/lib/ld-musl-x86_64.so.1"],
        Machine::Aarch64 => &["/lib/ld-musl-aarch64.so.1"],
        Machine::Arm => &["/lib/ld-musl-armhf.so.1", "/lib/ld-musl-arm.so.1"],
        Machine::I386 => &["/lib/ld-musl-i386.so.1"],
        Machine::Riscv64 => &["/lib/ld-musl-riscv64.so.1"],
        Machine::Ppc64le => &["/lib/ld-musl-powerpc64le.so.1"],
        Machine::S390x => &["/lib/ld-musl-s390x.so.1"],
        Machine::Other(_) => &[],
    }
}

pub(super) fn glibc_loaders(machine: Machine) -> &'static [&'static str] {
    match machine {
        Machine::X86_64 => &["/lib64/ld-linux-x86-64.so.2"],
        Machine::Aarch64 => &["/lib/ld-linux-aarch64.so.1"],
        Machine::Arm => &["/lib/ld-linux-armhf.so.3"],
        Machine::I386 => &["/lib/ld-linux.so.2"],
        Machine::Riscv64 => &["/lib/ld-linux-riscv64-lp64d.so.1"],
        Machine::Ppc64le => &["/lib64/ld64.so.2"],
        Machine::S390x => &["/lib/ld64.so.1"],
        Machine::Other(_) => &[],
    }
}

/// A program without `PT_INTERP` starts by itself, unless it is none.
fn without_loader(image: &Image, content: &[u8]) -> Option<Finding> {
    let facts = &image.facts;
    let file = &image.file;
    if !matches!(identity::of(file, content, facts), Loader::Unknown(_)) {
        let explanation = "it is a loader, started by hand with rules of its own".to_owned();
        let finding = Finding::unproven(Code::LoaderAsProgram, file, explanation);
        return Some(finding.way_out("start the program itself; the kernel finds its loader"));
    }
    let library = facts.kind == Kind::SharedObject && facts.entry == 0;
    if facts.needed.is_empty() && !library {
        return None;
    }
    let lacks = if library {
        "entry point".to_owned()
    } else {
        format!("loader for {}", facts.needed.join(", "))
    };
    let explanation = format!("it is a shared library, not a program: it has no {lacks} (SIGSEGV)");
    Some(Finding::fails(Code::LibraryAsProgram, file, explanation))
}
