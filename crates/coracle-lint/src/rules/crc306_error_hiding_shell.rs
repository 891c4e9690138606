//! CRC306: shell texts that go on where a command failed: `;` and line ends without `set -e`, `&` without a `wait` that
//! asks, downloads whose errors become their content. A text that is not understood to its end is skipped.

use std::collections::BTreeSet;

use coracle_recipe::Text;
use coracle_recipe::dockerfile::document::{Arguments, Form, Run, Setting, Step};
use coracle_recipe::shell::{self, Body, Command, OperatorKind, Script, Simple};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, WorkflowFile, script};
use crate::rule::{Check, Rule};
use crate::source::Part;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC306",
    name: "error-hiding-shell",
    severity: Severity::Warning,
    meaning: "a shell goes on where a command failed, and the build succeeds",
    page: include_str!("../../rules/CRC306.md"),
    hadolint: &["DL4006"],
    check: Check::Model(check),
};

/// Programs whose failure leaves an image that lacks something.
const WORKING: [&str; 33] = [
    "apk", "apt", "apt-get", "bundle", "cargo", "cmake", "composer", "corepack", "cp", "curl",
    "dnf", "git", "go", "gradle", "install", "make", "microdnf", "mvn", "ninja", "npm", "pip",
    "pip3", "pnpm", "poetry", "rustup", "tar", "unzip", "uv", "wget", "yarn", "yum", "zig",
    "zypper",
];
/// Programs that take the content of what is downloaded for commands.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "zsh", "python3"];
/// Programs that look whether a download is what it should be.
const VERIFYING: [&str; 9] = [
    "sha256sum",
    "sha512sum",
    "sha1sum",
    "shasum",
    "md5sum",
    "gpg",
    "gpgv",
    "cosign",
    "minisign",
];

/// How the shell was started.
#[derive(Clone, Copy)]
struct Options {
    /// `-e`.
    stops: bool,
    /// `-o pipefail`.
    sees_pipes: bool,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        // A stage that is built on another has its steps, too.
        let mut judged = BTreeSet::new();
        for (index, stage) in stages.stages.iter().enumerate() {
            let shell = stages.settings(index).shell;
            for step in &stage.steps {
                if judged.insert(step.instruction.span.start) {
                    of_step(dockerfile, step, shell.as_ref(), outcome);
                }
            }
        }
    }
    for file in &model.workflows {
        of_workflow(file, outcome);
    }
}

fn of_step(
    dockerfile: &Dockerfile<'_>,
    step: &Step<'_>,
    shell: Option<&Setting<'_>>,
    outcome: &mut Outcome,
) {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return;
    };
    let Some((text, options)) = told(run, shell) else {
        return;
    };
    let script = shell::read(text, &|_| None);
    judge(dockerfile.part(), &script, options, outcome);
}

/// The text that a shell is given, and how that was started; nothing where it is no shell of this kind.
fn told<'r>(run: &'r Run, shell: Option<&Setting<'_>>) -> Option<(&'r Text, Options)> {
    let mut words: Vec<&str> = Vec::new();
    if let Some(Arguments::Shell(set)) = shell.map(|setting| &setting.step.instruction.arguments) {
        words.extend(set.iter().map(|word| word.text.as_str()));
    }
    let text = match (&run.script, &run.form) {
        (Some(script), _) => script,
        (None, Form::Shell(text)) => text,
        (None, Form::Exec(_)) => return None,
    };
    if let Some(interpreter) = &run.interpreter {
        words = interpreter.text.split_whitespace().collect();
    }
    let program = words.first().copied().unwrap_or("/bin/sh");
    let program = program.rsplit('/').next().unwrap_or(program);
    let is_shell = matches!(program, "sh" | "bash" | "dash" | "ash");
    is_shell.then(|| (text, options(&words)))
}

fn options(words: &[&str]) -> Options {
    let short = |word: &&&str| word.starts_with('-') && !word.starts_with("--");
    Options {
        stops: words.iter().filter(short).any(|word| word.contains('e'))
            || words.contains(&"errexit"),
        sees_pipes: words.contains(&"pipefail"),
    }
}

