//! CRC107: the program of `ENTRYPOINT` or `CMD` is copied to another path than the one that is started, or to a folder that
//! is not on `PATH`. Where a step may bring it in a way that is not seen it is skipped.

use coracle_recipe::dockerfile::document::{Arguments, Copy, Form, Setting, Source, Stages, Word};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, User, joined as in_repository};
use crate::programs::{
    Arrival, Contents, Located, below, brought, each_image, folder_at_end, joined, run_commands,
    steps_of,
};
use crate::rule::{Check, Rule};
use crate::source::Place;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC107",
    name: "command-not-in-image",
    severity: Severity::Error,
    meaning: "the program of ENTRYPOINT or CMD is not in the image, or not on PATH",
    page: include_str!("../../rules/CRC107.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Bases without a program of their own, and without an ENTRYPOINT.
const BARE: [&str; 8] = [
    "alpine",
    "debian",
    "gcr.io/distroless/base",
    "gcr.io/distroless/base-nossl",
    "gcr.io/distroless/cc",
    "gcr.io/distroless/static",
    "scratch",
    "ubuntu",
];

/// Where a name alone is looked for, unless `PATH` is set.
const PATH: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Folders that packages fill.
const SYSTEM: [&str; 8] = [
    "/bin", "/sbin", "/usr", "/lib", "/lib64", "/opt", "/etc", "/busybox",
];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    each_image(model, |image| judge(model, image, outcome));
}

type Image<'a> = (&'a Dockerfile<'a>, &'a Stages<'a>, usize);

fn judge(model: &Model<'_>, image: Image<'_>, outcome: &mut Outcome) {
    let (dockerfile, stages, stage) = image;
    let settings = stages.settings(stage);
    let Some(setting) = settings.entrypoint.or(settings.command) else {
        return;
    };
    let Some((program, place)) = program(dockerfile, &setting) else {
        return;
    };
    let Some(contents) = Contents::of(stages, stage) else {
        return;
    };
    let is_bare = contents
        .base
        .as_ref()
        .is_some_and(|base| BARE.contains(&base.name.as_str()));
    // Into what nothing is copied the program is mounted.
    if !is_bare || contents.copied.is_empty() {
        return;
    }
    let search = Search {
        model,
        image,
        contents: &contents,
    };
    let told = match program.contains('/') {
        true => search.by_path(&program, place),
        false => search.by_name(&program, place),
    };
    match told {
        Ok(Some(draft)) => outcome.find(draft),
        Ok(None) => {}
        Err(because) => outcome.skip(dockerfile.file, because),
    }
}

/// The word that is started; nothing where a shell does more than that.
fn program(dockerfile: &Dockerfile<'_>, setting: &Setting<'_>) -> Option<(String, Place)> {
    let (Arguments::Cmd(form) | Arguments::Entrypoint(form)) = &setting.step.instruction.arguments
    else {
        return None;
    };
    match form {
        Form::Exec(words) => {
            let word = words.first().filter(|word| !word.text.contains('$'))?;
            Some((word.text.clone(), dockerfile.place(&word.span)))
        }
        Form::Shell(text) => {
            let commands = crate::programs::commands(text, None, Some(&setting.step.scope)).ok()?;
            let [command] = commands.as_slice() else {
                return None;
            };
            let mut words = command.simple.words.iter();
            let word = words.find(|word| word.text != "exec")?;
            Some((word.known()?.to_owned(), dockerfile.place(&word.span)))
        }
    }
}

struct Search<'a> {
    model: &'a Model<'a>,
    image: Image<'a>,
    contents: &'a Contents,
}

type Told = Result<Option<Draft>, String>;

