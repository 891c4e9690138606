//! Debian's armhf holds time in 64 bits since trixie; Rust and C hold it in 32 there unless they are told otherwise. A
//! program that hands a time to a library of the other width writes over what lies beside it, and no loader sees that:
//! such a library's package is called `…t64`, and a program that shows no trace of 64-bit time is not linked to one.

use coracle_binary::inspect::Facts;
use coracle_binary::may_hold_time_in_32_bits;
use coracle_toolchain::Language;

use crate::plan::ServicePlan;
use crate::resolve::Rootfs;
use crate::settings::Settings;

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

/// Refuses a program whose times may be narrower than those of a library that it is linked to itself; what a library is
/// linked to was compiled with it.
pub fn check(
    service: &ServicePlan,
    facts: &Facts,
    rootfs: &Rootfs,
    settings: &Settings,
) -> Result<(), Error> {
    let language = &service.program.language;
    let is_told = matches!(language, Language::Rust(_))
        && settings
            .build_arguments
            .get(RUST_VARIABLE)
            .is_some_and(|bits| bits == "64");
    if is_told || !may_hold_time_in_32_bits(&facts.elf) {
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
            service: service.name.clone(),
            soname,
            package,
            language: language.name(),
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
