//! CRC303: the final stage runs as root. Where the base's own user is not known it is skipped; where the file drops root
//! by itself (gosu and the like) nothing is said.

use coracle_recipe::dockerfile::document::{Arguments, Base, Form, Setting, Stages};

use crate::bases;
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Build, Dockerfile, Model, User, base_name};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC303",
    name: "runs-as-root",
    severity: Severity::Warning,
    meaning: "the image's program runs as root",
    page: include_str!("../../rules/CRC303.md"),
    hadolint: &["DL3002"],
    check: Check::Model(check),
};

/// What starts as root and goes on as somebody else.
const DROPPERS: [&str; 6] = ["gosu", "su-exec", "setpriv", "s6-", "runuser", "tini-su"];

/// What makes users.
const MAKERS: [&str; 4] = ["useradd", "adduser", "groupadd", "addgroup"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    // GitHub has its actions run as root, and says so: docs.github.com, "Dockerfile support for GitHub Actions".
    let judged = (model.dockerfiles.iter()).filter(|dockerfile| !model.is_of_action(dockerfile));
    for dockerfile in judged {
        let stages = dockerfile.stages();
        for stage in shipped(dockerfile, &stages) {
            if !is_started(dockerfile, &stages, stage)
                || has_other_user(model, dockerfile, &stages, stage)
            {
                continue;
            }
            match script(model, &stages, stage) {
                Script::DropsRoot => {}
                Script::Unknown(name) => {
                    outcome.skip(
                        dockerfile.file,
                        format!("{name} is not in the repository, and may drop root"),
                    );
                }
                Script::Other => judge(dockerfile, &stages, stage, outcome),
            }
        }
    }
}

/// The last stage, and those that workflows build: what only compose builds by another name is for developing.
fn shipped(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>) -> Vec<usize> {
    let outputs = dockerfile.outputs(stages).stages;
    let last = stages.stages.len().saturating_sub(1);
    let is_by_job = |stage: usize| {
        let builds = dockerfile.builds_of(stages, stage);
        builds.iter().any(|build| build.user.is_job())
    };
    outputs
        .into_iter()
        .filter(|stage| *stage == last || is_by_job(*stage))
        .collect()
}

/// An image without a command is a box of tools or of files.
fn is_started(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>, stage: usize) -> bool {
    let settings = stages.settings(stage);
    let has_command = settings.entrypoint.is_some() || settings.command.is_some();
    let builds = dockerfile.builds_of(stages, stage);
    let is_service = builds.iter().any(|build| build.user.is_service());
    (has_command || is_service) && !drops_root(dockerfile, stages, stage)
}

fn drops_root(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>, stage: usize) -> bool {
    let chain = stages.chain(stage);
    let steps = chain
        .iter()
        .filter_map(|index| stages.stages.get(*index))
        .flat_map(|stage| &stage.steps);
    let mut texts = steps.map(|step| dockerfile.document.slice(&step.instruction.lines));
    texts.any(|text| DROPPERS.iter().any(|dropper| text.contains(dropper)))
}

/// What is known of the script that the image starts.
enum Script {
    /// It goes on as somebody else.
    DropsRoot,
    /// It is not here.
    Unknown(String),
    /// It does not, or there is none.
    Other,
}

fn script(model: &Model<'_>, stages: &Stages<'_>, stage: usize) -> Script {
    let entrypoint = stages.settings(stage).entrypoint;
    let Some(Arguments::Entrypoint(Form::Exec(words))) = entrypoint
        .as_ref()
        .map(|setting| &setting.step.instruction.arguments)
    else {
        return Script::Other;
    };
    let Some(word) = words.iter().find(|word| word.text.ends_with(".sh")) else {
        return Script::Other;
    };
    let name = base_name(&word.text);
    let mut found = model
        .sources()
        .filter(|file| base_name(file.path()) == name)
        .peekable();
    if found.peek().is_none() {
        return Script::Unknown(word.text.clone());
    }
    match found.any(|file| DROPPERS.iter().any(|dropper| file.text().contains(dropper))) {
        true => Script::DropsRoot,
        false => Script::Other,
    }
}

/// Every service that is built from it runs as somebody else.
fn has_other_user(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
) -> bool {
    let builds = dockerfile.builds_of(stages, stage);
    let is_other = |build: &&Build| match (&build.user, &build.service) {
        (User::Compose { file, service }, _) | (User::Job { .. }, Some((file, service))) => {
            let service = model.service(file, service);
            let user = service.and_then(|service| service.user.as_ref());
            user.is_some_and(|user| user.text().is_none_or(|user| !is_root(user)))
        }
        (User::Job { .. } | User::Bake { .. }, _) => false,
    };
    !builds.is_empty() && builds.iter().all(is_other)
}

fn judge(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>, stage: usize, outcome: &mut Outcome) {
    if let Some(setting) = stages.settings(stage).user {
        return judge_user(dockerfile, &setting, outcome);
    }
    let image = match stages.base(stage) {
        Some(Base::Scratch) => "scratch",
        Some(Base::Image(image)) => image,
        Some(Base::Unknown(unknown)) => {
            return outcome.skip(dockerfile.file, format!("of its base {unknown}"));
        }
        Some(Base::Stage(_)) | None => return,
    };
    match bases::look_up(image).and_then(|base| base.contents.user) {
        None => outcome.skip(
            dockerfile.file,
            format!("it is not known as whom {image} runs"),
        ),
        Some(user) if !is_root(user) => {}
        Some(_) => {
            let Some(from) = stages.stages.get(stage) else {
                return;
            };
            let draft = Draft::at(dockerfile.place(&from.image.span), "the image runs as root")
                .label(format!("{image} runs as root, and no USER follows"))
                .why(
                    "what breaks out of the program, or is mounted into the container, meets root",
                );
            let draft = match made(dockerfile, stages, stage) {
                Some(place) => draft.related(place, "a user is made here and never used"),
                None => draft,
            };
            outcome.find(match image.contains("distroless") {
                true => draft.help("take the same image with the tag nonroot"),
                false => draft.help("add `USER 65532:65532`, or a user that the image makes, as the last but one instruction"),
            });
        }
    }
}

fn judge_user(dockerfile: &Dockerfile<'_>, setting: &Setting<'_>, outcome: &mut Outcome) {
    let Arguments::User(word) = &setting.step.instruction.arguments else {
        return;
    };
    let value = setting.step.scope.expand(word);
    match &value.known {
        Err(unknown) => outcome.skip(dockerfile.file, format!("of USER {unknown}")),
        Ok(user) if is_root(user) => outcome.find(
            Draft::at(dockerfile.place(&word.span), "the image runs as root")
                .label("the last USER is root")
                .why("what breaks out of the program, or is mounted into the container, meets root")
                .help("go back to a user with fewer rights after the steps that need root"),
        ),
        Ok(_) => {}
    }
}

/// Where the stage makes a user.
fn made(dockerfile: &Dockerfile<'_>, stages: &Stages<'_>, stage: usize) -> Option<crate::Place> {
    let chain = stages.chain(stage);
    let steps = chain
        .iter()
        .filter_map(|index| stages.stages.get(*index))
        .flat_map(|stage| &stage.steps);
    for step in steps {
        let Arguments::Run(run) = &step.instruction.arguments else {
            continue;
        };
        let Form::Shell(text) = &run.form else {
            continue;
        };
        for maker in MAKERS {
            if let Some(at) = text.as_str().find(maker) {
                return Some(dockerfile.place(&text.span(at..at + maker.len())));
            }
        }
    }
    None
}

/// `root`, `0`, `0:0`, `root:app`.
fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("root" | "0" | ""))
}
