//! The command line, as pkgconf's own reader has it: one dash or two, abbreviations, options anywhere before `--`.

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Options {
    switches: Vec<Switch>,
    values: Vec<(Valued, String)>,
    /// Everything that is not an option.
    pub(super) rest: Vec<String>,
}

/// Options without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Switch {
    /// Print who answers.
    About,
    /// Print compiler flags.
    Cflags,
    /// Print `-I` only.
    CflagsOnlyI,
    /// Print compiler flags without `-I`.
    CflagsOnlyOther,
    /// Print what is odd about files.
    Debug,
    /// Take the prefix from where a file lies.
    DefinePrefix,
    /// Take the prefix from the file.
    DontDefinePrefix,
    /// Leave doubled slashes.
    DontRelocatePaths,
    /// Errors go where answers go.
    ErrorsToStdout,
    /// Only check.
    Exists,
    /// Print the usage.
    Help,
    /// Do not look at conflicts.
    IgnoreConflicts,
    /// Take compiler flags of internal requirements.
    InternalCflags,
    /// Keep `-I` of system folders.
    KeepSystemCflags,
    /// Keep `-L` of system folders.
    KeepSystemLibs,
    /// Print linker flags.
    Libs,
    /// Print `-L` only.
    LibsOnlyL,
    /// Print `-l` only.
    LibsOnlyLibraries,
    /// Print the other linker flags only.
    LibsOnlyOther,
    /// Print all modules with descriptions.
    ListAll,
    /// Print all modules' names.
    ListPackageNames,
    /// Print versions.
    Modversion,
    /// Accepted; nothing is read twice here anyway.
    NoCache,
    /// Do not look at what modules provide.
    NoProvides,
    /// Pass over uninstalled modules.
    NoUninstalled,
    /// Print files.
    Path,
    /// Print errors.
    PrintErrors,
    /// Print what modules provide.
    PrintProvides,
    /// Print what modules require.
    PrintRequires,
    /// Print what modules require privately.
    PrintRequiresPrivate,
    /// Print names of variables.
    PrintVariables,
    /// No private flags.
    Pure,
    /// Not static.
    Shared,
    /// Shorter errors.
    ShortErrors,
    /// No errors.
    SilenceErrors,
    /// For static linking.
    Static,
    /// Whether a module is uninstalled.
    Uninstalled,
    /// Check files.
    Validate,
    /// Print our version.
    Version,
}

/// Options with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Valued {
    /// Whether pkg-config is at least of this version.
    AtleastPkgconfigVersion,
    /// Whether a module is.
    AtleastVersion,
    /// `name=value`, over those of all modules.
    DefineVariable,
    /// Print shell assignments with this prefix.
    Env,
    /// Whether a module is of exactly this version.
    ExactVersion,
    /// Only flags with these letters.
    FragmentFilter,
    /// Whether a module is at most of this version.
    MaxVersion,
    /// How deep to go.
    MaximumTraverseDepth,
    /// The name of the prefix' variable.
    PrefixVariable,
    /// Print a path as it would be written.
    Relocate,
    /// Print a variable.
    Variable,
    /// One more folder, after all others.
    WithPath,
}

#[derive(Clone, Copy)]
enum Kind {
    Switch(Switch),
    Valued(Valued),
}

const KNOWN: [(&str, Kind); 51] = {
    use Kind::{Switch as S, Valued as V};
    [
        ("about", S(Switch::About)),
        (
            "atleast-pkgconfig-version",
            V(Valued::AtleastPkgconfigVersion),
        ),
        ("atleast-version", V(Valued::AtleastVersion)),
        ("cflags", S(Switch::Cflags)),
        ("cflags-only-I", S(Switch::CflagsOnlyI)),
        ("cflags-only-other", S(Switch::CflagsOnlyOther)),
        ("debug", S(Switch::Debug)),
        ("define-prefix", S(Switch::DefinePrefix)),
        ("define-variable", V(Valued::DefineVariable)),
        ("dont-define-prefix", S(Switch::DontDefinePrefix)),
        ("dont-relocate-paths", S(Switch::DontRelocatePaths)),
        ("env", V(Valued::Env)),
        ("errors-to-stdout", S(Switch::ErrorsToStdout)),
        ("exact-version", V(Valued::ExactVersion)),
        ("exists", S(Switch::Exists)),
        ("fragment-filter", V(Valued::FragmentFilter)),
        ("help", S(Switch::Help)),
        ("ignore-conflicts", S(Switch::IgnoreConflicts)),
        ("internal-cflags", S(Switch::InternalCflags)),
        ("keep-system-cflags", S(Switch::KeepSystemCflags)),
        ("keep-system-libs", S(Switch::KeepSystemLibs)),
        ("libs", S(Switch::Libs)),
        ("libs-only-L", S(Switch::LibsOnlyL)),
        ("libs-only-l", S(Switch::LibsOnlyLibraries)),
        ("libs-only-other", S(Switch::LibsOnlyOther)),
        ("list-all", S(Switch::ListAll)),
        ("list-package-names", S(Switch::ListPackageNames)),
        ("max-version", V(Valued::MaxVersion)),
        ("maximum-traverse-depth", V(Valued::MaximumTraverseDepth)),
        ("modversion", S(Switch::Modversion)),
        ("no-cache", S(Switch::NoCache)),
        ("no-provides", S(Switch::NoProvides)),
        ("no-uninstalled", S(Switch::NoUninstalled)),
        ("path", S(Switch::Path)),
        ("prefix-variable", V(Valued::PrefixVariable)),
        ("print-errors", S(Switch::PrintErrors)),
        ("print-provides", S(Switch::PrintProvides)),
        ("print-requires", S(Switch::PrintRequires)),
        ("print-requires-private", S(Switch::PrintRequiresPrivate)),
        ("print-variables", S(Switch::PrintVariables)),
        ("pure", S(Switch::Pure)),
        ("relocate", V(Valued::Relocate)),
        ("shared", S(Switch::Shared)),
        ("short-errors", S(Switch::ShortErrors)),
        ("silence-errors", S(Switch::SilenceErrors)),
        ("static", S(Switch::Static)),
        ("uninstalled", S(Switch::Uninstalled)),
        ("validate", S(Switch::Validate)),
        ("variable", V(Valued::Variable)),
        ("version", S(Switch::Version)),
        ("with-path", V(Valued::WithPath)),
    ]
};

