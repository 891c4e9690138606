//! Steps that several jobs have: coracle itself, caches, what compiles for other platforms, the login, the summary.

use super::actions::{CACHE, CACHE_RESTORE, CACHE_SAVE, CHECKOUT, DOWNLOAD, SCCACHE};
use super::machines::Machine;
use super::scheme::{GHCR, Scheme, Variant};
use super::workflow::{Pairs, Step, pairs};
use crate::settings::{BackEnd, Sccache};

/// What brings zig, and what has cargo link with it.
const ZIG: &str = "ziglang==0.17.1";
const CARGO_ZIGBUILD: &str = "cargo-zigbuild==0.24.1";
/// The sccache that the action installs.
const SCCACHE_VERSION: &str = "v0.10.0";

/// Where downloads of cargo are kept.
const CARGO_DOWNLOADS: [&str; 3] = [
    "~/.cargo/registry/index",
    "~/.cargo/registry/cache",
    "~/.cargo/git/db",
];
/// Where go keeps what it downloads and compiles.
const GO: [&str; 2] = ["~/go/pkg/mod", "~/.cache/go-build"];

/// The repository's files; the token does not stay in them.
pub(super) fn checkout() -> Step {
    let with = [("persist-credentials", "false")];
    Step::uses("Check out", CHECKOUT, &with)
}

/// coracle, as an earlier job of this run made it, on PATH.
pub(super) fn coracle(machine: &str) -> [Step; 2] {
    let with = [
        ("name", format!("coracle-{machine}")),
        ("path", "${{ runner.temp }}/coracle".to_owned()),
    ];
    let with: Vec<(&'static str, &str)> =
        with.iter().map(|(key, value)| (*key, &**value)).collect();
    [
        Step::uses("Fetch coracle", DOWNLOAD, &with),
        Step::runs(
            "Put coracle on PATH",
            &[
                "chmod +x \"$RUNNER_TEMP/coracle/coracle\"",
                "echo \"$RUNNER_TEMP/coracle\" >> \"$GITHUB_PATH\"",
            ],
        ),
    ]
}

/// What a cache holds and what its name follows from.
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) paths: Vec<String>,
    /// Files, as `hashFiles` takes them.
    pub(super) follows: Vec<&'static str>,
}

impl Kept {
    /// What compiling the services leaves on a machine.
    pub(super) fn of_services(scheme: &Scheme<'_>, variant: Variant) -> Kept {
        let mut paths = Vec::new();
        let mut follows = Vec::new();
        if scheme.has_rust() {
            paths.extend(CARGO_DOWNLOADS.map(str::to_owned));
            follows.extend(["**/Cargo.lock", "rust-toolchain*"]);
            if scheme.sccache(variant).is_none() {
                let folders = scheme.target_folders().into_iter();
                paths.extend(folders.map(|folder| folder.display().to_string()));
            }
        }
        if scheme.has_go() {
            paths.extend(GO.map(str::to_owned));
            follows.push("**/go.sum");
        }
        let name = "compiled-${{ matrix.machine }}".to_owned();
        Kept {
            name,
            paths,
            follows,
        }
    }

    /// What cargo and go download, whatever the command is that has them do so.
    pub(super) fn of_downloads() -> Kept {
        let paths = CARGO_DOWNLOADS.into_iter().chain(["~/go/pkg/mod"]);
        Kept {
            name: "downloads".to_owned(),
            paths: paths.map(str::to_owned).collect(),
            follows: vec!["**/Cargo.lock", "**/go.sum"],
        }
    }

    /// What compiling a cargo package of the repository leaves.
    pub(super) fn of_package(name: &str) -> Kept {
        let target = ["target".to_owned()];
        Kept {
            name: name.to_owned(),
            paths: CARGO_DOWNLOADS
                .map(str::to_owned)
                .into_iter()
                .chain(target)
                .collect(),
            follows: vec!["**/Cargo.lock", "rust-toolchain*"],
        }
    }

