//! The question of a health check, asked by the service's own program.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::Error;

const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the service on this port of loopback how it is; anything but 200 is an error.
pub(crate) fn ask(port: u16) -> Result<(), Error> {
    let status = status_line(port).map_err(|error| format!("no answer from port {port}: {error}"))?;
    if status.split(' ').nth(1) == Some("200") { Ok(()) } else { Err(format!("not healthy: {status}").into()) }
}

fn status_line(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
