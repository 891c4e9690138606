//! For other platforms than the host's: what is decided and told, for hosts of both kinds; and real builds.

mod network;
mod real;

use super::super::across::{Across, Clang, Folders, Machine, Zig, check_rust_target};
use super::*;
use crate::project::{GoProgram, RustProgram};
use crate::sysroot::Compilers;

const AMD64: Option<Target> = Some(Target::LinuxAmd64);
const ARM64: Option<Target> = Some(Target::LinuxArm64);

fn rust(target: Target) -> CompileRequest {
    let folder = PathBuf::from("/w");
    let program = RustProgram {
        manifest: folder.join("Cargo.toml"),
        workspace_root: folder.clone(),
        package: "api".to_owned(),
        package_id: "path+file:///w#api@1.0.0".to_owned(),
        bin: "api".to_owned(),
        package_directory: folder.clone(),
        required_features: Vec::new(),
        edition: "2024".to_owned(),
        target_directory: folder.join("target"),
        build_directory: None,
        outside_directories: Vec::new(),
    };
    of(Language::Rust(program), target)
}

fn go(target: Target, cgo: bool) -> CompileRequest {
    let folder = PathBuf::from("/m");
    let program = GoProgram {
        module_directory: folder.clone(),
        module_path: "m".to_owned(),
        import_path: "m/cmd/api".to_owned(),
        directory: folder.join("cmd/api"),
    };
    CompileRequest {
        cgo,
        ..of(Language::Go(program), target)
    }
}

fn of(language: Language, target: Target) -> CompileRequest {
    let program = Program::prebuilt("api", Path::new("/w/api"), Path::new("/w"));
    CompileRequest {
        glibc: Some((2, 41)),
        sysroot: Some(sysroot(target)),
        ..CompileRequest::new(
            Program {
                language,
                ..program
            },
            target,
        )
    }
}

fn sysroot(target: Target) -> Sysroot {
    Sysroot {
        folder: PathBuf::from("/s"),
        key: "k".repeat(64),
        triplet: target.triplet().to_owned(),
        cxx: Some(14),
        time64: true,
    }
}

fn zig(request: &CompileRequest) -> Machine {
    let zig = Zig {
        path: PathBuf::from("/z/zig"),
        version: "0.17.1".to_owned(),
    };
    let is_rust = matches!(request.program.language, Language::Rust(_));
    Machine::Zig(zig, is_rust.then(|| "cargo-zigbuild".into()))
}

fn clang(_: &CompileRequest) -> Machine {
    Machine::Clang(Clang {
        c: "clang-19".into(),
        cxx: "clang++-19".into(),
        version: "clang version 19.1.7".to_owned(),
        lld: Some("/l/ld.lld".into()),
        archiver: Some("/l/llvm-ar".into()),
    })
}

/// Everything that a compile is told on a host of this platform, a line each.
fn told(
    request: &CompileRequest,
    host: Option<Target>,
    machine: fn(&CompileRequest) -> Machine,
) -> String {
    let machine = machine(request);
    let back_end = match &machine {
        Machine::Zig(..) => BackEnd::Zig,
        Machine::Clang(_) => BackEnd::Clang,
    };
    let request = CompileRequest {
        back_end: Some(back_end),
        ..request.clone()
    };
    let across = Across::of(&request, host, None).unwrap().unwrap();
    let compilers = machine.compilers(&across);
    let words = |words: &[std::ffi::OsString]| {
        let words = words.iter().map(|word| word.to_string_lossy().into_owned());
        words.collect::<Vec<_>>().join(" ")
    };
    let (c, cxx) = (words(&compilers.c), words(&compilers.cxx));
    let compilers = Compilers::Across(compilers);
    let sysroot = request.sysroot.as_ref().unwrap();
    let mut lines = vec![
        format!("--target {}", across.rust_argument()),
        format!("c: {c} {}", compilers.compile(sysroot).join(" ")),
        format!("c++: {cxx} {}", compilers.compile_cxx(sysroot).join(" ")),
        format!("link: {}", compilers.link(sysroot).join(" ")),
        format!("rustc: {}", compilers.rustc(sysroot).join(" ")),
        format!("bindgen: {}", compilers.clang(sysroot)),
    ];
    let folders = Folders::of(Path::new("/t"), &Toolchain::default());
    let variables = machine.variables(&across, &folders, &Toolchain::default());
    lines.extend(
        variables
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_string_lossy())),
    );
    lines.join("\n")
}

