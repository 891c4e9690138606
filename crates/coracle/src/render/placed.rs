//! What is said alike of programs in places, whatever the form.

use coracle_build::check::against::{Fate, Placed, Standing};

/// What became of a program in a place, in words.
pub(super) fn word(standing: &Standing) -> &'static str {
    match standing.outcome.as_ref().map(|outcome| outcome.fate) {
        Ok(Fate::Starts) => "starts",
        Ok(Fate::LibcFits) => "its libc would do",
        Ok(Fate::DiesLater) => "starts, and dies later",
        Ok(Fate::NotProven) => "not proven",
        Ok(Fate::NotInSuite) => "not in the suite",
        Ok(Fate::DoesNotStart) => "does not start",
        Err(_) => "not looked at",
    }
}

/// The same as a name that stays.
pub(super) fn name(standing: &Standing) -> &'static str {
    match standing.outcome.as_ref().map(|outcome| outcome.fate) {
        Ok(Fate::Starts) => "starts",
        Ok(Fate::LibcFits) => "libc-fits",
        Ok(Fate::DiesLater) => "dies-later",
        Ok(Fate::NotProven) => "not-proven",
        Ok(Fate::NotInSuite) => "not-in-suite",
        Ok(Fate::DoesNotStart) => "does-not-start",
        Err(_) => "not-looked-at",
    }
}

/// Why, in a line.
pub(super) fn reason(standing: &Standing) -> String {
    let text = match &standing.outcome {
        Ok(outcome) => outcome.reason.clone(),
        Err(error) => error.to_string(),
    };
    super::plain(text.lines().next().unwrap_or_default())
}

/// How much it weighs that it does not start there: `error` where somebody asked for just that place or where it starts
/// nowhere, `note` where all places were asked for; nothing where all is well.
pub(super) fn level(placed: &Placed, standing: &Standing) -> Option<&'static str> {
    let fails = standing.is_named || !placed.is_well();
    match standing.outcome.as_ref().map(|outcome| outcome.fate) {
        Ok(fate) if fate.is_well() => None,
        Ok(Fate::NotProven) if fails => Some("warning"),
        Ok(_) if fails => Some("error"),
        Ok(_) | Err(_) => Some("note"),
    }
}

/// What a program is, in a line: `linked to glibc, asks for GLIBC_2.39, needs libsqlite3.so.0`.
pub(super) fn described(placed: &Placed) -> String {
    let others = placed.program.other_libraries();
    let needs = match others.as_slice() {
        [] => String::new(),
        others => format!("; needs {}", others.join(", ")),
    };
    super::plain(&format!("{}{needs}", placed.program.asks))
}
