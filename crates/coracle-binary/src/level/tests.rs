//! Levels as Go, compilers and platforms name them.

use super::*;

fn go(key: &str, value: &str) -> BuildInfo {
    let mut info = BuildInfo::default();
    info.settings.insert(key.to_owned(), value.to_owned());
    info
}

#[test]
fn variants_are_levels_and_levels_variants() {
    let check = |machine, variant, shown: &str| {
        let level = CpuLevel::of_variant(machine, variant).unwrap();
        assert_eq!(level.to_string(), shown);
        level.variant()
    };
    assert_eq!(check(Machine::X86_64, None, "x86-64"), None);
    assert_eq!(check(Machine::X86_64, Some("v1"), "x86-64"), None);
    assert_eq!(
        check(Machine::X86_64, Some("v3"), "x86-64-v3").as_deref(),
        Some("v3")
    );
    assert_eq!(check(Machine::Aarch64, Some("v8"), "armv8-a"), None);
    assert_eq!(
        check(Machine::Aarch64, Some("v8.1"), "armv8.1-a").as_deref(),
        Some("v8.1")
    );
    assert_eq!(
        check(Machine::Aarch64, Some("9"), "armv9-a").as_deref(),
        Some("v9")
    );
    for wrong in ["v5", "v0", "x", "v3.1"] {
        assert_eq!(
            CpuLevel::of_variant(Machine::X86_64, Some(wrong)),
            None,
            "{wrong}"
        );
    }
}

#[test]
fn what_go_recorded_is_a_level() {
    let check = |machine, key, value, expected: &str| {
        let (level, why) = CpuLevel::of_go(machine, &go(key, value)).unwrap();
        assert_eq!(level.to_string(), expected);
        assert_eq!(why, format!("{key}={value} in its build information"));
    };
    check(Machine::X86_64, "GOAMD64", "v1", "x86-64");
    check(Machine::X86_64, "GOAMD64", "v4", "x86-64-v4");
    check(Machine::Aarch64, "GOARM64", "v8.0", "armv8-a");
    check(Machine::Aarch64, "GOARM64", "v8.0,lse", "armv8.1-a");
    check(Machine::Aarch64, "GOARM64", "v9.2,crypto", "armv9.2-a");
    check(Machine::Arm, "GOARM", "6,softfloat", "armv6");
    assert_eq!(
        CpuLevel::of_go(Machine::X86_64, &go("GOARM64", "v9.0")),
        None
    );
}

#[test]
fn a_level_is_within_another_when_each_cpu_of_that_one_has_it() {
    let level = |machine, text| CpuLevel::of_variant(machine, Some(text)).unwrap();
    let x86 = |text| level(Machine::X86_64, text);
    let arm = |text| level(Machine::Aarch64, text);
    assert!(x86("v2").is_within(x86("v3")) && !x86("v4").is_within(x86("v3")));
    assert!(arm("v8.5").is_within(arm("v9")) && !arm("v8.6").is_within(arm("v9")));
    assert!(arm("v8.6").is_within(arm("v9.1")) && !arm("v9").is_within(arm("v8.9")));
}

#[test]
fn cpus_and_instructions_that_compilers_know_have_a_level() {
    let of = |machine, name| CpuLevel::of_target_cpu(machine, name).map(|level| level.to_string());
    assert_eq!(of(Machine::X86_64, "haswell").as_deref(), Some("x86-64-v3"));
    assert_eq!(of(Machine::X86_64, "x86-64").as_deref(), Some("x86-64"));
    assert_eq!(
        of(Machine::Aarch64, "neoverse-n1").as_deref(),
        Some("armv8.2-a")
    );
    assert_eq!(of(Machine::X86_64, "neoverse-n1"), None);
    assert_eq!(of(Machine::X86_64, "native"), None);
    let of = |machine, name| CpuLevel::of_feature(machine, name).map(|level| level.to_string());
    assert_eq!(of(Machine::X86_64, "avx2").as_deref(), Some("x86-64-v3"));
    assert_eq!(of(Machine::Aarch64, "lse").as_deref(), Some("armv8.1-a"));
    assert_eq!(of(Machine::X86_64, "aes"), None, "no level has it");
}
