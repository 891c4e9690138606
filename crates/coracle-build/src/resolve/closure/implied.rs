//! What the package of a library names for the programs that use it, in its `symbols` or `shlibs`: mostly itself,
//! sometimes what no loader asks for as well, as `gnustep-base-runtime`. It is what `dpkg-shlibdeps` makes a
//! program's `Depends` of, so it is taken with what it depends on. Libraries of libraries do not count.

use coracle_distro::version::{Alternatives, Relation, parse_relations};
use coracle_distro::{Deb, Package};

use super::{Error, Search};

/// What a library's package names for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Implied {
    library: String,
    relations: Vec<Alternatives>,
}

impl Search<'_> {
    /// Remembers what this package names for what uses this library of it.
    pub(super) fn imply(&mut self, package: &str, soname: &str) {
        let Some(chosen) = self.packages.get(package) else {
            return;
        };
        let implied = Implied {
            library: package.to_owned(),
            relations: named(&chosen.deb, soname),
        };
        if !implied.relations.is_empty() && !self.implied.contains(&implied) {
            self.implied.push(implied);
        }
    }

    /// Adds what is named and not there yet.
    pub(super) fn add_implied(&mut self) -> Result<(), Error> {
        for Implied { library, relations } in std::mem::take(&mut self.implied) {
            let absent = relations.iter().filter(|wanted| !self.is_there(wanted));
            let absent: Vec<String> = absent.map(|wanted| written(wanted)).collect();
            if absent.is_empty() {
                continue;
            }
            let closure = self.with_depends(&absent);
            let closure = closure.map_err(|source| Error::Implied {
                library: library.clone(),
                packages: absent.clone(),
                source,
            })?;
            for package in closure {
                let is_named = relations
                    .iter()
                    .flatten()
                    .any(|wanted| fits(package, wanted));
                let reason = match is_named {
                    true => format!("{library} names it for the programs that use it"),
                    false => format!("{} needs it", absent.join(", ")),
                };
                self.package(&package.name, &reason)?;
            }
        }
        Ok(())
    }

    fn is_there(&self, wanted: &[Relation]) -> bool {
        let chosen = self.packages.values().filter(|chosen| chosen.is_in_image());
        let stanzas = chosen.filter_map(|chosen| self.world.archive.pinned(&chosen.pin).ok());
        let mut stanzas = stanzas;
        stanzas.any(|package| wanted.iter().any(|wanted| fits(package, wanted)))
    }
}

/// Of one archive the versions fit by themselves, so the names decide.
fn fits(package: &Package, wanted: &Relation) -> bool {
    package.name == wanted.name || package.provided().contains(&wanted.name)
}

/// The alternatives as a request.
fn written(alternatives: &[Relation]) -> String {
    let names: Vec<&str> = alternatives
        .iter()
        .map(|wanted| wanted.name.as_str())
        .collect();
    names.join(" | ")
}

/// What a package names for this library: in its symbols, else in its shlibs. What cannot be read names nothing.
fn named(deb: &Deb, soname: &str) -> Vec<Alternatives> {
    let template = of_symbols(&deb.symbols, soname).or_else(|| of_shlibs(&deb.shlibs, soname));
    let template = template.unwrap_or_default().replace("#MINVER#", "");
    parse_relations(&template).unwrap_or_default()
}

/// `libz.so.1 zlib1g #MINVER#`, see deb-symbols(5).
fn of_symbols<'a>(symbols: &'a str, soname: &str) -> Option<&'a str> {
    let mut lines = symbols.lines();
    lines.find_map(|line| line.strip_prefix(soname)?.strip_prefix(' '))
}

/// `libz 1 zlib1g (>= 1:1.2)`, perhaps with `deb: ` or `udeb: ` before it, see deb-shlibs(5).
fn of_shlibs<'a>(shlibs: &'a str, soname: &str) -> Option<&'a str> {
    let (name, version) = soname.rsplit_once(".so.").or_else(|| {
        let bare = soname.strip_suffix(".so")?;
        bare.rsplit_once('-')
    })?;
    let mut lines = shlibs.lines();
    lines.find_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("deb:").unwrap_or(line).trim_start();
        let (found, rest) = line.split_once(char::is_whitespace)?;
        let (of, relations) = rest.trim_start().split_once(char::is_whitespace)?;
        (found == name && of == version).then_some(relations)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_found_in_symbols_and_in_shlibs() {
        let symbols = "libz.so.1 zlib1g #MINVER#, more\n| zlib1g (= 1)\n adler32@Base 1:1.1\nlibz.so.10 other\n";
        assert_eq!(
            of_symbols(symbols, "libz.so.1"),
            Some("zlib1g #MINVER#, more")
        );
        assert_eq!(of_symbols(symbols, "libz.so"), None);
        let shlibs =
            "udeb: libz 1 zlib1g-udeb\nlibz 1 zlib1g (>= 1:1.2), more\nlibdb 5.3 libdb5.3\n";
        assert_eq!(
            of_shlibs(shlibs, "libz.so.1"),
            Some("zlib1g (>= 1:1.2), more")
        );
        assert_eq!(of_shlibs(shlibs, "libdb-5.3.so"), Some("libdb5.3"));
        assert_eq!(of_shlibs(shlibs, "libz.so.2"), None);
    }
}
