//! What is said of missing symbols: one finding an object, with the library that should have had them.

use super::{End, Party, Role, Rules};
use crate::elf::{Name, Version, Work};
use crate::start::report::{Code, Finding, Verdict};

/// How many symbols a finding names.
const NAMED: usize = 5;
/// The work of looking one name up in one library.
const WORK_LIMIT: u64 = 1 << 16;
/// `lib` and two letters fit too much.
const FITTING: usize = 3;

/// A symbol that is wanted and found nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::start) struct Missing {
    pub(in crate::start) name: String,
    pub(in crate::start) version: Option<Version>,
    /// It is bound at start, not at the first call.
    pub(in crate::start) at_start: bool,
    pub(in crate::start) end: Option<End>,
}

impl Missing {
    /// Whether one of these libraries, of which nothing is known, or an unknown program may have it: one that is asked of a
    /// file by its version must be in that file.
    pub(super) fn may_be_in(&self, provided: &[String], has_unknown: bool) -> bool {
        let file = self
            .version
            .as_ref()
            .and_then(|version| version.file.as_ref());
        match file {
            Some(file) => provided.contains(file),
            None => has_unknown || !provided.is_empty(),
        }
    }
}

/// All that one object misses; what stops the start comes first. `opened` says that a running program opens it,
/// or that it is not known who does.
pub(super) fn finding(
    rules: &dyn Rules,
    party: &Party<'_>,
    parties: &[Party<'_>],
    missing: &[Missing],
    opened: bool,
) -> Option<Finding> {
    let (now, later): (Vec<&Missing>, Vec<&Missing>) =
        missing.iter().partition(|missing| missing.at_start);
    let first = *now.first().or(later.first())?;
    let provider = provider(party, parties, first);
    let mut explanation = words(rules, party, first, opened);
    if let Some(provider) = provider {
        explanation = format!("{explanation}; {}", lacking(rules, provider, first));
    }
    if missing.len() > 1 {
        let names: Vec<&str> = now
            .iter()
            .chain(&later)
            .take(NAMED)
            .map(|missing| missing.name.as_str())
            .collect();
        let rest = match missing.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (count, names) = (missing.len(), names.join(", "));
        explanation = format!("{explanation}; it misses {count} symbols: {names}{rest}");
    }
    let verdict = if now.is_empty() {
        Verdict::DiesLater
    } else {
        Verdict::DoesNotStart
    };
    let finding = Finding::new(Code::SymbolMissing, verdict, &first.name, explanation);
    let finding = Finding {
        provider: provider.map(|provider| provider.path.to_owned()),
        ..finding.through(party.chain)
    };
    Some(with_ways_out(finding, party, provider, first))
}

/// What the loader says, and when.
fn words(rules: &dyn Rules, party: &Party<'_>, missing: &Missing, opened: bool) -> String {
    let said = rules.words(party.path, missing);
    if opened {
        said
    } else if missing.at_start {
        format!("it does not start: {said}")
    } else {
        let name = &missing.name;
        format!("it starts, and dies at the first call of {name}: {said}")
    }
}

/// How the library that should have the symbol lacks it.
fn lacking(rules: &dyn Rules, provider: &Party<'_>, missing: &Missing) -> String {
    let path = provider.path;
    let Some(symbols) = &provider.symbols else {
        return format!("{path} defines no symbols");
    };
    let work = Work::new(WORK_LIMIT);
    let name = Name::new(missing.name.as_bytes());
    let found: Vec<_> = symbols
        .named(name, &work)
        .filter(|symbol| !symbol.is_undefined())
        .collect();
    let mut objections = found
        .iter()
        .filter_map(|symbol| rules.objection(symbols, symbol));
    if let Some(objection) = objections.next() {
        return format!("{path} defines it {objection}");
    }
    let mut versions: Vec<&str> = found
        .iter()
        .filter_map(|symbol| Some(symbols.version(symbol)?.name.as_str()))
        .collect();
    versions.sort_unstable();
    versions.dedup();
    match (found.is_empty(), versions.is_empty()) {
        (true, _) => format!("{path} does not define it"),
        (false, true) => format!("{path} defines it without a version"),
        (false, false) => format!("{path} defines it in {}", versions.join(", ")),
    }
}

fn with_ways_out(
    finding: Finding,
    party: &Party<'_>,
    provider: Option<&Party<'_>>,
    missing: &Missing,
) -> Finding {
    let path = party.path;
    let Some(provider) = provider else {
        let name = &missing.name;
        return finding
            .way_out(format!(
                "link {path} with the library that defines {name} (-l…), and have it in the image"
            ))
            .way_out(format!("build {path} against the libraries of the image"));
    };
    let library = provider.facts.soname.as_deref().unwrap_or(provider.path);
    finding
        .way_out(format!(
            "have the {library} in the image that {path} was linked with, or a newer one"
        ))
        .way_out(format!(
            "build {path} against the {library} that the image has"
        ))
}

/// The library that most likely should have had the symbol.
fn provider<'p>(
    party: &Party<'_>,
    parties: &'p [Party<'p>],
    missing: &Missing,
) -> Option<&'p Party<'p>> {
    let named = |file: &str| parties.iter().find(|party| party.is_called(file));
    let file = missing
        .version
        .as_ref()
        .and_then(|version| version.file.as_deref());
    if let Some(file) = file {
        return named(file);
    }
    let needed: Vec<&Party<'_>> = party
        .facts
        .needed
        .iter()
        .filter_map(|name| named(name))
        .filter(|other| other.role == Role::Library)
        .collect();
    // What has versions would have been asked with one.
    let plain: Vec<&Party<'_>> = needed
        .iter()
        .copied()
        .filter(|party| party.facts.version_definitions.is_none())
        .collect();
    match plain.as_slice() {
        [] => fitting(&needed, &missing.name),
        [only] => Some(only),
        several => fitting(several, &missing.name),
    }
}

/// The library whose name the symbol's begins with: `libsqlite3.so.0` for `sqlite3_open`.
fn fitting<'p>(parties: &[&'p Party<'p>], symbol: &str) -> Option<&'p Party<'p>> {
    let fit = |party: &&'p Party<'p>| {
        let file = party.facts.soname.as_deref().unwrap_or(party.path);
        let file = file.rsplit_once('/').map_or(file, |(_, name)| name);
        let stem = file.strip_prefix("lib").unwrap_or(file);
        let stem = stem.split_once(".so").map_or(stem, |(stem, _)| stem);
        let symbol = symbol.trim_start_matches('_');
        let pairs = stem.bytes().zip(symbol.bytes());
        pairs
            .take_while(|(one, other)| one.eq_ignore_ascii_case(other))
            .count()
    };
    let best = parties.iter().copied().max_by_key(|party| fit(party))?;
    (fit(&best) >= FITTING).then_some(best)
}
