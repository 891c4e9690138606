//! How often a file is read: once for all that is asked of it in a row, and of what several programs load once for all.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Mutex;

use super::{Tree, launch};
use crate::elf::writer::Elf;
use crate::start::{FileTree, Node, Prover};

/// A tree that counts.
struct Counting {
    tree: Tree,
    reads: Mutex<BTreeMap<String, usize>>,
}

impl FileTree for Counting {
    fn node(&self, path: &str) -> Option<Node> {
        self.tree.node(path)
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        *self
            .reads
            .lock()
            .unwrap()
            .entry(path.to_owned())
            .or_default() += 1;
        self.tree.content(path)
    }
}

#[test]
fn a_program_whose_facts_were_asked_for_and_what_all_load_are_read_once() {
    let mut tree = Tree::debian();
    let programs = ["/app/one", "/app/two"];
    for program in programs {
        tree.file(program, &Elf::program(&["libc.so.6"]).build());
    }
    let counting = Counting {
        tree,
        reads: Mutex::default(),
    };
    let prover = Prover::new(&counting);
    for program in programs {
        assert!(prover.facts(program).unwrap().is_dynamic);
        let report = prover.prove(&launch(&[program]));
        assert!(report.proven(), "{:?}", report.findings);
    }
    let reads = counting.reads.lock().unwrap();
    for program in programs {
        assert_eq!(reads[program], 1, "{reads:?}");
    }
    // Its banner is looked for besides.
    assert_eq!(reads["/usr/lib/x86_64-linux-gnu/libc.so.6"], 2, "{reads:?}");
}
