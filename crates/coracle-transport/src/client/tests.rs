//! Tests of sending, against servers that misbehave.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::loopback::{Server, client, options};
use crate::{Body, Client, ClientOptions, Error, Method, Request, TransportEvent};

fn get(url: String) -> Request {
    Request::new(Method::Get, url)
}

fn stream(length: u64) -> Body {
    let open = move || Ok(Box::new(io::repeat(7).take(length)) as Box<dyn Read + Send>);
    Body::Stream {
        length,
        open: Arc::new(open),
    }
}

#[test]
fn an_answer_has_status_headers_and_body() {
    let server = Server::start(|mut asked| asked.answer(201, "X-Name: value\r\n", "hello"));
    let response = client().send(get(server.url("/a?b=c"))).unwrap();
    assert_eq!(
        (response.status(), response.header("x-name")),
        (201, Some("value"))
    );
    assert_eq!(response.length(), Some(5));
    assert_eq!(response.url(), server.url("/a?b=c"));
    assert_eq!(response.bytes(5).unwrap(), b"hello");
    let heads = server.heads();
    assert!(heads[0].starts_with("GET /a?b=c HTTP/1.1\n"), "{heads:?}");
    assert!(heads[0].contains("user-agent: coracle/"), "{heads:?}");
}

#[test]
fn a_body_over_the_limit_is_refused_whether_its_length_was_announced_or_not() {
    let server = Server::start(|mut asked| match asked.line() {
        "GET /announced HTTP/1.1" => asked.answer(200, "", "123456"),
        _ => asked.say("HTTP/1.1 200 x\r\nconnection: close\r\n\r\n123456"),
    });
    for path in ["/announced", "/until-close"] {
        let error = client()
            .send(get(server.url(path)))
            .unwrap()
            .bytes(5)
            .unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 5, .. }), "{error}");
        assert_eq!(
            client()
                .send(get(server.url(path)))
                .unwrap()
                .bytes(6)
                .unwrap(),
            b"123456"
        );
    }
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(|mut asked| match asked.number {
        0 => asked.answer(429, "Retry-After: 1\r\n", "slow down"),
        1 => asked.answer(503, "", ""),
        _ => asked.answer(200, "", "ok"),
    });
    let (options, events) = options();
    let begun = Instant::now();
    let response = Client::new(options)
        .unwrap()
        .send(get(server.url("/x?token=abc")))
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    let events = events.lock().unwrap();
    let TransportEvent::Retrying {
        url,
        attempt,
        wait,
        reason,
    } = &events[0];
    assert_eq!(
        (url.as_str(), *attempt, *wait),
        (server.url("/x").as_str(), 1, Duration::from_secs(1))
    );
    assert_eq!(reason, "answered 429");
    assert_eq!(events.len(), 2);
}

#[test]
fn a_date_to_come_back_is_relative_to_the_servers_clock() {
    let server = Server::start(|mut asked| match asked.number {
        0 => asked.answer(
            503,
            "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\nRetry-After: Thu, 01 Jan 2015 00:00:01 GMT\r\n",
            "",
        ),
        _ => asked.answer(200, "", ""),
    });
    let (options, events) = options();
    Client::new(options)
        .unwrap()
        .send(get(server.url("/")))
        .unwrap();
    let TransportEvent::Retrying { wait, .. } = &events.lock().unwrap()[0];
    assert_eq!(*wait, Duration::from_secs(1));
}

#[test]
fn when_tries_are_used_up_or_the_wait_is_too_long_the_answer_is_returned() {
    let server = Server::start(|mut asked| match asked.line() {
        "GET /never HTTP/1.1" => asked.answer(502, "", "down"),
        _ => asked.answer(429, "Retry-After: 86400\r\n", "tomorrow"),
    });
    let response = client().send(get(server.url("/never"))).unwrap();
    assert_eq!(response.status(), 502);
    assert_eq!(response.bytes(100).unwrap(), b"down");
    assert_eq!(server.heads().len(), 5);
    let response = client().send(get(server.url("/tomorrow"))).unwrap();
    assert_eq!((response.status(), server.heads().len()), (429, 6));
}

