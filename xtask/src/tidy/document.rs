//! Tables of ARCHITECTURE.md that the rules read: the document is the source, the rules only hold
//! the code to it. A table is named by the comment above it: `<!-- tidy: NAME -->`.

use super::Tree;

pub(super) const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The named table's rows, each cell as the words in it that stand between backticks; the heading
/// rows are left out. An error says what is not there.
pub(super) fn table(tree: &Tree, name: &str) -> Result<Vec<Vec<Vec<String>>>, String> {
    let mark = format!("<!-- tidy: {name} -->");
    let text = tree
        .text(ARCHITECTURE)
        .ok_or_else(|| "is not there".to_owned())?;
    let rows: Vec<_> = text
        .lines()
        .skip_while(|line| line.trim() != mark)
        .skip(1)
        .skip_while(|line| line.trim().is_empty())
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(quoted).collect())
        .collect();
    if rows.is_empty() {
        return Err(format!("has no table under `{mark}`"));
    }
    Ok(rows)
}

/// The words between backticks.
fn quoted(cell: &str) -> Vec<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Tree, table};

    #[test]
    fn a_table_is_found_by_the_comment_above_it() {
        let text = "<!-- tidy: uses -->\n\n| a | b |\n|---|---|\n| `x` | `y`, `z` |\n| `w` | – |\n\n| `no` |\n";
        let rows = table(&Tree::of(&[("ARCHITECTURE.md", text)]), "uses").unwrap();
        assert_eq!(rows, [[vec!["x"], vec!["y", "z"]], [vec!["w"], vec![]]]);
    }

    #[test]
    fn a_table_that_is_gone_is_an_error() {
        assert!(table(&Tree::default(), "uses").is_err());
        assert!(table(&Tree::of(&[("ARCHITECTURE.md", "| a |\n")]), "uses").is_err());
    }
}
