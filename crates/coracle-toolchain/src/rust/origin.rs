//! The crates that a program is made of, as cargo resolves them for a target.

use cargo_metadata::{DependencyKind, Package as Crate};

use super::{Error, Features, Graph, ask, called, crates, guesses, is_macro};
use crate::native::BuildFile;
use crate::origin::{Origins, Package};
use crate::project::RustProgram;
use crate::toolchain::Toolchain;

/// The crates that a program is made of when it is compiled for a target, `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// See [`Error`]. Crates that are not there are downloaded, as cargo does.
pub fn origins(
    program: &RustProgram,
    features: &Features,
    triple: &str,
    toolchain: &Toolchain,
) -> Result<Origins, Error> {
    let metadata = ask(program, features, triple, toolchain)?;
    Ok(Graph::new(&metadata).origins(&program.package_id))
}

impl Graph<'_> {
    pub(super) fn origins(&self, package_id: &str) -> Origins {
        let main = self.packages.iter().find(|(id, _)| id.repr == package_id);
        let main = main.map(|(_, package)| called(package));
        let packages = self.nodes.iter().filter_map(|(id, node)| {
            let package = self.packages.get(id)?;
            let of_kind = |kind| self.of_kind(node, kind).collect::<Vec<_>>();
            let (macros, uses): (Vec<&Crate>, Vec<&Crate>) = of_kind(DependencyKind::Normal)
                .into_iter()
                .partition(|package| is_macro(package));
            let building = of_kind(DependencyKind::Build);
            let asks_pkg_config = building
                .iter()
                .any(|package| matches!(package.name.as_str(), "pkg-config" | "system-deps"));
            Some(Package {
                name: called(package),
                links: package.links.clone(),
                asks: if asks_pkg_config {
                    modules(package)
                } else {
                    Vec::new()
                },
                cgo: false,
                uses: uses.into_iter().map(called).collect(),
                compiled_with: macros.into_iter().chain(building).map(called).collect(),
            })
        });
        Origins::new(main.unwrap_or_default(), packages)
    }
}

/// The modules that a crate is expected to ask for.
fn modules(package: &Crate) -> Vec<BuildFile> {
    let names = match crates::known(&package.name) {
        Some(known) => known
            .modules
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        None => guesses(package),
    };
    names.into_iter().map(BuildFile::PkgConfig).collect()
}
