//! The recipe: a stage with a toolchain for each release that is needed, a stage an order, and a last one with nothing but
//! what was compiled.
//!
//! An order's stage is one step. What it reads is mounted, what cargo and go keep is in caches, and what it writes besides
//! is the program: so a builder keeps only programs, and compiles again only what changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use coracle_oci::Digest;
use coracle_toolchain::{BackEnd, CompileRequest, Language, Program, Toolchain, probe};

use super::{Error, Order, directory};
use crate::settings::Builder;

/// The newest that was tried with this version; where others are here, those are taken.
const ZIG: &str = "0.17.1";
const CARGO_ZIGBUILD: &str = "0.24.1";

/// Where the program coracle is in a step.
pub(super) const PROGRAM: &str = "/run/coracle/program";
/// Where a step's errand is.
const ERRAND: &str = "/run/coracle/errand";
/// Where a step puts what it made.
const OUTPUT: &str = "/coracle-output";

/// Where go keeps what it compiled, in a step.
const GO_CACHE: &str = "/var/cache/go-build";

/// What a recipe is written of.
pub(super) struct Ingredients<'a> {
    pub(super) orders: &'a [Order],
    /// The image with each order's toolchain.
    pub(super) images: &'a [String],
    pub(super) tools: &'a Tools,
    pub(super) builder: &'a Builder,
    pub(super) repository: &'a Path,
    /// The names of the sysroots' contexts, by their folders.
    pub(super) sysroots: &'a BTreeMap<PathBuf, String>,
    /// What starts coracle in a step.
    pub(super) start: &'a [String],
}

/// The versions of what a base is given.
pub(super) struct Tools {
    zig: String,
    zigbuild: String,
}

impl Tools {
    /// Those that are here, where they are releases: others write other bytes.
    pub(super) fn here(toolchain: &Toolchain) -> Tools {
        let (zig, zigbuild) = coracle_toolchain::compile::zig_versions(toolchain);
        let release = |found: Option<String>, tried: &str| {
            let found = found.filter(|found| is_release(found));
            found.unwrap_or_else(|| tried.to_owned())
        };
        Tools {
            zig: release(zig, ZIG),
            zigbuild: release(zigbuild, CARGO_ZIGBUILD),
        }
    }
}

/// The whole text.
pub(super) fn write(ingredients: &Ingredients<'_>) -> Result<String, Error> {
    let mut bases: BTreeMap<&String, Vec<&CompileRequest>> = BTreeMap::new();
    let mut stages = String::new();
    let mut last = String::from("FROM scratch\n");
    let orders = ingredients.orders.iter().zip(ingredients.images);
    for (at, (order, image)) in orders.enumerate() {
        stages.push_str(&stage(at, order, &base_name(image), ingredients)?);
        bases.entry(image).or_default().push(&order.request);
        let _infallible = writeln!(last, "COPY --from=compile-{at} {OUTPUT} /{at}");
    }
    let bases: String = bases
        .iter()
        .map(|(image, requests)| base(image, requests, ingredients.tools))
        .collect();
    Ok(format!(
        "# syntax=docker/dockerfile:1\n{bases}\n{stages}\n{last}"
    ))
}

/// `compile-3` of `[compile-3 1/1] RUN …`: which order a step is.
pub(super) fn stage_of(name: &str) -> Option<usize> {
    let (words, _) = name.strip_prefix('[')?.split_once(']')?;
    let number = |word: &str| word.strip_prefix("compile-")?.parse().ok();
    words.split(' ').find_map(number)
}

/// A step as it is told: an order's by its service, others by their first words.
pub(super) fn shown(name: &str, service: Option<&str>) -> String {
    const MOST: usize = 100;
    if let Some(service) = service {
        return format!("compile {service}");
    }
    let line = name.lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None => line.to_owned(),
    }
}

/// The image with the toolchain that is here.
pub(super) fn image(
    program: &Program,
    toolchain: &Toolchain,
    suite: &str,
) -> Result<String, Error> {
    let (image, said) = match &program.language {
        Language::Go(program) => {
            let said = probe::go_version(toolchain, &program.module_directory)?;
            ("golang", said)
        }
        Language::Rust(program) => {
            let said = probe::rustc(toolchain, &program.workspace_root)?;
            ("rust", said.version)
        }
        // Nobody compiles it, and so nobody orders it.
        Language::Prebuilt(_) => ("scratch", String::new()),
    };
    let mut words = said.split_whitespace();
    let mut words = words.by_ref().map(|word| word.trim_start_matches("go"));
    match words.find(|word| is_release(word)) {
        Some(release) => Ok(format!("{image}:{release}-{suite}")),
        None => Err(Error::NoRelease {
            toolchain: said,
            image,
        }),
    }
}

/// `1.95.0`, but not `1.97.0-nightly`.
fn is_release(word: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    word.split('.').count() >= 2 && word.split('.').all(is_number)
}

