//! Stages that compile a Go program: its dependencies apart from itself, for each platform by Go's own cross-compiler.

use coracle_toolchain::{GoProgram, Target};

use super::libraries;
use super::quote::{literal, shell, shell_open};
use super::{Error, Recipe, Stages};
use crate::plan::{Linkage, OpenText, platforms};

const MODULES: &str = "--mount=type=cache,target=/go/pkg/mod";
/// Packages that are not the repository's: of the standard library, and of modules that were downloaded.
const OTHERS: &str = "{{with .Module}}{{if .Main}}{{else if .Replace}}{{if .Replace.Version}}{{$.ImportPath}}{{end}}\
    {{else}}{{$.ImportPath}}{{end}}{{else}}{{.ImportPath}}{{end}}";
/// What says which modules there are, with the modules' own folders.
const MANIFESTS: &str = "go.mod go.sum go.work go.work.sum";

/// Writes them.
pub(super) fn stages(recipe: &Recipe<'_>, go: &GoProgram) -> Result<Stages, Error> {
    let release = recipe.release("go version go")?;
    let suite = recipe.suite();
    let cgo = recipe.service.linkage.value == Linkage::Cgo;
    if cgo {
        recipe.refuse_cxx()?;
    }
    let tools = match cgo {
        true => libraries::for_go(recipe),
        false => "ENV CGO_ENABLED=0\n".to_owned(),
    };
    let module = recipe.inside(&go.module_directory)?;
    let package = shell(&package(recipe, go)?);
    let flags = flags(recipe);
    let place = match module.as_str() {
        "." => "/src".to_owned(),
        inner => format!("/src/{inner}"),
    };
    let place = recipe.plain("the module's folder", &place)?;
    let target = target(recipe);
    let arguments: String = recipe
        .arguments()
        .into_iter()
        .map(|name| format!("ARG {name}\n"))
        .collect();
    let linker = linker(recipe, cgo);
    let name = shell(&format!("/out/{}", recipe.service.program.name));
    let planner = planner(&flags, &package);
    let text = format!(
        "FROM --platform=$BUILDPLATFORM golang:{release}-{suite} AS tools\n\
         {tools}\
         {target}\
         WORKDIR {place}\n\
         \n\
         {planner}\
         # They are compiled here, and again only when that answer changes.\n\
         FROM tools AS cacher\n\
         COPY --from=planner /plan /src\n\
         RUN {MODULES} \\\n    \
         xargs -a /src/packages go build -v -trimpath -buildvcs=false{flags}\n\
         \n\
         # What Go keeps of a build begins with what the cacher made, also on a machine that has only that layer.\n\
         FROM tools AS builder\n\
         COPY . /src\n\
         {arguments}\
         RUN {MODULES} \\\n    \
         --mount=type=cache,target=/cache,from=cacher,source=/cache \\\n    \
         go build -v -trimpath -buildvcs=false{flags} \\\n      \
         -ldflags={linker} -o {name} {package}\n",
    );
    Ok(Stages {
        text,
        from: Some("builder"),
        place: literal(&format!("/out/{}", recipe.service.program.name)),
    })
}

/// What decides whether dependencies are compiled again: their packages' names, and the modules' files.
fn planner(flags: &str, package: &str) -> String {
    let manifests = MANIFESTS.split(' ').map(|name| format!("-name {name}"));
    let manifests = manifests.collect::<Vec<_>>().join(" -o ");
    format!(
        "# Which packages are not this repository's: the answer is the same until a dependency changes.\n\
         FROM tools AS planner\n\
         COPY . /src\n\
         RUN {MODULES} <<\"EOF\"\n\
         set -eu\n\
         mkdir /plan\n\
         go list -deps{flags} -f '{OTHERS}' {package} > /plan/packages\n\
         cd /src\n\
         find . \\( {manifests} \\) -not -path '*/testdata/*' -exec cp --parents -t /plan {{}} +\n\
         [ ! -d \"$OLDPWD/vendor\" ] || cp -r --parents \"$(realpath --relative-to=. \"$OLDPWD/vendor\")\" /plan\n\
         EOF\n\
         \n"
    )
}

/// The package from the module's folder on.
fn package(recipe: &Recipe<'_>, go: &GoProgram) -> Result<String, Error> {
    let folder = go.directory.strip_prefix(&go.module_directory).ok();
    let folder = folder.and_then(|folder| folder.to_str());
    let path = match folder {
        Some("") => ".".to_owned(),
        Some(folder) => format!("./{folder}"),
        None => go.import_path.clone(),
    };
    recipe.refuse_letters("the package's folder", &path)?;
    Ok(path)
}

/// What decides which files are compiled, and so what is in the cache.
fn flags(recipe: &Recipe<'_>) -> String {
    match recipe.service.settings.tags.as_slice() {
        [] => String::new(),
        tags => format!(" -tags={}", shell(&tags.join(","))),
    }
}

/// Ours first, as in `coracle build`: no symbols, no build ID.
fn linker(recipe: &Recipe<'_>, cgo: bool) -> String {
    let mut flags = vec![OpenText::plain("-s -w -buildid=")];
    if cgo {
        flags.push(OpenText::plain("-extldflags=-Wl,-s"));
    }
    flags.extend(recipe.service.open.linker_flags.iter().cloned());
    shell_open(&flags)
}

fn target(recipe: &Recipe<'_>) -> String {
    let targets = recipe.plan.platforms.iter().filter_map(platforms::target);
    let has_arm = targets
        .into_iter()
        .any(|target| target == Target::LinuxArmV7);
    let arm = if has_arm { " GOARM=7" } else { "" };
    format!("ARG TARGETARCH\nENV GOOS=linux GOARCH=$TARGETARCH{arm} GOCACHE=/cache\n")
}
