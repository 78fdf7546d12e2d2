//! The `[deploy]` tables of `release.toml`, typed. Each table switches on one part of the hand-over.
//!
//! Types and unknown keys are serde's; what the values mean together is checked by the room `deploy`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{duration, size};

/// `[deploy]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// How the release gets on the server.
    pub mode: Mode,
    /// Languages of the hand-over page: `en`, `zh-CN`.
    pub languages: Option<Vec<String>>,
    /// Where people turn to: an address or a URL.
    pub support: Option<String>,
    /// Which requests go to which service; none: everything to the only service that has a port.
    pub route: Vec<Route>,
    /// `[deploy.firewall]`.
    pub firewall: Option<Firewall>,
    /// `[deploy.instances]`.
    pub instances: Instances,
    /// `[deploy.rollout]`.
    pub rollout: Rollout,
    /// `[deploy.iis]`.
    pub iis: Option<Iis>,
    /// `[deploy.nginx]`.
    pub nginx: Option<Nginx>,
    /// `[deploy.server]`.
    pub server: Option<Server>,
    /// `[deploy.applocker]`.
    pub applocker: Option<AppLocker>,
    /// `[deploy.group-policy]`.
    pub group_policy: Option<GroupPolicy>,
    /// `[deploy.ansible]`.
    pub ansible: Option<Ansible>,
    /// `[deploy.dsc]`.
    pub dsc: Option<Dsc>,
    /// `[deploy.winget]`.
    pub winget: Option<Winget>,
    /// `[deploy.scoop]`.
    pub scoop: Option<Scoop>,
    /// `[deploy.chocolatey]`.
    pub chocolatey: Option<Chocolatey>,
}

/// How the release gets on the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Versioned directories, one or several instances of each service.
    #[default]
    Slots,
    /// Windows Installer, one instance.
    Msi,
}

/// How a new version takes over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One instance after the other.
    #[default]
    Rolling,
    /// In the free slot, then all traffic at once.
    BlueGreen,
    /// In the free slot, then traffic in growing shares, each of them judged.
    Canary,
}

/// `[[deploy.route]]`: requests of a path prefix or a host name go to a service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Route {
    /// The service's name.
    pub service: String,
    /// The port's name; the health check's, or the first, unless given.
    pub port: Option<String>,
    /// A path prefix, with a slash at both ends.
    #[serde(default = "root")]
    pub prefix: String,
    /// A host name; any unless given.
    pub host: Option<String>,
}

fn root() -> String {
    "/".to_owned()
}

/// `[deploy.firewall]`: inbound rules for the services' ports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Firewall {
    /// Remote addresses, subnets or the keywords of `New-NetFirewallRule`; `any` must be written.
    pub remote: OneOrMore,
    /// Names of ports; all of every service unless given.
    pub ports: Option<Vec<String>>,
    /// Network profiles.
    #[serde(default = "profiles")]
    pub profiles: Vec<String>,
}

fn profiles() -> Vec<String> {
    vec!["domain".to_owned(), "private".to_owned()]
}

/// One text or several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore {
    /// One.
    One(String),
    /// Several.
    More(Vec<String>),
}

impl OneOrMore {
    /// All of them.
    pub fn values(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::More(values) => values,
        }
    }
}

/// `[deploy.instances]`: several instances of each service that has a port.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Instances {
    /// How many serve at a time.
    pub count: u16,
    /// From one instance's ports to the next one's.
    pub port_step: u16,
}

impl Default for Instances {
    fn default() -> Self {
        Self {
            count: 1,
            port_step: 1,
        }
    }
}

/// `[deploy.rollout]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Rollout {
    /// How a new version takes over.
    pub strategy: Strategy,
    /// Good answers in a row that make an instance ready.
    pub probes: u16,
    /// Time between two probes.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub probe_interval: u32,
    /// Time for one answer.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub probe_timeout: u32,
    /// Time for running requests to end before the old instance is stopped.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub drain: u32,
    /// Canary: the new version's share in percent, step by step, up to 100.
    pub steps: Vec<u16>,
    /// Canary: the lowest success rate in percent.
    pub success: f64,
    /// Canary: time over which each step is judged.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub window: u32,
    /// Canary: measure by Prometheus besides the probe.
    pub prometheus: Option<Prometheus>,
    /// Versions that stay on the server for the way back, the running one not counted.
    pub keep_versions: u16,
}

impl Default for Rollout {
    fn default() -> Self {
        Self {
            strategy: Strategy::Rolling,
            probes: 3,
            probe_interval: 1_000,
            probe_timeout: 5_000,
            drain: 10_000,
            steps: vec![5, 25, 50, 100],
            success: 99.5,
            window: 30_000,
            prometheus: None,
            keep_versions: 2,
        }
    }
}

/// `deploy.rollout.prometheus`: queries that give one number each, the success rate in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prometheus {
    /// The server's base URL.
    pub url: String,
    /// The new version's success rate.
    pub new: String,
    /// The old version's success rate; the new one must not be worse by more than `tolerance`.
    pub old: Option<String>,
    /// Percentage points.
    #[serde(default = "tolerance")]
    pub tolerance: f64,
}

fn tolerance() -> f64 {
    0.5
}

