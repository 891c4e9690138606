//! Bake files in both dresses: the same targets, whose words stand where they are written.

use super::*;

/// What each target comes to, a line each.
fn told(files: &[&Bake]) -> Vec<String> {
    let resolved = resolve(files, &|_| None);
    let told = resolved.targets.iter().map(|target| {
        let known = |value: &Result<Option<String>, crate::Unknown>| match value {
            Ok(value) => value.clone().unwrap_or_default(),
            Err(unknown) => format!("<{unknown}>"),
        };
        let platforms = match &target.platforms {
            Ok(platforms) => platforms.join(","),
            Err(unknown) => format!("<{unknown}>"),
        };
        let arguments = target.arguments.iter().map(|(name, value)| {
            let value = value
                .clone()
                .unwrap_or_else(|unknown| format!("<{unknown}>"));
            format!(" {name}={value}")
        });
        let (context, dockerfile) = (known(&target.context), known(&target.dockerfile));
        let stage = known(&target.target);
        format!(
            "{}: {context}|{dockerfile}|{stage}|{platforms}|{}",
            target.name,
            arguments.collect::<String>().trim()
        )
    });
    told.collect()
}

const HCL: &str = r#"
# A comment.
variable "TAG" { default = "v1" }
variable "PLATFORMS" { default = ["linux/amd64", "linux/arm64"] }
variable "NONE" {}
group "default" { targets = ["api", "app"] }
target "_common" {
  context = "."
  platforms = PLATFORMS
  args = { A = "a", V = "x-${TAG}" }
}
target "api" {
  inherits   = ["_common"]
  dockerfile = "docker/${TAG}.Dockerfile"
  args = { V = TAG, N = NONE, F = upper(TAG), B = 3 }
  target = "api"
}
target "app" {
  name = "app-${item.name}"
  matrix = { item = [{ name = "a", folder = "x" }, { name = "b", folder = "y" }] }
  context = item.folder
}
"#;

const JSON: &str = r#"{
	"//": "a comment with ${ in it",
	"variable": {"TAG": {"default": "v1"}, "PLATFORMS": {"default": ["linux/amd64", "linux/arm64"]}, "NONE": {}},
	"group": {"default": {"targets": ["api", "app"]}},
	"target": {
		"_common": {"context": ".", "platforms": "${PLATFORMS}", "args": {"A": "a", "V": "x-${TAG}"}},
		"api": {"inherits": ["_common"], "dockerfile": "docker/${TAG}.Dockerfile", "target": "api",
			"args": {"V": "${TAG}", "N": "${NONE}", "F": "${upper(TAG)}", "B": 3}},
		"app": {"name": "app-${item.name}", "context": "${item.folder}",
			"matrix": {"item": [{"name": "a", "folder": "x"}, {"name": "b", "folder": "y"}]}}
	}
}"#;

#[test]
fn both_dresses_say_the_same() {
    let hcl = told(&[&Bake::read_hcl(HCL).unwrap()]);
    let expected = [
        "_common: .|||linux/amd64,linux/arm64|A=a V=x-v1",
        "api: .|docker/v1.Dockerfile|api|linux/amd64,linux/arm64|A=a B=3 F=<`upper(TAG)` cannot be expanded> N=<NONE has no value> V=v1",
        "app-a: x||||",
        "app-b: y||||",
    ];
    assert_eq!(hcl, expected);
    let json = told(&[&Bake::read_json(JSON).unwrap()]);
    let expected = expected.map(|line| line.replace("`upper(TAG)`", "`${upper(TAG)}`"));
    assert_eq!(json, expected);
}

#[test]
fn a_later_file_lies_over_the_one_before_and_what_is_asked_for_is_what_groups_hold() {
    let over = r#"{"target": {"api": {"platforms": ["linux/s390x"], "target": null, "args": {"V": "2"}}}}"#;
    let (base, over) = (Bake::read_hcl(HCL).unwrap(), Bake::read_json(over).unwrap());
    let resolved = resolve(&[&base, &over], &|_| None);
    let api = resolved.target("api").unwrap();
    assert_eq!(api.platforms, Ok(vec!["linux/s390x".to_owned()]));
    assert_eq!(api.target, Ok(Some("api".to_owned())));
    assert_eq!((api.file, &api.arguments["V"]), (1, &Ok("2".to_owned())));
    let names = |targets: Vec<&Target>| -> Vec<String> {
        targets.iter().map(|target| target.name.clone()).collect()
    };
    let all = ["api", "app-a", "app-b"];
    assert_eq!(names(resolved.asked(&["default"]).unwrap()), all);
    assert_eq!(names(resolved.built()), all);
    assert_eq!(names(resolved.asked(&["app"]).unwrap()), all[1..]);
    assert_eq!(
        resolved.asked(&["no"]).unwrap_err(),
        "there is no target no"
    );
}

