//! Which CPUs an image is for: every one of its platform, unless its program was compiled for a higher level. That
//! level is the variant of the image's platform, and what it is proven for.

use coracle_binary::CpuLevel;
use coracle_binary::elf::Machine;
use coracle_binary::inspect::Facts;
use coracle_oci::Platform;
use coracle_toolchain::{Artifact, CpuFlag};

use super::Error;
use crate::event::{Event, Observer};

/// A level above the baseline, and what raises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raised {
    pub(super) level: CpuLevel,
    pub(super) why: String,
}

/// The level that a program was compiled for, where that is above the baseline. What no level says is warned of.
pub(super) fn of(
    service: &str,
    artifact: &Artifact,
    facts: &Facts,
    observer: Observer<'_>,
) -> Result<Option<Raised>, Error> {
    let machine = facts.elf.machine;
    let recorded = CpuLevel::of_binary(&facts.elf, facts.go.as_ref());
    let mut highest = recorded.map(|(level, why)| Raised { level, why });
    for flag in &artifact.cpu {
        match of_flag(machine, flag) {
            Some(raised) if raised.level.is_within(CpuLevel::baseline(machine)) => {}
            Some(raised) => {
                let is_higher = |known: &Raised| known.level >= raised.level;
                if !highest.as_ref().is_some_and(is_higher) {
                    highest = Some(raised);
                }
            }
            None if flag.is_cpu => {
                return Err(Error::TargetCpu {
                    service: service.to_owned(),
                    flag: flag.flag.clone(),
                    origin: flag.origin.clone(),
                });
            }
            None => {
                let CpuFlag { flag, origin, .. } = flag;
                let text = format!(
                    "`{flag}` in {origin} switches on what no CPU level has: a CPU without it fails, and the proof does not see that"
                );
                let service = Some(service.to_owned());
                observer(&Event::Warning { service, text });
            }
        }
    }
    Ok(highest)
}

fn of_flag(machine: Machine, flag: &CpuFlag) -> Option<Raised> {
    let level = match flag.is_cpu {
        true => CpuLevel::of_target_cpu(machine, &flag.name)?,
        false => CpuLevel::of_feature(machine, &flag.name)?,
    };
    let why = format!("`{}` in {}", flag.flag, flag.origin);
    Some(Raised { level, why })
}

/// The platform of the image, which is told where it is not just the one that was asked for.
pub(super) fn platform(
    service: &str,
    platform: &Platform,
    raised: Option<&Raised>,
    observer: Observer<'_>,
) -> Platform {
    let Some(Raised { level, why }) = raised else {
        return platform.clone();
    };
    let platform = Platform {
        variant: level.variant(),
        ..platform.clone()
    };
    let text = format!(
        "the image is for {platform}: the program needs {level} ({why}), and older CPUs cannot run it"
    );
    let service = Some(service.to_owned());
    observer(&Event::Note { service, text });
    platform
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use coracle_toolchain::compile::MadeOf;

    use super::*;

    fn flag(name: &str, is_cpu: bool) -> CpuFlag {
        let word = if is_cpu {
            "target-cpu="
        } else {
            "target-feature=+"
        };
        CpuFlag {
            flag: format!("-C {word}{name}"),
            name: name.to_owned(),
            is_cpu,
            origin: "RUSTFLAGS".to_owned(),
        }
    }

    fn artifact(cpu: Vec<CpuFlag>) -> Artifact {
        Artifact {
            made_of: MadeOf::default(),
            path: "/a".into(),
            fresh: true,
            toolchain: "rustc".to_owned(),
            linked: Vec::new(),
            asked: Vec::new(),
            cpu,
            time64: true,
            back_end: None,
        }
    }

    /// What these flags of a program that itself records nothing come to, and what is said meanwhile.
    fn raised(cpu: Vec<CpuFlag>) -> (Result<Option<Raised>, Error>, Vec<String>) {
        let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let facts = Facts::read(&bytes).unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let observer: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(move |event: &Event| {
            if let Event::Warning { text, .. } | Event::Note { text, .. } = event {
                heard.lock().unwrap().push(text.clone());
            }
        });
        let found = of("api", &artifact(cpu), &facts, &observer);
        let shown = found.as_ref().ok().and_then(Option::as_ref);
        platform("api", &Platform::linux("amd64"), shown, &observer);
        let said = said.lock().unwrap().clone();
        (found, said)
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn the_highest_level_of_all_flags_is_the_variant_and_is_told() {
        let (none, said) = raised(vec![flag("x86-64", true), flag("sse2", false)]);
        assert_eq!((none.unwrap(), said.len()), (None, 0));
        let (found, said) = raised(vec![flag("x86-64-v2", true), flag("avx2", false)]);
        assert_eq!(
            found.unwrap().unwrap().level.variant().as_deref(),
            Some("v3")
        );
        insta::assert_snapshot!(said.join("\n"), @"the image is for linux/amd64/v3: the program needs x86-64-v3 (`-C target-feature=+avx2` in RUSTFLAGS), and older CPUs cannot run it");
    }

    #[test]
    fn instructions_of_no_level_are_warned_of_and_a_cpu_of_no_level_is_refused() {
        let (found, said) = raised(vec![flag("nosuch", false)]);
        assert_eq!(found.unwrap(), None);
        insta::assert_snapshot!(said.join("\n"), @"`-C target-feature=+nosuch` in RUSTFLAGS switches on what no CPU level has: a CPU without it fails, and the proof does not see that");
        let error = raised(vec![flag("mine", true)]).0.unwrap_err();
        insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @r"
        api is compiled for a CPU whose level is not known: `-C target-cpu=mine` in RUSTFLAGS
        name the level that its CPUs have: `-C target-cpu=x86-64-v2`, -v3 or -v4 on amd64, `neoverse-n1` and the like on arm64
        ");
    }
}
