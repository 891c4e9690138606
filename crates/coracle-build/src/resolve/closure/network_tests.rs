//! From sonames to packages, against `dpkg-shlibdeps`: for the programs of packages, what it names must be among what
//! we choose for their NEEDED.
//!
//! dpkg-shlibdeps finds libraries in the packages that its package depends on, each unpacked by `dpkg-deb` into a tree
//! of its own (`-S`), and asks their symbols and shlibs files; nothing that we choose is shown to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use coracle_binary::ElfFacts;
use coracle_distro::solve::Request;
use coracle_distro::version::{Relation, parse_relations};
use coracle_distro::{Architecture, Archive, Deb, FileKind, Package, PackageFile, Pin, Suite};
use coracle_testkit::agreement::{Listed, Sample, Table, keep, opening, packages_files};
use coracle_testkit::archive::FolderKeep;
use coracle_testkit::command::{Hermetic, tool};
use coracle_transport::{Client, ClientOptions};

use super::libraries::search_folders;
use super::{Chosen, Error, Extent, Search};
use crate::provision::Libraries;
use crate::resolve::World;

/// Larger packages are passed over, in a plain run and in a full one.
const LARGEST: (usize, usize) = (400_000, 6_000_000);
/// Of a package with more programs only so many are looked at.
const MOST_PROGRAMS: usize = 6;

/// The trees that dpkg-shlibdeps looks into.
struct Trees<'a> {
    archive: &'a Archive<'a>,
    keep: &'a FolderKeep,
    folder: tempfile::TempDir,
}

/// What it says of the programs of a package.
enum Verdict {
    /// It names these packages, as `Depends` would.
    Names(String),
    /// It finds no library or no information: why, in its words.
    Gives(String),
}

impl Trees<'_> {
    fn new<'a>(archive: &'a Archive<'a>, keep: &'a FolderKeep) -> Trees<'a> {
        let folder = tempfile::tempdir().unwrap();
        let control = "Source: boat\nMaintainer: Nobody <nobody@example.org>\n\nPackage: boat\nArchitecture: any\n";
        std::fs::create_dir_all(folder.path().join("debian")).unwrap();
        std::fs::create_dir_all(folder.path().join("database")).unwrap();
        std::fs::write(folder.path().join("debian/control"), control).unwrap();
        // Nothing is installed: a library of this machine is of no package.
        std::fs::write(folder.path().join("database/status"), "").unwrap();
        Trees {
            archive,
            keep,
            folder,
        }
    }

    /// The package's tree, unpacked by dpkg-deb, with its control files in DEBIAN.
    fn tree(&self, package: &Package) -> PathBuf {
        let tree = self.folder.path().join("trees").join(&package.name);
        if !tree.exists() {
            self.archive.fetch(&package.pin()).unwrap();
            let deb = self.keep.path(&package.sha256);
            std::fs::create_dir_all(tree.parent().unwrap()).unwrap();
            let (deb, tree) = (deb.to_str().unwrap(), tree.to_str().unwrap());
            tool("dpkg-deb", &["--raw-extract", deb, tree]).unwrap();
        }
        tree
    }

    fn ask(&self, package: &Package, depends: &[&Package], programs: &[&PackageFile]) -> Verdict {
        let own = self.tree(package);
        let mut arguments = vec![
            "-O".to_owned(),
            "--warnings=0".to_owned(),
            format!(
                "--admindir={}",
                self.folder.path().join("database").display()
            ),
            format!("-S{}", own.display()),
        ];
        // Where update-alternatives' links lead.
        for folder in ["blas", "lapack"] {
            arguments.push(format!("-l/usr/lib/x86_64-linux-gnu/{folder}"));
        }
        for depended in depends {
            arguments.push(format!("-S{}", self.tree(depended).display()));
        }
        for program in programs {
            arguments.push(format!("-e{}", shipped(&own, &program.path).display()));
        }
        let said = Hermetic::new("dpkg-shlibdeps", self.folder.path())
            .args(arguments)
            .env("LC_ALL", "C")
            .directory(self.folder.path());
        let said = said.run().unwrap();
        match said.code {
            0 => {
                let names = said.stdout.trim().strip_prefix("shlibs:Depends=");
                Verdict::Names(names.unwrap_or_default().to_owned())
            }
            _ => {
                let why = said.stderr.lines().find(|line| line.contains("error:"));
                let why = why
                    .unwrap_or(&said.stderr)
                    .replace(self.folder.path().to_str().unwrap(), "");
                Verdict::Gives(why)
            }
        }
    }
}

