//! `[msi]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// The Windows Installer package, made for every Windows target when `package.windows` lists `msi`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawMsi {
    /// What writes the package: `native` needs no tool, `wix` runs WiX 4 or later, `wixl` runs wixl of msitools.
    /// Default: `native`.
    pub backend: Option<Located<String>>,
    /// The package's name, without `.msi`. Templates. Default: `package.name`.
    pub name: Option<Located<String>>,
    /// The package's ProductVersion: three numbers up to 255.255.65535 that grow with every release, such as
    /// `{{ major - 2000 }}.{{ minor }}.{{ patch }}` for calendar versions. Templates. Default: major, minor and patch.
    pub version: Option<Located<String>>,
    /// The language of the package's texts, such as `zh-CN`; it sets the code page. Default: `en-US`.
    pub language: Option<Located<String>>,
    /// The GUID that tells all versions of the product from other products. It must never change. Default: derived
    /// from `project.manufacturer` and `project.name`; write it down before either changes.
    pub upgrade_code: Option<Located<String>>,
    /// The binaries in the package. Default: all.
    pub binaries: Option<Vec<Located<String>>>,
    /// Further files.
    #[serde(default)]
    pub files: Vec<RawMsiFile>,
    /// Whether the machine's PATH gets the installation folder. Default: false.
    pub path: Option<Located<bool>>,
    /// Environment variables of the machine; `{{ install_dir }}` and its like are filled in on the server. Templates.
    #[serde(default)]
    pub environment: BTreeMap<String, Located<String>>,
    /// The least build of Windows. Default: 14393, Windows Server 2016.
    pub minimum_windows_build: Option<Located<u32>>,
    /// Where help is, for Programs and Features.
    pub help_url: Option<Located<String>>,
    /// Where newer versions are, for Programs and Features.
    pub update_url: Option<Located<String>>,
    /// Public properties: `msiexec /i x.msi NAME=value` and `{{ property.NAME }}`.
    #[serde(default)]
    pub property: Vec<RawMsiProperty>,
    /// Start menu entries.
    #[serde(default)]
    pub shortcut: Vec<RawMsiShortcut>,
    /// Inbound firewall rules: an optional feature, off unless `ADDLOCAL=Firewall` is given.
    #[serde(default)]
    pub firewall: Vec<RawMsiFirewall>,
    /// Whether the WiX source of the package goes to the results as well. Default: false.
    pub source: Option<Located<bool>>,
    /// A WiX source of your own instead of the generated one, for `wix` and `wixl`. It is a template.
    pub template: Option<Located<String>>,
    /// What a package of wixl may do without: `access-lists`, `service-configuration`, `progress-texts`.
    #[serde(default)]
    pub leave_out: Vec<Located<String>>,
    /// WiX extensions that a template of your own needs, such as `WixToolset.Util.wixext`.
    #[serde(default)]
    pub extensions: Vec<Located<String>>,
}

/// A further file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawMsiFile {
    /// The file in the project. Templates.
    pub from: Located<String>,
    /// Its path in the folder. Default: its own name. Templates.
    pub to: Option<Located<String>>,
    /// The folder: `install`, `config` or `data`. Default: `install`.
    pub folder: Option<Located<String>>,
    /// Whether an administrator's copy survives upgrade and removal. Default: false.
    pub keep: Option<Located<bool>>,
}

/// A public property.
///
/// Without a value (none given, none remembered, no default) an argument or environment variable that uses it is left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawMsiProperty {
    /// The name: capital letters, digits and `_`.
    pub name: Located<String>,
    /// The value when none is given or remembered.
    pub default: Option<Located<String>>,
    /// Whether an installation without a value is refused. Default: false.
    pub required: Option<Located<bool>>,
    /// The values that it may have.
    pub values: Option<Vec<Located<String>>>,
    /// The lowest number, for a property that is a number.
    pub min: Option<Located<i32>>,
    /// The highest number, for a property that is a number.
    pub max: Option<Located<i32>>,
    /// Whether the value stays out of logs and out of reach of ordinary users. Default: false.
    pub secret: Option<Located<bool>>,
    /// Whether the argument `{{ property.NAME }}` becomes as many arguments as a command line with the value has; quotation
    /// marks keep spaces together. Default: false.
    pub split: Option<Located<bool>>,
}

/// A Start menu entry.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawMsiShortcut {
    /// The name that people read.
    pub name: Located<String>,
    /// The binary.
    pub binary: Located<String>,
    /// Its arguments, as one text.
    pub arguments: Option<Located<String>>,
    /// What the entry says when pointed at.
    pub description: Option<Located<String>>,
}

/// A firewall rule.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawMsiFirewall {
    /// The service.
    pub service: Located<String>,
    /// Its port, by name.
    pub port: Located<String>,
    /// Network profiles: `domain`, `private`, `public`. Default: `domain`.
    pub profiles: Option<Vec<Located<String>>>,
    /// Addresses that may connect, such as `10.0.0.0/8`. Default: the local subnet.
    pub remote: Option<Vec<Located<String>>>,
}
