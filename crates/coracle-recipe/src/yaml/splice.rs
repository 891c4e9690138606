//! Edits as replaced bytes. What is done here is checked by whoever asks for it, so that a mistake here is a refusal.

use std::ops::Range;

use super::change::{Change, Edit, EditError};
use super::lines::Text;
use super::{Entry, Kind, Node, Place, Style, Yaml, scalar};

/// Bytes, and what comes in their place.
struct Splice {
    bytes: Range<usize>,
    text: String,
}

/// The text with all edits.
pub(super) fn apply(yaml: &Yaml, edits: &[Edit]) -> Result<String, EditError> {
    let mut splices = Vec::new();
    for edit in edits {
        let site = Site::find(yaml, &edit.at)?;
        splices.push((site.splice(&edit.change)?, edit));
    }
    splices.sort_by_key(|(splice, _)| (splice.bytes.start, splice.bytes.end));
    let text = yaml.lines.text();
    let mut changed = yaml.lines.mark().to_owned();
    let mut done = 0;
    for (splice, edit) in splices {
        let kept = text.get(done..splice.bytes.start);
        let kept = kept.ok_or_else(|| refused(yaml, &edit.at, "two changes meet here"))?;
        changed.push_str(kept);
        changed.push_str(&splice.text);
        done = splice.bytes.end;
    }
    changed.push_str(text.get(done..).unwrap_or_default());
    Ok(changed)
}

fn refused(yaml: &Yaml, at: &Place, why: &'static str) -> EditError {
    let span = yaml.key_span(at).or_else(|| yaml.span(at));
    EditError::Refused {
        line: span.as_ref().map_or(1, |span| span.line),
        column: span.as_ref().map_or(1, |span| span.column),
        why,
    }
}

/// What an edit has to know of its place.
struct Site<'a> {
    yaml: &'a Yaml,
    at: &'a Place,
    text: Text<'a>,
    node: &'a Node,
    /// The collection that it is in, and its number there.
    parent: Option<(&'a Node, usize)>,
    in_flow: bool,
}

