//! CRC305: `CMD` or `ENTRYPOINT` as a text, for which a shell is started that passes no signals on; where the base has no
//! shell it does not start. And commands that only keep a container busy.

use std::collections::BTreeSet;

use coracle_recipe::Text;
use coracle_recipe::dockerfile::document::{Arguments, Base, Form, Setting, Stages};

use crate::bases;
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC305",
    name: "shell-form",
    severity: Severity::Warning,
    meaning: "a shell stands between the container and its program, and keeps signals from it",
    page: include_str!("../../rules/CRC305.md"),
    hadolint: &["DL3025"],
    check: Check::Model(check),
};

/// What keeps a container busy and does nothing.
const BUSY: [&str; 4] = [
    "while true",
    "while :",
    "sleep infinity",
    "tail -f /dev/null",
];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let mut judged = BTreeSet::new();
        for stage in dockerfile.outputs(&stages).stages {
            let settings = stages.settings(stage);
            for setting in [settings.entrypoint, settings.command]
                .into_iter()
                .flatten()
            {
                if judged.insert(setting.step.instruction.span.start) {
                    judge(dockerfile, &stages, stage, &setting, outcome);
                }
            }
        }
    }
}

fn judge(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
    setting: &Setting<'_>,
    outcome: &mut Outcome,
) {
    let (Arguments::Cmd(form) | Arguments::Entrypoint(form)) = &setting.step.instruction.arguments
    else {
        return;
    };
    let keyword = setting.step.instruction.name();
    match form {
        Form::Exec(words) => {
            let busy = words.iter().find(|word| is_busy(&word.text));
            if let Some(word) = busy {
                outcome.find(busy_draft(dockerfile.place(&word.span), &keyword));
            }
        }
        Form::Shell(text) if is_busy(text.as_str()) => {
            outcome.find(busy_draft(dockerfile.place(&text.whole_span()), &keyword));
        }
        Form::Shell(text) => judge_text(dockerfile, stages, stage, (&keyword, text), outcome),
    }
}

fn judge_text(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
    (keyword, text): (&str, &Text),
    outcome: &mut Outcome,
) {
    let place = dockerfile.place(&text.whole_span());
    if let Some(image) = without_shell(dockerfile, stages, stage) {
        outcome.find(
            Draft::at(
                place,
                format!("{keyword} is a text for a shell, and {image} has none"),
            )
            .severity(Severity::Error)
            .why("/bin/sh is started first, which is not there: the container ends at once")
            .help(format!(
                "write it as a list: {}",
                listed(keyword, text.as_str())
            )),
        );
        return;
    }
    // The shell makes way for the program.
    if text.as_str().trim_start().starts_with("exec ") {
        return;
    }
    let help = match text
        .as_str()
        .contains(['$', '&', '|', ';', '>', '<', '*', '`', '('])
    {
        true => format!(
            "where the shell is wanted, let it make way: {keyword} exec {}",
            text.as_str().trim()
        ),
        false => format!("write it as a list: {}", listed(keyword, text.as_str())),
    };
    outcome.find(
        Draft::at(place, format!("{keyword} is a text for a shell, which does not pass signals on"))
            .why("process 1 is /bin/sh: `docker stop` may wait its ten seconds and then kill the program")
            .help(help),
    );
}

/// The image without a shell that the stage is made on, where nothing puts one there.
fn without_shell<'a>(
    dockerfile: &Dockerfile<'_>,
    stages: &'a Stages<'_>,
    stage: usize,
) -> Option<&'a str> {
    let image = match stages.base(stage)? {
        Base::Scratch => "scratch",
        Base::Image(image) => image,
        Base::Stage(_) | Base::Unknown(_) => return None,
    };
    if bases::look_up(image)?.contents.shell != Some(false)
        || stages.settings(stage).shell.is_some()
    {
        return None;
    }
    let chain = stages.chain(stage);
    let steps = chain
        .iter()
        .filter_map(|index| stages.stages.get(*index))
        .flat_map(|stage| &stage.steps);
    // A folder that is copied whole may hold one.
    let mut brought = steps.filter(|step| match &step.instruction.arguments {
        Arguments::Copy(copy) | Arguments::Add(copy) => {
            let words = copy
                .sources
                .iter()
                .map(|source| &source.word)
                .chain([&copy.destination]);
            let line = dockerfile.document.slice(&step.instruction.span);
            line.contains("busybox")
                || line.contains("/sh")
                || words
                    .clone()
                    .any(|word| matches!(word.text.as_str(), "/" | "." | "/bin" | "/bin/"))
        }
        _ => false,
    });
    brought.next().is_none().then_some(image)
}

fn busy_draft(place: crate::Place, keyword: &str) -> Draft {
    Draft::at(
        place,
        format!("{keyword} keeps the container busy instead of starting its program"),
    )
    .why("the container stays when the program ends, so that nobody starts it anew")
    .help("start the program itself, and let whoever runs the container restart it")
}

fn is_busy(text: &str) -> bool {
    BUSY.iter().any(|busy| text.contains(busy))
}

/// `CMD ["/app/api", "--port", "80"]`.
fn listed(keyword: &str, text: &str) -> String {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| format!("{:?}", word.trim_matches(['"', '\''])))
        .collect();
    format!("{keyword} [{}]", words.join(", "))
}
