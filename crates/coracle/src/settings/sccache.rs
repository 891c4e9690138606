//! Whether programs are compiled through sccache: `CORACLE_SCCACHE`, else `sccache` of `coracle.toml`, else where it is
//! installed.

use std::ffi::OsString;
use std::path::Path;

use coracle_build::settings::SccacheWish;

use super::environment::Environment;
use super::file::{Configuration, Sccache};

/// What the user wishes. A path of the file starts at its folder, one of the environment where coracle was started.
pub(super) fn wish(
    configuration: &Configuration,
    environment: &Environment,
    directory: &Path,
) -> SccacheWish {
    let from_file = configuration.sccache.as_ref().map(|written| match written {
        Sccache::Whether(wanted) => whether(*wanted, None, "coracle.toml"),
        Sccache::Program(path) => {
            let program = located(path, || Some(directory.to_owned()));
            whether(true, Some(program), "coracle.toml")
        }
    });
    let written = environment.sccache.as_ref();
    let from_environment = written.map(|written| match written.to_str() {
        Some("true" | "1") => whether(true, None, VARIABLE),
        Some("false" | "0") => SccacheWish::Never,
        _ => {
            let program = located(Path::new(written), || std::env::current_dir().ok());
            whether(true, Some(program), VARIABLE)
        }
    });
    from_environment.or(from_file).unwrap_or_default()
}

const VARIABLE: &str = "CORACLE_SCCACHE";

fn whether(wanted: bool, program: Option<OsString>, origin: &str) -> SccacheWish {
    match wanted {
        true => SccacheWish::Always {
            program,
            origin: origin.to_owned(),
        },
        false => SccacheWish::Never,
    }
}

/// A bare name is looked for on PATH.
fn located(path: &Path, folder: impl FnOnce() -> Option<std::path::PathBuf>) -> OsString {
    match path.components().count() {
        0 | 1 => path.into(),
        _ => folder().map_or_else(|| path.into(), |folder| folder.join(path).into_os_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(file: Option<Sccache>, variable: Option<&str>) -> SccacheWish {
        let configuration = Configuration {
            sccache: file,
            ..Configuration::default()
        };
        let environment = Environment {
            sccache: variable.map(OsString::from),
            ..Environment::default()
        };
        wish(&configuration, &environment, Path::new("/w"))
    }

    fn always(program: Option<&str>, origin: &str) -> SccacheWish {
        whether(true, program.map(OsString::from), origin)
    }

    #[test]
    fn the_variable_wins_over_the_file_and_nothing_said_is_where_installed() {
        assert_eq!(wished(None, None), SccacheWish::WhereInstalled);
        let off = Some(Sccache::Whether(false));
        assert_eq!(wished(off.clone(), None), SccacheWish::Never);
        assert_eq!(wished(off, Some("true")), always(None, "CORACLE_SCCACHE"));
        let on = Some(Sccache::Whether(true));
        assert_eq!(wished(on.clone(), None), always(None, "coracle.toml"));
        assert_eq!(wished(on, Some("0")), SccacheWish::Never);
    }

    #[test]
    fn a_path_of_the_file_starts_at_its_folder_and_a_bare_name_is_one_on_path() {
        let of = |path: &str| wished(Some(Sccache::Program(path.into())), None);
        assert_eq!(
            of("bin/sccache"),
            always(Some("/w/bin/sccache"), "coracle.toml")
        );
        assert_eq!(
            of("/opt/sccache"),
            always(Some("/opt/sccache"), "coracle.toml")
        );
        assert_eq!(
            of("sccache-dev"),
            always(Some("sccache-dev"), "coracle.toml")
        );
    }
}
