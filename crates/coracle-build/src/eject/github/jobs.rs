//! The jobs: coracle itself, the programs of each machine, the image of each platform, the index of each service.

use coracle_oci::Platform;

use super::actions::{CACHE, CACHE_RESTORE, DOWNLOAD, UPLOAD};
use super::machines::{Machine, name_of};
use super::scheme::{GHCR, Scheme, Variant};
use super::steps::{self, CREDENTIALS, Kept};
use super::workflow::{Job, Pairs, Step, pairs};
use crate::plan::ServicePlan;
use crate::settings::Origin;

type Permission = (&'static str, &'static str, &'static str);
pub(super) const READ: Permission = ("contents", "read", "to check out");

/// coracle, once for each machine; nothing of the repository runs here, unless coracle is of it.
pub(super) fn coracle(scheme: &Scheme<'_>, machines: &[Machine], variant: Variant) -> Job {
    let mut steps = Vec::new();
    let mut permissions = Vec::new();
    let program = match &scheme.github.coracle {
        Origin::Package(package) => {
            permissions.push(READ);
            steps.push(steps::checkout());
            steps.extend(Kept::of_package("coracle-${{ matrix.machine }}").step(variant));
            let compile = format!("cargo build --release --locked --package {package}");
            steps.push(Step::runs("Compile coracle", &[&compile]));
            format!("target/release/{package}")
        }
        Origin::Version => {
            let version = concat!("v", env!("CARGO_PKG_VERSION"));
            steps.extend(installed(("--tag", version), variant));
            INSTALLED.to_owned()
        }
        Origin::Revision(revision) => {
            steps.extend(installed(("--rev", revision.as_str()), variant));
            INSTALLED.to_owned()
        }
    };
    let upload = [
        ("name", "coracle-${{ matrix.machine }}"),
        ("path", program.as_str()),
        ("if-no-files-found", "error"),
        ("retention-days", "1"),
    ];
    steps.push(Step::uses("Hand coracle on", UPLOAD, &upload));
    Job {
        id: "coracle",
        name: "coracle for ${{ matrix.machine }}".to_owned(),
        needs: Vec::new(),
        runner: "${{ matrix.runner }}".to_owned(),
        minutes: 45,
        permissions,
        matrix: machines.iter().map(machine_row).collect(),
        steps,
    }
}

/// Where `cargo install` puts it.
const INSTALLED: &str = "${{ runner.temp }}/installed/bin/coracle";

/// Installs it, unless an earlier run did on such a runner.
fn installed((flag, value): (&str, &str), variant: Variant) -> Vec<Step> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let install = format!(
        "cargo install --locked --git {repository} {flag} {value} --root \"$RUNNER_TEMP/installed\" coracle"
    );
    let install = Step::runs("Install coracle", &[&install]);
    let action = match variant {
        Variant::Branch => CACHE,
        Variant::PullRequest => CACHE_RESTORE,
        Variant::Release => return vec![install],
    };
    let key = format!("coracle-{value}-${{{{ matrix.runner }}}}");
    let with = [("path", INSTALLED), ("key", key.as_str())];
    let restore = Step::uses("Restore coracle", action, &with).with_id("installed");
    vec![
        restore,
        install.only_if("steps.installed.outputs.cache-hit != 'true'"),
    ]
}

fn machine_row(machine: &Machine) -> Pairs {
    pairs(&[
        ("machine", machine.name.as_str()),
        ("runner", machine.runner.as_str()),
    ])
}

