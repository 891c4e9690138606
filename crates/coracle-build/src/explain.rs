//! `coracle explain`: what the texts mean that loaders, kernels and engines end with, what causes them, the likeliest first,
//! and what helps. Texts in, explanation out; whether an image shows it is for `check` to say.
//!
//! ```text
//!  text ─► line ─► pattern ─► Explanation ─► findings of its codes that name what the text names
//! ```

mod kernel;
mod loader;
mod words;

use coracle_binary::start::{Code, Finding};

/// What a text means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The line that says it.
    pub line: String,
    /// What happened, in a sentence.
    pub what: String,
    /// Why, the likeliest first.
    pub causes: Vec<String>,
    /// What helps, in the order of the causes.
    pub fixes: Vec<String>,
    /// What a proof calls it.
    pub codes: Vec<Code>,
    /// What the text names: files, libraries, versions, symbols.
    pub names: Vec<String>,
}

/// A text that nobody here knows.
#[derive(Debug, thiserror::Error)]
#[error("nothing in `{}` is a known text of a program that does not start", shortened(.text))]
pub struct Unknown {
    /// As given.
    text: String,
}

impl Unknown {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(
            "give the whole line that the container ended with, in quotes; without one, `coracle check IMAGE` says whether it starts"
                .to_owned(),
        )
    }
}

/// Looks at one line: whether it is one of those, and what it says.
type Pattern = fn(&str) -> Option<Explanation>;

/// The more special ones first: `no such file or directory` is in many texts.
const PATTERNS: [Pattern; 17] = [
    loader::version_not_found,
    loader::relocation_error,
    loader::symbol_lookup_error,
    loader::error_relocating,
    loader::library_missing,
    loader::library_missing_musl,
    loader::library_unusable,
    kernel::carriage_return,
    kernel::bad_interpreter,
    kernel::required_file,
    kernel::working_directory,
    kernel::unknown_user,
    kernel::not_in_path,
    kernel::exec_format,
    kernel::cpu_level,
    kernel::permission_denied,
    kernel::no_such_file,
];

/// What a text means: of the line that says most.
///
/// # Errors
/// When no line is.
pub fn explain(text: &str) -> Result<Explanation, Unknown> {
    // The more special pattern of any line, before a less special one of an earlier line.
    let known = |pattern: &Pattern| {
        let mut lines = text.split('\n');
        lines.find_map(|line| {
            let found = pattern(line)?;
            let line = line.trim().to_owned();
            Some(Explanation { line, ..found })
        })
    };
    let found = PATTERNS.iter().find_map(known);
    found.ok_or_else(|| Unknown {
        text: text.to_owned(),
    })
}

impl Explanation {
    fn new(what: String, codes: &[Code]) -> Explanation {
        Explanation {
            line: String::new(),
            what,
            causes: Vec::new(),
            fixes: Vec::new(),
            codes: codes.to_vec(),
            names: Vec::new(),
        }
    }

    fn cause(mut self, cause: impl Into<String>) -> Explanation {
        self.causes.push(cause.into());
        self
    }

    fn fix(mut self, fix: impl Into<String>) -> Explanation {
        self.fixes.push(fix.into());
        self
    }

    fn names(mut self, names: &[&str]) -> Explanation {
        let names = names.iter().filter(|name| !name.is_empty());
        self.names.extend(names.map(|name| (*name).to_owned()));
        self
    }

    /// Whether a finding is of this kind.
    pub fn is_of_kind(&self, finding: &Finding) -> bool {
        self.codes.contains(&finding.code)
    }

    /// Whether a finding is of this kind and speaks of something that the text names.
    pub fn is_about(&self, finding: &Finding) -> bool {
        let said = [&finding.subject, &finding.explanation].into_iter();
        let said: Vec<&String> = said
            .chain(&finding.chain)
            .chain(&finding.missing_version)
            .chain(&finding.provider)
            .collect();
        let is_named = |name: &String| said.iter().any(|text| text.contains(name.as_str()));
        self.is_of_kind(finding) && self.names.iter().any(is_named)
    }
}

fn shortened(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    match line.chars().count() {
        0..=100 => line.to_owned(),
        _ => line.chars().take(100).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests;
