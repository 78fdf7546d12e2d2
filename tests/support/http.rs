//! A minimal HTTP client and free ports, for services under test.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use super::poll;

/// A port of 127.0.0.1 that nobody listens on, see [`free_ports`].
pub fn free_port() -> u16 {
    free_ports(1)
}

/// A port that nothing listens on, with `count` - 1 free ones after it.
///
/// Below Linux' ephemeral ports (32768 and up), each given once, and another range for another test
/// process: a port that a stopped service has left must not be given to somebody else while the test
/// asserts that it is closed.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + (std::process::id() % 120) as u16 * 100;
    loop {
        let first = base + NEXT.fetch_add(count, Ordering::Relaxed);
        if (first..first + count).all(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok())
        {
            return first;
        }
    }
}

/// Waits until nobody listens on that port any more. Wine's process may hold its socket for a moment
/// after Windows' process has ended.
pub fn wait_until_closed(port: u16) {
    poll::until(
        &format!("port {port} to be closed"),
        Duration::from_secs(30),
        || (!is_open(port)).then_some(()),
    );
}

/// Whether somebody listens on that port of 127.0.0.1.
pub fn is_open(port: u16) -> bool {
    connect(port).is_some()
}

/// The first answer to a GET, within two minutes: a busy machine may take long.
#[track_caller]
pub fn wait_for_answer(port: u16, path: &str) -> (u16, String) {
    let what = format!("an answer of port {port} to {path}");
    poll::until(&what, Duration::from_secs(120), || get(port, path))
}

/// The status and the whole answer (headers and body) of a GET, or none when nobody answers.
pub fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = connect(port)?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split_whitespace().nth(1)?.parse().ok()?;
    Some((status, answer))
}

fn connect(port: u16) -> Option<TcpStream> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    Some(stream)
}
