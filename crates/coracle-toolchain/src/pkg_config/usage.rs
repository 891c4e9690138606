//! What `--help` and `--about` print.

/// What `--about` prints.
pub(super) const ABOUT: &str = "coracle's own pkg-config; it answers as pkgconf 1.8.1 does\n";

/// What `--help` prints.
pub(super) const USAGE: &str = "usage: pkg-config [OPTIONS] [MODULES]

  --version, --about, --help           who answers
  --atleast-pkgconfig-version=VERSION  whether this answers as that version does

which modules:
  --exists                             whether modules are there, in the versions asked for
  --atleast-version=VERSION            whether a module is at least of a version
  --exact-version=VERSION              whether it is exactly of it
  --max-version=VERSION                whether it is at most of it
  --uninstalled                        whether a module is of a build tree
  --validate                           what is odd about .pc files
  --list-all, --list-package-names     all modules

what to print of them:
  --cflags, --cflags-only-I, --cflags-only-other
  --libs, --libs-only-L, --libs-only-l, --libs-only-other
  --modversion, --path, --variable=NAME, --print-variables, --env=PREFIX
  --print-requires, --print-requires-private, --print-provides

how to find it out:
  --static, --shared, --pure           for which way of linking
  --define-variable=NAME=VALUE         a variable that wins over those of modules
  --define-prefix, --dont-define-prefix, --prefix-variable=NAME
                                       whether a module's prefix is where its file lies
  --keep-system-cflags, --keep-system-libs
                                       leave flags that name system folders
  --with-path=FOLDER                   one more folder with .pc files
  --no-uninstalled, --no-provides, --ignore-conflicts, --internal-cflags
  --fragment-filter=LETTERS, --maximum-traverse-depth=NUMBER, --dont-relocate-paths, --no-cache

errors:
  --print-errors, --short-errors, --silence-errors, --errors-to-stdout, --debug
";
