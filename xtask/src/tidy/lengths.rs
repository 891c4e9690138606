//! Files and functions stay short enough to be read at once. The ceilings are here and nowhere
//! else; the aims (300 lines a file, 40 a function) are a reviewer's.

use proc_macro2::{Delimiter, TokenTree};

use super::tokens::{each_run, group, is_mark, is_word, line, read, word};
use super::tree::is_test;
use super::{Offence, Tree};

/// Lines of a file, except of files that hold only tests.
const FILE: usize = 400;
/// Lines of a function from `fn` to its closing brace.
const FUNCTION: usize = 60;

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (path, text) in tree.rust().filter(|(path, _)| !is_test(path)) {
        let lines = text.lines().count();
        if lines > FILE {
            let what = format!("{lines} lines, the ceiling is {FILE}");
            offences.push(Offence::new(path, 0, what));
        }
        each_run(&read(text), &mut |run| {
            for long in functions(run).filter(|each| each.lines > FUNCTION) {
                let Function { name, line, lines } = long;
                let what = format!("fn {name} has {lines} lines, the ceiling is {FUNCTION}");
                offences.push(Offence::new(path, line, what));
            }
        });
    }
    offences.sort();
    offences
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// The functions with a body among these siblings.
fn functions(run: &[TokenTree]) -> impl Iterator<Item = Function> {
    run.iter().enumerate().filter_map(|(index, token)| {
        let name = word(run.get(index + 1)).filter(|_| is_word(Some(token), "fn"))?;
        let body = run[index..]
            .iter()
            .take_while(|token| !is_mark(Some(token), ';'))
            .find_map(|token| group(Some(token), Delimiter::Brace))?;
        let last = body.span_close().end().line;
        Some(Function {
            name,
            line: line(token),
            lines: last + 1 - line(token),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{FILE, FUNCTION, Tree, check};

    fn function(lines: usize) -> String {
        format!("fn long(\n) {{\n{}}}\n", "    one();\n".repeat(lines - 3))
    }

    fn offences(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn one_line_above_the_ceiling_is_found() {
        let file = "crates/one/src/lib.rs";
        assert_eq!(offences(file, &"//!\n".repeat(FILE)), 0);
        assert_eq!(offences(file, &"//!\n".repeat(FILE + 1)), 1);
        assert_eq!(offences(file, &function(FUNCTION)), 0);
        assert_eq!(offences(file, &function(FUNCTION + 1)), 1);
    }

    #[test]
    fn a_function_is_measured_inside_an_impl_and_a_macro() {
        let inside = format!("impl One {{\n{}}}\n", function(FUNCTION + 1));
        assert_eq!(offences("crates/one/src/lib.rs", &inside), 1);
        let inside = format!("proptest! {{\n{}}}\n", function(FUNCTION + 1));
        assert_eq!(offences("crates/one/src/lib.rs", &inside), 1);
    }

    #[test]
    fn a_file_of_tests_may_be_long() {
        assert_eq!(
            offences("crates/one/src/tests.rs", &"//!\n".repeat(FILE + 1)),
            0
        );
    }
}
