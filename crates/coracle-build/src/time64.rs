//! Debian's armhf holds time in 64 bits since trixie; Rust and C hold it in 32 there unless they are told otherwise. A
//! program that hands a time to a library of the other width writes over what lies beside it, and no loader sees that:
//! such a library's package is called `…t64`, and a program that shows no trace of 64-bit time is not linked to one.

use coracle_binary::inspect::Facts;
use coracle_binary::may_hold_time_in_32_bits;

use crate::resolve::Rootfs;

/// The variable by which Rust's `libc` takes the wider times (as `--build-arg`).
const RUST_VARIABLE: &str = "RUST_LIBC_UNSTABLE_GNU_TIME_BITS";

/// A program and a library whose times may differ in width.
#[derive(Debug, thiserror::Error)]
#[error(
    "{service} is linked to {soname} of {package}, which holds time in 64 bits; nothing in the program says that it does so too"
)]
pub struct Error {
    /// The service.
    pub service: String,
    /// The library.
    pub soname: String,
    /// Its package.
    pub package: String,
    language: &'static str,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        let compile = match self.language {
            "rust" => format!("compile it with 64-bit time: --build-arg {RUST_VARIABLE}=64"),
            "go" => {
                "compile its C with 64-bit time: --build-arg CGO_CFLAGS=\"-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64\"".to_owned()
            }
            _ => "compile it with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64".to_owned(),
        };
        Some(format!(
            "{compile}; or leave out that library, or ship on debian/bookworm, which has 32-bit time throughout"
        ))
    }
}

/// Refuses a program (of a service, in a language) whose times may be narrower than those of a library that it is linked
/// to itself; what a library is linked to was compiled with it.
///
/// # Errors
/// When there is such a library.
pub fn check(
    (service, language): (&str, &'static str),
    facts: &Facts,
    rootfs: &Rootfs,
) -> Result<(), Error> {
    if !may_hold_time_in_32_bits(&facts.elf) {
        return Ok(());
    }
    let wide = |soname: &String| {
        let package = package_of(rootfs, soname)?;
        package
            .ends_with("t64")
            .then(|| (soname.clone(), package.to_owned()))
    };
    match facts.elf.needed.iter().find_map(wide) {
        None => Ok(()),
        Some((soname, package)) => Err(Error {
            service: service.to_owned(),
            soname,
            package,
            language,
        }),
    }
}

fn package_of<'a>(rootfs: &'a Rootfs, soname: &str) -> Option<&'a str> {
    let mut files = rootfs.files.iter();
    files.find_map(|(path, file)| {
        let name = path.rsplit('/').next()?;
        if name == soname {
            file.origin.package()
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use coracle_binary::Machine;
    use coracle_oci::layer::{Content, Entry};

    use super::*;
    use crate::resolve::{Origin, RootFile};

    /// What is said of an armhf program that needs libssl.so.3 of this package.
    fn said(language: &'static str, package: &str) -> Option<Error> {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let mut facts = Facts::read(&own).unwrap();
        facts.elf.machine = Machine::Arm;
        facts.elf.needed = ["libssl.so.3", "libc.so.6"].map(str::to_owned).into();
        facts.elf.imports = coracle_binary::elf::Imports::default();
        let file = |path: &str, package: &str| {
            let origin = Origin::Package {
                name: package.to_owned(),
                version: "1".to_owned(),
            };
            let entry = Entry::file(path, Content::bytes(*b""), 0o644, 0);
            let reason = "needed".to_owned();
            let file = RootFile {
                entry,
                origin,
                reason,
            };
            (path.to_owned(), file)
        };
        let folder = "usr/lib/arm-linux-gnueabihf";
        let rootfs = Rootfs {
            packages: Vec::new(),
            files: BTreeMap::from([
                file(&format!("{folder}/libc.so.6"), "libc6"),
                file(&format!("{folder}/libssl.so.3"), package),
            ]),
            notes: Vec::new(),
            left_out: Vec::new(),
        };
        check(("api", language), &facts, &rootfs).err()
    }

    #[test]
    fn a_library_of_wide_times_is_refused_without_a_sign_of_them_in_the_program() {
        let error = said("prebuilt", "libssl3t64").unwrap();
        insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @r"
        api is linked to libssl.so.3 of libssl3t64, which holds time in 64 bits; nothing in the program says that it does so too
        compile it with -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64; or leave out that library, or ship on debian/bookworm, which has 32-bit time throughout
        ");
        let error = said("rust", "libssl3t64").unwrap();
        insta::assert_snapshot!(error.hint().unwrap(), @"compile it with 64-bit time: --build-arg RUST_LIBC_UNSTABLE_GNU_TIME_BITS=64; or leave out that library, or ship on debian/bookworm, which has 32-bit time throughout");
    }

    #[test]
    fn libraries_of_the_older_times_pass() {
        assert!(said("rust", "libssl3").is_none());
    }
}
