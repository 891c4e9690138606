//! Where modules come from: files in folders, each read once, and two modules that are built in.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::rc::Rc;

use super::asked::{Asked, Outcome};
use super::module::{self, Module};
use super::requirement::Requirement;
use super::settings::Settings;
use super::variables::{Scope, single_slashes};

/// The version of pkgconf whose answers these are.
pub(super) const VERSION: &str = "1.8.1";

/// No `.pc` file is longer.
const LONGEST_FILE: u64 = 4 << 20;

/// A module with its number in the catalog.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// The number.
    pub(super) number: usize,
    /// The module.
    pub(super) module: Rc<Module>,
}

/// Whether a requirement is met.
#[derive(Debug)]
pub(super) enum Verdict {
    /// By this one.
    Met(Found),
    /// Only by this one, whose version is wrong.
    WrongVersion(Found),
    /// By none.
    Missing,
}

/// How modules are looked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Pass over `NAME-uninstalled.pc`.
    pub(super) no_uninstalled: bool,
    /// Do not look at what modules provide.
    pub(super) no_provides: bool,
    /// The variable that gives way to where a file lies.
    pub(super) relocated: Option<String>,
}

/// The modules that were looked for so far.
#[derive(Debug)]
pub(super) struct Catalog {
    /// What holds for all of them.
    pub(super) scope: Scope,
    /// What is odd about their files.
    pub(super) warnings: Vec<String>,
    /// Which were asked for, each once.
    pub(super) asked: Vec<Asked>,
    rules: Rules,
    folders: Vec<String>,
    modules: Vec<Rc<Module>>,
    /// By the file, and whether it was taken for a build tree's own.
    by_file: BTreeMap<(String, bool), Option<usize>>,
    by_name: BTreeMap<String, Option<usize>>,
}

impl Catalog {
    /// A catalog of what lies in the settings' folders.
    pub(super) fn new(settings: &Settings, rules: Rules, scope: Scope) -> Catalog {
        let text = |path: &std::path::PathBuf| single_slashes(&path.to_string_lossy());
        Catalog {
            scope,
            warnings: vec![],
            asked: vec![],
            rules,
            folders: settings.search.iter().map(text).collect(),
            modules: builtin(settings).into_iter().map(Rc::new).collect(),
            by_file: BTreeMap::new(),
            by_name: BTreeMap::new(),
        }
    }

    /// How many modules there are so far.
    pub(super) fn len(&self) -> usize {
        self.modules.len()
    }

    /// Who meets a requirement. What was asked for is noted.
    pub(super) fn meet(&mut self, requirement: &Requirement) -> Verdict {
        let verdict = self.judge(requirement);
        let outcome = match &verdict {
            Verdict::Met(found) => Outcome::Found {
                version: found.module.version.clone(),
            },
            Verdict::WrongVersion(found) => Outcome::of(
                &found.module.version,
                requirement.comparison,
                requirement.version.as_deref(),
            ),
            Verdict::Missing => Outcome::Missing,
        };
        self.note(&requirement.module, outcome);
        verdict
    }

    /// The same for whoever only wonders.
    pub(super) fn judge(&mut self, requirement: &Requirement) -> Verdict {
        if let Some(found) = self.find(&requirement.module) {
            let (got, wanted) = (
                Some(found.module.version.as_str()),
                requirement.version.as_deref(),
            );
            return match requirement.comparison.holds(got, wanted) {
                true => Verdict::Met(found),
                false => Verdict::WrongVersion(found),
            };
        }
        if self.rules.no_provides {
            return Verdict::Missing;
        }
        let provider = self
            .all()
            .into_iter()
            .find(|other| provides(&other.module, requirement));
        provider.map_or(Verdict::Missing, Verdict::Met)
    }

    /// Notes that a module was asked for, once.
    pub(super) fn note(&mut self, module: &str, outcome: Outcome) {
        let asked = Asked {
            module: module.to_owned(),
            outcome,
        };
        if !self.asked.contains(&asked) {
            self.asked.push(asked);
        }
    }

