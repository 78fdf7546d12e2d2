//! What `[deploy.server]` means, checked.

use std::net::{IpAddr, Ipv4Addr};

use super::check::{Problems, is_host_name};
use super::config::Server;
use super::time_zones::TIME_ZONES;

/// The values that `Prepare` brings about.
pub(super) fn prepared(server: &Server, problems: &mut Problems) {
    if let Some(name) = &server.computer_name {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if name.is_empty() || name.len() > 15 || !plain || name.chars().all(|c| c.is_ascii_digit())
        {
            problems.add(
                "deploy.server.computer-name",
                format!("`{name}` is no computer name"),
                "1 to 15 letters, digits and hyphens, not digits alone",
            );
        }
    }
    if let Some(zone) = &server.time_zone
        && !TIME_ZONES.contains(&zone.as_str())
    {
        problems.add(
            "deploy.server.time-zone",
            format!("unknown time zone `{zone}`"),
            "write the Windows id, such as `China Standard Time`; `tzutil /l` lists them",
        );
    }
    names(server, problems);
    address(server, problems);
}

/// Names that go into commands and configuration.
fn names(server: &Server, problems: &mut Problems) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    for feature in &server.features {
        if feature.is_empty() || !feature.chars().all(plain) {
            problems.add(
                "deploy.server.features",
                format!("`{feature}` is no name of a Windows feature"),
                "write a name that `Get-WindowsFeature` lists, such as `Web-Server`",
            );
        }
    }
    for source in &server.time_sources {
        if !is_host_name(source) && source.parse::<IpAddr>().is_err() {
            problems.add(
                "deploy.server.time-sources",
                format!("`{source}` is no host name or address"),
                "write for example `ntp1.corp.example`",
            );
        }
    }
    if server
        .domain
        .as_ref()
        .is_some_and(|domain| !is_host_name(domain))
    {
        problems.add(
            "deploy.server.domain",
            "this is no name of a domain",
            "write its DNS name, such as `corp.example`",
        );
    }
}

fn address(server: &Server, problems: &mut Problems) {
    let Some(address) = &server.address else {
        return;
    };
    for dns in &address.dns {
        if dns.parse::<IpAddr>().is_err() {
            problems.add(
                "deploy.server.address.dns",
                format!("`{dns}` is no address"),
                "a DNS server is named by its address, such as `10.0.0.2`",
            );
        }
    }
    let Some((ip, length)) = subnet(&address.address) else {
        problems.add(
            "deploy.server.address.address",
            format!(
                "`{}` is no IPv4 address with prefix length",
                address.address
            ),
            "write for example `10.0.0.5/24`",
        );
        return;
    };
    let mask = u32::MAX << (32 - u32::from(length));
    let Some(gateway) = &address.gateway else {
        return;
    };
    let same_subnet = gateway
        .parse()
        .is_ok_and(|gateway: Ipv4Addr| u32::from(gateway) & mask == u32::from(ip) & mask);
    if !same_subnet {
        problems.add(
            "deploy.server.address.gateway",
            format!(
                "gateway `{gateway}` is outside the subnet of `{}`",
                address.address
            ),
            "the gateway must be reachable without a gateway",
        );
    }
}

/// An IPv4 address and its prefix length, 1 to 31.
fn subnet(text: &str) -> Option<(Ipv4Addr, u8)> {
    let (ip, length) = text.split_once('/')?;
    let length = length
        .parse()
        .ok()
        .filter(|length| (1..=31).contains(length))?;
    Some((ip.parse().ok()?, length))
}
