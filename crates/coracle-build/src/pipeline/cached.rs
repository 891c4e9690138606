//! The compiler cache of a run: found and started before anything is compiled, and asked afterwards what it did. Where it
//! does not work that is told, and nothing else changes.

use coracle_toolchain::Language;
use coracle_toolchain::compile::sccache::{self, Sccache, Statistics, Unused};

use crate::event::{Event, Observer};
use crate::plan::Plan;
use crate::settings::Settings;

/// The compiler cache, as it was before the run; none where none is used.
pub(super) struct Cache(Option<(Sccache, Statistics)>);

impl Cache {
    /// Finds and starts it, where there is something for it to keep.
    pub(super) fn begin(plan: &Plan, settings: &Settings, observer: Observer<'_>) -> Cache {
        let mut languages = plan
            .services
            .iter()
            .map(|service| &service.program.language);
        let rust = languages.find_map(|language| match language {
            Language::Rust(program) => Some(program),
            Language::Go(_) | Language::Prebuilt(_) => None,
        });
        let Some(program) = rust else {
            return Cache(None);
        };
        let begun = sccache::find(&settings.toolchain, &program.workspace_root);
        let begun = begun.and_then(|sccache| {
            sccache.start()?;
            let before = sccache.statistics()?;
            Ok((sccache, before))
        });
        Cache(begun.map_err(|unused| tell(&unused, observer)).ok())
    }

    /// What programs are compiled through.
    pub(super) fn sccache(&self) -> Option<&Sccache> {
        self.0.as_ref().map(|(sccache, _)| sccache)
    }

    /// Tells what it did.
    pub(super) fn end(&self, observer: Observer<'_>) {
        let Some((sccache, before)) = &self.0 else {
            return;
        };
        match sccache.statistics() {
            Ok(after) => {
                let statistics = after.since(before);
                if !statistics.is_nothing() {
                    observer(&Event::Sccache { statistics });
                }
            }
            Err(unused) => {
                let text = format!("what sccache did is not known: {unused}");
                let service = None;
                observer(&Event::Note { service, text });
            }
        }
    }
}

fn tell(unused: &Unused, observer: Observer<'_>) {
    if !unused.is_surprising() {
        return;
    }
    let hint = unused.hint().map(|hint| format!("; {hint}"));
    let text = format!("{unused}{}", hint.unwrap_or_default());
    let service = None;
    observer(&Event::Warning { service, text });
}
