//! The command line: arguments in, references on stdout, everything else on stderr, a documented exit code.
//!
//! This crate alone prints, reads the environment and looks at the clock. What a command does is in `commands`, one
//! file each; how things look is in `render`.

mod arguments;
mod commands;
mod exit;
mod render;
mod settings;
mod timings;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command, Index};

fn main() -> ExitCode {
    if let Some(arguments) = commands::pkg_config::arguments(std::env::args_os()) {
        return commands::pkg_config::run(&arguments);
    }
    if let Some((file, folder)) = commands::compile_errand::arguments(std::env::args_os()) {
        return commands::compile_errand::run(&file, &folder);
    }
    coracle_build::install_tls_provider();
    let arguments = Arguments::parse();
    if let Err(error) = coracle_build::end_children_on_signals() {
        render::failure(&error, None);
        return ExitCode::from(exit::BUG);
    }
    let global = &arguments.global;
    let outcome = match &arguments.command {
        Command::Build(build) => commands::build::run(global, build),
        Command::Plan(plan) => commands::plan::run(global, plan),
        Command::Lock(lock) => commands::lock::run(global, lock),
        Command::Update(update) => commands::update::run(global, update),
        Command::Index(Index::Create(create)) => commands::index::create(global, create),
        Command::Check(check) => commands::check::run(global, check),
        Command::Diff(diff) => commands::diff::run(global, diff),
        Command::Why(why) => commands::why::run(global, why),
        Command::Explain(explain) => commands::explain::run(global, explain),
        Command::Lint(lint) => commands::lint::run(global, lint),
        Command::Resolve(resolve) => commands::resolve::run(global, resolve),
        Command::Eject(eject) => commands::eject::run(global, eject),
        Command::Doctor(doctor) => commands::doctor::run(global, doctor),
    };
    match outcome {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(failure) => {
            render::platform_failures(failure.of_platforms());
            render::failure(&failure, failure.hint());
            failure.code()
        }
    }
}
