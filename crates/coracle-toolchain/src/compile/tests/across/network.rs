//! The examples for another platform, against sysroots of Debian's own packages.

use coracle_distro::solve::Request;
use coracle_distro::{Architecture, Archive, Deb, Suite};
use coracle_testkit::agreement::{Sample, keep, opening};
use coracle_transport::{Client, ClientOptions};

use super::super::*;
use super::real::readelf;

/// A plain run leaves out what takes minutes and is asked of builds as a whole, too; `CORACLE_FULL=1` compiles all.
fn is_full() -> bool {
    Sample::from_environment("across").is_full()
}

/// The back ends, with the packages that each needs in the sysroot besides.
const BACK_ENDS: [(BackEnd, &[&str]); 2] = [
    (BackEnd::Clang, &["libc6-dev", "libgcc-14-dev"]),
    (BackEnd::Zig, &["libc6"]),
];

/// What the examples are compiled against.
const NEEDED: [&str; 4] = ["libsqlite3-dev", "libssl-dev", "libwebp-dev", "zlib1g-dev"];
/// What a back end brings itself where its name is zig.
const OF_THE_C_LIBRARY: [&str; 3] = ["libc6-dev", "linux-libc-dev", "libcrypt-dev"];

/// The packages of a suite, unpacked, without or with what the C library has for compilers; and which packages.
fn sysroot(suite: &str, target: Target, more: &[&str]) -> (tempfile::TempDir, Sysroot) {
    let suite = Suite::parse(suite).unwrap();
    let architecture = match target {
        Target::LinuxAmd64 => Architecture::Amd64,
        Target::LinuxArm64 => Architecture::Arm64,
        Target::LinuxArmV7 => Architecture::Armhf,
    };
    let client = Client::new(ClientOptions::default()).unwrap();
    let kept = keep();
    let archive = Archive::open(opening(suite, architecture, &client, &kept)).unwrap();
    let names = NEEDED.iter().chain(more).map(|name| (*name).to_owned());
    let names: Vec<String> = names.collect();
    let with_c = more.contains(&"libc6-dev");
    let without = coracle_distro::sysroot::NOT_NEEDED.iter().copied();
    let without: Vec<&str> = match with_c {
        true => without.collect(),
        false => without.chain(OF_THE_C_LIBRARY).collect(),
    };
    let closure = archive.closure(&Request {
        packages: &names,
        prefer: &[],
        without: &without,
    });
    let closure = closure.unwrap();
    let time64 = closure.iter().any(|package| package.name.ends_with("t64"));
    let debs: Vec<Deb> = closure
        .iter()
        .map(|package| archive.fetch(&package.pin()).unwrap())
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("sysroot");
    let debs: Vec<&Deb> = debs.iter().collect();
    coracle_distro::sysroot::write(&debs, &place).unwrap();
    let key = format!("{suite}{target}{with_c}").replace('/', "-");
    let sysroot = Sysroot {
        folder: place,
        key,
        triplet: architecture.triplet().to_owned(),
        cxx: archive
            .gcc_version()
            .filter(|_| more.iter().any(|name| name.contains("++"))),
        time64,
    };
    (folder, sysroot)
}

/// A toolchain whose pkg-config is the machine's, which is content without the first words of ours.
fn toolchain() -> Toolchain {
    let words = ["sh", "-c", "shift 2; exec pkgconf \"$@\"", "sh"];
    Toolchain {
        pkg_config: words.map(Into::into).into(),
        ..Toolchain::default()
    }
}

fn example(
    name: &str,
    program: &str,
    (target, glibc): (Target, (u32, u32)),
    sysroot: &Sysroot,
) -> CompileRequest {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = repository
        .join("examples")
        .join(name)
        .canonicalize()
        .unwrap();
    let out = repository.join("target/test-across").join(name);
    fs::create_dir_all(&out).unwrap();
    CompileRequest {
        target,
        cgo: name == "photos",
        glibc: Some(glibc),
        sysroot: Some(sysroot.clone()),
        target_directory: Some(out.canonicalize().unwrap()),
        ..request(&folder, program)
    }
}

/// The libraries that a program needs, sorted, and the newest glibc that it asks for, as readelf says it.
fn needs(program: &Path) -> (Vec<String>, u32) {
    let dynamic = readelf("-d", program);
    let needed = dynamic.lines().filter(|line| line.contains("(NEEDED)"));
    let name = |line: &str| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned());
    let mut needed: Vec<String> = needed.filter_map(name).collect();
    needed.sort();
    let versions = readelf("-V", program);
    let minor = |rest: &str| {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit()).next();
        digits.unwrap().parse::<u32>().unwrap()
    };
    let newest = versions.split("GLIBC_2.").skip(1).map(minor).max();
    (needed, newest.unwrap_or_default())
}