/// The file of a merged-/usr path where a package ships it.
fn shipped(tree: &Path, path: &str) -> PathBuf {
    let merged = tree.join(path);
    match merged.exists() {
        true => merged,
        false => tree.join(path.trim_start_matches("usr/")),
    }
}

/// The programs of a package that a loader starts.
fn programs(deb: &Deb) -> Vec<(&PackageFile, ElfFacts)> {
    let is_program = |file: &&PackageFile| {
        let folders = ["usr/bin/", "usr/sbin/", "usr/games/"];
        folders.iter().any(|folder| file.path.starts_with(folder))
    };
    let read = |file: &'_ PackageFile| match &file.kind {
        FileKind::File(bytes) => ElfFacts::read(bytes).ok(),
        _ => None,
    };
    let dynamic = |file| {
        let facts = read(file)?;
        let is_dynamic = facts.interpreter.is_some() && !facts.needed.is_empty();
        is_dynamic.then_some((file, facts))
    };
    let programs = deb.files.iter().filter(is_program).filter_map(dynamic);
    programs.take(MOST_PROGRAMS).collect()
}

/// Whether a package is what a relation wants.
fn fits(package: &Package, wanted: &Relation) -> bool {
    let allows = |version: &coracle_distro::Version| {
        wanted
            .bound
            .as_ref()
            .is_none_or(|bound| bound.allows(version))
    };
    let provided = parse_relations(&package.provides).unwrap_or_default();
    let mut provided = provided.into_iter().flatten();
    (package.name == wanted.name && allows(&package.version))
        || provided.any(|provided| {
            provided.name == wanted.name
                && match &provided.bound {
                    Some(bound) => allows(&bound.version),
                    None => wanted.bound.is_none(),
                }
        })
}

/// What a package depends on itself, as its closure has it; `None` where that is too much to fetch.
fn depended<'a>(
    archive: &'a Archive<'a>,
    package: &Package,
    most: u64,
) -> Option<Vec<&'a Package>> {
    let names = [package.name.clone()];
    let request = Request {
        packages: &names,
        ..Request::default()
    };
    let closure = archive.closure(&request).ok()?;
    let wanted = package.dependencies().ok()?;
    let is_wanted = |candidate: &&Package| {
        candidate.architecture != "all"
            && wanted
                .iter()
                .flatten()
                .any(|wanted| fits(candidate, wanted))
    };
    let depended = closure.into_iter().filter(is_wanted);
    // The newest, which the closure has of a package that nothing pins.
    let depended = depended.filter_map(|package| archive.newest(&package.name));
    let depended: Vec<&Package> = depended.collect();
    let size: u64 = depended.iter().map(|package| package.size).sum();
    (size <= most).then_some(depended)
}

/// The packages that we choose for what a program needs itself, its own package there already.
fn chosen(
    world: &World<'_>,
    (pin, deb): (&Pin, &std::sync::Arc<Deb>),
    (path, facts): (&str, &ElfFacts),
) -> Result<BTreeSet<String>, Error> {
    let none = BTreeSet::new();
    let mut search = Search::new(world, &[], &none);
    let own = Chosen {
        pin: pin.clone(),
        deb: std::sync::Arc::clone(deb),
        reason: String::new(),
        extent: Extent::Whole,
        parts: BTreeMap::new(),
    };
    search.packages.insert(pin.name.clone(), own);
    let (chain, folders) = ([path.to_owned()], search_folders(facts, path));
    for soname in &facts.needed {
        search.soname(soname, &chain, &folders)?;
    }
    while let Some((soname, chain)) = search.alternatives.pop() {
        search.alternative(&soname, &chain)?;
    }
    search.add_implied()?;
    Ok(search.packages.into_keys().collect())
}

