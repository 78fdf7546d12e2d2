//! The deployment model. Its serialisation is `deployment.json`; its field names are stable.
//!
//! Paths that begin with `%ProgramFiles%\` or `%ProgramData%\` are completed on the server; no other
//! `%NAME%` is expanded. `{{ symbol }}` in texts is filled in for each instance, as the service's registry
//! key does it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::manifest::raw::deploy::{Mode, Strategy};

pub use super::model_server::{Address, AppLocker, GroupPolicy, Server};
pub use super::model_service::{
    Access, Account, AccountKind, ConfigFile, Directory, Health, Instance, InstancePort, Log,
    Recovery, RegistryValue, Rights, Service, Slot, ValueKind,
};

/// The version of this format that is written.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything the hand-over knows about one release for one architecture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deployment {
    /// 1; raised when a reader of an older version would misunderstand.
    pub schema_version: u32,
    /// What is deployed.
    pub product: Product,
    /// Where it comes from.
    pub origin: Origin,
    /// The release's zips of these programs, as they are published.
    pub archives: Vec<PublishedArchive>,
    /// How the release gets on the server.
    pub mode: Mode,
    /// The files of the folder, with their digests, sorted by name.
    pub artifacts: Vec<Artifact>,
    /// Where the product lives on the server.
    pub locations: Locations,
    /// The services, in the manifest's order.
    pub services: Vec<Service>,
    /// Inbound firewall rules.
    pub firewall: Vec<FirewallRule>,
    /// What must be there before.
    pub prerequisites: Prerequisites,
    /// What stands in front.
    pub proxy: Proxy,
    /// How a new version takes over, and when it is taken back.
    pub rollout: Rollout,
    /// What `Prepare` brings about on a fresh server.
    pub server: Option<Server>,
    /// AppLocker.
    pub applocker: Option<AppLocker>,
    /// Group-policy settings.
    pub group_policy: Option<GroupPolicy>,
    /// What is written to the Application log, by whom.
    pub events: Vec<Event>,
    /// Where people turn to.
    pub support: Option<String>,
}

/// The product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Product {
    /// The project's name, as in file names.
    pub name: String,
    /// What people read.
    pub title: String,
    /// The version.
    pub version: String,
    /// Who made it.
    pub manufacturer: String,
    /// GOARCH: `amd64`, `arm64` or `386`.
    pub architecture: String,
}

/// What a release says of itself, and what tells two of the same version apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// What the product does.
    pub description: String,
    /// Its page.
    pub homepage: Option<String>,
    /// The commit's hash.
    pub commit: Option<String>,
    /// The commit's date in UTC, `2026-11-27`.
    pub date: Option<String>,
}

/// A zip of the release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PublishedArchive {
    /// The file's name in `dist/`.
    pub file: String,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// The programs in it, by their paths, with forward slashes.
    pub programs: Vec<String>,
}

/// What an artifact is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Goes into the version's directory.
    Program,
    /// Goes into a service's configuration folder when it is not there.
    Config,
    /// The Windows Installer package.
    Package,
}

/// A file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Artifact {
    /// The file, relative to `deployment.json`, with forward slashes.
    pub file: String,
    /// What it is for.
    pub role: Role,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of the file, lower-case hexadecimal.
    pub sha256: String,
    /// Authenticode SHA-256 digest of an executable or package, lower-case hexadecimal: what AppLocker compares.
    pub authenticode_sha256: Option<String>,
    /// The package's ProductCode.
    pub product_code: Option<String>,
    /// The package's UpgradeCode.
    pub upgrade_code: Option<String>,
    /// The package's ProductVersion, `a.b.c`: what Programs and Features shows.
    #[serde(default)]
    pub product_version: Option<String>,
    /// What `msiexec` takes for the package beside its own options.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
}

/// What a parameter of a silent installation sets.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ParameterKind {
    /// A folder.
    Folder,
    /// A TCP port.
    Port,
    /// The account of a service.
    Account,
    /// The password of that account.
    Password,
    /// `1` leaves the services stopped.
    NoStart,
    /// The product's own.
    Own,
}

/// A parameter of a silent installation: `msiexec /i x.msi NAME=value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// The public property.
    pub name: String,
    /// What it sets.
    pub kind: ParameterKind,
    /// The value when none is given; none where Windows decides, or nothing is set.
    pub default: Option<String>,
}

/// The product's directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Locations {
    /// The product's program directory.
    pub program: String,
    /// This version's directory: `slots` puts the programs there, `msi` into `program`.
    pub version: String,
    /// The product's data directory.
    pub data: Directory,
    /// The journal, the record of what was installed, transcripts.
    pub state: Directory,
}

/// An inbound TCP rule of Windows Firewall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FirewallRule {
    /// The rule's fixed, unique name.
    pub name: String,
    /// The display name.
    pub title: String,
    /// The instance's service name.
    pub service: String,
    /// The executable of the process that listens: a path in the version's directory, or a full one; none when only the
    /// server knows it.
    pub program: Option<String>,
    /// Whether the rule holds for the service's processes only; not for one without a service SID in its token, which no
    /// such rule matches.
    pub only_service: bool,
    /// The local port.
    pub port: u16,
    /// Remote addresses; `Any` only when the manifest says so.
    pub remote: Vec<String>,
    /// Network profiles.
    pub profiles: Vec<String>,
}

/// What must be there before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Prerequisites {
    /// The lowest build number of Windows; 14393 is Windows Server 2016.
    pub minimum_build: u32,
    /// Free space that an installation needs, in bytes.
    pub free_bytes: u64,
    /// Windows features.
    pub features: Vec<String>,
    /// IIS modules that are downloads of their own.
    pub iis_modules: Vec<String>,
    /// Largest difference from the time source, in seconds.
    pub clock_skew_seconds: u32,
    /// Environment variables of the machine that change how a Go program runs, so must not be set.
    pub forbidden_environment: Vec<String>,
    /// Whether a service logs on with a domain account.
    pub domain: bool,
}

