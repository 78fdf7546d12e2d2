//! The Windows service as a value: one model that the MSI, the scripts, the host and the documents share.
//!
//! Durations are whole milliseconds where Windows counts in milliseconds, whole seconds where it counts in
//! seconds; each field says which.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::property::Property;
use super::symbolic::{Segment, Symbol, Symbolic};

/// How the program is turned into a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostMode {
    /// The host is compiled into package main through `go build -overlay`.
    Inject,
    /// The program speaks to the service manager itself.
    Native,
    /// A separate executable runs the program as its child.
    Wrapper,
}

/// When the service starts (SERVICE_*_START and the delayed flag).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartType {
    /// At boot.
    Auto,
    /// At boot, after the other automatic services.
    Delayed,
    /// On request.
    Manual,
    /// Never.
    Disabled,
}

impl StartType {
    /// The word for it in manifests and models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Delayed => "delayed",
            Self::Manual => "manual",
            Self::Disabled => "disabled",
        }
    }
}

/// The account that the service logs on as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// `NT SERVICE\<name>`: the service's own virtual account.
    Virtual,
    /// `NT AUTHORITY\LocalService`.
    LocalService,
    /// `NT AUTHORITY\NetworkService`.
    NetworkService,
    /// `LocalSystem`.
    LocalSystem,
    /// `DOMAIN\name$`: a group managed service account, without a password.
    GroupManaged(String),
    /// `DOMAIN\name` or `.\name`: an ordinary account, whose password is given at installation.
    User(String),
}

impl Account {
    /// The name as the service manager takes it for the service called `service`.
    pub fn start_name(&self, service: &str) -> String {
        match self {
            Self::Virtual => format!(r"NT SERVICE\{service}"),
            Self::LocalService => r"NT AUTHORITY\LocalService".to_owned(),
            Self::NetworkService => r"NT AUTHORITY\NetworkService".to_owned(),
            Self::LocalSystem => "LocalSystem".to_owned(),
            Self::GroupManaged(name) | Self::User(name) => name.clone(),
        }
    }

    /// Whether the account must first be granted the right to log on as a service.
    pub fn needs_logon_right(&self) -> bool {
        matches!(self, Self::GroupManaged(_) | Self::User(_))
    }

    /// Whether a password must be given at installation.
    pub fn needs_password(&self) -> bool {
        matches!(self, Self::User(_))
    }
}

/// The service SID's type (SERVICE_SID_TYPE_*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SidType {
    /// 0: no service SID in the token.
    None,
    /// 1: the service SID is in the token.
    Unrestricted,
    /// 3: the token is write-restricted besides.
    Restricted,
}

impl SidType {
    /// The word for it in manifests and models.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Unrestricted => "unrestricted",
            Self::Restricted => "restricted",
        }
    }

    /// The number that `ChangeServiceConfig2` and `MsiServiceConfig` take.
    pub fn number(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Unrestricted => 1,
            Self::Restricted => 3,
        }
    }
}

/// What the service manager does when the service fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// Delay before the first, second, third ... restart, in milliseconds; empty: no restart.
    pub restart_after_ms: Vec<u32>,
    /// Time without failure after which the count starts again, in seconds.
    pub reset_after_seconds: u32,
}

/// A named TCP port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Port {
    /// The name used in `{{ port.NAME }}`; `[a-z][a-z0-9_]*`.
    pub name: String,
    /// The port unless the server says otherwise.
    pub port: u16,
}

/// How readiness and health are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// The name of the port that is asked.
    pub port: String,
    /// The path of an HTTP GET that must answer 200; none: an open port is enough.
    pub http_path: Option<String>,
    /// Time for the service to become ready, in milliseconds.
    pub within_ms: u32,
}

/// Where standard output and standard error go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Log {
    /// The folder; usually `{{ log_dir }}`.
    pub directory: Symbolic,
    /// A file is closed and numbered when it would grow beyond this many bytes.
    pub rotate_at_bytes: u64,
    /// How many closed files are kept.
    pub keep: u32,
}

