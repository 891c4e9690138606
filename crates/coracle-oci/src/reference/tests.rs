//! Tests of references and repositories; the accepted and refused ones are those of the distribution project's own tests.

use proptest::prelude::*;

use super::*;

fn check(input: &str, expected: &str) {
    match input.parse::<Reference>() {
        Ok(reference) => {
            assert_eq!(reference.to_string(), expected, "{input}");
            assert_eq!(expected.parse::<Reference>().unwrap(), reference, "{input}");
        }
        Err(error) => assert_eq!(error.to_string(), expected, "{input}"),
    }
}

#[test]
fn short_names_are_docker_hubs() {
    check("nginx", "docker.io/library/nginx");
    check("nginx:1.27", "docker.io/library/nginx:1.27");
    check("acme/server", "docker.io/acme/server");
    check("docker.io/nginx", "docker.io/library/nginx");
    check("index.docker.io/library/nginx", "docker.io/library/nginx");
    check("localhost:5000", "docker.io/library/localhost:5000");
}

#[test]
fn a_first_component_that_cannot_be_a_name_is_the_registry() {
    check("ghcr.io/acme/server:v1", "ghcr.io/acme/server:v1");
    check("localhost/server", "localhost/server");
    check("localhost:5000/server:v1", "localhost:5000/server:v1");
    check("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c");
    check("[2001:db8::1]:5000/repo:tag", "[2001:db8::1]:5000/repo:tag");
    check("[fe80::1]/repo", "[fe80::1]/repo");
    check("Uppercase/server", "Uppercase/server");
    check(
        "xn--n3h.com/myimage:xn--n3h.com",
        "xn--n3h.com/myimage:xn--n3h.com",
    );
}

#[test]
fn separators_are_those_of_the_grammar() {
    check("a__b", "docker.io/library/a__b");
    check("a---b", "docker.io/library/a---b");
    check("a.b/c_d", "a.b/c_d");
    check("foo_bar.com:8080", "docker.io/library/foo_bar.com:8080");
    check(
        "a___b",
        "the repository name `a___b` cannot have `_` as character 4",
    );
    check(
        "a..b",
        "the repository name `a..b` cannot have `.` as character 3",
    );
    check(
        "x/a_-b",
        "the repository name `x/a_-b` cannot have `-` as character 5",
    );
    check(
        "x/-a",
        "the repository name `x/-a` cannot have `-` as character 3",
    );
    check(
        "x/a-",
        "the repository name `x/a-` cannot have `-` as character 4",
    );
}

#[test]
fn errors_name_the_offending_part_and_character() {
    check("", "the repository name is empty");
    check("a//b", "the repository name in `a//b` has an empty part");
    check("ghcr.io/", "the repository name is empty");
    check(
        "ghcr.io/Acme/x",
        "the repository name `Acme/x` cannot have `A` as character 1",
    );
    check(
        "ghcr.io/acme/x y",
        "the repository name `acme/x y` cannot have ` ` as character 7",
    );
    check("a:", "the tag is empty");
    check("a:-v", "the tag `-v` cannot have `-` as character 1");
    check("a:v1+x", "the tag `v1+x` cannot have `+` as character 3");
    check(
        "-x.io/a",
        "the registry `-x.io` cannot have `-` as character 1",
    );
    check(
        "a_b.io/a",
        "the registry `a_b.io` cannot have `_` as character 2",
    );
    check(
        "ok.x-.io/a",
        "the registry `ok.x-.io` cannot have `-` as character 5",
    );
    check(
        "a.io:50x0/a",
        "the port `50x0` cannot have `x` as character 3",
    );
    check("a.io:/a", "the port in `a.io:` has an empty part");
    check(
        "a.io:70000/a",
        "the port has 5 characters, at most 5 are allowed",
    );
    check("a..io/a", "the registry in `a..io` has an empty part");
    check("[::1/a", "the registry in `[::1` has an empty part");
    check(
        "[::g]/a",
        "the registry `[::g]` cannot have `g` as character 4",
    );
    check(
        "[::1]x/a",
        "the registry `[::1]x` cannot have `x` as character 6",
    );
    check(
        "https://ghcr.io/a",
        "the port in `https:` has an empty part",
    );
    check(
        &format!("a:{}", "x".repeat(129)),
        "the tag has 129 characters, at most 128 are allowed",
    );
    check(
        &format!("a.io/{}", "x".repeat(256)),
        "the repository name has 256 characters, at most 255 are allowed",
    );
    let id = "1a".repeat(32);
    check(&id, &format!("the name `{id}` looks like an image ID"));
    check(&format!("a.io/{id}"), &format!("a.io/{id}"));
}

