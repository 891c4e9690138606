//! PAX records (POSIX.1-2001, pax Interchange Format): `LENGTH KEY=VALUE\n`, where the value may be any bytes.

use std::collections::BTreeMap;

/// The records that matter for a layer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) uid: Option<u64>,
    pub(super) gid: Option<u64>,
    pub(super) mtime: Option<i64>,
    pub(super) xattrs: BTreeMap<String, Vec<u8>>,
    pub(super) sparse: bool,
}

pub(super) fn parse(mut records: &[u8]) -> Result<Extended, String> {
    let mut extended = Extended::default();
    while !records.is_empty() {
        let (key, value, rest) = split(records).ok_or("a PAX record is malformed")?;
        extended.take(key, value)?;
        records = rest;
    }
    Ok(extended)
}

/// The first record's key and value, and the records after it.
fn split(records: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let space = records.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(records.get(..space)?)
        .ok()?
        .parse()
        .ok()?;
    let record = records.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(record.get(..equals)?).ok()?;
    Some((key, record.get(equals + 1..)?, records.get(length..)?))
}

impl Extended {
    fn take(&mut self, key: &str, value: &[u8]) -> Result<(), String> {
        if key.starts_with("GNU.sparse.") {
            self.sparse = true;
        }
        if value.is_empty() {
            // As if the record were not there.
            return Ok(());
        }
        match key {
            "path" | "linkpath" if value.contains(&0) => {
                return Err(format!("the PAX record `{key}` has a NUL in it"));
            }
            "path" => self.path = Some(value.to_owned()),
            "linkpath" => self.link = Some(value.to_owned()),
            "size" => self.size = Some(number(key, value)?),
            "uid" => self.uid = Some(number(key, value)?),
            "gid" => self.gid = Some(number(key, value)?),
            "mtime" => self.mtime = Some(seconds(value).ok_or_else(|| not_a_number(key))?),
            _ => {
                if let Some(name) = key.strip_prefix("SCHILY.xattr.") {
                    self.xattrs.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Ok(())
    }
}

fn number(key: &str, value: &[u8]) -> Result<u64, String> {
    let text = std::str::from_utf8(value).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| not_a_number(key))
}

fn not_a_number(key: &str) -> String {
    format!("the PAX record `{key}` is not a number")
}

/// Whole seconds, rounded down; `-1.5` is `-2`.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let down = whole.starts_with('-') && fraction.bytes().any(|byte| byte != b'0');
    whole.parse::<i64>().ok()?.checked_sub(i64::from(down))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_may_hold_any_bytes() {
        let extended = parse(b"37 SCHILY.xattr.security.capability=\n\n5 a=\n").err();
        assert_eq!(extended.as_deref(), Some("a PAX record is malformed"));
        let value = b"\n1 x=\n\0\xff";
        let mut record = b" SCHILY.xattr.security.capability=".to_vec();
        record.extend(value);
        record.push(b'\n');
        let mut records = format!("{}", record.len() + 2).into_bytes();
        records.extend(record);
        assert_eq!(
            parse(&records).unwrap().xattrs["security.capability"],
            value
        );
    }

    #[test]
    fn times_are_rounded_down() {
        for (text, expected) in [
            ("1.9", Some(1)),
            ("-1.5", Some(-2)),
            ("-1.0", Some(-1)),
            ("7", Some(7)),
            ("-0.5", Some(-1)),
            ("x", None),
            ("1.x", None),
            ("", None),
        ] {
            assert_eq!(seconds(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn malformed_records_are_refused() {
        for records in [
            &b"x"[..],
            b"0 a=b\n",
            b"99 path=a\n",
            b"9 path=a",
            b"10 path=ab",
            b"8 pathx\n",
            b"18446744073709551615 a=b\n",
            b"11 size=-1\n",
            b"12 path=a\0b\n",
        ] {
            assert!(
                parse(records).is_err(),
                "{:?}",
                String::from_utf8_lossy(records)
            );
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(records in proptest::collection::vec(any::<u8>(), 0..100), length in 0usize..200) {
            let _ = parse(&records);
            let mut begun = format!("{length} path=").into_bytes();
            begun.extend(records);
            let _ = parse(&begun);
        }
    }
}
