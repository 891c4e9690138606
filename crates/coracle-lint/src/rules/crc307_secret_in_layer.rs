//! CRC307: a file whose name says that it holds a secret is copied into a layer. Whether it does hold one is not looked at.
//! Files that are only there while a step runs (`--mount=type=secret`) are no copies.

use coracle_recipe::dockerfile::document::{Arguments, Copy, Step};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, base_name, joined};
use crate::rule::{Check, Rule};
use crate::source::Place;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC307",
    name: "secret-in-layer",
    severity: Severity::Warning,
    meaning: "a file that holds a secret by its name is copied into a layer",
    page: include_str!("../../rules/CRC307.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Names of files that hold secrets.
const NAMES: [&str; 14] = [
    ".env",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".git-credentials",
    ".htpasswd",
    ".pgpass",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "kubeconfig",
    ".dockercfg",
    "credentials.json",
];
/// Their endings; certificates have others.
const ENDINGS: [&str; 6] = [".key", "-key.pem", ".p12", ".pfx", ".keystore", ".jks"];
/// What stands for an example.
const EXAMPLES: [&str; 6] = ["example", "sample", "template", "dist", "test", "default"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    let real = model.dockerfiles.iter();
    for dockerfile in real.filter(|dockerfile| !is_of_tests(dockerfile.file.path())) {
        let stages = dockerfile.stages();
        let mut shipped: Vec<usize> = Vec::new();
        for output in dockerfile.outputs(&stages).stages {
            shipped.extend(stages.chain(output));
        }
        for (index, stage) in stages.stages.iter().enumerate() {
            for step in &stage.steps {
                let (Arguments::Copy(copy) | Arguments::Add(copy)) = &step.instruction.arguments
                else {
                    continue;
                };
                let secrets = secrets(model, dockerfile, step, copy);
                for secret in secrets {
                    outcome.find(secret.draft(shipped.contains(&index)));
                }
            }
        }
    }
}

/// A secret that is copied.
struct Secret {
    name: String,
    place: Place,
    /// The file of the context that a folder brings with it.
    within: Option<String>,
}

impl Secret {
    fn draft(self, is_shipped: bool) -> Draft {
        let Secret {
            name,
            place,
            within,
        } = self;
        let message = match within {
            None => format!("{name} is copied into a layer, and is a secret by its name"),
            Some(path) => {
                format!("{path} is copied along into a layer, and is a secret by its name")
            }
        };
        let why = match is_shipped {
            true => "whoever pulls the image has it, even where a later step removes it",
            false => {
                "whoever has the build's cache has it (`cache-to` with mode=max pushes this stage, too)"
            }
        };
        let draft = Draft::at(place, message)
            .why(why)
            .help("give it to the step alone: RUN --mount=type=secret,id=…; at run time mount it or pass it by the environment");
        match is_shipped {
            true => draft,
            false => draft.severity(Severity::Note),
        }
    }
}

fn secrets(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    step: &Step<'_>,
    copy: &Copy,
) -> Vec<Secret> {
    let mut found = Vec::new();
    for source in copy
        .sources
        .iter()
        .filter(|source| source.heredoc.is_none())
    {
        let value = step.scope.expand(&source.word);
        let Some(path) = value.text() else {
            continue;
        };
        let place = dockerfile.place(&source.word.span);
        if is_secret(path) {
            let name = base_name(path.trim_end_matches('/')).to_owned();
            found.push(Secret {
                name,
                place,
                within: None,
            });
        } else if copy.from.is_none() && step.instruction.flag("exclude").is_none() {
            let within = brought(model, dockerfile, path);
            found.extend(within.map(|path| Secret {
                name: base_name(&path).to_owned(),
                place,
                within: Some(path),
            }));
        }
    }
    found
}

/// The first file with such a name that is in a folder of the context and not hidden there.
fn brought(model: &Model<'_>, dockerfile: &Dockerfile<'_>, source: &str) -> Option<String> {
    for context in dockerfile.contexts().into_iter().flatten() {
        let ignore = model.ignore_of(dockerfile, &context);
        let Some(folder) = joined(&context, source.trim_end_matches('*')) else {
            continue;
        };
        let mut below = model.repository().below(&folder);
        let secret = below.find(|(path, _)| {
            let from_context = match context.as_str() {
                "" => *path,
                context => path
                    .strip_prefix(context)
                    .unwrap_or(path)
                    .trim_start_matches('/'),
            };
            let is_hidden = ignore
                .as_ref()
                .is_some_and(|file| file.ignore.is_hidden(from_context));
            is_key(path) && !is_hidden
        });
        if let Some((path, _)) = secret {
            return Some(path.to_owned());
        }
    }
    None
}

/// A private key: settings that come along are in the repository, and mostly those of a developer's machine.
fn is_key(path: &str) -> bool {
    let name = base_name(path.trim_end_matches('/'));
    let is_key = name.starts_with("id_") || ENDINGS.iter().any(|ending| name.ends_with(ending));
    is_key && is_secret(path)
}

fn is_of_tests(path: &str) -> bool {
    let mut folders = path.split('/');
    folders.any(|folder| {
        matches!(
            folder,
            "test" | "tests" | "testdata" | "fixtures" | "examples"
        )
    })
}

fn is_secret(path: &str) -> bool {
    let name = base_name(path.trim_end_matches('/'));
    let mut words = name.split(['.', '-', '_']);
    let is_example = words.any(|word| EXAMPLES.contains(&word)) || is_of_tests(path);
    let is_named = NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || name.starts_with(".env.");
    let is_in_folder = path.ends_with(".aws/credentials") || path.ends_with(".docker/config.json");
    (is_named || is_in_folder) && !is_example && !name.ends_with(".pub")
}
