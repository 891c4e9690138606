//! Which definition musl takes for a symbol, and what it cannot bind (`find_sym` and `do_relocs`).

use super::load::{Loaded, Object};
use super::relocations::{self, COMPACT, SOMETIMES_COMPACT};
use crate::elf::{DynamicSymbols, ElfFacts, Name, Symbol, Uses, Work};
use crate::start::identity::MuslLoader;
use crate::start::object::{View, unreadable};
use crate::start::report::{Code, Finding};
use crate::start::symbols::{self, Answer, Missing, Party, Request, Role, Rules, Want, Wanted};

/// The longest name whose 64 the loader takes off.
const LARGE_FILE_NAME: usize = 16;

/// What the check gave.
#[derive(Default)]
pub(super) struct Bound {
    pub(super) checked: usize,
    pub(super) findings: Vec<Finding>,
}

/// Binds the objects from the first on; those before it are bound. What is provided from outside may have what nothing
/// else has.
pub(super) fn check(
    view: &View<'_>,
    loader: &MuslLoader,
    loaded: &Loaded,
    (first, provided): (usize, &[String]),
    has_unknown: bool,
) -> Bound {
    let objects: Vec<&Object> = loaded
        .objects
        .iter()
        .chain(&loaded.unasked_loader)
        .collect();
    let mut parties = Vec::new();
    let mut findings = Vec::new();
    for object in objects {
        match party(view, object, loaded) {
            Ok(party) => parties.push(party),
            Err(finding) => findings.push(*finding),
        }
    }
    if !findings.is_empty() {
        return Bound {
            checked: 0,
            findings,
        };
    }
    let checked = symbols::check(
        &parties,
        &MuslRules { loader },
        &Wanted {
            first,
            told: None,
            provided,
            has_unknown,
        },
        &view.settled,
    );
    let new = || parties.iter().skip(first);
    let kinds = new().filter_map(|party| relocated(view, loader, party));
    let compact = new().filter_map(|party| compact(loader, party));
    let late = new().filter(|_| first > 0).filter_map(thread_local);
    Bound {
        checked: checked.checked,
        findings: checked
            .findings
            .into_iter()
            .chain(kinds)
            .chain(compact)
            .chain(late)
            .collect(),
    }
}

fn party<'p>(
    view: &View<'_>,
    object: &'p Object,
    loaded: &Loaded,
) -> Result<Party<'p>, Box<Finding>> {
    let role = role(object, loaded);
    let symbols = match role {
        Role::Program => view.symbols_of_program(&object.file, &object.facts),
        _ => view.symbols(&object.file, &object.facts),
    };
    let symbols = symbols
        .map_err(|error| unreadable(&object.file, &error).through(&object.chain))?
        .filter(|symbols| symbols.has_hash());
    if symbols.is_none() {
        let explanation =
            "it has no hash table of its symbols, in which musl's loader looks (SIGSEGV)";
        let finding = Finding::fails(Code::Malformed, &object.file, explanation.to_owned());
        return Err(Box::new(finding.through(&object.chain)));
    }
    Ok(Party {
        path: &object.path,
        chain: &object.chain,
        names: &object.names,
        facts: &object.facts,
        symbols,
        role,
    })
}

fn role(object: &Object, loaded: &Loaded) -> Role {
    match (object.is_loader, object.needed_by, object.names.is_empty()) {
        (true, _, _) => Role::Loader {
            searched: loaded.unasked_loader.is_none(),
        },
        (false, None, true) => Role::Program,
        _ => Role::Library,
    }
}

/// A relocation of a type that musl does not know.
fn relocated(view: &View<'_>, loader: &MuslLoader, party: &Party<'_>) -> Option<Finding> {
    let types = party.symbols.as_ref()?.relocation_types();
    let number = relocations::unsupported(view.machine, loader.release, types)
        .filter(|_| !matches!(party.role, Role::Loader { .. }))?;
    let explanation = relocations::says(party.path, number);
    let finding = Finding::fails(Code::SymbolMissing, party.path, explanation);
    Some(finding.through(party.chain).way_out(format!(
        "build {} with a compiler for musl: indirect functions (IFUNC) are the usual reason",
        party.path
    )))
}

/// Thread-local variables that must be there before a thread starts, in what a running program opens.
fn thread_local(party: &Party<'_>) -> Option<Finding> {
    let symbols = party.symbols.as_ref()?;
    let name = symbols
        .initial_exec()
        .filter(|_| !matches!(party.role, Role::Loader { .. }))?;
    let name = match name {
        [] => "(local)".into(),
        name => String::from_utf8_lossy(name),
    };
    let path = party.path;
    let explanation = format!(
        "Error relocating {path}: {name}: initial-exec TLS resolves to dynamic definition in {path}: its thread-local variables must be there before a \
         thread starts, and musl keeps no room for what is opened later"
    );
    let finding = Finding::fails(Code::LibraryUnusable, path, explanation);
    Some(finding.through(party.chain).way_out(
        "have it loaded when the program starts: link the program to it, or name it in LD_PRELOAD",
    ))
}