/// What a program says under an emulator, with the sysroot's loader and libraries, when it is asked how it is and nobody
/// serves: so it has started.
fn asked_how_it_is(program: &Path, emulator: &str, sysroot: &Sysroot) -> String {
    let program = coracle_process::Program::new(emulator)
        .arg("-L")
        .arg(&sysroot.folder)
        .arg(program)
        .arg("health")
        .env("PORT", "1");
    program.output().unwrap_err().to_string()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_rust_example_is_compiled_for_arm64_by_either_back_end_and_starts_in_a_full_run() {
    let target = Target::LinuxArm64;
    let libraries = ["libcrypto.so.3", "libsqlite3.so.0", "libssl.so.3"];
    let programs = [("worker", &[][..]), ("api", &libraries[..])];
    for (back_end, more) in BACK_ENDS {
        let (_folder, sysroot) = sysroot("trixie", target, more);
        for (name, expected) in programs {
            let request = CompileRequest {
                back_end: Some(back_end),
                ..example("shop", name, (target, (2, 41)), &sysroot)
            };
            let artifact = compiled(&request, &toolchain()).0.unwrap();
            assert_eq!(artifact.back_end, Some(back_end));
            let (needed, newest) = needs(&artifact.path);
            // Both share one unwinder with the C++ libraries that they load.
            assert!(needed.contains(&"libgcc_s.so.1".to_owned()), "{needed:?}");
            // Libraries of the C library, and of the compiler.
            let own = |name: &&String| {
                !["libc.", "libgcc_s", "libm.", "ld-linux"]
                    .iter()
                    .any(|own| name.starts_with(own))
            };
            let needed: Vec<&String> = needed.iter().filter(own).collect();
            assert_eq!(needed, expected, "{name} by {back_end}");
            assert!(
                newest <= 41,
                "{name} by {back_end} asks for GLIBC_2.{newest}"
            );
            let sections = readelf("-S", &artifact.path);
            assert!(sections.contains(" .symtab ") && !sections.contains(" .debug_info "));
            let said = asked_how_it_is(&artifact.path, "qemu-aarch64-static", &sysroot);
            assert!(said.contains("no answer from port 1"), "{said}");
        }
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_go_example_is_compiled_for_arm64_by_either_back_end_and_starts() {
    let target = Target::LinuxArm64;
    let few = if is_full() { 2 } else { 1 };
    for (back_end, more) in BACK_ENDS.into_iter().take(few) {
        let (_folder, sysroot) = sysroot("trixie", target, more);
        let request = CompileRequest {
            back_end: Some(back_end),
            ..example("photos", "server", (target, (2, 41)), &sysroot)
        };
        let artifact = compiled(&request, &toolchain()).0.unwrap();
        assert_eq!(artifact.back_end, Some(back_end));
        let (needed, newest) = needs(&artifact.path);
        assert!(needed.contains(&"libwebp.so.7".to_owned()), "{needed:?}");
        assert!(newest <= 41, "it asks for GLIBC_2.{newest}");
        let said = asked_how_it_is(&artifact.path, "qemu-aarch64-static", &sysroot);
        assert!(said.contains("connection refused"), "{said}");
    }
}

/// The program of a checkout in `place`, and its warnings.
fn of_checkout(name: &str, place: &Path, sysroot: &Sysroot) -> Vec<u8> {
    let checkout = place.join(name);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    super::super::same_bytes::check_out(&example.join(name), &checkout);
    let program = if name == "shop" { "worker" } else { "server" };
    let home = place.join("cargo home");
    let environment = [("CARGO_HOME".to_owned(), home.to_str().unwrap().to_owned())];
    let request = CompileRequest {
        target: Target::LinuxArm64,
        cgo: name == "photos",
        glibc: Some((2, 41)),
        sysroot: Some(sysroot.clone()),
        environment: environment.into(),
        ..request(&checkout, program)
    };
    let toolchain = Toolchain {
        cargo_home: Some(home),
        ..toolchain()
    };
    let (artifact, events) = compiled(&request, &toolchain);
    let artifact = artifact.unwrap();
    assert_eq!(warnings(&events), [""; 0]);
    fs::read(artifact.path).unwrap()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn two_checkouts_give_the_same_bytes_for_another_platform_in_a_full_run() {
    let (_folder, sysroot) = sysroot("trixie", Target::LinuxArm64, &["libc6"]);
    for name in ["photos", "shop"] {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let far = other.path().join("a longer/way to it");
        let first = of_checkout(name, one.path(), &sysroot);
        let second = of_checkout(name, &far, &sysroot);
        let (sizes, same) = ((first.len(), second.len()), first == second);
        assert!(same, "{name}: of {sizes:?} bytes some differ");
        let folder = one.path().to_str().unwrap().as_bytes();
        assert_eq!(memchr::memmem::find(&first, folder), None, "{name}");
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_package_that_the_sysroot_lacks_is_told_by_the_file_that_is_not_found() {
    let (_folder, sysroot) = sysroot("trixie", Target::LinuxArm64, &["libc6"]);
    let missing = |place: &str| {
        let path = sysroot.folder.join(place);
        fs::rename(&path, path.with_extension("hidden")).unwrap();
        // Another sysroot has another key: by its name in the compiler's path go knows what to compile again.
        let sysroot = Sysroot {
            key: format!("without {}", place.replace('/', " ").split_off(8)),
            ..sysroot.clone()
        };
        let request = example("photos", "server", (Target::LinuxArm64, (2, 41)), &sysroot);
        let error = compiled(&request, &toolchain()).0.unwrap_err();
        fs::rename(path.with_extension("hidden"), &path).unwrap();
        error.missing().to_vec()
    };
    let library = crate::BuildFile::Library("webp".to_owned());
    let libraries = "usr/lib/aarch64-linux-gnu";
    fs::remove_file(sysroot.folder.join(libraries).join("libwebp.a")).unwrap();
    assert_eq!(missing(&format!("{libraries}/libwebp.so")), [library]);
    let header = crate::BuildFile::Header("webp/decode.h".to_owned());
    assert!(missing("usr/include/webp").contains(&header));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_c_plus_plus_library_is_told_of_by_zig_and_linked_by_clang_in_a_full_run() {
    let folder = repository(&[
        ("go.mod", "module example.invalid/m\n\ngo 1.21\n"),
        (
            "cmd/worker/main.go",
            "package main\n\n// #cgo LDFLAGS: -lsnappy -lstdc++\n// int squeezed(void);\nimport \"C\"\nimport \"fmt\"\n\n\
             func main() { fmt.Println(C.squeezed()) }\n",
        ),
        (
            "cmd/worker/squeeze.cc",
            "#include <snappy.h>\n#include <string>\n\nextern \"C\" int squeezed(void) {\n  std::string text(1000, 'x'), out;\n\
             \x20 snappy::Compress(text.data(), text.size(), &out);\n  return out.size() < 100;\n}\n",
        ),
    ]);
    let target = Target::LinuxArm64;
    let more = [
        "libc6-dev",
        "libgcc-14-dev",
        "libsnappy-dev",
        "libstdc++-14-dev",
    ];
    let (_whole, whole) = sysroot("trixie", target, &more);
    // Kept: what zig compiles of its C++ library takes it half a minute.
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-across/cxx");
    fs::create_dir_all(&out).unwrap();
    let out = out.canonicalize().unwrap();
    let (_bare, bare) = sysroot("trixie", target, &["libc6", "libsnappy-dev"]);
    let request = CompileRequest {
        target,
        cgo: true,
        glibc: Some((2, 41)),
        sysroot: Some(bare),
        target_directory: Some(out),
        ..request(folder.path(), "worker")
    };
    let error = compiled(&request, &toolchain()).0.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("zig cannot link worker: it calls a C++ library of the suite"),
        "{text}"
    );
    assert!(error.hint().unwrap().contains("back-end = \"clang\""));
    let request = CompileRequest {
        cxx_library: true,
        sysroot: Some(whole.clone()),
        ..request
    };
    let artifact = compiled(&request, &toolchain()).0.unwrap();
    assert_eq!(artifact.back_end, Some(BackEnd::Clang));
    let (needed, _) = needs(&artifact.path);
    assert!(needed.contains(&"libsnappy.so.1".to_owned()), "{needed:?}");
    let program = coracle_process::Program::new("qemu-aarch64-static")
        .arg("-L")
        .arg(&whole.folder)
        .arg(&artifact.path);
    assert_eq!(program.output().unwrap().stdout, b"1\n");
}
