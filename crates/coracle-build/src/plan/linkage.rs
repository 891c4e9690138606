//! How a program is linked, decided before it is compiled: Go from its import graph, Rust by its target.
//!
//! `CGO_ENABLED=0` on a package whose graph reaches cgo compiles (there is a `!cgo` stub) and dies at the first call,
//! so the graph decides and never the build.

use coracle_toolchain::{CgoFinding, Language, Program};

use super::Decision;
use crate::settings::{LinkagePolicy, ServiceSettings, Settings};

/// How a program is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    /// No interpreter and no libraries: `CGO_ENABLED=0` for Go, musl for Rust.
    Static,
    /// Against the C library: every Rust program that nobody wants otherwise.
    Dynamic,
    /// Against the C library through cgo.
    Cgo,
    /// As whoever compiled it wanted: the finished binary says.
    AsBuilt,
}

/// Why a linkage cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Static was asked for and the import graph reaches cgo.
    #[error("{service} cannot be static: its import graph reaches cgo\n{}", chain_text(.chain))]
    NeedsCgo {
        /// The service.
        service: String,
        /// From the program to the package that imports "C".
        chain: Vec<String>,
    },
    /// The import graph could not be read.
    #[error("cannot read the import graph of {service}")]
    Graph {
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: coracle_toolchain::go::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NeedsCgo { chain, .. } => {
                let last = chain.last().map_or("that package", String::as_str);
                Some(format!(
                    "drop `linkage = \"static\"` and coracle adds the C library, or import something else instead of {last}"
                ))
            }
            Error::Graph { source, .. } => source.hint(),
        }
    }
}

fn chain_text(chain: &[String]) -> String {
    let indent = |(depth, package): (usize, &String)| {
        format!(
            "  {}{}{package}",
            "  ".repeat(depth),
            if depth == 0 { "" } else { "→ " }
        )
    };
    let mut lines: Vec<String> = chain.iter().enumerate().map(indent).collect();
    if let Some(last) = lines.last_mut() {
        last.push_str("  (import \"C\")");
    }
    lines.join("\n")
}

/// Decides; with what Go's import graph says of cgo, for a Go program.
pub(super) fn decide(
    service: &str,
    program: &Program,
    own: &ServiceSettings,
    settings: &Settings,
) -> Result<(Decision<Linkage>, Option<CgoFinding>), Error> {
    let wants_static = own.policy.linkage == Some(LinkagePolicy::Static);
    match &program.language {
        Language::Prebuilt(_) => {
            let reason = "compiled elsewhere: the binary says";
            Ok((Decision::new(Linkage::AsBuilt, reason), None))
        }
        Language::Rust(_) if wants_static => {
            let reason = "the configuration says so: musl, whose programs are all in one file";
            Ok((Decision::new(Linkage::Static, reason), None))
        }
        Language::Rust(_) => {
            let reason = "Rust's standard library calls glibc";
            Ok((Decision::new(Linkage::Dynamic, reason), None))
        }
        Language::Go(go) => {
            let finding = coracle_toolchain::go::graph(go, &own.tags, &settings.toolchain)
                .map_err(|source| Error::Graph {
                    service: service.to_owned(),
                    source,
                })?;
            let linkage = from_graph(service, &finding, wants_static)?;
            Ok((linkage, Some(finding)))
        }
    }
}

fn from_graph(
    service: &str,
    finding: &CgoFinding,
    wants_static: bool,
) -> Result<Decision<Linkage>, Error> {
    if finding.needs_cgo {
        let chain = finding.chain.clone().unwrap_or_default();
        if wants_static {
            let service = service.to_owned();
            return Err(Error::NeedsCgo { service, chain });
        }
        let reason = format!("cgo is reached: {}", chain.join(" → "));
        return Ok(Decision::new(Linkage::Cgo, reason));
    }
    let reason = match finding.standard_only.as_slice() {
        [] => "CGO_ENABLED=0: nothing in the import graph uses cgo".to_owned(),
        only => format!(
            "CGO_ENABLED=0: cgo would be used only by {}, which do without",
            only.join(", ")
        ),
    };
    Ok(Decision::new(Linkage::Static, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reaching_cgo() -> CgoFinding {
        CgoFinding {
            needs_cgo: true,
            chain: Some(["m/cmd/worker", "m/a", "m/b"].map(str::to_owned).into()),
            ..CgoFinding::default()
        }
    }

    #[test]
    fn static_is_refused_with_the_chain_where_the_graph_reaches_cgo() {
        let error = from_graph("worker", &reaching_cgo(), true).unwrap_err();
        insta::assert_snapshot!(error, @r#"
        worker cannot be static: its import graph reaches cgo
          m/cmd/worker
            → m/a
              → m/b  (import "C")
        "#);
        assert!(error.hint().unwrap().contains("instead of m/b"));
    }

    #[test]
    fn a_graph_that_reaches_cgo_turns_it_on() {
        let decision = from_graph("worker", &reaching_cgo(), false).unwrap();
        assert_eq!(decision.value, Linkage::Cgo);
        assert_eq!(decision.reason, "cgo is reached: m/cmd/worker → m/a → m/b");
    }

    #[test]
    fn cgo_of_the_standard_library_is_done_without() {
        let finding = CgoFinding {
            standard_only: vec!["net".to_owned()],
            ..CgoFinding::default()
        };
        let decision = from_graph("worker", &finding, true).unwrap();
        assert_eq!(decision.value, Linkage::Static);
        assert!(decision.reason.contains("net"));
    }
}
