//! What an MSI shall install: plain values, decided before anything is built.

use std::path::PathBuf;

use schemars::JsonSchema;
use semver::Version;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::format::language::Language;
use crate::format::msi::CodePage;
use crate::service::{Property, Service, Symbol, Symbolic};
use crate::version::windows::ProductVersion;

/// The processor that a package is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// windows/amd64.
    X64,
    /// windows/arm64.
    Arm64,
    /// windows/386.
    X86,
}

impl Architecture {
    /// The architecture of a GOARCH; none when Windows Installer has no name for it.
    pub fn from_goarch(goarch: &str) -> Option<Self> {
        match goarch {
            "amd64" => Some(Self::X64),
            "arm64" => Some(Self::Arm64),
            "386" => Some(Self::X86),
            _ => None,
        }
    }

    /// The platform's name in the summary's Template.
    pub fn template(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "Arm64",
            Self::X86 => "Intel",
        }
    }

    /// The name that goes into identifiers and that WiX's `-arch` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::X64 => "x64",
            Self::Arm64 => "arm64",
            Self::X86 => "x86",
        }
    }

    /// Whether components are 64-bit ones.
    pub fn is_64_bit(self) -> bool {
        match self {
            Self::X64 | Self::Arm64 => true,
            Self::X86 => false,
        }
    }

    /// The standard directory for programs.
    pub fn program_files(self) -> &'static str {
        if self.is_64_bit() {
            "ProgramFiles64Folder"
        } else {
            "ProgramFilesFolder"
        }
    }

    /// The standard directory of `sc.exe` and `netsh.exe`; `System64Folder` is empty on 32-bit Windows.
    pub fn system(self) -> &'static str {
        if self.is_64_bit() {
            "System64Folder"
        } else {
            "SystemFolder"
        }
    }
}

/// Who made what, and under which identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Product {
    /// The name that people read; also the folder's name under Program Files and ProgramData.
    pub title: String,
    /// The manufacturer.
    pub manufacturer: String,
    /// One sentence about the product; may be empty.
    pub description: String,
    /// The release's version.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub version: Version,
    /// The ProductVersion, by which Windows Installer orders releases.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub product_version: ProductVersion,
    /// The place among the releases of one ProductVersion: the fourth number of the executables' version.
    pub ordinal: u16,
    /// The processor.
    pub architecture: Architecture,
    /// The language of the package's texts, which sets its code page.
    #[serde(serialize_with = "as_tag")]
    #[schemars(with = "String")]
    pub language: Language,
    /// The identity of the product over all of its versions.
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String")]
    pub upgrade_code: Uuid,
    /// The icon in Programs and Features, an `.ico` file.
    #[serde(skip)]
    pub icon: Option<PathBuf>,
    /// Links in Programs and Features.
    pub links: Links,
}

impl Product {
    /// The code page of the package's texts.
    pub fn code_page(&self) -> CodePage {
        CodePage::from_number(self.language.code_page()).unwrap_or(CodePage::WESTERN)
    }
}

/// Links in Programs and Features.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Links {
    /// About the product.
    pub about: Option<String>,
    /// For help.
    pub help: Option<String>,
    /// For newer versions.
    pub update: Option<String>,
}

/// A folder that the package knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Folder {
    /// `Program Files\T`.
    Install,
    /// `ProgramData\T\config`.
    Config,
    /// `ProgramData\T\data`.
    Data,
    /// `ProgramData\T\logs`.
    Log,
}

impl Folder {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Install, Self::Config, Self::Data, Self::Log];

    /// The row in `Directory`, which is also the public property that moves it.
    pub fn property(self) -> &'static str {
        match self {
            Self::Install => "INSTALLDIR",
            Self::Config => "CONFIGDIR",
            Self::Data => "DATADIR",
            Self::Log => "LOGDIR",
        }
    }

    /// The folder of a symbol; none for symbols that are no folders.
    pub fn of_symbol(symbol: &Symbol) -> Option<Self> {
        match symbol {
            Symbol::InstallDir => Some(Self::Install),
            Symbol::ConfigDir => Some(Self::Config),
            Symbol::DataDir => Some(Self::Data),
            Symbol::LogDir => Some(Self::Log),
            Symbol::Instance | Symbol::Port(_) | Symbol::Property(_) | Symbol::Arguments(_) => None,
        }
    }
}

/// What happens to a file that an administrator may have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The file is the package's: replaced by an upgrade, removed with the product.
    Replace,
    /// The file on the server survives upgrade and removal.
    Keep,
}

/// A file to install.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct PackageFile {
    /// The folder it goes to.
    pub folder: Folder,
    /// Where in the folder, parts separated by `/`.
    pub path: String,
    /// Where its data is.
    #[serde(skip)]
    pub source: PathBuf,
    /// What happens to a changed one.
    pub keep: Keep,
}

/// A machine-wide environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct EnvironmentVariable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: Symbolic,
}

/// A Start menu entry for an installed executable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Shortcut {
    /// The name that people read.
    pub name: String,
    /// The file, as [`PackageFile::path`] in the install folder.
    pub target: String,
    /// Its arguments.
    pub arguments: Symbolic,
    /// The text that the entry shows when pointed at.
    pub description: String,
}

/// A network profile that a firewall rule applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirewallProfile {
    /// In a domain.
    Domain,
    /// A private network.
    Private,
    /// A public network.
    Public,
}

/// An inbound firewall rule, part of a feature that is off by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FirewallRule {
    /// The name of the service whose executable listens.
    pub service: String,
    /// The name of its port.
    pub port: String,
    /// Where it applies; at least one.
    pub profiles: Vec<FirewallProfile>,
    /// The addresses that may connect, as `netsh` takes them; empty: the local subnet.
    pub remote_addresses: Vec<String>,
}

/// Whether the machine's PATH gets the install folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PathEntry {
    /// It does.
    Append,
    /// It stays as it is.
    Leave,
}

/// A whole package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Package {
    /// Who made what.
    pub product: Product,
    /// The files.
    pub files: Vec<PackageFile>,
    /// The services; the executable of each is a file of the install folder.
    pub services: Vec<Service>,
    /// The public properties beyond folders, ports and accounts: `msiexec /i x.msi NAME=value`.
    pub properties: Vec<Property>,
    /// Machine-wide environment variables.
    pub environment: Vec<EnvironmentVariable>,
    /// The machine's PATH.
    pub path: PathEntry,
    /// Start menu entries.
    pub shortcuts: Vec<Shortcut>,
    /// Firewall rules.
    pub firewall: Vec<FirewallRule>,
    /// The least Windows build, such as 14393 for Windows Server 2016.
    pub minimum_build: u32,
    /// The time stamp of everything, in Unix seconds.
    pub epoch: i64,
}

fn as_text<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn as_tag<S: Serializer>(language: &Language, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(language.tag())
}