/// GitHub starts bash with `-e`, and with `-o pipefail` where the file names bash.
fn of_workflow(file: &WorkflowFile<'_>, outcome: &mut Outcome) {
    for job in &file.workflow.jobs {
        for step in &job.steps {
            let Some(run) = &step.run else {
                continue;
            };
            let shell = file.workflow.shell(job, run);
            let options = match shell.map(|shell| shell.known()) {
                None => Options {
                    stops: true,
                    sees_pipes: false,
                },
                Some(Some("bash")) => Options {
                    stops: true,
                    sees_pipes: true,
                },
                Some(Some("sh")) => Options {
                    stops: true,
                    sees_pipes: false,
                },
                Some(_) => continue,
            };
            let script = shell::read(&script(&run.text), &|_| None);
            judge(file.file.whole(), &script, options, outcome);
        }
    }
}

fn judge(part: Part<'_>, script: &Script, mut options: Options, outcome: &mut Outcome) {
    for simple in script
        .simple()
        .filter(|simple| simple.name() == Some("set"))
    {
        let set = self::options(&simple.values());
        options.stops |= set.stops;
        options.sees_pipes |= set.sees_pipes;
    }
    let asks = script
        .simple()
        .any(|simple| simple.name() == Some("wait") && simple.words.len() > 1);
    let verifies = script
        .simple()
        .any(|simple| simple.name().is_some_and(|name| VERIFYING.contains(&name)));
    let all = script.all();
    let mut lists = vec![&*script.commands];
    lists.extend(all.iter().flat_map(|command| command.parts()));
    let mut drafts = Vec::new();
    for list in lists {
        if !options.stops {
            drafts.extend(gone_on(part, list));
        }
        if !asks {
            drafts.extend(meanwhile(part, list));
        }
        if !options.sees_pipes && !verifies {
            drafts.extend(piped(part, list));
        }
    }
    if !verifies {
        let simple = script.simple();
        drafts.extend(simple.filter_map(|simple| downloaded(part, simple)));
    }
    drafts.into_iter().for_each(|draft| outcome.find(draft));
    if let Some(reason) = all.iter().find_map(|command| match command.body {
        Body::NotUnderstood { reason } => Some(reason),
        _ => None,
    }) {
        outcome.skip(
            part.file,
            format!("a part of a shell text is not understood: {reason}"),
        );
    }
}

/// The first command of a list that may fail without any consequence.
fn gone_on(part: Part<'_>, list: &[Command]) -> Option<Draft> {
    let last = list.len().checked_sub(1)?;
    let mut chain: Vec<&Command> = Vec::new();
    for command in list.iter().take(last) {
        chain.push(command);
        let Some(operator) = &command.operator else {
            continue;
        };
        if !matches!(operator.kind, OperatorKind::Semicolon | OperatorKind::Line) {
            continue;
        }
        let is_handled = chain.iter().any(|command| {
            let kind = command.operator.as_ref().map(|operator| operator.kind);
            kind == Some(OperatorKind::Or) || command.is_negated
        });
        let working = chain.iter().find_map(|command| working(command));
        chain.clear();
        if let Some((command, name)) = working.filter(|_| !is_handled) {
            let place = match operator.kind {
                OperatorKind::Semicolon => part.place(&operator.span),
                _ => part.place(&command.span),
            };
            return Some(
                Draft::at(place, format!("the shell goes on where {name} failed"))
                    .why("only the last command decides whether the step succeeds: an image that lacks something is built and kept in the cache")
                    .help("join the commands by `&&`, or begin with `set -e`"),
            );
        }
    }
    None
}

fn working(command: &Command) -> Option<(&Command, &str)> {
    let Body::Simple(simple) = &command.body else {
        return None;
    };
    let name = simple.name().filter(|name| WORKING.contains(name))?;
    Some((command, name))
}

