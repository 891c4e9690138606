//! Every symbol that a loaded object wants at start or at its first call is defined by a loaded object.
//!
//! Wanted is what a relocation names; other undefined symbols are never looked up. The order of the
//! search, what answers a request and when it is made are the rules of one loader.

mod missing;

use std::cell::RefCell;
use std::rc::Rc;

use super::report::{Code, Finding};
use crate::elf::{DynamicSymbols, ElfFacts, Name, Symbol, Uses, Version, Work};

pub(super) use missing::Missing;

/// More than any real program needs: chromium with all its libraries takes some 10⁷.
const WORK_LIMIT: u64 = 1 << 28;

/// A loaded object as the search sees it.
pub(super) struct Party<'a> {
    /// As the loader opened it.
    pub(super) path: &'a str,
    pub(super) chain: &'a [String],
    /// The names it was asked for by.
    pub(super) names: &'a [String],
    pub(super) facts: &'a ElfFacts,
    /// `None` when it has none.
    pub(super) symbols: Option<Rc<DynamicSymbols<'a>>>,
    pub(super) role: Role,
}

/// What an object is to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Program,
    Library,
    /// The loader, which has bound itself before; whether the others look in it too.
    Loader {
        searched: bool,
    },
}

impl Party<'_> {
    /// Whether a record that names a file means this object.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.path == name
            || self.names.iter().any(|known| known == name)
            || self.facts.soname.as_deref() == Some(name)
    }
}

/// What is asked of one object after another.
pub(super) struct Request<'r> {
    pub(super) name: Name<'r>,
    pub(super) version: Option<&'r Version>,
    pub(super) want: Want,
}

/// What a relocation wants of a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Its bytes, for the program's copy: the program itself gives no answer.
    Copy,
    /// Any address that stands for it, an entry of a linkage table too.
    Address,
    /// The definition itself.
    Definition,
}

/// One object's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Defines,
    /// With a function that chooses the definition, which runs when it is bound (`STT_GNU_IFUNC`).
    DefinesIndirectly,
    Lacks,
    /// The loader looks no further.
    Ends(End),
}

/// Why the loader looks no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The file that the version is asked of has the symbol and no versions at all: the loader gives up on itself.
    Inconsistent,
    /// The file that the version is asked of lacks the symbol.
    NotInNamedFile,
}

/// The rules of one loader.
pub(super) trait Rules {
    /// Whether the loader looks at versions.
    fn reads_versions(&self) -> bool {
        false
    }

    /// Whether the object's calls are bound when they are first made.
    fn is_lazy(&self, facts: &ElfFacts) -> bool;

    /// Whether the object's symbols are looked up in the object itself first.
    fn is_asked_first(&self, facts: &ElfFacts) -> bool;

    /// Whether something must answer for a symbol of the object that asks.
    fn must_be_found(&self, symbol: &Symbol, uses: Uses) -> bool;

    /// What the object answers to a request.
    fn answer(&self, party: &Party<'_>, request: &Request<'_>, work: &Work) -> Answer;

    /// What the loader itself does when no object answers.
    fn last_resort(&self, _: &[Party<'_>], _: &Request<'_>, _: &Work) -> Answer {
        Answer::Lacks
    }

    /// What the loader says of a missing symbol of the object at a path.
    fn words(&self, path: &str, missing: &Missing) -> String;

    /// What it means that an object is bound at start to an indirect function of another on which it does not depend.
    fn too_early(&self, _: &str, _: &Party<'_>, _: &Party<'_>, _: &[Party<'_>]) -> Option<Finding> {
        None
    }

    /// Why a definition does not count.
    fn objection(&self, _: &DynamicSymbols<'_>, _: &Symbol) -> Option<&'static str> {
        None
    }
}

/// What the check gave.
pub(super) struct Checked {
    pub(super) checked: usize,
    pub(super) findings: Vec<Finding>,
}

/// What is looked up.
pub(super) struct Wanted<'w> {
    /// The first of the objects whose wants are looked up, in all of them. Objects before it are loaded and bound.
    pub(super) first: usize,
    /// Says, by an object's path and a version, what is a finding already.
    pub(super) told: &'w dyn Fn(&str, &str) -> bool,
    /// Names of libraries that come from outside at run time and may have what nothing else has.
    pub(super) provided: &'w [String],
}

/// Looks up what objects want.
pub(super) fn check(parties: &[Party<'_>], rules: &dyn Rules, wanted: &Wanted<'_>) -> Checked {
    let work = Work::new(WORK_LIMIT);
    let mut outcome = Checked {
        checked: 0,
        findings: Vec::new(),
    };
    for party in parties.iter().skip(wanted.first) {
        if matches!(party.role, Role::Loader { .. }) {
            continue;
        }
        let Some(symbols) = &party.symbols else {
            continue;
        };
        let search = Search {
            parties,
            rules,
            party,
            symbols,
            work: &work,
            indirect: RefCell::new(None),
        };
        let mut missing = search.run(wanted.told, &mut outcome.checked);
        missing.retain(|missing| !missing.may_be_in(wanted.provided));
        outcome.findings.extend(search.loose_version());
        outcome.findings.extend(
            search
                .indirect
                .take()
                .and_then(|(name, definer)| rules.too_early(&name, party, definer, parties)),
        );
        if work.exhausted() {
            let explanation = "looking up its symbols takes more than any real program".to_owned();
            let finding = Finding::unproven(Code::TooMuch, party.path, explanation);
            outcome.findings.push(finding.through(party.chain));
            break;
        }
        outcome.findings.extend(missing::finding(
            rules,
            party,
            parties,
            &missing,
            wanted.first > 0,
        ));
    }
    outcome
}

/// One object's search for all that it wants.
struct Search<'s> {
    parties: &'s [Party<'s>],
    rules: &'s dyn Rules,
    party: &'s Party<'s>,
    symbols: &'s DynamicSymbols<'s>,
    work: &'s Work,
    /// The first symbol that is bound at start to an indirect function of a file on which this one does not depend, and
    /// that file.
    indirect: RefCell<Option<(String, &'s Party<'s>)>>,
}

impl<'s> Search<'s> {
    fn run(&self, told: &dyn Fn(&str, &str) -> bool, checked: &mut usize) -> Vec<Missing> {
        let lazy = self.rules.is_lazy(self.party.facts);
        let mut missing = Vec::new();
        for (index, uses) in (0..).zip(self.symbols.uses().iter().copied()) {
            let symbol = Some(uses)
                .filter(|uses| uses.any())
                .and_then(|_| self.symbols.symbol(index))
                .filter(|symbol| self.rules.must_be_found(symbol, uses));
            let Some(symbol) = symbol else {
                continue;
            };
            let version = self.symbols.version(&symbol);
            if version.is_some_and(|version| told(self.party.path, &version.name)) {
                continue;
            }
            *checked += 1;
            let wants = [
                (uses.copy, Want::Copy, true),
                (uses.definition, Want::Definition, true),
                (uses.data && !uses.definition, Want::Address, true),
                (uses.call && !uses.definition, Want::Definition, !lazy),
            ];
            let wants = wants.into_iter().filter(|(wanted, ..)| *wanted);
            missing.extend(wants.into_iter().find_map(|(_, want, at_start)| {
                self.look_up(&symbol, version, want, at_start)
                    .filter(|_| !self.work.exhausted())
            }));
        }
        missing
    }

