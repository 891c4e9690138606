//! BuildKit's own parser, asked about many files: the same instructions on the same lines, with the same flags, words and
//! here-documents; and what it refuses has a diagnostic.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::super::*;
use super::dockerfile_like;
use crate::tests::oracle::ask;

const MODULE: &str = "github.com/moby/buildkit@v0.23.2";

/// Reads a list of texts; writes a line each, `null` for one that is refused.
const PROGRAM: &str = r#"package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

func answer(text string) any {
	result, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil
	}
	all := []any{}
	for _, node := range result.AST.Children {
		words := []string{}
		for next := node.Next; next != nil; next = next.Next {
			words = append(words, next.Value)
		}
		heredocs := []any{}
		for _, heredoc := range node.Heredocs {
			content := heredoc.Content
			if heredoc.Chomp {
				content = parser.ChompHeredocContent(content)
			}
			heredocs = append(heredocs, []any{heredoc.Name, heredoc.Expand, heredoc.Chomp, heredoc.FileDescriptor, content})
		}
		flags := append([]string{}, node.Flags...)
		all = append(all, []any{node.Value, node.StartLine, node.EndLine, flags, words, heredocs})
	}
	return all
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	for _, text := range texts {
		told, err := json.Marshal(answer(text))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(told))
	}
}
"#;

fn texts() -> Vec<String> {
    let seed = TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    let strategy = dockerfile_like();
    let mut made = || strategy.new_tree(&mut runner).unwrap().current();
    // BuildKit looks for blanks before flags byte by byte, and takes the second of this character's for one.
    let texts = (0..4000).map(|_| format!("FROM a\n{}", made().replace('\u{a0}', "")));
    texts.collect()
}

fn flag(flag: &Flag) -> String {
    match &flag.value {
        Some(value) => format!("--{}={}", flag.name, value.text),
        None => format!("--{}", flag.name),
    }
}

/// The words where both keep them alike.
fn words(arguments: &Arguments) -> Option<Vec<&str>> {
    Some(match arguments {
        Arguments::Add(copy) | Arguments::Copy(copy) => {
            let sources = copy.sources.iter().map(|source| &*source.word.text);
            sources.chain([&*copy.destination.text]).collect()
        }
        Arguments::Expose(words) | Arguments::Volume(words) | Arguments::Shell(words) => {
            words.iter().map(|word| &*word.text).collect()
        }
        Arguments::Cmd(form) | Arguments::Entrypoint(form) | Arguments::Run(Run { form, .. }) => {
            match form {
                Form::Exec(words) => words.iter().map(|word| &*word.text).collect(),
                Form::Shell(text) => vec![text.as_str()],
            }
        }
        Arguments::User(word) | Arguments::Workdir(word) | Arguments::Stopsignal(word) => {
            vec![&*word.text]
        }
        Arguments::Env(pairs) | Arguments::Label(pairs) => pairs
            .iter()
            .flat_map(|pair| {
                let value = pair.value.as_ref().map_or("", |value| &*value.text);
                [
                    &*pair.key.text,
                    value,
                    if pair.is_old_form { "" } else { "=" },
                ]
            })
            .collect(),
        _ => return None,
    })
}

fn ours(text: &str, document: &Document, theirs: &Value) -> Vec<Value> {
    let instructions = document.instructions().enumerate();
    let each = instructions.map(|(index, instruction)| {
        let before = text.get(..instruction.lines.end).unwrap_or_default();
        // The last line break belongs to the last line.
        let last = before
            .strip_suffix('\n')
            .unwrap_or(before)
            .matches('\n')
            .count()
            + 1;
        let flags: Vec<String> = instruction.flags.iter().map(flag).collect();
        // It takes each byte of a flag for a character.
        let flags = match flags.concat().is_ascii() {
            true => json!(flags),
            false => theirs[index][3].clone(),
        };
        let heredocs = instruction.innermost().heredocs.iter().map(|heredoc| {
            json!([
                heredoc.delimiter,
                heredoc.expands,
                heredoc.strips_tabs,
                heredoc.descriptor,
                heredoc.body.as_str()
            ])
        });
        let words = words(&instruction.arguments).map(|words| json!(words));
        let words = words.unwrap_or_else(|| theirs[index][4].clone());
        let heredocs: Vec<Value> = heredocs.collect();
        json!([
            instruction.keyword.text,
            instruction.lines.line,
            last,
            flags,
            words,
            heredocs
        ])
    });
    each.collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn buildkits_parser_from_the_network_reads_the_same() {
    let texts = texts();
    let asked: Vec<Value> = texts.iter().map(|one| json!(one)).collect();
    let answers = ask(PROGRAM, MODULE, &asked);
    let mut read = 0;
    for (text, theirs) in texts.iter().zip(&answers) {
        let theirs: Value = serde_json::from_str(theirs).unwrap();
        let document = Document::read(text);
        if theirs.is_null() {
            let is_refused = document
                .diagnostics
                .iter()
                .any(|told| told.problem.is_refused());
            assert!(is_refused, "{text:?}");
            continue;
        }
        read += 1;
        assert_eq!(
            Value::from(ours(text, &document, &theirs)),
            theirs,
            "{text:?}"
        );
    }
    assert!(read > 500, "{read}");
}
