//! `[windows]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// What Windows shows of the executables: version resource, icon and application manifest.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawWindows {
    /// Whether anything is put into the executables. Default: true.
    pub resources: Option<Located<bool>>,
    /// The four numbers of the executables' version, each up to 65535, such as `{{ major }}.{{ minor }}.{{ patch }}.7`.
    /// Templates. Default: from the version, as docs/versions.md says.
    pub file_version: Option<Located<String>>,
    /// The company. Templates. Default: `project.manufacturer`.
    pub company: Option<Located<String>>,
    /// The product. Templates. Default: `project.title`.
    pub product: Option<Located<String>>,
    /// The program's name as the task manager and Explorer show it. Templates. Default: `product`, with the binary's name
    /// when there are several.
    pub description: Option<Located<String>>,
    /// The copyright notice. Templates. Default: none.
    pub copyright: Option<Located<String>>,
    /// A remark. Templates. Default: `project.description`.
    pub comments: Option<Located<String>>,
    /// The language of these texts, such as `en-US`. Default: `en-US`.
    pub language: Option<Located<String>>,
    /// The same texts in further languages.
    #[serde(default)]
    pub translation: Vec<RawWindowsTranslation>,
    /// The icon: an ICO, or a square PNG of at least 256 by 256 pixels. Default: `project.icon`.
    pub icon: Option<Located<String>>,
    /// Other values for single binaries.
    #[serde(default)]
    pub binary: Vec<RawWindowsBinary>,
    /// What the programs ask of Windows.
    pub manifest: Option<RawApplicationManifest>,
}

/// The texts in one more language; what is left out is as in `[windows]`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawWindowsTranslation {
    /// The language, such as `zh-CN`.
    pub language: Located<String>,
    /// The company. Templates.
    pub company: Option<Located<String>>,
    /// The product. Templates.
    pub product: Option<Located<String>>,
    /// The program's name. Templates.
    pub description: Option<Located<String>>,
    /// The copyright notice. Templates.
    pub copyright: Option<Located<String>>,
    /// A remark. Templates.
    pub comments: Option<Located<String>>,
}

/// Other values for one binary.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawWindowsBinary {
    /// The binary's name.
    pub name: Located<String>,
    /// Its name as the task manager and Explorer show it, in all languages. Templates.
    pub description: Option<Located<String>>,
    /// The file name that it must have for Windows' code-integrity rules. Default: the file's name, from which it may
    /// differ in capitals only. Templates.
    pub original_filename: Option<Located<String>>,
    /// Its icon.
    pub icon: Option<Located<String>>,
    /// The rights with which it starts.
    pub execution_level: Option<RawExecutionLevel>,
}

/// What the programs ask of Windows (the application manifest). Without this table, a manifest that the program already
/// has is kept.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawApplicationManifest {
    /// The rights with which a program starts. Default: `as-invoker`.
    pub execution_level: Option<RawExecutionLevel>,
    /// Paths over 260 characters, where the machine allows them too. Default: true.
    pub long_paths: Option<Located<bool>>,
    /// UTF-8 as the code page of C code; Go does not depend on it. Default: true.
    pub utf8: Option<Located<bool>>,
    /// How windows behave on screens of different density. Default: nothing is said.
    pub dpi: Option<RawDpi>,
    /// The versions of Windows that the programs know: `vista`, `7`, `8`, `8.1`, `10` (also 11 and Server 2016 and later).
    /// Default: all.
    pub supported_os: Option<Vec<Located<String>>>,
}

/// The rights with which a program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawExecutionLevel {
    /// Those of whoever starts it.
    AsInvoker,
    /// The highest that the user has.
    HighestAvailable,
    /// An administrator's, with a prompt.
    RequireAdministrator,
}

/// How windows behave on screens of different density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RawDpi {
    /// Windows scales them.
    Unaware,
    /// As on the main screen.
    System,
    /// As on the screen that they are on.
    PerMonitorV2,
}
