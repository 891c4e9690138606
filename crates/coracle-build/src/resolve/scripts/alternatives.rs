//! The words of `update-alternatives`.

use super::words::Value;
use super::{Alternative, Doing};

/// What a call asks for; `None` where that cannot be told.
pub(super) fn read(arguments: &[Value]) -> Option<Doing> {
    let words: Option<Vec<&str>> = arguments.iter().map(Option::as_deref).collect();
    let asks = |word: Option<&str>| {
        matches!(
            word,
            Some(
                "--query"
                    | "--list"
                    | "--display"
                    | "--remove"
                    | "--remove-all"
                    | "--get-selections"
            )
        )
    };
    if arguments.iter().any(|word| asks(word.as_deref())) {
        return Some(Doing::Nothing);
    }
    let mut words = words?.into_iter();
    let mut links = Vec::new();
    let mut priority = None;
    while let Some(word) = words.next() {
        match word {
            "--install" => {
                links.push(link(&mut words)?);
                priority = Some(words.next()?.parse().ok()?);
            }
            "--slave" => links.push(link(&mut words)?),
            "--quiet" | "--force" => {}
            _ => return None,
        }
    }
    Some(Doing::Install(Alternative {
        priority: priority?,
        links,
    }))
}

/// `LINK NAME PATH`; the name is dpkg's own affair.
fn link<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<(String, String)> {
    let link = words.next()?.strip_prefix('/')?;
    let _name = words.next()?;
    let target = words.next().filter(|target| target.starts_with('/'))?;
    // Packages' paths are merged-/usr.
    let merged = ["bin/", "sbin/", "lib/"]
        .iter()
        .any(|top| link.starts_with(top));
    let link = if merged {
        format!("usr/{link}")
    } else {
        link.to_owned()
    };
    Some((link, target.to_owned()))
}
