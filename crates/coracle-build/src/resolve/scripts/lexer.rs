//! Words and operators of a shell script, as far as maintainer scripts use them.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::str::Chars;

/// One piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A word as written, its quotes included.
    Word(String),
    /// `;` `;;` `&&` `||` `|` `&` `(` `)`.
    Operator(&'static str),
    /// `>`, `>>`, `<` and their like, with the word that they lead to.
    Redirection {
        /// Whether something is written.
        writes: bool,
        /// To where.
        to: String,
    },
    /// The end of a line.
    Newline,
}

const OPERATORS: [&str; 8] = [";;", "&&", "||", ";", "|", "&", "(", ")"];

/// Cuts a script; what cannot be cut is `None`.
pub(super) fn cut(text: &str) -> Option<Vec<Token>> {
    let text = text.replace("\\\n", " ");
    let mut lexer = Lexer {
        rest: text.chars().peekable(),
        tokens: Vec::new(),
        documents: VecDeque::new(),
    };
    while lexer.step()? {}
    Some(lexer.tokens)
}

struct Lexer<'a> {
    rest: Peekable<Chars<'a>>,
    tokens: Vec<Token>,
    /// The ends of here-documents that begin on the next line.
    documents: VecDeque<String>,
}

impl Lexer<'_> {
    /// One token; whether there may be more.
    fn step(&mut self) -> Option<bool> {
        let Some(&next) = self.rest.peek() else {
            return Some(false);
        };
        match next {
            ' ' | '\t' | '\r' => {
                self.rest.next();
            }
            '\n' => {
                self.rest.next();
                self.tokens.push(Token::Newline);
                self.pass_documents();
            }
            '#' => while self.rest.next_if(|letter| *letter != '\n').is_some() {},
            '<' | '>' => self.redirection()?,
            ';' | '&' | '|' | '(' | ')' => {
                let operator = self.operator()?;
                self.tokens.push(Token::Operator(operator));
            }
            _ => {
                let word = self.word()?;
                let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
                match self.rest.peek() {
                    Some('<' | '>') if is_number => self.redirection()?,
                    _ => self.tokens.push(Token::Word(word)),
                }
            }
        }
        Some(true)
    }

    fn operator(&mut self) -> Option<&'static str> {
        let first = self.rest.next()?;
        let double = self.rest.peek() == Some(&first) && matches!(first, ';' | '&' | '|');
        if double {
            self.rest.next();
        }
        let mut operators = OPERATORS.into_iter();
        operators.find(|operator| operator.starts_with(first) && (operator.len() == 2) == double)
    }

    /// `>FILE`, `2>&1`, `<<-EOF`.
    fn redirection(&mut self) -> Option<()> {
        let direction = self.rest.next()?;
        let doubled = self.rest.next_if_eq(&direction).is_some();
        let is_document = direction == '<' && doubled;
        if is_document {
            self.rest.next_if_eq(&'-');
        }
        let to_descriptor = self.rest.next_if_eq(&'&').is_some();
        while self
            .rest
            .next_if(|letter| matches!(letter, ' ' | '\t'))
            .is_some()
        {}
        let to = self.word()?;
        if is_document {
            self.documents.push_back(to.replace(['\'', '"', '\\'], ""));
            return Some(());
        }
        let writes = direction == '>' && !to_descriptor;
        self.tokens.push(Token::Redirection { writes, to });
        Some(())
    }

    fn pass_documents(&mut self) {
        while let Some(end) = self.documents.pop_front() {
            loop {
                let mut line = String::new();
                while let Some(letter) = self.rest.next_if(|letter| *letter != '\n') {
                    line.push(letter);
                }
                let at_end = self.rest.next().is_none();
                if at_end || line.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
    }

    fn word(&mut self) -> Option<String> {
        let mut word = String::new();
        while let Some(&next) = self.rest.peek() {
            match next {
                ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => break,
                _ => self.piece(&mut word)?,
            }
        }
        Some(word)
    }

    /// One letter, or what belongs together: quotes, `$(…)`, `${…}`.
    fn piece(&mut self, word: &mut String) -> Option<()> {
        let letter = self.rest.next()?;
        word.push(letter);
        match letter {
            '\\' => word.push(self.rest.next()?),
            '\'' | '`' => self.until(word, letter)?,
            '"' => loop {
                if *self.rest.peek()? == '"' {
                    word.push(self.rest.next()?);
                    break;
                }
                self.quoted_piece(word)?;
            },
            '$' => self.substitution(word)?,
            _ => {}
        }
        Some(())
    }

    /// Between double quotes a single quote is a letter.
    fn quoted_piece(&mut self, word: &mut String) -> Option<()> {
        let letter = self.rest.next()?;
        word.push(letter);
        match letter {
            '\\' => word.push(self.rest.next()?),
            '`' => self.until(word, '`')?,
            '$' => self.substitution(word)?,
            _ => {}
        }
        Some(())
    }

    fn substitution(&mut self, word: &mut String) -> Option<()> {
        let close = match self.rest.peek() {
            Some('(') => ')',
            Some('{') => '}',
            _ => return Some(()),
        };
        let open = self.rest.next()?;
        word.push(open);
        let mut depth = 1;
        while depth > 0 {
            let next = *self.rest.peek()?;
            if next == open {
                depth += 1;
            } else if next == close {
                depth -= 1;
            }
            if next == open || next == close {
                word.push(self.rest.next()?);
            } else {
                self.piece(word)?;
            }
        }
        Some(())
    }

    fn until(&mut self, word: &mut String, end: char) -> Option<()> {
        loop {
            let letter = self.rest.next()?;
            word.push(letter);
            if letter == end {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let show = |token| match token {
            Token::Word(word) => word,
            Token::Operator(operator) => operator.to_owned(),
            Token::Redirection { writes, to } => format!("{}{to}", if writes { ">" } else { "=" }),
            Token::Newline => "/".to_owned(),
        };
        cut(text).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn what_belongs_together_is_one_word() {
        assert_eq!(
            words(r#"if [ "$(a "b c" | d)" = 'x y' ]; then e\ f ${2:-} `g h`; fi # end"#),
            [
                "if",
                "[",
                r#""$(a "b c" | d)""#,
                "=",
                "'x y'",
                "]",
                ";",
                "then",
                r"e\ f",
                "${2:-}",
                "`g h`",
                ";",
                "fi"
            ]
        );
    }

    #[test]
    fn redirections_are_no_words_and_here_documents_are_passed_over() {
        assert_eq!(
            words("cat <<-EOF > /x 2>&1\n\tif (\n\tEOF\na >/dev/null &&\\\n b;;"),
            ["cat", ">/x", "=1", "/", "a", ">/dev/null", "&&", "b", ";;"]
        );
    }

    #[test]
    fn what_does_not_end_is_not_cut() {
        for text in ["echo 'x", "echo \"x", "echo $(x", "echo `x"] {
            assert_eq!(cut(text), None, "{text}");
        }
    }
}
