//! Stages that compile a Rust program: its dependencies apart from itself by cargo-chef, for all platforms in one cargo
//! command by cargo-zigbuild.

use coracle_binary::strip::Strip;
use coracle_toolchain::compile::rustflags_of_repository;
use coracle_toolchain::sysroot::UNWINDER;
use coracle_toolchain::{RustProgram, Target};

use super::libraries::{self, Names};
use super::quote::{literal, shell};
use super::toolchain::{CARGO_CHEF, install_zig};
use super::{Error, Recipe, Stages};
use crate::plan::Linkage;

/// What cargo downloads, and what rustc made before: kept on the machine that builds, beside the layers.
const MOUNTS: &str = "--mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \\\n    \
    --mount=type=cache,target=/usr/local/cargo/git,sharing=locked";
const COMPILED: &str = "--mount=type=cache,target=/var/cache/sccache";

/// Writes them.
pub(super) fn stages(recipe: &Recipe<'_>, rust: &RustProgram) -> Result<Stages, Error> {
    let release = recipe.release("rustc ")?;
    let is_static = recipe.service.linkage.value == Linkage::Static;
    if !is_static {
        recipe.refuse_cxx()?;
    }
    for path in &rust.outside_directories {
        recipe.inside(path)?;
    }
    let workspace = match recipe.inside(&rust.workspace_root)?.as_str() {
        "." => "/src".to_owned(),
        inner => format!("/src/{inner}"),
    };
    let workspace = recipe.plain("the workspace's folder", &workspace)?;
    let tools = tools(recipe, rust, &release, is_static)?;
    let cargo = Cargo::of(recipe, rust, is_static);
    let arguments: String = recipe
        .arguments()
        .into_iter()
        .map(|name| format!("ARG {name}\n"))
        .collect();
    let Cargo { what, how, targets } = &cargo;
    let built = cargo.in_a_script();
    let links = links(recipe, is_static);
    let text = format!(
        "{tools}\
         WORKDIR {workspace}\n\
         \n\
         # What the dependencies are: the answer is the same until a manifest or Cargo.lock changes.\n\
         FROM tools AS planner\n\
         COPY . /src\n\
         RUN cargo chef prepare --recipe-path /recipe.json\n\
         \n\
         # They are compiled here, for all platforms in one command, and again only when that answer changes.\n\
         FROM tools AS cacher\n\
         {links}\
         COPY --from=planner /recipe.json /recipe.json\n\
         RUN {MOUNTS} \\\n    {COMPILED} \\\n    \
         cargo chef cook --recipe-path /recipe.json --zigbuild --locked {what} \\\n      {how}{targets} \\\n    \
         && sccache --show-stats && sccache --stop-server\n\
         \n\
         # Each change of the sources begins here.\n\
         FROM cacher AS builder\n\
         COPY . /src\n\
         {arguments}\
         RUN {MOUNTS} \\\n    {COMPILED} <<\"EOF\"\n\
         set -eu\n\
         cargo zigbuild --locked {what} \\\n  {built}\n\
         {}\n\
         sccache --show-stats\n\
         sccache --stop-server\n\
         EOF\n",
        placed(recipe, rust, is_static),
    );
    Ok(Stages {
        text,
        from: Some("builder"),
        place: format!("/out/$TARGETPLATFORM/{}", literal(&rust.bin)),
    })
}

/// The words of both commands.
struct Cargo {
    /// The program.
    what: String,
    /// Profile and features.
    how: String,
    targets: String,
}

impl Cargo {
    /// How the command goes on in a script, whose lines are indented less than those below RUN.
    fn in_a_script(&self) -> String {
        format!("{}{}", self.how, self.targets).replace("\n      ", "\n  ")
    }

    fn of(recipe: &Recipe<'_>, rust: &RustProgram, is_static: bool) -> Cargo {
        let own = &recipe.service.settings;
        let mut how = format!("--profile {}", shell(profile(recipe)));
        if own.all_features {
            how.push_str(" --all-features");
        }
        if own.no_default_features {
            how.push_str(" --no-default-features");
        }
        if !own.features.is_empty() {
            how.push_str(&format!(" --features {}", shell(&own.features.join(","))));
        }
        let glibc = libraries::glibc(recipe);
        let targets = libraries::names(recipe).into_iter().map(|name| {
            let triple = name.target.rust_triple(is_static);
            match is_static {
                true => format!(" \\\n      --target {triple}"),
                false => format!(" \\\n      --target {triple}.{glibc}"),
            }
        });
        Cargo {
            what: format!(
                "--package {} --bin {}",
                shell(&rust.package),
                shell(&rust.bin)
            ),
            how,
            targets: targets.collect(),
        }
    }
}

fn profile<'a>(recipe: &'a Recipe<'_>) -> &'a str {
    recipe
        .service
        .settings
        .profile
        .as_deref()
        .unwrap_or("release")
}

/// cargo's folder of a profile.
fn profile_folder(profile: &str) -> &str {
    match profile {
        "dev" | "test" => "debug",
        "bench" => "release",
        other => other,
    }
}