/// A configuration file that is put into the configuration folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFile {
    /// The file in the project, relative to its root.
    pub from: String,
    /// The file's name in the configuration folder.
    pub name: String,
    /// Whether an administrator's copy survives upgrade and removal.
    pub keep: bool,
}

/// The executable of the process that listens on a service's ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// A file of the installation folder, by its path in it.
    Installed(String),
    /// A file elsewhere, by its full path.
    Elsewhere(String),
}

/// One Windows service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The service's key name; for instances it is the stem.
    pub name: String,
    /// Names under which earlier releases installed it, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<String>,
    /// The display name.
    pub title: String,
    /// The description.
    pub description: String,
    /// The name of the `[[binary]]` that runs, without `.exe`.
    pub binary: String,
    /// How the program is hosted.
    pub host: HostMode,
    /// Wrapper mode: the program that runs as the child; otherwise none.
    pub program: Option<Symbolic>,
    /// The program's arguments.
    pub arguments: Vec<Symbolic>,
    /// The program's additional environment, sorted by name.
    pub environment: Vec<(String, Symbolic)>,
    /// The program's working directory.
    pub working_directory: Symbolic,
    /// When it starts.
    pub start: StartType,
    /// Whom it logs on as.
    pub account: Account,
    /// Services that must run first.
    pub depends_on: Vec<String>,
    /// The service SID's type.
    pub sid_type: SidType,
    /// The privileges that the token keeps (`SeChangeNotifyPrivilege` ...); empty: the account's own.
    pub privileges: Vec<String>,
    /// Time for an ordered stop before the child is ended, in milliseconds.
    pub stop_timeout_ms: u32,
    /// Time that Windows gives at shutdown (SERVICE_PRESHUTDOWN_INFO), in milliseconds.
    pub preshutdown_timeout_ms: u32,
    /// Without a health check: the child must live this long to count as started, in milliseconds.
    pub minimum_uptime_ms: u32,
    /// What happens on failure.
    pub recovery: Recovery,
    /// The ports.
    pub ports: Vec<Port>,
    /// The installer properties that its texts use, by name.
    pub properties: Vec<Property>,
    /// The health check.
    pub health: Option<Health>,
    /// The log.
    pub log: Log,
    /// Configuration files.
    pub config: Vec<ConfigFile>,
    /// The Event Log source, in the Application log.
    pub event_source: String,
}

impl Service {
    /// The command line's argument by which the service manager starts the host for the service `name`.
    pub fn host_argument(name: &str) -> String {
        format!("--gorelease-service={name}")
    }

    /// The name of the executable that wraps the program `binary`, without extension.
    pub fn wrapper_name(binary: &str) -> String {
        format!("{binary}-service")
    }

    /// The executable of the process that listens on the service's ports: that of the program, which below a wrapper is not
    /// the one that the service manager starts. None when only the server knows it.
    pub fn listener(&self) -> Option<Listener> {
        let Some(program) = self
            .program
            .as_ref()
            .filter(|_| self.host == HostMode::Wrapper)
        else {
            return Some(Listener::Installed(format!("{}.exe", self.binary)));
        };
        match program.segments() {
            [Segment::Symbol(Symbol::InstallDir), Segment::Text(path)] => Some(
                Listener::Installed(path.trim_start_matches('\\').to_owned()),
            ),
            [Segment::Text(path)] => Some(Listener::Elsewhere(path.clone())),
            _ => None,
        }
    }

    /// Whether the process has the service's SID in its token, which a firewall rule for the service asks for. A virtual
    /// account is that SID.
    pub fn has_service_sid(&self) -> bool {
        self.sid_type != SidType::None || self.account == Account::Virtual
    }

    /// The file name of the executable that the service manager starts.
    pub fn image(&self) -> String {
        match self.host {
            HostMode::Inject | HostMode::Native => format!("{}.exe", self.binary),
            HostMode::Wrapper => format!("{}.exe", Self::wrapper_name(&self.binary)),
        }
    }
}
