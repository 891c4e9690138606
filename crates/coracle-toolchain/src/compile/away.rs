//! Compiling on another machine, as this one would: what is to be compiled goes there as an [`Errand`], the same program
//! compiles it there by the same code, and what came of it comes back as lines and files.
//!
//! ```text
//!  Errand (JSON) ─► run ─┬─► a line of JSON an event, and one for a failure      Said
//!                        └─► FOLDER/program, FOLDER/artifact.json                take
//! ```
//! Both ends are the same build of coracle, and all folders have the same names on both machines: what compilers are told
//! of them reaches a program's bytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{AcrossError, Artifact, CompileEvent, CompileRequest, Error, output};
use crate::native::BuildFile;
use crate::toolchain::Toolchain;

/// The compiled program, in the folder of what came out.
const PROGRAM: &str = "program";
/// What is known of it.
const ARTIFACT: &str = "artifact.json";

/// What to compile there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// What, and how.
    pub request: CompileRequest,
    /// The command that is pkg-config for a sysroot there.
    pub pkg_config: Vec<String>,
}

impl Errand {
    /// Reads it where it is to be done.
    ///
    /// # Errors
    /// [`Error::Output`] when it is not there or no errand.
    pub fn read(path: &Path) -> Result<Errand, Error> {
        let text = fs::read(path).and_then(|text| Ok(serde_json::from_slice(&text)?));
        text.map_err(|source| Error::Output {
            path: path.to_owned(),
            source,
        })
    }
}

/// What is said from there, a line each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// Something happened.
    Event(CompileEvent),
    /// It was not compiled.
    Failed(Failure),
}

/// Why it was not compiled there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error and its causes, in words.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// What the build says it could not find.
    pub missing: Vec<BuildFile>,
    /// Whether cargo or go failed.
    pub is_toolchain: bool,
    /// A symbol of a C++ library that zig could not link.
    pub cxx_library: Option<String>,
}

impl Failure {
    fn of(error: &Error) -> Failure {
        let mut message = error.to_string();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            message += &format!(": {inner}");
            cause = inner.source();
        }
        let cxx_library = match error {
            Error::Across(AcrossError::CxxLibrary { symbol, .. }) => Some(symbol.clone()),
            _ => None,
        };
        Failure {
            message,
            hint: error.hint(),
            missing: error.missing().to_vec(),
            is_toolchain: error.is_toolchain(),
            cxx_library,
        }
    }

    /// The error as it is here.
    pub fn into_error(self, program: &str) -> Error {
        match self.cxx_library {
            Some(symbol) => Error::Across(AcrossError::CxxLibrary {
                program: program.to_owned(),
                symbol,
            }),
            None => Error::Away {
                message: self.message,
                hint: self.hint,
                missing: self.missing,
                is_toolchain: self.is_toolchain,
            },
        }
    }
}

impl Said {
    /// The line that says this.
    pub fn line(&self) -> String {
        // Neither a map with keys that are no text nor a path that is no text is among it: it came as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a line says; `None` for those of others.
    pub fn read(line: &str) -> Option<Said> {
        serde_json::from_str(line).ok()
    }
}

/// Compiles there: says what happens, and puts what came out into a folder. False: it did not, and that was said.
pub fn run(
    errand: &Errand,
    toolchain: &Toolchain,
    folder: &Path,
    say: &mut dyn FnMut(&Said),
) -> bool {
    let toolchain = Toolchain {
        pkg_config: errand.pkg_config.iter().map(Into::into).collect(),
        offline: errand.request.offline,
        ..toolchain.clone()
    };
    let mut tell = |event: CompileEvent| say(&Said::Event(event));
    let compiled = super::compile(&errand.request, &toolchain, &mut tell);
    let put = compiled.and_then(|artifact| put(&artifact, folder));
    if let Err(error) = &put {
        say(&Said::Failed(Failure::of(error)));
    }
    put.is_ok()
}

fn put(artifact: &Artifact, folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Output { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let program = folder.join(PROGRAM);
    fs::copy(&artifact.path, &program).map_err(failed(&program))?;
    let record = folder.join(ARTIFACT);
    let text = serde_json::to_vec(artifact).map_err(io::Error::other);
    let text = text.map_err(failed(&record))?;
    fs::write(&record, text).map_err(failed(&record))
}

/// What came out, with the program put where it stays. `fresh`: nothing had to be compiled for it.
///
/// # Errors
/// [`Error::Output`] when it is not there, or the disk fails.
pub fn take(folder: &Path, place: PathBuf, fresh: bool) -> Result<Artifact, Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Output { path, source }
    };
    let record = folder.join(ARTIFACT);
    let text = fs::read(&record).map_err(failed(&record))?;
    let artifact = serde_json::from_slice::<Artifact>(&text).map_err(io::Error::other);
    let artifact = artifact.map_err(failed(&record))?;
    let program = folder.join(PROGRAM);
    let bytes = fs::read(&program).map_err(failed(&program))?;
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(failed(parent))?;
    }
    output::put(&place, &bytes).map_err(failed(&place))?;
    Ok(Artifact {
        path: place,
        fresh: fresh || artifact.fresh,
        ..artifact
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::{MadeOf, Target};
    use crate::project::Program;

    #[test]
    fn what_goes_there_and_what_comes_back_is_read_as_it_was_written() {
        let program = Program::prebuilt("api", Path::new("/w/api"), Path::new("/w"));
        let errand = Errand {
            request: CompileRequest::new(program, Target::LinuxArm64),
            pkg_config: vec!["coracle".to_owned(), "pkg-config".to_owned()],
        };
        let text = serde_json::to_string(&errand).unwrap();
        assert_eq!(serde_json::from_str::<Errand>(&text).unwrap(), errand);
        let said = Said::Event(CompileEvent::Line("warning: `a`\tb".to_owned()));
        assert_eq!(Said::read(&said.line()), Some(said));
        assert_eq!(Said::read("   Compiling api v0.1.0"), None);
    }

    #[test]
    fn a_failure_there_is_the_same_failure_here() {
        let failed = Error::Failed {
            tool: "cargo",
            program: "api".to_owned(),
            status: "exit status: 101".to_owned(),
            tail: "linker `cc` not found".to_owned(),
            missing: vec![BuildFile::Library("z".to_owned())],
        };
        let back = Failure::of(&failed).into_error("api");
        assert_eq!(back.to_string(), failed.to_string());
        assert_eq!(back.hint(), failed.hint());
        assert_eq!(back.missing(), failed.missing());
        assert!(back.is_toolchain());
        let cxx = Error::Across(AcrossError::CxxLibrary {
            program: "api".to_owned(),
            symbol: "std::x".to_owned(),
        });
        let back = Failure::of(&cxx).into_error("api");
        assert!(matches!(
            back,
            Error::Across(AcrossError::CxxLibrary { .. })
        ));
    }

    #[test]
    fn a_program_that_came_back_stays_where_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        fs::write(&made, "program").unwrap();
        let artifact = Artifact {
            path: made,
            fresh: false,
            toolchain: "rustc 1.95.0".to_owned(),
            made_of: MadeOf::default(),
            linked: Vec::new(),
            asked: Vec::new(),
            cpu: Vec::new(),
            time64: true,
            back_end: None,
        };
        let out = folder.path().join("out");
        put(&artifact, &out).unwrap();
        let place = folder.path().join("deep/api");
        let taken = take(&out, place.clone(), true).unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "program");
        let expected = Artifact {
            path: place,
            fresh: true,
            ..artifact
        };
        assert_eq!(taken, expected);
        assert!(take(folder.path(), folder.path().join("x"), false).is_err());
    }
}
