//! An edit is made, and it is checked that nothing else is different.

use super::change::{Edit, EditError};
use super::{Yaml, meaning, splice};

impl Yaml {
    /// The text with these edits, each byte outside of them as it was.
    ///
    /// # Errors
    /// When a place is written in a way that is not changed, or when the changed text would not mean exactly what it
    /// meant, with the changes.
    pub fn edit(&self, edits: &[Edit]) -> Result<String, EditError> {
        let Some(first) = edits.first() else {
            return Ok(self.to_string());
        };
        let changed = splice::apply(self, edits)?;
        let read = Yaml::read(&changed).map_err(EditError::Broken)?;
        if meaning::of(&read) == meaning::after(self, edits) {
            return Ok(changed);
        }
        let span = self.span(&first.at);
        Err(EditError::Meaning {
            line: span.as_ref().map_or(1, |span| span.line),
            column: span.as_ref().map_or(1, |span| span.column),
        })
    }
}
