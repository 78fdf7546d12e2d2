//! `[package]`.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// What goes into which package.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawPackage {
    /// Formats for Windows targets: `zip`, `tar.gz`, `tar.xz`, `tar.zst`, `binary`. Default: `zip`.
    pub windows: Option<Vec<Located<String>>>,
    /// Formats for Linux targets. Default: `tar.gz`.
    pub linux: Option<Vec<Located<String>>>,
    /// Formats for macOS targets. Default: `tar.gz`.
    pub darwin: Option<Vec<Located<String>>>,
    /// Formats for all other targets. Default: `tar.gz`.
    pub other: Option<Vec<Located<String>>>,
    /// The name of a package, without its extension. Templates. Default: `{{ name }}_{{ version }}_{{ target }}`.
    pub name: Option<Located<String>>,
    /// The name of a bare binary, without `.exe`. Templates. Default: `{{ binary }}_{{ version }}_{{ target }}`.
    pub binary_name: Option<Located<String>>,
    /// The folder inside an archive that everything is in; empty for none. Templates. Default: the package's name.
    pub folder: Option<Located<String>>,
    /// Whether all binaries of a target share one archive (the default), or each has its own.
    pub together: Option<Located<bool>>,
    /// Compression from 0 (none) to 9 (smallest, slow). Default: 6.
    pub compression: Option<Located<u8>>,
    /// Further files for every archive.
    #[serde(default)]
    pub files: Vec<RawFile>,
    /// Checksum algorithms: `sha256`, `sha512`. Default: `["sha256"]`.
    pub checksums: Option<Vec<Located<String>>>,
}

/// Further files in an archive.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawFile {
    /// The files in the project, by path or glob, such as `docs/**/*.md`. Templates.
    pub from: Located<String>,
    /// Where in the archive: a folder when it ends with `/` or `from` is a glob, otherwise the file's new name. Templates.
    /// Default: where it is in the project.
    pub to: Option<Located<String>>,
    /// The file's mode, such as `0755`. Default: `0755` for a file that its owner may execute, otherwise `0644`.
    pub mode: Option<Located<String>>,
    /// The targets, by glob. Default: all.
    pub targets: Option<Vec<Located<String>>>,
}
