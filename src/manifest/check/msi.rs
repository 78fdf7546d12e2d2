//! `[msi]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::names::project_path;
use super::properties::check_properties;
use crate::format::language::Language;
use crate::manifest::Located;
use crate::manifest::raw::{RawMsi, RawMsiFile, RawMsiFirewall, RawMsiShortcut};
use crate::package::msi::wxs::Limit;
use crate::package::msi::{FirewallProfile, Folder, Keep, PathEntry};
use crate::problem::{Problem, Problems, nearest};
use crate::service::Property;

/// Windows Server 2016 and Windows 10 1607, the least that Go supports.
const SERVER_2016: u32 = 14_393;

/// `[msi]`.
#[derive(Debug, Clone)]
pub struct Msi {
    /// What writes the package.
    pub backend: Located<MsiBackend>,
    /// The name's template.
    pub name: Option<Located<String>>,
    /// The ProductVersion's template; none: major, minor and patch.
    pub version: Option<Located<String>>,
    /// The language.
    pub language: Language,
    /// The upgrade code, when it is written down.
    pub upgrade_code: Option<Located<Uuid>>,
    /// The binaries; none: all.
    pub binaries: Option<Vec<Located<String>>>,
    /// Further files.
    pub files: Vec<MsiFile>,
    /// The machine's PATH.
    pub path: PathEntry,
    /// Environment variables.
    pub environment: BTreeMap<String, Located<String>>,
    /// The least build of Windows.
    pub minimum_build: u32,
    /// Where help is.
    pub help_url: Option<String>,
    /// Where newer versions are.
    pub update_url: Option<String>,
    /// Public properties, each with the place of its name.
    pub properties: Vec<Located<Property>>,
    /// Start menu entries.
    pub shortcuts: Vec<RawMsiShortcut>,
    /// Firewall rules.
    pub firewall: Vec<MsiFirewall>,
    /// Whether the WiX source goes to the results.
    pub source: WixSource,
    /// A WiX source of the user's own.
    pub template: Option<Located<String>>,
    /// What a package of wixl may do without.
    pub leave_out: Vec<Located<Limit>>,
    /// WiX extensions.
    pub extensions: Vec<Located<String>>,
}

/// What writes the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MsiBackend {
    /// This program.
    #[default]
    Native,
    /// WiX 4 or later.
    Wix,
    /// wixl of msitools.
    Wixl,
}

/// Whether the WiX source goes to the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WixSource {
    /// It does.
    Published,
    /// It does not.
    Internal,
}

/// A further file.
#[derive(Debug, Clone)]
pub struct MsiFile {
    /// The file in the project.
    pub from: Located<String>,
    /// Its path in the folder.
    pub to: Option<Located<String>>,
    /// The folder.
    pub folder: Folder,
    /// What happens to a changed one.
    pub keep: Keep,
}

/// A firewall rule.
#[derive(Debug, Clone)]
pub struct MsiFirewall {
    /// The service.
    pub service: Located<String>,
    /// Its port.
    pub port: Located<String>,
    /// Network profiles.
    pub profiles: Vec<FirewallProfile>,
    /// Addresses that may connect.
    pub remote: Vec<String>,
}

impl Default for Msi {
    fn default() -> Self {
        check(RawMsi::default(), &mut Problems::default())
    }
}

pub(super) fn check(raw: RawMsi, problems: &mut Problems) -> Msi {
    let is_set = |flag: &Option<Located<bool>>| flag.as_ref().is_some_and(|flag| flag.value);
    let backend = one_of(
        raw.backend,
        "back-end",
        MsiBackend::Native,
        &BACKENDS,
        problems,
    );
    let msi = Msi {
        name: raw.name,
        version: raw.version,
        language: language(raw.language.as_ref(), problems),
        upgrade_code: raw
            .upgrade_code
            .and_then(|code| problems.take(upgrade_code(code))),
        binaries: raw.binaries,
        path: if is_set(&raw.path) {
            PathEntry::Append
        } else {
            PathEntry::Leave
        },
        environment: raw.environment,
        minimum_build: raw
            .minimum_windows_build
            .map_or(SERVER_2016, |build| build.value),
        help_url: raw.help_url.map(|url| url.value),
        update_url: raw.update_url.map(|url| url.value),
        files: raw
            .files
            .into_iter()
            .filter_map(|file| check_file(file, problems))
            .collect(),
        properties: check_properties(raw.property, problems),
        shortcuts: raw.shortcut,
        firewall: raw
            .firewall
            .into_iter()
            .map(|rule| check_firewall(rule, problems))
            .collect(),
        source: if is_set(&raw.source) {
            WixSource::Published
        } else {
            WixSource::Internal
        },
        template: raw
            .template
            .and_then(|path| problems.take(project_path(path))),
        leave_out: leave_out(raw.leave_out, problems),
        extensions: raw.extensions,
        backend,
    };
    if let (Some(template), MsiBackend::Native) = (&msi.template, msi.backend.value) {
        let problem = Problem::error("`msi.template` is for the back-ends `wix` and `wixl`");
        problems.push(
            problem
                .at_option(template.place())
                .hint("set `backend`, or remove `template`"),
        );
    }
    msi
}

