//! A service behind nginx that shows what reaches it: headers, a WebSocket, server-sent events.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use ct_codecs::Encoder as _;
use sha1::{Digest, Sha1};

/// RFC 6455, 1.3.
const WEBSOCKET_KEY: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Answers on `port` for as long as the test runs. Each message lets the stream of events go on by one.
pub fn start(port: u16) -> Sender<()> {
    let (next, waiting) = channel();
    let waiting = Arc::new(Mutex::new(waiting));
    let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let waiting = Arc::clone(&waiting);
            std::thread::spawn(move || stream.map(|stream| answer(stream, &waiting)));
        }
    });
    next
}

/// Answers requests of one connection until it ends.
fn answer(stream: TcpStream, waiting: &Mutex<Receiver<()>>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        match head.split(' ').nth(1)? {
            "/socket" => return echo(&mut stream, &mut reader, &head),
            "/events" => return events(&mut stream, waiting),
            _ => {
                let length = head.len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{head}"
                )
                .ok()?;
            }
        }
    }
}

/// Three events, each but the first only when the test says so.
fn events(stream: &mut TcpStream, waiting: &Mutex<Receiver<()>>) -> Option<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    for number in 1..=3 {
        write!(stream, "data: {number}\n\n").ok()?;
        stream.flush().ok()?;
        if number < 3 {
            waiting.lock().ok()?.recv().ok()?;
        }
    }
    Some(())
}

/// The answer to a WebSocket's key (RFC 6455, 4.2.2).
pub fn accept(key: &str) -> String {
    let digest = Sha1::digest(format!("{key}{WEBSOCKET_KEY}"));
    ct_codecs::Base64::encode_to_string(digest).expect("base64")
}

/// Sends every frame back until the connection ends.
fn echo(stream: &mut TcpStream, reader: &mut impl Read, head: &str) -> Option<()> {
    let key = header(head, "Sec-WebSocket-Key")?;
    let accept = accept(&key);
    write!(
        stream,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .ok()?;
    while let Some(text) = read_frame(reader) {
        write_frame(stream, &text)?;
    }
    Some(())
}

/// A header's value, whatever the case of its name.
pub fn header(head: &str, name: &str) -> Option<String> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
}

/// The text of a short frame, with or without a mask (RFC 6455, 5.2).
pub fn read_frame(reader: &mut impl Read) -> Option<Vec<u8>> {
    let mut start = [0; 2];
    reader.read_exact(&mut start).ok()?;
    let mut mask = [0; 4];
    if start[1] & 0x80 != 0 {
        reader.read_exact(&mut mask).ok()?;
    }
    let mut text = vec![0; usize::from(start[1] & 0x7f)];
    reader.read_exact(&mut text).ok()?;
    for (index, byte) in text.iter_mut().enumerate() {
        *byte ^= mask[index % 4];
    }
    Some(text)
}

/// Sends a short text without a mask, as servers do.
fn write_frame(stream: &mut TcpStream, text: &[u8]) -> Option<()> {
    let length = u8::try_from(text.len()).ok()?;
    let mut frame = vec![0x81, length];
    frame.extend(text);
    stream.write_all(&frame).ok()
}

/// Sends a short text with a mask, as clients must.
pub fn send(stream: &mut TcpStream, text: &[u8]) {
    let mask = [1, 2, 3, 4];
    let mut frame = vec![0x81, 0x80 | text.len() as u8];
    frame.extend(mask);
    frame.extend(
        text.iter()
            .enumerate()
            .map(|(index, byte)| byte ^ mask[index % 4]),
    );
    stream.write_all(&frame).expect("the frame");
}
