//! Which shared libraries a sysroot has for what a build asks for: `libwebp.pc` or `-lwebp` is `libwebp.so.7` at run time.

use std::fs;

use coracle_binary::elf::ElfFacts;

use super::Sysroot;
use crate::native::{BuildFile, libraries_in};
use crate::pkg_config::{self, Settings};

impl Sysroot {
    /// The libraries to link for what is asked for, each as after `-l`; those of the C library are none. A header names none.
    pub fn libraries_of(&self, asked: &BuildFile) -> Vec<String> {
        match asked {
            BuildFile::Library(name) => vec![name.clone()],
            BuildFile::Header(_) => Vec::new(),
            BuildFile::PkgConfig(module) => {
                let question = ["--libs-only-l".to_owned(), module.clone()];
                let answer = pkg_config::answer(&question, &self.pkg_config());
                let libraries = libraries_in(answer.stdout.split_whitespace());
                let names = libraries.into_iter().filter_map(|library| match library {
                    BuildFile::Library(name) => Some(name),
                    BuildFile::PkgConfig(_) | BuildFile::Header(_) => None,
                });
                names.collect()
            }
        }
    }

    /// What a program needs by name at run time that is linked against a library, `webp`; `None` where only a static one is
    /// here, or none.
    pub fn soname(&self, library: &str) -> Option<String> {
        let path = self.libraries().join(format!("lib{library}.so"));
        ElfFacts::read(&fs::read(path).ok()?).ok()?.soname
    }

    fn pkg_config(&self) -> Settings {
        Settings::from_variables(|name| match name {
            "PKG_CONFIG_LIBDIR" => Some(self.modules()),
            "PKG_CONFIG_SYSROOT_DIR" => Some(self.folder.display().to_string()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_s_libraries_are_those_that_its_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let sysroot = Sysroot {
            folder: folder.path().to_owned(),
            key: "key".to_owned(),
            triplet: "x86_64-linux-gnu".to_owned(),
            cxx: None,
            time64: true,
        };
        let modules = sysroot.libraries().join("pkgconfig");
        fs::create_dir_all(&modules).unwrap();
        let text = "Name: two\nDescription: two\nVersion: 1\nLibs: -L/usr/lib/x -lone -ltwo -lm\n";
        fs::write(modules.join("two.pc"), text).unwrap();
        let libraries = |asked| sysroot.libraries_of(&asked);
        assert_eq!(
            libraries(BuildFile::PkgConfig("two".to_owned())),
            ["one", "two"]
        );
        assert_eq!(libraries(BuildFile::PkgConfig("three".to_owned())), [""; 0]);
        assert_eq!(libraries(BuildFile::Library("webp".to_owned())), ["webp"]);
        assert_eq!(
            libraries(BuildFile::Header("webp/encode.h".to_owned())),
            [""; 0]
        );
        assert_eq!(sysroot.soname("one"), None);
    }
}
