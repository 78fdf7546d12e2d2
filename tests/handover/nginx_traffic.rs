//! Traffic through a real nginx: balanced over real instances of the example, passed on whole, led to the right service.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::fixture::service;
use crate::nginx::{Home, certificate, model};
use crate::nginx_backend::{accept, header, read_frame, send, start};
use crate::support::http::{free_port, free_ports, is_open};
use crate::support::{cache, poll, require_tool, root};

/// An instance of the example.
struct Instance(Child);

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The example's Linux build; none when Go is missing.
fn example() -> Option<&'static PathBuf> {
    static PROGRAM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        let go = require_tool("go")?;
        let program = cache().join("hello-service-linux");
        let status = Command::new(go)
            .args(["build", "-o"])
            .arg(&program)
            .arg(".")
            .current_dir(root().join("examples/hello-service"))
            .status()
            .expect("go");
        assert!(status.success());
        Some(program)
    };
    PROGRAM.get_or_init(build).as_ref()
}

/// Instances of the example that greet with the numbers of their ports.
fn instances(ports: &[u16]) -> Option<Vec<Instance>> {
    let program = example()?;
    let start = |port: &u16| {
        let file = cache().join(format!("hello-service-{port}.json"));
        std::fs::write(&file, format!("{{\"greeting\": \"{port}\"}}")).expect("a configuration");
        let process = Command::new(program)
            .arg("-listen")
            .arg(format!("127.0.0.1:{port}"))
            .arg("-config")
            .arg(&file)
            .stderr(Stdio::null())
            .spawn()
            .expect("an instance");
        poll::until("an instance", Duration::from_secs(10), || {
            is_open(*port).then_some(())
        });
        std::fs::remove_file(file).expect("the configuration");
        Instance(process)
    };
    Some(ports.iter().map(start).collect())
}

