//! Whether a 32-bit program holds time in 64 bits. Its ABI with every library that takes a time depends on that, and no
//! header field says it: only the names of the functions that it calls.

use crate::Machine;
use crate::elf::{ElfFacts, glibc_number};

/// The first glibc with 64-bit time on machines of 32 bits, and the version of all of its functions for that.
const FIRST: (u32, u32) = (2, 34);

/// Whether the program is linked to glibc, on a machine where it has both widths of time, and shows no trace of the
/// wider one. Weak references say nothing: Rust's standard library looks for `__clock_gettime64` however it was built.
pub fn may_hold_time_in_32_bits(facts: &ElfFacts) -> bool {
    let is_glibc = match &facts.interpreter {
        Some(interpreter) => !interpreter.contains("ld-musl-"),
        None => false,
    };
    facts.machine == Machine::Arm && is_glibc && !calls_wide_functions(facts)
}

/// `__clock_gettime64`, `__stat64_time64`, `__time64` and their like. Names for large files (`__fxstat64`) are older.
fn calls_wide_functions(facts: &ElfFacts) -> bool {
    facts.imports.iter().any(|import| {
        let since = import.version.and_then(glibc_number);
        let is_new = since.is_some_and(|since| since >= FIRST);
        !import.weak && is_new && import.name.starts_with("__") && import.name.contains("64")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elf::Import;

    fn program(
        machine: Machine,
        interpreter: Option<&str>,
        imports: &[(&str, &str, bool)],
    ) -> bool {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let import = |&(name, version, weak)| Import {
            name,
            version: Some(version),
            file: Some("libc.so.6"),
            weak,
        };
        let facts = ElfFacts {
            machine,
            interpreter: interpreter.map(str::to_owned),
            imports: imports.iter().map(import).collect(),
            ..ElfFacts::read(&own).unwrap()
        };
        may_hold_time_in_32_bits(&facts)
    }

    const GLIBC: Option<&str> = Some("/lib/ld-linux-armhf.so.3");

    #[test]
    fn a_function_for_wide_times_is_what_shows_them() {
        let wide = [("__stat64_time64", "GLIBC_2.34", false)];
        assert!(!program(Machine::Arm, GLIBC, &wide));
        for narrow in [
            ("clock_gettime", "GLIBC_2.17", false),
            ("__fxstat64", "GLIBC_2.4", false),
            ("__clock_gettime64", "GLIBC_2.34", true),
            ("__libc_start_main", "GLIBC_2.34", false),
        ] {
            assert!(program(Machine::Arm, GLIBC, &[narrow]), "{narrow:?}");
        }
    }

    #[test]
    fn machines_of_64_bits_musl_and_static_programs_have_one_width() {
        assert!(!program(Machine::Aarch64, GLIBC, &[]));
        assert!(!program(Machine::Arm, Some("/lib/ld-musl-armhf.so.1"), &[]));
        assert!(!program(Machine::Arm, None, &[]));
    }
}
