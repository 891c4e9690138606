//! The order of versions: RPM's, as pkgconf has it.
//!
//! Runs of digits are compared as numbers, runs of letters as bytes; what stands between them only separates. `~` comes
//! before everything, the end of the text included. Two texts that differ only in case are equal.

use std::cmp::Ordering;

/// Compares two versions; no version at all comes first.
pub(super) fn compare(left: Option<&str>, right: Option<&str>) -> Ordering {
    match (left, right) {
        (None, _) => Ordering::Less,
        (_, None) => Ordering::Greater,
        (Some(left), Some(right)) if left.eq_ignore_ascii_case(right) => Ordering::Equal,
        (Some(left), Some(right)) => by_runs(left.as_bytes(), right.as_bytes()),
    }
}

fn by_runs(mut left: &[u8], mut right: &[u8]) -> Ordering {
    loop {
        left = after_separators(left);
        right = after_separators(right);
        match (left.first(), right.first()) {
            (Some(b'~'), Some(b'~')) => {
                left = left.get(1..).unwrap_or_default();
                right = right.get(1..).unwrap_or_default();
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(_), Some(_)) => {}
        }
        let numbers = left.first().is_some_and(u8::is_ascii_digit);
        let belongs = if numbers {
            u8::is_ascii_digit
        } else {
            u8::is_ascii_alphabetic
        };
        let (left_run, left_rest) = run(left, belongs);
        let (right_run, right_rest) = run(right, belongs);
        if right_run.is_empty() {
            // Of a number and a word at the same place the number is the newer.
            return if numbers {
                Ordering::Greater
            } else {
                Ordering::Less
            };
        }
        let order = if numbers {
            let (left_run, right_run) = (without_zeros(left_run), without_zeros(right_run));
            left_run
                .len()
                .cmp(&right_run.len())
                .then_with(|| left_run.cmp(right_run))
        } else {
            left_run.cmp(right_run)
        };
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
}

fn after_separators(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| byte.is_ascii_alphanumeric() || *byte == b'~');
    text.get(start.unwrap_or(text.len())..).unwrap_or_default()
}

fn run(text: &[u8], belongs: fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text
        .iter()
        .position(|byte| !belongs(byte))
        .unwrap_or(text.len());
    text.split_at(end)
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let start = digits
        .iter()
        .position(|byte| *byte != b'0')
        .unwrap_or(digits.len());
    digits.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(left: &str, right: &str, expected: Ordering) {
        assert_eq!(
            compare(Some(left), Some(right)),
            expected,
            "{left} to {right}"
        );
        assert_eq!(
            compare(Some(right), Some(left)),
            expected.reverse(),
            "{right} to {left}"
        );
    }

    #[test]
    fn numbers_words_and_tildes_are_ordered_as_rpm_does() {
        for (left, right) in [
            ("1.2", "1.10"),
            ("1.0", "1.0.1"),
            ("1.0~rc1", "1.0"),
            ("1.0~~", "1.0~"),
            ("1.0a", "1.0b"),
            ("1.a", "1.1"),
            ("1.0.7", "1.0.18"),
            ("2.0", "2.0a"),
            ("", "0"),
        ] {
            check(left, right, Ordering::Less);
        }
        for (left, right) in [
            ("1.0", "1.00"),
            ("1.0", "1_0"),
            ("1.0RC", "1.0rc"),
            ("1.0", "1.0."),
        ] {
            check(left, right, Ordering::Equal);
        }
        assert_eq!(compare(None, Some("0")), Ordering::Less);
    }

    proptest! {
        // Not in upper case: as pkgconf's, the order says that `a` is `A`, and that `B` lies between them.
        #[test]
        fn it_is_a_total_order(
            a in "[0-2ab.~+-]{0,8}", b in "[0-2ab.~+-]{0,8}", c in "[0-2ab.~+-]{0,8}"
        ) {
            let order = |left: &str, right: &str| compare(Some(left), Some(right));
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }

        #[test]
        fn no_text_makes_it_panic(left in ".{0,20}", right in ".{0,20}") {
            let _ = compare(Some(&left), Some(&right));
        }
    }
}
