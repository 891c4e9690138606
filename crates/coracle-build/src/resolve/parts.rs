//! Parts of packages that only some programs need: glibc's character set converters and its C.UTF-8 locale.
//!
//! What asks for one is an import: `iconv_open` for the converters, `setlocale` or `newlocale` for the locale. glibc's
//! own objects do not count, nor those whose import says nothing about the program:
//!
//! - libstdc++ imports all three, for `std::locale("name")` and for formatting with it; counted, every C++ program
//!   would carry 8 MB (20 MB on arm64) of converters for character sets that no locale of the image has. A program
//!   that makes a locale by name imports the constructor, and that counts for the locale.
//! - libunistring, libidn2, libpsl, libpulse and libpopt convert between UTF-8 and the locale's own character set
//!   alone. In a container that is ASCII or UTF-8, which glibc converts without a module.
//!
//! The converters weigh 2.9 MB as pulled. The locale is 370 kB and 62 kB as pulled, so there any other import counts, without asking what for.

use coracle_binary::elf::ElfFacts;

use super::closure::Library;

/// A part of a package, in a layer of its own so that the package's own layer is the same for all services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// `usr/lib/TRIPLET/gconv` of libc6.
    Gconv,
    /// `usr/lib/locale/C.utf8` of libc-bin.
    Utf8Locale,
}

impl Part {
    pub(super) const ALL: [Part; 2] = [Part::Gconv, Part::Utf8Locale];

    /// The package that it is of.
    pub(super) fn package(self) -> &'static str {
        match self {
            Part::Gconv => "libc6",
            Part::Utf8Locale => "libc-bin",
        }
    }

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::Gconv => "gconv",
            Part::Utf8Locale => "C.utf8",
        }
    }

    /// Whether a file of its package belongs to it.
    pub(super) fn holds(self, path: &str) -> bool {
        match self {
            Part::Gconv => path.contains("/gconv/") || path.ends_with("/gconv"),
            Part::Utf8Locale => path.starts_with("usr/lib/locale/C.utf8"),
        }
    }

    /// The part that a file of this package belongs to.
    pub(super) fn of(package: &str, path: &str) -> Option<Part> {
        let mut parts = Part::ALL.into_iter();
        parts.find(|part| part.package() == package && part.holds(path))
    }

    /// Why it is left out where it is.
    pub(super) fn unwanted(self) -> &'static str {
        match self {
            Part::Gconv => "nothing in the image converts documents' character sets (iconv_open)",
            Part::Utf8Locale => "nothing in the image sets a locale (setlocale, newlocale)",
        }
    }

    fn imports(self) -> &'static [&'static str] {
        match self {
            Part::Gconv => &["iconv_open"],
            Part::Utf8Locale => &["setlocale", "newlocale"],
        }
    }

    /// Libraries whose import says nothing, by the beginning of their soname.
    fn passed_over(self) -> &'static [&'static str] {
        match self {
            Part::Gconv => &[
                "libidn2.so.",
                "libpopt.so.",
                "libpsl.so.",
                "libpulse.so.",
                "libstdc++.so.",
                "libunistring.so.",
            ],
            Part::Utf8Locale => &["libstdc++.so."],
        }
    }
}

/// The parts that a program and its libraries ask for, each with the reason.
pub(super) fn wanted(program: &ElfFacts, libraries: &[Library]) -> Vec<(Part, String)> {
    if libraries.iter().all(|library| library.package != "libc6") {
        return Vec::new();
    }
    let reason = |part: Part| {
        let by_library = || {
            let counted = libraries.iter().filter(|library| {
                let beginnings = part.passed_over().iter();
                library.package != "libc6"
                    && !beginnings
                        .clone()
                        .any(|begin| library.soname.starts_with(begin))
            });
            let mut found =
                counted.filter_map(|library| Some((&library.soname, asks(part, &library.facts)?)));
            found
                .next()
                .map(|(soname, word)| format!("{soname} calls {word}"))
        };
        let by_program = asks(part, program).map(|word| format!("the program calls {word}"));
        by_program.or_else(by_library)
    };
    let parts = Part::ALL.into_iter();
    parts
        .filter_map(|part| Some((part, reason(part)?)))
        .collect()
}

/// The import by which an object asks for a part.
fn asks(part: Part, facts: &ElfFacts) -> Option<&'static str> {
    let imported = part
        .imports()
        .iter()
        .find(|name| facts.imports_symbol(name));
    imported.copied().or_else(|| {
        let mut imports = facts.imports.iter();
        let makes_one =
            part == Part::Utf8Locale && imports.any(|import| makes_a_locale(import.name));
        makes_one.then_some("std::locale(name)")
    })
}

/// The constructors of `std::locale` that take a name, as the Itanium C++ ABI mangles them.
fn makes_a_locale(symbol: &str) -> bool {
    let named = ["EPKc", "ERKNSt7__cxx1112basic_string", "ERKS_PKc", "ERKSs"];
    let constructor = symbol
        .strip_prefix("_ZNSt6localeC1")
        .or_else(|| symbol.strip_prefix("_ZNSt6localeC2"));
    constructor.is_some_and(|rest| named.iter().any(|begin| rest.starts_with(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_constructors_that_take_a_name_make_a_locale() {
        for symbol in [
            "_ZNSt6localeC1EPKc",
            "_ZNSt6localeC2ERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE",
        ] {
            assert!(makes_a_locale(symbol), "{symbol}");
        }
        for symbol in [
            "_ZNSt6localeC1Ev",
            "_ZNSt6localeC1ERKS_",
            "_ZNSt6localeD1Ev",
        ] {
            assert!(!makes_a_locale(symbol), "{symbol}");
        }
    }

    #[test]
    fn a_file_belongs_to_the_part_of_its_own_package() {
        let gconv = "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so";
        assert_eq!(Part::of("libc6", gconv), Some(Part::Gconv));
        assert_eq!(Part::of("other", gconv), None);
        let locale = "usr/lib/locale/C.utf8/LC_CTYPE";
        assert_eq!(Part::of("libc-bin", locale), Some(Part::Utf8Locale));
        assert_eq!(
            Part::of("libc6", "usr/lib/x86_64-linux-gnu/libc.so.6"),
            None
        );
    }
}
