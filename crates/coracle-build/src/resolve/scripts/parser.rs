//! A shell script as a tree: lists of commands, conditions, cases, loops, functions.

use super::lexer::{Token, cut};

/// Commands one after the other.
pub(super) type List = Vec<Chain>;

/// `a && b || c`.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) first: Command,
    /// Whether the next one runs when those before succeeded (`&&`), and it.
    pub(super) rest: Vec<(bool, Command)>,
}

/// One command.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// A program or a builtin with its words, and the files that it writes.
    Simple {
        words: Vec<String>,
        writes: Vec<String>,
    },
    /// `! a`.
    Not(Box<Command>),
    /// `a | b`.
    Pipe(Vec<Command>),
    /// `if a; then b; elif c; then d; else e; fi`: conditions with what follows from them.
    If(Vec<(List, List)>, List),
    /// `case word in patterns) list;; esac`.
    Case(String, Vec<(Vec<String>, List)>),
    /// `for name in words; do list; done`.
    For(String, Vec<String>, List),
    /// `while`, `until`: a condition and a body.
    While(List, List),
    /// `{ … }`, `( … )`.
    Group(List),
    /// `name() { … }`.
    Function(String, List),
}

/// Reads a script; what is not understood is `None`.
pub(super) fn parse(text: &str) -> Option<List> {
    let mut parser = Parser {
        tokens: cut(text)?,
        at: 0,
        depth: 0,
    };
    let list = parser.list(&[])?;
    parser.peek().is_none().then_some(list)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// More than any maintainer script nests.
const DEEPEST: usize = 40;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(next)) if next == word)
    }

    fn is_operator(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token::Operator(next)) if *next == operator)
    }

    /// Takes this word or operator, if it is next.
    fn take(&mut self, text: &str) -> Option<()> {
        let found = self.is_word(text) || self.is_operator(text);
        found.then(|| self.at += 1)
    }

    fn word(&mut self) -> Option<String> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        let word = word.clone();
        self.at += 1;
        Some(word)
    }

    fn newlines(&mut self) {
        while matches!(self.peek(), Some(Token::Newline)) {
            self.at += 1;
        }
    }

    /// Commands until one of these words or operators, which is left where it is.
    fn list(&mut self, ends: &[&str]) -> Option<List> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut list = Vec::new();
        loop {
            while matches!(
                self.peek(),
                Some(Token::Newline | Token::Operator(";" | "&"))
            ) {
                self.at += 1;
            }
            let ended = ends
                .iter()
                .any(|end| self.is_word(end) || self.is_operator(end));
            if ended || self.peek().is_none() {
                self.depth -= 1;
                return Some(list);
            }
            list.push(self.chain()?);
        }
    }

    fn chain(&mut self) -> Option<Chain> {
        let first = self.pipe()?;
        let mut rest = Vec::new();
        loop {
            let after_success = match self.peek() {
                Some(Token::Operator("&&")) => true,
                Some(Token::Operator("||")) => false,
                _ => return Some(Chain { first, rest }),
            };
            self.at += 1;
            self.newlines();
            rest.push((after_success, self.pipe()?));
        }
    }

    fn pipe(&mut self) -> Option<Command> {
        if self.take("!").is_some() {
            return Some(Command::Not(Box::new(self.pipe()?)));
        }
        let first = self.command()?;
        if !self.is_operator("|") {
            return Some(first);
        }
        let mut parts = vec![first];
        while self.take("|").is_some() {
            self.newlines();
            parts.push(self.command()?);
        }
        Some(Command::Pipe(parts))
    }

    fn command(&mut self) -> Option<Command> {
        let first = match self.peek()? {
            Token::Word(word) => word.clone(),
            Token::Operator("(") => return self.group("(", ")"),
            Token::Redirection { .. } => String::new(),
            _ => return None,
        };
        match first.as_str() {
            "if" => self.condition(),
            "case" => self.case(),
            "for" => self.for_loop(),
            "while" | "until" => self.while_loop(),
            "{" => self.group("{", "}"),
            _ => self.simple_or_function(),
        }
    }

    fn group(&mut self, open: &str, close: &str) -> Option<Command> {
        self.take(open)?;
        let list = self.list(&[close])?;
        self.take(close)?;
        self.redirections()?;
        Some(Command::Group(list))
    }

    /// After a whole construct: only what goes nowhere is understood.
    fn redirections(&mut self) -> Option<()> {
        while let Some(Token::Redirection { writes, to }) = self.peek() {
            if *writes && to != "/dev/null" {
                return None;
            }
            self.at += 1;
        }
        Some(())
    }

    fn condition(&mut self) -> Option<Command> {
        self.take("if")?;
        let mut branches = Vec::new();
        loop {
            let condition = self.list(&["then"])?;
            self.take("then")?;
            branches.push((condition, self.list(&["elif", "else", "fi"])?));
            if self.take("elif").is_none() {
                break;
            }
        }
        let otherwise = match self.take("else") {
            Some(()) => self.list(&["fi"])?,
            None => Vec::new(),
        };
        self.take("fi")?;
        self.redirections()?;
        Some(Command::If(branches, otherwise))
    }

    fn case(&mut self) -> Option<Command> {
        self.take("case")?;
        let word = self.word()?;
        self.newlines();
        self.take("in")?;
        let mut arms = Vec::new();
        loop {
            self.newlines();
            if self.take("esac").is_some() {
                return Some(Command::Case(word, arms));
            }
            let _ = self.take("(");
            let mut patterns = vec![self.word()?];
            while self.take("|").is_some() {
                patterns.push(self.word()?);
            }
            self.take(")")?;
            let list = self.list(&[";;", "esac"])?;
            let _ = self.take(";;");
            arms.push((patterns, list));
        }
    }

    fn for_loop(&mut self) -> Option<Command> {
        self.take("for")?;
        let name = self.word()?;
        let mut words = Vec::new();
        self.newlines();
        self.take("in")?;
        while let Some(word) = self.word() {
            words.push(word);
        }
        Some(Command::For(name, words, self.body()?))
    }

    fn while_loop(&mut self) -> Option<Command> {
        self.at += 1;
        let condition = self.list(&["do"])?;
        Some(Command::While(condition, self.body()?))
    }

    fn body(&mut self) -> Option<List> {
        while matches!(self.peek(), Some(Token::Newline | Token::Operator(";"))) {
            self.at += 1;
        }
        self.take("do")?;
        let list = self.list(&["done"])?;
        self.take("done")?;
        // What a loop reads makes nothing.
        self.redirections()?;
        Some(list)
    }

    fn simple_or_function(&mut self) -> Option<Command> {
        let (mut words, mut writes) = (Vec::new(), Vec::new());
        loop {
            match self.peek() {
                Some(Token::Word(word)) => words.push(word.clone()),
                Some(Token::Redirection { writes: true, to }) => writes.push(to.clone()),
                Some(Token::Redirection { .. }) => {}
                Some(Token::Operator("(")) if words.len() == 1 => {
                    self.at += 1;
                    self.take(")")?;
                    self.newlines();
                    let Command::Group(body) = self.command()? else {
                        return None;
                    };
                    return Some(Command::Function(words.pop()?, body));
                }
                _ => return Some(Command::Simple { words, writes }),
            }
            self.at += 1;
        }
    }
}
