//! What a compose service's own image is called, in the style of what it was called before.

/// How a tag is written where nothing else is.
const TAG: &str = "${TAG:-latest}";

/// An image's name in its parts; braces of variables hold none of the separators.
struct Parts<'a> {
    /// What is before the last `/`, with it.
    prefix: &'a str,
    name: &'a str,
    tag: Option<&'a str>,
}

/// The name that a service of the plan is to have: `name` is its own, with a tag. Variables of the old one stay, those of
/// the registry and of the tag; an old one that is the service's already is as it is to be.
pub(super) fn own(old: Option<&str>, name: &str, service: &str) -> String {
    let own = parts(name);
    let Some(written) = old else {
        return format!("{}{}:{TAG}", own.prefix, own.name);
    };
    let old = parts(written);
    let keeps_prefix = old.prefix.contains('$') || own.prefix.is_empty();
    let prefix = if keeps_prefix { old.prefix } else { own.prefix };
    if old.name == service && prefix == old.prefix && !written.contains('@') {
        return written.to_owned();
    }
    let tag = match old.tag {
        Some(tag) if tag.contains('$') => tag.to_owned(),
        Some(tag) if tag != "latest" => format!("${{TAG:-{tag}}}"),
        _ => TAG.to_owned(),
    };
    format!("{prefix}{}:{tag}", own.name)
}

fn parts(written: &str) -> Parts<'_> {
    let without_digest = match position(written, '@') {
        Some(at) => written.get(..at).unwrap_or(written),
        None => written,
    };
    let start = last_position(without_digest, '/').map_or(0, |at| at + 1);
    let (prefix, rest) = without_digest
        .split_at_checked(start)
        .unwrap_or(("", without_digest));
    match position(rest, ':').and_then(|at| Some((rest.get(..at)?, rest.get(at + 1..)?))) {
        Some((name, tag)) => Parts {
            prefix,
            name,
            tag: Some(tag),
        },
        None => Parts {
            prefix,
            name: rest,
            tag: None,
        },
    }
}

fn position(text: &str, wanted: char) -> Option<usize> {
    outside_braces(text)
        .find(|(_, one)| *one == wanted)
        .map(|(at, _)| at)
}

fn last_position(text: &str, wanted: char) -> Option<usize> {
    let found = outside_braces(text).filter(|(_, one)| *one == wanted);
    found.last().map(|(at, _)| at)
}

fn outside_braces(text: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut depth = 0_usize;
    text.char_indices().filter(move |(_, one)| {
        match one {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *one != '}'
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_the_variables_it_had() {
        let cases = [
            (None, "ghcr.io/acme/api:${TAG:-latest}"),
            (Some("ghcr.io/acme/api:v1"), "ghcr.io/acme/api:v1"),
            (
                Some("ghcr.io/acme/mono:latest"),
                "ghcr.io/acme/api:${TAG:-latest}",
            ),
            (Some("acme/mono:1.2"), "ghcr.io/acme/api:${TAG:-1.2}"),
            (
                Some("acme/mono@sha256:00"),
                "ghcr.io/acme/api:${TAG:-latest}",
            ),
            (
                Some("${REGISTRY:-r.io/x}/mono:${VERSION:?set it}"),
                "${REGISTRY:-r.io/x}/api:${VERSION:?set it}",
            ),
            (Some("${REGISTRY:-r.io/x}/api"), "${REGISTRY:-r.io/x}/api"),
            (Some("${IMAGE:-a/b:c}"), "ghcr.io/acme/api:${TAG:-latest}"),
            (Some("r.io:5000/api"), "ghcr.io/acme/api:${TAG:-latest}"),
        ];
        for (old, expected) in cases {
            assert_eq!(
                own(old, "ghcr.io/acme/api:latest", "api"),
                expected,
                "{old:?}"
            );
        }
        assert_eq!(own(None, "api:latest", "api"), "api:${TAG:-latest}");
        assert_eq!(
            own(Some("acme/mono"), "api:latest", "api"),
            "acme/api:${TAG:-latest}"
        );
    }
}
