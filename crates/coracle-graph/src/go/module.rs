//! `go.mod`, `go.work` and `vendor/modules.txt`, line by line.

use std::collections::BTreeMap;

use crate::path;
use crate::place::{Place, Placed};

/// A `go.mod`, or a `go.work`, which has the same form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleFile {
    /// Its path.
    pub file: String,
    /// `module`; a `go.work` has none.
    pub module: Option<Placed<String>>,
    /// `go`.
    pub go: Option<Placed<String>>,
    /// `toolchain`.
    pub toolchain: Option<Placed<String>>,
    /// `require`.
    pub require: Vec<Require>,
    /// `replace`.
    pub replace: Vec<Replace>,
    /// `exclude`: paths and versions.
    pub exclude: Vec<Placed<(String, String)>>,
    /// `tool`: packages.
    pub tools: Vec<Placed<String>>,
    /// `ignore`: folders that `./...` passes over.
    pub ignore: Vec<Placed<String>>,
    /// `use`, of a `go.work`: folders as they are written.
    pub uses: Vec<Placed<String>>,
}

/// A module that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require {
    /// Its path.
    pub path: String,
    /// The least version.
    pub version: String,
    /// Whether only other modules import it, as the comment says.
    pub is_indirect: bool,
    /// Where its path stands.
    pub place: Place,
}

/// A module in another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replace {
    /// The path that is replaced.
    pub path: String,
    /// Only this version of it.
    pub version: Option<String>,
    /// What stands in its place.
    pub by: Replacement,
    /// Where the replaced path stands.
    pub place: Place,
}

/// What stands in a module's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// A folder of the repository.
    Folder(String),
    /// A folder that is not in the repository, as it is written.
    Outside(String),
    /// Another module.
    Module {
        /// Its path.
        path: String,
        /// Its version.
        version: String,
    },
}

/// `vendor/modules.txt`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VendorFile {
    /// Its path.
    pub file: String,
    /// The module of each package that is there: path and version.
    pub packages: BTreeMap<String, (String, String)>,
}

/// Reads a `go.mod` or a `go.work`. Lines that are not understood are passed over.
pub fn read(file: &str, text: &str) -> ModuleFile {
    let mut read = ModuleFile {
        file: file.to_owned(),
        ..ModuleFile::default()
    };
    let folder = path::parent(file).unwrap_or_default();
    let mut block: Option<String> = None;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let (words, comment) = words(file, whole, at);
        at += whole.len();
        let values: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
        match (&block, values.as_slice()) {
            (_, []) => {}
            (Some(_), [")"]) => block = None,
            (Some(verb), _) => read.take(&verb.clone(), &words, comment, folder),
            (None, [verb, "("]) => block = Some((*verb).to_owned()),
            (None, [verb, ..]) => {
                read.take(verb, words.get(1..).unwrap_or_default(), comment, folder);
            }
        }
    }
    read
}

impl ModuleFile {
    fn take(&mut self, verb: &str, words: &[Placed<String>], comment: &str, folder: &str) {
        let Some(first) = words.first() else {
            return;
        };
        match (verb, words) {
            ("module", _) => self.module = Some(first.clone()),
            ("go", _) => self.go = Some(first.clone()),
            ("toolchain", _) => self.toolchain = Some(first.clone()),
            ("require", [path, version]) => self.require.push(Require {
                path: path.value.clone(),
                version: version.value.clone(),
                is_indirect: comment.split([';', ' ']).any(|word| word == "indirect"),
                place: path.place.clone(),
            }),
            ("exclude", [path, version]) => {
                let value = (path.value.clone(), version.value.clone());
                self.exclude.push(Placed::new(value, path.place.clone()));
            }
            ("replace", _) => self.replace.extend(replace(words, folder)),
            ("tool", _) => self.tools.push(first.clone()),
            ("ignore", _) => self.ignore.push(first.clone()),
            ("use", _) => self.uses.push(first.clone()),
            _ => {}
        }
    }

    /// The minor number of the version in `go`: 21 of 1.21.3; 0 where there is none.
    pub fn release(&self) -> u32 {
        let version = self.go.as_ref().map(|go| go.value.as_str());
        let minor = version.and_then(|version| version.split('.').nth(1));
        let digits = minor.and_then(|minor| {
            let end = minor.find(|letter: char| !letter.is_ascii_digit());
            minor.get(..end.unwrap_or(minor.len()))
        });
        digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
    }
}

