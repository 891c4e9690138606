//! Looks for folders' names that reached a program all the same: `env!("CARGO_MANIFEST_DIR")` and
//! the C of build scripts are out of `--remap-path-prefix`'s reach. Such a program works; built in
//! another folder it has other bytes, which the user should know.

use std::path::{Path, PathBuf};

use memchr::memmem;

/// The first text in the program that begins with one of the folders, for each that there is.
/// Folders right under `/` are common in programs by themselves (`/app/`) and are not looked for.
pub(super) fn find(program: &Path, folders: &[PathBuf]) -> Vec<String> {
    let bytes = std::fs::read(program).unwrap_or_default();
    let telling = folders
        .iter()
        .filter(|folder| folder.components().count() > 2);
    telling
        .filter_map(|folder| text_at(&bytes, &format!("{}/", folder.to_str()?)))
        .collect()
}

/// At most this much of a text is shown.
const SHOWN: usize = 120;

fn text_at(bytes: &[u8], start: &str) -> Option<String> {
    let at = memmem::find(bytes, start.as_bytes())?;
    let text = bytes
        .get(at..)?
        .iter()
        .take(SHOWN)
        .take_while(|byte| byte.is_ascii_graphic());
    Some(text.map(|byte| char::from(*byte)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_name_in_a_program_is_found_with_what_follows() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            b"\x7fELF\0/home/me/shop/src/x.c\0/home/me/shopping\0/app/x\0",
        )
        .unwrap();
        let found = |folder: &str| find(file.path(), &[PathBuf::from(folder)]);
        assert_eq!(found("/home/me/shop"), ["/home/me/shop/src/x.c"]);
        assert_eq!(found("/home/you"), [""; 0]);
        assert_eq!(found("/app"), [""; 0]);
    }
}
