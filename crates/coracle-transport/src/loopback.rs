//! For tests only: a server on loopback that says exactly what a test writes, one request a connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::{Client, ClientOptions, TransportEvent};

/// What was asked, before its body is read.
pub(crate) struct Asked {
    /// From 0, over all connections.
    pub(crate) number: usize,
    /// Request line and headers, names in lower case.
    pub(crate) head: String,
    stream: BufReader<TcpStream>,
}

impl Asked {
    pub(crate) fn line(&self) -> &str {
        self.head.lines().next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&prefix))
    }

    pub(crate) fn body(&mut self) -> Vec<u8> {
        let length = self
            .header("content-length")
            .unwrap_or("0")
            .parse()
            .unwrap();
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        body
    }

    pub(crate) fn say(&mut self, text: impl AsRef<[u8]>) {
        // A client that went away is for the test to notice.
        let _ = self.stream.get_mut().write_all(text.as_ref());
    }

    /// A whole answer.
    pub(crate) fn answer(&mut self, status: u16, headers: &str, body: &str) {
        let length = body.len();
        self.say(format!(
            "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        ));
    }
}

/// Runs until the test process ends.
pub(crate) struct Server {
    pub(crate) port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(crate) fn start(handler: impl Fn(Asked) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (log, handler) = (heads.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, handler) = (log.clone(), handler.clone());
                thread::spawn(move || serve(stream.unwrap(), &log, &*handler));
            }
        });
        Server { port, heads }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<String>>, handler: &dyn Fn(Asked)) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        match line.split_once(": ") {
            Some((name, value)) if !head.is_empty() => {
                head.push_str(&format!("{}: {value}\n", name.to_lowercase()));
            }
            _ => head.push_str(&format!("{line}\n")),
        }
    }
    let number = {
        let mut log = log.lock().unwrap();
        log.push(head.clone());
        log.len() - 1
    };
    let socket = stream.get_ref().try_clone().unwrap();
    handler(Asked {
        number,
        head,
        stream,
    });
    // As real servers do: no reset while the client may still be reading the answer.
    let _ = socket.shutdown(Shutdown::Write);
    let _ = socket.set_read_timeout(Some(Duration::from_millis(500)));
    let mut sink = [0; 65536];
    while (&socket).read(&mut sink).is_ok_and(|count| count > 0) {}
}

/// Options that make a test fast, and the events they see.
pub(crate) fn options() -> (ClientOptions, Arc<Mutex<Vec<TransportEvent>>>) {
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = events.clone();
    let options = ClientOptions {
        first_wait: Duration::from_millis(2),
        read_timeout: Duration::from_millis(400),
        observer: Arc::new(move |event| log.lock().unwrap().push(event.clone())),
        ..ClientOptions::default()
    };
    (options, events)
}

pub(crate) fn client() -> Client {
    Client::new(options().0).unwrap()
}
