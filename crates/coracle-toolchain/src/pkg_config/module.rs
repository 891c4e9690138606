//! A `.pc` file, read.

use super::fragment::Fragments;
use super::lines;
use super::requirement::{self, Comparison, Requirement};
use super::variables::{Scope, Variables, single_slashes};
use super::words;

/// What a `.pc` file says.
#[derive(Debug, Clone, Default)]
pub(super) struct Module {
    /// The file's name without `.pc`.
    pub(super) id: String,
    /// The file; `None` for a module that is built in.
    pub(super) file: Option<String>,
    /// It is a build tree's own, not installed.
    pub(super) uninstalled: bool,
    /// Its name for people.
    pub(super) name: String,
    /// What it is.
    pub(super) description: String,
    /// Its version.
    pub(super) version: String,
    /// Its variables.
    pub(super) variables: Variables,
    /// Modules whose flags come with its own.
    pub(super) requires: Vec<Requirement>,
    /// Modules that it is made of: for static linking, and for their headers.
    pub(super) requires_private: Vec<Requirement>,
    /// Modules that must not be there with it.
    pub(super) conflicts: Vec<Requirement>,
    /// Modules that it stands for, itself among them.
    pub(super) provides: Vec<Requirement>,
    /// Flags for the compiler.
    pub(super) cflags: Fragments,
    /// Those for static linking besides.
    pub(super) cflags_private: Fragments,
    /// Flags for the linker.
    pub(super) libs: Fragments,
    /// Those for static linking besides.
    pub(super) libs_private: Fragments,
}

/// A module, if the text is one, and what is odd about the text.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The module; `None` where the text lacks a name, a description or a version.
    pub(super) module: Option<Module>,
    /// One sentence each, with a line break.
    pub(super) warnings: Vec<String>,
}

/// Which variable is the prefix, where files are believed less than their place is.
pub(super) type Relocated<'name> = Option<&'name str>;

/// Reads the text of a file.
///
/// With `relocated` the file's own prefix gives way to the folder that it was found below, for this module and,
/// since the variable becomes everyone's, for those that are read later.
pub(super) fn read(file: &str, text: &str, scope: &mut Scope, relocated: Relocated<'_>) -> Read {
    let mut reader = Reader::new(file, scope, relocated);
    for (number, line) in lines::logical(text).enumerate() {
        if let Some(line) = lines::read(&line) {
            reader.line(number + 1, &line);
        }
    }
    reader.finish()
}

struct Reader<'read> {
    file: &'read str,
    scope: &'read mut Scope,
    relocated: Relocated<'read>,
    module: Module,
    /// `Name`, `Description` and `Version` as far as they were seen.
    seen: [bool; 3],
    warnings: Vec<String>,
}

impl<'read> Reader<'read> {
    fn new(
        file: &'read str,
        scope: &'read mut Scope,
        relocated: Relocated<'read>,
    ) -> Reader<'read> {
        let (folder, name) = file.rsplit_once('/').unwrap_or((file, file));
        let mut module = Module {
            id: name.rsplit_once('.').map_or(name, |(id, _)| id).to_owned(),
            file: Some(file.to_owned()),
            ..Module::default()
        };
        scope.define(&mut module.variables, "pcfiledir", &spaces_escaped(folder));
        if scope
            .sysroot
            .as_deref()
            .is_some_and(|sysroot| !folder.starts_with(sysroot))
        {
            module.variables.define("pc_sysrootdir", "");
        }
        Reader {
            file,
            scope,
            relocated,
            module,
            seen: [false; 3],
            warnings: vec![],
        }
    }

    fn line(&mut self, number: usize, line: &lines::Line<'_>) {
        let within = ["key", "value"];
        let odd = [
            (line.loose_key, ""),
            (line.loose_value && line.sign == '=', "trailing "),
        ];
        for ((odd, trailing), section) in odd.into_iter().zip(within) {
            if odd {
                self.warn(
                    number,
                    &format!("{trailing}whitespace encountered while parsing {section} section"),
                );
            }
        }
        match line.sign {
            '=' => self.variable(line.key, line.value),
            ':' => self.field(number, line.key, line.value),
            _ => {}
        }
    }

    fn variable(&mut self, name: &str, value: &str) {
        if self.relocated == Some(name)
            && let Some(prefix) = prefix_of(self.file)
        {
            self.scope.define(
                &mut self.module.variables,
                "orig_prefix",
                &single_slashes(value),
            );
            self.scope.global.define(name, &spaces_escaped(&prefix));
        } else {
            self.scope.define(&mut self.module.variables, name, value);
        }
    }

    fn field(&mut self, number: usize, key: &str, value: &str) {
        let expanded = self.scope.expand(&self.module.variables, value);
        let module = &mut self.module;
        let [named, described, versioned] = &mut self.seen;
        let flags = match key.to_ascii_lowercase().as_str() {
            "name" => {
                *named = true;
                module.name = expanded;
                return;
            }
            "description" => {
                *described = true;
                module.description = expanded;
                return;
            }
            "version" => {
                *versioned = true;
                return self.version(number, &expanded);
            }
            "requires" => return requirement::read(&expanded, false, &mut module.requires),
            "requires.private" => {
                return requirement::read(&expanded, false, &mut module.requires_private);
            }
            "requires.internal" => {
                return requirement::read(&expanded, true, &mut module.requires_private);
            }
            "conflicts" => return requirement::read(&expanded, false, &mut module.conflicts),
            "provides" => return requirement::read(&expanded, false, &mut module.provides),
            "cflags" => &mut module.cflags,
            "cflags.private" => &mut module.cflags_private,
            "libs" => &mut module.libs,
            "libs.private" => &mut module.libs_private,
            _ => return,
        };
        match words::split(&expanded) {
            Some(words) => words.iter().for_each(|word| flags.add(self.scope, word)),
            None => self.warn(
                number,
                &format!("unable to parse field '{key}' into an argument vector, value [{value}]"),
            ),
        }
    }

    fn version(&mut self, number: usize, text: &str) {
        let version = text.split([' ', '\t']).next().unwrap_or_default();
        if version.len() != text.len() {
            self.warn(
                number,
                &format!("malformed version field with whitespace, trimming to [{version}]"),
            );
        }
        self.module.version = version.to_owned();
    }

    fn warn(&mut self, number: usize, what: &str) {
        self.warnings
            .push(format!("{}:{number}: warning: {what}\n", self.file));
    }

    fn finish(mut self) -> Read {
        let file = self.file;
        let mut warnings = self.warnings;
        for (seen, field) in self.seen.iter().zip(["Name", "Description", "Version"]) {
            if !seen {
                warnings.push(format!(
                    "{file}: warning: file does not declare a `{field}' field\n"
                ));
            }
        }
        if self.seen.contains(&false) {
            warnings.push(format!("{file}: warning: skipping invalid file\n"));
            return Read {
                module: None,
                warnings,
            };
        }
        self.module.provides.push(Requirement {
            module: self.module.id.clone(),
            comparison: Comparison::Equal,
            version: Some(self.module.version.clone()).filter(|version| !version.is_empty()),
            internal: false,
        });
        Read {
            module: Some(self.module),
            warnings,
        }
    }
}

