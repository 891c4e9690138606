//! What `--set` and the action's `set` change of targets: `*.platform=linux/amd64`.

use crate::model::build::{Build, Known};

/// What `--set` changes: `TARGET.KEY=VALUE`, where a target may have a `*` in it.
pub(super) fn with_set(mut build: Build, name: &str, set: &Known<Vec<String>>) -> Build {
    let set = match set {
        Ok(set) => set,
        Err(because) => {
            build.target = Err(because.clone());
            build.platforms = Err(because.clone());
            build.names_cache = true;
            return build;
        }
    };
    let mut platforms = Vec::new();
    for one in set {
        let Some((path, value)) = one.split_once('=') else {
            continue;
        };
        let Some((pattern, key)) = path.split_once('.') else {
            continue;
        };
        if !matches(pattern, name) {
            continue;
        }
        match (key.trim_end_matches('+'), key.split_once('.')) {
            ("platform" | "platforms", _) => platforms.extend(split([value].into_iter())),
            ("target", _) => build.target = Ok(Some(value.to_owned())),
            ("cache-from" | "cache-to" | "no-cache", _) => build.names_cache = true,
            ("context" | "dockerfile" | "dockerfile-inline", _) => {
                let because = format!("`{one}` is set for bake");
                build.context = Err(because.clone());
                build.dockerfile = Err(because);
            }
            (_, Some(("args", argument))) => {
                build
                    .arguments
                    .insert(argument.to_owned(), Ok(value.to_owned()));
            }
            _ => {}
        }
    }
    if !platforms.is_empty() {
        build.platforms = Ok(platforms);
    }
    build
}

/// Whether a name is what a pattern with stars means.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            let mut starts = (0..=rest.len()).filter_map(|at| rest.get(at..));
            starts.any(|rest| matches(after, rest))
        }),
    }
}

/// Lists of lists with commas.
pub(super) fn split<'t>(lists: impl Iterator<Item = &'t str>) -> Vec<String> {
    let each = lists.flat_map(|list| list.split(','));
    let each = each.map(str::trim).filter(|one| !one.is_empty());
    each.map(ToOwned::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        let check = |pattern: &str, expected| {
            assert_eq!(matches(pattern, "api-amd64"), expected, "{pattern}")
        };
        check("*", true);
        check("api-*", true);
        check("*-amd*", true);
        check("api", false);
        check("*x", false);
    }
}
