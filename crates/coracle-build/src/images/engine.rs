//! Images in a container engine, as its socket gives them: `GET /images/NAME/get` of the Docker Engine API, which is what
//! `docker save` writes. Podman's socket answers the same.

use std::path::{Path, PathBuf};

use coracle_transport::{Client, ClientOptions, Method, Request};
use tempfile::{NamedTempFile, TempPath};

use super::Error;

/// Where a container engine listens, and where what it gives is put while it is looked at.
#[derive(Debug, Clone)]
pub struct Engine {
    /// Its socket.
    pub socket: PathBuf,
    /// A folder for what is fetched.
    pub folder: PathBuf,
}

/// The engine's answers before an image are short.
const LONGEST_REFUSAL: u64 = 64 << 10;

impl Engine {
    /// Fetches an image as an archive, which goes when it is dropped.
    pub(super) fn fetch(&self, image: &str) -> Result<TempPath, Error> {
        let options = ClientOptions {
            socket: Some(self.socket.clone()),
            // Whoever does not listen on this machine will not in a moment.
            retries: 0,
            ..ClientOptions::default()
        };
        let failed = |source| Error::Engine {
            image: image.to_owned(),
            socket: self.socket.clone(),
            source,
        };
        let client = Client::new(options).map_err(failed)?;
        let url = format!("http://localhost/images/{}/get", encoded(image));
        let response = client
            .send(Request::new(Method::Get, url))
            .map_err(failed)?;
        match response.status() {
            200 => {}
            404 => {
                return Err(Error::NotInEngine {
                    image: image.to_owned(),
                });
            }
            status => {
                let said = response.bytes(LONGEST_REFUSAL).unwrap_or_default();
                return Err(Error::EngineRefuses {
                    image: image.to_owned(),
                    status,
                    said: String::from_utf8_lossy(&said).trim().to_owned(),
                });
            }
        }
        let mut response = response;
        let written = write(&mut response, &self.folder);
        written.map_err(|source| Error::Content {
            image: image.to_owned(),
            what: "what the engine sends".to_owned(),
            source,
        })
    }
}

fn write(from: &mut dyn std::io::Read, folder: &Path) -> std::io::Result<TempPath> {
    std::fs::create_dir_all(folder)?;
    let mut file = NamedTempFile::new_in(folder)?;
    std::io::copy(from, &mut file)?;
    Ok(file.into_temp_path())
}

/// A name as it stands in a URL's path, where a slash is part of it.
fn encoded(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'A'..=b'Z'
        | b'a'..=b'z'
        | b'0'..=b'9'
        | b'-'
        | b'.'
        | b'_'
        | b'~'
        | b'/'
        | b':'
        | b'@' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    name.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// An engine that has one image, of these bytes.
    fn engine(folder: &Path, bytes: &'static [u8]) -> Engine {
        let socket = folder.join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let asked = lines.next().unwrap().unwrap();
                while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
                let (status, body) = match asked.as_str() {
                    "GET /images/acme/api:v1/get HTTP/1.1" => ("200 OK", bytes),
                    "GET /images/busy/get HTTP/1.1" => {
                        ("409 Conflict", &b"{\"message\":\"busy\"}\n"[..])
                    }
                    _ => ("404 Not Found", &b"{}"[..]),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
            }
        });
        Engine {
            socket,
            folder: folder.join("partial"),
        }
    }

    #[test]
    fn an_image_is_fetched_through_the_socket_and_goes_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path(), b"a tar");
        let file = engine.fetch("acme/api:v1").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"a tar");
        let place = file.to_path_buf();
        drop(file);
        assert!(!place.exists());
    }

    #[test]
    fn what_the_engine_has_not_or_refuses_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let engine = engine(folder.path(), b"");
        let error = engine.fetch("acme/none:v1").unwrap_err();
        assert_eq!(error.to_string(), "the engine has no image acme/none:v1");
        let error = engine.fetch("busy").unwrap_err();
        assert!(error.to_string().contains("409") && error.to_string().contains("busy"));
        let nobody = Engine {
            socket: folder.path().join("nobody.sock"),
            ..engine
        };
        let error = nobody.fetch("acme/api:v1").unwrap_err();
        assert!(error.to_string().contains("nobody.sock"), "{error}");
        assert!(error.hint().is_some());
    }
}
