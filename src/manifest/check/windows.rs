//! `[windows]`.

use super::names::project_path;
use crate::format::pe::manifest::{
    ApplicationManifest, DpiAwareness, ExecutionLevel, Feature, SupportedOs,
};
use crate::manifest::Located;
use crate::manifest::raw::{
    RawApplicationManifest, RawDpi, RawExecutionLevel, RawWindows, RawWindowsBinary,
    RawWindowsTranslation,
};
use crate::problem::{Problem, Problems, nearest};

/// `[windows]`, with what was left out as none.
#[derive(Debug, Clone)]
pub struct Windows {
    /// Whether anything is put into the executables.
    pub resources: Resources,
    /// The template of the executables' version; none: from the release's version.
    pub file_version: Option<Located<String>>,
    /// The texts.
    pub texts: WindowsTexts,
    /// The language of the texts; none: en-US.
    pub language: Option<Located<String>>,
    /// The texts in further languages, each once.
    pub translations: Vec<WindowsTranslation>,
    /// The icon.
    pub icon: Option<Located<String>>,
    /// Other values for single binaries, each once.
    pub binaries: Vec<WindowsBinary>,
    /// What the programs ask of Windows.
    pub manifest: ApplicationManifest,
    /// Whether the manifest stands in `release.toml`, or is the default.
    pub manifest_origin: Origin,
}

/// Whether anything is put into the executables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resources {
    /// Version, icon and manifest.
    Add,
    /// Nothing: the executables stay as the linker made them.
    Leave,
}

/// Whether a value was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It stands in `release.toml`.
    Stated,
    /// It is the default.
    Default,
}

/// The texts of a version resource; templates.
#[derive(Debug, Clone, Default)]
pub struct WindowsTexts {
    /// CompanyName.
    pub company: Option<Located<String>>,
    /// ProductName.
    pub product: Option<Located<String>>,
    /// FileDescription.
    pub description: Option<Located<String>>,
    /// LegalCopyright.
    pub copyright: Option<Located<String>>,
    /// Comments.
    pub comments: Option<Located<String>>,
}

/// The texts in one more language.
#[derive(Debug, Clone)]
pub struct WindowsTranslation {
    /// The language.
    pub language: Located<String>,
    /// What differs.
    pub texts: WindowsTexts,
}

/// Other values for one binary.
#[derive(Debug, Clone)]
pub struct WindowsBinary {
    /// Its name.
    pub name: Located<String>,
    /// FileDescription in all languages.
    pub description: Option<Located<String>>,
    /// OriginalFilename.
    pub original_filename: Option<Located<String>>,
    /// Its icon.
    pub icon: Option<Located<String>>,
    /// The rights with which it starts.
    pub execution_level: Option<ExecutionLevel>,
}

impl Default for Windows {
    fn default() -> Self {
        check(RawWindows::default(), &mut Problems::default())
    }
}

impl Windows {
    /// The icons that it names.
    pub fn icons(&self) -> impl Iterator<Item = &Located<String>> {
        self.icon.iter().chain(
            self.binaries
                .iter()
                .filter_map(|binary| binary.icon.as_ref()),
        )
    }
}

pub(super) fn check(raw: RawWindows, problems: &mut Problems) -> Windows {
    let language = raw
        .language
        .as_ref()
        .map_or("en-US", |language| language.as_str())
        .to_owned();
    let manifest_origin = if raw.manifest.is_some() {
        Origin::Stated
    } else {
        Origin::Default
    };
    Windows {
        resources: match raw.resources {
            Some(Located { value: false, .. }) => Resources::Leave,
            _ => Resources::Add,
        },
        file_version: raw.file_version,
        translations: check_translations(raw.translation, &language, problems),
        language: raw.language,
        texts: WindowsTexts {
            company: raw.company,
            product: raw.product,
            description: raw.description,
            copyright: raw.copyright,
            comments: raw.comments,
        },
        icon: icon(raw.icon, problems),
        binaries: check_binaries(raw.binary, problems),
        manifest: check_manifest(raw.manifest.unwrap_or_default(), problems),
        manifest_origin,
    }
}

fn icon(path: Option<Located<String>>, problems: &mut Problems) -> Option<Located<String>> {
    path.and_then(|path| problems.take(project_path(path)))
}

fn check_translations(
    list: Vec<RawWindowsTranslation>,
    first: &str,
    problems: &mut Problems,
) -> Vec<WindowsTranslation> {
    let mut seen = vec![first.to_lowercase()];
    let mut translations = Vec::new();
    for raw in list {
        let tag = raw.language.to_lowercase();
        if seen.contains(&tag) {
            let problem = Problem::error(format!(
                "the texts in `{}` are there twice",
                raw.language.value
            ));
            problems.push(problem.at(raw.language.span.clone()).hint(format!(
                "`windows.language` is `{first}`; each `[[windows.translation]]` has another one"
            )));
        }
        seen.push(tag);
        translations.push(WindowsTranslation {
            language: raw.language,
            texts: WindowsTexts {
                company: raw.company,
                product: raw.product,
                description: raw.description,
                copyright: raw.copyright,
                comments: raw.comments,
            },
        });
    }
    translations
}

