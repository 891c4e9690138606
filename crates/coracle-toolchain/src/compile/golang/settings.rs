//! What go says of its own settings: the environment's, those that `go env -w` keeps, and its defaults.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::{CompileRequest, Error, Setting};
use crate::probe;
use crate::project::GoProgram;
use crate::toolchain::Toolchain;

/// What go says of its settings in a folder, from the environment and `go env -w`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE", default)]
pub(super) struct Settings {
    pub(super) goflags: String,
    pub(super) gowork: String,
    /// Others that change what is compiled.
    #[serde(flatten)]
    others: BTreeMap<String, String>,
}

/// What go takes where nobody says anything else.
const OTHERS: [(&str, &str); 8] = [
    ("GOEXPERIMENT", ""),
    ("GOFIPS140", "off"),
    ("GOAMD64", "v1"),
    ("GOARM64", "v8.0"),
    ("CGO_CFLAGS", "-O2 -g"),
    ("CGO_CPPFLAGS", ""),
    ("CGO_CXXFLAGS", "-O2 -g"),
    ("CGO_LDFLAGS", "-O2 -g"),
];

impl Settings {
    /// Those that somebody made.
    pub(super) fn made(&self) -> Vec<Setting> {
        let usual = |name: &str| OTHERS.iter().find(|(other, _)| *other == name);
        let others = self.others.iter().filter(|(name, value)| {
            let usual = usual(name).map_or("", |(_, usual)| usual);
            value.as_str() != usual
        });
        let others = others.map(|(name, value)| (name.as_str(), value));
        let all = [("GOFLAGS", &self.goflags)].into_iter().chain(others);
        let all = all.filter(|(_, value)| !value.is_empty());
        let setting = |(name, value): (&str, &String)| Setting {
            file: None,
            name: name.to_owned(),
            value: value.clone(),
        };
        all.map(setting).collect()
    }
}

/// Asks go.
pub(super) fn settings(
    request: &CompileRequest,
    program: &GoProgram,
    toolchain: &Toolchain,
) -> Result<Settings, Error> {
    let ask = toolchain
        .go()
        .args(["env", "-json", "GOFLAGS", "GOWORK"])
        .args(OTHERS.map(|(name, _)| name))
        .directory(&program.module_directory);
    let answer = ask.output().map_err(|source| Error::Run {
        tool: "go",
        program: request.program.name.clone(),
        source,
    })?;
    let answer = answer.stdout;
    serde_json::from_slice(&answer).map_err(|_| {
        Error::Probe(probe::Error::Answer {
            tool: "go",
            expected: "its settings",
            answer: String::from_utf8_lossy(&answer).into_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_somebody_set_is_told() {
        let answer = r#"{ "GOFLAGS": "-tags=one", "GOWORK": "off", "GOAMD64": "v3", "GOARM64": "v8.0",
            "CGO_CFLAGS": "-O2 -g", "CGO_LDFLAGS": "-lm", "GOEXPERIMENT": "" }"#;
        let settings: Settings = serde_json::from_str(answer).unwrap();
        let made = settings.made();
        let told: Vec<(&str, &str)> = made
            .iter()
            .map(|setting| (setting.name.as_str(), setting.value.as_str()))
            .collect();
        let expected = [
            ("GOFLAGS", "-tags=one"),
            ("CGO_LDFLAGS", "-lm"),
            ("GOAMD64", "v3"),
        ];
        assert_eq!(told, expected);
        assert!(Settings::default().made().is_empty());
    }
}
