//! What is set in the environment, and what the loader reads besides.

use super::files::{any, other, search};
use super::{Change, World, musl};
use crate::case::Case;
use crate::chance::Chance;

pub(super) const CHANGES: &[Change] = &[
    ("musl's list of folders", |case, _, chance| {
        if !case.at(musl::PATH).exists() {
            return None;
        }
        let texts = [
            "",
            "/usr/lib",
            "/none:/usr/lib\n",
            "/none\n/usr/lib\n",
            "/none\n",
            "usr/lib\n",
            "/usr/lib/:\n",
            " /usr/lib\n",
        ];
        let text = chance.one(&texts);
        case.note = format!("{text:?}");
        case.write(musl::PATH, text.as_bytes());
        match chance.below(6) {
            0 => case.remove(musl::PATH),
            1 => case.mode(musl::PATH, 0o600),
            _ => {}
        }
        Some(())
    }),
    ("LD_LIBRARY_PATH leads to a library", |case, _, chance| {
        let library = other(case, chance)?;
        case.move_to(&library, "/env");
        let lists = [
            "/env",
            "/env/",
            "/none:/env",
            "/none;/env",
            "",
            ":",
            "env",
            "/opt",
            "$LIB:/env",
            "/env:$ORIGIN",
        ];
        let list = chance.one(&lists);
        case.set("LD_LIBRARY_PATH", list);
        Some(())
    }),
    (
        "LD_LIBRARY_PATH leads to another library",
        |case, world, chance| {
            let library = any(case, chance);
            let bytes = unfit(case, world, &library, chance)?;
            let place = format!("/env/{}", case.soname(&library));
            case.write(&place, &bytes);
            case.mode(&place, chance.one(&[0o644, 0o755, 0o600]));
            case.set("LD_LIBRARY_PATH", "/env");
            Some(())
        },
    ),
    (
        "a set-user program and LD_LIBRARY_PATH",
        |case, _, chance| {
            let library = other(case, chance)?;
            case.move_to(&library, "/env");
            case.set("LD_LIBRARY_PATH", "/env");
            case.mode(case.program(), chance.one(&[0o4755, 0o2755, 0o755]));
            case.user.0 = chance.one(&[0, 65532]);
            Some(())
        },
    ),
    ("LD_PRELOAD", |case, world, chance| {
        let list = preload(case, world, chance)?;
        case.set("LD_PRELOAD", &list);
        Some(())
    }),
    (
        "a set-user program and LD_PRELOAD",
        |case, world, chance| {
            let list = preload(case, world, chance)?;
            case.set("LD_PRELOAD", &list);
            case.mode(case.program(), 0o4755);
            Some(())
        },
    ),
    ("/etc/ld.so.preload", |case, world, chance| {
        let list = preload(case, world, chance)?;
        let texts = [
            format!("{list}\n"),
            list.clone(),
            format!("# none\n{list} # said\n"),
            format!("\t{list}\n\n"),
        ];
        case.write("/etc/ld.so.preload", chance.one(&texts).as_bytes());
        case.mode("/etc/ld.so.preload", chance.one(&[0o644, 0o644, 0o600]));
        Some(())
    }),
    (
        "LD_BIND_NOT, LD_DYNAMIC_WEAK, LD_WARN",
        |case, _, chance| {
            let name = chance.one(&[
                "LD_BIND_NOT",
                "LD_DYNAMIC_WEAK",
                "LD_WARN",
                "LD_VERBOSE",
                "LD_USE_LOAD_BIAS",
            ]);
            case.set(name, chance.one(&["1", ""]));
            if chance.below(2) == 0 {
                let library = any(case, chance);
                case.remove(&library);
            }
            Some(())
        },
    ),
];

/// Bytes that are not the library's.
fn unfit(case: &mut Case, world: &World, library: &str, chance: &mut Chance) -> Option<Vec<u8>> {
    let own = case.read(library);
    let soname = case.soname(library);
    let kind = chance.below(6);
    case.note = format!("bytes of kind {kind} for {soname}");
    Some(match kind {
        0 => std::fs::read(search(&world.foreign, "libc.so.6")?).ok()?,
        1 => own[..chance.below(own.len())].to_vec(),
        2 => std::fs::read(search(&world.other, &soname)?).ok()?,
        3 => b"text".repeat(50),
        4 => Vec::new(),
        _ => own,
    })
}

/// A list for the preload; some of it is there.
fn preload(case: &mut Case, world: &World, chance: &mut Chance) -> Option<String> {
    let library = any(case, chance);
    let bytes = unfit(case, world, &library, chance)?;
    let soname = case.soname(&library);
    case.write("/env/preloaded.so", &bytes);
    let lists = [
        "/env/preloaded.so".to_owned(),
        "/env/none.so".to_owned(),
        soname.clone(),
        format!("/env/none.so:{soname}"),
        format!("{soname} /env/preloaded.so"),
        "libnone.so".to_owned(),
        library,
    ];
    let list = chance.one(&lists);
    case.note = format!("{}, {list}", case.note);
    Some(list)
}
