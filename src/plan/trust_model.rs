//! The steps that make a release trustworthy, as data.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::model::{FileRef, NamedFile};
use crate::manifest::check::SbomFormat;
use crate::trust::licence::Places;
use crate::trust::sign::{Authenticode, Detached};
use crate::trust::vulnerabilities::Policy;

/// A Windows file with a signature in it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SignFile {
    /// The file as it was made.
    pub source: FileRef,
    /// The output's name.
    pub name: String,
    /// How it is signed; where secrets come from, never the secrets.
    pub authenticode: Authenticode,
}

/// A signature in a file of its own.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct SignDetached {
    /// The signed file.
    pub source: FileRef,
    /// The output's name.
    pub name: String,
    /// How it is signed.
    pub signature: Detached,
    /// The time in the signature, in seconds since 1970.
    pub timestamp: u64,
}

/// A signature of an earlier release instead of a new one.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct TakeSignature {
    /// The file as it was made.
    pub source: FileRef,
    /// The output's name.
    pub name: String,
    /// Where the signatures are.
    pub folder: PathBuf,
    /// Where the signature belongs.
    pub form: SignatureForm,
}

/// Where a signature belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureForm {
    /// Into the file.
    Inside,
    /// Into a file beside it.
    Beside,
}

/// Bills of materials of one executable.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sbom {
    /// The executable as it ships.
    pub binary: FileRef,
    /// Its file name.
    pub file_name: String,
    /// The documents: format → the output's name.
    pub documents: BTreeMap<SbomFormat, String>,
    /// Where licence files are looked for.
    pub places: Places,
}

/// The licence texts of everything that some executables were made from.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Licences {
    /// The executables.
    pub binaries: Vec<FileRef>,
    /// The output's name.
    pub name: String,
    /// Where licence files are looked for.
    pub places: Places,
}

/// A provenance statement.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// The output's name.
    pub name: String,
    /// What was changed in the work tree meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_tree: Option<FileRef>,
    /// The artifacts that it speaks of.
    pub subjects: Vec<NamedFile>,
    /// The executables, for the modules that they were made from.
    pub binaries: Vec<FileRef>,
    /// The repository's address, as git has it.
    pub repository: Option<String>,
    /// What the caller chose.
    pub external: BTreeMap<String, Value>,
    /// What follows from manifest and environment.
    pub internal: BTreeMap<String, Value>,
    /// The variables of the runner that are recorded.
    pub runner: BTreeMap<String, String>,
}

/// A report of known vulnerabilities.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Vulnerabilities {
    /// The output's name.
    pub name: String,
    /// The executables, by what they are called in the report.
    pub binaries: Vec<NamedFile>,
    /// What a finding does.
    pub policy: Policy,
    /// Address or folder of the database.
    pub database: Option<String>,
}
