//! Dockerfiles, compose files and bake files.

use std::collections::BTreeMap;

use coracle_recipe::bake::{Bake, resolve};
use coracle_recipe::{compose as compose_file, dockerfile as docker_file};

/// A Dockerfile, and the image of each of its first stages with and without a build argument.
pub fn dockerfile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(file) = docker_file::read(text) else {
        return;
    };
    let none = BTreeMap::new();
    let some = BTreeMap::from([("VERSION".to_owned(), "1.2 $X".to_owned())]);
    let _ = file.image(None, &some);
    for stage in 0..4 {
        let first = file.image(Some(&stage.to_string()), &none);
        assert_eq!(first, file.image(Some(&stage.to_string()), &none));
    }
}

/// A bake file in both dresses, alone and joined to itself. A target's name is at a place of the text.
pub fn bake(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for bake in [Bake::read_hcl(text), Bake::read_json(text)]
        .into_iter()
        .flatten()
    {
        let resolved = resolve(&[&bake, &bake], &|name| {
            name.starts_with('G').then(|| Ok(name.to_owned()))
        });
        for target in &resolved.targets {
            assert!(
                text.get(target.span.start..target.span.end).is_some(),
                "{target:?}"
            );
            let inline = target.inline.clone().ok().flatten();
            let span = inline.map(|inline| inline.text.whole_span());
            assert!(
                span.is_none_or(|span| text.get(span.start..span.end).is_some()),
                "{target:?}"
            );
        }
        let _targets = resolved.built();
    }
}

/// A compose file. Each service is there or says why not.
pub fn compose(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(file) = compose_file::read(text) else {
        return;
    };
    let lines = 1 + text.matches(['\n', '\r']).count();
    for (name, service) in &file.services {
        let line = match service {
            Ok(service) => service.span.line,
            Err(error) => error.line,
        };
        assert!(
            (1..=lines).contains(&line),
            "{name} is told of line {line} of {lines}"
        );
    }
    places(&format!("{file:?}"), text);
    let lookup = |name: &str| (name.len() < 8).then(|| text.to_owned());
    if let Ok(joined) = compose_file::join(&["a", "b"], &lookup) {
        for service in joined.compose.services.values().flatten() {
            let place = joined.locate(&service.name);
            let place = place.map(|(source, span)| source.text.get(span.start..span.end));
            assert!(place.flatten().is_some(), "{:?}", service.name);
        }
    }
    for (_, service) in file.services {
        let image = service.ok().and_then(|service| service.image);
        for variable in image
            .iter()
            .flat_map(|image| compose_file::variables(&image.written))
        {
            let written = image
                .as_ref()
                .and_then(|image| image.written.get(variable.range));
            assert!(written.is_some_and(|written| written.contains(&variable.name)));
        }
    }
}

/// Whether each span that something is told with is one of the text, on its line.
pub(crate) fn places(told: &str, text: &str) {
    let number = |part: &str, name: &str| -> Option<usize> {
        let digits = part.split(name).nth(1)?;
        let digits = digits.split(|one: char| !one.is_ascii_digit()).next()?;
        digits.parse().ok()
    };
    for part in told.split("Span {").skip(1) {
        let start = number(part, "start: ");
        let end = number(part, "end: ");
        let (Some(start), Some(end)) = (start, end) else {
            continue;
        };
        assert!(
            text.get(start..end).is_some(),
            "{start}..{end} is no place of {text:?}"
        );
    }
}
