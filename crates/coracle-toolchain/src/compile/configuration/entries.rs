//! What cargo's configuration files say that changes what is compiled, entry by entry, so that somebody can say later which
//! of them changed.

use std::path::Path;

use toml::{Table, Value};

use super::files;
use crate::compile::made_of::Setting;
use crate::toolchain::Toolchain;

/// The tables that do; the others say how cargo looks, where it fetches from and who it is there.
const TABLES: [&str; 8] = [
    "build", "env", "host", "patch", "profile", "source", "target", "unstable",
];
/// The list of folders that stand for crates.
const PATHS: &str = "paths";

/// The entries of all files that count in a folder, those that win last.
pub(in crate::compile) fn entries(folder: &Path, toolchain: &Toolchain) -> Vec<Setting> {
    let mut entries = Vec::new();
    for (file, table) in files(folder, toolchain) {
        let mut add = |name: String, value: &Value| {
            entries.push(Setting {
                file: Some(file.clone()),
                name,
                value: value.to_string(),
            });
        };
        for (name, value) in &table {
            match value {
                Value::Table(table) if TABLES.contains(&name.as_str()) => {
                    each(name, table, &mut add);
                }
                value if name == PATHS => add(name.clone(), value),
                _ => {}
            }
        }
    }
    entries
}

/// Every value of a table and of those in it, by its dotted name.
fn each(name: &str, table: &Table, add: &mut dyn FnMut(String, &Value)) {
    for (key, value) in table {
        let name = format!("{name}.{key}");
        match value {
            Value::Table(table) => each(&name, table, add),
            value => add(name, value),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_changes_a_compile_is_told_entry_by_entry_and_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        put(
            "home/config.toml",
            "paths = ['/local']\n[registry]\ntoken = 'secret'\n[net]\noffline = true\n[build]\njobs = 3\n\
             [target.x86_64-unknown-linux-gnu]\nlinker = 'mold'\n[env]\nONE = { value = '1', force = true }\n",
        );
        put("a/.cargo/config.toml", "build.rustflags = ['-A']");
        let toolchain = Toolchain {
            cargo_home: Some(folder.path().join("home")),
            ..Toolchain::default()
        };
        let entries = entries(&folder.path().join("a/b"), &toolchain);
        let told = |entry: &Setting| {
            let file = entry.file.as_ref().unwrap();
            let file = file.strip_prefix(folder.path()).unwrap().display();
            format!("{} {} {file}", entry.name, entry.value)
        };
        let mut told: Vec<String> = entries.iter().map(told).collect();
        assert_eq!(
            told.pop().unwrap(),
            "build.rustflags [\"-A\"] a/.cargo/config.toml"
        );
        told.sort();
        assert_eq!(
            told,
            [
                "build.jobs 3 home/config.toml",
                "env.ONE.force true home/config.toml",
                "env.ONE.value \"1\" home/config.toml",
                "paths [\"/local\"] home/config.toml",
                "target.x86_64-unknown-linux-gnu.linker \"mold\" home/config.toml",
            ]
        );
    }
}