/// Whoever asks for one of these wants to know why there is no answer.
const LOUD: [Switch; 15] = [
    Switch::About,
    Switch::Cflags,
    Switch::CflagsOnlyI,
    Switch::CflagsOnlyOther,
    Switch::Debug,
    Switch::Libs,
    Switch::LibsOnlyL,
    Switch::LibsOnlyLibraries,
    Switch::LibsOnlyOther,
    Switch::ListAll,
    Switch::ListPackageNames,
    Switch::Modversion,
    Switch::PrintErrors,
    Switch::PrintVariables,
    Switch::Validate,
];

impl Options {
    /// Reads a command line, without the program's name.
    ///
    /// # Errors
    /// With a sentence about the option that it cannot be.
    pub(super) fn read(arguments: &[String]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let dashless = argument.strip_prefix('-').filter(|rest| !rest.is_empty());
            let Some(option) = dashless.map(|rest| rest.strip_prefix('-').unwrap_or(rest)) else {
                options.rest.push(argument.clone());
                continue;
            };
            if argument == "--" {
                options.rest.extend(arguments.cloned());
                return Ok(options);
            }
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (option, None),
            };
            match (find(name, option)?, value) {
                (Kind::Switch(switch), None) => options.switches.push(switch),
                (Kind::Switch(_), Some(_)) => {
                    return Err(format!("option doesn't take an argument -- {name}"));
                }
                (Kind::Valued(valued), value) => {
                    let value = value
                        .map(str::to_owned)
                        .or_else(|| arguments.next().cloned());
                    let value =
                        value.ok_or_else(|| format!("option requires an argument -- {option}"))?;
                    options.values.push((valued, value));
                }
            }
        }
        Ok(options)
    }

    /// Whether a switch was given.
    pub(super) fn has(&self, switch: Switch) -> bool {
        self.switches.contains(&switch)
    }

    /// Whether one of several was.
    pub(super) fn has_any(&self, switches: &[Switch]) -> bool {
        switches.iter().any(|switch| self.has(*switch))
    }

    /// The last value given.
    pub(super) fn value(&self, valued: Valued) -> Option<&str> {
        let found = self
            .values
            .iter()
            .rev()
            .find(|(option, _)| *option == valued);
        found.map(|(_, value)| value.as_str())
    }

    /// All values given, in order.
    pub(super) fn values(&self, valued: Valued) -> impl Iterator<Item = &str> {
        let those = self
            .values
            .iter()
            .filter(move |(option, _)| *option == valued);
        those.map(|(_, value)| value.as_str())
    }

    /// Whether errors were asked for, by name or by a question that needs them.
    pub(super) fn wants_errors(&self) -> bool {
        self.has_any(&LOUD)
    }
}

/// The option of a name, or the only one that begins so.
fn find(name: &str, whole: &str) -> Result<Kind, String> {
    let mut beginning = KNOWN.iter().filter(|(known, _)| known.starts_with(name));
    if let Some((_, kind)) = KNOWN.iter().find(|(known, _)| *known == name) {
        return Ok(*kind);
    }
    match (beginning.next(), beginning.next()) {
        (Some((_, kind)), None) => Ok(*kind),
        (Some(_), Some(_)) => Err(format!("ambiguous option -- {name}")),
        (None, _) => Err(format!("unknown option -- {whole}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Options, String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Options::read(&arguments)
    }

    #[test]
    fn options_may_stand_anywhere_before_two_dashes() {
        let options =
            read("zlib --libs -cflags --variable prefix --modv - x -- --static y").unwrap();
        assert!(
            options.has(Switch::Libs)
                && options.has(Switch::Cflags)
                && options.has(Switch::Modversion)
        );
        assert!(!options.has(Switch::Static));
        assert_eq!(options.value(Valued::Variable), Some("prefix"));
        assert_eq!(options.rest, ["zlib", "-", "x", "--static", "y"]);
    }

    #[test]
    fn what_it_does_not_know_it_says() {
        for (line, sentence) in [
            ("--foo=x y", "unknown option -- foo=x"),
            ("--lib x", "ambiguous option -- lib"),
            ("--variable", "option requires an argument -- variable"),
            ("--libs=3 x", "option doesn't take an argument -- libs"),
        ] {
            assert_eq!(read(line).unwrap_err(), sentence);
        }
    }
}
