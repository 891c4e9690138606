//! Programs that are found over stages, copies and jobs.

use super::*;
use crate::repository::Repository;

fn told(files: &[(&str, &str)]) -> Vec<String> {
    let mut repository = Repository::new();
    for (path, text) in files {
        repository.add_text(*path, *text);
    }
    let model = Model::of(&repository, jiff::civil::date(2026, 11, 27));
    let dockerfile = &model.dockerfiles[0];
    let stages = dockerfile.stages();
    let arrivals = arrivals(&model, dockerfile, &stages, stages.stages.len() - 1);
    let tell = |arrival: &Arrival| {
        let made = &arrival.made;
        format!("{} {:?} on {}", made.name, made.linking, made.on.name)
    };
    arrivals.iter().map(tell).collect()
}

#[test]
fn a_program_is_followed_over_cp_and_stages() {
    let dockerfile = "FROM rust:1.85-bookworm AS build\nWORKDIR /src\nRUN cargo build --release && cp target/release/api /out/api\nFROM debian AS middle\nCOPY --from=build /out/ /gathered/\nFROM debian\nCOPY --from=middle /gathered/api /usr/bin/\n";
    assert_eq!(
        told(&[("Dockerfile", dockerfile)]),
        ["api Dynamic on rust:1.85-bookworm"]
    );
}

#[test]
fn a_target_or_a_flag_makes_a_program_static() {
    let of = |line: &str| {
        let dockerfile = format!(
            "FROM rust:1.85-bookworm AS build\nWORKDIR /src\n{line}\nFROM debian\nCOPY --from=build /src/target/release/api /src/target/x86_64-unknown-linux-musl/release/api /\n"
        );
        told(&[("Dockerfile", &dockerfile)])
    };
    assert_eq!(
        of("RUN cargo build --release --target x86_64-unknown-linux-musl"),
        ["api Static on rust:1.85-bookworm"]
    );
    assert_eq!(
        of("ENV RUSTFLAGS='-C target-feature=+crt-static'\nRUN cargo build --release"),
        ["api Static on rust:1.85-bookworm"]
    );
    assert_eq!(
        of("ENV RUSTFLAGS='-C target-feature=-crt-static'\nRUN cargo build --release"),
        ["api Dynamic on rust:1.85-bookworm"]
    );
    assert_eq!(of("RUN cargo build"), [""; 0]);
}

#[test]
fn an_artifact_is_followed_to_the_job_that_compiled_it() {
    let workflow = "on: push\njobs:\n  compile:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: cargo build --release --locked\n      - uses: actions/upload-artifact@v4\n        with: {name: api, path: target/release/api}\n  image:\n    needs: compile\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/download-artifact@v4\n        with: {name: api, path: dist}\n      - uses: docker/build-push-action@v6\n        with: {context: .}\n";
    let files = [
        (
            "Dockerfile",
            "FROM debian:bookworm-slim\nCOPY dist/api /api\n",
        ),
        (".github/workflows/ci.yml", workflow),
    ];
    assert_eq!(told(&files), ["api Dynamic on the runner ubuntu-24.04"]);
}