    /// Where the loader would read versions that are not there, nothing is certain.
    fn loose_version(&self) -> Option<Finding> {
        if !self.rules.reads_versions() {
            return None;
        }
        if self.symbols.has_records_without_numbers() {
            let explanation = format!(
                "{}: it asks for versions or defines some, and has no DT_VERSYM: the loader reads at address zero \
                 (SIGSEGV)",
                self.party.path
            );
            let finding = Finding::fails(Code::Malformed, self.party.path, explanation);
            return Some(finding.through(self.party.chain));
        }
        let used = (0..)
            .zip(self.symbols.uses())
            .filter(|(_, uses)| uses.any());
        let mut used = used.filter_map(|(index, _)| self.symbols.symbol(index));
        let loose = used.find(|symbol| self.symbols.is_of_no_record(symbol))?;
        let name = self.symbols.name(&loose).unwrap_or_default();
        let name = String::from_utf8_lossy(name);
        let explanation = format!(
            "{}: {name} has a version that the file neither asks for nor defines: the loader reads what is not there",
            self.party.path
        );
        let finding = Finding::unproven(Code::Malformed, self.party.path, explanation);
        Some(finding.through(self.party.chain))
    }

    /// What is missing, when nothing answers.
    fn look_up(
        &self,
        symbol: &Symbol,
        version: Option<&Version>,
        want: Want,
        at_start: bool,
    ) -> Option<Missing> {
        let bytes = self.symbols.name(symbol)?;
        self.work.spend(bytes.len() as u64);
        let request = Request {
            name: Name::new(bytes),
            version,
            want,
        };
        let (definer, answer) = self.answer(&request);
        let end = match answer {
            Answer::Defines => return None,
            Answer::DefinesIndirectly => {
                if let Some(definer) = definer.filter(|_| at_start) {
                    self.note_indirect(bytes, definer);
                }
                return None;
            }
            Answer::Lacks => None,
            Answer::Ends(end) => Some(end),
        };
        Some(Missing {
            name: String::from_utf8_lossy(bytes).into_owned(),
            version: version.cloned(),
            at_start,
            end,
        })
    }

    fn note_indirect(&self, name: &[u8], definer: &'s Party<'s>) {
        let itself = std::ptr::eq(definer, self.party);
        let mut indirect = self.indirect.borrow_mut();
        if !itself && indirect.is_none() && !depends(self.party, definer, self.parties) {
            *indirect = Some((String::from_utf8_lossy(name).into_owned(), definer));
        }
    }

    /// The first answer that is one, and whose it is.
    fn answer(&self, request: &Request<'_>) -> (Option<&'s Party<'s>>, Answer) {
        let itself = Some(self.party).filter(|party| self.rules.is_asked_first(party.facts));
        let searched = self.parties.iter().filter(|party| match party.role {
            Role::Program => request.want != Want::Copy,
            Role::Library => true,
            Role::Loader { searched } => searched,
        });
        let mut answers = itself
            .into_iter()
            .chain(searched)
            .map(|party| (Some(party), self.rules.answer(party, request, self.work)));
        answers
            .find(|(_, answer)| *answer != Answer::Lacks)
            .unwrap_or_else(|| {
                (
                    None,
                    self.rules.last_resort(self.parties, request, self.work),
                )
            })
    }
}

/// Whether one object needs another, or something that does.
fn depends(one: &Party<'_>, other: &Party<'_>, parties: &[Party<'_>]) -> bool {
    let mut reached = vec![one];
    let mut next = 0;
    while let Some(party) = reached.get(next) {
        let needed = party.facts.needed.iter();
        let found: Vec<&Party<'_>> = needed
            .filter_map(|name| parties.iter().find(|party| party.is_called(name)))
            .filter(|found| !reached.iter().any(|known| std::ptr::eq(*known, *found)))
            .collect();
        if found.iter().any(|found| std::ptr::eq(*found, other)) {
            return true;
        }
        reached.extend(found);
        next += 1;
    }
    false
}
