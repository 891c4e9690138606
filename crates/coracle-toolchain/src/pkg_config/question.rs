//! The questions of one command line, in the order in which pkgconf answers them.

use std::rc::Rc;

use super::asked::{Asked, Outcome};
use super::catalog::{Catalog, Rules, Verdict};
use super::flags::{self, Wanted};
use super::graph::{self, Reach, Trouble};
use super::module::Module;
use super::options::{Options, Switch, Valued};
use super::printed::Printed;
use super::requirement::{self, Comparison, Requirement};
use super::settings::Settings;
use super::variables::{Scope, Variables};

/// How deep a graph may be when nobody says so.
const DEPTH: u32 = 2000;

/// One command line's questions, and what is known so far.
pub(super) struct Question<'question> {
    options: &'question Options,
    settings: &'question Settings,
    wanted: Wanted,
    catalog: Catalog,
    /// What was printed.
    pub(super) printed: Printed,
    /// Private requirements count.
    private: bool,
    /// Flags for static linking count.
    merge: bool,
    told_where_to_look: bool,
}

impl<'question> Question<'question> {
    /// Prepares to answer.
    pub(super) fn new(
        options: &'question Options,
        settings: &'question Settings,
        printed: Printed,
    ) -> Question<'question> {
        let relocates = options.has(Switch::DefinePrefix)
            && !options.has(Switch::DontDefinePrefix)
            && !settings.keep_prefix;
        let prefix = options.value(Valued::PrefixVariable).unwrap_or("prefix");
        let rules = Rules {
            no_uninstalled: options.has(Switch::NoUninstalled) || settings.disable_uninstalled,
            no_provides: options.has(Switch::NoProvides),
            relocated: relocates.then(|| prefix.to_owned()),
        };
        let statically = options.has(Switch::Static) && !options.has(Switch::Shared);
        let whole = options.has(Switch::Exists) && !options.has(Switch::Shared);
        Question {
            options,
            settings,
            wanted: Wanted::new(options, settings),
            catalog: Catalog::new(settings, rules, scope(options, settings)),
            printed,
            private: statically || whole,
            merge: statically && !options.has(Switch::Pure) && !settings.pure,
            told_where_to_look: false,
        }
    }

    /// What was asked for.
    pub(super) fn asked(self) -> (Printed, Vec<Asked>) {
        (self.printed, self.catalog.asked)
    }

    /// All modules of all folders.
    pub(super) fn list(&mut self, described: bool) -> bool {
        for found in self.catalog.all() {
            let module = found.module;
            let line = match described {
                true => format!("{:<30} {} - {}", module.id, module.name, module.description),
                false => module.id.clone(),
            };
            self.printed.line(&line);
        }
        true
    }

    /// `--atleast-version` and its like: whether one of the modules has the version.
    pub(super) fn compare(&mut self, comparison: Comparison, version: &str) -> bool {
        let mut list = vec![];
        for argument in &self.options.rest {
            requirement::read(argument, false, &mut list);
        }
        for entry in list {
            let Some(found) = self.catalog.find(&entry.module) else {
                self.catalog.note(&entry.module, Outcome::Missing);
                self.printed
                    .error(&format!("Package '{}' was not found\n", entry.module));
                return false;
            };
            let got = &found.module.version;
            self.catalog
                .note(&entry.module, Outcome::of(got, comparison, Some(version)));
            if comparison.holds(Some(got), Some(version)) {
                return true;
            }
        }
        false
    }

    /// Everything that is about modules and what they require; whether there is an answer to all of it.
    pub(super) fn answer(&mut self) -> bool {
        let Some(world) = self.world() else {
            let sentence = "Please specify at least one package name on the command line.\n";
            self.printed.stderr.push_str(sentence);
            return false;
        };
        let good = !world.is_empty() && self.verify(&world, self.private);
        if !good || self.options.has(Switch::Validate) {
            return good;
        }
        if self.options.has(Switch::Uninstalled) {
            return self.is_uninstalled(&world);
        }
        if let Some(prefix) = self.options.value(Valued::Env) {
            return self.environment(&world, prefix);
        }
        let facts = self.facts(&world);
        if facts != Facts::None {
            return facts == Facts::Printed;
        }
        self.flags(&world)
    }

    /// The modules that the command line names, `None` where it names none.
    fn world(&self) -> Option<Vec<Requirement>> {
        let mut named = false;
        let mut world = vec![];
        let mut arguments = self.options.rest.iter().peekable();
        while let Some(argument) = arguments.next() {
            let mut text = argument.trim_start_matches(requirement::space).to_owned();
            if text.is_empty() {
                continue;
            }
            named = true;
            if let Some(sign) = arguments.next_if(|next| next.starts_with(requirement::operates)) {
                let version = arguments.next().map_or("", String::as_str);
                text = format!("{text} {sign} {version}");
            }
            let expanded = self.catalog.scope.expand(&Variables::default(), &text);
            requirement::read(&expanded, false, &mut world);
        }
        named.then_some(world)
    }

    fn reach(&self, private: bool) -> Reach {
        let told = self.options.value(Valued::MaximumTraverseDepth);
        let told = self
            .settings
            .depth
            .or_else(|| told.map(|depth| depth.parse().unwrap_or(0)));
        Reach {
            private,
            skip_internal: false,
            past_conflicts: self.options.has(Switch::IgnoreConflicts)
                || self.settings.ignore_conflicts,
            once: false,
            depth: match told {
                Some(0) => u32::MAX,
                Some(depth) => depth,
                None => DEPTH,
            },
        }
    }

    /// Whether all that is required is there; says what is not.
    fn verify(&mut self, world: &[Requirement], private: bool) -> bool {
        let reach = Reach {
            once: true,
            ..self.reach(private)
        };
        let troubles = graph::walk(&mut self.catalog, world, reach, &mut |_, _| {});
        if self.options.has_any(&[Switch::Validate, Switch::Debug]) {
            let warnings = std::mem::take(&mut self.catalog.warnings).concat();
            self.printed.error(&warnings);
        }
        troubles.iter().for_each(|trouble| self.tell(trouble));
        troubles.is_empty()
    }

    fn tell(&mut self, trouble: &Trouble) {
        let short = self.options.has(Switch::ShortErrors);
        match trouble {
            Trouble::Missing { requirement, by } => {
                let name = &requirement.module;
                if !short && !self.told_where_to_look {
                    self.told_where_to_look = true;
                    self.printed.error(&format!(
                        "Package {name} was not found in the pkg-config search path.\n\
                         Perhaps you should add the directory containing `{name}.pc'\n\
                         to the PKG_CONFIG_PATH environment variable\n"
                    ));
                }
                self.printed.error(&format!(
                    "Package '{name}', required by '{}', not found\n",
                    by.id
                ));
            }
            Trouble::WrongVersion { requirement, got } => {
                let (name, sign) = (&requirement.module, requirement.comparison.sign());
                let wanted = requirement.version.as_deref().unwrap_or_default();
                self.printed.error(&format!(
                    "Package dependency requirement '{name} {sign} {wanted}' could not be satisfied.\n\
                     Package '{name}' has version '{}', required version is '{sign} {wanted}'\n",
                    got.version
                ));
            }
            Trouble::Conflict { by, rule, with } => {
                let (name, sign) = (&rule.module, rule.comparison.sign());
                let version = rule.version.as_ref().map(|version| format!(" {version}"));
                self.printed.error(&format!(
                    "Version '{}' of '{}' conflicts with '{}' due to satisfying conflict rule '{name} {sign}{}'.\n",
                    with.version,
                    with.name,
                    by.name,
                    version.unwrap_or_default()
                ));
                if !short {
                    self.printed.error(
                        "It may be possible to ignore this conflict and continue, try the\n\
                         PKG_CONFIG_IGNORE_CONFLICTS environment variable.\n",
                    );
                }
            }
        }
    }

    fn is_uninstalled(&mut self, world: &[Requirement]) -> bool {
        let mut uninstalled = false;
        let reach = self.reach(self.private);
        graph::walk(&mut self.catalog, world, reach, &mut |module, _| {
            uninstalled |= module.uninstalled;
        });
        uninstalled
    }

    fn environment(&mut self, world: &[Requirement], prefix: &str) -> bool {
        if !prefix.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return false;
        }
        let cflags = self.cflags(world, self.private);
        let libs = self.libs(world);
        for (name, flags) in [("CFLAGS", cflags), ("LIBS", libs)] {
            if !flags.is_empty() {
                self.printed.line(&format!("{prefix}_{name}='{flags}'"));
            }
        }
        true
    }

    /// What modules say of themselves. Whoever asks for that gets no flags.
    fn facts(&mut self, world: &[Requirement]) -> Facts {
        let options = self.options;
        let modules = self.modules(world);
        let mut printed = Facts::None;
        for switch in FACTS {
            if switch == Switch::PrintRequires
                && let Some(name) = options.value(Valued::Variable)
            {
                let value = |module: &Rc<Module>| {
                    let value = self.catalog.scope.look_up(&module.variables, name);
                    value.unwrap_or_default().to_owned()
                };
                let values: Vec<String> = modules.iter().map(value).collect();
                self.printed.line(&values.join(" "));
                printed = Facts::Printed;
            }
            if !options.has(switch) {
                continue;
            }
            printed = Facts::Printed;
            if switch == Switch::PrintRequiresPrivate && !self.verify(world, true) {
                return Facts::Unknown;
            }
            for line in modules.iter().flat_map(|module| fact(switch, module)) {
                self.printed.line(&line);
            }
        }
        printed
    }

    fn flags(&mut self, world: &[Requirement]) -> bool {
        let mut good = true;
        if self.wanted.cflags() {
            good = self.verify(world, true);
            if good {
                let line = self.cflags(world, true);
                self.printed.stdout.push_str(&line);
            }
        }
        if good && self.wanted.libs() {
            let line = self.libs(world);
            self.printed.stdout.push_str(&line);
        }
        if self.wanted.cflags() || self.wanted.libs() {
            self.printed.line("");
        }
        good
    }

    fn cflags(&mut self, world: &[Requirement], private: bool) -> String {
        let reach = Reach {
            skip_internal: !self.options.has(Switch::InternalCflags),
            ..self.reach(private)
        };
        let flags = flags::cflags(&mut self.catalog, world, reach, self.merge);
        self.wanted.cflags_line(&flags)
    }

    fn libs(&mut self, world: &[Requirement]) -> String {
        let reach = self.reach(self.private);
        let flags = flags::libs(&mut self.catalog, world, reach, self.merge);
        self.wanted.libs_line(&flags)
    }

    fn modules(&mut self, world: &[Requirement]) -> Vec<Rc<Module>> {
        let mut modules = vec![];
        for requirement in world {
            if let Verdict::Met(found) = self.catalog.judge(requirement) {
                modules.push(found.module);
            }
        }
        modules
    }
}

