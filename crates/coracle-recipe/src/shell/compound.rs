//! Commands that are made of commands: groups, subshells, conditions, loops, functions.

use super::parse::{Parser, Trouble};
use super::{Arm, Body, Branch, Command};

/// Words that begin a command made of commands, where a command may begin.
const BEGINNINGS: &[&str] = &[
    "{", "if", "while", "until", "for", "case", "function", "select", "coproc",
];

/// Words that go on with one or end it.
const ENDS: &[&str] = &["}", "then", "elif", "else", "fi", "do", "done", "esac"];

impl Parser<'_> {
    /// A command without the operator behind it.
    pub(super) fn command(&mut self) -> Result<Command, Trouble> {
        let mut is_negated = false;
        while self.take_word("!") {
            is_negated = !is_negated;
            self.blanks();
        }
        let start = self.at;
        let (body, mut redirections) = match self.compound()? {
            Some(body) => (body, Vec::new()),
            None => self.simple()?,
        };
        let mut end = self.at;
        // A simple command has taken its own; a compound one is followed by its.
        loop {
            self.blanks();
            let Some(redirection) = self.redirection()? else {
                break;
            };
            redirections.push(redirection);
            end = self.at;
        }
        self.at = end;
        Ok(Command {
            body,
            redirections,
            is_negated,
            operator: None,
            span: self.text.span(start..end),
        })
    }

    fn compound(&mut self) -> Result<Option<Body>, Trouble> {
        if self.rest().starts_with("((") {
            return self.arithmetic().map(Some);
        }
        if self.skip("(") {
            let body = self.filled(&[])?;
            self.expect(")")?;
            return Ok(Some(Body::Subshell(body)));
        }
        if ENDS.iter().any(|end| self.is_word(end)) {
            return Err(Trouble("an end without a beginning"));
        }
        let Some(word) = BEGINNINGS.iter().find(|word| self.is_word(word)) else {
            return Ok(None);
        };
        self.at += word.len();
        let body = match *word {
            "{" => {
                let body = self.filled(&["}"])?;
                self.expect_word("}")?;
                Body::Group(body)
            }
            "if" => self.condition()?,
            "while" | "until" => {
                let condition = self.filled(&["do"])?;
                Body::Loop {
                    is_until: *word == "until",
                    branch: Branch {
                        condition,
                        body: self.done()?,
                    },
                }
            }
            "for" => self.each()?,
            "case" => self.case()?,
            "function" => {
                self.blanks();
                let name = self.word()?.ok_or(Trouble("a function without a name"))?;
                if self.skip("(") {
                    self.expect(")")?;
                }
                self.function(name)?
            }
            _ => return Err(Trouble("a word that only bash has")),
        };
        Ok(Some(body))
    }

    /// A list with a command in it.
    fn filled(&mut self, ends: &[&str]) -> Result<Vec<Command>, Trouble> {
        let list = self.list(ends)?;
        match list.is_empty() {
            true => Err(Trouble("no command where one must be")),
            false => Ok(list),
        }
    }

    pub(super) fn expect(&mut self, wanted: &str) -> Result<(), Trouble> {
        self.blanks();
        match self.skip(wanted) {
            true => Ok(()),
            false => Err(Trouble("something is not closed")),
        }
    }

    fn expect_word(&mut self, wanted: &str) -> Result<(), Trouble> {
        self.lines();
        match self.take_word(wanted) {
            true => Ok(()),
            false => Err(Trouble("something is not ended")),
        }
    }

    /// `do … done`.
    fn done(&mut self) -> Result<Vec<Command>, Trouble> {
        self.expect_word("do")?;
        let body = self.filled(&["done"])?;
        self.expect_word("done")?;
        Ok(body)
    }

    /// After `if`.
    fn condition(&mut self) -> Result<Body, Trouble> {
        let mut branches = Vec::new();
        loop {
            let condition = self.filled(&["then"])?;
            self.expect_word("then")?;
            let body = self.filled(&["elif", "else", "fi"])?;
            branches.push(Branch { condition, body });
            if !self.take_word("elif") {
                break;
            }
        }
        let otherwise = match self.take_word("else") {
            true => Some(self.filled(&["fi"])?),
            false => None,
        };
        self.expect_word("fi")?;
        Ok(Body::If {
            branches,
            otherwise,
        })
    }

    /// After `for`.
    fn each(&mut self) -> Result<Body, Trouble> {
        self.blanks();
        let variable = self
            .word()?
            .ok_or(Trouble("a loop over something else than words"))?;
        self.lines();
        let mut words = None;
        if self.take_word("in") {
            let mut all = Vec::new();
            loop {
                self.blanks();
                match self.word()? {
                    Some(word) => all.push(word),
                    None => break,
                }
            }
            words = Some(all);
        }
        self.blanks();
        self.skip(";");
        let body = self.done()?;
        Ok(Body::For {
            variable,
            words,
            body,
        })
    }

    /// After `case`.
    fn case(&mut self) -> Result<Body, Trouble> {
        self.blanks();
        let word = self.word()?.ok_or(Trouble("a case of nothing"))?;
        self.expect_word("in")?;
        let mut arms = Vec::new();
        loop {
            self.lines();
            if self.take_word("esac") {
                return Ok(Body::Case { word, arms });
            }
            self.skip("(");
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?.ok_or(Trouble("an arm without a pattern"))?);
                self.blanks();
                if !self.skip("|") {
                    break;
                }
            }
            self.expect(")")?;
            let body = self.list(&["esac"])?;
            arms.push(Arm { patterns, body });
            self.lines();
            // bash's `;&` and `;;&` go on with the next arm.
            if self.rest().starts_with(";;&") || self.rest().starts_with(";&") {
                return Err(Trouble("an arm that goes on with the next"));
            }
            if !self.skip(";;") && !self.is_word("esac") {
                return Err(Trouble("an arm without an end"));
            }
        }
    }

    /// After the name of a function and `()`.
    pub(super) fn function(&mut self, name: super::Word) -> Result<Body, Trouble> {
        self.lines();
        self.depth += 1;
        if self.depth > 40 {
            return Err(Trouble("nested too deep"));
        }
        let body = self.command()?;
        self.depth -= 1;
        Ok(Body::Function {
            name,
            body: Box::new(body),
        })
    }

    /// `((…))`, which is passed over and told.
    fn arithmetic(&mut self) -> Result<Body, Trouble> {
        let mut open = 0_usize;
        while let Some(character) = self.next() {
            match character {
                '(' => open += 1,
                ')' => open = open.saturating_sub(1),
                '\\' => {
                    self.next();
                }
                _ => {}
            }
            if open == 0 {
                let reason = "arithmetic";
                return Ok(Body::NotUnderstood { reason });
            }
        }
        Err(Trouble("arithmetic is not closed"))
    }
}
