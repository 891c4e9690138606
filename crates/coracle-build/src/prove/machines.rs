//! Every ELF file of an image, not only those that its start leads to: one for another machine, or for CPUs above those
//! that the platform states, was packaged wrongly and fails whoever starts or opens it later.

use std::collections::BTreeSet;

use coracle_binary::elf::{ElfFacts, Kind};
use coracle_binary::start::{Code, Finding, Verdict};
use coracle_binary::{CpuLevel, Machine};
use coracle_oci::{RootFilesystem, rootfs};

/// Folders below which a file is only taken by CPUs that have what it needs.
const BY_CPU: &str = "/glibc-hwcaps/";

/// The findings about files that are in none of these already.
pub(super) fn findings(
    tree: &RootFilesystem,
    (machine, level): (Machine, CpuLevel),
    known: &[Finding],
) -> Vec<Finding> {
    let known: BTreeSet<&str> = known
        .iter()
        .filter(|finding| matches!(finding.code, Code::WrongMachine | Code::CpuLevel))
        .map(|finding| finding.subject.as_str())
        .collect();
    let mut findings = Vec::new();
    for (path, node) in tree.iter() {
        let rootfs::NodeKind::File { content } = &node.kind else {
            continue;
        };
        let path = format!("/{path}");
        if !content.starts_with(b"\x7fELF") || known.contains(path.as_str()) {
            continue;
        }
        // What cannot be read as ELF is nobody's program; where it is started, the start-proof says so.
        if let Ok(facts) = ElfFacts::read(content) {
            findings.extend(finding(&path, &facts, (machine, level)));
        }
    }
    findings
}

fn finding(path: &str, facts: &ElfFacts, (machine, level): (Machine, CpuLevel)) -> Option<Finding> {
    // Object files are for linkers, kernels and BPF: nothing here loads them.
    if !matches!(facts.kind, Kind::Executable | Kind::SharedObject) {
        return None;
    }
    if facts.machine != machine {
        let explanation = format!(
            "made for {}, and the platform is {machine}: whatever starts or opens it fails",
            facts.machine
        );
        let way_out = format!("package the file for {machine}, or leave it out of `files`");
        return Some(undecided(Code::WrongMachine, path, explanation, way_out));
    }
    let needed = CpuLevel::of_elf(facts)?;
    if needed.is_within(level) || path.contains(BY_CPU) {
        return None;
    }
    let explanation = format!("needs a CPU of {needed}, and the platform states {level}");
    let way_out = format!("compile the file for {level}");
    Some(undecided(Code::CpuLevel, path, explanation, way_out))
}

/// The image's own program starts all the same: so it is not certain that anything fails.
fn undecided(code: Code, subject: &str, explanation: String, way_out: String) -> Finding {
    Finding {
        code,
        verdict: Verdict::NotProven,
        subject: subject.to_owned(),
        chain: Vec::new(),
        explanation,
        ways_out: vec![way_out],
        missing_version: None,
        provider: None,
    }
}
