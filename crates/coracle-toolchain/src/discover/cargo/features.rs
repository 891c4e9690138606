//! Whether a binary's required features are on by default. cargo leaves such a binary out without
//! a word; here it is left out with the reason.

use std::collections::BTreeSet;

use cargo_metadata::{Package, Target};

/// The reason, when a required feature is not on.
pub(super) fn missing(package: &Package, target: &Target) -> Option<String> {
    let on = switched_on(package);
    let mut off = target
        .required_features
        .iter()
        .filter(|name| !on.contains(name.as_str()))
        .map(String::as_str)
        .peekable();
    off.peek()?;
    let names: Vec<&str> = off.collect();
    let plural = if names.len() == 1 {
        "feature"
    } else {
        "features"
    };
    Some(format!(
        "needs the {plural} {}, which the default does not switch on",
        names.join(", ")
    ))
}

/// The features that `default` switches on, itself among them.
fn switched_on(package: &Package) -> BTreeSet<&str> {
    let mut on = BTreeSet::new();
    let mut waiting = vec!["default"];
    while let Some(name) = waiting.pop() {
        if !on.insert(name) {
            continue;
        }
        for implied in package.features.get(name).into_iter().flatten() {
            waiting.push(implied);
            // `dependency/feature` switches an optional dependency on, `dependency?/feature` does not.
            if let Some((dependency, _)) = implied.split_once('/')
                && !dependency.ends_with('?')
            {
                waiting.push(dependency);
            }
        }
    }
    on
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(features: &serde_json::Value, required: &[&str]) -> Package {
        let target = json!({ "name": "server", "kind": ["bin"], "required-features": required, "src_path": "/p/main.rs" });
        serde_json::from_value(json!({
            "name": "p", "version": "1.0.0", "id": "p", "dependencies": [], "features": features,
            "manifest_path": "/p/Cargo.toml", "targets": [target],
        }))
        .unwrap()
    }

    fn check(features: &serde_json::Value, required: &[&str], expected: Option<&str>) {
        let package = package(features, required);
        let reason = missing(&package, &package.targets[0]);
        assert_eq!(reason.as_deref(), expected);
    }

    #[test]
    fn a_required_feature_that_default_reaches_is_on() {
        check(&json!({}), &[], None);
        check(
            &json!({ "default": ["a"], "a": ["b"], "b": [] }),
            &["b"],
            None,
        );
        check(
            &json!({ "default": ["tls/ring"], "tls": ["dep:tls"] }),
            &["tls"],
            None,
        );
    }

    #[test]
    fn a_required_feature_that_is_off_is_named() {
        let features =
            json!({ "default": ["a", "tls?/ring"], "a": [], "b": [], "tls": ["dep:tls"] });
        check(
            &features,
            &["a", "b"],
            Some("needs the feature b, which the default does not switch on"),
        );
        check(
            &features,
            &["tls", "b"],
            Some("needs the features tls, b, which the default does not switch on"),
        );
    }

    #[test]
    fn features_that_switch_each_other_on_end() {
        check(
            &json!({ "default": ["a"], "a": ["b"], "b": ["a"] }),
            &["b"],
            None,
        );
    }
}