/// What came out for a suite.
#[derive(Default)]
struct Count {
    packages: usize,
    programs: usize,
    named: usize,
    passed_over: BTreeMap<String, usize>,
    /// What dpkg-shlibdeps said where it gave up, with the package.
    given: Vec<String>,
    differing: Vec<[String; 3]>,
}

impl Count {
    fn pass_over(&mut self, why: &str) {
        *self.passed_over.entry(why.to_owned()).or_default() += 1;
    }

    fn add(&mut self, other: Count) {
        self.packages += other.packages;
        self.programs += other.programs;
        self.named += other.named;
        self.differing.extend(other.differing);
        self.given.extend(other.given);
        for (why, count) in other.passed_over {
            *self.passed_over.entry(why).or_default() += count;
        }
    }

    /// Compares on one package; what cannot be judged is counted by its reason.
    fn compare(&mut self, trees: &Trees<'_>, name: &str, most: u64) {
        let archive = trees.archive;
        let package = archive.newest(name).unwrap();
        let Some(depends) = depended(archive, package, most) else {
            return self.pass_over("what it depends on is too large");
        };
        let deb = std::sync::Arc::new(archive.fetch(&package.pin()).unwrap());
        let programs = programs(&deb);
        if programs.is_empty() {
            return self.pass_over("it has no programs that a loader starts");
        }
        let files: Vec<&PackageFile> = programs.iter().map(|(file, _)| *file).collect();
        let named = match trees.ask(package, &depends, &files) {
            Verdict::Names(named) => named,
            Verdict::Gives(why) => {
                self.given.push(format!("{name}: {why}"));
                return self
                    .pass_over("dpkg-shlibdeps finds a library in nothing that it depends on");
            }
        };
        let (binary, base) = (PathBuf::new(), PathBuf::new());
        let world = World {
            archive,
            pinned: &[],
            built: &[],
            libraries: &Libraries::default(),
            binary,
            base,
            epoch: 0,
        };
        let mut ours = BTreeSet::new();
        let mut refused = Vec::new();
        for (file, facts) in &programs {
            match chosen(&world, (&package.pin(), &deb), (&file.path, facts)) {
                Ok(names) => ours.extend(names),
                Err(error) => refused.push(error.to_string()),
            }
        }
        self.packages += 1;
        self.programs += programs.len();
        let groups = parse_relations(&named).unwrap();
        self.named += groups.len();
        let ours: Vec<&Package> = ours
            .iter()
            .filter_map(|name| archive.newest(name))
            .collect();
        for group in groups {
            let is_covered = group
                .iter()
                .any(|wanted| ours.iter().any(|package| fits(package, wanted)));
            if !is_covered {
                let group: Vec<String> = group.iter().map(ToString::to_string).collect();
                let names: Vec<&str> = ours.iter().map(|package| package.name.as_str()).collect();
                let ours = format!("{} {}", names.join(" "), refused.join("; "));
                let row = [name.to_owned(), group.join(" | "), ours];
                self.differing.push(row);
            }
        }
    }
}

/// The packages that may have programs to judge: they need the C library and are not too large.
fn candidates(listed: &[Listed], largest: usize) -> Vec<String> {
    let fit = |package: &&Listed| {
        let size = package.field("Size").parse().unwrap_or(usize::MAX);
        let section = package.field("Section");
        size <= largest
            && package.names("Depends").iter().any(|name| name == "libc6")
            && !["libdevel", "debug"].contains(&section)
            && !package.name().starts_with("lib")
    };
    let names: BTreeSet<&str> = listed.iter().filter(fit).map(Listed::name).collect();
    names.into_iter().map(str::to_owned).collect()
}

