//! Texts of kernels, shells and engines: what cannot be started at all.

use coracle_binary::start::Code;

use super::Explanation;
use super::words::{between, program, small, word_before};

const NO_FILE: &str = "no such file or directory";
const FORMAT: &str = "exec format error";
const DENIED: &str = "permission denied";

/// `env: 'bash\r': No such file or directory`, `/bin/sh^M: bad interpreter`.
pub(super) fn carriage_return(line: &str) -> Option<Explanation> {
    let small = small(line);
    let fails = [NO_FILE, "not found", "bad interpreter", "cannot execute"];
    // A line may end with one, or have one where a program drew its progress: in a name something follows it closely.
    let in_name = [
        "\r'", "\r\"", "\r’", "\r:", "\\r'", "\\r\"", "\\r’", "\\r:", "^m:",
    ];
    let has = |texts: &[&str]| texts.iter().any(|text| small.contains(text));
    let is_it = has(&fails) && has(&in_name);
    is_it.then(|| {
        Explanation::new(
            "The first line of a script ends with a carriage return, as Windows writes lines, and the kernel or env takes that for a part of the interpreter's name."
                .to_owned(),
            &[Code::BadShebang],
        )
        .cause("git on Windows checked the script out with CRLF (core.autocrlf), or an editor wrote it so")
        .fix("write `*.sh text eol=lf` into .gitattributes and check it out again")
        .fix("mend the file: sed -i 's/\\r$//' SCRIPT, in the repository or with RUN after the COPY")
    })
}

/// `bash: ./run.sh: /bin/bash: bad interpreter: No such file or directory`.
pub(super) fn bad_interpreter(line: &str) -> Option<Explanation> {
    let interpreter = word_before(line, "bad interpreter");
    small(line).contains("bad interpreter").then(|| {
        Explanation::new(
            format!("The script's first line names {interpreter}, which cannot be started in this image."),
            &[Code::InterpreterMissing, Code::BadShebang, Code::NotExecutable],
        )
        .cause(format!("{interpreter} is not in the image: slim images and Alpine have /bin/sh and no bash"))
        .cause("it is there and not executable for the image's user, or on a file system mounted noexec")
        .fix("write the script for /bin/sh, or add the package that has the interpreter")
        .names(&[interpreter])
    })
}

/// bash 5.2: `bash: ./api: cannot execute: required file not found`.
pub(super) fn required_file(line: &str) -> Option<Explanation> {
    let text = "cannot execute: required file not found";
    small(line)
        .contains(text)
        .then(|| loader_missing(program(line, text)))
}

/// The program is there and what must start it is not.
fn loader_missing(program: &str) -> Explanation {
    Explanation::new(
        format!("{program} is there, and the file that must start it is not: its loader (PT_INTERP), or the interpreter of its first line."),
        &[Code::InterpreterMissing, Code::BadShebang],
    )
    .cause("it is compiled for glibc and the image is Alpine (musl), or the other way round")
    .cause("it is linked dynamically and the image is empty (scratch, distroless/static)")
    .cause("it is a script whose interpreter is not in the image, or whose first line ends with CRLF")
    .cause("it is for another architecture, whose loader has another name")
    .fix("ship it on a release with the C library that it is compiled for")
    .fix("link it statically: CGO_ENABLED=0 for Go, a musl target for Rust")
    .fix("add the interpreter; write the script with LF")
    .fix("build it for the platform of the image")
    .names(&[program])
}

/// runc: `chdir to cwd ("/app") set in config.json failed: no such file or directory`.
pub(super) fn working_directory(line: &str) -> Option<Explanation> {
    let folder = between(line, "chdir to cwd (\"", "\")")?;
    Some(
        Explanation::new(
            format!("The container is to start in {folder}, which is not there or may not be entered."),
            &[Code::WorkingDirectory],
        )
        .cause(format!("WORKDIR (or the orchestrator's workingDir) names {folder}, and no layer has it"))
        .cause("it is there and the image's user may not enter it")
        .fix(format!("make it in the image, with the image's user as its owner: COPY --chown, or RUN mkdir -p {folder}"))
        .names(&[folder]),
    )
}

/// `unable to find user app: no matching entries in passwd file`.
pub(super) fn unknown_user(line: &str) -> Option<Explanation> {
    let is_it =
        line.contains("unable to find user") || line.contains("no matching entries in passwd");
    let user = line
        .split_once("unable to find user ")
        .map_or("", |(_, rest)| rest);
    let user = user.split(':').next().unwrap_or_default();
    is_it.then(|| {
        Explanation::new(
            format!("The container is to run as the user {user}, and /etc/passwd of the image has no such name."),
            &[Code::UnknownUser],
        )
        .cause("USER is written by name, and the stage that is shipped never made the user")
        .fix("write it by number, as in USER 65532:65532: a number needs no entry")
        .fix("make the user in the stage that is shipped")
        .names(&[user])
    })
}

