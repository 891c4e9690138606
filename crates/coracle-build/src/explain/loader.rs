//! Texts of the loaders of glibc and musl: versions, libraries, symbols.

use coracle_binary::start::Code;
use coracle_distro::Suite;

use super::Explanation;
use super::words::{bare, between, small};

/// glibc: ``X: version `GLIBC_2.39' not found (required by Y)``.
pub(super) fn version_not_found(line: &str) -> Option<Explanation> {
    let version = between(line, "version `", "'")?;
    if !line.contains("not found") {
        return None;
    }
    let provider = line.split(": version `").next().unwrap_or_default();
    let provider = bare(provider.rsplit([' ', '/']).next().unwrap_or_default());
    let asker = between(line, "(required by ", ")").unwrap_or("the program");
    let said = Explanation::new(
        format!(
            "{asker} was linked where {provider} defines {version}, and the {provider} of this image does not."
        ),
        &[Code::VersionMissing, Code::LibcLoaderMismatch],
    );
    let said = said.names(&[version]);
    Some(match glibc_number(version) {
        Some(number) => glibc(said, asker, version, number),
        None if version.starts_with("GLIBCXX_") || version.starts_with("CXXABI_") => said
            .cause(format!("{asker} was compiled by a newer g++ than the one whose libstdc++ is in the image"))
            .fix("ship on a newer release, or compile in one like the image's")
            .fix("link the C++ library into the program: -static-libstdc++ -static-libgcc"),
        None => said
            .cause(format!("the image has an older {provider} than {asker} was linked with"))
            .cause(format!("another {provider} is found first: by LD_LIBRARY_PATH, RUNPATH or an old /etc/ld.so.cache"))
            .fix("compile against the release that the image is made of, or ship on the one that it was compiled on")
            .fix("`coracle why IMAGE LIBRARY` says which file is found, and by which rule"),
    })
}

