//! The library itself, asked about many files and paths.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::{CASES, Ignore};
use crate::tests::oracle::ask;

const MODULE: &str = "github.com/moby/patternmatcher@v0.6.1";

/// Reads `[[text, path, …], …]`; for each text writes a letter a path, or that it is refused.
const PROGRAM: &str = r#"package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

func answer(all []string) string {
	patterns, err := ignorefile.ReadAll(strings.NewReader(all[0]))
	if err != nil {
		return "refused"
	}
	told := ""
	for _, path := range all[1:] {
		hidden, err := patternmatcher.MatchesOrParentMatches(path, patterns)
		if err != nil {
			return "refused"
		}
		if hidden {
			told += "h"
		} else {
			told += "s"
		}
	}
	return told
}

func main() {
	var questions [][]string
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	for _, all := range questions {
		fmt.Println(answer(all))
	}
}
"#;

fn ours(all: &[String]) -> String {
    let ignore = Ignore::read(&all[0]);
    if !ignore.problems.is_empty() {
        return "refused".to_owned();
    }
    let letter = |path: &String| if ignore.is_hidden(path) { 'h' } else { 's' };
    all[1..].iter().map(letter).collect()
}

/// The table's files and many made ones, each with paths.
fn questions() -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for (text, hidden, seen) in CASES {
        let paths = hidden.iter().chain(*seen).copied();
        all.push(
            std::iter::once(*text)
                .chain(paths)
                .map(str::to_owned)
                .collect(),
        );
    }
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let text = proptest::collection::vec(
        "!?/?([ab./]|\\*|\\*\\*|/|\\?|\\[a\\]|\\[\\^ab\\]|\\\\\\*|-){1,6}/?",
        1..4,
    );
    let paths = proptest::collection::vec("[ab.]{1,2}(/[ab.-]{1,2}){0,3}", 12);
    let strategy = (text, paths);
    for _ in 0..3000 {
        let (text, paths) = strategy.new_tree(&mut runner).unwrap().current();
        all.push(std::iter::once(text.join("\n")).chain(paths).collect());
    }
    all
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn dockers_library_from_the_network_hides_the_same_paths() {
    let questions = questions();
    let asked: Vec<Value> = questions.iter().map(|one| json!(one)).collect();
    let answers = ask(PROGRAM, MODULE, &asked);
    let mut hidden = 0;
    for (all, theirs) in questions.iter().zip(&answers) {
        hidden += theirs.matches('h').count();
        // What is not understood here is told; it is no answer.
        let told = Ignore::read(&all[0]);
        let is_told = told
            .problems
            .iter()
            .any(|(problem, _)| matches!(problem, super::Problem::NotUnderstood { .. }));
        if !is_told {
            assert_eq!(ours(all), *theirs, "{all:?}");
        }
    }
    assert!(hidden > 1000, "{hidden}");
}
