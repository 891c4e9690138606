//! The arguments of each kind of instruction. What is wrong with them as a whole comes back as the problem; what is wrong
//! with one word is told on the way.

use std::ops::Range;

use crate::text::Text;

use super::instruction::{
    Arguments, Copy, Form, From, Heredoc, Instruction, Pair, Run, Source, Word,
};
use super::mount::{self, Mount};
use super::parse::{Parser, opener};
use super::problem::Problem;
use super::words::{self, Json};

/// Reads what is between an instruction's flags and its end.
pub(super) fn read(
    parser: &mut Parser<'_>,
    name: &str,
    rest: &Range<usize>,
    so_far: &Instruction,
) -> Result<Arguments, Problem> {
    let needs = |needs| Problem::Arguments {
        instruction: name.to_owned(),
        needs,
    };
    if rest.is_empty() {
        return Err(needs("an argument"));
    }
    Ok(match name {
        "ADD" => Arguments::Add(copy(parser, name, rest, so_far)?),
        "COPY" => Arguments::Copy(copy(parser, name, rest, so_far)?),
        "ARG" => Arguments::Arg(arguments(parser, rest)),
        "ENV" => Arguments::Env(pairs(parser, name, rest)?),
        "LABEL" => Arguments::Label(pairs(parser, name, rest)?),
        "CMD" => Arguments::Cmd(form(parser, rest, true)?),
        "ENTRYPOINT" => Arguments::Entrypoint(form(parser, rest, true)?),
        "EXPOSE" => Arguments::Expose(parser.words(&words::at_blanks(parser.text.as_str(), rest))),
        "VOLUME" => Arguments::Volume(list(parser, rest)?),
        "FROM" => Arguments::From(from(parser, rest, so_far)?),
        "HEALTHCHECK" => healthcheck(parser, rest)?,
        "MAINTAINER" => Arguments::Maintainer(parser.word(rest)),
        "RUN" => Arguments::Run(run(parser, rest, so_far)?),
        "SHELL" => match form(parser, rest, false)? {
            Form::Exec(words) if !words.is_empty() => Arguments::Shell(words),
            _ => return Err(needs("a list in JSON")),
        },
        "STOPSIGNAL" => Arguments::Stopsignal(parser.word(rest)),
        "USER" => Arguments::User(parser.word(rest)),
        "WORKDIR" => Arguments::Workdir(parser.word(rest)),
        _ => return Err(needs("an instruction")),
    })
}

fn json_words(parser: &Parser<'_>, words: Vec<(String, Range<usize>)>) -> Vec<Word> {
    let word = |(text, range)| Word {
        text,
        span: parser.text.span(range),
    };
    words.into_iter().map(word).collect()
}

/// The exec form, else a text. `warns`: whether something that only begins like a list is told.
fn form(parser: &mut Parser<'_>, rest: &Range<usize>, warns: bool) -> Result<Form, Problem> {
    match words::json(parser.text.as_str(), rest) {
        Json::Words(words) => return Ok(Form::Exec(json_words(parser, words))),
        Json::Mixed => return Err(Problem::MixedList),
        Json::Broken if warns => {
            let span = parser.text.span(rest.clone());
            parser.tell(Problem::BrokenList, &span);
        }
        Json::Broken | Json::No => {}
    }
    Ok(Form::Shell(parser.text.part(rest)))
}

/// A list in JSON, else words between blanks.
fn list(parser: &mut Parser<'_>, rest: &Range<usize>) -> Result<Vec<Word>, Problem> {
    Ok(match form(parser, rest, true)? {
        Form::Exec(words) => words,
        Form::Shell(_) => parser.words(&words::at_blanks(parser.text.as_str(), rest)),
    })
}

fn copy(
    parser: &mut Parser<'_>,
    name: &str,
    rest: &Range<usize>,
    so_far: &Instruction,
) -> Result<Copy, Problem> {
    let mut words = list(parser, rest)?;
    let destination = words.pop().filter(|_| !words.is_empty());
    let destination = destination.ok_or_else(|| Problem::Arguments {
        instruction: name.to_owned(),
        needs: "a source and a destination",
    })?;
    let source = |word: Word| Source {
        heredoc: so_far.heredocs.iter().position(|heredoc| {
            let opener = &heredoc.opener.span;
            word.span.start <= opener.start && opener.end <= word.span.end
        }),
        word,
    };
    Ok(Copy {
        sources: words.into_iter().map(source).collect(),
        destination,
        from: so_far.flag("from").and_then(|flag| flag.value.clone()),
    })
}

/// A word as `key=value`.
fn pair(parser: &Parser<'_>, word: &Range<usize>) -> Pair {
    let cut = parser.text.get(word).find('=').map(|at| word.start + at);
    let end = cut.unwrap_or(word.end);
    Pair {
        key: parser.word(&(word.start..end)),
        value: cut.map(|at| parser.word(&(at + 1..word.end))),
        is_old_form: false,
    }
}

fn cut(parser: &mut Parser<'_>, rest: &Range<usize>) -> Vec<Range<usize>> {
    let quoted = words::quoted(parser.text.as_str(), rest, parser.escape);
    if let (false, Some(last)) = (quoted.is_closed, quoted.words.last()) {
        let span = parser.text.span(last.clone());
        parser.tell(Problem::OpenQuote, &span);
    }
    quoted.words
}

fn arguments(parser: &mut Parser<'_>, rest: &Range<usize>) -> Vec<Pair> {
    let words = cut(parser, rest);
    words.iter().map(|word| pair(parser, word)).collect()
}

