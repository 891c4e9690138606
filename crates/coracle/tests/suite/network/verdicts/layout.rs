//! Roots of Debian's parts in places that Debian does not have them: a folder for each library as Nix has it, a newer glibc
//! in /opt, glibc where a cross compiler has it, klibc, and 32 bits on a platform of 64.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::Digest;
use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;

use super::base::{Base, Make, Program, Root, Tree, name};
use crate::support::Place;

/// Those that a run judges. `debian` are its roots of Debian.
pub(super) fn bases(place: &Place, debian: &[Base], sample: &mut Sample) -> Vec<Base> {
    let of = |suite, architecture| {
        let is_it = |base: &&Base| base.suite == suite && base.architecture == architecture;
        debian.iter().find(is_it)
    };
    let (trixie, bookworm) = (
        of("trixie", "amd64").unwrap(),
        of("bookworm", "amd64").unwrap(),
    );
    let newer = trixie.programs(place, sample);
    let mut bases = vec![
        store(place, (trixie, bookworm), &newer),
        beside(place, Make::Opt, (bookworm, trixie), &trixie.root, &newer),
        klibc(place, trixie),
        narrow(place, bookworm),
    ];
    if sample.is_full() {
        bases.push(store(
            place,
            (bookworm, trixie),
            &bookworm.programs(place, sample),
        ));
        bases.extend([klibc(place, bookworm), narrow(place, trixie)]);
    }
    if let Some(bookworm) = of("bookworm", "arm64") {
        let cross = Root::made(place, "bookworm", "arm64", "libc6-arm64-cross");
        let programs = bookworm.programs(place, sample);
        bases.push(beside(
            place,
            Make::Cross,
            (bookworm, bookworm),
            &cross.folder,
            &programs,
        ));
    }
    bases
}

/// A file that patchelf changes.
fn patch(file: &Path, words: &[&str]) {
    tool("patchelf", &[words, &[file.to_str().unwrap()]].concat()).unwrap();
}

fn printed(file: &Path, what: &str) -> String {
    let printed = tool("patchelf", &[what, file.to_str().unwrap()]).unwrap();
    printed.stdout.trim().to_owned()
}

/// The name that a library is asked for by.
fn soname(file: &Path) -> String {
    match printed(file, "--print-soname") {
        none if none.is_empty() => file.file_name().unwrap().display().to_string(),
        soname => soname,
    }
}

/// What glibc itself is of.
fn is_of_glibc(soname: &str) -> bool {
    let names = [
        "ld-linux",
        "libc.so",
        "libm.so",
        "libpthread",
        "libdl.so",
        "librt.so",
        "libresolv",
    ];
    names.iter().any(|name| soname.starts_with(name))
}

/// Every library has a folder of its own, and every file names all folders that it needs.
fn store(place: &Place, (from, other): (&Base, &Base), programs: &[Program]) -> Base {
    let tree = Tree::new(place, &format!("store-{}", from.suite));
    let folder = |package: &str| {
        let digest = Digest::of(package.as_bytes()).to_string();
        let (_, digest) = digest.split_once(':').unwrap();
        format!("/nix/store/{}-{package}/lib", &digest[..32])
    };
    let glibc = folder("glibc-2");
    let lies_in = |soname: &str| match is_of_glibc(soname) {
        true => glibc.clone(),
        false => folder(soname),
    };
    let runpath = |file: &Path| {
        let needed = printed(file, "--print-needed");
        let mut folders: Vec<String> = needed.lines().map(lies_in).collect();
        folders.push(glibc.clone());
        folders.dedup();
        folders.join(":")
    };
    let loader = format!("{glibc}/{}", name(&programs[0].loader));
    tree.put(&from.at(&programs[0].loader), &loader);
    for (soname, file) in libraries(from, programs) {
        let put = tree.put(&file, &format!("{}/{soname}", lies_in(&soname)));
        if !is_of_glibc(&soname) {
            patch(&put, &["--set-rpath", &runpath(&put)]);
        }
    }
    for program in programs {
        let put = tree.put(
            &from.at(&program.path),
            &format!("/nix/bin/{}", name(&program.path)),
        );
        patch(
            &put,
            &["--set-interpreter", &loader, "--set-rpath", &runpath(&put)],
        );
    }
    let empty = Tree::new(place, &format!("empty-{}", from.suite));
    for folder in ["proc", "app", "opt"] {
        fs::create_dir(empty.at(folder)).unwrap();
    }
    let (root, layers) = tree.over(&empty.folder, &[]);
    Base {
        make: Make::Store,
        root,
        layers,
        programs: "/nix/bin",
        libraries: glibc,
        other: other.root.clone(),
        ..again(from)
    }
}

