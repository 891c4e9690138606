//! Files of `docker buildx bake`: `docker-bake.json` and `docker-bake.hcl`, what targets they have and what each is built
//! from.
//!
//! ```text
//!  JSON ─► json ─┐
//!  HCL ──► hcl ──┴► Bake ─► resolve ─► Resolved
//!                   blocks  files joined, matrices, inherits
//! ```
//! Expressions are values of variables, and texts with those in them; what does more (a function, a condition) is not
//! known. Variables have their defaults, unless who asks gives them others.
//!
//! ```
//! use coracle_recipe::bake::{self, Bake};
//!
//! let text = r#"{"variable": {"TAG": {"default": "v1"}}, "target": {
//!   "_all": {"platforms": ["linux/amd64"], "context": "."},
//!   "api": {"inherits": ["_all"], "target": "api", "args": {"V": "${TAG}"}}}}"#;
//! let file = Bake::read_json(text).unwrap();
//! let resolved = bake::resolve(&[&file], &|_| None);
//! let api = resolved.target("api").unwrap();
//! assert_eq!(api.platforms, Ok(vec!["linux/amd64".to_owned()]));
//! assert_eq!(api.arguments["V"], Ok("v1".to_owned()));
//! ```

mod evaluate;
mod expression;
mod hcl;
mod json;
mod merge;
mod resolve;

pub use self::evaluate::Given;
use self::expression::{Attributes, Name};
pub use self::resolve::{Inline, Resolved, Target, resolve};

/// A bake file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bake {
    blocks: Vec<Block>,
}

/// `target "api" { … }`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    kind: Kind,
    name: Name,
    attributes: Attributes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Target,
    Group,
    Variable,
}

impl Kind {
    fn named(word: &str) -> Option<Kind> {
        match word {
            "target" => Some(Kind::Target),
            "group" => Some(Kind::Group),
            "variable" => Some(Kind::Variable),
            _ => None,
        }
    }
}

/// Why a bake file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl Bake {
    /// Reads `docker-bake.json`.
    ///
    /// # Errors
    /// When it is no JSON, or no mapping.
    pub fn read_json(text: &str) -> Result<Bake, Error> {
        json::read(text)
    }

    /// Reads `docker-bake.hcl`.
    ///
    /// # Errors
    /// When it is no HCL.
    pub fn read_hcl(text: &str) -> Result<Bake, Error> {
        hcl::read(text)
    }

    fn blocks(&self, kind: Kind) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |block| block.kind == kind)
    }
}

#[cfg(test)]
mod tests;
