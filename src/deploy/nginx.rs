//! nginx in front: the server block, and the upstreams as an installation begins.
//!
//! On Windows `Deploy.ps1` puts both files into nginx's folder and writes the upstreams anew at every change of traffic;
//! on a machine of its own its operator puts them into `conf.d` and changes the weights. Directives: nginx.org,
//! ngx_http_upstream_module and ngx_http_proxy_module.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{Deployment, Nginx, Route, Slot};

/// The paths of the server blocks and of the upstreams in the hand-over.
pub fn file_names(deployment: &Deployment, nginx: &Nginx) -> (String, String) {
    let name = &deployment.product.name;
    match nginx.directory {
        // `Deploy.ps1` gives them their names in nginx's folder.
        Some(_) => (
            "nginx/server.conf".to_owned(),
            "nginx/upstream.conf".to_owned(),
        ),
        None => (
            format!("nginx/{name}.conf"),
            format!("nginx/{name}.upstream.conf"),
        ),
    }
}

/// The upstreams, for the `http` context.
pub fn upstream(deployment: &Deployment, nginx: &Nginx) -> String {
    let mut text = String::from("# The instances; weights are shares of the traffic.\n");
    let mut seen = BTreeSet::new();
    for route in deployment
        .proxy
        .routes
        .iter()
        .filter(|route| seen.insert(route.farm.clone()))
    {
        let _ = writeln!(text, "upstream {} {{", route.farm);
        let instances = deployment
            .service(&route.service)
            .map(|service| service.instances.as_slice())
            .unwrap_or_default();
        for instance in instances
            .iter()
            .filter(|instance| instance.slot != Some(Slot::Green))
        {
            if let Some(port) = instance.port(&route.port) {
                let _ = writeln!(
                    text,
                    "    server {}:{port} weight=100 max_fails=2 fail_timeout=5s;",
                    nginx.upstream
                );
            }
        }
        text.push_str("    keepalive 16;\n}\n");
    }
    text
}

/// The server blocks, for the `http` context. On Windows the upstreams are included by the first directive.
pub fn server(deployment: &Deployment, nginx: &Nginx) -> String {
    let name = &deployment.product.name;
    let head = match nginx.directory {
        Some(_) => format!(
            "# {name}: include this file in the http context of nginx.conf.\ninclude {name}.upstream.conf;\n"
        ),
        None => format!("# {name}: put this file and {name}.upstream.conf into conf.d.\n"),
    };
    let mut text = format!(
        "{head}\n\
         map $http_upgrade ${variable}_connection {{\n    default upgrade;\n    \"\" \"\";\n}}\n",
        variable = variable(name),
    );
    let mut hosts: Vec<Option<&String>> = deployment
        .proxy
        .routes
        .iter()
        .map(|route| route.host.as_ref())
        .collect();
    hosts.sort();
    hosts.dedup();
    if !hosts.contains(&None) {
        unknown_hosts(&mut text, nginx);
    }
    for host in hosts {
        let routes: Vec<&Route> = deployment
            .proxy
            .routes
            .iter()
            .filter(|route| route.host.as_ref() == host)
            .collect();
        server_block(
            &mut text,
            deployment,
            nginx,
            host.or(nginx.server_name.as_ref()),
            &routes,
        );
    }
    text
}

/// `name` as the name of an nginx variable.
fn variable(name: &str) -> String {
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect()
}

/// A text in nginx's double quotes. `$` has no escape there, so a value with one is refused when the tables are checked.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The first block of a port answers for every host that no other names.
fn unknown_hosts(text: &mut String, nginx: &Nginx) {
    let _ = writeln!(
        text,
        "\nserver {{\n    listen {};\n    server_name _;\n    return 404;\n}}",
        nginx.port
    );
    if let (Some(port), Some(files)) = (nginx.tls_port, certificate(nginx)) {
        let _ = writeln!(
            text,
            "\nserver {{\n    listen {port} ssl;\n    server_name _;\n{files}    return 404;\n}}"
        );
    }
}

/// The directives that name certificate and key.
fn certificate(nginx: &Nginx) -> Option<String> {
    let (certificate, key) = (nginx.certificate.as_ref()?, nginx.certificate_key.as_ref()?);
    Some(format!(
        "    ssl_certificate {};\n    ssl_certificate_key {};\n    ssl_protocols TLSv1.2 TLSv1.3;\n",
        quoted(certificate),
        quoted(key)
    ))
}

fn server_block(
    text: &mut String,
    deployment: &Deployment,
    nginx: &Nginx,
    host: Option<&String>,
    routes: &[&Route],
) {
    let server_name = host.map_or("_".to_owned(), |host| quoted(host));
    if let (Some(port), Some(files)) = (nginx.tls_port, certificate(nginx)) {
        let authority = match port {
            443 => "$host".to_owned(),
            port => format!("$host:{port}"),
        };
        let _ = write!(
            text,
            "\nserver {{\n    listen {};\n    server_name {server_name};\n    return 301 https://{authority}$request_uri;\n}}\n\
             \nserver {{\n    listen {port} ssl;\n    server_name {server_name};\n{files}",
            nginx.port
        );
    } else {
        let _ = writeln!(
            text,
            "\nserver {{\n    listen {};\n    server_name {server_name};",
            nginx.port
        );
    }
    match nginx.max_body_bytes {
        Some(bytes) => {
            let _ = writeln!(text, "    client_max_body_size {bytes};");
        }
        None => text.push_str(
            "    # The service itself limits what it takes.\n    client_max_body_size 0;\n",
        ),
    }
    for route in routes {
        location(text, deployment, nginx, route);
    }
    text.push_str("}\n");
}

/// Buffering is off for the sake of server-sent events; a failed connection goes to the next instance, an answer that has
/// begun does not.
fn location(text: &mut String, deployment: &Deployment, nginx: &Nginx, route: &Route) {
    let _ = write!(
        text,
        "\n    location {prefix} {{\n        \
         proxy_pass http://{farm};\n        \
         proxy_http_version 1.1;\n        \
         proxy_set_header Host $host;\n        \
         proxy_set_header X-Real-IP $remote_addr;\n        \
         proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        \
         proxy_set_header X-Forwarded-Proto $scheme;\n        \
         proxy_set_header X-Forwarded-Host $host;\n        \
         proxy_set_header X-Forwarded-Port $server_port;\n        \
         proxy_set_header Upgrade $http_upgrade;\n        \
         proxy_set_header Connection ${variable}_connection;\n        \
         proxy_next_upstream error timeout http_502 http_503;\n        \
         proxy_connect_timeout {connect};\n        \
         proxy_read_timeout {timeout}s;\n        \
         proxy_send_timeout {timeout}s;\n        \
         proxy_buffering off;\n    }}\n",
        prefix = route.prefix,
        farm = route.farm,
        variable = variable(&deployment.product.name),
        // Windows tries a refused connection again for two seconds, on the loopback interface too; one that is accepted
        // there takes less than a millisecond.
        connect = if nginx.directory.is_some() {
            "500ms"
        } else {
            "2s"
        },
        timeout = nginx.timeout_seconds,
    );
}