fn pairs(parser: &mut Parser<'_>, name: &str, rest: &Range<usize>) -> Result<Vec<Pair>, Problem> {
    let line = parser.text.as_str();
    let first = words::quoted(line, rest, parser.escape).words;
    let is_old = first
        .first()
        .is_some_and(|word| !parser.text.get(word).contains('='));
    if is_old {
        let (key, value) = words::first(line, rest);
        if value.is_empty() {
            return Err(Problem::Arguments {
                instruction: name.to_owned(),
                needs: "a value",
            });
        }
        return Ok(vec![Pair {
            key: parser.word(&key),
            value: Some(parser.word(&value)),
            is_old_form: true,
        }]);
    }
    let all = arguments(parser, rest);
    for pair in all.iter().filter(|pair| pair.value.is_none()) {
        let written = pair.key.text.clone();
        parser.tell(Problem::NoPair { written }, &pair.key.span);
    }
    Ok(all
        .into_iter()
        .filter(|pair| pair.value.is_some())
        .collect())
}

fn from(
    parser: &mut Parser<'_>,
    rest: &Range<usize>,
    so_far: &Instruction,
) -> Result<From, Problem> {
    let all = parser.words(&words::at_blanks(parser.text.as_str(), rest));
    let (image, name) = match all.as_slice() {
        [image] => (image, None),
        [image, middle, name] if middle.text.eq_ignore_ascii_case("AS") => (image, Some(name)),
        _ => {
            return Err(Problem::Arguments {
                instruction: "FROM".to_owned(),
                needs: "an image, or an image AS a name",
            });
        }
    };
    if let Some(name) = name.filter(|name| !is_stage_name(&name.text)) {
        let problem = Problem::StageName {
            name: name.text.clone(),
        };
        parser.tell(problem, &name.span);
    }
    Ok(From {
        image: image.clone(),
        name: name.cloned(),
        platform: so_far.flag("platform").and_then(|flag| flag.value.clone()),
    })
}

fn is_stage_name(name: &str) -> bool {
    let is_inner = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(is_inner)
}

fn healthcheck(parser: &mut Parser<'_>, rest: &Range<usize>) -> Result<Arguments, Problem> {
    let (kind, rest) = words::first(parser.text.as_str(), rest);
    let kind = parser.text.get(&kind).to_ascii_uppercase();
    match (&*kind, rest.is_empty()) {
        ("NONE", true) => Ok(Arguments::Healthcheck(None)),
        ("CMD", false) => Ok(Arguments::Healthcheck(Some(form(parser, &rest, true)?))),
        _ => Err(Problem::Arguments {
            instruction: "HEALTHCHECK".to_owned(),
            needs: "NONE, or CMD and a command",
        }),
    }
}

fn run(parser: &mut Parser<'_>, rest: &Range<usize>, so_far: &Instruction) -> Result<Run, Problem> {
    // `[ -f x ]` is a command; nobody writes it without the blank.
    let written = parser.text.get(rest);
    let warns = written.starts_with("[\"") || written.starts_with("['");
    let form = form(parser, rest, warns)?;
    let heredocs = &so_far.heredocs;
    let (script, interpreter) = match (&form, heredocs.as_slice()) {
        (Form::Exec(_), _) => (None, None),
        (Form::Shell(text), []) => (Some(text.clone()), None),
        (Form::Shell(_), [only]) if opener(parser.text, rest).is_some() => alone(only),
        (Form::Shell(text), all) => (Some(with_heredocs(text, all)), None),
    };
    let values = std::mem::take(&mut parser.mounts);
    Ok(Run {
        form,
        script,
        interpreter,
        mounts: values
            .iter()
            .map(|(kept, value)| mount(parser, kept, value))
            .collect(),
    })
}

/// A here-document that is all of the command: the shell reads its text, or the program that its first line names.
fn alone(heredoc: &Heredoc) -> (Option<Text>, Option<Word>) {
    let body = heredoc.body.as_str();
    let first = body.lines().next().unwrap_or_default();
    if !first.starts_with("#!") {
        return (Some(heredoc.body.clone()), None);
    }
    let range = 0..first.trim_end().len();
    let interpreter = Word {
        text: heredoc.body.get(&range).to_owned(),
        span: heredoc.body.span(range),
    };
    (None, Some(interpreter))
}

/// The line and its here-documents, as a shell reads them.
fn with_heredocs(line: &Text, heredocs: &[Heredoc]) -> Text {
    let mut script = line.clone();
    let end = line.as_str().len();
    script.push("\n", &line.span(end..end));
    for heredoc in heredocs {
        script.append(&heredoc.body);
        if let Some(terminator) = &heredoc.terminator {
            script.push(&heredoc.delimiter, terminator);
            let mut after = terminator.clone();
            after.start = after.end;
            after.column += heredoc.delimiter.chars().count();
            script.push("\n", &after);
        }
    }
    script
}

/// Builders take the quotes away first, so that a comma within them parts fields too.
fn mount(parser: &mut Parser<'_>, kept: &words::Places, value: &Range<usize>) -> Mount {
    let mut fields = Vec::new();
    let mut start = value.start;
    for field in kept.split_inclusive(|(_, character)| *character == ',') {
        let (field, end) = match field.split_last() {
            Some(((at, ','), before)) => (before, *at),
            _ => (field, value.end),
        };
        fields.push(Word {
            text: words::joined(field),
            span: parser.text.span(start..end),
        });
        start = end + 1;
    }
    let (mount, wrong) = mount::read(fields, parser.text.span(value.clone()));
    for Word { text, span } in wrong {
        parser.tell(Problem::Mount { written: text }, &span);
    }
    mount
}