/// Programs that start with a glibc of their own, in a root of Debian that has another: some find everything beside it,
/// some find the root's libraries, too. `glibc` is the root that its files are taken from.
fn beside(
    place: &Place,
    make: Make,
    (under, from): (&Base, &Base),
    glibc: &Path,
    programs: &[Program],
) -> Base {
    let tree = Tree::new(
        place,
        &format!("beside-{}-{}", under.suite, under.architecture),
    );
    let (prefix, taken) = match make {
        Make::Cross => (
            "/usr/aarch64-linux-gnu/lib",
            "usr/aarch64-linux-gnu/lib".to_owned(),
        ),
        _ => ("/opt/glibc/lib", from.libraries[1..].to_owned()),
    };
    let taken = glibc.join(taken);
    let loader = format!("{prefix}/{}", name(&programs[0].loader));
    tree.put(&taken.join(name(&programs[0].loader)), &loader);
    for (soname, file) in libraries(from, programs) {
        if is_of_glibc(&soname) {
            tree.put(&taken.join(&soname), &format!("{prefix}/{soname}"));
        } else if make == Make::Opt {
            tree.put(&file, &format!("{prefix}/{soname}"));
        }
    }
    for (number, program) in programs.iter().enumerate() {
        let path = format!("/opt/app/bin/{}", name(&program.path));
        let put = tree.put(&from.at(&program.path), &path);
        patch(&put, &["--set-interpreter", &loader]);
        match number % 4 {
            // Of who asks only, of everybody, and of nobody.
            0 => patch(&put, &["--set-rpath", prefix]),
            3 => {}
            _ => patch(&put, &["--force-rpath", "--set-rpath", prefix]),
        }
    }
    let (root, layers) = tree.over(&under.root, &under.layers);
    Base {
        make,
        root,
        layers,
        programs: "/opt/app/bin",
        libraries: prefix.to_owned(),
        other: match make {
            Make::Cross => under.other.clone(),
            _ => under.root.clone(),
        },
        ..again(under)
    }
}

/// The libraries of all programs by the names that they are asked for by; glibc's own parts, too, but for its loader.
fn libraries(from: &Base, programs: &[Program]) -> BTreeMap<String, PathBuf> {
    let files = programs.iter().flat_map(|program| &program.libraries);
    let mut all = BTreeMap::new();
    for path in files {
        let file = from.at(path);
        all.insert(soname(&file), file);
    }
    all
}

/// klibc's shared library is a loader, too: what it starts is not known.
fn klibc(place: &Place, debian: &Base) -> Base {
    let made = Root::made(place, debian.suite, "amd64", "klibc-utils");
    Base {
        make: Make::Klibc,
        root: made.folder,
        layers: vec![made.tar],
        programs: "/usr/lib/klibc/bin",
        libraries: "/usr/lib".to_owned(),
        libc: "no libc",
        ..again(debian)
    }
}

/// A program of 32 bits with its libc, on a platform whose kernel may start it.
fn narrow(place: &Place, debian: &Base) -> Base {
    let made = Root::made(place, debian.suite, "amd64", "libc6-i386");
    let tree = Tree::new(place, &format!("narrow-{}", debian.suite));
    let libc = made.folder.join("usr/lib32/libc.so.6");
    let source = tree.folder.with_extension("c");
    let text = "int puts(const char *);\nvoid _start(void) { for (;;) puts(\"here\"); }\n";
    fs::write(&source, text).unwrap();
    let (source, libc) = (source.to_str().unwrap(), libc.to_str().unwrap());
    for (name, kind) in [("fixed", "-no-pie"), ("anywhere", "-pie")] {
        let target = tree.at(&format!("/usr/bin/{name}"));
        let loader = "-Wl,--dynamic-linker=/lib/ld-linux.so.2";
        let position = if kind == "-pie" { "-fPIE" } else { "-fno-pic" };
        let bare = [
            "--target=i386-linux-gnu",
            "-fuse-ld=lld",
            "-nostdlib",
            "-fno-builtin",
        ];
        let words = [
            kind,
            position,
            loader,
            "-o",
            target.to_str().unwrap(),
            source,
            libc,
        ];
        tool("clang", &[&bare[..], &words].concat()).unwrap();
    }
    let (root, layers) = tree.over(&made.folder, &[made.tar]);
    Base {
        make: Make::Narrow,
        root,
        layers,
        libraries: "/usr/lib32".to_owned(),
        ..again(debian)
    }
}

/// What roots made of this one have in common with it.
fn again(base: &Base) -> Base {
    Base {
        root: base.root.clone(),
        layers: base.layers.clone(),
        libraries: base.libraries.clone(),
        other: base.other.clone(),
        foreign: base.foreign.clone(),
        ..*base
    }
}