/// The programs of each machine's platforms, compiled there and handed on.
pub(super) fn compile(scheme: &Scheme<'_>, machines: &[Machine], variant: Variant) -> Job {
    let across = steps::across(scheme, machines);
    let row = |machine: &Machine| {
        let mut row = machine_row(machine);
        row.push(("platforms", machine.platform_list()));
        if !across.is_empty() {
            let is_across = !machine.foreign().is_empty();
            row.extend(pairs(&[("across", if is_across { "yes" } else { "none" })]));
        }
        row
    };
    let matrix = machines.iter().map(row).collect();
    let sccache = scheme.sccache(variant);
    let mut steps = vec![steps::checkout()];
    steps.extend(steps::coracle("${{ matrix.machine }}"));
    steps.extend(Kept::of_services(scheme, variant).step(variant));
    steps.extend(steps::install_sccache(sccache));
    steps.extend(across);
    let services = scheme.names();
    let build = format!(
        "coracle build {services} --platform \"$PLATFORMS\" {} \\",
        scheme.flags()
    );
    let lines = [
        build.as_str(),
        VARIABLES,
        "  --programs \"$RUNNER_TEMP/programs\" --metadata-file \"$RUNNER_TEMP/compiled.json\"",
    ];
    let mut step =
        Step::runs("Compile", &lines).with_env(&[("PLATFORMS", "${{ matrix.platforms }}")]);
    step.environment.extend(steps::sccache_environment(sccache));
    steps.push(step);
    steps.push(steps::summary(
        "Compiled",
        "${{ runner.temp }}/compiled.json",
    ));
    let upload = [
        ("name", "programs-${{ matrix.machine }}"),
        ("path", "${{ runner.temp }}/programs"),
        ("if-no-files-found", "error"),
        ("retention-days", "7"),
    ];
    steps.push(Step::uses("Hand the programs on", UPLOAD, &upload));
    Job {
        id: "compile",
        name: "Compile for ${{ matrix.platforms }}".to_owned(),
        needs: vec!["coracle"],
        runner: "${{ matrix.runner }}".to_owned(),
        minutes: 90,
        permissions: vec![READ],
        matrix,
        steps,
    }
}

/// What ldflags, labels and build scripts may ask for.
const VARIABLES: &str =
    "  --build-arg \"VERSION=$VERSION\" --build-arg \"COMMIT_SHA=$GITHUB_SHA\" \\";

/// Images go up with the token, where GitHub's own registry takes them.
fn write_packages(scheme: &Scheme<'_>) -> Option<Permission> {
    (scheme.registry() == GHCR).then_some(("packages", "write", "to push images"))
}

/// The image of each platform, packaged from the programs and proven; pushed by its digest where the variant pushes.
pub(super) fn image(scheme: &Scheme<'_>, machines: &[Machine], variant: Variant) -> Job {
    let packager = packager(machines);
    let rows = machines.iter().flat_map(|machine| {
        let row = |platform: &Platform| {
            vec![
                ("platform", platform.to_string()),
                ("name", name_of(platform)),
                ("machine", machine.name.clone()),
            ]
        };
        machine.platforms.iter().map(row)
    });
    let mut steps = vec![steps::checkout()];
    steps.extend(steps::coracle(&packager.name));
    let download = [
        ("name", "programs-${{ matrix.machine }}"),
        ("path", "${{ runner.temp }}/programs"),
    ];
    steps.push(Step::uses("Fetch the programs", DOWNLOAD, &download));
    if variant.pushes() {
        steps.push(steps::log_in(scheme));
    }
    steps.push(package(scheme, variant));
    let metadata = "${{ runner.temp }}/images/${{ matrix.name }}.json";
    steps.push(steps::summary("Packaged and proven", metadata));
    let mut permissions = vec![READ];
    if variant.pushes() {
        permissions.extend(write_packages(scheme));
        let upload = [
            ("name", "image-${{ matrix.name }}"),
            ("path", metadata),
            ("if-no-files-found", "error"),
            ("retention-days", "7"),
        ];
        steps.push(Step::uses("Hand the digests on", UPLOAD, &upload));
    }
    Job {
        id: "image",
        name: "Image for ${{ matrix.platform }}".to_owned(),
        needs: vec!["coracle", "compile"],
        runner: packager.runner.clone(),
        minutes: 20,
        permissions,
        matrix: rows.collect(),
        steps,
    }
}

/// The machine that packages and joins: no image is run, so that any does.
fn packager(machines: &[Machine]) -> Machine {
    machines.first().cloned().unwrap_or(Machine {
        name: String::new(),
        runner: String::new(),
        platforms: Vec::new(),
    })
}