impl<'a> Site<'a> {
    fn find(yaml: &'a Yaml, at: &'a Place) -> Result<Site<'a>, EditError> {
        let node = yaml
            .node(at)
            .ok_or_else(|| refused(yaml, at, "nothing is there"))?;
        let parent = at.parent();
        let in_flow = (1..at.0.len()).any(|steps| {
            let above = Place(at.0.get(..steps).unwrap_or_default().to_vec());
            yaml.node(&above).is_some_and(Node::is_flow)
        });
        Ok(Site {
            yaml,
            at,
            text: Text(yaml.lines.text()),
            node,
            parent: parent.and_then(|(parent, number)| Some((yaml.node(&parent)?, number))),
            in_flow,
        })
    }

    fn refuse<T>(&self, why: &'static str) -> Result<T, EditError> {
        Err(refused(self.yaml, self.at, why))
    }

    fn splice(&self, change: &Change) -> Result<Splice, EditError> {
        match change {
            Change::Set(text) => self.set(text),
            Change::Replace { key, text } => self.replace(&self.line(key, text)),
            Change::Remove if self.in_flow => self.remove_from_flow(),
            Change::Remove => self.remove_lines(),
            Change::InsertAfter { key, text } => self.insert(&self.line(key, text)),
        }
    }

    fn line(&self, key: &str, text: &str) -> String {
        let text = scalar::written(text, Style::Plain, self.in_flow);
        format!("{key}: {text}")
    }

    fn entry(&self) -> Result<&'a Entry, EditError> {
        match self.parent.map(|(parent, number)| (&parent.kind, number)) {
            Some((Kind::Map { entries, .. }, number)) => match entries.get(number) {
                Some(entry) => Ok(entry),
                None => self.refuse("nothing is there"),
            },
            _ => self.refuse("this is no entry of a mapping"),
        }
    }

    /// Where the entry or item begins, without the dash of an item.
    fn start(&self) -> usize {
        self.entry()
            .map_or(self.node.bytes.start, |entry| entry.key.bytes.start)
    }

    fn set(&self, text: &str) -> Result<Splice, EditError> {
        let bytes = self.node.bytes.clone();
        let (old, style) = match &self.node.kind {
            Kind::Scalar { text, style } => (text.as_str(), *style),
            Kind::Alias { .. } => ("", Style::Plain),
            Kind::List { .. } | Kind::Map { .. } => return self.refuse("this is no single text"),
        };
        if bytes.is_empty() {
            return self.refuse("nothing is written here");
        }
        if style != Style::Block {
            let text = scalar::written(text, style, self.in_flow);
            return Ok(Splice { bytes, text });
        }
        // The indicators before it and the line breaks behind it stay.
        let written = self.text.slice(bytes.start, bytes.end);
        let old = old.trim_end_matches('\n');
        let new = text.trim_end_matches('\n');
        match written.match_indices(old).collect::<Vec<_>>().as_slice() {
            [(at, _)] if !old.is_empty() => {
                let start = bytes.start + at;
                let bytes = start..start + old.len();
                let text = new.to_owned();
                Ok(Splice { bytes, text })
            }
            _ => self.refuse("a text of several lines is not changed"),
        }
    }

    /// The bytes of an entry become `line`, and a comment on the line of its key stays.
    fn replace(&self, line: &str) -> Result<Splice, EditError> {
        let start = self.entry()?.key.bytes.start;
        let end = self.end();
        let (first, last) = (self.text.line_end(start), self.text.line_end(end));
        if first == last || self.in_flow {
            let text = line.to_owned();
            return Ok(Splice {
                bytes: start..end,
                text,
            });
        }
        let column = start - self.text.line_start(start);
        let end = self.text.line_end(self.text.over_comments(end, column));
        let rest = self.text.slice(self.entry()?.key.bytes.end, first);
        let comment = rest.find(" #").or_else(|| rest.find("\t#"));
        let comment = comment.map(|at| rest.get(..at).unwrap_or_default().trim_end().len());
        let comment = comment.and_then(|at| rest.get(at..)).unwrap_or_default();
        Ok(Splice {
            bytes: start..end,
            text: format!("{line}{comment}"),
        })
    }

    fn remove_lines(&self) -> Result<Splice, EditError> {
        let start = self.start();
        let line = self.text.line_start(start);
        let is_item = self.entry().is_err();
        match (self.text.slice(line, start).trim(), is_item) {
            ("", false) | ("-", true) => {}
            _ => return self.refuse("it shares its line with something else"),
        }
        let prefix = self.text.slice(line, start);
        let column = prefix.len() - prefix.trim_start().len();
        let end = self.text.over_comments(self.end(), column);
        Ok(Splice {
            bytes: line..self.text.next_line(end),
            text: String::new(),
        })
    }

    fn remove_from_flow(&self) -> Result<Splice, EditError> {
        let Some((parent, number)) = self.parent else {
            return self.refuse("it is in nothing");
        };
        let sibling = |number: usize| {
            let at = self.at.parent()?.0.child(number);
            let node = parent.child(number)?;
            let start = self.yaml.key(&at).unwrap_or(node).bytes.start;
            Some((start, node))
        };
        let (start, end) = (self.start(), self.end());
        let bytes = match (sibling(number + 1), number.checked_sub(1).and_then(sibling)) {
            (Some((next, _)), _) => start..next,
            (None, Some((_, before))) => {
                let before = self.end_of(before);
                let between = self.text.slice(before, start);
                let is_plain = between.chars().all(|one| one == ',' || one.is_whitespace());
                if is_plain { before..end } else { start..end }
            }
            (None, None) => start..end,
        };
        Ok(Splice {
            bytes,
            text: String::new(),
        })
    }

    fn insert(&self, line: &str) -> Result<Splice, EditError> {
        let start = self.entry()?.key.bytes.start;
        let end = self.end();
        if self.in_flow {
            let text = format!(", {line}");
            return Ok(Splice {
                bytes: end..end,
                text,
            });
        }
        let before = self.text.slice(self.text.line_start(start), start);
        let indentation = match before.trim() {
            "" => before.to_owned(),
            _ => " ".repeat(before.chars().count()),
        };
        let end = self
            .text
            .line_end(self.text.over_comments(end, before.len()));
        Ok(Splice {
            bytes: end..end,
            text: format!("{}{indentation}{line}", self.text.line_break()),
        })
    }

    /// Where the entry or item ends.
    fn end(&self) -> usize {
        let end = self.end_of(self.node);
        // Of an entry without a value its colon is the end.
        let Ok(entry) = self.entry() else { return end };
        if !self.node.bytes.is_empty() || end > entry.key.bytes.end + 1 {
            return end;
        }
        let behind = self
            .text
            .slice(entry.key.bytes.end, self.text.line_end(end));
        let colon = behind.find(':').map(|at| entry.key.bytes.end + at + 1);
        colon.map_or(end, |colon| colon.max(end))
    }

    fn end_of(&self, node: &Node) -> usize {
        match &node.kind {
            Kind::Scalar {
                style: Style::Block,
                ..
            } => {
                let written = self.text.slice(node.bytes.start, node.bytes.end);
                node.bytes.start + written.trim_end().len()
            }
            Kind::List { is_flow: false, .. } | Kind::Map { is_flow: false, .. } => {
                let ends = node.children().map(|child| self.end_of(child));
                ends.max().unwrap_or(node.bytes.start)
            }
            _ => node.bytes.end,
        }
    }
}