#[test]
fn zig_is_told_of_the_suite_s_glibc_and_of_its_headers_and_libraries_but_of_no_sysroot() {
    let text = told(&rust(Target::LinuxArm64), AMD64, zig);
    assert!(!text.contains("--sysroot"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn zig_keeps_its_own_libraries_where_all_repositories_share_them_and_the_program_s_c_in_each() {
    let request = rust(Target::LinuxArm64);
    let across = Across::of(&request, AMD64, None).unwrap().unwrap();
    let variables = |toolchain: &Toolchain| -> Vec<String> {
        let folders = Folders::of(Path::new("/t"), toolchain);
        let variables = zig(&request).variables(&across, &folders, toolchain);
        let folders = variables
            .into_iter()
            .filter(|(name, _)| name.ends_with("_DIR"));
        folders
            .map(|(name, value)| format!("{name}={}", value.display()))
            .collect()
    };
    let shared = Toolchain {
        zig_cache: Some("/home/cache".into()),
        ..Toolchain::default()
    };
    let own = [
        "ZIG_LOCAL_CACHE_DIR=/t/zig/local",
        "CARGO_ZIGBUILD_CACHE_DIR=/t/zig/cargo-zigbuild",
    ];
    assert_eq!(variables(&shared)[0], "ZIG_GLOBAL_CACHE_DIR=/home/cache");
    assert_eq!(variables(&shared)[1..], own);
    assert_eq!(
        variables(&Toolchain::default())[0],
        "ZIG_GLOBAL_CACHE_DIR=/t/zig/global"
    );
}

#[test]
fn clang_is_told_of_the_sysroot_and_links_with_lld() {
    insta::assert_snapshot!(told(&rust(Target::LinuxArm64), AMD64, clang));
}

#[test]
fn a_host_of_the_other_kind_is_told_the_same_the_other_way_round() {
    for machine in [zig, clang] {
        let there = told(&rust(Target::LinuxArm64), AMD64, machine);
        let back = told(&rust(Target::LinuxAmd64), ARM64, machine);
        let turned = back
            .replace("x86_64", "aarch64")
            .replace("X86_64", "AARCH64");
        assert_eq!(there, turned);
    }
}

#[test]
fn a_machine_of_32_bits_is_named_its_cpu_and_counts_time_in_64_where_libraries_do() {
    let request = go(Target::LinuxArmV7, true);
    insta::assert_snapshot!(told(&request, AMD64, zig));
    assert!(request.has_time64(None));
    let mut of_32 = request.clone();
    of_32.sysroot.as_mut().unwrap().time64 = false;
    assert!(!of_32.has_time64(None));
    assert!(!told(&of_32, AMD64, zig).contains("TIME_BITS"));
    assert!(go(Target::LinuxArmV7, false).has_time64(None));

    let mut rust = rust(Target::LinuxArmV7);
    assert!(!rust.has_time64(None) && rust.has_time64(Some("64")));
    assert!(!told(&rust, AMD64, clang).contains("TIME_BITS"));
    let variable = ("RUST_LIBC_UNSTABLE_GNU_TIME_BITS", "64");
    rust.environment = [variable]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert!(rust.has_time64(None));
    assert!(told(&rust, AMD64, clang).contains("-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"));
    rust.environment.clear();
    rust.musl = true;
    assert!(rust.has_time64(None));
}

#[test]
fn the_host_s_own_compilers_do_what_they_can_and_zig_the_rest_unless_c_plus_plus_is_linked() {
    let check = |request: CompileRequest, expected: Option<BackEnd>| {
        let kind = request.program.language.name();
        assert_eq!(
            request.back_end_on(AMD64),
            expected,
            "{kind} for {}",
            request.target
        );
    };
    check(rust(Target::LinuxAmd64), None);
    check(rust(Target::LinuxArm64), Some(BackEnd::Zig));
    check(go(Target::LinuxArm64, false), None);
    check(go(Target::LinuxArm64, true), Some(BackEnd::Zig));
    check(go(Target::LinuxAmd64, true), None);
    let musl = CompileRequest {
        musl: true,
        ..rust(Target::LinuxAmd64)
    };
    check(musl, Some(BackEnd::Zig));
    let cxx = CompileRequest {
        cxx_library: true,
        ..rust(Target::LinuxArm64)
    };
    check(cxx.clone(), Some(BackEnd::Clang));
    let asked = CompileRequest {
        back_end: Some(BackEnd::Zig),
        ..cxx
    };
    check(asked, Some(BackEnd::Zig));
}

#[test]
fn musl_is_told_no_version_of_glibc_and_is_not_for_clang() {
    let musl = CompileRequest {
        musl: true,
        ..rust(Target::LinuxArm64)
    };
    let across = Across::of(&musl, AMD64, None).unwrap().unwrap();
    assert_eq!(across.rust_argument(), "aarch64-unknown-linux-musl");
    let by_clang = CompileRequest {
        back_end: Some(BackEnd::Clang),
        ..musl
    };
    let error = Across::of(&by_clang, AMD64, None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot compile api for musl with clang: there is no C library for it"
    );
}

#[test]
fn variables_that_compilers_read_end_in_the_target_s_name() {
    let request = rust(Target::LinuxArm64);
    let across = Across::of(&request, AMD64, None).unwrap().unwrap();
    for machine in [zig(&request), clang(&request)] {
        let folders = Folders::of(Path::new("/t"), &Toolchain::default());
        for (name, _) in machine.variables(&across, &folders, &Toolchain::default()) {
            let is_of_target = name.to_lowercase().contains("aarch64");
            let is_of_tool = name.contains("ZIG") || name == "CARGO";
            assert!(is_of_target || is_of_tool, "{name}");
        }
    }
}

/// What is said of each thing that this machine lacks, with what to do.
fn lacking(request: &CompileRequest, toolchain: &Toolchain) -> String {
    let across = Across::of(request, AMD64, None).unwrap().unwrap();
    let error = Machine::find(&across, request, toolchain).unwrap_err();
    format!("{error}\n{}", error.hint().unwrap())
}

/// A program that says this whatever it is asked.
fn saying(folder: &Path, name: &str, text: &str) -> std::ffi::OsString {
    let path = folder.join(name);
    write(&path, &format!("#!/bin/sh\ncat <<'END'\n{text}\nEND\n"));
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    path.into_os_string()
}

/// A zig that has this glibc at most.
fn a_zig(folder: &Path, name: &str, glibc: &str) -> std::ffi::OsString {
    let own = folder.join(name);
    let own = own.display();
    let text = format!(
        ".{{\n.zig_exe = \"{own}\",\n.version = \"0.13.0\",\n.glibc = .{{\n\"2.0.0\",\n\"{glibc}\",\n}},"
    );
    saying(folder, name, &text)
}

#[test]
fn what_is_not_here_is_named_with_the_command_that_installs_it() {
    let folder = tempfile::tempdir().unwrap();
    let none = Toolchain {
        zig: "no-zig".into(),
        python: "no-python".into(),
        cargo_zigbuild: "no-cargo-zigbuild".into(),
        clang: vec!["no-clang".into()],
        ..Toolchain::default()
    };
    let old = Toolchain {
        zig: a_zig(folder.path(), "old", "2.40.0"),
        ..none.clone()
    };
    let newer = Toolchain {
        zig: a_zig(folder.path(), "newer", "2.41.0"),
        ..none.clone()
    };
    let alone = Toolchain {
        clang: vec![saying(folder.path(), "clang", "clang version 19.1.7")],
        ..none.clone()
    };
    let by_zig = rust(Target::LinuxArm64);
    let by_clang = CompileRequest {
        back_end: Some(BackEnd::Clang),
        ..by_zig.clone()
    };
    let with_cxx = CompileRequest {
        cxx_library: true,
        ..by_zig.clone()
    };
    let texts = [
        lacking(&by_zig, &none),
        lacking(&go(Target::LinuxArmV7, true), &none),
        lacking(&by_zig, &old),
        lacking(&by_zig, &newer),
        lacking(&by_clang, &none),
        lacking(&with_cxx, &none),
        lacking(&by_clang, &alone),
    ];
    let place = folder.path().to_str().unwrap();
    insta::assert_snapshot!(texts.join("\n\n").replace(place, "/f"));
}

#[test]
fn a_target_that_rustc_lacks_is_named_with_the_command_that_installs_it() {
    let folder = tempfile::tempdir().unwrap();
    let rustc = crate::probe::Rustc {
        version: "rustc 1.95.0".to_owned(),
        host: "x86_64-unknown-linux-gnu".to_owned(),
        commit: None,
        sysroot: folder.path().to_owned(),
    };
    let request = rust(Target::LinuxArmV7);
    let across = Across::of(&request, AMD64, None).unwrap().unwrap();
    let check = || check_rust_target(&across, &rustc, ("api", Path::new("/w")));
    let error = check().unwrap_err();
    assert_eq!(
        format!("{error}; {}", error.hint().unwrap()),
        "cannot compile api for armv7-unknown-linux-gnueabihf: the Rust of /w has no standard library for it; \
         install it, in that folder: rustup target add armv7-unknown-linux-gnueabihf"
    );
    let library = "lib/rustlib/armv7-unknown-linux-gnueabihf/lib";
    fs::create_dir_all(folder.path().join(library)).unwrap();
    check().unwrap();
}
