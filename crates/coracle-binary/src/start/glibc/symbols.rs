//! Which definition answers a request (`do_lookup_x` and `check_match` in `elf/dl-lookup.c`), and when it is made.

use super::{Object, thread_local};
use crate::elf::{ElfFacts, Symbol, Uses, Work};
use crate::start::object::{View, unreadable};
use crate::start::programs::Invocation;
use crate::start::report::{Code, Finding};
use crate::start::symbols::{
    self, Answer, Checked, End, Missing, Party, Request, Role, Rules, Want, Wanted,
};

/// From this release on a symbol may have moved to another file than the one its version is asked of.
const MOVING_RELEASE: (u32, u32) = (2, 30);
/// From this release on a file without versions is taken to have the one that is asked of it.
const LENIENT_RELEASE: (u32, u32) = (2, 41);
/// The highest bit of a version number: this definition is not the default one.
const HIDDEN: u16 = 0x8000;
/// Numbers from here on are versions with a name that is not the file's first.
const NAMED: u16 = 3;

/// One start.
pub(super) struct Loading<'a, 't> {
    pub(super) view: &'a View<'t>,
    pub(super) invocation: &'a Invocation,
    /// The loader's file.
    pub(super) loader: &'a str,
    pub(super) release: Option<(u32, u32)>,
}

impl Loading<'_, '_> {
    /// Looks up what the loaded objects want, those that a running program opens at once (`RTLD_NOW`).
    pub(super) fn check(&self, objects: &[Object], wanted: &Wanted<'_>) -> Checked {
        let parties = match self.parties(objects) {
            Ok(parties) => parties,
            Err(finding) => {
                return Checked {
                    checked: 0,
                    findings: vec![*finding],
                };
            }
        };
        let variable = self.invocation.environment.get("LD_BIND_NOW");
        let rules = GlibcRules {
            bind_now: wanted.first > 0 || variable.is_some_and(|value| !value.is_empty()),
            release: self.release,
        };
        let mut checked = symbols::check(&parties, &rules, wanted, &self.view.settled);
        if wanted.first > 0 {
            let tunables = self.invocation.environment.get("GLIBC_TUNABLES");
            let tunables = tunables.map_or("", String::as_str);
            let finding = thread_local::check(&parties, wanted.first, tunables);
            checked.findings.extend(finding);
        }
        checked
    }

    fn parties<'p>(&self, objects: &'p [Object]) -> Result<Vec<Party<'p>>, Box<Finding>> {
        let read = |(index, object): (usize, &'p Object)| {
            let symbols = match index {
                0 => self.view.symbols_of_program(&object.file, &object.facts),
                _ => self.view.symbols(&object.file, &object.facts),
            };
            let symbols =
                symbols.map_err(|error| unreadable(&object.file, &error).through(&object.chain))?;
            Ok(Party {
                path: &object.path,
                chain: &object.chain,
                names: &object.names,
                facts: &object.facts,
                symbols,
                role: self.role(index, objects),
            })
        };
        objects.iter().enumerate().map(read).collect()
    }

    /// The loader is searched when a loaded object needs it; libc does.
    fn role(&self, index: usize, objects: &[Object]) -> Role {
        let Some(object) = objects.get(index).filter(|_| index > 0) else {
            return Role::Program;
        };
        if object.file != self.loader {
            return Role::Library;
        }
        let mut needed = objects.iter().flat_map(|other| &other.facts.needed);
        Role::Loader {
            searched: needed.any(|name| object.names.contains(name)),
        }
    }
}

/// glibc's rules, for one start.
struct GlibcRules {
    /// `LD_BIND_NOW` is set, and not to nothing, or `dlopen` is told so.
    bind_now: bool,
    release: Option<(u32, u32)>,
}

impl Rules for GlibcRules {
    fn key(&self) -> Option<u64> {
        let (major, minor) = self.release.filter(|release| *release >= MOVING_RELEASE)?;
        Some(u64::from(major) << 32 | u64::from(minor))
    }

    fn reads_versions(&self) -> bool {
        true
    }

    fn is_lazy(&self, facts: &ElfFacts) -> bool {
        !self.bind_now && !facts.flags.bind_now
    }

    fn is_asked_first(&self, facts: &ElfFacts) -> bool {
        facts.flags.symbolic
    }

    fn must_be_found(&self, symbol: &Symbol, uses: Uses) -> bool {
        // A symbol of its own is found in the object itself, if nowhere else; only a copy must come from outside.
        let from_outside = uses.copy || symbol.is_undefined();
        from_outside && !symbol.is_local() && !symbol.is_private() && !symbol.is_weak()
    }

