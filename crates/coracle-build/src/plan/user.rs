//! Who an image runs as: always two numbers, because kubelet's `runAsNonRoot` refuses names and runc refuses a name
//! that the image's `/etc/passwd` lacks.

use std::fmt;

use super::Decision;

/// The number of `nonroot`, as distroless has it.
pub const NONROOT: u32 = 65532;

/// A user and a group by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserId {
    /// The user.
    pub user: u32,
    /// The group.
    pub group: u32,
}

impl fmt::Display for UserId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.user, self.group)
    }
}

/// A `user` that is no user.
#[derive(Debug, thiserror::Error)]
#[error(
    "`user = \"{written}\"` is neither a number, nor NUMBER:NUMBER, nor \"nonroot\" or \"root\""
)]
pub struct Error {
    written: String,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some("write the number: names other than nonroot and root are in no image that coracle makes".to_owned())
    }
}

/// Decides from what the configuration says.
pub(super) fn decide(written: Option<&str>) -> Result<Decision<UserId>, Error> {
    let Some(written) = written else {
        return Ok(Decision::new(both(NONROOT), "nonroot, the default"));
    };
    let id = read(written).ok_or_else(|| Error {
        written: written.to_owned(),
    })?;
    Ok(Decision::new(id, "the configuration says so"))
}

/// `nonroot`, `root`, a number or two.
pub(super) fn read(written: &str) -> Option<UserId> {
    match written {
        "nonroot" => Some(both(NONROOT)),
        "root" => Some(both(0)),
        numbers => parse(numbers),
    }
}

fn both(number: u32) -> UserId {
    UserId {
        user: number,
        group: number,
    }
}

fn parse(written: &str) -> Option<UserId> {
    match written.split_once(':') {
        Some((user, group)) => Some(UserId {
            user: user.parse().ok()?,
            group: group.parse().ok()?,
        }),
        None => written.parse().ok().map(both),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_always_two_numbers() {
        let cases = [
            (None, "65532:65532"),
            (Some("nonroot"), "65532:65532"),
            (Some("root"), "0:0"),
            (Some("1000"), "1000:1000"),
            (Some("1000:50"), "1000:50"),
        ];
        for (written, expected) in cases {
            assert_eq!(decide(written).unwrap().value.to_string(), expected);
        }
    }

    #[test]
    fn a_name_that_no_image_has_is_refused() {
        for written in ["www-data", "1000:staff", "-1", ""] {
            assert!(decide(Some(written)).is_err(), "{written}");
        }
    }
}