#[test]
fn who_asks_may_give_variables_or_say_that_they_are_not_known() {
    let file = Bake::read_hcl(HCL).unwrap();
    let given = |name: &str| match name {
        "TAG" => Some(Ok("v2".to_owned())),
        "PLATFORMS" => Some(Err(crate::Unknown::NoValue {
            variable: "P".to_owned(),
        })),
        _ => None,
    };
    let resolved = resolve(&[&file], &given);
    let api = resolved.target("api").unwrap();
    assert_eq!(api.arguments["V"], Ok("v2".to_owned()));
    assert_eq!(
        api.platforms.as_ref().unwrap_err().to_string(),
        "P has no value"
    );
}

#[test]
fn a_dockerfile_within_knows_its_places_whatever_it_is_written_in() {
    let check = |text: &str, bake: Bake, expected: &str, words: &[&str]| {
        let resolved = resolve(&[&bake], &|_| None);
        let inline = resolved.targets[0].inline.clone().unwrap().unwrap();
        assert_eq!(inline.text.as_str(), expected, "{text}");
        for word in words {
            let at = inline.text.as_str().find(word).unwrap();
            let span = inline.text.span(at..at + word.len());
            assert_eq!(&text[span.start..span.end], *word, "{text}");
        }
    };
    let hcl = "variable \"T\" { default = \"v\" }\ntarget \"a\" {\n  dockerfile-inline = <<-EOT\n    FROM b:${T}\n    RUN c \\\n      $${d}\n\n    CMD e\n  EOT\n}\n";
    let expected = "FROM b:v\nRUN c \\\n  ${d}\n\nCMD e\n";
    check(
        hcl,
        Bake::read_hcl(hcl).unwrap(),
        expected,
        &["FROM", "RUN c", "{d}", "CMD e"],
    );
    let plain = "target \"a\" {\n  dockerfile-inline = <<EOT\nFROM b\nRUN ä c\nEOT\n}\n";
    check(
        plain,
        Bake::read_hcl(plain).unwrap(),
        "FROM b\nRUN ä c\n",
        &["RUN ä c"],
    );
    let quoted = "target \"a\" { dockerfile-inline = \"FROM b\\nRUN \\\"c\\\" d\" }\n";
    check(
        quoted,
        Bake::read_hcl(quoted).unwrap(),
        "FROM b\nRUN \"c\" d",
        &["FROM b", "RUN ", " d"],
    );
    let json = r#"{"target": {"a": {"dockerfile-inline": "FROM b\nRUN \"c\" $${d} e"}}}"#;
    check(
        json,
        Bake::read_json(json).unwrap(),
        "FROM b\nRUN \"c\" ${d} e",
        &["FROM b", "RUN ", " e"],
    );
}

#[test]
fn circles_end() {
    let text = "target \"a\" { inherits = [\"b\"] }\ntarget \"b\" { inherits = [\"a\"] }\ngroup \"g\" { targets = [\"g\"] }\nvariable \"X\" { default = \"${Y}${Y}${Y}${Y}\" }\nvariable \"Y\" { default = \"${X}${X}\" }\ntarget \"c\" { context = X }\n";
    let resolved = resolve(&[&Bake::read_hcl(text).unwrap()], &|_| None);
    assert!(resolved.target("c").unwrap().context.is_err());
    assert_eq!(
        resolved.asked(&["g"]).unwrap_err(),
        "the group g holds itself"
    );
}

#[test]
fn what_is_no_bake_file_says_where() {
    let error = Bake::read_hcl("target \"a\" {\n  b = \n}\n").unwrap_err();
    assert_eq!(error.line, 2, "{error}");
    assert!(Bake::read_json("[1]").is_err() && Bake::read_json("{").is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "[a-z\"${}%=\\[\\]\\\\ \n<E-]{0,80}") {
        for text in [text.clone(), format!("target \"a\" {{\nx = {text}\n}}"), format!("{{\"target\": {{\"a\": {{\"target\": \"{text}\"}}}}}}")] {
            for bake in [Bake::read_hcl(&text), Bake::read_json(&text)].into_iter().flatten() {
                let _resolved = resolve(&[&bake, &bake], &|_| None);
            }
        }
    }
}
