//! `--mount=type=cache,target=…` as a record.

use crate::span::Span;

use super::instruction::Word;

/// A mount of a `RUN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// What `type` says; `bind` without one.
    pub kind: MountKind,
    /// `from`: an image or a stage.
    pub from: Option<Word>,
    /// `source` or `src`.
    pub source: Option<Word>,
    /// `target`, `dst` or `destination`.
    pub target: Option<Word>,
    /// `id`.
    pub id: Option<Word>,
    /// `sharing`: `shared`, `private` or `locked`.
    pub sharing: Option<Word>,
    /// `ro`, `readonly`, `rw`, `readwrite`: whether it is read-only, where it is said.
    pub read_only: Option<bool>,
    /// `required`: whether the build fails without it.
    pub required: bool,
    /// `env`: the variable that a secret is in.
    pub environment: Option<Word>,
    /// `mode`, `uid`, `gid`, `size` and what is not known, each whole: `mode=0600`.
    pub others: Vec<Word>,
    /// The value of the flag.
    pub span: Span,
}

/// Of which kind a mount is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MountKind {
    /// Files of the context, of a stage or of an image.
    Bind,
    /// A folder that is kept between builds.
    Cache,
    /// Memory.
    Tmpfs,
    /// A secret file.
    Secret,
    /// The agent's socket.
    Ssh,
    /// A kind that there is not, or one that depends on a variable.
    Other(String),
}

impl MountKind {
    fn read(written: &str) -> MountKind {
        match written.to_ascii_lowercase().as_str() {
            "bind" => MountKind::Bind,
            "cache" => MountKind::Cache,
            "tmpfs" => MountKind::Tmpfs,
            "secret" => MountKind::Secret,
            "ssh" => MountKind::Ssh,
            _ => MountKind::Other(written.to_owned()),
        }
    }
}

/// Reads the fields of a mount; what is wrong with them comes back beside it.
pub(super) fn read(fields: Vec<Word>, span: Span) -> (Mount, Vec<Word>) {
    let mut mount = Mount {
        kind: MountKind::Bind,
        from: None,
        source: None,
        target: None,
        id: None,
        sharing: None,
        read_only: None,
        required: false,
        environment: None,
        others: Vec::new(),
        span,
    };
    let mut wrong = Vec::new();
    for field in fields {
        if !mount.field(&field) {
            wrong.push(field);
        }
    }
    (mount, wrong)
}

impl Mount {
    /// Takes a field in; false where it is none.
    fn field(&mut self, field: &Word) -> bool {
        let (name, value) = match field.text.split_once('=') {
            Some((name, text)) => (name, Some(value(field, text))),
            None => (field.text.as_str(), None),
        };
        let name = name.to_ascii_lowercase();
        let text = value.as_ref().map(|value| value.text.clone());
        match (name.as_str(), value, truth(text.as_deref())) {
            ("type", Some(value), _) => {
                self.kind = MountKind::read(&value.text);
                return !matches!(&self.kind, MountKind::Other(kind) if !kind.contains('$'));
            }
            ("from", Some(value), _) => self.from = Some(value),
            ("source" | "src", Some(value), _) => self.source = Some(value),
            ("target" | "dst" | "destination", Some(value), _) => self.target = Some(value),
            ("id", Some(value), _) => self.id = Some(value),
            ("env", Some(value), _) => self.environment = Some(value),
            ("sharing", Some(value), _) => {
                let known = matches!(
                    &*value.text.to_ascii_lowercase(),
                    "shared" | "private" | "locked"
                );
                let known = known || value.text.contains('$');
                self.sharing = Some(value);
                return known;
            }
            ("readonly" | "ro", _, Some(is_set)) => self.read_only = Some(is_set),
            ("readwrite" | "rw", _, Some(is_set)) => self.read_only = Some(!is_set),
            ("required", _, Some(is_set)) => self.required = is_set,
            ("mode" | "uid" | "gid" | "size", Some(_), _) => self.others.push(field.clone()),
            _ => {
                self.others.push(field.clone());
                return text.is_some_and(|text| text.contains('$'));
            }
        }
        true
    }
}

/// What is behind the `=` of a field. Where a quote stood before it the place is the field's.
fn value(field: &Word, text: &str) -> Word {
    let mut span = field.span.clone();
    if span.end - span.start == field.text.len() {
        let before = field.text.len() - text.len();
        span.start += before;
        let name = field.text.get(..before).unwrap_or_default();
        span.column += name.chars().count();
    }
    Word {
        text: text.to_owned(),
        span,
    }
}

/// A flag alone is set; Go's words for yes and no; `None` for anything else.
fn truth(written: Option<&str>) -> Option<bool> {
    match written {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Some(true),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Some(false),
        Some(_) => None,
    }
}
