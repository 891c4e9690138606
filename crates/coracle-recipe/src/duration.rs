//! Durations as Go writes them (`1m30s`, `1.5h`, `500ms`), which docker and compose use.

use std::time::Duration;

const NANOSECONDS: &[(&str, f64)] = &[
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    // Compose's own.
    ("d", 86_400e9),
    ("w", 604_800e9),
];

/// Reads one; `None` when it is none, or longer than docker's 64 bits of nanoseconds.
pub(crate) fn parse(written: &str) -> Option<Duration> {
    if written == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = written;
    let mut total = 0.0;
    while !rest.is_empty() {
        let end_of_number = rest.find(|at: char| !at.is_ascii_digit() && at != '.')?;
        let (number, after) = rest.split_at(end_of_number);
        let end_of_unit = after.find(|at: char| at.is_ascii_digit() || at == '.');
        let (unit, after) = after.split_at(end_of_unit.unwrap_or(after.len()));
        let (_, factor) = NANOSECONDS.iter().find(|(name, _)| *name == unit)?;
        total += number.parse::<f64>().ok()? * factor;
        rest = after;
    }
    let fits = !written.is_empty() && total <= i64::MAX as f64;
    fits.then(|| Duration::from_nanos(total.round() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let cases = [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("500ms", Some(500)),
            ("0", Some(0)),
            ("1d", Some(86_400_000)),
            ("", None),
            ("30", None),
            ("s", None),
            ("-1s", None),
            ("1x", None),
            ("1..2s", None),
            ("99999999999h", None),
        ];
        for (written, milliseconds) in cases {
            let expected = milliseconds.map(Duration::from_millis);
            assert_eq!(parse(written), expected, "{written}");
        }
    }
}