/// The folder that `pkgconfig` and the one around it (`lib`, `share`) lie in.
fn prefix_of(file: &str) -> Option<String> {
    let file = single_slashes(file);
    let (folder, _) = file.rsplit_once('/')?;
    let (above, name) = folder.rsplit_once('/')?;
    let (prefix, _) = above.rsplit_once('/').filter(|_| name == "pkgconfig")?;
    Some(prefix.to_owned())
}

fn spaces_escaped(path: &str) -> String {
    path.replace(' ', "\\ ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: &str = "Name: x\nDescription: y\nVersion: 1.0\n";

    fn read_in(sysroot: Option<&str>, text: &str) -> Read {
        let mut scope = Scope {
            sysroot: sysroot.map(str::to_owned),
            ..Scope::default()
        };
        read("/s/lib/pkgconfig/a.b.pc", text, &mut scope, None)
    }

    #[test]
    fn fields_are_known_in_any_case_and_only_after_a_colon() {
        let text = format!("{HEAD}CFLAGS: -I/a\nlibs.PRIVATE: -lm\nLibs=-lx\nURL: z\n");
        let module = read_in(None, &text).module.unwrap();
        assert_eq!(
            (module.id.as_str(), module.version.as_str()),
            ("a.b", "1.0")
        );
        assert_eq!(
            module.cflags.iter().count() + module.libs_private.iter().count(),
            2
        );
        assert_eq!(module.libs.iter().count(), 0);
        assert_eq!(
            module.variables.names().collect::<Vec<_>>(),
            ["Libs", "pcfiledir"]
        );
    }

    #[test]
    fn a_file_without_a_version_is_no_module() {
        let read = read_in(None, "Name: x\nDescription: y\n");
        assert!(read.module.is_none());
        assert!(
            read.warnings[0].contains("does not declare a `Version' field"),
            "{:?}",
            read.warnings
        );
    }

    #[test]
    fn what_is_odd_is_told_with_its_line() {
        let read = read_in(
            None,
            "Name: x\nDescription: y\n Version : 1.0 beta\na=b \nLibs: '-la\n",
        );
        let numbers: Vec<&str> = read
            .warnings
            .iter()
            .map(|warning| warning.split(':').nth(1).unwrap())
            .collect();
        assert_eq!(numbers, ["3", "3", "4", "5"], "{:?}", read.warnings);
        assert_eq!(read.module.unwrap().version, "1.0");
    }

    #[test]
    fn a_file_outside_the_sysroot_says_so() {
        let names = |sysroot| {
            let module = read_in(Some(sysroot), HEAD).module.unwrap();
            module
                .variables
                .names()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("/other"), ["pc_sysrootdir", "pcfiledir"]);
        assert_eq!(names("/s"), ["pcfiledir"]);
    }

    #[test]
    fn a_relocated_prefix_is_the_folder_above() {
        let mut scope = Scope::default();
        let text = format!("prefix=/usr\nlibdir=${{prefix}}/lib\n{HEAD}");
        let module = read(
            "/s//x/lib/pkgconfig/a.pc",
            &text,
            &mut scope,
            Some("prefix"),
        )
        .module
        .unwrap();
        assert_eq!(module.variables.get("libdir"), Some("/s/x/lib"));
        assert_eq!(module.variables.get("orig_prefix"), Some("/usr"));
        assert_eq!(prefix_of("/s/x/lib/a.pc"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", near in "(Libs|Version|Requires|a)[:=][-/$a{}\"' \\\\\n]{0,20}\n") {
            let _ = read_in(Some("/s"), &text);
            let _ = read_in(None, &near);
        }
    }
}
