//! Tests of downloads over connections that break.

use std::io::Read;

use crate::Error;
use crate::loopback::{Asked, Server, client};

const FILE: &str = "0123456789";

/// Announces the whole file and says only its start.
fn break_off(asked: &mut Asked, headers: &str, said: usize) {
    let start = &FILE[..said];
    asked.say(format!(
        "HTTP/1.1 200 x\r\ncontent-length: 10\r\n{headers}\r\n{start}"
    ));
}

fn rest(asked: &mut Asked, headers: &str) {
    let start: usize = asked.header("range").unwrap()["bytes=".len()..]
        .trim_end_matches('-')
        .parse()
        .unwrap();
    let headers = format!("Content-Range: bytes {start}-9/10\r\n{headers}");
    asked.answer(206, &headers, &FILE[start..]);
}

fn read(server: &Server) -> std::io::Result<String> {
    let mut text = String::new();
    client()
        .download(&server.url("/file?token=t"))
        .unwrap()
        .read_to_string(&mut text)?;
    Ok(text)
}

fn refusal(server: &Server) -> Error {
    let error = read(server).unwrap_err();
    *error.into_inner().unwrap().downcast().unwrap()
}

#[test]
fn a_broken_body_is_resumed_where_it_broke() {
    let server = Server::start(|mut asked| match asked.number {
        0 => break_off(&mut asked, "ETag: \"a\"\r\n", 4),
        _ => rest(&mut asked, "ETag: \"a\"\r\n"),
    });
    let mut download = client().download(&server.url("/file")).unwrap();
    assert_eq!(download.length(), Some(10));
    let mut text = String::new();
    download.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), server.heads().len()), (FILE, 2));
}

#[test]
fn the_rest_is_asked_for_on_condition_that_the_file_is_the_same() {
    let server = Server::start(|mut asked| match asked.number {
        0 => break_off(&mut asked, "ETag: \"a\"\r\nLast-Modified: then\r\n", 4),
        _ => rest(&mut asked, ""),
    });
    assert_eq!(read(&server).unwrap(), FILE);
    let heads = server.heads();
    assert!(
        heads[1].contains("range: bytes=4-\n") && heads[1].contains("if-range: \"a\"\n"),
        "{heads:?}"
    );

    let server = Server::start(|mut asked| match asked.number {
        0 => break_off(&mut asked, "ETag: W/\"weak\"\r\nLast-Modified: then\r\n", 4),
        _ => rest(&mut asked, ""),
    });
    assert_eq!(read(&server).unwrap(), FILE);
    assert!(
        server.heads()[1].contains("if-range: then\n"),
        "{:?}",
        server.heads()
    );
}

#[test]
fn a_body_that_breaks_again_and_again_is_resumed_as_long_as_it_moves() {
    let server = Server::start(|mut asked| match asked.number {
        0 => break_off(&mut asked, "", 1),
        number if number < 9 => {
            let range = format!("Content-Range: bytes {number}-9/10\r\n");
            let length = 10 - number;
            let byte = &FILE[number..=number];
            asked.say(format!(
                "HTTP/1.1 206 x\r\ncontent-length: {length}\r\n{range}\r\n{byte}"
            ));
        }
        _ => rest(&mut asked, ""),
    });
    assert_eq!(read(&server).unwrap(), FILE);
}

#[test]
fn a_body_that_does_not_move_any_more_is_given_up() {
    let server = Server::start(|mut asked| match asked.number {
        0 => break_off(&mut asked, "", 3),
        _ => {
            asked.say("HTTP/1.1 206 x\r\ncontent-length: 7\r\nContent-Range: bytes 3-9/10\r\n\r\n")
        }
    });
    let error = refusal(&server);
    assert!(matches!(error, Error::Broken { .. }), "{error}");
    assert_eq!(server.heads().len(), 5);
}

#[test]
fn another_file_in_its_place_is_an_error() {
    let whole = |tag: &'static str| {
        Server::start(move |mut asked| match asked.number {
            0 => break_off(&mut asked, "ETag: \"a\"\r\n", 4),
            _ => asked.answer(200, &format!("ETag: \"{tag}\"\r\n"), FILE),
        })
    };
    let error = refusal(&whole("b"));
    assert!(
        matches!(error, Error::Changed { position: 4, .. }),
        "{error}"
    );
    // The same whole again is from a server without ranges.
    assert_eq!(read(&whole("a")).unwrap(), FILE);
}

#[test]
fn the_wrong_part_or_another_length_is_an_error() {
    for range in ["bytes 3-9/10", "bytes 4-9/11", "4-9", ""] {
        let server = Server::start(move |mut asked| match asked.number {
            0 => break_off(&mut asked, "", 4),
            _ => asked.answer(206, &format!("Content-Range: {range}\r\n"), "456789"),
        });
        let error = refusal(&server);
        assert!(matches!(error, Error::Changed { .. }), "{range}: {error}");
    }
}

#[test]
fn an_answer_that_is_not_the_file_is_an_error_with_its_status() {
    let server = Server::start(|mut asked| {
        asked.answer(404, "Content-Type: text/plain\r\n", "no such file\nat all");
    });
    let error = client().download(&server.url("/file?token=t")).unwrap_err();
    assert_eq!(error.status(), Some(404));
    assert_eq!(
        error.to_string(),
        format!("{} answered 404: no such file", server.url("/file"))
    );
}

#[test]
fn an_address_of_this_machine_is_read_too() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a b");
    std::fs::write(&path, FILE).unwrap();
    let url = format!("file://{}", path.display()).replace(' ', "%20");
    let mut download = client().download(&url).unwrap();
    assert_eq!(download.length(), Some(10));
    let mut text = String::new();
    download.read_to_string(&mut text).unwrap();
    assert_eq!(text, FILE);

    let error = client().download(&format!("{url}x")).unwrap_err();
    assert_eq!(error.status(), Some(404));
    let error = client()
        .download(&format!("file://{}", directory.path().display()))
        .unwrap_err();
    assert_eq!(error.status(), None);
    assert!(matches!(
        client().download("file://elsewhere/etc/passwd"),
        Err(Error::BadUrl { .. })
    ));
}

#[test]
fn a_stall_in_the_middle_is_resumed() {
    let server = Server::start(|mut asked| match asked.number {
        0 => {
            break_off(&mut asked, "", 4);
            std::thread::sleep(std::time::Duration::from_secs(2));
        }
        _ => rest(&mut asked, ""),
    });
    assert_eq!(read(&server).unwrap(), FILE);
}
