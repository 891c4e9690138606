//! What a program needs of the system to be compiled, as far as its dependencies tell before that.

use coracle_toolchain::rust::{self, Features};
use coracle_toolchain::{CgoFinding, Language, Native, Program};

use crate::event::{Event, Observer};
use crate::settings::{LinkagePolicy, ServiceSettings, Settings};

/// Asks cargo, or reads what go said already. What cargo cannot say (it has no lock, or no network) is a note: the
/// build finds out, or stops at the same thing with cargo's own words.
pub(super) fn of(
    service: &str,
    program: &Program,
    (own, graph): (&ServiceSettings, Option<&CgoFinding>),
    settings: &Settings,
    observer: Observer<'_>,
) -> Native {
    let Language::Rust(rust) = &program.language else {
        return graph.map(CgoFinding::native).unwrap_or_default();
    };
    let features = Features {
        on: own.features.clone(),
        all: own.all_features,
        no_default: own.no_default_features,
    };
    // musl has no packages to link libraries of: what crates bring is all there is.
    let bundled = own.bundled || own.policy.linkage == Some(LinkagePolicy::Static);
    match rust::native(rust, &features, bundled, &settings.toolchain) {
        Ok(native) => native,
        Err(error) => {
            let source = std::error::Error::source(&error);
            let why = source.map_or_else(|| error.to_string(), ToString::to_string);
            let first = why.lines().next().unwrap_or_default();
            let text = format!(
                "what its crates need of the system is not known before they are compiled: {first}"
            );
            let service = Some(service.to_owned());
            observer(&Event::Note { service, text });
            Native::default()
        }
    }
}
