//! What is changed in the upper layer of an image, as people do it in Dockerfiles.

use std::fs;

use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;

use super::base::name;
use super::image::Case;

/// A change, which may say that it has no meaning for the case ([`Case::skip`]).
pub(super) type Change = fn(&mut Case<'_>, &mut Sample);

/// What may be changed in a root of any kind, by its name.
pub(super) const CHANGES: [(&str, Change); 24] = [
    ("nothing", |_, _| {}),
    ("a library is deleted", |case, sample| {
        let library = library(case, sample);
        case.remove(&library);
    }),
    ("the loader is deleted", |case, _| {
        let loader = case.program.loader.clone();
        match loader.is_empty() {
            true => case.skip("the program has no loader"),
            false => case.remove(&loader),
        }
    }),
    ("a library is of the other suite", |case, sample| {
        let library = library(case, sample);
        match case.base.other(&library) {
            Some(bytes) => case.write(&library, &bytes, 0o644),
            None => case.skip("the other suite has no such library"),
        }
    }),
    ("only the libc is of the other suite", |case, _| {
        let libc = format!("{}/{}", case.base.libraries, case.base.libc);
        match case.base.other(&libc) {
            Some(bytes) if case.at(&libc).exists() => case.write(&libc, &bytes, 0o755),
            _ => case.skip("there is no such libc of two suites"),
        }
    }),
    ("a library is cut", |case, sample| {
        let library = library(case, sample);
        let bytes = case.read(&library);
        let end = sample.below(bytes.len());
        case.note += &format!(" at {end}");
        case.write(&library, &bytes[..end], 0o644);
    }),
    ("a library's mode", |case, sample| {
        let library = library(case, sample);
        let mode = [0o600, 0o640, 0o444, 0o755][sample.below(4)];
        case.note += &format!(" {mode:o}");
        case.mode(&library, mode);
    }),
    ("the libraries' folder's mode", |case, sample| {
        let mode = [0o700, 0o711, 0o750][sample.below(3)];
        case.note = format!("{mode:o}");
        case.mode(&case.base.libraries, mode);
    }),
    ("the program's mode", |case, sample| {
        // The emulator has to read what it starts, and the kernel has not.
        let unread = if case.base.architecture == "amd64" {
            0o711
        } else {
            0o755
        };
        let mode = [0o644, 0o700, unread, 0o4755][sample.below(4)];
        case.note = format!("{mode:o}");
        let program = case.program.path.clone();
        case.mode(&program, mode);
    }),
    ("root starts it", |case, sample| {
        case.user = (0, 0);
        let library = library(case, sample);
        case.mode(&library, 0o600);
    }),
    ("the program is copied to /app", |case, _| {
        let bytes = case.read(&case.program.path);
        case.write("/app/worker", &bytes, 0o755);
        case.arguments = vec!["/app/worker".to_owned()];
    }),
    ("a program of the other suite", |case, _| {
        let path = case.program.path.clone();
        match case.base.other(&path) {
            Some(bytes) => case.write(&path, &bytes, 0o755),
            None => case.skip("the other suite has no such program"),
        }
    }),
    ("a script starts the program", |case, sample| {
        if case.base.architecture != "amd64" {
            return case.skip("the emulator starts no scripts");
        }
        let shebang = [
            "#!/bin/sh\n",
            "#!/bin/sh\r\n",
            "",
            "#!/usr/bin/env bash\n",
            "#!/bin/none\n",
        ];
        let shebang = shebang[sample.below(shebang.len())];
        case.note = format!("{shebang:?}");
        let text = format!("{shebang}exec {}\n", case.program.path);
        case.write("/app/start.sh", text.as_bytes(), 0o755);
        case.arguments = vec!["/app/start.sh".to_owned()];
    }),
    ("the libraries' folder is made anew", |case, sample| {
        // What stays is what the program loads, all of it or not.
        anew(case, sample);
    }),
    ("/etc is made anew", |case, _| {
        if !case.at("/etc").exists() {
            return case.skip("there is no /etc");
        }
        case.remove("/etc");
        fs::create_dir(case.at("/etc")).unwrap();
        case.mode("/etc", 0o755);
    }),
    ("a library is moved to /usr/local/lib", |case, sample| {
        let place = moved(case, sample, "/usr/local/lib");
        case.note += &format!(" to {place}");
    }),
    (
        "a library is moved to /opt and found by LD_LIBRARY_PATH",
        |case, sample| {
            moved(case, sample, "/opt/lib");
            let value = ["/opt/lib", "/opt", "/nowhere:/opt/lib"][sample.below(3)];
            case.note += value;
            case.environment
                .insert("LD_LIBRARY_PATH".to_owned(), value.to_owned());
        },
    ),
    ("the cache is made anew", |case, sample| {
        if case.base.architecture != "amd64" {
            return case.skip("this machine cannot run its ldconfig");
        }
        if !case.at("/usr/sbin/ldconfig").exists() {
            return case.skip("there is no ldconfig");
        }
        let root = case.at("/");
        moved(case, sample, "/usr/local/lib");
        tool("chroot", &[root.to_str().unwrap(), "/sbin/ldconfig"]).unwrap();
    }),
    ("a library is a link", |case, sample| {
        let library = library(case, sample);
        let bytes = case.read(&library);
        let target = ["/opt/there.so", "/opt/not-there.so"][sample.below(2)];
        case.note += &format!(" to {target}");
        case.write("/opt/there.so", &bytes, 0o644);
        case.link(&library, target);
    }),
    ("a library is a folder", |case, sample| {
        let library = library(case, sample);
        case.remove(&library);
        fs::create_dir(case.at(&library)).unwrap();
    }),
    ("a library of another machine", |case, sample| {
        let library = library(case, sample);
        let bytes = case.base.foreign(name(&library));
        case.write(&library, &bytes, 0o644);
    }),
    ("the working directory", |case, sample| {
        let directory = ["/app", "/usr/bin/env", "/root"][sample.below(3)];
        if !case.at(directory).exists() {
            return case.skip("there is no such folder or file");
        }
        directory.clone_into(&mut case.directory);
    }),
    ("/lib is no link any more", |case, _| {
        if !case.at("/lib").is_symlink() {
            return case.skip("/lib is no link");
        }
        case.remove("/lib");
        fs::create_dir(case.at("/lib")).unwrap();
        case.mode("/lib", 0o755);
    }),
    ("deleted and put back", |case, sample| {
        let library = library(case, sample);
        let bytes = case.read(&library);
        case.remove(&library);
        case.write(&library, &bytes, 0o644);
    }),
];

/// The library's folder is removed, and what the program loads is put back, all of it or not.
fn anew(case: &mut Case<'_>, sample: &mut Sample) {
    let folder = case.base.libraries.clone();
    let mut kept: Vec<(String, Vec<u8>)> = Vec::new();
    let files: Vec<String> = case.program.libraries.clone();
    let loader = Some(&case.program.loader).filter(|loader| !loader.is_empty());
    for path in files.iter().chain(loader) {
        kept.push((name(path).to_owned(), case.read(path)));
    }
    if sample.below(2) == 0 && !kept.is_empty() {
        let gone = kept.remove(sample.below(kept.len()));
        case.note = format!("without {}", gone.0);
    }
    let links: Vec<(String, String)> = fs::read_dir(case.at(&folder))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_symlink())
        .map(|entry| {
            let target = fs::read_link(entry.path()).unwrap();
            (
                entry.file_name().display().to_string(),
                target.display().to_string(),
            )
        })
        .collect();
    case.remove(&folder);
    fs::create_dir(case.at(&folder)).unwrap();
    case.mode(&folder, 0o755);
    for (name, bytes) in &kept {
        case.write(&format!("{folder}/{name}"), bytes, 0o755);
    }
    for (name, target) in links {
        if kept.iter().any(|(kept, _)| *kept == target) {
            case.link(&format!("{folder}/{name}"), &target);
        }
    }
}

