//! Files that are removed, cut, replaced or may not be read.

use std::path::Path;

use super::{Change, World};
use crate::case::Case;
use crate::chance::Chance;

pub(super) const CHANGES: &[Change] = &[
    ("nothing is changed", |_, _, _| Some(())),
    ("a library is removed", |case, _, chance| {
        let library = any(case, chance);
        case.remove(&library);
        Some(())
    }),
    ("a library is cut", |case, _, chance| {
        let library = any(case, chance);
        cut(case, &library, chance);
        Some(())
    }),
    ("the program is cut", |case, _, chance| {
        let program = case.program().to_owned();
        cut(case, &program, chance);
        Some(())
    }),
    ("a library's mode", |case, _, chance| {
        let library = any(case, chance);
        case.mode(&library, chance.one(&MODES));
        case.user.0 = chance.one(&[0, 65532]);
        Some(())
    }),
    ("the program's mode", |case, _, chance| {
        case.mode(case.program(), chance.one(&MODES));
        case.user.0 = chance.one(&[0, 65532]);
        Some(())
    }),
    ("a folder's mode", |case, _, chance| {
        let library = any(case, chance);
        let folder = library.rsplit_once('/')?.0;
        case.mode(folder, chance.one(&MODES));
        case.user.0 = chance.one(&[0, 65532]);
        Some(())
    }),
    ("a library of the other suite", |case, world, chance| {
        let library = any(case, chance);
        replace(case, &library, &world.other)
    }),
    ("only libc.so.6 of the other suite", |case, world, _| {
        let libc = named(case, "libc.so.6")?;
        replace(case, &libc, &world.other)
    }),
    ("only the loader of the other suite", |case, world, _| {
        replace(case, &case.loader.clone(), &world.other)
    }),
    ("both of the other suite", |case, world, _| {
        let libc = named(case, "libc.so.6")?;
        replace(case, &libc, &world.other)?;
        replace(case, &case.loader.clone(), &world.other)
    }),
    ("all libraries of the other suite", |case, world, _| {
        for library in case.libraries.clone() {
            let _ = replace(case, &library, &world.other);
        }
        Some(())
    }),
    ("a library of another machine", |case, world, chance| {
        let library = any(case, chance);
        let own = case.soname(&library);
        let other = search(&world.foreign, &own).or_else(|| search(&world.foreign, "libc.so.6"))?;
        case.write(&library, &std::fs::read(other).ok()?);
        Some(())
    }),
    ("a library that is another one", |case, _, chance| {
        let (library, other) = (any(case, chance), any(case, chance));
        case.write(&library, &case.read(&other));
        Some(())
    }),
    ("a library that is the program", |case, _, chance| {
        let library = any(case, chance);
        case.write(&library, &case.read(case.program()));
        Some(())
    }),
    ("a library that is text, or empty", |case, _, chance| {
        let library = any(case, chance);
        let texts: [&[u8]; 4] = [b"", b"\x7fELF", b"INPUT(libc.so.6)\n", &[b'x'; 4096]];
        case.write(&library, chance.one(&texts));
        Some(())
    }),
    ("the program is no ELF file", |case, _, chance| {
        let program = case.program().to_owned();
        let texts = [
            "",
            "\x7fELF",
            "text\n",
            "#!\n",
            "#!/usr/bin/none\n",
            "#!none\n",
        ];
        case.write(&program, chance.one(&texts).as_bytes());
        Some(())
    }),
    ("a script starts the program", script),
];

const MODES: [u32; 8] = [0, 0o600, 0o640, 0o644, 0o700, 0o711, 0o755, 0o4755];

/// A file that the program loads, its loader included.
pub(super) fn any(case: &Case, chance: &mut Chance) -> String {
    chance.one(&case.libraries)
}

/// A file that the program loads besides its loader and libc.
pub(super) fn other(case: &Case, chance: &mut Chance) -> Option<String> {
    let libc = named(case, "libc.so.6");
    let others: Vec<&String> = case
        .libraries
        .iter()
        .filter(|library| **library != case.loader && Some(*library) != libc.as_ref())
        .collect();
    (!others.is_empty()).then(|| chance.one(&others).clone())
}

pub(super) fn named(case: &Case, name: &str) -> Option<String> {
    let mut libraries = case.libraries.iter();
    libraries
        .find(|library| case.soname(library) == name)
        .cloned()
}

fn cut(case: &Case, file: &str, chance: &mut Chance) {
    case.edit(file, |bytes| {
        // Half of the cuts near one of the ends, where it is decided what still counts.
        let length = bytes.len();
        let at = match chance.below(4) {
            0 => chance.below(200),
            1 => length - chance.below(200).min(length),
            _ => chance.below(length),
        };
        bytes.truncate(at);
    });
}

/// The file of this name in the folders of a root that hold libraries.
pub(super) fn search(root: &Path, name: &str) -> Option<std::path::PathBuf> {
    let folders = ["x86_64-linux-gnu", "aarch64-linux-gnu", ""];
    let places = folders.map(|folder| root.join("usr/lib").join(folder).join(name));
    // What a link leads to is found below the root, not on this machine.
    let found = places
        .into_iter()
        .find(|place| place.symlink_metadata().is_ok())?;
    match std::fs::read_link(&found) {
        Ok(target) => search(root, target.file_name()?.to_str()?),
        Err(_) => Some(found),
    }
}

fn replace(case: &Case, library: &str, root: &Path) -> Option<()> {
    let other = search(root, &case.soname(library))?;
    case.write(library, &std::fs::read(other).ok()?);
    Some(())
}

/// What the script says first is what the kernel starts.
fn script(case: &mut Case, _: &World, chance: &mut Chance) -> Option<()> {
    let program = case.program().to_owned();
    let lines = [
        format!("#!{program}\n"),
        format!("#! {program} -x\n"),
        format!("#!{program}\r\n"),
        format!("#!\t{program}\t\n"),
        format!("#!{}{program}\n", "/".repeat(200)),
        format!("#!{}{program}\n", "/".repeat(300)),
        format!("#!{program}"),
        format!("#!{}\n", program.trim_start_matches('/')),
        format!("{program}\n"),
    ];
    case.write("/opt/script", chance.one(&lines).as_bytes());
    case.mode("/opt/script", chance.one(&[0o755, 0o755, 0o644]));
    case.arguments = vec!["/opt/script".to_owned(), "-x".to_owned()];
    let deep = chance.below(7);
    for depth in 0..deep {
        let inner = case.arguments[0].clone();
        let outer = format!("/opt/script-{depth}");
        case.write(&outer, format!("#!{inner}\n").as_bytes());
        case.arguments[0] = outer;
    }
    Some(())
}
