//! What every service of the shop does alike: it says how it is, who it is and what things cost, stops when it is
//! told to, and has a `health` command, because its image holds no other program that could ask.

mod health;
mod identity;
pub mod page;

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// What can go wrong on the way to an answer.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A status and a line of text.
pub type Answer = (StatusCode, String);

/// The whole of a service's `main`: serves these routes, or, told `health`, asks the one that serves how it is.
pub fn main(routes: impl FnOnce() -> Result<Router, Error>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => routes().and_then(|routes| Ok(Runtime::new()?.block_on(serve(routes))?)),
        ["health"] => health::ask(port()),
        _ => {
            eprintln!("only `health` is known, not `{}`", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8080)
}

async fn serve(routes: Router) -> io::Result<()> {
    let router = routes
        .route("/health", get(|| async { "ok\n" }))
        .route("/price", get(price))
        .route("/whoami", get(|| async { identity::describe() }));
    let listener = TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], port()))).await?;
    println!("listening on port {}", port());
    axum::serve(listener, router).with_graceful_shutdown(told_to_stop()).await
}

/// SIGTERM is how runtimes stop a container.
async fn told_to_stop() {
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        terminate.recv().await;
    }
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn price(Query(asked): Query<Named>) -> Answer {
    match catalog::price(&asked.name) {
        Some(cents) => (StatusCode::OK, format!("{cents}\n")),
        None => (StatusCode::NOT_FOUND, format!("no {} for sale\n", asked.name)),
    }
}