/// `DT_RELR` where the loader may not know it: what it does not know it passes over, and pointers stay unset.
fn compact(loader: &MuslLoader, party: &Party<'_>) -> Option<Finding> {
    let knows = loader.release.is_some_and(|release| release >= COMPACT);
    if !party.facts.has_relr || knows || matches!(party.role, Role::Loader { .. }) {
        return None;
    }
    let path = party.path;
    let finding = match loader.release {
        Some((major, minor, patch)) => {
            let explanation = format!(
                "{path} has compact relocations (DT_RELR), and musl {major}.{minor}.{patch} passes over them: \
                 the pointers in its data stay unset (SIGSEGV)"
            );
            if (major, minor, patch) >= SOMETIMES_COMPACT {
                let explanation = format!("{explanation}, unless its distribution taught it");
                Finding::unproven(Code::Malformed, path, explanation)
            } else {
                Finding::fails(Code::Malformed, path, explanation)
            }
        }
        None => {
            let explanation = format!(
                "{path} has compact relocations (DT_RELR), which musl knows from 1.2.4 on, \
                 and the loader does not say of which release it is"
            );
            Finding::unproven(Code::Malformed, path, explanation)
        }
    };
    let finding = finding.through(party.chain);
    Some(
        finding
            .way_out("link it without -z pack-relative-relocs")
            .way_out("have musl 1.2.4 or newer in the image"),
    )
}

/// Whether the symbols have a definition of this name.
pub(super) fn defines(symbols: &DynamicSymbols, name: &[u8], work: &Work) -> bool {
    accepted(symbols, Name::new(name), Want::Definition, work)
}

/// The first symbol of the name that is the default of its versions decides, whatever comes behind it.
fn accepted(symbols: &DynamicSymbols, name: Name<'_>, want: Want, work: &Work) -> bool {
    let mut named = symbols.named(name, work);
    let first = named.find(|symbol| !symbols.is_marked_hidden(symbol));
    first.is_some_and(|symbol| {
        let only_used = want == Want::Definition || symbol.is_thread_local();
        let there = !symbol.is_undefined() || !only_used;
        let placed = !symbol.is_at_zero() || symbol.is_thread_local();
        there && placed && symbol.has_a_value() && symbol.is_shared() && !symbol.is_indirect()
    })
}

/// musl's rules, for one loader.
struct MuslRules<'a> {
    loader: &'a MuslLoader,
}

impl Rules for MuslRules<'_> {
    fn is_lazy(&self, _: &ElfFacts) -> bool {
        false
    }

    fn is_asked_first(&self, _: &ElfFacts) -> bool {
        false
    }

    /// A symbol of the object's own too is looked up by name, and may not be found. A thread-local variable
    /// that is asked for weakly and missing crashes the loader.
    fn must_be_found(&self, symbol: &Symbol, uses: Uses) -> bool {
        let may_be_missing = symbol.is_undefined() && symbol.is_weak() && !uses.thread_local;
        !symbol.is_local() && !may_be_missing
    }

    fn answer(&self, party: &Party<'_>, request: &Request<'_>, work: &Work) -> Answer {
        match &party.symbols {
            Some(symbols) if accepted(symbols, request.name, request.want, work) => Answer::Defines,
            _ => Answer::Lacks,
        }
    }

    /// `open64` is libc's `open`, whether anybody asked for libc or not.
    fn last_resort(&self, parties: &[Party<'_>], request: &Request<'_>, work: &Work) -> Answer {
        let mut names = self.loader.large_file_names.iter();
        let asked = request.name.bytes;
        let plain = match asked.strip_suffix(b"64") {
            Some(plain) if asked.len() <= LARGE_FILE_NAME => {
                names.any(|name| name.as_bytes() == plain).then_some(plain)
            }
            _ if asked == b"readdir64_r" && names.len() > 0 => Some(&b"readdir_r"[..]),
            _ => None,
        };
        let mut parties = parties.iter();
        let loader = parties.find(|party| matches!(party.role, Role::Loader { .. }));
        match (plain, loader.and_then(|party| party.symbols.as_ref())) {
            (Some(plain), Some(symbols)) if defines(symbols, plain, work) => Answer::Defines,
            _ => Answer::Lacks,
        }
    }

    fn words(&self, path: &str, missing: &Missing) -> String {
        format!(
            "Error relocating {path}: {}: symbol not found",
            missing.name
        )
    }

    fn objection(&self, symbols: &DynamicSymbols, symbol: &Symbol) -> Option<&'static str> {
        if symbols.is_marked_hidden(symbol) {
            Some("in a version that is not the default, and musl knows no other")
        } else if symbol.is_indirect() {
            Some("as an indirect function (IFUNC), which musl does not know")
        } else {
            None
        }
    }
}
