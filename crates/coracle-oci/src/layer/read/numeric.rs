//! Numbers in tar headers: octal digits, or base 256 where those do not suffice. What is accepted is what Go's reader accepts.

/// The value of a numeric field; an empty one is 0.
pub(super) fn parse(field: &[u8]) -> Option<i64> {
    match field.first() {
        Some(first) if first & 0x80 != 0 => base_256(field, *first),
        _ => octal(field),
    }
}

/// Big-endian two's complement, but for the topmost bit, which only marks the form.
fn base_256(field: &[u8], first: u8) -> Option<i64> {
    let inverted = if first & 0x40 != 0 { 0xff } else { 0 };
    let mut value: u64 = 0;
    for (index, byte) in field.iter().enumerate() {
        let mask = if index == 0 { 0x7f } else { 0xff };
        if value >> 56 != 0 {
            return None;
        }
        value = value << 8 | u64::from((byte ^ inverted) & mask);
    }
    let value = i64::try_from(value).ok()?;
    Some(if inverted == 0 { value } else { !value })
}

/// Spaces and NULs stand around the digits; what comes after a NUL does not count.
fn octal(field: &[u8]) -> Option<i64> {
    let is_padding = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_padding(byte));
    let mut text = field.get(start.unwrap_or(field.len())..)?;
    while let Some((last, rest)) = text.split_last()
        && is_padding(last)
    {
        text = rest;
    }
    let end = text.iter().position(|byte| *byte == 0);
    let digits = text.get(..end.unwrap_or(text.len()))?;
    digits.iter().try_fold(0i64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_read_as_gos_reader_reads_them() {
        for (field, expected) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"   644 \0", Some(0o644)),
            (b"", Some(0)),
            (b"\0\0\0", Some(0)),
            (b"       ", Some(0)),
            (b"77\x0099", Some(0o77)),
            (b"8", None),
            (b"-1", None),
            (b"1 1", None),
            (b"\x80", Some(0)),
            (b"\x80\0\0\0\0\x2d\xc6\xc0", Some(3_000_000)),
            (b"\xff\xff", Some(-1)),
            (b"\xff\xfb", Some(-5)),
            (b"\xbf", Some(63)),
            (
                b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
                Some(i64::MAX),
            ),
            (b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None),
            (b"\xff\xff\xff\xff\x80\0\0\0\0\0\0\0", Some(i64::MIN)),
            (b"\xff\0\0\0\0\0\0\0\0\0\0\0", None),
            (b"777777777777777777777777", None),
        ] {
            assert_eq!(parse(field), expected, "{}", field.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(field in proptest::collection::vec(any::<u8>(), 0..13)) {
            let _ = parse(&field);
        }
    }
}