/// `rust-1.95.0-trixie` of `rust:1.95.0-trixie`.
fn base_name(image: &str) -> String {
    image.replace(':', "-")
}

/// The toolchain, with what compiling for other platforms takes besides.
fn base(image: &str, requests: &[&CompileRequest], tools: &Tools) -> String {
    let name = base_name(image);
    let mut text = format!("FROM --platform=$BUILDPLATFORM {image} AS {name}\n");
    let is_rust = image.starts_with("rust:");
    if is_rust {
        // Whatever toolchain the repository's settings name: it is this one that they mean.
        let release = image.trim_start_matches("rust:").split('-').next();
        let _infallible = writeln!(text, "ENV RUSTUP_TOOLCHAIN={}", release.unwrap_or_default());
    }
    let back_ends: BTreeSet<BackEnd> = requests
        .iter()
        .filter_map(|request| request.chosen_back_end())
        .collect();
    if is_rust {
        let across = requests
            .iter()
            .filter(|request| request.chosen_back_end().is_some());
        let triples: BTreeSet<String> = across
            .map(|request| request.target.rust_triple(request.musl))
            .collect();
        if !triples.is_empty() {
            let triples: Vec<String> = triples.into_iter().collect();
            let _infallible = writeln!(text, "RUN rustup target add {}", triples.join(" "));
        }
    }
    if back_ends.contains(&BackEnd::Zig) {
        text.push_str(&install_zig(is_rust, tools));
    }
    if back_ends.contains(&BackEnd::Clang) {
        text.push_str(
            "RUN apt-get update && apt-get install --yes --no-install-recommends clang lld\n",
        );
    }
    text
}

/// From Python's packages, as the ejected Dockerfiles do.
fn install_zig(with_zigbuild: bool, tools: &Tools) -> String {
    let mut packages = format!("ziglang=={}", tools.zig);
    if with_zigbuild {
        let _infallible = write!(packages, " cargo-zigbuild=={}", tools.zigbuild);
    }
    format!(
        "RUN python3 -m venv /opt/zig \\\n    \
         || {{ apt-get update && apt-get install --yes --no-install-recommends python3-venv && python3 -m venv /opt/zig; }}\n\
         RUN /opt/zig/bin/pip install --no-cache-dir {packages}\n\
         ENV PATH=/opt/zig/bin:$PATH\n"
    )
}

/// One order.
fn stage(
    at: usize,
    order: &Order,
    base: &str,
    ingredients: &Ingredients<'_>,
) -> Result<String, Error> {
    let builder = ingredients.builder;
    let request = &order.request;
    let folder = directory(request);
    let mut mounts = vec![
        // What is written there goes: build scripts may write beside their sources.
        format!("type=bind,target={},rw", plain(ingredients.repository)?),
        format!("type=bind,from=coracle,target={PROGRAM}"),
        format!("type=bind,from=errands,source=/{at},target={ERRAND}"),
        format!(
            "type=cache,id={},target={},sharing=locked",
            cache(&folder, request),
            plain(&folder)?
        ),
    ];
    if let Some(sysroot) = &request.sysroot
        && let Some(name) = ingredients.sysroots.get(&sysroot.folder)
    {
        mounts.push(format!(
            "type=bind,from={name},target={}",
            plain(&sysroot.folder)?
        ));
    }
    // cargo and go lock for themselves what they fetched.
    let kept: &[&str] = match &request.program.language {
        Language::Rust(_) => &["/usr/local/cargo/registry", "/usr/local/cargo/git"],
        _ => &["/go/pkg/mod", GO_CACHE],
    };
    mounts.extend(kept.iter().map(|path| format!("type=cache,target={path}")));
    mounts.extend(
        builder
            .secrets
            .iter()
            .map(|name| format!("type=secret,id={name},env={name}")),
    );
    let mounts: Vec<String> = mounts
        .into_iter()
        .map(|mount| format!("--mount={mount}"))
        .collect();
    let mut words = vec!["env".to_owned(), format!("GOCACHE={GO_CACHE}")];
    words.extend(
        builder
            .variables
            .iter()
            .map(|(name, value)| format!("{name}={value}")),
    );
    words.extend(ingredients.start.iter().cloned());
    words.extend(["compile-errand", &format!("{ERRAND}/errand.json"), OUTPUT].map(str::to_owned));
    // As JSON, in which nothing is expanded.
    let words = serde_json::to_string(&words).unwrap_or_default();
    let mounts = mounts.join(" \\\n    ");
    Ok(format!(
        "FROM {base} AS compile-{at}\nRUN {mounts} \\\n    {words}\n"
    ))
}

/// One cache a platform and target folder: others may be compiled at the same time.
fn cache(folder: &Path, request: &CompileRequest) -> String {
    let told = format!("{} {}", folder.display(), request.target);
    let digest = Digest::of(told.as_bytes()).to_string();
    let hex = digest.rsplit(':').next().unwrap_or_default();
    format!("coracle-{}", hex.get(..16).unwrap_or(hex))
}