#[test]
fn only_what_repeats_nothing_is_sent_again() {
    let server = Server::start(|mut asked| asked.answer(500, "", ""));
    let count = |request: Request| {
        let before = server.heads().len();
        client().send(request).unwrap();
        server.heads().len() - before
    };
    let request = |method| Request::new(method, server.url("/"));
    assert_eq!(count(request(Method::Post)), 1);
    assert_eq!(count(request(Method::Patch)), 1);
    assert_eq!(count(request(Method::Post).repeatable()), 5);
    assert_eq!(count(request(Method::Get).without_retries()), 1);
    for method in [Method::Get, Method::Head, Method::Put, Method::Delete] {
        assert_eq!(count(request(method)), 5, "{method}");
    }
}

#[test]
fn a_post_that_never_reached_a_server_is_sent_again() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (options, events) = options();
    let request = Request::new(Method::Post, format!("http://127.0.0.1:{port}/"));
    let error = Client::new(options).unwrap().send(request).unwrap_err();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert_eq!(events.lock().unwrap().len(), 4);
}

#[test]
fn a_connection_closed_without_an_answer_is_tried_again() {
    let server = Server::start(|mut asked| {
        if asked.number > 1 {
            asked.answer(200, "", "");
        }
    });
    assert_eq!(client().send(get(server.url("/"))).unwrap().status(), 200);
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn a_silent_server_is_given_up() {
    let server = Server::start(|_| sleep(Duration::from_secs(3)));
    let (options, _) = options();
    let client = Client::new(ClientOptions {
        retries: 1,
        ..options
    })
    .unwrap();
    let begun = Instant::now();
    let error = client.send(get(server.url("/"))).unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_slow_upload_that_moves_is_not_given_up() {
    // 1 s in all, with a limit of 0.4 s on silence.
    let server = Server::start(|mut asked| {
        let count = asked.body().len();
        asked.answer(201, "", &count.to_string());
    });
    let open = || Ok(Box::new(Slow(10)) as Box<dyn Read + Send>);
    let body = Body::Stream {
        length: 10,
        open: Arc::new(open),
    };
    let response = client()
        .send(Request::new(Method::Put, server.url("/")).body(body))
        .unwrap();
    assert_eq!(response.bytes(10).unwrap(), b"10");
    assert_eq!(server.heads().len(), 1);
}

struct Slow(usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Ok(0);
        }
        sleep(Duration::from_millis(100));
        self.0 -= 1;
        buffer[0] = b'x';
        Ok(1)
    }
}

#[test]
fn an_early_refusal_of_a_large_upload_is_seen_as_that() {
    let server = Server::start(|mut asked| asked.answer(401, "WWW-Authenticate: Basic\r\n", "no"));
    for _ in 0..10 {
        let request = Request::new(Method::Put, server.url("/")).body(stream(64 << 20));
        let response = client().send(request).unwrap();
        assert_eq!(
            (response.status(), response.header("www-authenticate")),
            (401, Some("Basic"))
        );
    }
    assert_eq!(server.heads().len(), 10);
}

#[test]
fn a_stream_is_opened_anew_for_each_try_and_its_length_is_announced() {
    let server = Server::start(|mut asked| {
        let body = asked.body();
        match asked.number {
            0 => asked.answer(500, "", ""),
            _ => asked.answer(201, "", &body.len().to_string()),
        }
    });
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = opened.clone();
    let open = move || {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(io::repeat(1).take(1_000_000)) as Box<dyn Read + Send>)
    };
    let body = Body::Stream {
        length: 1_000_000,
        open: Arc::new(open),
    };
    let response = client()
        .send(Request::new(Method::Put, server.url("/")).body(body))
        .unwrap();
    assert_eq!(response.bytes(100).unwrap(), b"1000000");
    assert_eq!(opened.load(Ordering::Relaxed), 2);
}

