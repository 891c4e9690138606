//! What people write in Dockerfiles.

use coracle_testkit::agreement::Sample;
use coracle_testkit::command::tool;

use super::base::name;
use super::builder::Recipe;

/// Writes the lines, and says what is started.
pub(super) type Cook = fn(&mut Recipe<'_>, &mut Sample);

/// Without a shell: ldconfig needs no library, and a shell may need the one that is gone.
const LDCONFIG: &str = "RUN [\"/usr/sbin/ldconfig\"]";

/// All of them, by their names.
pub(super) const RECIPES: [(&str, Cook); 30] = [
    ("Dockerfile: ENTRYPOINT", |_, _| {}),
    ("Dockerfile: COPY --chmod", |recipe, sample| {
        let mode = ["0644", "0755", "0700", "0711"][sample.below(4)];
        worker(recipe);
        recipe.line(format!("COPY --chmod={mode} worker /app/worker"));
        recipe.note = mode.to_owned();
    }),
    ("Dockerfile: COPY --chown", |recipe, sample| {
        let owner = ["65532:65532", "0:0", "1000:65532", "0"][sample.below(4)];
        worker(recipe);
        recipe.line(format!(
            "COPY --chown={owner} --chmod=0750 worker /app/worker"
        ));
        recipe.note = owner.to_owned();
    }),
    ("Dockerfile: RUN rm of a library", |recipe, sample| {
        let library = recipe.library(sample);
        recipe.line(format!("RUN rm {library}"));
    }),
    ("Dockerfile: RUN rm, then COPY back", |recipe, sample| {
        let library = recipe.library(sample);
        recipe.line(format!("RUN rm {library}"));
        recipe.line(format!(
            "COPY --from={} {library} {library}",
            recipe.base.suite
        ));
    }),
    (
        "Dockerfile: RUN rm -r of the libraries, and some put back",
        |recipe, sample| {
            let folder = recipe.base.libraries.clone();
            let library = recipe.library(sample);
            let removed = match sample.below(2) {
                0 => {
                    recipe.note += " is left out";
                    format!("rm /keep/{}", name(&library))
                }
                _ => "true".to_owned(),
            };
            // Nothing runs without them: it is done in two stages aside.
            recipe.line(format!("RUN cp -a {folder} /keep && {removed}"));
            recipe.stages.push(format!("FROM {} AS aside", recipe.from));
            recipe.stages.append(&mut recipe.lines);
            "bare".clone_into(&mut recipe.from);
            let base = recipe.base.suite;
            recipe
                .stages
                .push(format!("FROM {base} AS bare\nRUN rm -rf {folder}"));
            recipe.line(format!("COPY --from=aside /keep {folder}"));
        },
    ),
    (
        "Dockerfile: RUN mv of a library to /usr/local/lib",
        |recipe, sample| {
            moved(recipe, sample);
        },
    ),
    (
        "Dockerfile: RUN mv to /usr/local/lib, and ldconfig",
        |recipe, sample| {
            moved(recipe, sample);
            recipe.line(LDCONFIG);
        },
    ),
    (
        "Dockerfile: RUN ldconfig before COPY to /usr/local/lib",
        |recipe, sample| {
            recipe.line("RUN ldconfig");
            moved(recipe, sample);
        },
    ),
    ("Dockerfile: ENV LD_LIBRARY_PATH", |recipe, sample| {
        moved(recipe, sample);
        let value = [
            "/usr/local/lib",
            "/opt:/usr/local/lib:$LD_LIBRARY_PATH",
            "/opt",
        ];
        recipe.line(format!("ENV LD_LIBRARY_PATH={}", value[sample.below(3)]));
    }),
    (
        "Dockerfile: COPY --from a stage of the same suite",
        |recipe, _| {
            recipe
                .stages
                .push(format!("FROM {} AS build", recipe.base.suite));
            recipe.line(format!("COPY --from=build {} /app/", recipe.program.path));
            let path = format!("/app/{}", name(&recipe.program.path));
            recipe.start(&path);
        },
    ),
    (
        "Dockerfile: COPY --from a stage of the other suite",
        |recipe, _| {
            let other = other(recipe);
            recipe.stages.push(format!("FROM {other} AS build"));
            recipe.line(format!(
                "COPY --from=build {} /app/worker",
                recipe.program.path
            ));
            recipe.start("/app/worker");
        },
    ),
    (
        "Dockerfile: COPY --from of all libraries of the other suite",
        |recipe, _| {
            let folder = recipe.base.libraries.clone();
            recipe.line(format!("COPY --from={} {folder}/ {folder}/", other(recipe)));
        },
    ),
    (
        "Dockerfile: FROM scratch with what is needed",
        |recipe, sample| {
            "scratch".clone_into(&mut recipe.from);
            let base = recipe.base.suite;
            let left_out = recipe.library(sample);
            let is_whole = sample.below(2) == 0;
            if is_whole {
                recipe.note = "all".to_owned();
            }
            let mut files = recipe.program.libraries.clone();
            files.retain(|file| is_whole || *file != left_out);
            let folder = recipe.base.libraries.clone();
            for file in files {
                // Under the names that others ask for them by: a link that is copied becomes the file.
                let asked = links(recipe, &file);
                recipe.line(format!(
                    "COPY --from={base} {folder}/{asked} {folder}/{asked}"
                ));
            }
            let loader = "/lib64/ld-linux-x86-64.so.2";
            recipe.line(format!("COPY --from={base} {loader} {loader}"));
            recipe.line(format!("COPY --from={base} {0} {0}", recipe.program.path));
        },
    ),
    ("Dockerfile: USER by name", |recipe, sample| {
        recipe.line("RUN echo 'app:x:1234:4321::/:/bin/sh' >> /etc/passwd && echo 'app:x:4321:' >> /etc/group");
        let mode = ["0700", "0050", "0005"][sample.below(3)];
        worker(recipe);
        recipe.line(format!(
            "COPY --chown=1234:4321 --chmod={mode} worker /app/worker"
        ));
        recipe.user = ("app".to_owned(), (1234, 4321));
        recipe.note = mode.to_owned();
    }),
    (
        "Dockerfile: USER by number without a group",
        |recipe, sample| {
            let owner = ["0:0", "1234:0", "1234:1234"][sample.below(3)];
            worker(recipe);
            recipe.line(format!(
                "COPY --chown={owner} --chmod=0550 worker /app/worker"
            ));
            // Who is in no /etc/passwd is in the group 0.
            recipe.user = ("1234".to_owned(), (1234, 0));
            recipe.note = owner.to_owned();
        },
    ),
    (
        "Dockerfile: WORKDIR and a relative ENTRYPOINT",
        |recipe, sample| {
            worker(recipe);
            recipe.line("WORKDIR /app\nCOPY worker bin/");
            recipe.line(["WORKDIR bin", "WORKDIR /app/bin", "WORKDIR ./other"][sample.below(3)]);
            recipe.note.clone_from(recipe.lines.last().unwrap());
            recipe.start("./worker");
        },
    ),
    ("Dockerfile: ENTRYPOINT in shell form", |recipe, sample| {
        let program = recipe.program.path.clone();
        let exec = ["exec ", ""][sample.below(2)];
        recipe.entrypoint = format!("ENTRYPOINT {exec}{program} --version");
        recipe.starts = vec![vec!["/bin/sh".to_owned()], vec![program]];
    }),
    (
        "Dockerfile: ENTRYPOINT in shell form, and a library is missing",
        |recipe, sample| {
            let program = recipe.program.path.clone();
            let library = recipe.library(sample);
            recipe.line(format!("RUN rm {library}"));
            recipe.entrypoint = format!("ENTRYPOINT exec {program} --version");
            recipe.starts = vec![vec!["/bin/sh".to_owned()], vec![program]];
        },
    ),
    (
        "Dockerfile: SHELL, and CMD in shell form",
        |recipe, sample| {
            let shell = ["/bin/bash", "/usr/bin/none"][sample.below(2)];
            let program = recipe.program.path.clone();
            recipe.line(format!("SHELL [\"{shell}\", \"-c\"]"));
            recipe.entrypoint = format!("CMD exec {program} --version");
            recipe.starts = vec![vec![shell.to_owned()], vec![program]];
            recipe.note = shell.to_owned();
        },
    ),
    ("Dockerfile: no shell for a shell form", |recipe, _| {
        recipe.line("RUN rm /bin/sh");
        let program = recipe.program.path.clone();
        recipe.entrypoint = format!("ENTRYPOINT {program} --version");
        recipe.starts = vec![vec!["/bin/sh".to_owned()]];
    }),
    ("Dockerfile: HEALTHCHECK", |recipe, sample| {
        let probe = ["/usr/bin/curl", "/usr/bin/wget", "/usr/bin/jq"][sample.below(3)];
        recipe.line(format!("HEALTHCHECK CMD [\"{probe}\", \"--version\"]"));
        recipe.starts.push(vec![probe.to_owned()]);
        recipe.note = probe.to_owned();
    }),
    ("Dockerfile: hard and soft links", |recipe, sample| {
        let library = recipe.library(sample);
        let target = ["/opt/there", "/opt/nowhere"][sample.below(2)];
        recipe.line(format!(
            "RUN mkdir -p /opt && ln {library} /opt/there && ln -sf {target} {library}"
        ));
        recipe.note += &format!(" to {target}");
    }),
    (
        "Dockerfile: RUN chmod of the libraries",
        |recipe, sample| {
            let mode = ["0700", "0711", "0755"][sample.below(3)];
            recipe.line(format!("RUN chmod {mode} {}", recipe.base.libraries));
            recipe.note = mode.to_owned();
        },
    ),
    ("Dockerfile: ADD of a tar", |recipe, sample| {
        let library = recipe.library(sample);
        let bytes = recipe.read(&library);
        let end = [bytes.len(), bytes.len() / 2, 100, 0][sample.below(4)];
        recipe.note += &format!(" at {end}");
        recipe.file(&format!("tree{library}"), &bytes[..end], 0o644);
        let (tree, tar) = (recipe.at("tree"), recipe.at("tree.tar"));
        let folder = tree.to_str().unwrap();
        tool(
            "tar",
            &["-C", folder, "-cf", tar.to_str().unwrap(), &library[1..]],
        )
        .unwrap();
        recipe.line("ADD tree.tar /");
    }),
    (
        "Dockerfile: COPY of a folder over the root",
        |recipe, sample| {
            let library = recipe.library(sample);
            let bytes = match sample.below(2) {
                0 => b"version https://git-lfs.github.com/spec/v1\n".to_vec(),
                _ => recipe.read(&library),
            };
            recipe.note += &format!(" of {} bytes", bytes.len());
            recipe.file(&format!("tree{library}"), &bytes, 0o644);
            recipe.line("COPY tree/ /");
        },
    ),
    (
        "Dockerfile: COPY through a link to a folder",
        |recipe, sample| {
            let library = recipe.library(sample);
            let bytes = recipe.read(&library);
            let end = [bytes.len(), 64][sample.below(2)];
            recipe.note += &format!(" at {end}");
            recipe.file("library", &bytes[..end], 0o644);
            let through = library.strip_prefix("/usr").unwrap_or(&library);
            recipe.line(format!("COPY library {through}"));
        },
    ),
    ("Dockerfile: RUN --mount", |recipe, sample| {
        let (library, other) = (recipe.library(sample), other(recipe));
        recipe.line(format!(
            "RUN --mount=type=bind,from={other},target=/other --mount=type=cache,target=/opt \\\n  cp /other{library} /opt/one 2>/dev/null || cp {library} /opt/one"
        ));
        recipe.line(format!(
            "RUN --mount=type=cache,target=/opt mkdir -p /usr/local/lib && cp /opt/one /usr/local/lib/{}",
            name(&library)
        ));
        recipe.line(format!("RUN rm {library}"));
        recipe.line(LDCONFIG);
    }),
    (
        "Dockerfile: a folder becomes a file, and a folder again",
        |recipe, sample| {
            let library = recipe.library(sample);
            recipe.line(format!("RUN mkdir -p /opt/lib && cp {library} /opt/lib/"));
            recipe.line("RUN rm -r /opt && touch /opt");
            if sample.below(2) == 0 {
                recipe.line("RUN rm /opt && mkdir -p /opt/lib");
                recipe.note += " and again";
            }
            recipe.line(format!("RUN ln -sf /opt/lib/{} {library}", name(&library)));
        },
    ),
    ("Dockerfile: a script of the context", |recipe, sample| {
        let shebang =
            ["#!/bin/sh\n", "#!/bin/sh\r\n", "#!/usr/bin/env bash\n", ""][sample.below(4)];
        let mode = [0o755, 0o644][usize::from(sample.below(4) == 0)];
        let program = recipe.program.path.clone();
        recipe.file(
            "start.sh",
            format!("{shebang}exec {program} \"$@\"\n").as_bytes(),
            mode,
        );
        recipe.line("COPY start.sh /app/");
        recipe.start("/app/start.sh");
        recipe.starts.push(vec![program]);
        recipe.note = format!("{shebang:?} {mode:o}");
    }),
];

/// The program as a file of the context, started from /app.
fn worker(recipe: &mut Recipe<'_>) {
    let bytes = recipe.read(&recipe.program.path);
    recipe.file("worker", &bytes, 0o755);
    recipe.start("/app/worker");
}

fn other(recipe: &Recipe<'_>) -> &'static str {
    match recipe.base.suite {
        "trixie" => "bookworm",
        _ => "trixie",
    }
}

/// The name by which others ask for a library: that of a link to it, where there is one.
fn links(recipe: &Recipe<'_>, library: &str) -> String {
    let folder = recipe.base.at(&recipe.base.libraries);
    let file = name(library);
    let links = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap());
    let mut asked = links.filter(|entry| {
        std::fs::read_link(entry.path()).is_ok_and(|target| target.to_str() == Some(file))
    });
    asked.next().map_or(file.to_owned(), |entry| {
        entry.file_name().display().to_string()
    })
}

/// Moves a library to /usr/local/lib, under the name that others ask for it by.
fn moved(recipe: &mut Recipe<'_>, sample: &mut Sample) {
    let library = recipe.library(sample);
    let asked = links(recipe, &library);
    recipe.line(format!(
        "COPY --from={} {library} /usr/local/lib/{asked}",
        recipe.base.suite
    ));
    recipe.line(format!("RUN rm {library}"));
}