fn check_binaries(list: Vec<RawWindowsBinary>, problems: &mut Problems) -> Vec<WindowsBinary> {
    let mut binaries: Vec<WindowsBinary> = Vec::new();
    for raw in list {
        if binaries
            .iter()
            .any(|earlier| earlier.name.value == raw.name.value)
        {
            let problem =
                Problem::error(format!("two `[[windows.binary]]` for `{}`", raw.name.value));
            problems.push(
                problem
                    .at(raw.name.span.clone())
                    .hint("put their keys into one"),
            );
        }
        binaries.push(WindowsBinary {
            name: raw.name,
            description: raw.description,
            original_filename: raw.original_filename,
            icon: icon(raw.icon, problems),
            execution_level: raw.execution_level.map(execution_level),
        });
    }
    binaries
}

fn execution_level(raw: RawExecutionLevel) -> ExecutionLevel {
    match raw {
        RawExecutionLevel::AsInvoker => ExecutionLevel::AsInvoker,
        RawExecutionLevel::HighestAvailable => ExecutionLevel::HighestAvailable,
        RawExecutionLevel::RequireAdministrator => ExecutionLevel::RequireAdministrator,
    }
}

fn check_manifest(raw: RawApplicationManifest, problems: &mut Problems) -> ApplicationManifest {
    let default = ApplicationManifest::default();
    let feature = |value: Option<Located<bool>>, default| match value.map(|value| value.value) {
        Some(true) => Feature::On,
        Some(false) => Feature::Off,
        None => default,
    };
    ApplicationManifest {
        execution_level: raw
            .execution_level
            .map_or(default.execution_level, execution_level),
        long_paths: feature(raw.long_paths, default.long_paths),
        utf8: feature(raw.utf8, default.utf8),
        dpi_awareness: match raw.dpi {
            None => default.dpi_awareness,
            Some(RawDpi::Unaware) => DpiAwareness::Unaware,
            Some(RawDpi::System) => DpiAwareness::System,
            Some(RawDpi::PerMonitorV2) => DpiAwareness::PerMonitorV2,
        },
        supported_os: match raw.supported_os {
            None => default.supported_os,
            Some(list) => list
                .iter()
                .filter_map(|name| problems.take(supported_os(name)))
                .collect(),
        },
    }
}

fn supported_os(name: &Located<String>) -> Result<SupportedOs, Problem> {
    const NAMES: [(&str, SupportedOs); 5] = [
        ("vista", SupportedOs::Vista),
        ("7", SupportedOs::Windows7),
        ("8", SupportedOs::Windows8),
        ("8.1", SupportedOs::Windows81),
        ("10", SupportedOs::Windows10),
    ];
    if let Some((_, os)) = NAMES.iter().find(|(known, _)| *known == name.value) {
        return Ok(*os);
    }
    let problem = Problem::error(format!("unknown version of Windows `{}`", name.value));
    let meant = nearest(name, NAMES.map(|(known, _)| known)).unwrap_or("10");
    Err(problem.at(name.span.clone()).hint(format!(
        "one of `vista`, `7`, `8`, `8.1`, `10`; did you mean `{meant}`? 11 and the servers since 2016 count as `10`"
    )))
}

#[cfg(test)]
mod tests {
    use crate::manifest::parse;

    fn messages(text: &str) -> Vec<String> {
        parse(text)
            .1
            .sorted()
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn a_whole_table_is_right() {
        let text = r#"
            [windows]
            company = "Contoso Ltd"
            language = "en-US"
            icon = "assets/orders.ico"
            [[windows.translation]]
            language = "zh-CN"
            product = "订单"
            [[windows.binary]]
            name = "orders"
            original-filename = "Orders.exe"
            execution-level = "highest-available"
            [windows.manifest]
            dpi = "per-monitor-v2"
            utf8 = false
            supported-os = ["8.1", "10"]
        "#;
        assert_eq!(messages(text), Vec::<String>::new());
    }

    #[test]
    fn mistakes_are_told_at_once() {
        let text = r#"
            [windows]
            icon = "../orders.ico"
            [[windows.translation]]
            language = "en-us"
            [[windows.binary]]
            name = "a"
            [[windows.binary]]
            name = "a"
            icon = "C:/x.ico"
            [windows.manifest]
            supported-os = ["11"]
        "#;
        assert_eq!(
            messages(text),
            [
                "the path `../orders.ico` leaves the project",
                "the texts in `en-us` are there twice",
                "two `[[windows.binary]]` for `a`",
                "the path `C:/x.ico` is absolute",
                "unknown version of Windows `11`",
            ]
        );
    }

    #[test]
    fn types_and_keys_are_checked_by_the_schema() {
        let found = messages(
            "[windows]\ncompony = 'x'\n[windows.manifest]\ndpi = 'high'\nexecution-level = 3\n",
        );
        assert_eq!(found.len(), 3, "{found:#?}");
    }
}
