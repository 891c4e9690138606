//! Every symbol that a loaded object wants at start or at its first call is defined by a loaded object.
//!
//! Wanted is what a relocation names; other undefined symbols are never looked up. The order of the
//! search, what answers a request and when it is made are the rules of one loader.

mod index;
mod missing;
mod settled;

use std::cell::RefCell;
use std::sync::Arc;

use super::report::{Code, Finding};
use crate::elf::{DynamicSymbols, ElfFacts, Name, Symbol, Uses, Version, Wish, Work};

pub(super) use missing::Missing;
pub(super) use settled::Settled;

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
    pub(super) symbols: Option<Arc<DynamicSymbols>>,
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
    /// A number for all that an answer depends on besides the object and the request; `None` where that is not known, and
    /// where an object without a symbol of the name answers something else than [`Answer::Lacks`].
    fn key(&self) -> Option<u64> {
        None
    }

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
    fn objection(&self, _: &DynamicSymbols, _: &Symbol) -> Option<&'static str> {
        None
    }
}

/// What the check gave.
pub(super) struct Checked {
    pub(super) checked: usize,
    pub(super) findings: Vec<Finding>,
}

/// Says, by an object's path and a version, what is a finding already.
pub(super) type Told<'w> = &'w dyn Fn(&str, &str) -> bool;

/// What is looked up.
pub(super) struct Wanted<'w> {
    /// The first of the objects whose wants are looked up, in all of them. Objects before it are loaded and bound.
    pub(super) first: usize,
    /// `None` where nothing is told already.
    pub(super) told: Option<Told<'w>>,
    /// Names of libraries that come from outside at run time and may have what nothing else has.
    pub(super) provided: &'w [String],
    /// A program that is not looked at is there besides, and may have what nothing else has.
    pub(super) has_unknown: bool,
}

/// Looks up what objects want. What was settled for other programs is not looked up again.
pub(super) fn check(
    parties: &[Party<'_>],
    rules: &dyn Rules,
    wanted: &Wanted<'_>,
    settled: &Settled,
) -> Checked {
    let work = Work::new(WORK_LIMIT);
    let mut outcome = Checked {
        checked: 0,
        findings: Vec::new(),
    };
    let known = settled.of(parties, rules, &work);
    for (place, party) in parties.iter().enumerate().skip(wanted.first) {
        if matches!(party.role, Role::Loader { .. }) {
            continue;
        }
        let Some(symbols) = &party.symbols else {
            continue;
        };
        let found = known.as_ref().filter(|_| wanted.told.is_none());
        if let Some(checked) = found.and_then(|known| known.all_found(place)) {
            outcome.checked += checked;
            continue;
        }
        let search = Search {
            known: known.as_ref(),
            asks_program: true,
            parties,
            rules,
            party,
            symbols,
            work: &work,
            indirect: RefCell::new(Vec::new()),
        };
        let mut missing = search.run(wanted.told, &mut outcome.checked);
        missing.retain(|missing| !missing.may_be_in(wanted.provided, wanted.has_unknown));
        outcome.findings.extend(search.loose_version());
        // In which order they are bound is the program's to say.
        if !wanted.has_unknown {
            outcome.findings.extend(search.too_early());
        }
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
            wanted.first > 0 || wanted.has_unknown,
        ));
    }
    outcome
}

/// One object's search for all that it wants.
struct Search<'s> {
    /// Who may have a symbol of a name; without it all are asked.
    known: Option<&'s settled::Known<'s>>,
    asks_program: bool,
    parties: &'s [Party<'s>],
    rules: &'s dyn Rules,
    party: &'s Party<'s>,
    symbols: &'s DynamicSymbols,
    work: &'s Work,
    /// The files to whose indirect functions this one is bound at start, each with the first such symbol.
    indirect: RefCell<Vec<(String, &'s Party<'s>)>>,
}

impl<'s> Search<'s> {
    fn run(&self, told: Option<Told<'_>>, checked: &mut usize) -> Vec<Missing> {
        let mut missing = Vec::new();
        for wish in self.symbols.wanted() {
            if !self.rules.must_be_found(wish.symbol, wish.uses) {
                continue;
            }
            let is_told =
                |version: &Version| told.is_some_and(|told| told(self.party.path, &version.name));
            if told.is_some() && self.symbols.version(wish.symbol).is_some_and(is_told) {
                continue;
            }
            *checked += 1;
            missing.extend(self.find(&wish));
        }
        missing
    }

