//! What the environment and `coracle.toml` say of compilers.

use std::path::{Path, PathBuf};

use coracle_build::settings::Toolchain;

use super::environment::Environment;
use super::file::Configuration;
use super::sccache;
use crate::arguments::Selection;

pub(super) fn read(
    (configuration, directory): (&Configuration, &Path),
    environment: &Environment,
    selection: Option<&Selection>,
) -> Toolchain {
    Toolchain {
        sccache: sccache::wish(configuration, environment, directory),
        rustflags: environment.rustflags.clone(),
        encoded_rustflags: environment.encoded_rustflags.clone(),
        cargo_home: environment.cargo_home.clone(),
        cargo_variables: environment.cargo_variables.clone(),
        c_variables: environment.c_variables.clone(),
        pkg_config: own_pkg_config(environment.own_program.clone()),
        time_bits: environment.time_bits.clone(),
        rustc_wrapper: environment.rustc_wrapper.clone(),
        zig_cache: environment.zig_cache.clone(),
        offline: selection.is_some_and(|selection| selection.offline),
        ..Toolchain::default()
    }
}

/// The toolchain of this machine, where there is nothing but the environment.
pub(crate) fn own() -> Toolchain {
    let nothing = Configuration::default();
    read((&nothing, Path::new("/")), &Environment::read(), None)
}

/// This program as the pkg-config of sysroots.
fn own_pkg_config(program: Option<PathBuf>) -> Vec<std::ffi::OsString> {
    let words = program.map(|program| [program.into_os_string(), "pkg-config".into()]);
    words.into_iter().flatten().collect()
}
