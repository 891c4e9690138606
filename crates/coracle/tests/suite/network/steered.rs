//! The parts of the proof that users steer: what a program opens while it runs, what comes from outside, findings that
//! are allowed, and CPU levels. Each image is built, looked into and started.

use std::fs;

use coracle_oci::{ImageConfig, Manifest, Store};
use coracle_testkit::command::{Ended, tool};

use super::libraries::Project;
use crate::commands::show;

/// Opens a library and calls a function of it that gives text.
fn opener(library: &str, function: &str) -> String {
    format!(
        r#"
use std::ffi::{{CStr, c_char, c_int, c_void}};
unsafe extern "C" {{
    fn dlopen(name: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
}}
fn main() {{
    let library = unsafe {{ dlopen(c"{library}".as_ptr(), 2) }};
    if library.is_null() {{
        println!("cannot open {library}");
        std::process::exit(7);
    }}
    let function = unsafe {{ dlsym(library, c"{function}".as_ptr()) }};
    let function: extern "C" fn() -> *const c_char = unsafe {{ std::mem::transmute(function) }};
    println!("opened {{}}", unsafe {{ CStr::from_ptr(function()) }}.to_str().unwrap());
}}
"#
    )
}

/// What an error says, from its first word on.
fn failure(ended: &Ended) -> &str {
    let at = ended.stderr.find("error: ");
    at.map_or(&ended.stderr, |at| &ended.stderr[at..])
}

#[track_caller]
fn says(ended: &Ended, text: &str) {
    assert!(
        ended.stderr.contains(text),
        "expected `{text}` in\n{}",
        ended.stderr
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_a_program_opens_is_brought_and_proven_where_the_configuration_says_so() {
    let program = opener("libsqlite3.so.0", "sqlite3_libversion");
    let project = Project::new(&program, "");
    let built = project.build_with(&[], &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    says(
        &built,
        "may open what the image has not: libsqlite3.so.0 (/app/tool)",
    );
    let (code, printed) = project.unpack().start().unwrap().end().unwrap();
    assert_eq!((code, printed.trim()), (7, "cannot open libsqlite3.so.0"));

    let project = Project::new(&program, "dlopen = [\"libsqlite3.so.0\"]");
    let built = project.build_with(&[], &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    says(
        &built,
        "/app/tool opens libsqlite3.so.0 (dlopen in coracle.toml)",
    );
    says(
        &built,
        "proven to open: /lib/x86_64-linux-gnu/libsqlite3.so.0",
    );
    assert!(!built.stderr.contains("may open what"), "{}", built.stderr);
    let (code, printed) = project.unpack().start().unwrap().end().unwrap();
    assert!(
        code == 0 && printed.starts_with("opened 3."),
        "{code}: {printed}"
    );

    let project = Project::new(&program, "dlopen = [\"libsqlite3.so.9\"]");
    let refused = project.build_with(&[], &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    show("dlopen-of-nobody", &project.place, failure(&refused));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_is_provided_is_neither_brought_nor_missed_and_a_start_with_it_succeeds() {
    let program = "unsafe extern \"C\" { fn cuda_works() -> i32; }\nfn main() { println!(\"{}\", unsafe { cuda_works() }) }\n";
    let code = "int cuda_works(void) { return 42; }\n";
    let project = Project::new(program, "");
    project.link("libcuda.so.1", code);
    let refused = project.build_with(&[], &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);

    let project = Project::new(program, "provided = [\"libcuda.so.1\", \"libcuba.so.1\"]");
    project.link("libcuda.so.1", code);
    let built = project.build_with(&[], &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    says(
        &built,
        "not looked at: libcuda.so.1 is provided at run time (asked for by /app/tool)",
    );
    let warning = built
        .stderr
        .lines()
        .find(|line| line.starts_with("warning: tool: nothing needs"))
        .unwrap();
    insta::assert_snapshot!(warning, @"warning: tool: nothing needs libcuba.so.1, which `provided` names: take it out, or write it as the file that needs it does");
    let bundle = project.unpack();
    let library = project.place.path().join("libraries/libcuda.so");
    fs::copy(
        library,
        bundle.root().join("usr/lib/x86_64-linux-gnu/libcuda.so.1"),
    )
    .unwrap();
    assert_eq!(
        bundle.start().unwrap().end().unwrap(),
        (0, "42\n".to_owned())
    );
}

/// A program that opens a plugin that is copied into the image and calls what nothing has.
fn with_broken_plugin() -> Project {
    let configuration = "dlopen = [\"/app/plugin.so\"]\nfiles = [{ from = \"plugin.so\", to = \"/app/plugin.so\" }]";
    let project = Project::new(&opener("/app/plugin.so", "answer"), configuration);
    let source = project.folder.join("plugin.c");
    fs::write(
        &source,
        "void nowhere(void);\nconst char *answer(void) { nowhere(); return \"\"; }\n",
    )
    .unwrap();
    let output = project.folder.join("plugin.so");
    tool(
        "cc",
        &[
            "-shared",
            "-fPIC",
            "-o",
            output.to_str().unwrap(),
            source.to_str().unwrap(),
        ],
    )
    .unwrap();
    project
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_finding_that_is_allowed_is_told_whole_and_written_into_the_manifest() {
    let project = with_broken_plugin();
    let refused = project.build_with(&[], &[]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    show("plugin-refused", &project.place, failure(&refused));

    let allowed = project.build_with(&["--allow-unproven", "symbol-missing,packed"], &[]);
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
    let told = allowed.stderr.find("warning: tool is published").unwrap();
    let told: Vec<&str> = allowed.stderr[told..].lines().take(6).collect();
    show("plugin-allowed", &project.place, &told.join("\n"));
    says(&allowed, "note: --allow-unproven packed allows nothing");
    says(&allowed, "NOT proven, and allowed: symbol-missing");
    let (manifest, _) = records(&project);
    let noted = &manifest.annotations["build.coracle.unproven"];
    assert!(
        noted.starts_with(
            r#"[{"code":"symbol-missing","verdict":"dies-later","subject":"nowhere","#
        ),
        "{noted}"
    );
    let (code, printed) = project.unpack().start().unwrap().end().unwrap();
    assert_eq!((code, printed.trim()), (7, "cannot open /app/plugin.so"));
}

/// The manifest and config of the image in the layout.
fn records(project: &Project) -> (Manifest, ImageConfig) {
    let store = Store::open(project.place.path().join("layout")).unwrap();
    let names = store.names().unwrap();
    let (_, descriptor) = names
        .into_iter()
        .find(|(name, _)| name.contains("tool"))
        .unwrap();
    let manifest = Manifest::from_bytes(&store.read(&descriptor, 1 << 20).unwrap()).unwrap();
    let config = ImageConfig::from_bytes(&store.read(&manifest.config, 1 << 20).unwrap()).unwrap();
    (manifest, config)
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_cpu_level_is_the_variant_of_the_platform_and_the_cpu_of_this_machine_is_refused() {
    let project = Project::new("fn main() { println!(\"here\") }\n", "");
    let refused = project.build_with(&[], &[("RUSTFLAGS", "-C target-cpu=native")]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    show("cpu-of-this-machine", &project.place, failure(&refused));

    fs::create_dir_all(project.folder.join(".cargo")).unwrap();
    let flags = "build.rustflags = [\"-Ctarget-cpu=x86-64-v2\"]\n";
    fs::write(project.folder.join(".cargo/config.toml"), flags).unwrap();
    let built = project.build_with(&[], &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    says(
        &built,
        "the image is for linux/amd64/v2: the program needs x86-64-v2 (`-C target-cpu=x86-64-v2` in build.rustflags of ",
    );
    says(&built, "tool  rust  linux/amd64/v2");
    assert_eq!(records(&project).1.variant.as_deref(), Some("v2"));
    assert_eq!(project.unpack().start().unwrap().end().unwrap().1, "here\n");
}
