//! Health checks, as Dockerfiles and compose files both have them.

use std::time::Duration;

use crate::span::Span;
use crate::value::Value;

/// A health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healthcheck {
    /// What is run; `None` where only the times are set and the image's test is kept.
    pub test: Option<Test>,
    /// Between two checks.
    pub interval: Option<Duration>,
    /// For one check.
    pub timeout: Option<Duration>,
    /// While failures do not count.
    pub start_period: Option<Duration>,
    /// Between two checks during that time.
    pub start_interval: Option<Duration>,
    /// Failures in a row before the container is unhealthy.
    pub retries: Option<u32>,
    /// Where.
    pub span: Span,
}

/// What a health check runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Nothing: it is switched off.
    Off,
    /// A program and its arguments, at least one word.
    Exec(Vec<Value>),
    /// A text for the shell.
    Shell(Value),
}
