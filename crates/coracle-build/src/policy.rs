//! What must hold of an image besides that it starts: size, linkage, packages that must not be there.
//!
//! Checked on the image as proven, so that `policy` in `coracle.toml` is a promise about what ships.

use coracle_binary::Linkage;
use coracle_binary::inspect::Facts;

use crate::resolve::Rootfs;
use crate::settings::{LinkagePolicy, Policy};

/// A promise that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The key of the configuration.
    pub key: &'static str,
    /// What is wrong, both sides given.
    pub text: String,
}

/// Checks; an empty list means that everything holds.
pub fn check(
    policy: &Policy,
    facts: &Facts,
    rootfs: &Rootfs,
    unpacked_size: u64,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut violated = |key, text| violations.push(Violation { key, text });
    if let Some(most) = policy.max_size.filter(|most| unpacked_size > *most) {
        violated(
            "max-size",
            format!("the image unpacks to {unpacked_size} bytes, expected at most {most}"),
        );
    }
    let is_static = !matches!(facts.linkage, Linkage::Dynamic { .. });
    match policy.linkage {
        Some(LinkagePolicy::Static) if !is_static => violated(
            "linkage",
            "the program is dynamic, expected static".to_owned(),
        ),
        Some(LinkagePolicy::Dynamic) if is_static => violated(
            "linkage",
            "the program is static, expected dynamic".to_owned(),
        ),
        _ => {}
    }
    for installed in rootfs
        .packages
        .iter()
        .filter(|installed| installed.in_image)
    {
        if policy.forbid_packages.contains(&installed.pin.name) {
            let (name, reason) = (&installed.pin.name, &installed.reason);
            violated(
                "forbid-packages",
                format!("{name} is in the image: {reason}"),
            );
        }
    }
    violations
}
