//! Other programs, done once: start, stream, time out, kill, redact.
//!
//! A [`Program`] says what to run; [`Program::output`] captures everything it says and
//! [`Program::stream`] hands its lines over as they come. Both wait for the end, and both turn an
//! unhappy end into an [`Error`] that shows the command line and the last lines it said.
//!
//! A child inherits the environment of this process, because cargo, go and credential helpers are
//! configured there by the user. It gets a process group of its own: what it starts dies with it
//! when it takes too long, when the caller gives up, and, once [`end_children_on_signals`] was
//! called, when the user interrupts.
//!
//! Nothing here knows what a program is for, reads the environment or prints.

mod failure;
mod group;
mod output;
mod program;
mod redact;
mod run;

pub use failure::Error;
pub use group::end_children_on_signals;
pub use output::{Output, Stream};
pub use program::{Program, quoted};
