//! A time-stamp server (RFC 3161) on the loopback, whose answers openssl makes.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::fixture::{Certificates, run};
use crate::support::require_tool;

/// A running server; it ends with the test process.
pub struct TimeServer {
    /// Its address.
    pub url: String,
    /// How many requests came.
    pub requests: Arc<AtomicUsize>,
}

/// What the server answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A time stamp.
    Stamp,
    /// `503 Service Unavailable`.
    Unavailable,
}

impl TimeServer {
    /// Starts a server; after the last of `answers`, that one is repeated.
    pub fn start(certificates: &'static Certificates, answers: &'static [Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let number = counter.fetch_add(1, Ordering::SeqCst);
                let answer = answers.get(number).or(answers.last()).copied().unwrap();
                serve(stream.unwrap(), certificates, answer);
            }
        });
        Self { url, requests }
    }
}

fn serve(mut stream: TcpStream, certificates: &Certificates, answer: Answer) {
    let query = read_body(&mut stream);
    if answer == Answer::Unavailable {
        stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        return;
    }
    let reply = reply(certificates, &query);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        reply.len()
    );
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&reply))
        .unwrap();
}

fn read_body(stream: &mut TcpStream) -> Vec<u8> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    body
}

fn reply(certificates: &Certificates, query: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("query"), query).unwrap();
    fs::write(path("serial"), "01").unwrap();
    fs::write(
        path("openssl.cnf"),
        "[tsa]\ndefault_tsa = server\n[server]\nserial = serial\nsigner_digest = sha256\n\
         default_policy = 1.2.3.4.1\ndigests = sha256\ness_cert_id_alg = sha256\n",
    )
    .unwrap();
    run(Command::new(require_tool("openssl").unwrap())
        .args([
            "ts",
            "-reply",
            "-config",
            "openssl.cnf",
            "-queryfile",
            "query",
            "-out",
            "reply",
            "-signer",
        ])
        .arg(certificates.file("stamp.pem"))
        .arg("-inkey")
        .arg(certificates.file("stamp.key"))
        .current_dir(folder.path()));
    fs::read(path("reply")).unwrap()
}
