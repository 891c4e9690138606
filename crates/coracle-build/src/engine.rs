//! Compiling on a BuildKit instead of on this machine: several services at once, each in its own stage of one recipe, of
//! which only the programs come back. All other stages of the line are the same, and so are the images.
//!
//! ```text
//!  requests ─► errands ─► recipe ─► BuildKit ─► programs ─► Artifacts
//!              (JSON)   (Dockerfile)    └ the repository, the sysroots and coracle itself, as contexts
//! ```
//! What compiles there is coracle, called by the recipe: cargo and go are told the very same as here, and all folders have
//! the names that they have here.

mod contexts;
mod error;
mod program;
mod recipe;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coracle_buildkit::{Build, Client, Step};
use coracle_toolchain::compile::{self, away};
use coracle_toolchain::{Artifact, CompileEvent, CompileRequest, Toolchain};

pub use self::error::Error;

use self::contexts::Contexts;
use crate::event::{Event, Observer, StepState};
use crate::settings::Builder;

/// A BuildKit that compiles for one suite.
pub(crate) struct Engine<'a> {
    pub(crate) builder: &'a Builder,
    pub(crate) toolchain: &'a Toolchain,
    /// `trixie`: the base images' too, so that the compilers are the suite's.
    pub(crate) suite: &'a str,
    pub(crate) observer: Observer<'a>,
}

/// What is to be compiled, for a service.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    pub(crate) service: String,
    pub(crate) request: CompileRequest,
}

/// What came of an order; `None` where another one's failure broke it off.
pub(crate) type Outcome = Option<Result<Artifact, compile::Error>>;

impl Engine<'_> {
    /// Compiles all of them at once.
    ///
    /// # Errors
    /// The builder cannot be had, or fails at something other than compiling.
    pub(crate) fn compile(&self, orders: &[Order]) -> Result<Vec<Outcome>, Error> {
        let client = Client::new(self.builder.address.clone());
        check_platform(&client)?;
        let contexts = Contexts::write(orders, self)?;
        let heard = RefCell::new(Heard::default());
        let built = client.build(
            &Build {
                recipe: &contexts.recipe(),
                context: &contexts.repository,
                contexts: &contexts.folders,
                output: &contexts.output(),
                cache_from: &self.builder.cache_from,
                cache_to: &self.builder.cache_to,
                secrets: &self.builder.secrets,
            },
            &mut |step| self.hear(step, orders, &mut heard.borrow_mut()),
        );
        let heard = heard.into_inner();
        match (built, heard.failed) {
            (Ok(()), _) => take(&contexts, orders, &heard.cached).map_err(Error::from),
            (Err(_), Some((at, failure))) => {
                let mut outcomes: Vec<Outcome> = orders.iter().map(|_| None).collect();
                if let (Some(outcome), Some(order)) = (outcomes.get_mut(at), orders.get(at)) {
                    let name = &order.request.program.name;
                    *outcome = Some(Err(failure.into_error(name)));
                }
                Ok(outcomes)
            }
            (Err(error), None) => Err(told(error, orders).into()),
        }
    }

    /// Tells what happens, of a service where the step is one's.
    fn hear(&self, step: Step<'_>, orders: &[Order], heard: &mut Heard) {
        let (name, state) = match step {
            Step::Started(name) => (name, StepState::Started),
            Step::Cached(name) => (name, StepState::Cached),
            Step::Done(name) => (name, StepState::Done),
            Step::Failed(name) => (name, StepState::Failed),
            Step::Output(name, line) | Step::Error(name, line) => {
                return self.hear_line((name, line), orders, heard);
            }
        };
        let own = recipe::stage_of(name);
        if let Some(at) = own.filter(|_| state == StepState::Cached) {
            heard.cached.insert(at);
        }
        let service = own.and_then(|at| Some(orders.get(at)?.service.clone()));
        let step = recipe::shown(name, service.as_deref());
        (self.observer)(&Event::Step { step, state });
    }

    fn hear_line(&self, (name, line): (&str, &str), orders: &[Order], heard: &mut Heard) {
        let Some(at) = recipe::stage_of(name) else {
            return;
        };
        let Some(order) = orders.get(at) else {
            return;
        };
        let event = match away::Said::read(line) {
            Some(away::Said::Event(event)) => event,
            Some(away::Said::Failed(failure)) => {
                heard.failed.get_or_insert((at, failure));
                return;
            }
            None => CompileEvent::Line(line.to_owned()),
        };
        if let Some(event) = crate::event::of_compiling(&order.service, event) {
            (self.observer)(&event);
        }
    }
}

/// What the steps said that matters at the end.
#[derive(Default)]
struct Heard {
    /// The first order that could not be compiled.
    failed: Option<(usize, away::Failure)>,
    cached: BTreeSet<usize>,
}

/// Where nobody answers, that is told before anything is prepared. What compiles there is this very program, so the
/// builder must run it.
fn check_platform(client: &Client) -> Result<(), Error> {
    let own = coracle_toolchain::Target::host().map(|target| target.to_string());
    match (client.platform()?, own) {
        (Some(found), Ok(own)) if found != own => Err(Error::OtherPlatform {
            address: client.address().clone(),
            found,
            own,
        }),
        _ => Ok(()),
    }
}

/// The failure, with its step as it was told.
fn told(error: coracle_buildkit::Error, orders: &[Order]) -> coracle_buildkit::Error {
    let told = |step: &str| {
        let order = recipe::stage_of(step).and_then(|at| orders.get(at));
        recipe::shown(step, order.map(|order| order.service.as_str()))
    };
    match error {
        coracle_buildkit::Error::WentAway {
            address,
            step: Some(step),
            said,
        } => coracle_buildkit::Error::WentAway {
            address,
            step: Some(told(&step)),
            said,
        },
        coracle_buildkit::Error::Step {
            address,
            step,
            reason,
            tail,
        } => coracle_buildkit::Error::Step {
            address,
            step: told(&step),
            reason,
            tail,
        },
        other => other,
    }
}

/// The programs, put where they stay: beside what cargo and go make here.
fn take(
    contexts: &Contexts,
    orders: &[Order],
    cached: &BTreeSet<usize>,
) -> Result<Vec<Outcome>, compile::Error> {
    let taken = orders.iter().enumerate().map(|(at, order)| {
        let folder = contexts.output().join(at.to_string());
        let place = place(&order.request);
        let fresh = cached.contains(&at);
        Ok(Some(Ok(away::take(&folder, place, fresh)?)))
    });
    taken.collect()
}

fn place(request: &CompileRequest) -> PathBuf {
    let platform = request.target.to_string().replace('/', "-");
    directory(request)
        .join("buildkit")
        .join(platform)
        .join(request.program.package.replace('/', "-"))
        .join(&request.program.name)
}

/// Where cargo or go build, here and there.
fn directory(request: &CompileRequest) -> PathBuf {
    let own = || request.program.build_directory();
    let told = request.target_directory.clone();
    told.or_else(own).unwrap_or_else(|| Path::new("/").into())
}
