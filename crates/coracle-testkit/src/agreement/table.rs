//! The table of a run: what was asked, how often both sides agreed, and each difference with its reason.

use std::fmt::Write as _;
use std::fs;

use coracle_distro::Archive;
use jiff::Timestamp;

use super::{Sample, committed};

/// A table in the making.
#[derive(Debug)]
pub struct Table {
    name: &'static str,
    full: bool,
    text: String,
    columns: usize,
}

impl Table {
    /// A table under `docs/agreement/NAME.md` of what a test (by its name) found.
    pub fn new(
        name: &'static str,
        test: &str,
        title: &str,
        oracle: &str,
        sample: &Sample,
    ) -> Table {
        let day = Timestamp::now().strftime("%F");
        let (extent, variable) = match sample.is_full() {
            true => ("the full run", "CORACLE_FULL=1 "),
            false => ("a sample", ""),
        };
        let mut text = format!("# {title}\n\n");
        let _ = writeln!(
            text,
            "Judged by {oracle}. This is {extent} of {day} with the seed {}; a machine writes this file, and this \
             repeats it with the archives as they are then:\n\n\
             ```console\n$ CORACLE_SEED={} {variable}cargo xtask test --real {test}\n```",
            sample.seed(),
            sample.seed()
        );
        Table {
            name,
            full: sample.is_full(),
            text,
            columns: 0,
        }
    }

    /// The releases that answered.
    pub fn releases(&mut self, archive: &Archive<'_>) {
        let releases = archive.releases();
        let dates = releases
            .iter()
            .map(|release| format!("{} of {}", release.codename, release.date));
        let dates: Vec<String> = dates.collect();
        let _ = writeln!(
            self.text,
            "\n{} {}: {}.",
            archive.suite(),
            archive.architecture(),
            dates.join(", ")
        );
        self.columns = 0;
    }

    /// A paragraph.
    pub fn say(&mut self, words: &str) {
        let _ = writeln!(self.text, "\n{words}");
        self.columns = 0;
    }

    /// The head of rows.
    pub fn head(&mut self, columns: &[&str]) {
        let _ = writeln!(
            self.text,
            "\n| {} |\n|{}",
            columns.join(" | "),
            "---|".repeat(columns.len())
        );
        self.columns = columns.len();
    }

    /// A row.
    pub fn row(&mut self, cells: &[&str]) {
        assert_eq!(
            cells.len(),
            self.columns,
            "a row has as many cells as its head"
        );
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| cell.replace('|', "\\|").replace('\n', " "))
            .collect();
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// The table's text, to be printed; a full run's is written where it is committed, too.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> std::io::Result<String> {
        if self.full {
            let folder = committed();
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("{}.md", self.name)), &self.text)?;
        }
        Ok(self.text)
    }
}
