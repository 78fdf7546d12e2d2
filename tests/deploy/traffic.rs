//! Stories with traffic: a real nginx in front of real processes, and a client that counts failed requests all through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::http::free_ports;

/// A real nginx that reads the configuration of drive C.
pub struct Proxy {
    home: tempfile::TempDir,
    process: Child,
    /// Its port.
    pub port: u16,
}

impl Proxy {
    /// Starts nginx with an empty configuration, which the deployment of `product` fills in, in `conf`.
    pub fn start(conf: &Path, product: &str) -> Option<Self> {
        let nginx = crate::support::require_tool("nginx")?;
        let home = tempfile::tempdir().expect("a temporary folder");
        let path = home.path().display().to_string();
        let port = free_ports(1);
        let text = format!(
            "worker_processes 2;\npid {path}/nginx.pid;\nerror_log {path}/error.log;\nevents {{ worker_connections 256; }}\n\
             http {{\n access_log off;\n client_body_temp_path {path}/t1; proxy_temp_path {path}/t2; fastcgi_temp_path {path}/t3;\n \
             uwsgi_temp_path {path}/t4; scgi_temp_path {path}/t5;\n include {}/{product}[.]conf;\n}}\n",
            conf.display()
        );
        std::fs::write(home.path().join("nginx.conf"), text).expect("nginx.conf");
        // A relative include is relative to nginx.conf.
        std::os::unix::fs::symlink(
            conf.join(format!("{product}.upstream.conf")),
            home.path().join(format!("{product}.upstream.conf")),
        )
        .expect("a link");
        let process = Command::new(nginx)
            .args([
                "-p",
                &path,
                "-c",
                &format!("{path}/nginx.conf"),
                "-g",
                "daemon off;",
            ])
            .spawn()
            .expect("nginx");
        let pid = home.path().join("nginx.pid");
        wait_until("nginx to start", || {
            std::fs::read_to_string(&pid).is_ok_and(|text| !text.is_empty())
        });
        Some(Self {
            home,
            process,
            port,
        })
    }

    /// The folder of its `nginx.conf`, for the double of `nginx.exe`.
    pub fn home(&self) -> String {
        self.home.path().display().to_string()
    }

    /// A GET; the status and the body.
    pub fn get(&self, path: &str) -> (u16, String) {
        get(self.port, path).unwrap_or((0, String::new()))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg(self.process.id().to_string())
            .status();
        let _ = self.process.wait();
    }
}

/// Polls; a condition that never holds fails the test.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("waited in vain for {what}");
}

/// A GET over a connection of its own.
pub fn get(port: u16, path: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .unwrap_or(0);
    Ok((
        status,
        answer
            .split_once("\r\n\r\n")
            .map(|(_, body)| body.to_owned())
            .unwrap_or_default(),
    ))
}

/// A client that asks without a pause until it is stopped.
pub struct Client {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: JoinHandle<(Vec<String>, Duration)>,
}

/// What a client saw.
#[derive(Debug)]
pub struct Seen {
    /// How many requests it sent.
    pub sent: u64,
    /// Those that failed.
    pub failures: Vec<String>,
    /// The longest time between two good answers.
    pub pause: Duration,
}

impl Client {
    /// Starts asking `port`.
    pub fn start(port: u16) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let sent = Arc::new(AtomicU64::new(0));
        let (stopped, count) = (Arc::clone(&stop), Arc::clone(&sent));
        let thread = std::thread::spawn(move || {
            let mut failures = Vec::new();
            let mut last = Instant::now();
            let mut pause = Duration::ZERO;
            while !stopped.load(Ordering::Relaxed) {
                match get(port, "/orders") {
                    Ok((200, _)) => {
                        pause = pause.max(last.elapsed());
                        last = Instant::now();
                    }
                    other => failures.push(format!("{other:?}")),
                }
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
            (failures, pause)
        });
        Self { stop, sent, thread }
    }

    /// Stops asking.
    pub fn finish(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let (failures, pause) = self.thread.join().expect("the client");
        Seen {
            sent: self.sent.load(Ordering::Relaxed),
            failures,
            pause,
        }
    }
}