#[test]
fn a_body_that_cannot_be_read_is_told_apart_from_a_broken_network() {
    let server = Server::start(|mut asked| {
        let mut all = Vec::new();
        while !asked.body().is_empty() {
            all.push(1);
        }
    });
    let fails = || Err(io::Error::new(io::ErrorKind::NotFound, "gone"));
    let short = || Ok(Box::new(io::repeat(1).take(10)) as Box<dyn Read + Send>);
    let bodies = [
        Body::Stream {
            length: 100,
            open: Arc::new(fails),
        },
        Body::Stream {
            length: 100,
            open: Arc::new(short),
        },
    ];
    for body in bodies {
        let error = client()
            .send(Request::new(Method::Put, server.url("/")).body(body))
            .unwrap_err();
        assert!(matches!(error, Error::Body { .. }), "{error}");
    }
}

#[test]
fn an_empty_post_announces_its_length() {
    let server = Server::start(|mut asked| asked.answer(202, "", ""));
    client()
        .send(Request::new(Method::Post, server.url("/")))
        .unwrap();
    client().send(get(server.url("/"))).unwrap();
    let heads = server.heads();
    assert!(heads[0].contains("content-length: 0\n"), "{heads:?}");
}

#[test]
fn each_try_may_have_a_request_of_its_own() {
    let server = Server::start(|mut asked| match asked.number {
        0 => asked.answer(503, "", ""),
        _ => asked.answer(200, "", ""),
    });
    let mut tries = 0;
    let response = client().send_fresh(|| {
        tries += 1;
        Ok::<_, Error>(get(server.url(&format!("/session-{tries}"))))
    });
    assert_eq!(response.unwrap().url(), server.url("/session-2"));
}

#[test]
fn redirects_are_followed_and_credentials_stay_at_their_origin() {
    let other = Server::start(|mut asked| asked.answer(200, "", "there"));
    let target = other.url("/blob?signature=s");
    let server = Server::start(move |mut asked| match asked.line() {
        "GET /one HTTP/1.1" => asked.answer(307, "Location: /two\r\n", ""),
        "GET /two HTTP/1.1" => asked.answer(302, &format!("Location: {target}\r\n"), ""),
        _ => asked.answer(404, "", ""),
    });
    let request = get(server.url("/one"))
        .header("Authorization", "Bearer t")
        .header("accept", "a/b");
    let response = client().send(request).unwrap();
    assert_eq!(response.url(), other.url("/blob?signature=s"));
    assert!(
        server
            .heads()
            .iter()
            .all(|head| head.contains("authorization: Bearer t"))
    );
    let there = other.heads().concat();
    assert!(
        there.contains("accept: a/b") && !there.contains("authorization"),
        "{there}"
    );
}

#[test]
fn a_redirect_keeps_the_method_unless_it_says_otherwise() {
    let server = Server::start(|mut asked| {
        let length = asked.body().len();
        match asked.line().split(' ').nth(1) {
            Some("/307") => asked.answer(307, "Location: /end\r\n", ""),
            Some("/303") => asked.answer(303, "Location: /end\r\n", ""),
            _ => asked.answer(200, "", &length.to_string()),
        }
    });
    let put = |path: &str| Request::new(Method::Put, server.url(path)).body(stream(9));
    assert_eq!(client().send(put("/307")).unwrap().bytes(9).unwrap(), b"9");
    assert_eq!(client().send(put("/303")).unwrap().bytes(9).unwrap(), b"0");
    let lines: Vec<String> = server
        .heads()
        .iter()
        .map(|head| head[..5].to_owned())
        .collect();
    assert_eq!(lines, ["PUT /", "PUT /", "PUT /", "GET /"]);
    assert_eq!(
        client()
            .send(put("/307").without_redirects())
            .unwrap()
            .status(),
        307
    );
}

