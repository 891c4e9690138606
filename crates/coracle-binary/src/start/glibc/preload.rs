//! `/etc/ld.so.preload` as the loader reads it (`elf/rtld.c`).

use super::search::Search;
use crate::start::permissions::{Access, may};
use crate::start::tree::{NodeKind, Resolved};

/// The names that the file asks for, each with the file's path.
pub(super) fn names(search: &Search<'_, '_>) -> Vec<(String, String)> {
    let Some(path) = &search.loader.preload else {
        return Vec::new();
    };
    let user = &search.invocation.user;
    let found = search.view.resolve(user, "/", path);
    let readable = |found: &Resolved| {
        matches!(found.node.kind, NodeKind::File { .. }) && may(user, &found.node, Access::Read)
    };
    let Some(found) = found.ok().filter(readable) else {
        return Vec::new();
    };
    let mut content = search.view.content(&found.path).to_vec();
    blank_comments(&mut content);
    // To the loader the file is one C string.
    let text = content.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text).into_owned();
    let names = text
        .split([' ', '\t', ':', '\n'])
        .filter(|name| !name.is_empty());
    names.map(|name| (name.to_owned(), path.clone())).collect()
}

/// Overwrites comments as the loader does: what it has still to look at gets shorter, but it looks from the start each
/// time, so that the end of a second comment is left.
fn blank_comments(content: &mut [u8]) {
    let mut rest = content.len();
    while rest > 0 {
        let Some(mut at) = content.iter().take(rest).position(|byte| *byte == b'#') else {
            return;
        };
        rest -= at;
        loop {
            if let Some(byte) = content.get_mut(at) {
                *byte = b' ';
            }
            rest -= 1;
            at += 1;
            if rest == 0 || content.get(at) == Some(&b'\n') {
                break;
            }
        }
    }
}
