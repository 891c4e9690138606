//! `--allow-unproven CODE,…` as codes of findings.

use std::collections::BTreeSet;

use coracle_build::settings::Code;

use super::file::nearest;
use crate::arguments::Publishing;

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

/// The codes that a command is given.
pub(super) fn codes(publishing: Option<&Publishing>) -> Result<BTreeSet<Code>, Error> {
    let written = publishing.into_iter();
    let written = written.flat_map(|publishing| &publishing.allow_unproven);
    let code = |written: &String| {
        Code::parse(written.trim()).ok_or_else(|| Error {
            written: written.clone(),
        })
    };
    written.map(code).collect()
}