/// What became of questions about modules themselves.
#[derive(Debug, PartialEq, Eq)]
enum Facts {
    /// There were none.
    None,
    /// They are answered.
    Printed,
    /// One cannot be.
    Unknown,
}

/// Questions about modules themselves, in the order in which they are answered; a variable comes before requirements.
const FACTS: [Switch; 6] = [
    Switch::PrintProvides,
    Switch::Modversion,
    Switch::Path,
    Switch::PrintVariables,
    Switch::PrintRequires,
    Switch::PrintRequiresPrivate,
];

/// The lines that answer one of them.
fn fact(question: Switch, module: &Module) -> Vec<String> {
    match question {
        Switch::PrintProvides => displayed(&module.provides),
        Switch::Modversion => vec![module.version.clone()],
        Switch::Path => module.file.clone().into_iter().collect(),
        Switch::PrintVariables => module.variables.names().map(str::to_owned).collect(),
        Switch::PrintRequires => displayed(&module.requires),
        Switch::PrintRequiresPrivate => displayed(&module.requires_private),
        _ => vec![],
    }
}

fn displayed(requirements: &[Requirement]) -> Vec<String> {
    requirements.iter().map(Requirement::display).collect()
}

/// What holds for all modules. Variables of the command line come last and win, but for the sysroot's own.
fn scope(options: &Options, settings: &Settings) -> Scope {
    let mut global = Variables::default();
    let given = options
        .values(Valued::DefineVariable)
        .filter_map(|given| given.split_once('='));
    let set = settings
        .variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in set.chain(given) {
        global.define(name, value);
    }
    let text = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
    let sysroot = settings.sysroot.as_ref().map(text);
    let top = settings.top_build_folder.as_ref().map(text);
    global.define("pc_sysrootdir", sysroot.as_deref().unwrap_or("/"));
    global.define(
        "pc_top_builddir",
        top.as_deref().unwrap_or("$(top_builddir)"),
    );
    Scope {
        global,
        sysroot,
        only_flags_move: settings.only_flags_move,
        keep_slashes: settings.keep_slashes || options.has(Switch::DontRelocatePaths),
    }
}