/// `PATH [VERSION] => PATH VERSION`, or a folder behind the arrow.
fn replace(words: &[Placed<String>], folder: &str) -> Option<Replace> {
    let arrow = words.iter().position(|word| word.value == "=>")?;
    let (old, new) = (words.get(..arrow)?, words.get(arrow + 1..)?);
    let first = old.first()?;
    let target = new.first()?.value.as_str();
    let by = match new.get(1) {
        Some(version) => Replacement::Module {
            path: target.to_owned(),
            version: version.value.clone(),
        },
        None => match path::join(folder, target) {
            Some(folder) => Replacement::Folder(folder),
            None => Replacement::Outside(target.to_owned()),
        },
    };
    Some(Replace {
        path: first.value.clone(),
        version: old.get(1).map(|version| version.value.clone()),
        by,
        place: first.place.clone(),
    })
}

/// The words of a line, without quotes, and its comment.
fn words<'a>(file: &str, line: &'a str, at: usize) -> (Vec<Placed<String>>, &'a str) {
    let mut words = Vec::new();
    let mut rest = line.trim_end();
    let mut offset = 0;
    loop {
        let blank = rest.len() - rest.trim_start().len();
        rest = rest.trim_start();
        offset += blank;
        let Some(first) = rest.chars().next() else {
            return (words, "");
        };
        if let Some(comment) = rest.strip_prefix("//") {
            return (words, comment.trim());
        }
        let length = match first {
            '"' | '`' => rest
                .get(1..)
                .and_then(|rest| rest.find(first))
                .map_or(rest.len(), |end| end + 2),
            '(' | ')' => 1,
            _ => word_length(rest),
        };
        let (word, after) = rest.split_at(length);
        let place = Place::new(file, at + offset..at + offset + length);
        words.push(Placed::new(word.trim_matches(['"', '`']).to_owned(), place));
        rest = after;
        offset += length;
    }
}

fn word_length(text: &str) -> usize {
    let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, '(' | ')'));
    let end = end.unwrap_or(text.len());
    let comment = text
        .find("//")
        .filter(|comment| *comment < end && *comment > 0);
    comment.unwrap_or(end).max(1)
}

/// Reads a `vendor/modules.txt`.
pub fn read_vendor(file: &str, text: &str) -> VendorFile {
    let mut packages = BTreeMap::new();
    let mut module: Option<(String, String)> = None;
    for line in text.lines() {
        if line.starts_with("## ") {
            continue;
        }
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.split_whitespace();
            let path = words.next().map(str::to_owned);
            let version = words.next().filter(|word| *word != "=>");
            module = path.map(|path| (path, version.unwrap_or_default().to_owned()));
        } else if let Some(module) = &module
            && !line.trim().is_empty()
        {
            packages.insert(line.trim().to_owned(), module.clone());
        }
    }
    VendorFile {
        file: file.to_owned(),
        packages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks_say_the_same() {
        let text = "module \"example.com/shop\" // the shop\n\ngo 1.21.3\ntoolchain go1.22.0\nrequire example.com/a v1.0.0\nrequire (\n\texample.com/b/v2 v2.1.0 // indirect\n)\nreplace example.com/a => ../a\nreplace (\n\texample.com/b/v2 v2.1.0 => example.com/c v1.0.0\n)\ntool example.com/a/cmd/x\nexclude example.com/d v0.1.0\n";
        let file = read("shop/go.mod", text);
        assert_eq!(file.module.as_ref().unwrap().value, "example.com/shop");
        assert_eq!(
            (file.release(), file.toolchain.unwrap().value.as_str()),
            (21, "go1.22.0")
        );
        let required: Vec<(&str, bool)> = file
            .require
            .iter()
            .map(|it| (it.path.as_str(), it.is_indirect))
            .collect();
        assert_eq!(
            required,
            [("example.com/a", false), ("example.com/b/v2", true)]
        );
        assert_eq!(
            &text[file.require[1].place.bytes.clone()],
            "example.com/b/v2"
        );
        assert_eq!(file.replace[0].by, Replacement::Folder("a".to_owned()));
        assert_eq!(file.replace[1].version.as_deref(), Some("v2.1.0"));
        assert_eq!(file.tools[0].value, "example.com/a/cmd/x");
        assert_eq!(file.exclude[0].value.1, "v0.1.0");
    }

    #[test]
    fn vendored_packages_know_their_module() {
        let file = read_vendor(
            "vendor/modules.txt",
            "# a.b/c v1.0.0\n## explicit; go 1.20\na.b/c\na.b/c/d\n# e.f/g => ./g\ne.f/g\n",
        );
        assert_eq!(file.packages["a.b/c/d"].0, "a.b/c");
        assert_eq!(file.packages["e.f/g"], ("e.f/g".to_owned(), String::new()));
    }
}
