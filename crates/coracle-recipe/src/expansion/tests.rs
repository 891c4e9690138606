//! Expansion, case by case: what BuildKit and compose make of a value.

use super::*;

const BUILD: Rules = Rules::Dockerfile { escape: '\\' };

/// `A` is `one`, `EMPTY` is empty, `LOST` has a value that is not known, and nothing else is set.
fn variable(name: &str) -> Variable {
    match name {
        "A" => Variable::Set("one".to_owned()),
        "EMPTY" => Variable::Set(String::new()),
        "LOST" => Variable::Unknown(no_value("ROOT")),
        _ => Variable::Unset,
    }
}

fn check(rules: Rules, cases: &[(&str, Result<&str, &str>)]) {
    for (written, expected) in cases {
        let expanded = expand(written, rules, &variable).map_err(|unknown| unknown.to_string());
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(expanded, expected, "{written}");
    }
}

#[test]
fn both_expand_variables_with_defaults_and_alternatives() {
    let cases = [
        ("$A-x", Ok("one-x")),
        ("${A}x", Ok("onex")),
        ("${B:-d}", Ok("d")),
        ("${B-d}", Ok("d")),
        ("${EMPTY:-d}", Ok("d")),
        ("${EMPTY-d}", Ok("")),
        ("${A:+alt}", Ok("alt")),
        ("${EMPTY:+alt}", Ok("")),
        ("${EMPTY+alt}", Ok("alt")),
        ("${B:+alt}", Ok("")),
        ("${B:-${C:-${A}}}", Ok("one")),
        ("${A:-$NONE}", Ok("one")),
        ("${A:?needed}", Ok("one")),
        ("${B:?needed}", Err("B has no value")),
        ("$B", Err("B has no value")),
        ("x${LOST}", Err("ROOT has no value")),
        ("${LOST:-d}", Err("ROOT has no value")),
        ("${B:-$C}", Err("C has no value")),
        ("${A", Err("`${A` cannot be expanded")),
        ("${}", Err("`${}` cannot be expanded")),
        ("${A:-d", Err("`${A:-d` cannot be expanded")),
        ("${A:-${B}", Err("`${A:-${B}` cannot be expanded")),
        ("$1", Err("`$1` cannot be expanded")),
    ];
    check(Rules::Compose, &cases[..20]);
    check(BUILD, &cases);
    check(
        Rules::Compose,
        &[("${A#o} $A", Err("`${A#o}` cannot be expanded"))],
    );
}

#[test]
fn a_dockerfile_has_quotes_and_escapes() {
    let cases = [
        (r#""a b"c"#, Ok("a bc")),
        (r#"'$A'"$A""#, Ok("$Aone")),
        (r"\$A", Ok("$A")),
        (r#""\$A \x \"q\"""#, Ok(r#"$A \x "q""#)),
        (r"a\ b", Ok("a b")),
        (r#"${B:-"d e"}"#, Ok("d e")),
        ("a$", Ok("a$")),
        ("'open", Err("`'open` cannot be expanded")),
        ("\"open", Err("`\"open` cannot be expanded")),
    ];
    check(BUILD, &cases);
    check(Rules::Dockerfile { escape: '`' }, &[("`$A\\", Ok("$A\\"))]);
}

#[test]
fn a_dockerfile_cuts_patterns_out_of_values() {
    let cases = [
        ("${A#o} $A", Ok("ne one")),
        ("${A##*n}", Ok("e")),
        ("${A%n*}", Ok("o")),
        ("${A%%?}", Ok("on")),
        ("${A/n/m}", Ok("ome")),
        ("${A//[a-z]/m}", Ok("one")),
        ("${A#$EMPTY}", Ok("one")),
        ("${NONE#x}", Err("NONE has no value")),
        ("${A:#x}", Err("`${A:#x}` cannot be expanded")),
        ("${A#o", Err("`${A#o` cannot be expanded")),
        ("${A/o}", Err("`${A/o}` cannot be expanded")),
    ];
    check(BUILD, &cases);
}

#[test]
fn a_value_that_would_fill_the_memory_is_not_known() {
    let long = "$A".repeat(30_000);
    assert!(expand(&long, BUILD, &variable).is_err());
}

#[test]
fn compose_has_the_doubled_dollar_and_no_quotes() {
    let cases = [
        ("$$A \"$A\"", Ok("$A \"one\"")),
        ("it's", Ok("it's")),
        ("a$ b", Err("`$` cannot be expanded")),
    ];
    check(Rules::Compose, &cases);
}

#[test]
fn defaults_within_defaults_end_somewhere() {
    let deep = "${B:-".repeat(100_000);
    assert!(expand(&deep, BUILD, &variable).is_err());
}
