//! shop's api, which needs the system's SQLite and OpenSSL: the image, its weight, and what it answers.

use coracle_testkit::http;
use coracle_testkit::tls::TlsServer;

use super::{
    MEGABYTE, ask, build, check_health_command, check_identity, check_trust, configure_certificate,
    layers, packages, start,
};
use crate::support::{Place, Shared, weight};

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_api_keeps_orders_and_trusts_one_more_authority_as_65532_with_a_read_only_root() {
    let place = Place::new();
    let server = TlsServer::start(place.path()).unwrap();
    let bundle = {
        let shop = Shared::example("shop");
        configure_certificate(&shop.folder, "api", &server);
        build(&place, &shop.folder, "api")
    };
    let packages = packages(&bundle);
    for wanted in ["libc6", "libsqlite3-0", "ca-certificates"] {
        assert!(packages.iter().any(|name| name == wanted), "{packages:?}");
    }
    assert!(
        packages.iter().any(|name| name.starts_with("libssl3")),
        "{packages:?}"
    );
    assert!(
        !packages.iter().any(|name| name == "tzdata"),
        "it does not ask for the time: {packages:?}"
    );
    let unpacked = weight(&bundle.root());
    assert!(
        unpacked <= 28 * MEGABYTE,
        "shop/api unpacks to {unpacked} bytes"
    );
    let pulled: u64 = layers(&place, "api").iter().map(|layer| layer.size).sum();
    assert!(
        pulled <= 11 * MEGABYTE,
        "shop/api's layers are {pulled} bytes"
    );

    let volume = place.path().join("volume");
    bundle.mount_volume(&volume, "/data/shop").unwrap();
    let (mut container, port) = start(&bundle);
    check_identity(port);
    check_trust(&place, port, &server);
    check_health_command(&container, "/app/api");
    let orders = check_orders(port);
    container.terminate().unwrap();
    let (code, printed) = container.end().unwrap();
    assert_eq!(code, 0, "SIGTERM ends it well: {printed}");

    assert!(volume.join("shop.db").is_file());
    let (_again, port) = start(&bundle);
    assert_eq!(ask(port, "/orders"), orders, "orders outlive the container");
}

/// Orders are kept, of what there is: all of them, as they are asked for.
pub(super) fn check_orders(port: u16) -> String {
    assert_eq!(ask(port, "/orders"), "[]");
    let order = order(port, r#"{"item":"rope","quantity":2}"#);
    assert_eq!(order.status, 201, "{}", order.body);
    assert!(order.body.contains(r#""cents":1250"#), "{}", order.body);
    let unknown = self::order(port, r#"{"item":"galleon","quantity":1}"#);
    assert_eq!(unknown.status, 404, "{}", unknown.body);
    let orders = ask(port, "/orders");
    assert_eq!(orders, format!("[{}]", order.body));
    orders
}

fn order(port: u16, body: &str) -> http::Answer {
    http::post(port, "/orders", "application/json", body.as_bytes()).unwrap()
}