    /// Looks one symbol up, for each thing that is wanted of it.
    fn find(&self, wish: &Wish<'_>) -> Option<Missing> {
        let uses = wish.uses;
        let lazy = self.rules.is_lazy(self.party.facts);
        let wants = [
            (uses.copy, Want::Copy, true),
            (uses.definition, Want::Definition, true),
            (uses.data && !uses.definition, Want::Address, true),
            (uses.call && !uses.definition, Want::Definition, !lazy),
        ];
        let wants = wants.into_iter().filter(|(wanted, ..)| *wanted);
        wants.into_iter().find_map(|(_, want, at_start)| {
            self.look_up(wish, want, at_start)
                .filter(|_| !self.work.exhausted())
        })
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
        let mut wanted = self.symbols.wanted();
        let loose = wanted.find(|wish| self.symbols.is_of_no_record(wish.symbol))?;
        let name = loose.name.map_or(&[][..], |name| name.bytes);
        let name = String::from_utf8_lossy(name);
        let explanation = format!(
            "{}: {name} has a version that the file neither asks for nor defines: the loader reads what is not there",
            self.party.path
        );
        let finding = Finding::unproven(Code::Malformed, self.party.path, explanation);
        Some(finding.through(self.party.chain))
    }

    /// What it means that the first of the indirect functions is of a file on which this one does not depend.
    fn too_early(&self) -> Option<Finding> {
        let indirect = self.indirect.take();
        let mut early = indirect.into_iter();
        let (name, definer) =
            early.find(|(_, definer)| !depends(self.party, definer, self.parties))?;
        self.rules
            .too_early(&name, self.party, definer, self.parties)
    }

    /// What is missing, when nothing answers.
    fn look_up(&self, wish: &Wish<'_>, want: Want, at_start: bool) -> Option<Missing> {
        let name = wish.name?;
        let bytes = name.bytes;
        self.work.spend(bytes.len() as u64);
        let request = Request {
            name,
            version: self.symbols.version(wish.symbol),
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
            version: request.version.cloned(),
            at_start,
            end,
        })
    }

    fn note_indirect(&self, name: &[u8], definer: &'s Party<'s>) {
        let mut indirect = self.indirect.borrow_mut();
        let is_known = std::ptr::eq(definer, self.party)
            || indirect
                .iter()
                .any(|(_, known)| std::ptr::eq(*known, definer));
        if !is_known {
            indirect.push((String::from_utf8_lossy(name).into_owned(), definer));
        }
    }

    /// The first answer that is one, and whose it is.
    fn answer(&self, request: &Request<'_>) -> (Option<&'s Party<'s>>, Answer) {
        let itself = Some(self.party).filter(|party| self.rules.is_asked_first(party.facts));
        let first = itself.and_then(|party| self.ask(party, request));
        let found = first.or_else(|| match self.known {
            Some(known) => self.ask_all(known.having(request.name), request),
            None => self.ask_all(self.parties.iter(), request),
        });
        let last_resort = || self.rules.last_resort(self.parties, request, self.work);
        match found {
            Some((party, answer)) => (Some(party), answer),
            None => (None, last_resort()),
        }
    }

    fn ask_all(
        &self,
        parties: impl Iterator<Item = &'s Party<'s>>,
        request: &Request<'_>,
    ) -> Option<(&'s Party<'s>, Answer)> {
        let mut searched = parties.filter(|party| match party.role {
            Role::Program => self.asks_program && request.want != Want::Copy,
            Role::Library => true,
            Role::Loader { searched } => searched,
        });
        searched.find_map(|party| self.ask(party, request))
    }

    fn ask(&self, party: &'s Party<'s>, request: &Request<'_>) -> Option<(&'s Party<'s>, Answer)> {
        let answer = self.rules.answer(party, request, self.work);
        (answer != Answer::Lacks).then_some((party, answer))
    }
}

/// Whether one object needs another, or something that does.
fn depends(one: &Party<'_>, other: &Party<'_>, parties: &[Party<'_>]) -> bool {
    if one.facts.needed.iter().any(|name| other.is_called(name)) {
        return true;
    }
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
