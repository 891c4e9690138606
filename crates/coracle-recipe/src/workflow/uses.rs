//! `uses`: which action or workflow is meant.

use super::reader::Reader;
use super::text::Text;
use crate::span::Span;

/// `uses` of a step or a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uses {
    /// As written.
    pub text: Text,
    /// What that is.
    pub target: Target,
}

/// What `uses` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `OWNER/REPOSITORY[/PATH]@REFERENCE`.
    Repository {
        /// The owner.
        owner: String,
        /// The repository.
        repository: String,
        /// A folder in it, or a workflow's file.
        path: Option<String>,
        /// A tag, a branch or a commit; `None` where it is missing, which is a mistake.
        reference: Option<String>,
    },
    /// `./PATH`: of this repository, as it is checked out.
    Local {
        /// From the repository's top, without the `./`.
        path: String,
    },
    /// `docker://IMAGE`.
    Docker {
        /// The image.
        image: String,
    },
    /// None of these: an expression, or a mistake.
    Unknown,
}

impl Uses {
    pub(super) fn new(text: Text, reader: &mut Reader) -> Uses {
        let target = text
            .known()
            .map_or(Target::Unknown, |known| target(known.trim()));
        match &target {
            Target::Unknown if text.expressions().is_empty() => {
                let message = format!("`{text}` names no action");
                reader.problem(text.span().clone(), message);
            }
            Target::Repository {
                reference: None, ..
            } => {
                let message = format!("`{text}` has no `@` with a tag, a branch or a commit");
                reader.problem(text.span().clone(), message);
            }
            _ => {}
        }
        Uses { text, target }
    }

    /// Where it stands.
    pub fn span(&self) -> &Span {
        self.text.span()
    }

    /// Whether it is this action (`docker/build-push-action`, `github/codeql-action/init`), at whatever version.
    pub fn is(&self, action: &str) -> bool {
        let name = self.name();
        name.is_some_and(|name| name.eq_ignore_ascii_case(action))
    }

    /// `OWNER/REPOSITORY[/PATH]`.
    pub fn name(&self) -> Option<&str> {
        match &self.target {
            Target::Repository { .. } => {
                let text = self.text.text().trim();
                Some(text.split_once('@').map_or(text, |(name, _)| name))
            }
            _ => None,
        }
    }

    /// What stands behind the `@`.
    pub fn reference(&self) -> Option<&str> {
        match &self.target {
            Target::Repository { reference, .. } => reference.as_deref(),
            _ => None,
        }
    }

    /// Where what stands behind the `@` stands.
    pub fn reference_span(&self) -> Option<Span> {
        let reference = self.reference()?;
        let text = self.text.text();
        let start = text.find('@')? + 1;
        Some(self.text.span_of(start..start + reference.len()))
    }

    /// The major version of `v4`, `v4.1.0` or `4.1`; `None` of branches and commits.
    pub fn major(&self) -> Option<u32> {
        let reference = self.reference()?;
        let number = reference.strip_prefix('v').unwrap_or(reference);
        let number = number.split('.').next().unwrap_or(number);
        // A commit may begin with digits, too.
        (number.len() < 4).then(|| number.parse().ok())?
    }

    /// The file of a workflow in this repository, from its top: what `./.github/workflows/x.yml` names.
    pub fn local_workflow(&self) -> Option<&str> {
        match &self.target {
            Target::Local { path } if path.ends_with(".yml") || path.ends_with(".yaml") => {
                Some(path)
            }
            _ => None,
        }
    }
}

fn target(written: &str) -> Target {
    if let Some(image) = written.strip_prefix("docker://") {
        return Target::Docker {
            image: image.to_owned(),
        };
    }
    if let Some(path) = written.strip_prefix("./") {
        return Target::Local {
            path: path.trim_end_matches('/').to_owned(),
        };
    }
    let (name, reference) = match written.split_once('@') {
        Some((name, reference)) => (name, Some(reference.to_owned())),
        None => (written, None),
    };
    let mut names = name.splitn(3, '/');
    match (names.next(), names.next(), names.next()) {
        (Some(owner), Some(repository), path)
            if !owner.is_empty() && !repository.is_empty() && !written.starts_with('.') =>
        {
            Target::Repository {
                owner: owner.to_owned(),
                repository: repository.to_owned(),
                path: path.map(str::to_owned),
                reference: reference.filter(|reference| !reference.is_empty()),
            }
        }
        _ => Target::Unknown,
    }
}
