//! TOML with places: what stands under a name, if it is of the kind that is asked for.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Error;
use crate::place::{Place, Placed};

/// A table of a file.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    file: &'a str,
    table: &'a DeTable<'a>,
}

/// A value of a table, with its name's place.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    file: &'a str,
    value: &'a DeValue<'a>,
    bytes: (usize, usize),
    name: (usize, usize),
}

/// Reads a file whole and hands its table on.
pub(super) fn read<T>(
    file: &str,
    text: &str,
    then: impl FnOnce(Table<'_>) -> T,
) -> Result<T, Error> {
    let parsed = DeTable::parse(text).map_err(|error| Error::Toml {
        place: Place::new(file, error.span().unwrap_or(0..0)),
        message: error.message().to_owned(),
    })?;
    Ok(then(Table {
        file,
        table: parsed.get_ref(),
    }))
}

impl<'a> Table<'a> {
    pub(super) fn file(self) -> &'a str {
        self.file
    }

    /// What stands under a name.
    pub(super) fn get(self, name: &str) -> Option<Item<'a>> {
        let (key, value) = self.table.get_key_value(name)?;
        Some(item(self.file, key.span(), value))
    }

    /// What stands under one of the names, the first that is there: cargo knows some under two.
    pub(super) fn either(self, names: [&str; 2]) -> Option<Item<'a>> {
        names.into_iter().find_map(|name| self.get(name))
    }

    /// A table under a name.
    pub(super) fn table(self, name: &str) -> Option<Table<'a>> {
        self.get(name)?.table()
    }

    /// A text under a name.
    pub(super) fn text(self, name: &str) -> Option<Placed<String>> {
        self.get(name)?.text()
    }

    /// Every value with its name, in the file's order.
    pub(super) fn items(self) -> Vec<(&'a str, Item<'a>)> {
        let items = self.table.iter();
        let mut items: Vec<_> = items
            .map(|(key, value)| (key.get_ref().as_ref(), item(self.file, key.span(), value)))
            .collect();
        items.sort_by_key(|(_, item)| item.name);
        items
    }
}

fn item<'a>(file: &'a str, key: Range<usize>, value: &'a Spanned<DeValue<'a>>) -> Item<'a> {
    let bytes = value.span();
    Item {
        file,
        value: value.get_ref(),
        bytes: (bytes.start, bytes.end),
        name: (key.start, key.end),
    }
}

impl<'a> Item<'a> {
    /// Where the value stands.
    pub(super) fn place(self) -> Place {
        Place::new(self.file, self.bytes.0..self.bytes.1)
    }

    /// Where the name stands.
    pub(super) fn name_place(self) -> Place {
        Place::new(self.file, self.name.0..self.name.1)
    }

    pub(super) fn table(self) -> Option<Table<'a>> {
        let file = self.file;
        self.value.as_table().map(|table| Table { file, table })
    }

    pub(super) fn text(self) -> Option<Placed<String>> {
        let text = self.value.as_str()?;
        Some(Placed::new(text.to_owned(), self.place()))
    }

    pub(super) fn flag(self) -> Option<bool> {
        self.value.as_bool()
    }

    /// A text, a number or a flag, as it would be written.
    pub(super) fn scalar(self) -> Option<Placed<String>> {
        let text = match self.value {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Boolean(flag) => flag.to_string(),
            _ => return None,
        };
        Some(Placed::new(text, self.place()))
    }

    /// What a list holds; nothing where it is none.
    pub(super) fn list(self) -> Vec<Item<'a>> {
        let items = self
            .value
            .as_array()
            .into_iter()
            .flat_map(|list| list.iter());
        items
            .map(|value| item(self.file, value.span(), value))
            .collect()
    }

    /// The texts of a list.
    pub(super) fn texts(self) -> Vec<Placed<String>> {
        self.list().into_iter().filter_map(Item::text).collect()
    }

    /// The words of a text, or the texts of a list.
    pub(super) fn words(self) -> Vec<Placed<String>> {
        let Some(text) = self.text() else {
            return self.texts();
        };
        let words = text.value.split_whitespace();
        words
            .map(|word| Placed::new(word.to_owned(), text.place.clone()))
            .collect()
    }
}
