//! The one place that knows `granit-parser`: a text becomes nodes that know their bytes.

use granit_parser::{Event, Options, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag};

use super::{Entry, Error, Kind, Node, Place, Style};

/// Reads all documents; and where each anchor is, by its number less one.
pub(super) fn read(text: &str) -> Result<(Vec<Node>, Vec<Place>), Error> {
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: Vec::new(),
    };
    let mut documents = Vec::new();
    while let Some((event, bytes)) = reader.next()? {
        if is_node(&event) {
            let place = Place(vec![documents.len()]);
            documents.push(reader.node(event, bytes, place)?);
        }
    }
    Ok((documents, reader.anchors))
}

fn is_node(event: &Event<'_>) -> bool {
    matches!(
        event,
        Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_)
    )
}

type Bytes = std::ops::Range<usize>;

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: Vec<Place>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Bytes)>, Error> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok((event, span))) => {
                let bytes = bytes(&span)?;
                Ok(Some((event, bytes)))
            }
            Some(Err(error)) => {
                let place = error.marker();
                Err(Error {
                    line: place.line(),
                    column: place.col() + 1,
                    message: error.info().to_owned(),
                })
            }
        }
    }

    fn within(&mut self) -> Result<(Event<'a>, Bytes), Error> {
        let ended = || Error {
            line: 1,
            column: 1,
            message: "the text ends within a document".to_owned(),
        };
        self.next()?.ok_or_else(ended)
    }

    fn node(&mut self, event: Event<'a>, bytes: Bytes, place: Place) -> Result<Node, Error> {
        let (anchor, tag) = match &event {
            Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(_, anchor, tag)
            | Event::MappingStart(_, anchor, tag) => (*anchor, tag.as_deref().map(Tag::original)),
            _ => (0, None),
        };
        self.remember(anchor, &place);
        let mut node = Node {
            kind: Kind::Alias { anchor: 0 },
            bytes,
            anchor: (anchor > 0).then_some(anchor),
            tag,
        };
        node.kind = match event {
            Event::Scalar(text, style, ..) => Kind::Scalar {
                text: text.into_owned(),
                style: self::style(style),
            },
            Event::SequenceStart(style, ..) => {
                let (items, end) = self.items(&place)?;
                let is_flow = style == StructureStyle::Flow;
                node.bytes.end = node.bytes.end.max(end);
                Kind::List { items, is_flow }
            }
            Event::MappingStart(style, ..) => {
                let (entries, end) = self.entries(&place)?;
                let is_flow = style == StructureStyle::Flow;
                node.bytes.end = node.bytes.end.max(end);
                Kind::Map { entries, is_flow }
            }
            Event::Alias(anchor) => Kind::Alias { anchor },
            _ => node.kind,
        };
        Ok(node)
    }

    /// Anchors are numbered from 1 in the order they are met.
    fn remember(&mut self, anchor: usize, place: &Place) {
        if anchor > 0 {
            self.anchors
                .resize(self.anchors.len().max(anchor), place.clone());
            if let Some(known) = self.anchors.get_mut(anchor - 1) {
                known.clone_from(place);
            }
        }
    }

    fn items(&mut self, place: &Place) -> Result<(Vec<Node>, usize), Error> {
        let mut items = Vec::new();
        loop {
            match self.within()? {
                (Event::SequenceEnd, bytes) => return Ok((items, bytes.end)),
                (event, bytes) if is_node(&event) => {
                    let place = place.child(items.len());
                    items.push(self.node(event, bytes, place)?);
                }
                _ => {}
            }
        }
    }

    fn entries(&mut self, place: &Place) -> Result<(Vec<Entry>, usize), Error> {
        let mut entries = Vec::new();
        let mut key = None;
        loop {
            match self.within()? {
                (Event::MappingEnd, bytes) => return Ok((entries, bytes.end)),
                (event, bytes) if is_node(&event) => {
                    // A key has no place of its own: what is anchored there is told by its entry's.
                    let node = self.node(event, bytes, place.child(entries.len()))?;
                    match key.take() {
                        None => key = Some(node),
                        Some(key) => entries.push(Entry { key, value: node }),
                    }
                }
                _ => {}
            }
        }
    }
}

fn style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

/// Texts, unlike other inputs, always have bytes.
fn bytes(span: &Span) -> Result<Bytes, Error> {
    span.byte_range().ok_or_else(|| Error {
        line: span.start.line(),
        column: span.start.col() + 1,
        message: "a place without bytes: this is a bug of coracle".to_owned(),
    })
}
