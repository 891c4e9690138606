//! `--allow-unproven CODE,…` as codes of findings.

use std::collections::BTreeSet;

use coracle_build::settings::Code;

use super::file::nearest;
use crate::arguments::Build;

/// A word that is no code.
#[derive(Debug, thiserror::Error)]
#[error("--allow-unproven {written}: no finding has this code")]
pub(crate) struct Error {
    written: String,
}

impl Error {
    pub(crate) fn hint(&self) -> String {
        let known: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let nearest = nearest(&self.written, &known);
        let meant = nearest.map(|code| format!("did you mean {code}? "));
        let meant = meant.unwrap_or_default();
        format!("{meant}the codes are {}", known.join(", "))
    }
}

/// The codes that `build` is given.
pub(super) fn codes(build: Option<&Build>) -> Result<BTreeSet<Code>, Error> {
    let written = build.into_iter().flat_map(|build| &build.allow_unproven);
    let code = |written: &String| {
        Code::parse(written.trim()).ok_or_else(|| Error {
            written: written.clone(),
        })
    };
    written.map(code).collect()
}
