//! Version, icon and application manifest of the executables for Windows.

use semver::Version;

use super::files::existing;
use super::model::{Action, Existing, FileRef, WindowsResources};
use super::planner::{FinishedBinary, Planner};
use super::programs;
use super::release_model::ReleaseKind;
use crate::format::language::Language;
use crate::format::pe;
use crate::format::pe::version::{Maturity, Strings, VersionInfo};
use crate::manifest::Located;
use crate::manifest::check::{Origin, Resources, WindowsBinary, WindowsTexts};
use crate::problem::{Problem, Problems, nearest};
use crate::version::windows::FileVersion;

/// The longest text of a version resource, in characters; Windows shows far fewer.
const LONGEST_TEXT: usize = 1000;

/// Adds a step to every executable for Windows.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    binaries: Vec<FinishedBinary>,
    problems: &mut Problems,
) -> Vec<FinishedBinary> {
    check_names(planner, problems);
    check_icons(planner, problems);
    if planner.manifest.windows.resources == Resources::Leave {
        return binaries;
    }
    let several = binaries
        .iter()
        .any(|binary| binary.program != binaries[0].program);
    let mut finished = Vec::new();
    for binary in binaries {
        let resources = if binary.target.is_windows() {
            super::windows_versions::note_fallback(planner);
            resources(planner, &binary, several, problems)
        } else {
            None
        };
        finished.push(match resources {
            Some(action) => with(planner, binary, action),
            None => binary,
        });
    }
    finished
}

fn with(
    planner: &mut Planner<'_>,
    binary: FinishedBinary,
    action: WindowsResources,
) -> FinishedBinary {
    let file = planner.file_step(
        format!("resources {} {}", binary.program, binary.target),
        Some(&binary.target),
        &binary.file_name,
        Action::WindowsResources(action),
    );
    FinishedBinary { file, ..binary }
}

/// `[[windows.binary]]` is for binaries that there are, also when `--binary` leaves them out.
fn check_names(planner: &Planner<'_>, problems: &mut Problems) {
    let stated = planner
        .manifest
        .binaries
        .iter()
        .map(|binary| binary.name.value.clone());
    let mut known: Vec<String> = stated.collect();
    if known.is_empty() {
        known.extend(programs::found(planner).into_iter().map(|(name, _)| name));
    }
    for binary in &planner.manifest.windows.binaries {
        if !known.contains(&binary.name.value) {
            let problem = Problem::error(format!("there is no binary `{}`", binary.name.value));
            problems.push(problem.at(binary.name.span.clone()).hint(
                match nearest(&binary.name, known.iter().map(String::as_str)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("the binaries: {}", known.join(", ")),
                },
            ));
        }
    }
}

fn check_icons(planner: &Planner<'_>, problems: &mut Problems) {
    for icon in planner.manifest.icons() {
        if problems.take(existing(planner, icon)).is_none() {
            continue;
        }
        if let Some((message, hint)) = planner.world.bad_icons.get(&icon.value) {
            problems.push(Problem::error(message).at_option(icon.place()).hint(hint));
        }
    }
}

/// Everything that goes into one executable.
fn resources(
    planner: &Planner<'_>,
    binary: &FinishedBinary,
    several: bool,
    problems: &mut Problems,
) -> Option<WindowsResources> {
    let windows = &planner.manifest.windows;
    let own = windows
        .binaries
        .iter()
        .find(|own| own.name.value == binary.program);
    let texts = Texts {
        planner,
        binary,
        own,
        several,
    };
    let version = problems.take(version_info(&texts));
    let own_icon = own.and_then(|own| own.icon.as_ref());
    let icon = own_icon
        .or(windows.icon.as_ref())
        .or(planner.manifest.project.icon.as_ref());
    let mut manifest = windows.manifest.clone();
    let own_level = own.and_then(|own| own.execution_level);
    manifest.execution_level = own_level.unwrap_or(manifest.execution_level);
    Some(WindowsResources {
        program: binary.program.clone(),
        binary: binary.file.clone(),
        name: binary.file_name.clone(),
        version: version?,
        icon: icon.map(|path| FileRef::Project(path.trim_start_matches("./").to_owned())),
        manifest: manifest.to_xml(),
        existing_manifest: match (windows.manifest_origin, own_level) {
            (Origin::Default, None) => Existing::Keep,
            (Origin::Stated, _) | (_, Some(_)) => Existing::Replace,
        },
    })
}