fn client() -> Client {
    Client::new(ClientOptions::default()).unwrap()
}

/// The packages of a suite in the order in which they are drawn.
fn drawn(archive: &Archive<'_>, keep: &FolderKeep, sample: &mut Sample) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let listed = packages_files(archive, keep, folder.path()).unwrap();
    let names = candidates(&listed, sample.count(LARGEST.0, LARGEST.1));
    sample.choose(&names, names.len())
}

/// Compares on these until enough are judged.
fn compare_some<'a>(
    open: &(impl Fn() -> Archive<'a> + Sync),
    keep: &FolderKeep,
    names: &[String],
    (wanted, most): (usize, u64),
) -> Count {
    let mut count = Count::default();
    // What an archive has opened it keeps in memory, so each handful gets another one.
    for handful in names.chunks(40) {
        if count.packages >= wanted {
            break;
        }
        let archive = open();
        let trees = Trees::new(&archive, keep);
        for name in handful {
            if count.packages < wanted {
                count.compare(&trees, name, most);
            }
        }
    }
    count
}

/// Compares with two threads, each of which has every other package.
fn compare_suite<'a>(
    open: &(impl Fn() -> Archive<'a> + Sync),
    keep: &FolderKeep,
    names: &[String],
    sample: &Sample,
) -> Count {
    let extent = (sample.count(4, 80), sample.count(8 << 20, 48 << 20) as u64);
    let halves = [0, 1].map(|half| {
        let names = names.iter().skip(half).step_by(2);
        names.cloned().collect::<Vec<String>>()
    });
    std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .iter()
            .map(|names| scope.spawn(move || compare_some(open, keep, names, extent)))
            .collect();
        let mut all = Count::default();
        for thread in threads {
            all.add(thread.join().unwrap());
        }
        all
    })
}

fn tell(count: &Count, table: &mut Table) {
    table.say(&format!(
        "{} programs of {} packages, for which dpkg-shlibdeps names {} relations: {} are covered.",
        count.programs,
        count.packages,
        count.named,
        count.named - count.differing.len()
    ));
    for (why, count) in &count.passed_over {
        table.say(&format!(
            "{count} packages were drawn and passed over: {why}."
        ));
    }
    if !count.differing.is_empty() {
        table.head(&["package", "dpkg-shlibdeps names", "coracle chooses"]);
    }
    for [package, theirs, ours] in &count.differing {
        table.row(&[package, theirs, ours]);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn packages_of_libraries_agree_with_dpkg_shlibdeps() {
    let (client, keep) = (client(), keep());
    let mut sample = Sample::from_environment("shlibdeps");
    let dpkg = tool("dpkg-query", &["-Wf${Version}", "dpkg-dev"]).unwrap();
    let mut table = Table::new(
        "shlibdeps",
        "packages_of_libraries_agree_with_dpkg_shlibdeps",
        "The packages of the libraries that programs need",
        &format!("`dpkg-shlibdeps -O` of dpkg-dev {}", dpkg.stdout),
        &sample,
    );
    let mut differing = 0;
    let mut given = Vec::new();
    for suite in ["debian/trixie", "debian/bookworm"] {
        let suite = Suite::parse(suite).unwrap();
        let open = || Archive::open(opening(suite, Architecture::Amd64, &client, &keep)).unwrap();
        let archive = open();
        table.releases(&archive);
        let names = drawn(&archive, &keep, &mut sample);
        let count = compare_suite(&open, &keep, &names, &sample);
        tell(&count, &mut table);
        differing += count.differing.len();
        given.extend(count.given);
    }
    let table = table.finish().unwrap();
    assert_eq!(differing, 0, "{table}\n{}", given.join("\n"));
}
