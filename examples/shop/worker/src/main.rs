//! The shop's worker: says how it is, what time it is elsewhere, who it is, and fetches pages over TLS.

mod fetch;

use std::process::ExitCode;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use service::{Answer, page};

fn main() -> ExitCode {
    service::main(|| {
        let router = Router::new().route("/time", get(time)).route("/resolve", get(resolve));
        Ok(router.merge(page::route(fetch::status_line)))
    })
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
