//! `{{ NAME }}` in labels and linker flags: build arguments, and what is known of the service.
//!
//! A name without a value is an error: an empty version in a label would be found out much later.

use std::collections::BTreeMap;

use coracle_toolchain::Program;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value};

use super::labels::Labels;
use super::open::{self, Open, OpenText};
use crate::settings::{ServiceSettings, Settings};

/// Why a text cannot be filled in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It uses a name that has no value.
    #[error("{what} uses `{{{{ {name} }}}}`, which has no value")]
    Unknown {
        /// Which text.
        what: String,
        /// The name.
        name: String,
        /// The names that have one.
        known: Vec<String>,
    },
    /// It is no template.
    #[error("cannot fill in {what}: `{text}`")]
    Template {
        /// Which text.
        what: String,
        /// As written.
        text: String,
        /// Why.
        #[source]
        source: Box<minijinja::Error>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let Error::Unknown { name, known, .. } = self else {
            return Some(
                "write {{ NAME }}; braces that are meant as such are {{ \"{{\" }}".to_owned(),
            );
        };
        let known = known.join(", ");
        Some(match name.as_str() {
            "revision" => format!(
                "commit the sources (git knows no commit that they are of), or give it: --build-arg revision=COMMIT; known here: {known}"
            ),
            _ => format!("give it: --build-arg {name}=VALUE; known here: {known}"),
        })
    }
}

/// The names of one service and their values.
pub(super) struct Names {
    service: String,
    values: BTreeMap<String, String>,
}

impl Names {
    /// What is known of a service; a build argument of the same name wins.
    pub(super) fn of(
        settings: &Settings,
        service: &str,
        program: &Program,
        revision: Option<&String>,
    ) -> Names {
        let known = [
            ("service", Some(&service.to_owned())),
            ("version", program.version.as_ref()),
            ("revision", revision),
        ];
        let known = known
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.clone())));
        let mut values: BTreeMap<String, String> = known.collect();
        values.extend(settings.build_arguments.clone());
        let service = service.to_owned();
        Names { service, values }
    }

    /// Fills in the labels that somebody configured; those of manifests and git are not templates.
    pub(super) fn fill_labels(
        &self,
        found: &mut Labels,
        settings: &Settings,
        own: &ServiceSettings,
    ) -> Result<(), Error> {
        for key in settings.labels.keys().chain(own.labels.keys()) {
            let text = own.labels.get(key).or_else(|| settings.labels.get(key));
            if let (Some(text), Some(label)) = (text, found.labels.get_mut(key)) {
                label.value = self.fill(&format!("the label `{key}` of {}", self.service), text)?;
            }
        }
        Ok(())
    }

    /// Fills in linker flags.
    pub(super) fn fill_linker_flags(&self, flags: &[String]) -> Result<Vec<String>, Error> {
        let what = format!("`ldflags` of {}", self.service);
        flags.iter().map(|flag| self.fill(&what, flag)).collect()
    }

    /// Those of the labels and linker flags that name what differs from build to build.
    pub(super) fn open(&self, settings: &Settings, own: &ServiceSettings) -> Result<Open, Error> {
        let names = Names {
            service: self.service.clone(),
            values: open::with_variables(&self.values, settings),
        };
        let what = |key: &str| format!("the label `{key}` of {}", self.service);
        let mut labels = BTreeMap::new();
        for (key, text) in settings.labels.iter().chain(&own.labels) {
            let text = OpenText::read(&names.fill(&what(key), text)?);
            labels.insert(key.clone(), text);
        }
        labels.retain(|_, text: &mut OpenText| text.has_variables());
        let flags = names.fill_linker_flags(&own.ldflags)?;
        let linker_flags = flags.iter().map(|flag| OpenText::read(flag)).collect();
        Ok(Open {
            labels,
            linker_flags,
        })
    }

    fn fill(&self, what: &str, text: &str) -> Result<String, Error> {
        if !text.contains("{{") {
            return Ok(text.to_owned());
        }
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let failed = |source: minijinja::Error| Error::Template {
            what: what.to_owned(),
            text: text.to_owned(),
            source: Box::new(source),
        };
        let template = environment.template_from_str(text).map_err(failed)?;
        let values = Value::from(self.values.clone());
        template.render(values).map_err(|source| {
            let mut names: Vec<String> = template.undeclared_variables(false).into_iter().collect();
            names.sort();
            let unknown = names
                .into_iter()
                .find(|name| !self.values.contains_key(name));
            match unknown {
                Some(name) if source.kind() == ErrorKind::UndefinedError => Error::Unknown {
                    what: what.to_owned(),
                    name,
                    known: self.values.keys().cloned().collect(),
                },
                _ => failed(source),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str) -> Result<String, Error> {
        let values = [("VERSION", "1.2<3>"), ("service", "api")];
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let names = Names {
            service: "api".to_owned(),
            values: values.into(),
        };
        names.fill("the label `x` of api", text)
    }

    #[test]
    fn names_are_filled_in_and_nothing_is_escaped() {
        assert_eq!(fill("{{ service }}@{{VERSION}}").unwrap(), "api@1.2<3>");
        assert_eq!(fill("{{ revision | default('dev') }}").unwrap(), "dev");
        assert_eq!(fill("{{ \"{{\" }}").unwrap(), "{{");
        for literal in ["{\"a\": {\"b\": 1}}", "100%", "{# no comment #}"] {
            assert_eq!(fill(literal).unwrap(), literal);
        }
    }

    #[test]
    fn a_name_without_a_value_is_an_error_that_tells_those_that_have_one() {
        let error = fill("{{ VERSION }}-{{ COMMIT_SHA }}").unwrap_err();
        insta::assert_snapshot!(
            format!("{error}\n{}", error.hint().unwrap()),
            @r"
        the label `x` of api uses `{{ COMMIT_SHA }}`, which has no value
        give it: --build-arg COMMIT_SHA=VALUE; known here: VERSION, service
        "
        );
    }

    #[test]
    fn what_is_no_template_is_shown_as_written() {
        let error = fill("{{ VERSION").unwrap_err();
        assert!(error.to_string().ends_with("`{{ VERSION`"), "{error}");
    }
}