#[test]
fn a_digest_pins_with_or_without_a_tag() {
    let digest = Digest::of(b"x");
    check(
        &format!("nginx@{digest}"),
        &format!("docker.io/library/nginx@{digest}"),
    );
    check(
        &format!("a.io/b:v1@{digest}"),
        &format!("a.io/b:v1@{digest}"),
    );
    let error = "nginx@sha256:00".parse::<Reference>().unwrap_err();
    assert!(matches!(error, ReferenceError::Digest { .. }));
    assert!(error.hint().is_some());
}

#[test]
fn a_new_tag_drops_the_digest_and_a_new_digest_keeps_the_tag() {
    let digest = Digest::of(b"x");
    let reference: Reference = "a.io/b:v1".parse().unwrap();
    let pinned = reference.with_digest(digest);
    assert_eq!(pinned.to_string(), format!("a.io/b:v1@{digest}"));
    assert_eq!(pinned.with_tag("v2").unwrap().to_string(), "a.io/b:v2");
    assert!(pinned.with_tag("v 2").is_err());
    assert_eq!(pinned.to_repository().to_string(), "a.io/b");
}

#[test]
fn services_are_joined_to_repositories() {
    let check = |repository: &str, service: &str, expected: &str| {
        let joined = repository
            .parse::<Repository>()
            .unwrap()
            .join(service)
            .unwrap();
        assert_eq!(joined.tagged("v1").unwrap().to_string(), expected);
        assert_eq!(joined.to_string().parse::<Repository>().unwrap(), joined);
    };
    check("ghcr.io/acme", "server", "ghcr.io/acme/server:v1");
    check("acme", "server", "docker.io/acme/server:v1");
    check("docker.io", "server", "docker.io/library/server:v1");
    check("localhost:5000", "server", "localhost:5000/server:v1");
    check("localhost", "server", "localhost/server:v1");
    check("127.0.0.1:5000/a/b", "c/d", "127.0.0.1:5000/a/b/c/d:v1");
}

#[test]
fn a_registry_alone_cannot_be_tagged_and_a_tag_is_no_part_of_a_repository() {
    let registry: Repository = "ghcr.io".parse().unwrap();
    assert_eq!((registry.registry(), registry.name()), ("ghcr.io", ""));
    assert!(matches!(
        registry.tagged("v1"),
        Err(ReferenceError::RegistryAlone { .. })
    ));
    let error = "ghcr.io/acme:v1".parse::<Repository>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the repository name `acme:v1` cannot have `:` as character 5"
    );
    assert!(error.hint().unwrap().contains("tag"));
    let error = "ghcr.io/acme/".parse::<Repository>().unwrap_err();
    assert_eq!(error.hint().unwrap(), "leave out the slash at the end");
    let error = "ghcr.io/Acme".parse::<Repository>().unwrap_err();
    assert_eq!(
        error.hint().unwrap(),
        "repository names are lower-case: `acme`"
    );
    assert!("".parse::<Repository>().is_err());
    assert!(
        "ghcr.io/acme"
            .parse::<Repository>()
            .unwrap()
            .join("")
            .is_err()
    );
}

proptest! {
    #[test]
    fn parsing_never_panics_and_what_parses_round_trips(input in "[a-zA-Z0-9é.:/@_\\[\\] -]{0,40}|.{0,40}") {
        if let Ok(reference) = input.parse::<Reference>() {
            prop_assert_eq!(reference.to_string().parse::<Reference>().unwrap(), reference);
        }
        if let Ok(repository) = input.parse::<Repository>() {
            prop_assert_eq!(repository.to_string().parse::<Repository>().unwrap(), repository);
        }
    }

    #[test]
    fn every_name_of_the_grammar_is_accepted(
        registry in "[a-z0-9]{1,3}(-[a-z]{1,2})?\\.[a-z]{1,3}(:[0-9]{1,4})?",
        name in "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,3}(/[a-z0-9]{1,4}){0,2}",
        tag in "[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}",
    ) {
        let text = format!("{registry}/{name}:{tag}");
        prop_assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
    }
}
