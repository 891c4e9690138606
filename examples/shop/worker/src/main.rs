//! The shop's worker: says how it is, what time it is elsewhere, who it is, and fetches pages over TLS.

mod fetch;
mod identity;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};

type Answer = (StatusCode, String);

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(8080);
    let router = Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/price", get(price))
        .route("/time", get(time))
        .route("/resolve", get(resolve))
        .route("/fetch", get(fetch_page))
        .route("/whoami", get(|| async { identity::describe() }));
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([0, 0, 0, 0], port))).await?;
    println!("listening on port {port}");
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

#[derive(Deserialize)]
struct Zone {
    zone: String,
}

async fn time(Query(asked): Query<Zone>) -> Answer {
    match TimeZone::get(&asked.zone) {
        Ok(zone) => (StatusCode::OK, format!("{}\n", Timestamp::now().to_zoned(zone).strftime("%FT%T%:z"))),
        Err(error) => (StatusCode::NOT_FOUND, format!("{error}\n")),
    }
}

#[derive(Deserialize)]
struct Host {
    host: String,
}

async fn resolve(Query(asked): Query<Host>) -> Answer {
    match tokio::net::lookup_host((asked.host.as_str(), 0)).await {
        Ok(addresses) => (StatusCode::OK, addresses.map(|address| format!("{}\n", address.ip())).collect()),
        Err(error) => (StatusCode::BAD_GATEWAY, format!("{error}\n")),
    }
}

#[derive(Deserialize)]
struct Page {
    url: String,
}

async fn fetch_page(Query(asked): Query<Page>) -> Answer {
    match tokio::task::spawn_blocking(move || fetch::status_line(&asked.url)).await {
        Ok(Ok(line)) => (StatusCode::OK, format!("{line}\n")),
        Ok(Err(error)) => (StatusCode::BAD_GATEWAY, format!("{error}\n")),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}