/// A command that runs beside the others and is never asked how it ended, although the script waits for it. What is started
/// and not waited for is a service.
fn meanwhile(part: Part<'_>, list: &[Command]) -> Option<Draft> {
    let left = list.iter().find_map(|command| {
        let (_, name) = working(command)?;
        let operator = command.operator.as_ref()?;
        (operator.kind == OperatorKind::Background).then_some((operator, name))
    });
    let (operator, name) = left?;
    let bare = list.iter().find(|command| match &command.body {
        Body::Simple(simple) => simple.name() == Some("wait"),
        _ => false,
    })?;
    let draft = Draft::at(
        part.place(&operator.span),
        format!("nobody asks whether {name} succeeded, which runs in the background"),
    );
    Some(
        draft
            .related(part.place(&bare.span), "a bare `wait` always succeeds")
            .why("the step succeeds when the last command does, whatever became of this one")
            .help("wait for each by its number: `a & one=$!; b && wait \"$one\"`, or run them one after the other"),
    )
}

/// A download that a shell is given, without whose success the shell has nothing to do and succeeds.
fn piped(part: Part<'_>, list: &[Command]) -> Option<Draft> {
    list.windows(2).find_map(|pair| {
        let [first, second] = pair else {
            return None;
        };
        let operator = first.operator.as_ref()?;
        let (Body::Simple(first), Body::Simple(second)) = (&first.body, &second.body) else {
            return None;
        };
        let downloader = first.name().filter(|name| matches!(*name, "curl" | "wget"))?;
        let shell = second.name().filter(|name| SHELLS.contains(name))?;
        // What fails by itself is told below.
        let is_told = downloader == "curl" && !fails(first);
        (operator.kind == OperatorKind::Pipe && !is_told).then(|| {
            Draft::at(
                part.place(&operator.span),
                format!("where {downloader} fails, {shell} is given nothing and succeeds"),
            )
            .why("of a pipe only the last command decides")
            .help("begin with `set -o pipefail` in bash, or download into a file, look at its checksum, and then run it")
        })
    })
}

/// A download of curl's whose error page would be taken for the file.
fn downloaded(part: Part<'_>, simple: &Simple) -> Option<Draft> {
    if simple.name() != Some("curl") || fails(simple) || !is_download(simple) {
        return None;
    }
    let word = simple.words.first()?;
    Some(
        Draft::at(
            part.place(&word.span),
            "curl succeeds where the server answers with an error",
        )
        .why("the error's page is taken for what was asked for")
        .help("say -f (--fail): curl -fsSL …"),
    )
}

/// `-f` in any way of writing it; a word that is not known may say it.
fn fails(simple: &Simple) -> bool {
    simple.words.iter().skip(1).any(|word| match word.known() {
        None => word.text.starts_with('$') && !word.is_quoted,
        Some(known) if known.starts_with("--") => known.starts_with("--fail"),
        Some(known) => known.starts_with('-') && flags(known).contains('f'),
    })
}

/// The letters of `-sSLo`, without what is behind one that takes a value.
fn flags(word: &str) -> &str {
    let end = word.find(['o', 'H', 'd', 'u', 'X', 'A', 'w', 'e', 'b', 'c', 'm', 'x']);
    end.map_or(word, |end| word.get(..end).unwrap_or(word))
}

/// Whether something is fetched to be kept: a request that sends something, or asks for the head only, is a question.
fn is_download(simple: &Simple) -> bool {
    let asks = |word: &str| {
        let long = [
            "--head",
            "--data",
            "--request",
            "--form",
            "--write-out",
            "--upload-file",
            "--version",
        ];
        long.iter().any(|name| word.starts_with(name))
            || word.starts_with('-')
                && !word.starts_with("--")
                && word.contains(['I', 'X', 'd', 'F', 'w', 'T', 'V'])
    };
    let mut words = simple.words.iter().skip(1).filter_map(|word| word.known());
    let is_question = words.any(asks);
    let mut words = simple.words.iter().skip(1);
    let is_remote = words.any(|word| {
        let text = word.known().unwrap_or(&word.text);
        let is_address = text.starts_with("http://") || text.starts_with("https://");
        is_address && !text.contains("://localhost") && !text.contains("://127.0.0.1")
    });
    is_remote && !is_question
}
