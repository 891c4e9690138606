//! The one place that knows `parse-dockerfile`: its instructions become ours, with byte ranges of the text.
//!
//! What is between an instruction's name and its end is kept as a range where variables are expanded in it: the words
//! are cut there (`words`), so that each keeps its place.

use std::ops::Range;

use parse_dockerfile::{
    self as library, HealthcheckArguments, Instruction as Parsed, JsonOrStringArray,
};

use super::Error;

/// A Dockerfile's instructions.
#[derive(Debug, Clone)]
pub(super) struct Syntax {
    /// `\` or a backtick.
    pub(super) escape: char,
    /// What the `ARG`s before the first stage say.
    pub(super) globals: Vec<Range<usize>>,
    /// At least one.
    pub(super) stages: Vec<Stage>,
}

/// `FROM … AS …` and what follows.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) image: Range<usize>,
    pub(super) name: Option<String>,
    pub(super) instructions: Vec<Instruction>,
}

impl Stage {
    /// Names of stages have no case.
    pub(super) fn is_named(&self, wanted: &str) -> bool {
        let name = self.name.as_deref();
        name.is_some_and(|name| name.eq_ignore_ascii_case(wanted))
    }
}

/// One instruction that says something of the image.
#[derive(Debug, Clone)]
pub(super) enum Instruction {
    Argument(Range<usize>),
    Environment(Range<usize>),
    Label(Range<usize>),
    Expose(Range<usize>),
    User(Range<usize>),
    WorkingDirectory(Range<usize>),
    Volume(Words),
    Shell(Vec<String>),
    Entrypoint(Words),
    Command(Words),
    Healthcheck {
        range: Range<usize>,
        options: Vec<(Word, Word)>,
        /// `None` for `NONE`.
        test: Option<Words>,
    },
}

/// Words in JSON, or a text.
#[derive(Debug, Clone)]
pub(super) enum Words {
    Json(Vec<Word>),
    Text(Range<usize>),
}

/// A word and where it stands.
pub(super) type Word = (String, Range<usize>);

/// Reads a text, which has no byte-order mark.
pub(super) fn read(text: &str) -> Result<Syntax, Error> {
    let parsed = library::parse(text).map_err(|error| Error::Syntax {
        // A file without a stage has no place for it.
        line: error.line().max(1),
        column: error.column().max(1),
        message: message(&error),
    })?;
    let directive = &parsed.parser_directives.escape;
    let escape = directive
        .as_ref()
        .map_or('\\', |directive| directive.value.value);
    let globals = parsed.global_args().map(|arg| arg.arguments.span.clone());
    let stages = parsed.stages().map(|stage| Stage {
        image: stage.from.image.span.clone(),
        name: stage
            .from
            .as_
            .as_ref()
            .map(|(_, name)| name.value.to_string()),
        instructions: stage.instructions.iter().filter_map(instruction).collect(),
    });
    Ok(Syntax {
        escape,
        globals: globals.collect(),
        stages: stages.collect(),
    })
}

/// The library's words without the place, which ours says first.
fn message(error: &library::Error) -> String {
    let place = format!(" at line {} column {}", error.line(), error.column());
    error.to_string().replace(&place, "")
}

/// What says nothing of the image (`RUN`, `COPY`, …) is left out; here documents go with them.
fn instruction(parsed: &Parsed<'_>) -> Option<Instruction> {
    Some(match parsed {
        Parsed::Arg(arg) => Instruction::Argument(arg.arguments.span.clone()),
        Parsed::Env(env) => Instruction::Environment(env.arguments.span.clone()),
        Parsed::Label(label) => Instruction::Label(label.arguments.span.clone()),
        Parsed::Expose(expose) => Instruction::Expose(around(&expose.arguments)?),
        Parsed::User(user) => Instruction::User(user.arguments.span.clone()),
        Parsed::Workdir(workdir) => Instruction::WorkingDirectory(workdir.arguments.span.clone()),
        Parsed::Volume(volume) => Instruction::Volume(match &volume.arguments {
            JsonOrStringArray::Json(json) => Words::Json(json.value.iter().map(word).collect()),
            JsonOrStringArray::String(words) => Words::Text(around(words)?),
        }),
        Parsed::Shell(shell) => {
            let words = shell.arguments.iter().map(|word| word.value.to_string());
            Instruction::Shell(words.collect())
        }
        Parsed::Entrypoint(entrypoint) => Instruction::Entrypoint(command(&entrypoint.arguments)),
        Parsed::Cmd(cmd) => Instruction::Command(command(&cmd.arguments)),
        Parsed::Healthcheck(healthcheck) => {
            let options = healthcheck.options.iter().filter_map(|option| {
                let value = option.value.as_ref()?;
                Some((word(&option.name), word(value)))
            });
            Instruction::Healthcheck {
                range: healthcheck.healthcheck.span.clone(),
                options: options.collect(),
                test: match &healthcheck.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => Some(command(arguments)),
                    HealthcheckArguments::None { .. } => None,
                    // The library may learn more: what we do not know we do not claim.
                    _ => return None,
                },
            }
        }
        _ => return None,
    })
}

fn command(parsed: &library::Command<'_>) -> Words {
    match parsed {
        library::Command::Exec(exec) => Words::Json(exec.value.iter().map(word).collect()),
        library::Command::Shell(shell) => Words::Text(shell.span.clone()),
        _ => Words::Json(Vec::new()),
    }
}

fn word(parsed: &library::UnescapedString<'_>) -> Word {
    (parsed.value.to_string(), parsed.span.clone())
}

fn around(words: &[library::UnescapedString<'_>]) -> Option<Range<usize>> {
    let (first, last) = (words.first()?, words.last()?);
    Some(first.span.start..last.span.end)
}