#[test]
fn redirects_end() {
    let server = Server::start(|mut asked| asked.answer(302, "Location: /again\r\n", ""));
    let error = client().send(get(server.url("/"))).unwrap_err();
    assert!(
        matches!(error, Error::TooManyRedirects { limit: 10, .. }),
        "{error}"
    );
    let server =
        Server::start(|mut asked| asked.answer(302, "Location: file:///etc/passwd\r\n", ""));
    let error = client().send(get(server.url("/"))).unwrap_err();
    assert!(matches!(error, Error::BadUrl { .. }), "{error}");
}

#[test]
fn what_http_forbids_is_an_error() {
    for url in [
        "",
        "no url",
        "ftp://127.0.0.1/",
        "http://",
        "file:///etc/passwd",
    ] {
        let error = client().send(get(url.to_owned())).unwrap_err();
        assert!(matches!(error, Error::BadUrl { .. }), "{url}: {error}");
    }
    let request = get("http://127.0.0.1/".to_owned()).header("x", "a\r\nb: c");
    assert!(matches!(
        client().send(request),
        Err(Error::BadRequest { .. })
    ));
}

#[test]
fn errors_show_no_secrets() {
    let server = Server::start(|mut asked| asked.answer(200, "", "123456"));
    let url = server
        .url("/x?token=hunter2")
        .replace("http://", "http://me:hunter2@");
    let error = client()
        .send(get(url.clone()))
        .unwrap()
        .bytes(1)
        .unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("hunter2"),
        "{error:?}"
    );
    let url = url.replace(&server.port.to_string(), "1");
    let error = client().send(get(url).without_retries()).unwrap_err();
    assert!(
        !format!("{error} {error:?}").contains("hunter2"),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("http://127.0.0.1:1/x"),
        "{error}"
    );
}

#[test]
fn only_other_machines_are_reached_through_the_proxy() {
    let proxy = Server::start(|mut asked| asked.answer(200, "", "by proxy"));
    let server = Server::start(|mut asked| asked.answer(200, "", "direct"));
    let address = proxy.url("");
    let through =
        |builder: reqwest::ClientBuilder| builder.proxy(reqwest::Proxy::all(&address).unwrap());
    let client = Client::with_outward(options().0, through).unwrap();
    assert_eq!(
        client.send(get(server.url("/"))).unwrap().bytes(9).unwrap(),
        b"direct"
    );
    let url = "http://registry.invalid/v2/".to_owned();
    assert_eq!(
        client.send(get(url)).unwrap().bytes(9).unwrap(),
        b"by proxy"
    );
    assert!(
        proxy.heads()[0].starts_with("GET http://registry.invalid/v2/ "),
        "{:?}",
        proxy.heads()
    );
}

#[test]
fn an_unknown_host_is_not_asked_again() {
    let (options, events) = options();
    let no_proxy = |builder: reqwest::ClientBuilder| builder.no_proxy();
    let client = Client::with_outward(options, no_proxy).unwrap();
    let error = client
        .send(get("http://registry.invalid/".to_owned()))
        .unwrap_err();
    // Where there is no resolver at all, that is a temporary failure.
    if matches!(error, Error::UnknownHost { .. }) {
        assert!(events.lock().unwrap().is_empty());
        assert!(error.hint().unwrap().contains("spelling"));
    } else {
        assert!(matches!(error, Error::Connect { .. }), "{error}");
    }
}

#[test]
fn a_server_that_speaks_no_tls_is_a_failed_connection() {
    let server = Server::start(|mut asked| asked.answer(400, "", ""));
    let url = server.url("/").replace("http://", "https://");
    let error = client().send(get(url).without_retries()).unwrap_err();
    assert!(error.nothing_was_sent(), "{error:?}");
}