/// A path as the value of a flag: nothing in it may end that, nor be expanded.
pub(super) fn plain(path: &Path) -> Result<String, Error> {
    let text = path.to_str().filter(|text| {
        let is_plain = |letter: char| {
            !letter.is_whitespace() && !letter.is_control() && !"\"'`,$\\#".contains(letter)
        };
        text.chars().all(is_plain)
    });
    text.map(str::to_owned).ok_or_else(|| Error::FolderName {
        path: path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use coracle_toolchain::{GoProgram, RustProgram, Sysroot, Target};

    use super::*;

    #[test]
    fn a_step_is_told_by_its_service_or_by_its_first_words() {
        assert_eq!(stage_of("[compile-12 1/1] RUN --mount=a"), Some(12));
        assert_eq!(stage_of("[linux/amd64 compile-0 1/1] RUN"), Some(0));
        assert_eq!(stage_of("[rust-1.95.0-trixie 2/3] RUN compile-1"), None);
        assert_eq!(shown("[compile-0 1/1] RUN x", Some("api")), "compile api");
        assert_eq!(shown("[internal] load a\nb", None), "[internal] load a");
        assert_eq!(shown(&"é".repeat(300), None).chars().count(), 101);
    }

    /// A platform that this machine is not.
    fn foreign() -> Target {
        match Target::host().unwrap() {
            Target::LinuxAmd64 => Target::LinuxArm64,
            _ => Target::LinuxAmd64,
        }
    }

    fn order(service: &str, language: Language, target: Target) -> Order {
        let mut program = Program::prebuilt(service, Path::new("/w/shop/x"), Path::new("/w/shop"));
        program.language = language;
        let service = service.to_owned();
        let request = CompileRequest::new(program, target);
        Order { service, request }
    }

    #[test]
    fn each_order_is_a_step_and_only_what_it_made_comes_back() {
        let go = Language::Go(GoProgram {
            module_directory: "/w/shop/jobs".into(),
            module_path: "x/jobs".to_owned(),
            import_path: "x/jobs/worker".to_owned(),
            directory: "/w/shop/jobs/worker".into(),
        });
        let rust = Language::Rust(RustProgram {
            manifest: "/w/shop/api/Cargo.toml".into(),
            workspace_root: "/w/shop".into(),
            package: "api".to_owned(),
            package_id: "api".to_owned(),
            bin: "api".to_owned(),
            package_directory: "/w/shop/api".into(),
            required_features: Vec::new(),
            edition: "2024".to_owned(),
            target_directory: "/w/shop/target".into(),
            build_directory: None,
            outside_directories: Vec::new(),
        });
        let foreign = foreign();
        let mut api = order("api", rust, foreign);
        api.request.sysroot = Some(Sysroot {
            folder: "/store/sysroots/k".into(),
            key: "k".to_owned(),
            triplet: "t".to_owned(),
            cxx: None,
            time64: true,
        });
        let orders = [api, order("worker", go, foreign)];
        let text = write(&Ingredients {
            orders: &orders,
            images: &[
                "rust:1.95.0-trixie".to_owned(),
                "golang:1.26.8-trixie".to_owned(),
            ],
            tools: &Tools {
                zig: "0.17.1".to_owned(),
                zigbuild: "0.24.1".to_owned(),
            },
            builder: &Builder {
                address: coracle_buildkit::Address::Buildx(None),
                cache_from: Vec::new(),
                cache_to: Vec::new(),
                program: "/usr/bin/coracle".into(),
                variables: [("RUSTFLAGS".to_owned(), "-C link-arg=\"a b\" $X".to_owned())].into(),
                secrets: vec!["CARGO_REGISTRY_TOKEN".to_owned()],
            },
            repository: Path::new("/w/shop"),
            sysroots: &[(PathBuf::from("/store/sysroots/k"), "sysroot-0".to_owned())].into(),
            start: &["/run/coracle/program/coracle".to_owned()],
        });
        insta::with_settings!({filters => vec![
            (r"coracle-[0-9a-f]{16}", "coracle-ID"),
            (r"(aarch64|x86_64)-unknown", "ARCH-unknown"),
        ]}, {
            insta::assert_snapshot!(text.unwrap());
        });
    }

    #[test]
    fn only_releases_have_images() {
        for (word, expected) in [
            ("1.95.0", true),
            ("1.26", true),
            ("1.97.0-nightly", false),
            ("devel", false),
            ("1.", false),
        ] {
            assert_eq!(is_release(word), expected, "{word}");
        }
    }

    #[test]
    fn a_folder_s_name_that_would_end_a_flag_is_refused() {
        assert_eq!(plain(Path::new("/w/my-shop_1")).unwrap(), "/w/my-shop_1");
        for path in ["/w/a b", "/w/a,b", "/w/$a", "/w/a\\b", "/w/a\"b"] {
            let refused = plain(Path::new(path)).unwrap_err();
            assert!(refused.to_string().contains(path), "{refused}");
        }
    }
}