fn package(scheme: &Scheme<'_>, variant: Variant) -> Step {
    let mut lines = vec![
        "programs=$RUNNER_TEMP/programs/$PLATFORM".to_owned(),
        "chmod +x \"$programs\"/*".to_owned(),
    ];
    let mut environment = pairs(&[
        ("PLATFORM", "${{ matrix.platform }}"),
        ("NAME", "${{ matrix.name }}"),
    ]);
    let push = match variant.pushes() {
        true => "--push-by-digest ",
        false => "",
    };
    if variant.pushes() {
        environment.extend(pairs(&[CREDENTIALS]));
        match scheme.repository() {
            Some(repository) => environment.push(("CORACLE_REPOSITORY", repository)),
            None => lines.push(format!(
                "export CORACLE_REPOSITORY={GHCR}/${{GITHUB_REPOSITORY,,}}"
            )),
        }
    }
    lines.push(format!(
        "coracle build {} --platform \"$PLATFORM\" {} \\",
        scheme.names(),
        scheme.flags()
    ));
    for service in &scheme.plan.services {
        let name = &service.name;
        lines.push(format!("  --prebuilt \"{name}=$programs/{name}\" \\"));
    }
    lines.push(VARIABLES.to_owned());
    lines.push("  --label \"org.opencontainers.image.revision=$GITHUB_SHA\" \\".to_owned());
    lines.push(format!(
        "  {push}--metadata-file \"$RUNNER_TEMP/images/$NAME.json\""
    ));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let name = match variant.pushes() {
        true => "Package, prove and push by digest",
        false => "Package and prove",
    };
    let mut step = Step::runs(name, &lines);
    step.environment = environment;
    step
}

/// The index of each service: all platforms under one tag, when every one is there and proven again.
pub(super) fn index(scheme: &Scheme<'_>, machines: &[Machine], variant: Variant) -> Job {
    let packager = packager(machines);
    let mut steps: Vec<Step> = steps::coracle(&packager.name).into();
    let download = [
        ("pattern", "image-*"),
        ("path", "${{ runner.temp }}/images"),
        ("merge-multiple", "true"),
    ];
    steps.push(Step::uses("Fetch the digests", DOWNLOAD, &download));
    steps.push(steps::log_in(scheme));
    steps.push(join(scheme, variant));
    Job {
        id: "index",
        name: "Index of all platforms".to_owned(),
        needs: vec!["coracle", "image"],
        runner: packager.runner,
        minutes: 20,
        permissions: write_packages(scheme).into_iter().collect(),
        matrix: Vec::new(),
        steps,
    }
}

fn join(scheme: &Scheme<'_>, variant: Variant) -> Step {
    let tag = match variant {
        Variant::Release => "\"$VERSION\"",
        Variant::Branch | Variant::PullRequest => "latest",
    };
    let platforms = scheme.plan.platforms.len();
    let mut lines = vec![
        "join() {".to_owned(),
        "  local service=$1 reference references".to_owned(),
        "  shift".to_owned(),
        "  references=$(jq --raw-output --arg service \"$service\" \\".to_owned(),
        "    '.images[] | select(.service == $service) | .reference' \"$RUNNER_TEMP\"/images/*.json)".to_owned(),
        "  mapfile -t references <<< \"$references\"".to_owned(),
        format!("  if [ \"${{#references[@]}}\" -ne {platforms} ]; then"),
        format!(
            "    echo \"::error::$service has ${{#references[@]}} images, expected {platforms}, one a platform\""
        ),
        "    exit 1".to_owned(),
        "  fi".to_owned(),
        format!(
            "  reference=$(coracle index create --push -t {tag} \"$@\" \"${{references[@]}}\")"
        ),
        "  echo \"- \\`$reference\\`\" >> \"$GITHUB_STEP_SUMMARY\"".to_owned(),
        "}".to_owned(),
        "echo '### Pushed' >> \"$GITHUB_STEP_SUMMARY\"".to_owned(),
    ];
    lines.extend(scheme.plan.services.iter().map(joined));
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    Step::runs("Join and push", &lines).with_env(&[CREDENTIALS])
}

fn joined(service: &ServicePlan) -> String {
    let provided = service.settings.provided.iter();
    let options: String = provided
        .map(|soname| format!(" --provided '{soname}'"))
        .collect();
    format!("join {}{options}", service.name)
}
