//! Whether a program asks for a shell, which no image has unless somebody names one: a shell is essential on Debian, so
//! nothing depends on it.

use coracle_binary::elf::ElfFacts;

use super::Rootfs;

/// C functions that start `/bin/sh`.
const STARTS_A_SHELL: &[&str] = &["system", "popen", "wordexp"];

/// What to tell when the program would start a shell that is not there.
pub(super) fn note(program: &ElfFacts, rootfs: &Rootfs) -> Option<String> {
    let mut functions = STARTS_A_SHELL.iter();
    let function = functions.find(|name| program.imports_symbol(name))?;
    let is_there = ["usr/bin/sh", "bin/sh"]
        .iter()
        .any(|path| rootfs.files.contains_key(*path));
    (!is_there).then(|| {
        format!(
            "the program calls {function}, which starts /bin/sh, and the image has none; \
             packages = [\"dash\"] has one"
        )
    })
}
