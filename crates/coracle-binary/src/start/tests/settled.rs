//! What is remembered of libraries changes no verdict: several programs proven one after the other, and on two threads,
//! get the reports that each gets where every object is asked for every symbol.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Tree, launch};
use crate::elf::writer::{Elf, Export, Relocation};
use crate::start::{Prover, Report};

const LIBRARIES: [&str; 4] = ["liba.so.1", "libb.so.1", "libc1.so.1", "libd.so.1"];
const NAMES: [&str; 5] = ["alpha", "beta", "gamma", "delta", "epsilon"];
/// Data, a copy, global data and a slot, of x86-64.
const KINDS: [u32; 4] = [1, 5, 6, 7];

/// What a made-up object has and wants.
#[derive(Debug, Clone)]
struct Made {
    needed: Vec<usize>,
    /// The name, the version's number, the binding and type.
    exports: Vec<(usize, u16, u8)>,
    /// The name, whether with a version of which library, the relocation's kind, and whether it is lazy and weak.
    wants: Vec<(usize, Option<usize>, usize, bool, bool)>,
    symbolic: bool,
    gnu_hash: bool,
}

fn made() -> impl Strategy<Value = Made> {
    let binding = prop::sample::select(vec![0x12_u8, 0x22, 0x1a, 0x11, 0x02]);
    let export = (0..NAMES.len(), 1..4_u16, binding);
    let file = prop::option::weighted(0.4, 0..LIBRARIES.len());
    let want = (
        0..NAMES.len(),
        file,
        0..KINDS.len(),
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    let parts = (
        vec(0..LIBRARIES.len(), 0..3),
        vec(export, 0..4),
        vec(want, 0..4),
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    parts.prop_map(|(needed, exports, wants, symbolic, gnu_hash)| Made {
        needed,
        exports,
        wants,
        symbolic,
        gnu_hash,
    })
}

impl Made {
    fn fill(&self, mut elf: Elf) -> Elf {
        elf.gnu_hash = self.gnu_hash;
        if self.symbolic {
            elf.tags.push((16, 0));
        }
        for (name, number, info) in &self.exports {
            elf = elf.exporting(Export {
                info: *info,
                ..Export::numbered(NAMES[*name], *number)
            });
        }
        for (name, file, kind, lazy, weak) in &self.wants {
            let version = file.map(|file| {
                elf.needs
                    .push((LIBRARIES[file].to_owned(), vec![("V1".to_owned(), true)]));
                u16::try_from(elf.needs.len() - 1).unwrap()
            });
            elf.imports.push((NAMES[*name].to_owned(), *weak, version));
            elf.relocations.push(Relocation {
                symbol: NAMES[*name].to_owned(),
                kind: KINDS[*kind],
                lazy: *lazy,
            });
        }
        elf
    }

    fn needed(&self) -> Vec<&'static str> {
        self.needed
            .iter()
            .map(|number| LIBRARIES[*number])
            .collect()
    }
}

fn proofs(prover: &Prover<'_>, programs: &[String]) -> Vec<Report> {
    let one = |program: &String| prover.prove(&launch(&[program.as_str()]));
    programs.iter().map(one).collect()
}

proptest! {
    #[test]
    fn no_report_depends_on_what_was_proven_before(
        libraries in vec(made(), LIBRARIES.len()),
        programs in vec(made(), 1..5),
    ) {
        let mut tree = Tree::debian();
        for (name, made) in LIBRARIES.iter().zip(&libraries) {
            let elf = Elf::library(name, &made.needed()).defining(&[name, "V1", "V2"]);
            tree.library(name, made.fill(elf));
        }
        let mut paths = Vec::new();
        for (number, made) in programs.iter().enumerate() {
            let path = format!("/app/program{number}");
            tree.program(&path, made.fill(Elf::program(&made.needed())));
            paths.push(path);
        }
        let mut twice = paths.clone();
        twice.extend(paths.iter().rev().cloned());
        let expected = proofs(&Prover::without_memory(&tree), &twice);
        let prover = Prover::new(&tree);
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| proofs(&prover, &twice));
            let second = scope.spawn(|| proofs(&prover, &twice));
            (first.join().unwrap(), second.join().unwrap())
        });
        prop_assert_eq!(&first, &expected);
        prop_assert_eq!(&second, &expected);
    }
}