impl Search<'_> {
    fn by_path(&self, program: &str, place: Place) -> Told {
        let (_, stages, stage) = self.image;
        let Some(path) = joined(folder_at_end(stages, stage).as_deref(), program) else {
            return Ok(None);
        };
        if SYSTEM
            .iter()
            .any(|folder| path != "/" && below(&path, folder).is_some())
            && !path.starts_with("/usr/local/bin/")
        {
            return Ok(None);
        }
        // Where a base starts its programs is not known of all.
        if !program.starts_with('/') && stages.settings(stage).working_directory.is_none() {
            return Ok(None);
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        for located in steps_of(stages, stage) {
            match &located.step.instruction.arguments {
                Arguments::Copy(copy) | Arguments::Add(copy)
                    if self.is_copied(&located, copy, &path)? =>
                {
                    return Ok(None);
                }
                Arguments::Run(_) if is_named_by(&located, name)? => return Ok(None),
                _ => {}
            }
        }
        if self.is_mounted(&path) {
            return Ok(None);
        }
        if let Some(because) = &self.contents.open {
            return Err(because.clone());
        }
        Ok(Some(self.draft(program, &path, place)))
    }

    /// Whether a `COPY` brings a path.
    ///
    /// # Errors
    /// When it may.
    fn is_copied(&self, located: &Located<'_>, copy: &Copy, path: &str) -> Result<bool, String> {
        let to = expanded(located, &copy.destination)?;
        let to = joined(located.folder.as_deref(), &to).ok_or("a folder is not known")?;
        let Some(rest) = below(path, &to) else {
            return Ok(false);
        };
        if rest.is_empty() {
            return Ok(true);
        }
        for source in &copy.sources {
            let text = expanded(located, &source.word)?;
            if rest == last_name(&text) {
                return Ok(true);
            }
            if !self.is_one_file(&text, copy.from.is_none(), source) {
                return Err(format!("{text} is copied to {to} whole"));
            }
        }
        Ok(false)
    }

    /// Whether a volume of a service that builds the image may bring it.
    fn is_mounted(&self, path: &str) -> bool {
        let (dockerfile, stages, stage) = self.image;
        let builds = dockerfile.builds_of(stages, stage);
        builds.into_iter().any(|build| {
            let User::Compose { file, service } = &build.user else {
                return false;
            };
            let service = self.model.service(file, service);
            let volumes = service.map(|service| service.volumes.as_slice());
            let brings = |target: Option<&str>| target.is_none_or(|to| below(path, to).is_some());
            let mut volumes = volumes.unwrap_or_default().iter();
            volumes.any(|volume| brings(volume.target.text()))
        })
    }

    /// Whether what is copied is a file: a program that is seen being made, or one of the repository's own files.
    fn is_one_file(&self, text: &str, is_from_context: bool, source: &Source) -> bool {
        let (dockerfile, stages, stage) = self.image;
        if source.heredoc.is_some() {
            return true;
        }
        if is_from_context {
            let contexts = dockerfile.contexts();
            let is_file = |context: &crate::model::Known<String>| {
                let path = context
                    .as_ref()
                    .ok()
                    .and_then(|context| in_repository(context, text.trim_start_matches('/')));
                path.is_some_and(|path| self.model.repository().size(&path).is_some())
            };
            return contexts.iter().all(is_file);
        }
        let place = dockerfile.place(&source.word.span);
        let arrivals = crate::programs::arrivals(self.model, dockerfile, stages, stage);
        // What goes by another name may be a folder that the program lies in.
        let is_it = |arrival: &Arrival| {
            arrival.place == place && text.rsplit('/').next() == Some(arrival.made.name.as_str())
        };
        arrivals.iter().any(is_it)
    }

    fn by_name(&self, program: &str, place: Place) -> Told {
        let (dockerfile, stages, stage) = self.image;
        let mut folders: Vec<String> = PATH.iter().map(|&folder| folder.to_owned()).collect();
        let mut elsewhere: Option<(String, Place)> = None;
        for located in steps_of(stages, stage) {
            match &located.step.instruction.arguments {
                Arguments::Env(pairs) => {
                    let set = pairs.iter().filter(|pair| pair.key.text == "PATH");
                    folders.extend(set.filter_map(|pair| pair.value.as_ref()).flat_map(on_path));
                }
                Arguments::Copy(copy) | Arguments::Add(copy) => {
                    let landed = landed(&located, copy, program)?;
                    let place = || dockerfile.place(&copy.destination.span);
                    elsewhere = landed.map(|path| (path, place())).or(elsewhere);
                }
                Arguments::Run(_) if is_named_by(&located, program)? => return Ok(None),
                _ => {}
            }
        }
        let Some((path, copied)) = elsewhere else {
            return Ok(None);
        };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folders
            .iter()
            .any(|known| known == folder || known.contains('$'))
        {
            return Ok(None);
        }
        if brought(self.contents, program) {
            return Ok(None);
        }
        let is_above = |to: &str| folders.iter().any(|folder| below(folder, to).is_some());
        let mut whole = self.contents.copied.iter();
        if let Some((to, source)) =
            whole.find(|(to, source)| source != program && *to != path && is_above(to))
        {
            return Err(format!("{source} is copied to {to}"));
        }
        if let Some(because) = &self.contents.open {
            return Err(because.clone());
        }
        let shown = if folder.is_empty() { "/" } else { folder };
        let draft = Draft::at(place, format!("{program} is not on PATH"))
            .label(format!("it is {path}, and {shown} is not on PATH"))
            .why(format!("the container does not start: `exec: \"{program}\": executable file not found in $PATH`"))
            .help(format!("start it by its path: {path}"))
            .related(copied, "it is copied to here");
        Ok(Some(draft))
    }

    fn draft(&self, program: &str, path: &str, place: Place) -> Draft {
        let mut draft = Draft::at(place, format!("{program} is not in the image"))
            .label(format!("no step of the last stage brings {path}"))
            .why("the container does not start: `no such file or directory`");
        let name = path.rsplit('/').next().unwrap_or_default();
        let mut copied = self.contents.copied.iter();
        let other = copied.find(|(to, source)| source == name || to.ends_with(&format!("/{name}")));
        draft = match other {
            Some((to, source)) if to.ends_with(&format!("/{name}")) || source != name => {
                draft.help(format!("start what is copied to {to}"))
            }
            Some((to, source)) => draft.help(format!(
                "start what is copied: {}/{source}",
                to.trim_end_matches('/')
            )),
            None => draft.help("copy it there, or start what is copied"),
        };
        draft
    }
}

