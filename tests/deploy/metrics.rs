//! An HTTP server that answers every query alike, in place of a Prometheus with data of one's choice.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// The server; it lives as long as the test process.
pub struct Prometheus {
    answers: Arc<Mutex<Vec<String>>>,
    /// Its port.
    pub port: u16,
}

impl Prometheus {
    /// Starts it without data.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let answers = Arc::new(Mutex::new(vec![vector("")]));
        let shared = Arc::clone(&answers);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or(0);
                let known = String::from_utf8_lossy(&request[..length])
                    .starts_with("GET /api/v1/query?query=");
                let body = if known { next(&shared) } else { String::new() };
                let status = if known { "200 OK" } else { "404 Not Found" };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { answers, port }
    }

    /// The rates that the next queries give; the last one stays.
    pub fn rates(&self, rates: &[f64]) {
        let sample = |rate: &f64| vector(&format!(r#"{{"metric":{{}},"value":[1,"{rate}"]}}"#));
        *self.answers.lock().expect("the answers") = rates.iter().map(sample).collect();
    }
}

/// The answer to an instant query.
fn vector(samples: &str) -> String {
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{samples}]}}}}"#)
}

fn next(answers: &Mutex<Vec<String>>) -> String {
    let mut answers = answers.lock().expect("the answers");
    if answers.len() > 1 {
        answers.remove(0)
    } else {
        answers.first().cloned().unwrap_or_default()
    }
}
