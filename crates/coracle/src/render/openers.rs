//! What loaded files may open while they run, in a line each: what of it the image lacks, and with `-v` all of it.

use coracle_build::start::{Feature, Mention, Opener, Presence};

/// The lines for one file; none where nothing is missing, unless all is asked for.
pub(crate) fn lines(opener: &Opener, verbose: bool) -> Vec<String> {
    if !verbose {
        let missing = opener.missing();
        if missing.is_empty() {
            return Vec::new();
        }
        let missing = missing.join(", ");
        return vec![format!(
            "may open what the image has not: {missing} ({})",
            opener.path
        )];
    }
    let features = opener.features.iter().map(feature);
    let mentions = opener.mentions.iter().map(mention);
    let known = opener.known.iter().cloned();
    let all = features.chain(mentions).chain(known);
    all.map(|what| format!("may open: {what} ({})", opener.path))
        .collect()
}

fn feature(feature: &Feature) -> String {
    let libraries: Vec<String> = feature.libraries.iter().map(mention).collect();
    let what = feature.description.as_ref().or(feature.name.as_ref());
    let what = what.map(|what| format!(" for \"{}\"", what.escape_debug()));
    let (what, priority) = (what.unwrap_or_default(), feature.priority.escape_debug());
    format!("{}{what}, {priority}", libraries.join(" or "))
}

fn mention(Mention { name, presence }: &Mention) -> String {
    let presence = match presence {
        Presence::Loaded => "loaded",
        Presence::There => "in the image",
        Presence::Provided => "provided at run time",
        Presence::Missing => "not in the image",
    };
    format!("{} {presence}", name.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opener() -> Opener {
        let mention = |name: &str, presence| Mention {
            name: name.to_owned(),
            presence,
        };
        Opener {
            path: "/usr/lib/libsystemd.so.0".to_owned(),
            features: vec![Feature {
                name: Some("lzma".to_owned()),
                description: Some("Support lzma".to_owned()),
                priority: "recommended".to_owned(),
                libraries: vec![mention("liblzma.so.5", Presence::Missing)],
            }],
            mentions: vec![mention("libfoo.so.2", Presence::There)],
            known: vec!["OpenSSL's providers".to_owned()],
        }
    }

    #[test]
    fn what_is_missing_is_a_line_and_all_of_it_is_told_when_asked_for() {
        insta::assert_snapshot!(lines(&opener(), false).join("\n"), @"may open what the image has not: liblzma.so.5 (/usr/lib/libsystemd.so.0)");
        insta::assert_snapshot!(lines(&opener(), true).join("\n"), @r#"
        may open: liblzma.so.5 not in the image for "Support lzma", recommended (/usr/lib/libsystemd.so.0)
        may open: libfoo.so.2 in the image (/usr/lib/libsystemd.so.0)
        may open: OpenSSL's providers (/usr/lib/libsystemd.so.0)
        "#);
        let nothing_missing = Opener {
            features: Vec::new(),
            ..opener()
        };
        assert!(lines(&nothing_missing, false).is_empty());
    }
}
