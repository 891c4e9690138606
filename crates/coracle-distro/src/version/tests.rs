//! The order of versions and the shape of relations.

use super::*;
use proptest::prelude::*;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn versions_stand_in_dpkgs_order() {
    let ordered = [
        "0~~",
        "0~~a",
        "0~",
        "0",
        "0a",
        "0+",
        "1.0~rc1",
        "1.0",
        "1.0-1~bpo12+1",
        "1.0-1",
        "1.0-1+b1",
        "1.0-1.1",
        "1.0a",
        "1.0.1",
        "1.2.9",
        "1.2.10",
        "1.10",
        "9",
        "10",
        "1:0.1",
        "2:0",
    ];
    for pair in ordered.windows(2) {
        assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
    }
}

#[test]
fn leading_zeros_and_an_absent_revision_make_no_difference() {
    assert_eq!(version("1.0"), version("1.00"));
    assert_eq!(version("0:1.0"), version("1.0"));
    assert_eq!(version("1.0"), version("1.0-0"));
    assert_eq!(
        version("99999999999999999999999999"),
        version("099999999999999999999999999")
    );
}

#[test]
fn the_parts_are_cut_at_the_first_colon_and_the_last_hyphen() {
    let whole = version("1:2.41-rc-12+deb13u1");
    assert_eq!(
        (whole.upstream(), whole.revision()),
        ("2.41-rc", "12+deb13u1")
    );
    let native = version("13.8");
    assert_eq!((native.upstream(), native.revision()), ("13.8", ""));
}

#[test]
fn what_is_no_version_is_refused() {
    for text in [
        "",
        "1:",
        "-1",
        "1-",
        "a:1",
        "1 2",
        "1_2",
        "é",
        "4294967296:1",
        "1:-1",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text:?}");
    }
}

#[test]
fn relations_have_alternatives_bounds_qualifiers_and_brackets() {
    let text = "a (>= 1) | b:any [amd64 !i386] <!nocheck> <cross>,\n c:arm64(<<2~),";
    let parsed = parse_relations(text).unwrap();
    assert_eq!(parsed.len(), 2);
    assert_eq!(parsed[0][0].to_string(), "a (>= 1)");
    assert_eq!(parsed[0][1].qualifier, Some(Qualifier::Any));
    assert_eq!(parsed[0][1].architectures, ["amd64", "!i386"]);
    assert_eq!(parsed[0][1].profiles, ["!nocheck", "cross"]);
    assert_eq!(parsed[1][0].to_string(), "c:arm64 (<< 2~)");
}

#[test]
fn a_bound_allows_what_its_sign_says() {
    let allows = |bound: &str, candidate: &str| {
        let parsed = parse_relations(&format!("a ({bound})")).unwrap();
        parsed[0][0]
            .bound
            .as_ref()
            .unwrap()
            .allows(&version(candidate))
    };
    assert!(allows(">= 1", "1") && allows("= 1", "1.0-0") == allows("= 1.0", "1"));
    assert!(!allows(">> 1", "1") && !allows("<< 1", "1") && allows("<= 1", "1~"));
}

#[test]
fn what_is_no_relation_is_refused() {
    for text in [
        "a (1)", "a (>= )", "a (>= 1", "A", "a b", "a | | b", "a (> 1)",
    ] {
        assert!(parse_relations(text).is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC*") {
        let _ = text.parse::<Version>();
        let _ = parse_relations(&text);
    }

    #[test]
    fn the_order_is_total(
        left in "([0-9]:)?[0-9][0-9a-z.+~-]{0,8}[0-9a-z]",
        middle in "[0-9][0-9a-z.+~-]{0,8}[0-9a-z]",
        right in "[0-9][0-9a-z.+~-]{0,8}[0-9a-z]",
    ) {
        let (left, middle, right) = (version(&left), version(&middle), version(&right));
        prop_assert_eq!(left.cmp(&right), right.cmp(&left).reverse());
        if left <= middle && middle <= right {
            prop_assert!(left <= right);
        }
    }
}