/// The value of a word.
///
/// # Errors
/// When it is not known.
fn expanded(located: &Located<'_>, word: &Word) -> Result<String, String> {
    let value = located.step.scope.expand(word);
    value.known.map_err(|unknown| unknown.to_string())
}

/// Behind the last `/` that is not at the end.
fn last_name(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

/// Where a `COPY` puts a program of this name.
///
/// # Errors
/// When it is not known where it puts anything.
fn landed(located: &Located<'_>, copy: &Copy, program: &str) -> Result<Option<String>, String> {
    let to = expanded(located, &copy.destination)?;
    let is_folder = to.ends_with('/') || to == "." || copy.sources.len() > 1;
    let to = joined(located.folder.as_deref(), &to).ok_or("a folder is not known")?;
    let sources = copy.sources.iter();
    let known = sources.filter_map(|source| expanded(located, &source.word).ok());
    // `COPY api /app` is a file of that name, or a file in a folder that is there.
    let mut paths = known.map(|text| match is_folder {
        true => format!("{}/{}", to.trim_end_matches('/'), last_name(&text)),
        false => to.clone(),
    });
    Ok(paths.rfind(|path| last_name(path) == program))
}

/// Whether a `RUN` names a program, which may bring it.
///
/// # Errors
/// When it cannot be told.
fn is_named_by(located: &Located<'_>, name: &str) -> Result<bool, String> {
    for command in run_commands(located).map_err(ToOwned::to_owned)? {
        let mut words = command.simple.words.iter();
        if words.any(|word| word.text.contains(name)) {
            return Ok(true);
        }
        if matches!(command.simple.name(), Some("cp" | "mv" | "ln" | "install")) {
            return Err("a RUN moves files".to_owned());
        }
    }
    Ok(false)
}

/// The folders of a value of `PATH`, without what stood there before.
fn on_path(word: &Word) -> Vec<String> {
    let parts = word.text.trim_matches(['"', '\'']).split(':');
    let added = parts.filter(|part| !matches!(*part, "$PATH" | "${PATH}" | ""));
    added
        .map(|part| part.trim_end_matches('/').to_owned())
        .collect()
}
