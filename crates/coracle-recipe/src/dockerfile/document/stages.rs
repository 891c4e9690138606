//! The stages of a document: what each is from, which variables each instruction sees, and where what an image says was
//! set. What the image of a stage is started with is not judged here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::{Unknown, Value};

use super::Document;
use super::instruction::{Arguments, Instruction, Word};
use super::scope::Scope;

/// All stages of a file.
#[derive(Debug, Clone)]
pub struct Stages<'a> {
    /// The variables before the first stage, which `FROM` sees.
    pub globals: Arc<Scope>,
    /// The stages, in their order.
    pub stages: Vec<Stage<'a>>,
}

/// `FROM …` and what follows.
#[derive(Debug, Clone)]
pub struct Stage<'a> {
    /// The `FROM`.
    pub from: &'a Instruction,
    /// What is behind `AS`.
    pub name: Option<&'a Word>,
    /// What stands behind `FROM`.
    pub image: Value,
    /// What that is.
    pub base: Base,
    /// `--platform`.
    pub platform: Option<Value>,
    /// What follows, with what the stage that it is from keeps for it by `ONBUILD` before.
    pub steps: Vec<Step<'a>>,
    /// The variables at its end.
    pub end: Arc<Scope>,
}

/// An instruction and the variables that it sees.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// The instruction.
    pub instruction: &'a Instruction,
    /// Before it.
    pub scope: Arc<Scope>,
    /// Whether another stage's `ONBUILD` put it here.
    pub is_trigger: bool,
}

/// What a stage, or something copied, is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// The stage with this index.
    Stage(usize),
    /// Nothing.
    Scratch,
    /// An image, as it is named.
    Image(String),
    /// Not known.
    Unknown(Unknown),
}

/// Which step set what an image says, that of an earlier stage where the stage itself says nothing.
#[derive(Debug, Clone, Default)]
pub struct Settings<'a> {
    /// `USER`.
    pub user: Option<Setting<'a>>,
    /// `CMD`; none where an `ENTRYPOINT` dropped what was inherited.
    pub command: Option<Setting<'a>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Setting<'a>>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Setting<'a>>,
    /// The last `WORKDIR`; a relative one is below those before.
    pub working_directory: Option<Setting<'a>>,
    /// `SHELL`.
    pub shell: Option<Setting<'a>>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<Setting<'a>>,
}

/// A step and its stage.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// The index of the stage.
    pub stage: usize,
    /// The step.
    pub step: Step<'a>,
}

impl Document {
    /// The stages, where `--build-arg` gives these values.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use coracle_recipe::Unknown;
    /// use coracle_recipe::dockerfile::document::{Base, Document};
    ///
    /// let text = "ARG V=1\nFROM rust:$V AS build\nARG TARGETARCH\nRUN x\nFROM build\nUSER app\n";
    /// let document = Document::read(text);
    /// let stages = document.stages(&BTreeMap::new());
    /// assert_eq!(stages.stages[0].base, Base::Image("rust:1".to_owned()));
    /// assert_eq!(stages.stages[1].base, Base::Stage(0));
    /// let run = &stages.stages[0].steps[1];
    /// let architecture = run.scope.value("TARGETARCH").unwrap();
    /// assert!(matches!(architecture, Err(Unknown::PerPlatform { .. })));
    /// let user = stages.settings(1).user.unwrap();
    /// assert_eq!((user.stage, user.step.instruction.span.line), (1, 6));
    /// ```
    pub fn stages(&self, given: &BTreeMap<String, String>) -> Stages<'_> {
        let mut stages = Stages {
            globals: Arc::new(Scope::new(self.escape, given)),
            stages: Vec::new(),
        };
        for instruction in self.instructions() {
            match (&instruction.arguments, stages.stages.last_mut()) {
                (Arguments::From(_), _) => stages.begin(instruction),
                (_, Some(stage)) => stage.take(instruction, false),
                (Arguments::Arg(pairs), None) => Arc::make_mut(&mut stages.globals).declare(pairs),
                // No builder takes anything else there; the diagnostics say so.
                (_, None) => {}
            }
        }
        stages
    }
}

impl<'a> Stages<'a> {
    fn begin(&mut self, instruction: &'a Instruction) {
        let Arguments::From(from) = &instruction.arguments else {
            return;
        };
        let image = self.globals.expand(&from.image);
        let base = match self.named(&image, self.stages.len()) {
            Base::Image(name) if name == "scratch" => Base::Scratch,
            base => base,
        };
        let parent = match base {
            Base::Stage(index) => self.stages.get(index),
            _ => None,
        };
        let end = match parent {
            Some(parent) => Arc::clone(&parent.end),
            None => Arc::new(self.globals.stage()),
        };
        let kept: Vec<&Instruction> = parent.iter().flat_map(|parent| parent.kept()).collect();
        let mut stage = Stage {
            from: instruction,
            name: from.name.as_ref(),
            image,
            base,
            platform: from.platform.as_ref().map(|word| self.globals.expand(word)),
            steps: Vec::new(),
            end,
        };
        for later in kept {
            stage.take(later, true);
        }
        self.stages.push(stage);
    }

