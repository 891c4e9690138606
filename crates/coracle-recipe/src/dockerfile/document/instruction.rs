//! The records of a document's instructions: what each says, word by word, each word with its place.

use crate::span::Span;
use crate::text::Text;

use super::mount::Mount;

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// As it stands, with the continuations taken out; the value of a word in JSON; a flag's value without its quotes.
    /// Variables are not expanded: [`Scope::expand`](super::Scope::expand) does that.
    pub text: String,
    /// Where, quotes included.
    pub span: Span,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What it begins with, as written: `RUN`, `run`.
    pub keyword: Word,
    /// `--name=value` before the arguments.
    pub flags: Vec<Flag>,
    /// What follows.
    pub arguments: Arguments,
    /// The here-documents, in the order in which they are announced.
    pub heredocs: Vec<Heredoc>,
    /// Comments between continued lines.
    pub comments: Vec<Comment>,
    /// From the keyword to the last character of its last line, here-documents aside.
    pub span: Span,
    /// Whole lines, the last line break and all here-documents within.
    pub lines: Span,
}

impl Instruction {
    /// Its name in capitals.
    pub fn name(&self) -> String {
        self.keyword.text.to_ascii_uppercase()
    }

    /// The first flag of that name, which is without dashes.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }

    /// The instruction itself, or what an `ONBUILD` keeps for later.
    pub fn innermost(&self) -> &Instruction {
        match &self.arguments {
            Arguments::Onbuild(inner) => inner.innermost(),
            _ => self,
        }
    }
}

/// `--name` or `--name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Without dashes.
    pub name: String,
    /// What is behind the `=`.
    pub value: Option<Word>,
    /// From the dashes to the end of the value.
    pub span: Span,
}

/// What an instruction says, by its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arguments {
    /// `ADD`.
    Add(Copy),
    /// `ARG`: names with their defaults.
    Arg(Vec<Pair>),
    /// `CMD`.
    Cmd(Form),
    /// `COPY`.
    Copy(Copy),
    /// `ENTRYPOINT`.
    Entrypoint(Form),
    /// `ENV`.
    Env(Vec<Pair>),
    /// `EXPOSE`.
    Expose(Vec<Word>),
    /// `FROM`.
    From(From),
    /// `HEALTHCHECK CMD …`; `None` for `HEALTHCHECK NONE`.
    Healthcheck(Option<Form>),
    /// `LABEL`.
    Label(Vec<Pair>),
    /// `MAINTAINER`.
    Maintainer(Word),
    /// `ONBUILD` and the instruction that it keeps for later.
    Onbuild(Box<Instruction>),
    /// `RUN`.
    Run(Run),
    /// `SHELL`.
    Shell(Vec<Word>),
    /// `STOPSIGNAL`.
    Stopsignal(Word),
    /// `USER`.
    User(Word),
    /// `VOLUME`.
    Volume(Vec<Word>),
    /// `WORKDIR`.
    Workdir(Word),
    /// No instruction that is known, or one whose arguments make no sense: a diagnostic says which.
    Wrong,
}

/// `FROM image AS name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// The image or the earlier stage.
    pub image: Word,
    /// What is behind `AS`.
    pub name: Option<Word>,
    /// The value of `--platform`.
    pub platform: Option<Word>,
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// What is copied, at least one.
    pub sources: Vec<Source>,
    /// Where to.
    pub destination: Word,
    /// The value of `--from`.
    pub from: Option<Word>,
}

/// What is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// A path, an address, or what announces a here-document.
    pub word: Word,
    /// The index of the here-document that it announces.
    pub heredoc: Option<usize>,
}

/// `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// What is written.
    pub form: Form,
    /// What the shell is given, where one is: the line, the line with its here-documents, or the text of the only
    /// here-document. `None` for the exec form, and for a here-document that names its own interpreter.
    pub script: Option<Text>,
    /// `#!…` of an only here-document.
    pub interpreter: Option<Word>,
    /// `--mount=…`, in the order of the flags.
    pub mounts: Vec<Mount>,
}

/// The two ways to write a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A list of words, started as it is.
    Exec(Vec<Word>),
    /// A text for a shell.
    Shell(Text),
}

/// A name and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The name.
    pub key: Word,
    /// The value; `None` where `ARG` has no default.
    pub value: Option<Word>,
    /// Whether it is the old form `name the whole rest`.
    pub is_old_form: bool,
}

/// A here-document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heredoc {
    /// What announces it: `<<EOF`, `3<<-"EOF"`.
    pub opener: Word,
    /// The line that ends it.
    pub delimiter: String,
    /// Whether variables are expanded in it, which quotes around the delimiter switch off.
    pub expands: bool,
    /// `<<-`: tabs at the beginnings of lines go.
    pub strips_tabs: bool,
    /// The file descriptor before the `<<`, else 0.
    pub descriptor: u32,
    /// Its text, tabs taken out where they go.
    pub body: Text,
    /// The line that ends it, without its line break; `None` where the file ended before.
    pub terminator: Option<Span>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Behind the `#`, without blanks around it.
    pub text: String,
    /// From the `#` to its last character.
    pub span: Span,
    /// The whole line, its line break within.
    pub lines: Span,
}

/// A parser directive, as `# syntax=docker/dockerfile:1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`, in small letters.
    pub name: String,
    /// Its value.
    pub value: Word,
    /// The whole line, its line break within.
    pub lines: Span,
}

/// What a file is made of, in its order; the lines of the items are all of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every item is an instruction"
)]
pub enum Item {
    /// `# name=value` at the very top.
    Directive(Directive),
    /// A line that is a comment.
    Comment(Comment),
    /// A line of blanks or nothing.
    Blank(Span),
    /// An instruction, with continued lines and here-documents.
    Instruction(Instruction),
}

impl Item {
    /// Its whole lines.
    pub fn lines(&self) -> &Span {
        match self {
            Item::Directive(directive) => &directive.lines,
            Item::Comment(comment) => &comment.lines,
            Item::Blank(lines) => lines,
            Item::Instruction(instruction) => &instruction.lines,
        }
    }
}
