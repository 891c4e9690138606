//! What a machine has and lacks, a tool a line; what is missing with the command that installs it.

use std::fmt::Write as _;

use coracle_build::doctor::{Checkup, State};

/// Renders it.
pub(crate) fn text(checkup: &Checkup) -> String {
    let widest = checkup.tools.iter().map(|tool| tool.name.len()).max();
    let widest = widest.unwrap_or(0);
    let mut text = String::new();
    for tool in &checkup.tools {
        let (name, purpose) = (&tool.name, &tool.purpose);
        let _ = match &tool.state {
            State::There { says } => writeln!(text, "ok       {name:widest$}  {says}  ({purpose})"),
            State::Missing { install } => writeln!(
                text,
                "missing  {name:widest$}  {purpose}\n         {:widest$}  install it: {install}",
                ""
            ),
            State::Unavailable { reason } => {
                writeln!(text, "without  {name:widest$}  {reason}  ({purpose})")
            }
        };
    }
    text
}
