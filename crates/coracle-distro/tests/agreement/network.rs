//! Everything here fetches from Debian's archive.

mod apt;
mod requests;
mod resolver;
mod unpacking;
mod versions;

use coracle_transport::{Client, ClientOptions};

const SUITES: [&str; 2] = ["debian/trixie", "debian/bookworm"];

fn client() -> Client {
    Client::new(ClientOptions::default()).unwrap()
}
