//! `coracle://SERVICE`, or `coracle://PACKAGE:BIN`, as a whole scalar anywhere.

use std::collections::BTreeMap;

use coracle_recipe::yaml::{Place, Yaml};

use super::{Error, SCHEME};
use crate::plan::{Plan, ServicePlan};

/// How alike two names are that one may be meant for the other.
const LIKE: f64 = 0.75;

/// What was found.
pub(super) struct Mentioned {
    /// The services by where they are named.
    pub(super) services: BTreeMap<Place, String>,
    pub(super) warnings: Vec<String>,
}

/// Finds every one.
pub(super) fn find(file: &str, yaml: &Yaml, plan: &Plan) -> Result<Mentioned, Error> {
    let mut found = Mentioned {
        services: BTreeMap::new(),
        warnings: Vec::new(),
    };
    for (at, text) in yaml.scalars() {
        let span = yaml.span(&at);
        let (line, column) = span.map_or((1, 1), |span| (span.line, span.column));
        let Some(name) = text.trim_end().strip_prefix(SCHEME) else {
            if text.contains(SCHEME) {
                found.warnings.push(format!(
                    "{file}:{line}:{column}: `{SCHEME}` within a longer text is left as it is"
                ));
            }
            continue;
        };
        let Some(service) = named(plan, name) else {
            return Err(Error::Unknown {
                file: file.to_owned(),
                line,
                column,
                written: text.trim_end().to_owned(),
                nearest: nearest(plan, name),
                known: names(plan).map(str::to_owned).collect(),
            });
        };
        found.services.insert(at, service.name.clone());
    }
    Ok(found)
}

fn named<'a>(plan: &'a Plan, name: &str) -> Option<&'a ServicePlan> {
    let mut services = plan.services.iter();
    services.find(|service| {
        let program = &service.program;
        service.name.eq_ignore_ascii_case(name)
            || name.rsplit_once(':') == Some((&program.package, &program.name))
    })
}

fn names(plan: &Plan) -> impl Iterator<Item = &str> {
    plan.services.iter().map(|service| service.name.as_str())
}

fn nearest(plan: &Plan, name: &str) -> Option<String> {
    let likeness = |known: &str| strsim::jaro_winkler(known, name);
    let like = names(plan).filter(|known| likeness(known) >= LIKE);
    let nearest = like.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    nearest.map(str::to_owned)
}
