//! The forms that cut a pattern out of a value, `${X#…}`, `${X%…}` and `${X/…/…}`, as BuildKit has them: `*` is any text
//! within a line, `?` any character, a backslash protects these and itself. There are no brackets.

/// A piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    Character(char),
    One,
    Many,
}

/// So many steps are more than any real value needs; whoever wants more has none of it.
const STEPS: usize = 10_000_000;

/// Takes what matches away from the beginning, or the end, of a value: the shortest, or the longest. `None` where the
/// pattern is none.
pub(super) fn cut(value: &str, pattern: &str, is_end: bool, is_longest: bool) -> Option<String> {
    let mut pieces = read(pattern)?;
    let mut characters: Vec<char> = value.chars().collect();
    if is_end {
        pieces.reverse();
        characters.reverse();
    }
    if pieces.len().saturating_mul(characters.len()) > STEPS {
        return None;
    }
    let length = first(&pieces, &characters, is_longest).unwrap_or(0);
    let mut kept: Vec<char> = characters.into_iter().skip(length).collect();
    if is_end {
        kept.reverse();
    }
    Some(kept.into_iter().collect())
}

/// Puts something in the place of the first match, or of all: the longest from where it begins.
pub(super) fn replace(value: &str, pattern: &str, with: &str, is_all: bool) -> Option<String> {
    let pieces = read(pattern)?;
    let characters: Vec<char> = value.chars().collect();
    let steps = characters.len().saturating_mul(characters.len());
    // Nothing is everywhere, and where all are replaced a dollar means something of its own.
    if pieces.is_empty()
        || is_all && with.contains('$')
        || steps.saturating_mul(pieces.len()) > STEPS
    {
        return None;
    }
    let mut text = String::new();
    let mut at = 0;
    let mut was_replaced = false;
    let mut is_behind = false;
    while at <= characters.len() {
        let rest = characters.get(at..).unwrap_or_default();
        let found = match is_all || !was_replaced {
            true => first(&pieces, rest, true).filter(|length| *length > 0 || !is_behind),
            false => None,
        };
        if let Some(length) = found {
            text.push_str(with);
            was_replaced = true;
            at += length;
            is_behind = true;
            if length > 0 {
                continue;
            }
        }
        is_behind = false;
        text.extend(characters.get(at));
        at += 1;
    }
    Some(text)
}

fn read(pattern: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => Piece::Many,
            '?' => Piece::One,
            '\\' => match characters.next()? {
                protected @ ('*' | '?' | '\\' | '}' | '/') => Piece::Character(protected),
                _ => return None,
            },
            other => Piece::Character(other),
        });
    }
    Some(pieces)
}

/// How many characters at the beginning the pattern matches, at least or at most.
fn first(pieces: &[Piece], characters: &[char], is_longest: bool) -> Option<usize> {
    // Behind which of the characters the pieces so far may end.
    let mut ends = vec![false; characters.len() + 1];
    if let Some(beginning) = ends.first_mut() {
        *beginning = true;
    }
    for piece in pieces {
        let mut next = Vec::with_capacity(ends.len());
        let previous = std::iter::once(None).chain(characters.iter().map(Some));
        let mut was_end = false;
        let mut is_open = false;
        for (previous, is_end) in previous.zip(ends) {
            let accepts =
                |accepts: &dyn Fn(char) -> bool| previous.is_some_and(|one| accepts(*one));
            is_open = is_end || is_open && accepts(&|one| one != '\n');
            next.push(match piece {
                Piece::Character(wanted) => was_end && accepts(&|one| one == *wanted),
                Piece::One => was_end && accepts(&|one| one != '\n'),
                Piece::Many => is_open,
            });
            was_end = is_end;
        }
        ends = next;
    }
    match is_longest {
        true => ends.iter().rposition(|is_end| *is_end),
        false => ends.iter().position(|is_end| *is_end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_or_the_longest_is_cut_from_either_end() {
        for (value, pattern, is_end, is_longest, expected) in [
            ("a/b/c", "*/", false, false, Some("b/c")),
            ("a/b/c", "*/", false, true, Some("c")),
            ("a/b/c", "/*", true, false, Some("a/b")),
            ("a/b/c", "/*", true, true, Some("a")),
            ("v1.2", "v", false, false, Some("1.2")),
            ("v1.2", "x", false, true, Some("v1.2")),
            ("a*b", "a\\*", false, false, Some("b")),
            ("abc", "??", true, true, Some("a")),
            ("abc", "\\b", false, false, None),
            ("ä\nb", "*", false, true, Some("\nb")),
        ] {
            let found = cut(value, pattern, is_end, is_longest);
            assert_eq!(found.as_deref(), expected, "{value} {pattern}");
        }
    }

    #[test]
    fn the_first_or_all_are_replaced() {
        for (value, pattern, with, is_all, expected) in [
            ("1.2.3", ".", "_", false, Some("1_2.3")),
            ("1.2.3", ".", "_", true, Some("1_2_3")),
            ("abcabc", "b*c", "x", false, Some("ax")),
            ("abc", "*", "x", true, Some("x")),
            ("", "*", "x", true, Some("x")),
            ("a/b", "\\/", "-", true, Some("a-b")),
            ("abc", "", "x", false, None),
            ("abc", "b", "$1", true, None),
        ] {
            let found = replace(value, pattern, with, is_all);
            assert_eq!(found.as_deref(), expected, "{value} {pattern}");
        }
    }
}