/// `exec: "api": executable file not found in $PATH`.
pub(super) fn not_in_path(line: &str) -> Option<Explanation> {
    let text = "executable file not found in";
    small(line).contains(text).then(|| {
        let program = word_before(line, text);
        Explanation::new(
            format!("{program} is in none of the folders of the image's PATH."),
            &[Code::ProgramMissing, Code::NotExecutable],
        )
        .cause("it was never copied into the stage that is shipped, or to a folder that is not on PATH")
        .cause("it is there and not executable")
        .cause("it is a word of the shell or a whole command line as one word: the exec form starts no shell")
        .fix("write the whole path in ENTRYPOINT: [\"/app/api\"]")
        .fix("COPY --chmod=755")
        .fix("write each word of the command as one element")
        .names(&[program])
    })
}

/// `exec /app/api: exec format error`.
pub(super) fn exec_format(line: &str) -> Option<Explanation> {
    small(line).contains(FORMAT).then(|| {
        let program = program(line, FORMAT);
        Explanation::new(
            format!("The kernel knows no way to start {}.", or_it(program)),
            &[Code::WrongMachine, Code::NotAProgram, Code::BadShebang, Code::Malformed, Code::LibraryAsProgram],
        )
        .cause("it is compiled for another architecture than the machine's: an image built on an arm64 laptop and started on amd64, or the other way round")
        .cause("it is a script without a first line #!, or with something before it")
        .cause("the file is empty or was cut short")
        .fix("build for the machine's platform: --platform linux/amd64,linux/arm64")
        .fix("begin the script with #!/bin/sh, with nothing before it")
        .names(&path(program))
    })
}

/// `Fatal glibc error: CPU does not support x86-64-v2`, `CPU ISA level is lower than required`, `Illegal instruction`.
pub(super) fn cpu_level(line: &str) -> Option<Explanation> {
    let small = small(line);
    let texts = [
        "cpu does not support",
        "cpu isa level is lower",
        "illegal instruction",
    ];
    texts.iter().any(|text| small.contains(text)).then(|| {
        Explanation::new(
            "A file of the image has instructions that this machine's CPU has not.".to_owned(),
            &[Code::CpuLevel, Code::CpuDependentPath],
        )
        .cause("the release is built for newer CPUs (x86-64-v2, -v3), and the machine is older or an emulator")
        .cause("the program is compiled with target-cpu=native, -march=native or GOAMD64=v3")
        .fix("ship on a release for every CPU: Debian's amd64 is x86-64-v1")
        .fix("compile for the level that all machines have: -C target-cpu=x86-64-v2, GOAMD64=v1")
    })
}

/// `exec /app/api: permission denied`.
pub(super) fn permission_denied(line: &str) -> Option<Explanation> {
    small(line).contains(DENIED).then(|| {
        let program = program(line, DENIED);
        Explanation::new(
            format!(
                "The image's user may not start {}, or something that it needs.",
                or_it(program)
            ),
            &[
                Code::NotExecutable,
                Code::NotReadable,
                Code::WorkingDirectory,
            ],
        )
        .cause("the file has no executable bit: it was copied out of an archive or from Windows")
        .cause("a folder above it may not be searched by the image's user, as /root may not")
        .cause("its loader, its interpreter or a library may not be read by that user")
        .cause("it is a folder")
        .fix("COPY --chmod=755 it, or chmod +x before it is copied")
        .fix("put it where everybody may go: /app, /usr/local/bin")
        .names(&path(program))
    })
}

/// `exec /app/api: no such file or directory`; also of a file that is there, whose loader is not.
pub(super) fn no_such_file(line: &str) -> Option<Explanation> {
    let small = small(line);
    let is_start = [
        "exec",
        "container init",
        "starting container",
        "sh: ",
        "qemu-",
    ];
    let is_start = is_start.iter().any(|text| small.contains(text));
    // qemu-user says it of the loader alone.
    let of_loader = small.contains("could not open '/lib");
    if of_loader {
        let loader = between(line, "ould not open '", "'").unwrap_or_default();
        return Some(loader_missing("the program").names(&[loader]));
    }
    (small.contains(NO_FILE) && is_start).then(|| {
        let program = program(line, NO_FILE);
        let mut said = loader_missing(or_it(program));
        said.what = format!(
            "The kernel could not start {}: it is not in the image, or it is and the file that must start it is not.",
            or_it(program)
        );
        said.names.clear();
        let mut said = said.names(&path(program));
        said.codes.insert(0, Code::ProgramMissing);
        said.causes.insert(0, "it is not where ENTRYPOINT or CMD says: copied to another folder, or not at all".to_owned());
        said.fixes.insert(0, "name the path that it is copied to".to_owned());
        said
    })
}

/// What is no path names nothing: `process`, `caused`.
fn path(word: &str) -> [&str; 1] {
    [if word.starts_with(['/', '.']) {
        word
    } else {
        ""
    }]
}

fn or_it(word: &str) -> &str {
    match path(word) {
        [""] => "the program",
        [path] => path,
    }
}