/// The answer to a request with these header lines, on a connection of its own.
fn ask(port: u16, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("nginx");
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"
    )
    .expect("the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

/// How many of `count` requests each instance answered; fails when one is not answered well.
fn shares(port: u16, count: u32) -> BTreeMap<u16, u32> {
    let mut shares = BTreeMap::new();
    for _ in 0..count {
        let answer = ask(port, "/", "Host: shop.example\r\n");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let body = answer.split("\r\n\r\n").nth(1).expect("a body");
        let greeting = body
            .lines()
            .find(|line| line.contains(" from "))
            .expect("a greeting");
        let number = greeting
            .split(' ')
            .next()
            .and_then(|word| word.parse().ok());
        *shares.entry(number.expect("a port")).or_default() += 1;
    }
    shares
}

#[test]
fn traffic_is_balanced_shifts_and_survives_the_death_of_an_instance() {
    let (first, front) = (free_ports(2), free_port());
    let Some(mut running) = instances(&[first, first + 1]) else {
        return;
    };
    let tables =
        format!("instances = {{ count = 2 }}\nnginx = {{ platform = \"linux\", port = {front} }}");
    let Some(home) = Home::new(&model(&tables, &[service("Orders", first)])) else {
        return;
    };
    let nginx = home.start(front);
    let even = shares(front, 100);
    assert_eq!((even[&first], even[&(first + 1)]), (50, 50), "{even:?}");

    nginx.change_upstream(|text| {
        text.replace(
            &format!(":{first} weight=100"),
            &format!(":{first} weight=300"),
        )
    });
    poll::until("the new weights", Duration::from_secs(10), || {
        let share = shares(front, 40)[&first];
        (28..=32).contains(&share).then_some(())
    });

    running[0].0.kill().expect("the end of an instance");
    running[0].0.wait().expect("the end of an instance");
    let rest = shares(front, 100);
    assert_eq!(
        rest.into_iter().collect::<Vec<_>>(),
        [(first + 1, 100)],
        "nobody notices"
    );
}

#[test]
fn headers_sockets_and_events_pass() {
    let (port, front) = (free_port(), free_port());
    let next = start(port);
    let tables = format!("nginx = {{ platform = \"linux\", port = {front} }}");
    let Some(home) = Home::new(&model(&tables, &[service("Orders", port)])) else {
        return;
    };
    let _nginx = home.start(front);

    let seen = ask(
        front,
        "/x?y=1",
        &format!("Host: shop.example:{front}\r\nX-Forwarded-For: 192.0.2.7\r\n"),
    );
    assert!(seen.contains("GET /x?y=1 HTTP/1.1"), "{seen}");
    for (name, value) in [
        ("Host", "shop.example"),
        ("X-Real-IP", "127.0.0.1"),
        ("X-Forwarded-For", "192.0.2.7, 127.0.0.1"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", "shop.example"),
        ("X-Forwarded-Port", &front.to_string()),
    ] {
        assert_eq!(
            header(&seen, name).as_deref(),
            Some(value),
            "{name} in {seen}"
        );
    }

    let mut socket = TcpStream::connect(("127.0.0.1", front)).expect("nginx");
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    write!(
        socket,
        "GET /socket HTTP/1.1\r\nHost: shop.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {key}\r\n\r\n"
    )
    .expect("the request");
    let mut reader = BufReader::new(socket.try_clone().expect("the socket"));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).expect("an answer"), 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 101"), "{head}");
    assert_eq!(header(&head, "Sec-WebSocket-Accept"), Some(accept(key)));
    for text in ["one", "two"] {
        send(&mut socket, text.as_bytes());
        assert_eq!(read_frame(&mut reader).as_deref(), Some(text.as_bytes()));
    }

    let mut events = TcpStream::connect(("127.0.0.1", front)).expect("nginx");
    events
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time limit");
    // By 1.0 the answer comes as it is, without the lengths of chunks in between.
    write!(events, "GET /events HTTP/1.0\r\nHost: shop.example\r\n\r\n").expect("the request");
    let mut lines = BufReader::new(events).lines();
    for number in 1..=3 {
        // Each event is here before the service may write the next one: nothing is held back.
        let event = format!("data: {number}");
        assert!(lines.by_ref().any(|line| line.expect("an event") == event));
        let _ = next.send(());
    }
}

#[test]
fn requests_find_their_service_by_prefix_and_host_and_over_tls() {
    let (orders, stock, front) = (free_port(), free_port(), free_ports(2));
    let folder = tempfile::tempdir().expect("a folder");
    let (Some((certificate, key)), Some(curl)) = (
        certificate(folder.path(), "shop.example"),
        require_tool("curl"),
    ) else {
        return;
    };
    let Some(_running) = instances(&[orders, stock]) else {
        return;
    };
    let tls = front + 1;
    let tables = format!(
        "nginx = {{ platform = \"linux\", port = {front}, tls = {{ certificate = {:?}, key = {:?}, port = {tls} }} }}\n\
         route = [{{ service = \"Orders\", host = \"shop.example\" }}, {{ service = \"Stock\", host = \"shop.example\", prefix = \"/stock/\" }}, \
         {{ service = \"Stock\", host = \"stock.example\" }}]",
        certificate.display().to_string(),
        key.display().to_string()
    );
    let services = [service("Orders", orders), service("Stock", stock)];
    let Some(home) = Home::new(&model(&tables, &services)) else {
        return;
    };
    let _nginx = home.start(tls);
    let redirect = ask(front, "/a?b", "Host: shop.example\r\n");
    let location = format!("https://shop.example:{tls}/a?b");
    assert_eq!(header(&redirect, "Location"), Some(location), "{redirect}");
    let get = |host: &str, path: &str| {
        let output = Command::new(&curl)
            .args(["--silent", "--cacert"])
            .arg(&certificate)
            .args([
                "--write-out",
                "%{http_code}",
                "--connect-to",
                &format!("::127.0.0.1:{tls}"),
            ])
            .args((host != "shop.example").then_some("--insecure"))
            .arg(format!("https://{host}:{tls}{path}"))
            .output()
            .expect("curl");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(get("shop.example", "/").starts_with(&format!("{orders} from shop.example")));
    assert!(get("shop.example", "/stock/1").starts_with(&format!("{stock} from")));
    assert!(get("stock.example", "/").starts_with(&format!("{stock} from stock.example")));
    assert!(get("other.example", "/").ends_with("404"));
}
