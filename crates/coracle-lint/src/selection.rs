//! Which rules judge and which of their findings are told: by number, by the beginning of numbers, by name, by severity.

use crate::finding::Severity;
use crate::rule::Rule;
use crate::rules;

/// Rules by what somebody wrote: `CRC303`, `CRC3`, `runs-as-root`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

/// Nothing has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{written}`")]
pub struct UnknownRule {
    /// What was asked for.
    pub written: String,
    /// The rule that is written most alike, where one is.
    pub nearest: Option<&'static str>,
}

impl UnknownRule {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self.nearest {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "rules are named by number (CRC303), by the beginning of a number (CRC3) or by name (runs-as-root)"
                .to_owned(),
        })
    }
}

impl std::str::FromStr for Pattern {
    type Err = UnknownRule;

    fn from_str(written: &str) -> Result<Pattern, UnknownRule> {
        let pattern = Pattern(written.trim().to_owned());
        match rules::ALL.iter().any(|rule| pattern.is_of(rule)) {
            true => Ok(pattern),
            false => Err(UnknownRule {
                nearest: nearest(&pattern.0),
                written: pattern.0,
            }),
        }
    }
}

impl Pattern {
    /// Whether the rule is meant.
    pub fn is_of(&self, rule: &Rule) -> bool {
        let starts = rule
            .id
            .get(..self.0.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(&self.0));
        // `C` alone would be a slip, not a choice.
        starts && self.0.len() >= 3 || rule.name == self.0
    }
}

/// The number or name that is written most alike.
pub(crate) fn nearest(written: &str) -> Option<&'static str> {
    let upper = written.to_ascii_uppercase();
    let candidates = rules::ALL.iter().flat_map(|rule| [rule.id, rule.name]);
    candidates
        .map(|name| {
            let likeness =
                strsim::jaro_winkler(name, written).max(strsim::jaro_winkler(name, &upper));
            (name, likeness)
        })
        .filter(|(_, likeness)| *likeness > 0.85)
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .map(|(name, _)| name)
}

/// What is judged and told.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Only these rules; empty for all.
    pub select: Vec<Pattern>,
    /// Not these.
    pub ignore: Vec<Pattern>,
    /// Nothing less bad.
    pub least: Severity,
    /// Only what is in these files or below these folders, by paths from the top; empty for all.
    pub within: Vec<String>,
}

impl Default for Selection {
    fn default() -> Selection {
        Selection {
            select: Vec::new(),
            ignore: Vec::new(),
            least: Severity::Note,
            within: Vec::new(),
        }
    }
}

impl Selection {
    /// Whether a rule judges.
    pub fn has(&self, rule: &Rule) -> bool {
        let is_selected =
            self.select.is_empty() || self.select.iter().any(|pattern| pattern.is_of(rule));
        is_selected && !self.ignore.iter().any(|pattern| pattern.is_of(rule))
    }

    /// Whether what is in a file is told.
    pub fn is_within(&self, file: &str) -> bool {
        let is_below = |folder: &String| {
            let rest = file.strip_prefix(folder.as_str());
            folder.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.within.is_empty() || self.within.iter().any(is_below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(select: &[&str], ignore: &[&str]) -> Vec<&'static str> {
        let read = |words: &[&str]| words.iter().map(|word| word.parse().unwrap()).collect();
        let selection = Selection {
            select: read(select),
            ignore: read(ignore),
            ..Selection::default()
        };
        let all = rules::ALL.iter().filter(|rule| selection.has(rule));
        all.map(|rule| rule.id).collect()
    }

    #[test]
    fn rules_are_chosen_by_number_beginning_and_name() {
        assert_eq!(chosen(&["crc303"], &[]), ["CRC303"]);
        assert_eq!(
            chosen(&["floating-base", "CRC303"], &[]),
            ["CRC303", "CRC304"]
        );
        assert!(chosen(&["CRC3"], &[]).len() >= 3);
        assert!(!chosen(&["CRC3"], &["runs-as-root"]).contains(&"CRC303"));
        assert_eq!(chosen(&[], &["CRC"]), [""; 0]);
    }

    #[test]
    fn an_unknown_rule_names_the_nearest() {
        let error = "runs-as-rot".parse::<Pattern>().unwrap_err();
        assert_eq!(error.hint().unwrap(), "did you mean `runs-as-root`?");
        assert_eq!("CR".parse::<Pattern>().unwrap_err().written, "CR");
        assert_eq!("xyz".parse::<Pattern>().unwrap_err().nearest, None);
    }

    #[test]
    fn a_folder_holds_what_is_below_it() {
        let selection = Selection {
            within: vec!["api".to_owned(), "web/Dockerfile".to_owned()],
            ..Selection::default()
        };
        let told = [
            "api/Dockerfile",
            "web/Dockerfile",
            "apis/Dockerfile",
            "Dockerfile",
        ];
        assert_eq!(
            told.map(|file| selection.is_within(file)),
            [true, true, false, false]
        );
    }
}
