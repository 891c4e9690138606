//! Tests of platforms and of their record.

use proptest::prelude::*;

use super::*;

fn check(input: &str, expected: &str) {
    let normalised = input.parse::<Platform>().unwrap().normalised();
    assert_eq!(normalised.to_string(), expected, "{input}");
    assert_eq!(normalised.normalised(), normalised, "{input}");
}

#[test]
fn the_same_platforms_have_one_spelling() {
    check("linux/x86_64", "linux/amd64");
    check("linux/amd64/v1", "linux/amd64");
    check("linux/amd64/v3", "linux/amd64/v3");
    check("linux/aarch64", "linux/arm64");
    check("linux/arm64/v8", "linux/arm64");
    check("linux/arm64/v8.1", "linux/arm64/v8.1");
    check("linux/arm64/9", "linux/arm64/v9");
    check("linux/arm", "linux/arm/v7");
    check("linux/armhf", "linux/arm/v7");
    check("linux/armel", "linux/arm/v6");
    check("linux/arm/6", "linux/arm/v6");
    check("Linux/i386/x", "linux/386");
    check("macOS/arm64", "darwin/arm64");
    check("linux/riscv64", "linux/riscv64");
}

#[test]
fn errors_say_what_to_write() {
    let check = |input: &str, message: &str, hint: Option<&str>| {
        let error = input.parse::<Platform>().unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.hint().as_deref(), hint);
    };
    let form = "expected a platform of the form os/architecture or os/architecture/variant, got";
    check(
        "amd64",
        &format!("{form} `amd64`"),
        Some("write `linux/amd64`"),
    );
    check(
        "aarch64",
        &format!("{form} `aarch64`"),
        Some("write `linux/arm64`"),
    );
    check("linux/", &format!("{form} `linux/`"), None);
    check("linux/arm/v7/x", &format!("{form} `linux/arm/v7/x`"), None);
    check(
        "linux/am d64",
        "the platform `linux/am d64` cannot have ` ` as character 9",
        Some("platforms look like `linux/amd64`"),
    );
}

#[test]
fn platforms_are_ordered_by_system_architecture_and_variant() {
    let mut platforms: Vec<Platform> = [
        "linux/arm/v7",
        "linux/arm64",
        "linux/amd64",
        "darwin/arm64",
        "linux/arm",
    ]
    .map(|text| text.parse().unwrap())
    .to_vec();
    platforms.sort();
    let sorted: Vec<String> = platforms.iter().map(Platform::to_string).collect();
    assert_eq!(
        sorted,
        [
            "darwin/arm64",
            "linux/amd64",
            "linux/arm",
            "linux/arm/v7",
            "linux/arm64"
        ]
    );
}

#[test]
fn the_record_keeps_what_it_does_not_know() {
    let text = r#"{"architecture":"amd64","os":"windows","os.version":"10.0","os.features":["win32k"],"future":[1]}"#;
    let record: PlatformRecord = serde_json::from_str(text).unwrap();
    assert_eq!(record.platform().to_string(), "windows/amd64");
    assert_eq!(serde_json::to_string(&record).unwrap(), text);
}

proptest! {
    #[test]
    fn parsing_never_panics_and_what_parses_round_trips(input in "[a-z0-9/.]{0,20}|.{0,20}") {
        if let Ok(platform) = input.parse::<Platform>() {
            prop_assert_eq!(platform.to_string(), input);
            prop_assert_eq!(platform.normalised().normalised(), platform.normalised());
        }
    }
}
