//! A plan as JSON, version 1: types of its own that do not change when the plan does.
//!
//! Fields may be added in version 1; none is renamed, removed or given another meaning.

use std::collections::BTreeMap;

use coracle_build::plan::{
    Decision, FileCopy, Healthcheck, Linkage, NativeNeed, Plan, ServicePlan,
};
use serde::Serialize;

#[derive(Serialize)]
struct PlanV1 {
    version: u8,
    suite: DecisionV1<String>,
    platforms: Vec<String>,
    /// What of all platforms is not built, where all were asked for.
    left_out_platforms: Vec<LeftOutPlatformV1>,
    lock: DecisionV1<String>,
    services: Vec<ServiceV1>,
    /// Names only: the values may be secrets.
    build_arguments: Vec<String>,
    left_out: Vec<LeftOutV1>,
}

#[derive(Serialize)]
struct ServiceV1 {
    name: String,
    language: &'static str,
    package: String,
    binary: String,
    linkage: DecisionV1<&'static str>,
    cgo: bool,
    packages: Vec<DecisionV1<String>>,
    user: DecisionV1<String>,
    entrypoint: DecisionV1<Vec<String>>,
    arguments: Vec<String>,
    working_directory: String,
    environment: BTreeMap<String, String>,
    expose: Vec<String>,
    expose_reasons: BTreeMap<String, String>,
    healthcheck: Option<DecisionV1<HealthcheckV1>>,
    volumes: Vec<String>,
    labels: BTreeMap<String, DecisionV1<String>>,
    references: Vec<String>,
    /// The file that is the program, when it was compiled elsewhere.
    prebuilt: Option<String>,
    /// The same by platform.
    prebuilt_platforms: BTreeMap<String, String>,
    files: Vec<FileV1>,
    build_packages: Vec<String>,
    bundled: bool,
    /// Libraries that it opens while it runs.
    dlopen: Vec<String>,
    /// Libraries that come from outside when a container starts.
    provided: Vec<String>,
    /// What its dependencies ask of the system, as far as they declare it.
    system: Vec<NeedV1>,
    /// The crate whose build needs libclang on this machine.
    needs_libclang: Option<String>,
}

#[derive(Serialize)]
struct NeedV1 {
    by: String,
    any_of: Vec<String>,
}

#[derive(Serialize)]
struct FileV1 {
    from: String,
    to: String,
    owner: String,
    mode: Option<String>,
}

/// Times in nanoseconds; what is not set is the engine's default.
#[derive(Serialize)]
struct HealthcheckV1 {
    test: Vec<String>,
    interval: Option<i64>,
    timeout: Option<i64>,
    start_period: Option<i64>,
    start_interval: Option<i64>,
    retries: Option<i64>,
}

#[derive(Serialize)]
struct DecisionV1<T> {
    value: T,
    reason: String,
}

#[derive(Serialize)]
struct LeftOutPlatformV1 {
    platform: String,
    reason: String,
}

#[derive(Serialize)]
struct LeftOutV1 {
    name: String,
    path: String,
    reason: String,
}

/// Renders it, with a final line break.
pub(crate) fn render(plan: &Plan) -> String {
    let document = PlanV1 {
        version: 1,
        suite: decision(&plan.suite, ToString::to_string),
        platforms: plan.platforms.iter().map(ToString::to_string).collect(),
        left_out_platforms: plan
            .left_out_platforms
            .iter()
            .map(|left_out| LeftOutPlatformV1 {
                platform: left_out.platform.to_string(),
                reason: left_out.reason.clone(),
            })
            .collect(),
        lock: decision(&plan.lock, |path| path.display().to_string()),
        services: plan.services.iter().map(service).collect(),
        build_arguments: plan.build_arguments.iter().cloned().collect(),
        left_out: plan
            .left_out
            .iter()
            .map(|left_out| LeftOutV1 {
                name: left_out.name.clone(),
                path: left_out.path.clone(),
                reason: left_out.reason.clone(),
            })
            .collect(),
    };
    // Strings, lists and maps with string keys: there is nothing in it that JSON could refuse.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn decision<T, U>(decision: &Decision<T>, value: impl FnOnce(&T) -> U) -> DecisionV1<U> {
    DecisionV1 {
        value: value(&decision.value),
        reason: decision.reason.clone(),
    }
}

fn healthcheck(healthcheck: &Healthcheck) -> HealthcheckV1 {
    HealthcheckV1 {
        test: healthcheck.test.clone(),
        interval: healthcheck.interval,
        timeout: healthcheck.timeout,
        start_period: healthcheck.start_period,
        start_interval: healthcheck.start_interval,
        retries: healthcheck.retries,
    }
}

fn service(service: &ServicePlan) -> ServiceV1 {
    let labels = service.labels.iter();
    ServiceV1 {
        name: service.name.clone(),
        language: service.program.language.name(),
        package: service.program.package.clone(),
        binary: service.binary_path(),
        linkage: decision(&service.linkage, |linkage| match linkage {
            Linkage::Static => "static",
            Linkage::Dynamic | Linkage::Cgo => "dynamic",
            Linkage::AsBuilt => "as-built",
        }),
        cgo: service.linkage.value == Linkage::Cgo,
        packages: service
            .packages
            .iter()
            .map(|package| decision(package, Clone::clone))
            .collect(),
        user: decision(&service.user, ToString::to_string),
        entrypoint: decision(&service.entrypoint, Clone::clone),
        arguments: service.arguments.clone(),
        working_directory: service.working_directory.clone(),
        environment: service.environment.clone(),
        expose: service
            .expose
            .iter()
            .map(|port| port.value.clone())
            .collect(),
        expose_reasons: service
            .expose
            .iter()
            .map(|port| (port.value.clone(), port.reason.clone()))
            .collect(),
        healthcheck: service
            .healthcheck
            .as_ref()
            .map(|healthcheck| decision(healthcheck, self::healthcheck)),
        volumes: service.volumes.clone(),
        labels: labels
            .map(|(key, label)| (key.clone(), decision(label, Clone::clone)))
            .collect(),
        references: service.names.iter().map(ToString::to_string).collect(),
        prebuilt: service.prebuilt().map(|path| path.display().to_string()),
        prebuilt_platforms: service
            .programs
            .iter()
            .map(|(platform, path)| (platform.to_string(), path.display().to_string()))
            .collect(),
        files: service.files.iter().map(file).collect(),
        build_packages: service.settings.build_packages.clone(),
        bundled: service.settings.bundled,
        dlopen: service.settings.dlopen.clone(),
        provided: service.settings.provided.iter().cloned().collect(),
        system: service.native.needs.iter().map(need).collect(),
        needs_libclang: service.native.needs_libclang.clone(),
    }
}

fn need(need: &NativeNeed) -> NeedV1 {
    NeedV1 {
        by: need.by.clone(),
        any_of: need.any_of.iter().map(ToString::to_string).collect(),
    }
}

fn file(file: &FileCopy) -> FileV1 {
    FileV1 {
        from: file.written.display().to_string(),
        to: file.to.clone(),
        owner: file.owner.to_string(),
        mode: file.mode.map(|mode| format!("{mode:04o}")),
    }
}
