//! What stands in front of the services, checked.

use std::collections::BTreeMap;

use super::check::{Problems, is_host_name, model};
use super::config::{Config, Iis, IisTls, Nginx, NginxPlatform};
use crate::service::Service;

/// What stands in front of the services: that requests find their way, and what each proxy needs.
pub(super) fn proxies(config: &Config, services: &[Service], problems: &mut Problems) {
    routed(config, services, problems);
    front_ports(config, services, problems);
    if let Some(nginx) = &config.nginx {
        self::nginx(nginx, problems);
    }
    if let Some(iis) = &config.iis {
        self::iis(iis, problems);
    }
}

/// Every proxy knows which requests go where, and only one stands on this server.
fn routed(config: &Config, services: &[Service], problems: &mut Problems) {
    let with_ports = services
        .iter()
        .filter(|service| !service.ports.is_empty())
        .count();
    let proxied = config.iis.is_some() || config.nginx.is_some();
    if proxied && with_ports == 0 {
        problems.add(
            "deploy",
            "no service has a port that a proxy could stand in front of",
            "declare it in the service's `ports`",
        );
    } else if proxied && with_ports > 1 && config.route.is_empty() {
        problems.add(
            "deploy",
            "several services have ports, and nothing says which requests go where",
            "add a [[deploy.route]] with `service` and `prefix` or `host` for each",
        );
    }
    if config.iis.is_some()
        && config
            .nginx
            .as_ref()
            .is_some_and(|nginx| nginx.platform == NginxPlatform::Windows)
    {
        problems.add(
            "deploy.nginx.platform",
            "IIS and nginx would both stand in front on this server",
            "choose one of them",
        );
    }
}

/// What listens in front on this server: the table, and its ports by key.
fn front(config: &Config) -> Vec<(String, u16)> {
    let mut ports = Vec::new();
    if let Some(iis) = &config.iis {
        ports.push(("deploy.iis.port".to_owned(), iis.port));
        ports.extend(
            iis.tls
                .iter()
                .map(|tls| ("deploy.iis.tls.port".to_owned(), tls.port)),
        );
    }
    if let Some(nginx) = &config.nginx {
        ports.push(("deploy.nginx.port".to_owned(), nginx.port));
        ports.extend(
            nginx
                .tls
                .iter()
                .map(|tls| ("deploy.nginx.tls.port".to_owned(), tls.port)),
        );
    }
    ports
}

/// A port in front that is none, that stands twice, or that an instance has.
fn front_ports(config: &Config, services: &[Service], problems: &mut Problems) {
    let here = config
        .nginx
        .as_ref()
        .is_none_or(|nginx| nginx.platform == NginxPlatform::Windows);
    let mut owners = if here {
        instance_ports(config, services)
    } else {
        BTreeMap::new()
    };
    for (path, port) in front(config) {
        let owner = format!("`{path}`");
        if port == 0 {
            problems.add(&path, "0 is no port", "write 1 to 65535");
        } else if let Some(first) = owners.insert(port, owner) {
            problems.add(
                &path,
                format!("port {port} belongs to {first} already"),
                "choose another port",
            );
        }
    }
}

/// The ports of all instances, with their owners.
fn instance_ports(config: &Config, services: &[Service]) -> BTreeMap<u16, String> {
    let mut owners = BTreeMap::new();
    for service in model(config, services).services {
        for instance in &service.instances {
            for port in &instance.ports {
                let owner = format!("`{}` ({})", instance.service_name, port.name);
                owners.entry(port.port).or_insert(owner);
            }
        }
    }
    owners
}

fn nginx(nginx: &Nginx, problems: &mut Problems) {
    if nginx.max_body_size == Some(0) {
        problems.add(
            "deploy.nginx.max-body-size",
            "0 would mean no limit to nginx",
            "leave the key out for no limit",
        );
    }
    let texts = [Some(&nginx.upstream), nginx.server_name.as_ref()]
        .into_iter()
        .flatten();
    for text in texts.filter(|text| !is_host_name(text)) {
        problems.add(
            "deploy.nginx",
            format!("`{text}` is no host name or address"),
            "letters, digits, hyphens and dots",
        );
    }
    let files = nginx
        .tls
        .iter()
        .flat_map(|tls| [&tls.certificate, &tls.key]);
    for file in files.filter(|file| file.contains(['$', '\n', '\r'])) {
        problems.add(
            "deploy.nginx.tls",
            format!("nginx would expand the `$` in `{file}`"),
            "rename the file",
        );
    }
}

fn iis(iis: &Iis, problems: &mut Problems) {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if iis.farm.is_empty() || !iis.farm.chars().all(plain) {
        problems.add(
            "deploy.iis.farm",
            "the farm needs a name",
            "letters, digits, `-`, `_` and `.`",
        );
    }
    if iis
        .max_body_size
        .is_some_and(|size| size == 0 || size > u64::from(u32::MAX))
    {
        problems.add(
            "deploy.iis.max-body-size",
            "IIS cannot set this limit for a request",
            "write a size from `1B` to `4294967295B`",
        );
    }
    if let Some(tls) = &iis.tls {
        iis_tls(tls, problems);
    }
}

/// The certificate that IIS takes from the server's store.
fn iis_tls(tls: &IisTls, problems: &mut Problems) {
    if tls.thumbprint.is_some() == tls.subject.is_some() {
        problems.add(
            "deploy.iis.tls",
            "the certificate is named by its thumbprint or by its subject",
            "give one of the two",
        );
    }
    let hexadecimal =
        |text: &String| text.len() == 40 && text.chars().all(|c| c.is_ascii_hexdigit());
    if tls
        .thumbprint
        .as_ref()
        .is_some_and(|thumbprint| !hexadecimal(thumbprint))
    {
        problems.add(
            "deploy.iis.tls.thumbprint",
            "this is no SHA-1 thumbprint",
            "40 hexadecimal digits, without spaces",
        );
    }
}
