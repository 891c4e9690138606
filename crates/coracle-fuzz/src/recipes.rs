//! Dockerfiles and compose files.

use std::collections::BTreeMap;

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
}