/// The first stage: Rust, the tools, the -dev packages, and the variables that cacher and builder share, for cargo compiles
/// again what was compiled with others.
fn tools(
    recipe: &Recipe<'_>,
    rust: &RustProgram,
    release: &str,
    is_static: bool,
) -> Result<String, Error> {
    let suite = recipe.suite();
    let names = libraries::names(recipe);
    let triples: Vec<String> = names
        .iter()
        .map(|name| name.target.rust_triple(is_static))
        .collect();
    let mut binutils: Vec<String> = names.iter().map(|name| binutils(name).to_owned()).collect();
    binutils.push("pkg-config".to_owned());
    let mut text = format!(
        "# One Rust for all stages, whatever toolchain the repository's settings name.\n\
         FROM --platform=$BUILDPLATFORM rust:{release}-{suite} AS tools\n\
         ENV RUSTUP_TOOLCHAIN={release}\n\
         RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \\\n    \
         cargo install --locked cargo-chef@{CARGO_CHEF}\n\
         {}\
         RUN rustup target add {}\n",
        install_zig(true, &binutils),
        triples.join(" "),
    );
    if !is_static {
        text.push_str(&libraries::install(recipe, &["libgcc-s1"]));
        text.push_str(&linking(recipe, rust, &names)?);
    }
    text.push_str("ENV RUSTC_WRAPPER=sccache SCCACHE_DIR=/var/cache/sccache SCCACHE_SERVER_UDS=/tmp/sccache CARGO_INCREMENTAL=0\n");
    text.push_str(&variables(recipe, &names, is_static)?);
    Ok(text)
}

fn binutils(name: &Names) -> &'static str {
    match name.target {
        Target::LinuxAmd64 => "binutils-x86-64-linux-gnu",
        Target::LinuxArm64 => "binutils-aarch64-linux-gnu",
        Target::LinuxArmV7 => "binutils-arm-linux-gnueabihf",
    }
}

/// Where the suite's libraries are, and GCC's unwinder, as programs need it that gcc links. The flags of a target switch
/// `build.rustflags` off, so those go before.
fn linking(recipe: &Recipe<'_>, rust: &RustProgram, names: &[Names]) -> Result<String, Error> {
    let root = std::fs::canonicalize(&rust.workspace_root);
    let root = root.unwrap_or(rust.workspace_root.clone());
    let mut variables = Vec::new();
    for name in names {
        let mut flags = rustflags_of_repository(&recipe.root, &root, name.target);
        if flags.iter().any(|flag| flag.contains(char::is_whitespace)) {
            return Err(Error::Flags {
                service: recipe.service.name.clone(),
            });
        }
        let libraries = format!("native=/usr/lib/{}", name.triplet);
        let unwinder = format!("dylib:+verbatim={UNWINDER}");
        flags.extend(["-L".to_owned(), libraries, "-l".to_owned(), unwinder]);
        let flags = recipe.plain("build.rustflags", &flags.join(" "))?;
        let triple = name.target.rust_triple(false).to_uppercase();
        let triple = triple.replace('-', "_");
        variables.push(format!("CARGO_TARGET_{triple}_RUSTFLAGS={flags}"));
    }
    Ok(format!(
        "# zig looks for libraries nowhere else, and puts LLVM's unwinder into programs unless it finds GCC's first.\n\
         ENV {}\n",
        variables.join(" \\\n    "),
    ))
}

fn variables(recipe: &Recipe<'_>, names: &[Names], is_static: bool) -> Result<String, Error> {
    let mut text = String::new();
    if recipe.first()?.compiled.strip != Some(Strip::Symbols) {
        text.push_str("# zig takes `strip = \"debuginfo\"` for all symbols: the builder does it afterwards.\n");
        let profile = profile(recipe).to_uppercase().replace('-', "_");
        text.push_str(&format!("ENV CARGO_PROFILE_{profile}_STRIP=none\n"));
    }
    for (name, value) in &recipe.service.native.variables {
        let value = recipe.plain(&format!("the variable {name}"), value)?;
        text.push_str(&format!("ENV {name}={value}\n"));
    }
    if is_static || libraries::packages(recipe).is_empty() {
        return Ok(text);
    }
    text.push_str("# By target, so that what runs on this machine is compiled for it.\n");
    for name in names {
        let triple = name.target.rust_triple(false).replace('-', "_");
        text.push_str(&format!(
            "ENV PKG_CONFIG_ALLOW_CROSS_{triple}=1 \\\n    \
             PKG_CONFIG_LIBDIR_{triple}={} \\\n    \
             CFLAGS_{triple}=\"{}\"\n",
            name.modules(),
            name.flags()
        ));
    }
    Ok(text)
}

/// cargo-chef takes out what it compiled of the stand-ins below the name that it was given, which for cargo-zigbuild has the
/// release of glibc in it; cargo's folder is without it.
fn links(recipe: &Recipe<'_>, is_static: bool) -> String {
    if is_static {
        return String::new();
    }
    let glibc = libraries::glibc(recipe);
    let links = libraries::names(recipe).into_iter().map(|name| {
        let triple = name.target.rust_triple(false);
        format!(" \\\n    && ln -s {triple} target/{triple}.{glibc}")
    });
    format!(
        "# cargo-chef cleans up below a target's whole name, and cargo's folder is without the release of glibc.\n\
         RUN mkdir target{}\n",
        links.collect::<String>()
    )
}

/// Puts each program where its platform says, without what the profile takes out.
fn placed(recipe: &Recipe<'_>, rust: &RustProgram, is_static: bool) -> String {
    let strips = recipe.images.first().and_then(|image| image.compiled.strip)
        == Some(Strip::DebugInformation);
    let mut commands = Vec::new();
    for name in libraries::names(recipe) {
        let place = shell(&format!("/out/{}/{}", name.target, rust.bin));
        let triple = name.target.rust_triple(is_static);
        let made = format!(
            "target/{triple}/{}/{}",
            profile_folder(profile(recipe)),
            rust.bin
        );
        commands.push(format!("install -D {} {place}", shell(&made)));
        if strips {
            commands.push(format!("{}-strip --strip-debug {place}", name.triplet));
        }
    }
    commands.join("\n")
}
