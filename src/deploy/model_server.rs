//! The server's part of the deployment model: preparation and guard rails.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `Prepare` brings about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Server {
    /// Windows features.
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

/// A static IPv4 address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// The network adapter's name.
    pub interface: String,
    /// The address.
    pub address: String,
    /// The length of the subnet's prefix.
    pub prefix_length: u8,
    /// The default gateway.
    pub gateway: Option<String>,
    /// DNS servers.
    pub dns: Vec<String>,
}

/// AppLocker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppLocker {
    /// Enforced; otherwise audited.
    pub enforce: bool,
    /// The publisher, when the release is signed.
    pub publisher: Option<String>,
    /// Whether the rules hold for every service of the server.
    pub services: bool,
}

/// Group-policy settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GroupPolicy {
    /// Environment variables of the machine.
    pub environment: BTreeMap<String, String>,
}