    fn prefix(&self) -> String {
        let files: Vec<String> = self
            .follows
            .iter()
            .map(|file| format!("'{file}'"))
            .collect();
        format!("{}-${{{{ hashFiles({}) }}}}-", self.name, files.join(", "))
    }

    fn inputs(&self) -> [(&'static str, String); 3] {
        [
            ("path", self.paths.join("\n")),
            ("key", self.prefix() + "${{ github.sha }}"),
            (
                "restore-keys",
                format!("{}\n{}-\n", self.prefix(), self.name),
            ),
        ]
    }

    /// The step that restores it where that is allowed. What a branch's own run leaves is kept; what a proposed change
    /// leaves is not, and a release takes nothing that was kept.
    pub(super) fn step(&self, variant: Variant) -> Option<Step> {
        let action = match variant {
            Variant::Branch => CACHE,
            Variant::PullRequest => CACHE_RESTORE,
            Variant::Release => return None,
        };
        let inputs = self.inputs();
        let with = inputs.each_ref().map(|(key, value)| (*key, value.as_str()));
        (!self.paths.is_empty()).then(|| Step::uses("Restore what was compiled", action, &with))
    }

    /// The steps of a workflow that is for branches and for proposed changes: only the former's is kept.
    pub(super) fn restore_and_save(&self) -> [Step; 2] {
        let inputs = self.inputs();
        let [path, key, fallback] = inputs.each_ref().map(|(key, value)| (*key, value.as_str()));
        [
            Step::uses(
                "Restore what was compiled",
                CACHE_RESTORE,
                &[path, key, fallback],
            ),
            Step::uses("Keep what was compiled", CACHE_SAVE, &[path, key])
                .only_if("github.event_name == 'push'"),
        ]
    }
}

/// Installs sccache, where it is to be used.
pub(super) fn install_sccache(wanted: Option<Sccache>) -> Option<Step> {
    let with = [("version", SCCACHE_VERSION)];
    wanted.map(|_| Step::uses("Install sccache", SCCACHE, &with))
}

/// The variables that have cargo use it. Addresses and keys are the repository's own variables and secrets.
pub(super) fn sccache_environment(wanted: Option<Sccache>) -> Pairs {
    let Some(wanted) = wanted else {
        return Vec::new();
    };
    let of_place: &[(&'static str, &str)] = match wanted {
        Sccache::Gha => &[("SCCACHE_GHA_ENABLED", "true")],
        Sccache::S3 => &[
            ("SCCACHE_BUCKET", "${{ vars.SCCACHE_BUCKET }}"),
            ("SCCACHE_REGION", "${{ vars.SCCACHE_REGION }}"),
            (
                "AWS_ACCESS_KEY_ID",
                "${{ secrets.SCCACHE_AWS_ACCESS_KEY_ID }}",
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                "${{ secrets.SCCACHE_AWS_SECRET_ACCESS_KEY }}",
            ),
        ],
        Sccache::Redis => &[(
            "SCCACHE_REDIS_ENDPOINT",
            "${{ secrets.SCCACHE_REDIS_ENDPOINT }}",
        )],
    };
    let mut environment = pairs(&[("CARGO_INCREMENTAL", "0"), ("RUSTC_WRAPPER", "sccache")]);
    environment.extend(pairs(of_place));
    environment
}

/// What compiles for platforms that a machine is not of, on the machines that have some.
pub(super) fn across(scheme: &Scheme<'_>, machines: &[Machine]) -> Vec<Step> {
    let foreign = machines
        .iter()
        .flat_map(Machine::foreign)
        .collect::<Vec<_>>();
    let all: Vec<_> = machines
        .iter()
        .flat_map(|machine| &machine.platforms)
        .collect();
    let is_across = scheme.links_c() && !foreign.is_empty();
    if !is_across && !scheme.has_musl() {
        return Vec::new();
    }
    let mut triples = match scheme.has_rust() && is_across {
        true => Machine::triples(&foreign, false),
        false => Vec::new(),
    };
    if scheme.has_musl() {
        triples.extend(Machine::triples(&all, true));
    }
    let zig = match scheme.has_rust() {
        true => format!("{ZIG} {CARGO_ZIGBUILD}"),
        false => ZIG.to_owned(),
    };
    let zig = [
        "python3 -m venv \"$RUNNER_TEMP/zig\"".to_owned(),
        format!("\"$RUNNER_TEMP/zig/bin/pip\" install --quiet {zig}"),
        "echo \"$RUNNER_TEMP/zig/bin\" >> \"$GITHUB_PATH\"".to_owned(),
    ];
    let clang = [
        "sudo apt-get update --quiet".to_owned(),
        "sudo apt-get install --yes --quiet --no-install-recommends clang lld".to_owned(),
    ];
    let by_clang = scheme.back_end == Some(BackEnd::Clang) && is_across;
    let mut lines = Vec::new();
    if !triples.is_empty() {
        lines.push(format!("rustup target add {}", triples.join(" ")));
    }
    if by_clang {
        lines.extend(clang);
    }
    if !by_clang || scheme.has_musl() {
        lines.extend(zig);
    }
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let step = Step::runs("Install what compiles for other platforms", &lines);
    match scheme.has_musl() {
        true => vec![step],
        false => vec![step.only_if("matrix.across == 'yes'")],
    }
}

/// Writes the credentials of the registry where coracle is told to look for them. GitHub's own takes the job's token.
pub(super) fn log_in(scheme: &Scheme<'_>) -> Step {
    let registry = scheme.registry();
    let own = registry == GHCR;
    let (user, password) = match own {
        true => ("${{ github.actor }}", "${{ github.token }}"),
        false => (
            "${{ secrets.REGISTRY_USER }}",
            "${{ secrets.REGISTRY_PASSWORD }}",
        ),
    };
    let step = Step::runs(
        &format!("Log in to {registry}"),
        &[
            "umask 077",
            "login=$(printf '%s:%s' \"$REGISTRY_USER\" \"$REGISTRY_PASSWORD\" | base64 --wrap=0)",
            "printf '{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}\\n' \"$REGISTRY\" \"$login\" > \"$RUNNER_TEMP/registry.json\"",
        ],
    );
    step.with_env(&[
        ("REGISTRY", registry.as_str()),
        ("REGISTRY_USER", user),
        ("REGISTRY_PASSWORD", password),
    ])
}

/// The variable that names the file of [`log_in`].
pub(super) const CREDENTIALS: (&str, &str) =
    ("REGISTRY_AUTH_FILE", "${{ runner.temp }}/registry.json");

/// Adds a table of sizes and seconds to the page of the run, from what a build wrote down.
pub(super) fn summary(title: &str, metadata: &str) -> Step {
    let title = format!("  echo '### {title}'");
    let lines = [
        "{",
        &title,
        "  echo",
        "  echo '| service | platform | to pull | unpacked | packages | compiled in | proven in | in all |'",
        "  echo '|---|---|--:|--:|--:|--:|--:|--:|'",
        "  jq --raw-output '",
        "    def megabytes: . / 100000 | round / 10 | \"\\(.) MB\";",
        "    def seconds: (map(.seconds) | add // 0) * 10 | round / 10 | \"\\(.) s\";",
        "    .stages as $stages | .images[] | .service as $service | .platforms[] | .platform as $platform",
        "    | [$stages[] | select(.service == $service and .platform == $platform)] as $own",
        "    | [$service, $platform, (.pull_bytes | megabytes), (.unpacked_bytes | megabytes), .packages,",
        "       ($own | map(select(.stage == \"compile\")) | seconds),",
        "       ($own | map(select(.stage == \"prove\")) | seconds), ($own | seconds)]",
        "    | \"| \" + (map(tostring) | join(\" | \")) + \" |\"",
        "  ' \"$METADATA\"",
        "  echo",
        "} >> \"$GITHUB_STEP_SUMMARY\"",
    ];
    Step::runs("Say what came of it", &lines).with_env(&[("METADATA", metadata)])
}
