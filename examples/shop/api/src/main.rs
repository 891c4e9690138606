//! The shop's api: takes orders and lists them, and fetches pages over TLS.

mod fetch;
mod orders;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use service::{Answer, page};

use self::orders::{Order, Orders};

/// A volume, so that orders outlive the container.
const DATABASE: &str = "/data/shop/shop.db";

fn main() -> ExitCode {
    service::main(|| {
        let path = PathBuf::from(env::var_os("DATABASE").unwrap_or_else(|| DATABASE.into()));
        let orders = Orders::open(&path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
        println!("orders are in {}, kept by SQLite {}", path.display(), rusqlite::version());
        let router = Router::new().route("/orders", get(list).post(add)).with_state(orders);
        Ok(router.merge(page::route(fetch::status_line)))
    })
}

#[derive(Deserialize)]
struct Wanted {
    item: String,
    quantity: u32,
}

async fn add(State(orders): State<Orders>, Json(wanted): Json<Wanted>) -> Result<(StatusCode, Json<Order>), Answer> {
    let Wanted { item, quantity } = wanted;
    let none = || (StatusCode::NOT_FOUND, format!("no {item} for sale\n"));
    let cents = catalog::price(&item).ok_or_else(none)?;
    let order = ask(orders, move |orders| orders.add(&item, quantity, cents)).await?;
    Ok((StatusCode::CREATED, Json(order)))
}

async fn list(State(orders): State<Orders>) -> Result<Json<Vec<Order>>, Answer> {
    ask(orders, Orders::all).await.map(Json)
}

/// The database blocks, so it is asked on a thread that may wait.
async fn ask<T: Send + 'static>(
    orders: Orders,
    question: impl FnOnce(&Orders) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, Answer> {
    let failed = |error: &dyn std::error::Error| (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n"));
    let answer = tokio::task::spawn_blocking(move || question(&orders)).await;
    answer.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
}