/// `[deploy.iis]`: Application Request Routing in front.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Iis {
    /// The farm's name; with several routes, the stem of the farms' names.
    pub farm: String,
    /// The site's name; the farm's unless given.
    pub site: Option<String>,
    /// The site's port for plain HTTP.
    #[serde(default = "http_port")]
    pub port: u16,
    /// Whether the backend sees the client's Host header.
    #[serde(default = "yes")]
    pub preserve_host_header: bool,
    /// Whether the host name in the backend's redirects is rewritten.
    #[serde(default)]
    pub reverse_rewrite_host: bool,
    /// Time for the backend's answer.
    #[serde(default = "proxy_timeout", deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub timeout: u32,
    /// The largest request body, such as `200MB`. Default: `4294967295B`, the most that IIS can let through.
    #[serde(default, deserialize_with = "size::deserialize")]
    #[schemars(with = "Option<String>")]
    pub max_body_size: Option<u64>,
    /// Whether WebSocket must pass.
    #[serde(default)]
    pub websocket: bool,
    /// TLS in front.
    pub tls: Option<IisTls>,
}

/// `[deploy.iis] tls`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IisTls {
    /// SHA-1 thumbprint of a certificate in `LocalMachine\My`.
    pub thumbprint: Option<String>,
    /// Or its subject; the valid one that ends last is taken.
    pub subject: Option<String>,
    /// The host name (SNI).
    pub host: String,
    /// The port.
    #[serde(default = "https_port")]
    pub port: u16,
    /// Whether plain HTTP is redirected.
    #[serde(default = "yes")]
    pub redirect: bool,
}

fn http_port() -> u16 {
    80
}

fn https_port() -> u16 {
    443
}

fn yes() -> bool {
    true
}

fn proxy_timeout() -> u32 {
    120_000
}

/// The system that nginx runs on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NginxPlatform {
    /// On the server itself; `Deploy.ps1` shifts the weights.
    #[default]
    Windows,
    /// On a machine of its own; the weights are its operator's.
    Linux,
}

/// `[deploy.nginx]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Nginx {
    /// Where it runs.
    pub platform: NginxPlatform,
    /// Windows: the folder of `nginx.exe`.
    pub directory: String,
    /// The port.
    pub port: u16,
    /// `server_name`.
    pub server_name: Option<String>,
    /// Linux: the address of the Windows server.
    pub upstream: String,
    /// Time for the backend's answer.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String")]
    pub timeout: u32,
    /// The largest request body, such as `200MB`. Default: no limit, the service itself limits what it takes.
    #[serde(deserialize_with = "size::deserialize")]
    #[schemars(with = "Option<String>")]
    pub max_body_size: Option<u64>,
    /// TLS in front.
    pub tls: Option<NginxTls>,
}

impl Default for Nginx {
    fn default() -> Self {
        Self {
            platform: NginxPlatform::Windows,
            directory: r"C:\nginx".to_owned(),
            port: 80,
            server_name: None,
            upstream: "127.0.0.1".to_owned(),
            timeout: proxy_timeout(),
            max_body_size: None,
            tls: None,
        }
    }
}

/// `[deploy.nginx] tls`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NginxTls {
    /// The certificate's file on the proxy.
    pub certificate: String,
    /// The key's file on the proxy.
    pub key: String,
    /// The port.
    #[serde(default = "https_port")]
    pub port: u16,
}

/// `[deploy.server]`: what `Prepare` brings about on a fresh server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    /// Windows features for `Install-WindowsFeature`.
    pub features: Vec<String>,
    /// The computer's name.
    pub computer_name: Option<String>,
    /// The domain to join.
    pub domain: Option<String>,
    /// The static address.
    pub address: Option<Address>,
    /// NTP servers.
    pub time_sources: Vec<String>,
    /// The Windows time zone id.
    pub time_zone: Option<String>,
}

/// `[deploy.server] address`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Address {
    /// The network adapter's name.
    pub interface: String,
    /// IPv4 address and prefix length, `10.0.0.5/24`.
    pub address: String,
    /// The default gateway.
    pub gateway: Option<String>,
    /// DNS servers.
    #[serde(default)]
    pub dns: Vec<String>,
}

/// `[deploy.applocker]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AppLocker {
    /// Enforce instead of auditing.
    pub enforce: bool,
    /// The publisher's subject when the release is signed.
    pub publisher: Option<String>,
    /// Whether the rules hold for services, too. They then hold for every service of the server, not only for those of the
    /// release: one whose program lies outside Windows and Program Files does not start any more.
    pub services: bool,
}

/// `[deploy.group-policy]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GroupPolicy {
    /// Environment variables set for every process of the machine.
    pub environment: BTreeMap<String, String>,
}

/// `[deploy.ansible]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Ansible {
    /// The inventory group.
    pub hosts: Option<String>,
}

/// `[deploy.dsc]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Dsc {}

/// `[deploy.winget]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Winget {
    /// `Publisher.Package`.
    pub identifier: String,
    /// Where the MSI is downloaded from; `{{ file }}` stands for its name. Templates, such as `{{ version }}` and `{{ tag }}`.
    pub url: String,
    /// The licence's name.
    pub license: String,
}

/// `[deploy.scoop]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scoop {
    /// Where the hand-over's zip is downloaded from; `{{ file }}` stands for its name. Templates, such as `{{ version }}` and
    /// `{{ tag }}`.
    pub url: String,
    /// The project's page; the project's `homepage` unless given.
    pub homepage: Option<String>,
    /// The licence's SPDX id.
    pub license: String,
}

/// `[deploy.chocolatey]`: a package with the MSI in it, ready for `choco push`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Chocolatey {
    /// The package's id; the project's name unless given.
    pub id: Option<String>,
    /// The project's page.
    pub homepage: Option<String>,
    /// The licence's page.
    pub license_url: Option<String>,
    /// Words to find it by, without spaces.
    pub tags: Vec<String>,
}
