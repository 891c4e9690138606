//! What is opened by well-known rules, told as what it is: none of it stands in the data as the name of a library.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::Candidate;

/// Parts of paths in an object's data, and what is opened there.
const PLACES: [(&str, &str); 4] = [
    (
        "/ossl-modules",
        "OpenSSL's providers, from ossl-modules, where its configuration names them",
    ),
    (
        "/engines-3",
        "OpenSSL's engines, from engines-3, where its configuration names them",
    ),
    ("/sasl2", "SASL mechanisms, all of the folder sasl2"),
    (
        "/krb5/plugins",
        "Kerberos plugins, where krb5.conf names them",
    ),
];
/// Functions of libc that look accounts and hosts up.
const NAME_SERVICE: [&str; 10] = [
    "getaddrinfo",
    "getnameinfo",
    "gethostbyname",
    "gethostbyname_r",
    "getpwnam",
    "getpwnam_r",
    "getpwuid",
    "getpwuid_r",
    "getgrnam",
    "initgroups",
];
const CONVERTERS: [&str; 1] = ["iconv_open"];
/// Functions that end the program when libgcc_s.so.1 is not there.
const UNWINDING: [&str; 3] = ["pthread_exit", "pthread_cancel", "backtrace"];

/// All the places at once; `None` never happens, the patterns are few and short.
static SEARCH: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(PLACES.map(|(place, _)| place)).ok());

/// The parts of paths that are looked for.
pub(super) fn places() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(place, _)| *place)
}

/// What the data of an object that imports `dlopen` shows.
pub(super) fn in_data(content: &[u8]) -> Vec<String> {
    let found = SEARCH.iter().flat_map(|search| search.find_iter(content));
    let found: BTreeSet<usize> = found.map(|found| found.pattern().as_usize()).collect();
    let there = PLACES.iter().enumerate();
    let there = there.filter(|(number, _)| found.contains(number));
    there.map(|(_, (_, what))| (*what).to_owned()).collect()
}

/// What libc opens for the loaded objects, and the library among it that it does not do without.
pub(super) fn of_libc(objects: &[Candidate<'_>]) -> (Vec<String>, Option<String>) {
    let caller = |functions: &[&'static str]| {
        let of_object = |object: &Candidate<'_>| {
            let mut called = functions
                .iter()
                .filter(|name| object.facts.imports_symbol(name));
            called.next().map(|name| (*name, object.path.to_owned()))
        };
        let others = objects
            .iter()
            .filter(|object| object.facts.soname.as_deref() != Some("libc.so.6"));
        others.filter_map(of_object).next()
    };
    let mut known = Vec::new();
    if let Some((function, path)) = caller(&NAME_SERVICE) {
        known.push(format!(
            "name service modules that /etc/nsswitch.conf names (files and dns are in libc), for {function} of {path}"
        ));
    }
    if let Some((function, path)) = caller(&CONVERTERS) {
        known.push(format!(
            "character set converters, from gconv, for {function} of {path}"
        ));
    }
    let unwinding = caller(&UNWINDING);
    if let Some((function, path)) = &unwinding {
        known.push(format!(
            "libgcc_s.so.1, without which {function} of {path} ends the program"
        ));
    }
    (known, unwinding.map(|_| "libgcc_s.so.1".to_owned()))
}
