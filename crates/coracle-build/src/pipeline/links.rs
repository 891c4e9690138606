//! Which crate or Go package asked for which library, as the build said it, and what that is at run time.

use coracle_toolchain::compile::Kind;
use coracle_toolchain::native::is_of_the_c_library;
use coracle_toolchain::{BuildFile, Language, Sysroot};

use super::compiling::Compiled;
use crate::plan::ServicePlan;
use crate::record::Link;

/// All that was asked for, but what is the C library's own.
pub(super) fn of(service: &ServicePlan, compiled: &Compiled) -> Vec<Link> {
    let sysroot = compiled.sysroot.as_ref();
    let mut links = match service.program.language {
        Language::Rust(_) => by_build_scripts(compiled, sysroot),
        Language::Go(_) => by_cgo(service, sysroot),
        Language::Prebuilt(_) => Vec::new(),
    };
    links.sort();
    links.dedup();
    links
}

fn by_build_scripts(compiled: &Compiled, sysroot: Option<&Sysroot>) -> Vec<Link> {
    let linked = compiled.artifact.linked.iter();
    let linked = linked.filter(|linked| !is_of_the_c_library(&linked.name));
    let link = |linked: &coracle_toolchain::compile::Linked| {
        let (kind, is_shared) = match linked.kind {
            Kind::Static => ("static=", false),
            Kind::Shared => ("", true),
        };
        let sysroot = sysroot.filter(|_| is_shared);
        Link {
            by: linked.by.clone(),
            asked: format!("cargo::rustc-link-lib={kind}{}", linked.name),
            library: linked.name.clone(),
            soname: sysroot.and_then(|sysroot| sysroot.soname(&linked.name)),
        }
    };
    linked.map(link).collect()
}

fn by_cgo(service: &ServicePlan, sysroot: Option<&Sysroot>) -> Vec<Link> {
    let mut links = Vec::new();
    for need in &service.native.needs {
        for file in &need.any_of {
            let asked = match file {
                BuildFile::PkgConfig(module) => format!("#cgo pkg-config: {module}"),
                BuildFile::Library(name) => format!("#cgo LDFLAGS: -l{name}"),
                BuildFile::Header(_) => continue,
            };
            let libraries = sysroot.map(|sysroot| sysroot.libraries_of(file));
            for library in libraries.unwrap_or_default() {
                links.push(Link {
                    by: need.by.clone(),
                    asked: asked.clone(),
                    soname: sysroot.and_then(|sysroot| sysroot.soname(&library)),
                    library,
                });
            }
        }
    }
    links
}