const BACKENDS: [(&str, MsiBackend); 3] = [
    ("native", MsiBackend::Native),
    ("wix", MsiBackend::Wix),
    ("wixl", MsiBackend::Wixl),
];
const FOLDERS: [(&str, Folder); 3] = [
    ("install", Folder::Install),
    ("config", Folder::Config),
    ("data", Folder::Data),
];
const PROFILES: [(&str, FirewallProfile); 3] = [
    ("domain", FirewallProfile::Domain),
    ("private", FirewallProfile::Private),
    ("public", FirewallProfile::Public),
];

/// A value that is one of a few words.
fn one_of<T: Copy>(
    text: Option<Located<String>>,
    what: &str,
    default: T,
    known: &[(&str, T)],
    problems: &mut Problems,
) -> Located<T> {
    let Some(text) = text else {
        return Located::inferred(default);
    };
    let found = known.iter().find(|(name, _)| *name == text.value);
    if found.is_none() {
        let names = known.iter().map(|(name, _)| *name);
        let hint = match nearest(&text, names.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of: {}", names.collect::<Vec<_>>().join(", ")),
        };
        let problem = Problem::error(format!("unknown {what} `{}`", text.value));
        problems.push(problem.at_option(text.place()).hint(hint));
    }
    text.map(|_| found.map_or(default, |(_, value)| *value))
}

fn language(tag: Option<&Located<String>>, problems: &mut Problems) -> Language {
    let Some(tag) = tag else {
        return Language::ENGLISH;
    };
    Language::from_tag(tag).unwrap_or_else(|| {
        let hint = match nearest(tag, Language::tags()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!(
                "one of: {}",
                Language::tags().collect::<Vec<_>>().join(", ")
            ),
        };
        let problem = Problem::error(format!("unknown language `{}`", tag.value));
        problems.push(problem.at_option(tag.place()).hint(hint));
        Language::ENGLISH
    })
}

fn upgrade_code(code: Located<String>) -> Result<Located<Uuid>, Problem> {
    let parsed = Uuid::try_parse(code.trim_matches(['{', '}'])).ok();
    match parsed.filter(|uuid| !uuid.is_nil() && code.len() >= 36) {
        Some(uuid) => Ok(code.map(|_| uuid)),
        None => Err(Problem::error(format!("`{}` is no GUID", code.value))
            .at_option(code.place())
            .hint(
                "such as `6F0D8B1E-52C7-4B39-9E4A-0C6E3A5D7F21`; leave it out to have it derived",
            )),
    }
}

fn leave_out(names: Vec<Located<String>>, problems: &mut Problems) -> Vec<Located<Limit>> {
    let known = Limit::ALL
        .into_iter()
        .filter(|limit| limit.can_be_left_out());
    let known: Vec<(&str, Limit)> = known.map(|limit| (limit.name(), limit)).collect();
    let limit = |name| {
        one_of(
            Some(name),
            "feature",
            Limit::ProgressTexts,
            &known,
            problems,
        )
    };
    names.into_iter().map(limit).collect()
}

fn check_file(raw: RawMsiFile, problems: &mut Problems) -> Option<MsiFile> {
    let keep = raw.keep.is_some_and(|keep| keep.value);
    let folder = one_of(raw.folder, "folder", Folder::Install, &FOLDERS, problems);
    Some(MsiFile {
        from: problems.take(project_path(raw.from))?,
        to: raw.to.and_then(|to| problems.take(project_path(to))),
        folder: folder.value,
        keep: if keep { Keep::Keep } else { Keep::Replace },
    })
}

fn check_firewall(raw: RawMsiFirewall, problems: &mut Problems) -> MsiFirewall {
    let profile = |text: Located<String>| {
        one_of(
            Some(text),
            "network profile",
            FirewallProfile::Domain,
            &PROFILES,
            problems,
        )
        .value
    };
    let mut profiles: Vec<FirewallProfile> = match raw.profiles {
        Some(list) => list.into_iter().map(profile).collect(),
        None => vec![FirewallProfile::Domain],
    };
    profiles.sort_unstable();
    profiles.dedup();
    MsiFirewall {
        service: raw.service,
        port: raw.port,
        profiles,
        remote: raw
            .remote
            .unwrap_or_default()
            .into_iter()
            .map(|address| address.value)
            .collect(),
    }
}
