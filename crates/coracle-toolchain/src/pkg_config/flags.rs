//! `--cflags` and `--libs`: the flags of everything that is required, and which of them are wanted.

use super::catalog::Catalog;
use super::fragment::{Fragment, Fragments};
use super::graph::{self, Reach};
use super::options::{Options, Switch, Valued};
use super::requirement::Requirement;
use super::settings::Settings;
use super::variables::single_slashes;

/// Which flags are wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    include: bool,
    other_cflags: bool,
    library_folders: bool,
    libraries: bool,
    other_libs: bool,
    keep_system_cflags: bool,
    keep_system_libs: bool,
    letters: Option<String>,
    system_include: Vec<String>,
    system_library: Vec<String>,
}

impl Wanted {
    /// What a command line wants.
    pub(super) fn new(options: &Options, settings: &Settings) -> Wanted {
        let has = |switches: &[Switch]| options.has_any(switches);
        let texts = |folders: &[std::path::PathBuf]| {
            let text = |folder: &std::path::PathBuf| single_slashes(&folder.to_string_lossy());
            folders.iter().map(text).collect()
        };
        Wanted {
            include: has(&[Switch::Cflags, Switch::CflagsOnlyI]),
            other_cflags: has(&[Switch::Cflags, Switch::CflagsOnlyOther]),
            library_folders: has(&[Switch::Libs, Switch::LibsOnlyL]),
            libraries: has(&[Switch::Libs, Switch::LibsOnlyLibraries]),
            other_libs: has(&[Switch::Libs, Switch::LibsOnlyOther]),
            keep_system_cflags: has(&[Switch::KeepSystemCflags]) || settings.allow_system_cflags,
            keep_system_libs: has(&[Switch::KeepSystemLibs]) || settings.allow_system_libs,
            letters: options.value(Valued::FragmentFilter).map(str::to_owned),
            system_include: texts(&settings.system_include),
            system_library: texts(&settings.system_library),
        }
    }

    /// Whether any flag for the compiler is wanted.
    pub(super) fn cflags(&self) -> bool {
        self.include || self.other_cflags
    }

    /// Whether any flag for the linker is wanted.
    pub(super) fn libs(&self) -> bool {
        self.library_folders || self.libraries || self.other_libs
    }

    /// A line of those flags for the compiler that are wanted.
    pub(super) fn cflags_line(&self, flags: &Fragments) -> String {
        Fragments::render(flags.iter().filter(|flag| {
            let system = self.is_system(flag);
            let kind = match flag.letter {
                Some('I') => self.include,
                _ => self.other_cflags,
            };
            kind && (self.keep_system_cflags || !system) && self.is_of_letters(flag)
        }))
    }

    /// A line of those flags for the linker that are wanted.
    pub(super) fn libs_line(&self, flags: &Fragments) -> String {
        Fragments::render(flags.iter().filter(|flag| {
            let system = self.is_system(flag);
            let kind = match flag.letter {
                Some('L') => self.library_folders,
                Some('l') => self.libraries,
                _ => self.other_libs,
            };
            kind && (self.keep_system_libs || !system) && self.is_of_letters(flag)
        }))
    }

    fn is_system(&self, flag: &Fragment) -> bool {
        let folders = match flag.letter {
            Some('L') => &self.system_library,
            Some('I') => &self.system_include,
            _ => return false,
        };
        folders.contains(&single_slashes(&flag.text))
    }

    fn is_of_letters(&self, flag: &Fragment) -> bool {
        match (&self.letters, flag.letter) {
            (Some(letters), Some(letter)) => letters.contains(letter),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// Flags for the compiler of all that is required; `merge` takes those for static linking too.
pub(super) fn cflags(
    catalog: &mut Catalog,
    world: &[Requirement],
    reach: Reach,
    merge: bool,
) -> Fragments {
    let mut flags = Fragments::default();
    graph::walk(catalog, world, reach, &mut |module, _| {
        module
            .cflags
            .iter()
            .for_each(|flag| flags.copy(flag, false));
    });
    if merge {
        graph::walk(catalog, world, reach, &mut |module, _| {
            module
                .cflags_private
                .iter()
                .for_each(|flag| flags.copy(flag, true));
        });
    }
    flags
}

/// Flags for the linker of all that is required; `merge` takes those for static linking too.
pub(super) fn libs(
    catalog: &mut Catalog,
    world: &[Requirement],
    reach: Reach,
    merge: bool,
) -> Fragments {
    let mut flags = Fragments::default();
    graph::walk(catalog, world, reach, &mut |module, private| {
        module
            .libs
            .iter()
            .for_each(|flag| flags.copy(flag, private));
        if merge {
            module
                .libs_private
                .iter()
                .for_each(|flag| flags.copy(flag, true));
        }
    });
    flags
}
