//! A TLS server on loopback with a certificate that no public authority signed: openssl's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::command::tool;
use crate::http::free_port;

/// The server, stopped when it is dropped.
pub struct TlsServer {
    child: Child,
    /// Its port on loopback.
    pub port: u16,
    /// The authority's certificate, PEM.
    pub authority: PathBuf,
}

impl TlsServer {
    /// Makes an authority and a certificate for `localhost` in this folder, and serves an HTTP status page.
    ///
    /// # Errors
    /// When openssl is not there or refuses.
    pub fn start(folder: &Path) -> anyhow::Result<TlsServer> {
        let authority = make_authority(folder)?;
        let (certificate, key) = make_certificate(folder)?;
        let port = free_port()?;
        let address = format!("127.0.0.1:{port}");
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-www", "-accept", &address])
            .args(["-cert", &certificate, "-key", &key])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start openssl")?;
        let server = TlsServer {
            child,
            port,
            authority,
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&self) -> anyhow::Result<()> {
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                bail!("openssl s_server does not listen");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

const NEW_KEY: [&str; 5] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
];

fn in_folder(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

fn make_authority(folder: &Path) -> anyhow::Result<PathBuf> {
    let certificate = in_folder(folder, "authority.pem");
    let key = in_folder(folder, "authority.key");
    let name = ["-subj", "/CN=coracle test authority", "-days", "30"];
    let out = ["-keyout", &key, "-out", &certificate];
    tool(
        "openssl",
        &[&["req", "-x509"], &NEW_KEY[..], &name[..], &out[..]].concat(),
    )?;
    Ok(certificate.into())
}

/// The certificate's file and its key's.
fn make_certificate(folder: &Path) -> anyhow::Result<(String, String)> {
    let path = |name: &str| in_folder(folder, name);
    let (certificate, key) = (path("server.pem"), path("server.key"));
    let (request, extensions) = (path("server.csr"), path("server.ext"));
    let text = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n";
    fs::write(&extensions, text)?;
    let name = ["-subj", "/CN=localhost", "-keyout", &key, "-out", &request];
    tool("openssl", &[&["req"], &NEW_KEY[..], &name[..]].concat())?;
    let (authority, authority_key) = (path("authority.pem"), path("authority.key"));
    let sign = [
        "x509", "-req", "-days", "30", "-in", &request, "-CA", &authority,
    ];
    let out = [
        "-CAkey",
        &authority_key,
        "-CAcreateserial",
        "-extfile",
        &extensions,
        "-out",
        &certificate,
    ];
    tool("openssl", &[&sign[..], &out[..]].concat())?;
    Ok((certificate, key))
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
