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
        let path = |name: &str| folder.join(name).display().to_string();
        let (authority, authority_key) = (path("authority.pem"), path("authority.key"));
        let (certificate, key, request, extensions) = (path("server.pem"), path("server.key"), path("server.csr"), path("server.ext"));
        fs::write(&extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")?;
        let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let authority_name = ["-subj", "/CN=coracle test authority", "-days", "30", "-keyout", &authority_key, "-out", &authority];
        tool("openssl", &[&["req", "-x509"], &new[..], &authority_name[..]].concat())?;
        let server_name = ["-subj", "/CN=localhost", "-keyout", &key, "-out", &request];
        tool("openssl", &[&["req"], &new[..], &server_name[..]].concat())?;
        let sign = ["x509", "-req", "-days", "30", "-in", &request, "-CA", &authority, "-CAkey", &authority_key];
        let out = ["-CAcreateserial", "-extfile", &extensions, "-out", &certificate];
        tool("openssl", &[&sign[..], &out[..]].concat())?;
        let port = free_port()?;
        let child = Command::new("openssl")
            .args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert", &certificate, "-key", &key])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start openssl")?;
        let server = TlsServer {
            child,
            port,
            authority: authority.into(),
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

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