fn glibc(said: Explanation, asker: &str, version: &str, number: (u32, u32)) -> Explanation {
    let (major, minor) = number;
    let (has, lacks): (Vec<&Suite>, Vec<&Suite>) =
        Suite::all().iter().partition(|suite| suite.glibc >= number);
    let named = |suites: &[&Suite]| {
        let one = |suite: &&Suite| format!("{suite} ({}.{})", suite.glibc.0, suite.glibc.1);
        suites.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let mut said = said.cause(format!(
        "{asker} was compiled where glibc is {major}.{minor} or newer, and the image's is older; a program runs on the \
         glibc that it was linked with and on newer ones"
    ));
    if !lacks.is_empty() {
        said = said.cause(format!("{version} is missing in {}", named(&lacks)));
    }
    if !has.is_empty() {
        said = said.fix(format!("ship on a release that has it: {}", named(&has)));
    }
    said.fix("compile in the release that the image is made of: the same tag in both stages of a Dockerfile")
        .fix(format!("let coracle compile for the image's release: `coracle build` links against its glibc, not this machine's, so that {version} is not asked for"))
        .fix("link it statically: a target …-unknown-linux-musl for Rust, or CGO_ENABLED=0 for Go")
}

/// `(2, 39)` of `GLIBC_2.39`.
fn glibc_number(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix("GLIBC_")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// glibc: `X: error while loading shared libraries: Y: cannot open shared object file: No such file or directory`.
pub(super) fn library_missing(line: &str) -> Option<Explanation> {
    let library = between(
        line,
        "loading shared libraries: ",
        ": cannot open shared object",
    )?;
    let program = line.split(": error while").next().unwrap_or_default();
    Some(missing(
        bare(program.split_whitespace().next_back().unwrap_or_default()),
        library,
    ))
}

/// musl: `Error loading shared library X: No such file or directory (needed by Y)`.
pub(super) fn library_missing_musl(line: &str) -> Option<Explanation> {
    let (_, rest) = line.split_once("Error loading shared library ")?;
    let library = bare(rest.split(": ").next().unwrap_or_default());
    let asker = between(line, "(needed by ", ")").unwrap_or("the program");
    let said = missing(asker, library);
    let is_of_glibc = [
        "libc.so.6",
        "ld-linux",
        "libgcc_s.so.1",
        "libpthread.so.0",
        "libdl.so.2",
    ];
    Some(
        match is_of_glibc.iter().any(|name| library.starts_with(name)) {
            false => said,
            true => {
                let mut said = said;
                said.codes.push(Code::GlibcOnMusl);
                said.causes.insert(
                    0,
                    format!(
                        "{asker} is compiled for glibc, and the image's C library is musl (Alpine)"
                    ),
                );
                let fix = "ship it on a release with glibc (Debian), or compile it for musl: a target \
                       …-unknown-linux-musl for Rust, CGO_ENABLED=0 for Go";
                said.fixes.insert(0, fix.to_owned());
                said
            }
        },
    )
}

fn missing(asker: &str, library: &str) -> Explanation {
    let asker = if asker.is_empty() {
        "the program"
    } else {
        asker
    };
    Explanation::new(
        format!("{asker} needs {library}, and its loader finds no such file where it looks."),
        &[Code::LibraryMissing, Code::NotReadable],
    )
    .cause(format!("the package that has {library} is not in the image: it was there where the program was compiled"))
    .cause(format!("the release of the image has another version of it: {} with another number", stem(library)))
    .cause("it is in a folder that the loader does not look into, such as /usr/local/lib without a new ldconfig after the COPY")
    .cause("it is there, and the image's user may not read it")
    .fix(format!("add the package that has it; `coracle build` finds it from {library} by itself"))
    .fix("compile against the release that the image is made of")
    .fix("RUN ldconfig after the COPY, or put it where the loader looks")
    .fix("chmod 755 the library and 755 the folders above it")
    .names(&[library])
}

/// `libssl` of `libssl.so.3`.
fn stem(library: &str) -> &str {
    library.split(".so").next().unwrap_or(library)
}

/// glibc: `error while loading shared libraries: X: wrong ELF class: ELFCLASS32`, `file too short`, `invalid ELF header`.
pub(super) fn library_unusable(line: &str) -> Option<Explanation> {
    let (_, rest) = line.split_once("error while loading shared libraries: ")?;
    let (library, why) = rest.split_once(": ")?;
    Some(
        Explanation::new(
            format!(
                "The loader found {library} and cannot use it: {}.",
                why.trim_end_matches('.')
            ),
            &[
                Code::LibraryUnusable,
                Code::Truncated,
                Code::Malformed,
                Code::WrongMachine,
                Code::CpuLevel,
            ],
        )
        .cause("it is for another architecture, or was cut short when it was copied")
        .cause("it is a text (a linker script, a Git LFS pointer) under a library's name")
        .fix("copy it again, from an image of the same platform")
        .names(&[library]),
    )
}

/// glibc: `X: symbol lookup error: Y: undefined symbol: Z, version V`.
pub(super) fn symbol_lookup_error(line: &str) -> Option<Explanation> {
    let (before, after) = line.split_once("undefined symbol: ")?;
    let symbol = bare(after.split([',', ' ']).next().unwrap_or_default());
    let before = before.trim_end().trim_end_matches(':');
    let asker = bare(before.split(": ").last().unwrap_or_default());
    Some(undefined(asker, symbol))
}

/// glibc: `X: relocation error: Y: symbol Z version V not defined in file F with link time reference`.
pub(super) fn relocation_error(line: &str) -> Option<Explanation> {
    let (_, rest) = line.split_once("relocation error: ")?;
    let asker = rest.split(": ").next().unwrap_or_default();
    let symbol = bare(
        between(rest, "symbol ", " ")
            .unwrap_or_default()
            .trim_end_matches(','),
    );
    let file = between(rest, "not defined in file ", " ").unwrap_or_default();
    let said = undefined(asker, symbol);
    let is_of_glibc = file.starts_with("libc.so.6") || file.starts_with("ld-linux");
    Some(match is_of_glibc {
        false => said.names(&[file]),
        true => {
            let mut said = said.names(&[file]);
            said.codes.push(Code::LibcLoaderMismatch);
            said.causes.insert(0, "libc.so.6 and its loader are of two releases of glibc: one of them was copied from another image".to_owned());
            said.fixes.insert(
                0,
                "take both from one image: never copy libc.so.6 or ld-linux alone".to_owned(),
            );
            said
        }
    })
}

/// musl: `Error relocating X: Y: symbol not found`.
pub(super) fn error_relocating(line: &str) -> Option<Explanation> {
    let (_, rest) = line.split_once("Error relocating ")?;
    let (asker, rest) = rest.split_once(": ")?;
    let symbol = rest
        .strip_suffix(": symbol not found")
        .or_else(|| rest.split(": ").next())?;
    let mut said = undefined(asker, symbol);
    if small(symbol).starts_with("__") || symbol.ends_with("64") || symbol.contains("_chk") {
        said.codes.push(Code::GlibcOnMusl);
        said.causes.insert(
            0,
            format!("{asker} is compiled for glibc, and musl (Alpine) has no {symbol}"),
        );
        said.fixes.insert(
            0,
            "ship it on a release with glibc, or compile it for musl".to_owned(),
        );
    }
    Some(said)
}

fn undefined(asker: &str, symbol: &str) -> Explanation {
    let asker = if asker.is_empty() {
        "the program"
    } else {
        asker
    };
    Explanation::new(
        format!("{asker} is bound to {symbol}, and no library that was loaded defines it."),
        &[Code::SymbolMissing, Code::IndirectTooEarly],
    )
    .cause("a library of the image is older than the one that it was linked with; where it defines no versions, only this tells")
    .cause("another file of the same name is found first: by LD_LIBRARY_PATH, LD_PRELOAD, RUNPATH or an old /etc/ld.so.cache")
    .cause("a plugin that needs its host program's symbols is loaded by another one")
    .fix("compile against the release that the image is made of, or ship on the one that it was compiled on")
    .fix("`coracle why IMAGE LIBRARY` says which file is loaded, and by which rule")
    .names(&[symbol])
}