/// What stands in front.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proxy {
    /// Which requests go to which service.
    pub routes: Vec<Route>,
    /// Application Request Routing.
    pub iis: Option<Iis>,
    /// nginx.
    pub nginx: Option<Nginx>,
}

/// A port on which a proxy listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontPort {
    /// The port.
    pub port: u16,
    /// `http` or `https`.
    pub protocol: &'static str,
    /// The site in IIS, or `nginx`.
    pub owner: String,
}

impl Proxy {
    /// The ports on which the proxies listen.
    pub fn ports(&self) -> Vec<FrontPort> {
        let iis = self.iis.iter().flat_map(|iis| {
            let tls = iis.tls.as_ref().map(|tls| tls.port);
            [("http", Some(iis.port)), ("https", tls)]
                .map(|(protocol, port)| (protocol, port, iis.site.clone()))
        });
        let nginx = self.nginx.iter().flat_map(|nginx| {
            [("http", Some(nginx.port)), ("https", nginx.tls_port)]
                .map(|(protocol, port)| (protocol, port, "nginx".to_owned()))
        });
        iis.chain(nginx)
            .filter_map(|(protocol, port, owner)| {
                Some(FrontPort {
                    port: port?,
                    protocol,
                    owner,
                })
            })
            .collect()
    }
}

/// Requests that go to a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// The service's name, without instance.
    pub service: String,
    /// The port's name.
    pub port: String,
    /// The path prefix, with a slash at both ends.
    pub prefix: String,
    /// The host name; any when none.
    pub host: Option<String>,
    /// The farm's and upstream's name.
    pub farm: String,
}

/// Application Request Routing in front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Iis {
    /// The site and its application pool.
    pub site: String,
    /// The site's port for plain HTTP.
    pub port: u16,
    /// Whether the backend sees the client's Host header.
    pub preserve_host_header: bool,
    /// Whether the host name in the backend's redirects is rewritten.
    pub reverse_rewrite_host: bool,
    /// Time for the backend's answer, in seconds.
    pub timeout_seconds: u32,
    /// The largest request body, in bytes.
    pub max_body_bytes: u32,
    /// Whether WebSocket must pass.
    pub websocket: bool,
    /// TLS.
    pub tls: Option<IisTls>,
}

/// TLS of the IIS site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IisTls {
    /// The certificate's thumbprint in `LocalMachine\My`.
    pub thumbprint: Option<String>,
    /// Or its subject.
    pub subject: Option<String>,
    /// The host name (SNI).
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether plain HTTP is redirected.
    pub redirect: bool,
}

/// nginx in front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nginx {
    /// The folder of `nginx.exe` on this server; none: nginx runs elsewhere and its operator changes weights.
    pub directory: Option<String>,
    /// The address of this server as nginx sees it.
    pub upstream: String,
    /// The port.
    pub port: u16,
    /// `server_name`; any when none.
    pub server_name: Option<String>,
    /// Time for the backend's answer, in seconds.
    pub timeout_seconds: u32,
    /// The largest request body, in bytes; any when none.
    pub max_body_bytes: Option<u64>,
    /// Certificate file.
    pub certificate: Option<String>,
    /// Key file.
    pub certificate_key: Option<String>,
    /// The port for TLS.
    pub tls_port: Option<u16>,
}

/// How a new version takes over, and when it is taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rollout {
    /// The way.
    pub strategy: Strategy,
    /// Good answers in a row that make an instance ready.
    pub probes: u16,
    /// Time between two probes, in milliseconds.
    pub probe_interval_ms: u32,
    /// Time for one answer, in milliseconds.
    pub probe_timeout_ms: u32,
    /// Time for running requests to end, in milliseconds.
    pub drain_ms: u32,
    /// Canary: shares in percent.
    pub steps: Vec<u16>,
    /// Canary: the lowest success rate, in percent.
    pub success_percent: f64,
    /// Canary: time over which a step is judged, in milliseconds.
    pub window_ms: u32,
    /// Canary: the second measure.
    pub prometheus: Option<Prometheus>,
    /// Versions kept for the way back.
    pub keep_versions: u16,
}

/// Prometheus queries, each giving one number: the success rate in percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prometheus {
    /// The server's base URL.
    pub url: String,
    /// The new version's rate.
    pub new: String,
    /// The old version's rate.
    pub old: Option<String>,
    /// How much worse the new one may be, in percentage points.
    pub tolerance_percent: f64,
}

/// An entry of the Application log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// The event id.
    pub id: u32,
    /// The source.
    pub source: String,
    /// `Information`, `Warning` or `Error`.
    pub level: String,
    /// When it is written.
    pub meaning: String,
}

impl Deployment {
    /// `deployment.json`, ending in a line feed.
    pub fn to_json(&self) -> String {
        // A struct of strings, numbers and lists serialises without a way to fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The JSON schema of `deployment.json`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Deployment).to_value()
    }

    /// The first digits of a digest over all files of the folder: another one for every other content.
    pub fn fingerprint(&self) -> String {
        let list: String = self
            .artifacts
            .iter()
            .map(|artifact| format!("{}  {}\n", artifact.sha256, artifact.file))
            .collect();
        crate::format::output::sha256_hex(list.as_bytes())[..12].to_owned()
    }

    /// The Windows Installer package, in `msi` mode.
    pub fn package(&self) -> Option<&Artifact> {
        self.artifacts
            .iter()
            .find(|artifact| artifact.role == Role::Package)
    }

    /// The service called `name`.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }
}
