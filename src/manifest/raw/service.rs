//! `[[service]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// A program that Windows runs as a service.
///
/// In `args`, `env`, `directory`, `program` and `log.dir` stand, besides the variables of every template, values that
/// only the server knows: `{{ install_dir }}`, `{{ config_dir }}`, `{{ data_dir }}`, `{{ log_dir }}`,
/// `{{ instance }}`, `{{ port.NAME }}` and `{{ property.NAME }}`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawService {
    /// The binary that runs, by its name.
    pub binary: Located<String>,
    /// The service's name, by which `sc.exe` and `net` know it. Default: the binary's name.
    pub name: Option<Located<String>>,
    /// Names under which earlier releases installed this service, the latest first. The new name takes over folders, ports, settings and
    /// start type, and the service of the old name is removed.
    #[serde(default)]
    pub renamed_from: Vec<Located<String>>,
    /// The name that people read in the list of services. Default: the project's title, followed by the service's name when
    /// there are several services. Templates.
    pub title: Option<Located<String>>,
    /// What it does. Default: the project's description. Templates.
    pub description: Option<Located<String>>,
    /// How the program becomes a service: `inject` compiles the host into it, `native` is for a program that speaks to the
    /// service manager itself, `wrapper` runs it below a small executable of its own. Default: `inject`, or `native`
    /// when the program's own source always calls the service manager.
    pub host: Option<Located<String>>,
    /// The executable that the wrapper runs. Default: the binary in the installation folder. Templates.
    pub program: Option<Located<String>>,
    /// The program's arguments; none of them may be empty, unless the program is its own host (`native`). Templates.
    #[serde(default)]
    pub args: Vec<Located<String>>,
    /// Additional environment of the program. Templates.
    #[serde(default)]
    pub env: BTreeMap<String, Located<String>>,
    /// The program's working directory. Default: `{{ data_dir }}`. Templates.
    pub directory: Option<Located<String>>,
    /// When it starts: `auto`, `delayed`, `manual` or `disabled`. Default: `delayed`, about two minutes after the
    /// others; `auto` for a service that has a port behind `[deploy.iis]` or `[deploy.nginx]`.
    pub start: Option<Located<String>>,
    /// Whom it logs on as: `virtual`, `local-service`, `network-service`, `local-system`, a group managed account such as
    /// `CONTOSO\orders$`, or an ordinary one such as `CONTOSO\orders`. Default: `virtual`, an account of its own.
    pub account: Option<Located<String>>,
    /// Services that must run first.
    #[serde(default)]
    pub depends_on: Vec<Located<String>>,
    /// The service SID in the token: `none`, `unrestricted` or `restricted`. Default: `unrestricted`.
    pub sid_type: Option<Located<String>>,
    /// The only privileges that the token keeps, such as `SeChangeNotifyPrivilege`. Default: those of the account.
    #[serde(default)]
    pub privileges: Vec<Located<String>>,
    /// Time for an ordered stop before the program is ended, such as `20s`. Default: `20s`.
    pub stop_timeout: Option<Located<String>>,
    /// Time that Windows waits at shutdown. Default: 10 seconds more than `stop-timeout`.
    pub preshutdown_timeout: Option<Located<String>>,
    /// Without `health`: how long the program must live to count as started. Default: `1s`.
    pub minimum_uptime: Option<Located<String>>,
    /// How it is told that the program is ready. Default: it lives for `minimum-uptime`.
    pub health: Option<RawHealth>,
    /// What happens when it fails. Default: restarts after 5 s, 30 s and 1 min, counted anew after a day.
    pub recovery: Option<RawRecovery>,
    /// Where its output goes.
    pub log: Option<RawLog>,
    /// Files for the configuration folder.
    #[serde(default)]
    pub config: Vec<RawConfigFile>,
    /// Named TCP ports, `{{ port.NAME }}`.
    #[serde(default)]
    pub ports: Vec<RawPort>,
    /// The source of its events in the Application log. Default: the service's name.
    pub event_source: Option<Located<String>>,
}

/// How it is told that a service is ready.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawHealth {
    /// The path of an HTTP GET that answers 200 when ready, such as `/healthz`. Default: an open port is enough.
    pub http: Option<Located<String>>,
    /// The port that is asked, by name. Default: the only one.
    pub port: Option<Located<String>>,
    /// Time to become ready. Default: `30s`.
    pub within: Option<Located<String>>,
}

/// What happens when a service fails.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawRecovery {
    /// The delays before the first, second, third ... restart; empty for none.
    pub restart_after: Option<Vec<Located<String>>>,
    /// Time without failure after which they are counted anew. Default: `1d`.
    pub reset_after: Option<Located<String>>,
}

/// Where a service's output goes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawLog {
    /// The folder. Default: `{{ log_dir }}`. Templates.
    pub dir: Option<Located<String>>,
    /// The size at which the file is closed and numbered, such as `50MB`; from `64KiB` to `2GB`. Default: `50MB`.
    pub rotate_at: Option<Located<String>>,
    /// How many closed files are kept. Default: 10.
    pub keep: Option<Located<u32>>,
}

/// A file for the configuration folder.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawConfigFile {
    /// The file in the project.
    pub from: Located<String>,
    /// Its name in the configuration folder. Default: its own.
    pub name: Option<Located<String>>,
    /// Whether an administrator's copy survives upgrade and removal. Default: true.
    pub keep: Option<bool>,
}

/// A named TCP port.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawPort {
    /// The name, such as `http`.
    pub name: Located<String>,
    /// The port unless the server says otherwise.
    pub port: Located<u16>,
}