    /// The stage that a name means, the last of that name before `before`, else an image.
    fn named(&self, image: &Value, before: usize) -> Base {
        let name = match &image.known {
            Ok(name) => name,
            Err(unknown) => return Base::Unknown(unknown.clone()),
        };
        let mut earlier = self.stages.iter().take(before);
        match earlier.rposition(|stage| stage.is_named(name)) {
            Some(index) => Base::Stage(index),
            None => Base::Image(name.clone()),
        }
    }

    /// What a `--from` of the stage with this index means: a stage by its name or number, else an image.
    pub fn source(&self, stage: usize, from: &Value) -> Base {
        match self.named(from, stage) {
            Base::Image(name) => match name.parse() {
                Ok(index) if index < stage => Base::Stage(index),
                _ => Base::Image(name),
            },
            base => base,
        }
    }

    /// The stage with this name or number, as `--target` means it, else as compose's `target`.
    pub fn target(&self, name: &str) -> Option<usize> {
        let named = self.stages.iter().rposition(|stage| stage.is_named(name));
        named.or_else(|| name.parse().ok().filter(|index| *index < self.stages.len()))
    }

    /// The stages that the one with this index is made of, the first first and itself last.
    pub fn chain(&self, index: usize) -> Vec<usize> {
        let mut chain = Vec::new();
        let mut next = Some(index);
        while let Some(index) = next
            && let Some(stage) = self.stages.get(index)
        {
            chain.push(index);
            next = match stage.base {
                Base::Stage(parent) if parent < index => Some(parent),
                _ => None,
            };
        }
        chain.reverse();
        chain
    }

    /// What the first stage of the chain is from: never a stage. `None` where there is no such stage.
    pub fn base(&self, index: usize) -> Option<&Base> {
        let first = *self.chain(index).first()?;
        self.stages.get(first).map(|stage| &stage.base)
    }

    /// Which step set what the image of a stage says.
    pub fn settings(&self, index: usize) -> Settings<'a> {
        let mut settings = Settings::default();
        for index in self.chain(index) {
            for step in self.stages.get(index).iter().flat_map(|stage| &stage.steps) {
                settings.take(index, step);
            }
        }
        settings
    }
}

impl<'a> Stage<'a> {
    /// Names of stages have no case.
    pub fn is_named(&self, name: &str) -> bool {
        self.name
            .is_some_and(|own| own.text.eq_ignore_ascii_case(name))
    }

    fn take(&mut self, instruction: &'a Instruction, is_trigger: bool) {
        self.steps.push(Step {
            instruction,
            scope: Arc::clone(&self.end),
            is_trigger,
        });
        match &instruction.arguments {
            Arguments::Arg(pairs) => Arc::make_mut(&mut self.end).declare(pairs),
            Arguments::Env(pairs) => Arc::make_mut(&mut self.end).set(pairs),
            _ => {}
        }
    }

    /// What its own `ONBUILD`s keep for the stages that are from it.
    fn kept(&self) -> impl Iterator<Item = &'a Instruction> {
        self.steps
            .iter()
            .filter_map(|step| match &step.instruction.arguments {
                Arguments::Onbuild(later) => Some(&**later),
                _ => None,
            })
    }
}

impl Step<'_> {
    /// The words that a builder expands before it does what they say, in their order, `--from` and the like first. Commands
    /// are not among them: their variables are the container's.
    pub fn words(&self) -> Vec<Value> {
        let flags = self.instruction.flags.iter();
        let values = flags.filter_map(|flag| flag.value.as_ref());
        let words: Vec<&Word> = values
            .chain(expanded(&self.instruction.arguments))
            .collect();
        words
            .into_iter()
            .map(|word| self.scope.expand(word))
            .collect()
    }
}

fn expanded(arguments: &Arguments) -> Vec<&Word> {
    match arguments {
        Arguments::Add(copy) | Arguments::Copy(copy) => {
            let sources = copy.sources.iter().map(|source| &source.word);
            sources.chain([&copy.destination]).collect()
        }
        Arguments::Arg(pairs) | Arguments::Env(pairs) | Arguments::Label(pairs) => pairs
            .iter()
            .filter_map(|pair| pair.value.as_ref())
            .collect(),
        Arguments::Expose(words) | Arguments::Volume(words) => words.iter().collect(),
        Arguments::Stopsignal(word) | Arguments::User(word) | Arguments::Workdir(word) => {
            vec![word]
        }
        _ => Vec::new(),
    }
}

impl<'a> Settings<'a> {
    fn take(&mut self, stage: usize, step: &Step<'a>) {
        let setting = Some(Setting {
            stage,
            step: step.clone(),
        });
        match &step.instruction.arguments {
            Arguments::User(_) => self.user = setting,
            Arguments::Cmd(_) => self.command = setting,
            Arguments::Entrypoint(_) => {
                // It drops the command that came with the stage it is put on.
                self.command = self.command.take().filter(|command| command.stage == stage);
                self.entrypoint = setting;
            }
            Arguments::Healthcheck(_) => self.healthcheck = setting,
            Arguments::Workdir(_) => self.working_directory = setting,
            Arguments::Shell(_) => self.shell = setting,
            Arguments::Stopsignal(_) => self.stop_signal = setting,
            _ => {}
        }
    }
}
