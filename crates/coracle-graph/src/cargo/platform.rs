//! Whether `[target.…]` holds for a target, as far as its name tells.

use std::str::FromStr;

use cargo_platform::{Cfg, CfgExpr, Platform};

use crate::answer::Answer;

/// Names that say what a target is, so that their absence is known, too.
const FAMILIES: [&str; 2] = ["unix", "windows"];
/// Names that no release build of a program has.
const NEVER: [&str; 4] = ["test", "doctest", "doc", "miri"];

/// Whether a dependency for `condition` (a triple or `cfg(…)`) is one for `triple`.
pub(super) fn holds(condition: &str, triple: Option<&str>) -> Answer {
    match Platform::from_str(condition) {
        Ok(Platform::Name(name)) => match triple {
            Some(triple) => (name == triple).into(),
            None => unknown(condition),
        },
        Ok(Platform::Cfg(expression)) => {
            evaluate(&expression, condition, triple.and_then(Target::of).as_ref())
        }
        Err(_) => unknown(condition),
    }
}

fn unknown(condition: &str) -> Answer {
    Answer::unknown(format!("whether {condition} holds is not known"))
}

fn evaluate(expression: &CfgExpr, whole: &str, target: Option<&Target<'_>>) -> Answer {
    let each = |inner: &CfgExpr| evaluate(inner, whole, target);
    match expression {
        CfgExpr::Not(inner) => !each(inner),
        CfgExpr::All(inner) => inner.iter().map(each).fold(Answer::Yes, Answer::and),
        CfgExpr::Any(inner) => inner.iter().map(each).fold(Answer::No, Answer::or),
        CfgExpr::True => Answer::Yes,
        CfgExpr::False => Answer::No,
        CfgExpr::Value(value) => {
            let known = match target {
                Some(target) => target.has(value),
                None => without_target(value),
            };
            known.map_or_else(|| unknown(whole), Answer::from)
        }
    }
}

fn without_target(value: &Cfg) -> Option<bool> {
    match value {
        Cfg::Name(name) if NEVER.contains(&name.as_str()) => Some(false),
        _ => None,
    }
}

/// What the name of a target says of it.
struct Target<'a> {
    architecture: &'a str,
    vendor: &'a str,
    system: &'a str,
    environment: &'a str,
}

impl<'a> Target<'a> {
    fn of(triple: &'a str) -> Option<Target<'a>> {
        let mut parts = triple.splitn(4, '-');
        let (architecture, vendor) = (parts.next()?, parts.next()?);
        let (system, environment) = (parts.next()?, parts.next().unwrap_or_default());
        Some(Target {
            architecture: match architecture {
                "i386" | "i586" | "i686" => "x86",
                "powerpc64le" => "powerpc64",
                arm if arm.starts_with("armv") => "arm",
                riscv if riscv.starts_with("riscv64") => "riscv64",
                riscv if riscv.starts_with("riscv32") => "riscv32",
                other => other,
            },
            vendor,
            system: match system {
                "darwin" => "macos",
                other => other,
            },
            environment: match environment {
                gnu if gnu.starts_with("gnu") => "gnu",
                musl if musl.starts_with("musl") => "musl",
                other => other,
            },
        })
    }

    /// Whether rustc would say this of the target; `None` where its name does not tell.
    fn has(&self, value: &Cfg) -> Option<bool> {
        let is_windows = self.system == "windows";
        match value {
            Cfg::Name(name) if FAMILIES.contains(&name.as_str()) => self
                .is_usual()
                .then(|| (name.as_str() == "windows") == is_windows),
            Cfg::Name(name) if NEVER.contains(&name.as_str()) => Some(false),
            Cfg::Name(_) => None,
            Cfg::KeyPair(key, value) => match key.as_str() {
                "target_os" => Some(value == self.system),
                "target_arch" => Some(value == self.architecture),
                "target_env" => Some(value == self.environment),
                "target_vendor" => Some(value == self.vendor),
                "target_family" if self.is_usual() => {
                    Some(value == if is_windows { "windows" } else { "unix" })
                }
                "target_pointer_width" => Some(value == self.pointer_width()?),
                "target_endian" if self.pointer_width().is_some() => Some(value == "little"),
                _ => None,
            },
        }
    }

    /// Systems that are of one family alone.
    fn is_usual(&self) -> bool {
        matches!(
            self.system,
            "linux" | "windows" | "macos" | "freebsd" | "netbsd" | "openbsd"
        )
    }

    /// Of the little-endian architectures that programs are built for.
    fn pointer_width(&self) -> Option<&'static str> {
        match self.architecture {
            "x86_64" | "aarch64" | "riscv64" | "loongarch64" => Some("64"),
            "x86" | "arm" | "riscv32" => Some("32"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GNU: &str = "x86_64-unknown-linux-gnu";

    fn check(condition: &str, triple: Option<&str>, expected: Option<bool>) {
        let answer = holds(condition, triple);
        match expected {
            Some(expected) => assert_eq!(answer, expected.into(), "{condition}"),
            None => assert!(answer.because().is_some(), "{condition}: {answer:?}"),
        }
    }

    #[test]
    fn a_triple_tells_system_architecture_and_library() {
        check("cfg(unix)", Some(GNU), Some(true));
        check("cfg(windows)", Some(GNU), Some(false));
        check(
            "cfg(target_env = \"musl\")",
            Some("aarch64-unknown-linux-musl"),
            Some(true),
        );
        check(
            "cfg(all(target_os = \"linux\", target_arch = \"arm\"))",
            Some("armv7-unknown-linux-gnueabihf"),
            Some(true),
        );
        check(
            "cfg(not(target_pointer_width = \"64\"))",
            Some("i686-unknown-linux-gnu"),
            Some(true),
        );
        check(GNU, Some(GNU), Some(true));
        check("x86_64-pc-windows-msvc", Some(GNU), Some(false));
    }

    #[test]
    fn what_flags_may_switch_is_not_known_unless_the_rest_decides() {
        check("cfg(tokio_unstable)", Some(GNU), None);
        check("cfg(target_feature = \"aes\")", Some(GNU), None);
        check("cfg(all(windows, tokio_unstable))", Some(GNU), Some(false));
        check("cfg(any(unix, tokio_unstable))", Some(GNU), Some(true));
        check("cfg(unix)", None, None);
        check("cfg(test)", None, Some(false));
        check("cfg((", Some(GNU), None);
    }
}