    /// The module of a name, or of a file where the name ends in `.pc`.
    pub(super) fn find(&mut self, name: &str) -> Option<Found> {
        if is_file_name(name)
            && let Some(number) = self.read(name, false)
        {
            let folder = name
                .rsplit_once('/')
                .map_or(name, |(folder, _)| folder)
                .to_owned();
            if !self.folders.contains(&folder) {
                self.folders.push(folder);
            }
            return self.numbered(number);
        }
        let number = match self.by_name.get(name) {
            Some(known) => *known,
            None => {
                let number = self.built_in(name).or_else(|| self.search(name));
                self.by_name.insert(name.to_owned(), number);
                number
            }
        };
        self.numbered(number?)
    }

    /// Every module of every folder, by name within a folder. Nobody asked for them, so what is odd is not told.
    pub(super) fn all(&mut self) -> Vec<Found> {
        let told = self.warnings.len();
        let mut files = vec![];
        for folder in &self.folders {
            let entries = fs::read_dir(folder)
                .into_iter()
                .flatten()
                .filter_map(Result::ok);
            let mut names: Vec<String> = entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .filter(|name| is_file_name(name))
                .collect();
            names.sort();
            files.extend(names.into_iter().map(|name| format!("{folder}/{name}")));
        }
        let numbers: Vec<usize> = files
            .iter()
            .filter_map(|file| self.read(file, false))
            .collect();
        self.warnings.truncate(told);
        numbers
            .into_iter()
            .filter_map(|number| self.numbered(number))
            .collect()
    }

    fn numbered(&self, number: usize) -> Option<Found> {
        let module = Rc::clone(self.modules.get(number)?);
        Some(Found { number, module })
    }

    fn built_in(&self, name: &str) -> Option<usize> {
        self.modules
            .iter()
            .position(|module| module.file.is_none() && module.id.eq_ignore_ascii_case(name))
    }

    fn search(&mut self, name: &str) -> Option<usize> {
        for folder in self.folders.clone() {
            let uninstalled = format!("{folder}/{name}-uninstalled.pc");
            let number = if !self.rules.no_uninstalled
                && fs::exists(&uninstalled).is_ok_and(|exists| exists)
            {
                self.read(&uninstalled, true)
            } else {
                self.read(&format!("{folder}/{name}.pc"), false)
            };
            if number.is_some() {
                return number;
            }
        }
        None
    }

    fn read(&mut self, file: &str, uninstalled: bool) -> Option<usize> {
        let key = (file.to_owned(), uninstalled);
        if let Some(known) = self.by_file.get(&key) {
            return *known;
        }
        let text = text_of(file)?;
        let read = module::read(
            file,
            &text,
            &mut self.scope,
            self.rules.relocated.as_deref(),
        );
        self.warnings.extend(read.warnings);
        let number = read.module.map(|mut module| {
            module.uninstalled = uninstalled;
            self.modules.push(Rc::new(module));
            self.modules.len() - 1
        });
        self.by_file.insert(key, number);
        number
    }
}

fn provides(module: &Module, requirement: &Requirement) -> bool {
    let of_name = |provided: &&Requirement| provided.module == requirement.module;
    module
        .provides
        .iter()
        .find(of_name)
        .is_some_and(|provided| requirement.met_by(provided))
}

fn text_of(file: &str) -> Option<String> {
    let mut bytes = vec![];
    File::open(file)
        .ok()?
        .take(LONGEST_FILE)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_file_name(name: &str) -> bool {
    let end = name
        .len()
        .checked_sub(3)
        .and_then(|start| name.get(start..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(".pc"))
}

/// `pkg-config` and `pkgconf` themselves: a build script may ask which version answers.
fn builtin(settings: &Settings) -> [Module; 2] {
    let joined = |folders: &[std::path::PathBuf]| {
        let texts: Vec<_> = folders
            .iter()
            .map(|folder| folder.to_string_lossy())
            .collect();
        texts.join(":")
    };
    ["pkg-config", "pkgconf"].map(|name| {
        let mut module = Module {
            id: name.to_owned(),
            name: name.to_owned(),
            description: format!("virtual package defining {name} API version supported"),
            version: VERSION.to_owned(),
            ..Module::default()
        };
        for (name, folders) in [
            ("pc_system_libdirs", &settings.system_library),
            ("pc_system_includedirs", &settings.system_include),
            ("pc_path", &settings.search),
        ] {
            module.variables.define(name, &joined(folders));
        }
        module
    })
}
