//! What a text becomes in each job of a matrix, and which runners those jobs get.

use super::expression::Reference;
use super::job::Job;
use super::matrix::{Combination, MatrixValue};
use super::runner::Hosted;
use super::text::Text;
use crate::span::Span;

/// Why it is not known what a text becomes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{expression}` is only known when the workflow runs")]
pub struct Unknown {
    /// What is not known.
    pub expression: String,
    /// Where it stands.
    pub span: Span,
}

/// The runner of one of the jobs that a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Runner {
    /// The job's values of the matrix; without any where it has none.
    pub combination: Combination,
    /// What `runs-on` comes to.
    pub labels: Result<Vec<String>, Unknown>,
    /// The machine, where one of GitHub's is meant.
    pub hosted: Option<Hosted>,
}

impl Job {
    /// What a text of this job becomes, with the values of its matrix: each of them once, in their order.
    ///
    /// # Errors
    /// When it has an expression that is no value of the matrix, or one whose value is not known.
    pub fn expand(&self, text: &Text) -> Result<Vec<String>, Unknown> {
        if let Some(known) = text.known() {
            return Ok(vec![known.to_owned()]);
        }
        let combinations = self.combinations().map_err(|_| unknown(text))?;
        let mut found = Vec::new();
        for combination in &combinations {
            let expanded = expand(text, combination)?;
            if !found.contains(&expanded) {
                found.push(expanded);
            }
        }
        Ok(found)
    }

    /// The runners of the jobs that this one is: one, or one a combination of its matrix. None where the matrix is not
    /// known and `runs-on` asks it, or where a workflow is called.
    pub fn runners(&self) -> Vec<Runner> {
        let Some(runs_on) = &self.runs_on else {
            return Vec::new();
        };
        let combinations = match self.combinations() {
            Ok(combinations) => combinations,
            Err(_) if runs_on.labels.iter().all(|label| label.known().is_some()) => {
                vec![Combination::default()]
            }
            Err(_) => return Vec::new(),
        };
        let runner = |combination: Combination| {
            let labels = labels(&runs_on.labels, &combination);
            let hosted = match (&labels, &runs_on.group) {
                (Ok(labels), None) => hosted(labels),
                _ => None,
            };
            Runner {
                combination,
                labels,
                hosted,
            }
        };
        combinations.into_iter().map(runner).collect()
    }
}

/// One label of GitHub's, and no other.
fn hosted(labels: &[String]) -> Option<Hosted> {
    match labels {
        [label] => Hosted::of(label),
        _ => None,
    }
}

/// A text with the values of one combination.
///
/// # Errors
/// When it has an expression that is no text of it.
pub fn expand(text: &Text, combination: &Combination) -> Result<String, Unknown> {
    expand_with(text, &|reference| match reference {
        Reference::Matrix(path) => combination.get(path).and_then(known).map(ToOwned::to_owned),
        _ => None,
    })
}

/// A text with what somebody knows of what its expressions read.
///
/// # Errors
/// When it has an expression that does more than to read one thing, or one that is not known.
pub fn expand_with(
    text: &Text,
    value: &dyn Fn(&Reference) -> Option<String>,
) -> Result<String, Unknown> {
    let mut expanded = String::new();
    let mut done = 0;
    for expression in text.expressions() {
        let value = expression.reference().as_ref().and_then(value);
        let value = value.ok_or_else(|| Unknown {
            expression: expression.source().to_owned(),
            span: expression.span().clone(),
        })?;
        let range = expression.range();
        expanded.push_str(text.text().get(done..range.start).unwrap_or_default());
        expanded.push_str(&value);
        done = range.end;
    }
    expanded.push_str(text.text().get(done..).unwrap_or_default());
    Ok(expanded)
}

fn known(value: &MatrixValue) -> Option<&str> {
    value.text()?.known()
}

/// The labels, where one of them may be a list of the matrix.
fn labels(written: &[Text], combination: &Combination) -> Result<Vec<String>, Unknown> {
    let mut labels = Vec::new();
    for label in written {
        match list(label, combination) {
            Some(items) => {
                for item in items {
                    labels.push(known(item).ok_or_else(|| unknown(label))?.to_owned());
                }
            }
            None => labels.push(expand(label, combination)?),
        }
    }
    Ok(labels)
}

/// The list that a text is as a whole.
fn list<'a>(text: &Text, combination: &'a Combination) -> Option<&'a [MatrixValue]> {
    let [expression] = text.expressions() else {
        return None;
    };
    let Some(Reference::Matrix(path)) = expression.reference() else {
        return None;
    };
    match combination.get(&path)? {
        MatrixValue::List(items) => Some(items),
        MatrixValue::Text(_) | MatrixValue::Map(_) | MatrixValue::Null => None,
    }
}

fn unknown(text: &Text) -> Unknown {
    let expression = text.expressions().first();
    Unknown {
        expression: expression
            .map_or(text.text(), |first| first.source())
            .to_owned(),
        span: expression.map_or(text.span(), |first| first.span()).clone(),
    }
}