    /// Objects are relocated after those that they depend on. The loader warns of one that is too early, and calls the
    /// other's function all the same; the program's own it refuses (`elf_machine_rela` of each machine).
    fn too_early(
        &self,
        name: &str,
        asking: &Party<'_>,
        definer: &Party<'_>,
        _: &[Party<'_>],
    ) -> Option<Finding> {
        let (one, other) = (asking.path, definer.path);
        let finding = if definer.role == Role::Program {
            let explanation = format!(
                "IFUNC symbol '{name}' referenced in '{one}' is defined in the executable and creates an unsatisfiable \
                 circular dependency"
            );
            Finding::fails(Code::IndirectTooEarly, one, explanation)
        } else {
            let explanation = format!(
                "Relink `{one}' with `{other}' for IFUNC symbol `{name}': its function may run before {other} is ready"
            );
            Finding::unproven(Code::IndirectTooEarly, one, explanation)
        };
        let way_out = format!("link {one} with the library that defines {name}");
        Some(finding.through(asking.chain).way_out(way_out))
    }

    fn words(&self, path: &str, missing: &Missing) -> String {
        words(path, missing)
    }

    fn answer(&self, party: &Party<'_>, request: &Request<'_>, work: &Work) -> Answer {
        let file = request.version.and_then(|version| version.file.as_deref());
        let is_asked = |file: &str| party.is_called(file);
        let Some(found) = found(party, request, work) else {
            let old = self.release.is_some_and(|release| release < MOVING_RELEASE);
            return if old && file.is_some_and(is_asked) {
                Answer::Ends(End::NotInNamedFile)
            } else {
                Answer::Lacks
            };
        };
        match found {
            Found::Definition(symbol) if symbol.is_shared() && !symbol.is_private() => {
                if symbol.is_indirect() {
                    Answer::DefinesIndirectly
                } else {
                    Answer::Defines
                }
            }
            Found::Definition(_) => Answer::Lacks,
            Found::Unversioned
                if self
                    .release
                    .is_some_and(|release| release >= LENIENT_RELEASE) =>
            {
                Answer::Defines
            }
            Found::Unversioned => Answer::Ends(End::Inconsistent),
        }
    }
}

/// What the loader says of a missing symbol.
fn words(path: &str, missing: &Missing) -> String {
    let name = &missing.name;
    let mut wanted = name.clone();
    let mut file = "the file it is asked of";
    if let Some(version) = &missing.version {
        wanted = format!("{name}, version {}", version.name);
        file = version.file.as_deref().unwrap_or(file);
    }
    let error = format!("symbol lookup error: {path}");
    match missing.end {
        None => format!("{error}: undefined symbol: {wanted}"),
        Some(End::NotInNamedFile) => {
            format!("{error}: symbol {wanted} not defined in file {file} with link time reference")
        }
        Some(End::Inconsistent) => format!(
            "{path}: inconsistency detected by ld.so: {wanted} is asked of a file without versions"
        ),
    }
}

enum Found<'s> {
    Definition(&'s Symbol),
    /// It has the name, and the file that must have the version has none.
    Unversioned,
}

/// The symbol that the loader settles on in one object.
fn found<'s>(party: &'s Party<'_>, request: &Request<'s>, work: &'s Work) -> Option<Found<'s>> {
    let symbols = party.symbols.as_ref()?;
    let mut defaults = Vec::new();
    for symbol in symbols.named(request.name, work) {
        let defined = request.want != Want::Definition || !symbol.is_undefined();
        if !defined || !symbol.has_a_value() {
            continue;
        }
        let number = symbols.version_number(symbol);
        match (request.version, number) {
            (Some(version), None) => {
                let file = version.file.as_deref();
                return Some(match file.is_some_and(|file| party.is_called(file)) {
                    true => Found::Unversioned,
                    false => Found::Definition(symbol),
                });
            }
            (Some(version), Some(number)) => {
                let own = symbols.version(symbol);
                let same = own.is_some_and(|own| own.name == version.name);
                // A definition of no version will do, unless it is hidden or the request is strict.
                let will_do = !version.exactly && own.is_none() && number & HIDDEN == 0;
                if same || will_do {
                    return Some(Found::Definition(symbol));
                }
            }
            (None, Some(number)) if number & !HIDDEN >= NAMED => {
                if number & HIDDEN == 0 {
                    defaults.push(symbol);
                }
            }
            (None, _) => return Some(Found::Definition(symbol)),
        }
    }
    // A version was not asked for: the default one will do when there are no two of them.
    match defaults.as_slice() {
        [only] => Some(Found::Definition(only)),
        _ => None,
    }
}