fn version_info(texts: &Texts<'_>) -> Result<VersionInfo, Problem> {
    let release = &texts.planner.release;
    let not_semantic =
        |error| Problem::error(format!("invalid version `{}`: {error}", release.version));
    let version = Version::parse(&release.version).map_err(not_semantic)?;
    let numbers = release.windows_file_version().map_err(not_semantic)?;
    let windows = &texts.planner.manifest.windows;
    let english = Located::inferred(Language::ENGLISH.tag().to_owned());
    let mut strings = vec![texts.strings(
        windows.language.as_ref().unwrap_or(&english),
        &windows.texts,
        &numbers,
    )?];
    for translation in &windows.translations {
        strings.push(texts.strings(&translation.language, &translation.texts, &numbers)?);
    }
    let parts = [numbers.major, numbers.minor, numbers.patch, numbers.ordinal];
    let info = VersionInfo {
        file_version: parts,
        product_version: parts,
        maturity: match (release.kind, version.pre.is_empty()) {
            (ReleaseKind::Release, true) => Maturity::Release,
            (ReleaseKind::Snapshot, _) | (_, false) => Maturity::Prerelease,
        },
        strings,
    };
    match info.add_to(&mut pe::Resources::default()) {
        Some(()) => Ok(info),
        None => Err(
            Problem::error("the texts in `[windows]` are too long together")
                .hint("the format holds about 30,000 characters, all languages together"),
        ),
    }
}

/// What the texts of one executable are made from.
struct Texts<'a> {
    planner: &'a Planner<'a>,
    binary: &'a FinishedBinary,
    own: Option<&'a WindowsBinary>,
    several: bool,
}

impl Texts<'_> {
    fn strings(
        &self,
        language: &Located<String>,
        texts: &WindowsTexts,
        numbers: &FileVersion,
    ) -> Result<Strings, Problem> {
        let base = &self.planner.manifest.windows.texts;
        let release = &self.planner.release;
        let text = |pick: fn(&WindowsTexts) -> Option<&Located<String>>| {
            pick(texts)
                .or(pick(base))
                .map(|text| self.render(text))
                .transpose()
        };
        let product =
            text(|texts| texts.product.as_ref())?.unwrap_or_else(|| release.title.clone());
        let description = match self.own.and_then(|own| own.description.as_ref()) {
            Some(own) => self.render(own)?,
            None => {
                text(|texts| texts.description.as_ref())?.unwrap_or_else(|| match self.several {
                    true => format!("{product} ({})", self.binary.program),
                    false => product.clone(),
                })
            }
        };
        let comments = text(|texts| texts.comments.as_ref())?;
        let stated = self.planner.manifest.project.description.as_ref();
        let company =
            text(|texts| texts.company.as_ref())?.unwrap_or_else(|| release.manufacturer.clone());
        let entries = [
            (
                "Comments",
                comments.or_else(|| stated.map(|text| text.value.clone())),
            ),
            ("CompanyName", Some(company)),
            ("FileDescription", Some(description)),
            ("FileVersion", Some(numbers.to_string())),
            ("InternalName", Some(self.binary.program.clone())),
            ("LegalCopyright", text(|texts| texts.copyright.as_ref())?),
            ("OriginalFilename", Some(self.original_filename()?)),
            ("ProductName", Some(product)),
            ("ProductVersion", Some(release.version.clone())),
        ];
        Ok(Strings {
            language: language_id(language)?,
            entries: entries
                .into_iter()
                .filter_map(|(name, text)| Some((name.to_owned(), text?)))
                .collect(),
        })
    }

    /// The name that App Control's FileName rules look at; another one than the file's own would lock it out.
    fn original_filename(&self) -> Result<String, Problem> {
        let Some(stated) = self.own.and_then(|own| own.original_filename.as_ref()) else {
            return Ok(self.binary.file_name.clone());
        };
        let name = self.render(stated)?;
        if name.to_lowercase() == self.binary.file_name.to_lowercase() {
            return Ok(name);
        }
        let problem = Problem::error(format!(
            "the original file name `{name}` is not that of `{}`",
            self.binary.file_name
        ));
        Err(problem
            .at_option(stated.place())
            .hint("it may differ in capitals only; remove it, or rename the binary"))
    }

    fn render(&self, text: &Located<String>) -> Result<String, Problem> {
        let target = &self.binary.target;
        let expander = self
            .planner
            .expander
            .with("binary", self.binary.program.as_str())
            .and("os", target.goos.as_str())
            .and("arch", target.goarch.as_str())
            .and("variant", target.variant.clone().unwrap_or_default())
            .and("target", target.slug());
        let rendered = expander.expand(text)?;
        let why = if rendered.trim().is_empty() {
            "is empty"
        } else if rendered.chars().any(char::is_control) {
            "is more than one line"
        } else if rendered.chars().count() > LONGEST_TEXT {
            "is too long"
        } else {
            return Ok(rendered);
        };
        Err(Problem::error(format!("the text {why}"))
            .at_option(text.place())
            .hint(format!("one line of at most {LONGEST_TEXT} characters")))
    }
}

fn language_id(tag: &Located<String>) -> Result<u16, Problem> {
    if let Some(language) = Language::from_tag(tag) {
        return Ok(language.id());
    }
    let problem =
        Problem::error(format!("unknown language `{}`", tag.value)).at_option(tag.place());
    Err(match nearest(tag, Language::tags()) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!(
            "known: {}",
            Language::tags().collect::<Vec<_>>().join(", ")
        )),
    })
}
