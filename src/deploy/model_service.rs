//! The services' part of the deployment model.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::service::Property;
use crate::service::model::{HostMode, SidType, StartType};

/// A service with every setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// The stem of the instances' service names.
    pub name: String,
    /// Names that the service had in earlier releases, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed_from: Vec<String>,
    /// The display name.
    pub title: String,
    /// The description.
    pub description: String,
    /// How the program is turned into a service.
    pub host: HostMode,
    /// The executable that the service manager starts, a file name in the version's directory.
    pub image: String,
    /// The image's arguments, each with symbols; `{{ service_name }}` stands for the instance's service name.
    pub image_arguments: Vec<String>,
    /// When it starts.
    pub start: StartType,
    /// Whom it logs on as.
    pub account: Account,
    /// Services that must run first.
    pub depends_on: Vec<String>,
    /// The service SID's type.
    pub sid_type: SidType,
    /// The privileges that the token keeps; empty: the account's own.
    pub privileges: Vec<String>,
    /// Time for an ordered stop, in milliseconds.
    pub stop_timeout_ms: u32,
    /// Time that Windows gives at shutdown, in milliseconds.
    pub preshutdown_timeout_ms: u32,
    /// What happens on failure.
    pub recovery: Recovery,
    /// The health check.
    pub health: Option<Health>,
    /// Where the program's output goes.
    pub log: Log,
    /// Configuration files.
    pub config: Vec<ConfigFile>,
    /// The Event Log source, in the Application log.
    pub event_source: String,
    /// The installer properties that it uses.
    pub properties: Vec<Property>,
    /// The registry values that the service reads at every start.
    pub parameters: Vec<RegistryValue>,
    /// The instances.
    pub instances: Vec<Instance>,
}

/// The account that a service logs on as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The account's name; none for `virtual`, which has one for each instance.
    pub name: Option<String>,
    /// Whether it must be granted the right to log on as a service.
    pub needs_logon_right: bool,
    /// Whether a password must be given.
    pub needs_password: bool,
}

/// Kinds of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// The service's own virtual account.
    Virtual,
    /// `NT AUTHORITY\LocalService`.
    LocalService,
    /// `NT AUTHORITY\NetworkService`.
    NetworkService,
    /// `LocalSystem`.
    LocalSystem,
    /// A group managed service account, without a password.
    GroupManaged,
    /// An ordinary account, whose password is given at installation.
    User,
}

/// Failure actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recovery {
    /// Delays before the restarts, in milliseconds; empty: none.
    pub restart_after_ms: Vec<u32>,
    /// Time without failure after which the count starts again, in seconds.
    pub reset_after_seconds: u32,
}

/// How readiness is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// The name of the port that is asked.
    pub port: String,
    /// The path of an HTTP GET that must answer 200; none: an open port is enough.
    pub http_path: Option<String>,
    /// Time to become ready, in milliseconds.
    pub within_ms: u32,
}

/// The program's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Log {
    /// The folder, with symbols.
    pub directory: String,
    /// A file is closed beyond this many bytes.
    pub rotate_at_bytes: u64,
    /// How many closed files are kept.
    pub keep: u32,
}

/// A configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFile {
    /// The artifact's file.
    pub file: String,
    /// The file's name in the configuration folder.
    pub name: String,
    /// Whether an administrator's copy survives upgrade and removal.
    pub keep: bool,
}

/// The type of a registry value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValueKind {
    /// REG_DWORD: one number in `data`.
    DWord,
    /// REG_SZ: one text in `data`.
    String,
    /// REG_MULTI_SZ.
    MultiString,
}

/// A registry value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegistryValue {
    /// The key below the service's own.
    pub key: String,
    /// The value's name.
    pub name: String,
    /// Its type.
    pub kind: ValueKind,
    /// Whether the symbols are filled in when it is written; otherwise the service fills them in.
    pub rendered: bool,
    /// Its data; one text unless the type is `MultiString`.
    pub data: Vec<String>,
}

/// One of two places for a version beside the running one.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Slot {
    /// The first installation's.
    Blue,
    /// The first upgrade's.
    Green,
}

/// One instance of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Instance {
    /// The instance's name; empty for a single one.
    pub name: String,
    /// Its slot; none: it is replaced in place.
    pub slot: Option<Slot>,
    /// The name of the Windows service.
    pub service_name: String,
    /// Its display name.
    pub title: String,
    /// The service's SID.
    pub service_sid: String,
    /// The host name under which the proxy knows it.
    pub host_alias: String,
    /// Its ports.
    pub ports: Vec<InstancePort>,
    /// Configuration: the service reads.
    pub config: Directory,
    /// Data: the service modifies.
    pub data: Directory,
    /// Logs: the service modifies.
    pub log: Directory,
}

impl Instance {
    /// The number of the port called `name`.
    pub fn port(&self, name: &str) -> Option<u16> {
        self.ports
            .iter()
            .find(|port| port.name == name)
            .map(|port| port.port)
    }

    /// The ports by name.
    pub fn port_map(&self) -> BTreeMap<&str, u16> {
        self.ports
            .iter()
            .map(|port| (port.name.as_str(), port.port))
            .collect()
    }
}

/// A port of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstancePort {
    /// The port's name.
    pub name: String,
    /// The TCP port.
    pub port: u16,
}

/// A directory with who may do what there; nobody else may anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Directory {
    /// The path.
    pub path: String,
    /// Who may what, for the folder and all below.
    pub access: Vec<Access>,
    /// The same as SDDL; none when an account's SID is known on the server only.
    pub sddl: Option<String>,
}

/// What one account may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Access {
    /// A SID, or the name of an account whose SID is not known here.
    pub trustee: String,
    /// The rights.
    pub rights: Rights,
}

/// Rights in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rights {
    /// Everything.
    Full,
    /// Read, write, delete, execute.
    Modify,
    /// Read and execute.
    Read,
}
