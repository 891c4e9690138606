//! Tests of reading an import graph: made-up graphs, and the fixtures through the real go.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn node(path: &str, imports: &[&str]) -> Node {
    Node {
        import_path: path.to_owned(),
        imports: imports.iter().map(|path| (*path).to_owned()).collect(),
        ..Node::default()
    }
}

fn with_cgo(path: &str, standard: bool) -> Node {
    Node {
        standard,
        cgo_files: vec!["c.go".to_owned()],
        ..node(path, &[])
    }
}

#[test]
fn the_standard_packages_that_do_without_are_no_reason() {
    let graph = [
        node("m", &["net", "os/user"]),
        with_cgo("net", true),
        with_cgo("os/user", true),
        with_cgo("runtime/cgo", true),
    ];
    let finding = finding("m", &graph);
    assert!(!finding.needs_cgo);
    assert_eq!(finding.chain, None);
    assert_eq!(finding.standard_only, ["net", "os/user", "runtime/cgo"]);
}

#[test]
fn a_standard_package_that_cannot_do_without_is_a_reason() {
    let finding = finding("m", &[node("m", &["plugin"]), with_cgo("plugin", true)]);
    assert_eq!(finding.chain.unwrap(), ["m", "plugin"]);
}

#[test]
fn a_package_that_only_looks_standard_is_a_reason() {
    let finding = finding("m", &[node("m", &["net"]), with_cgo("net", false)]);
    assert!(finding.needs_cgo);
    assert_eq!(finding.standard_only, [""; 0]);
}

#[test]
fn the_chain_is_the_shortest_and_of_these_the_first_by_name() {
    let graph = [
        node("m", &["z", "b", "a"]),
        node("a", &["long"]),
        node("long", &["c"]),
        node("b", &["c"]),
        node("z", &["c"]),
        with_cgo("c", false),
    ];
    assert_eq!(finding("m", &graph).chain.unwrap(), ["m", "b", "c"]);
    let mut turned = graph.clone();
    turned.reverse();
    assert_eq!(finding("m", &turned), finding("m", &graph));
}

#[test]
fn a_program_that_imports_c_itself_is_its_own_chain() {
    assert_eq!(finding("m", &[with_cgo("m", false)]).chain.unwrap(), ["m"]);
}

#[test]
fn imports_are_followed_under_the_name_the_graph_has() {
    let mut main = node("m", &["c"]);
    main.import_map = BTreeMap::from([("c".to_owned(), "m/vendor/c".to_owned())]);
    assert_eq!(
        finding("m", &[main, with_cgo("m/vendor/c", false)])
            .chain
            .unwrap(),
        ["m", "m/vendor/c"]
    );
}

#[test]
fn imports_that_go_round_in_a_circle_end() {
    let graph = [
        node("m", &["a"]),
        node("a", &["b"]),
        node("b", &["a", "m"]),
        with_cgo("far", false),
    ];
    let finding = finding("m", &graph);
    assert!(finding.needs_cgo);
    assert_eq!(finding.chain, None);
}

#[test]
fn the_answer_is_a_stream_of_objects_with_fields_that_come_and_go() {
    let answer = br#"{ "ImportPath": "a", "Unknown": 1, "CgoLDFLAGS": ["-lwebp"] }
        { "ImportPath": "b", "CgoPkgConfig": ["libwebp"] }"#;
    let nodes: Vec<Node> = go_list::parse(answer).unwrap();
    assert_eq!(nodes[0].cgo_ldflags, ["-lwebp"]);
    assert_eq!(nodes[1].cgo_pkg_config, ["libwebp"]);
    assert!(go_list::parse::<Node>(b"{ \"ImportPath\": ").is_err());
    assert_eq!(go_list::parse::<Node>(b"").unwrap(), []);
}

#[test]
fn what_cgo_lines_ask_of_the_system_are_modules_and_libraries() {
    let mut asking = with_cgo("webp", false);
    asking.cgo_pkg_config = ["libpcre", "--static"].map(str::to_owned).into();
    asking.cgo_ldflags = ["-L/x", "-lwebp", "-lm"].map(str::to_owned).into();
    let native = finding("m", &[node("m", &["webp"]), asking]).native();
    let need = |file| NativeNeed {
        by: "webp".to_owned(),
        any_of: vec![file],
    };
    let expected = [
        need(BuildFile::PkgConfig("libpcre".to_owned())),
        need(BuildFile::Library("webp".to_owned())),
    ];
    assert_eq!(native.needs, expected);
}

proptest! {
    #[test]
    fn no_answer_makes_the_reader_panic(answer in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = go_list::parse::<Node>(&answer);
    }
}