/// A library that the program loads. Without any the change has no meaning, and a file of the case's own is given, so
/// that it does no harm.
pub(super) fn library(case: &mut Case<'_>, sample: &mut Sample) -> String {
    const NONE: &str = "/app/no-library";
    let libraries = &case.program.libraries;
    if libraries.is_empty() {
        case.skip("the program loads no library");
        case.write(NONE, b"none", 0o644);
        return NONE.to_owned();
    }
    let library = libraries[sample.below(libraries.len())].clone();
    case.note.clone_from(&library);
    library
}

/// Moves a library to a folder, under the name that others ask for it by.
fn moved(case: &mut Case<'_>, sample: &mut Sample, folder: &str) -> String {
    let library = library(case, sample);
    let bytes = case.read(&library);
    // The links that lead to it lead nowhere now, and one of them has that name.
    let (from, file) = library.rsplit_once('/').unwrap();
    let links = fs::read_dir(case.at(from)).unwrap();
    let asked = links.map(|entry| entry.unwrap()).find(|entry| {
        fs::read_link(entry.path()).is_ok_and(|target| target.to_str() == Some(file))
    });
    let name = asked.map_or(file.to_owned(), |entry| {
        entry.file_name().display().to_string()
    });
    case.remove(&library);
    let place = format!("{folder}/{name}");
    case.write(&place, &bytes, 0o644);
    place
}
