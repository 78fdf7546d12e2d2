//! `[project]`.

use super::names::{check_name, project_path};
use crate::manifest::Located;
use crate::manifest::raw::{RawProject, RawVersion};
use crate::problem::{Problem, Problems};

/// `[project]`, with what was left out as none.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The name that file names are derived from.
    pub name: Option<Located<String>>,
    /// The name that people read.
    pub title: Option<Located<String>>,
    /// Who makes it.
    pub manufacturer: Option<Located<String>>,
    /// What it does.
    pub description: Option<Located<String>>,
    /// Its page.
    pub homepage: Option<Located<String>>,
    /// Where the version comes from.
    pub version: VersionSource,
    /// What stands before the version in a tag.
    pub tag_prefix: Option<Located<String>>,
    /// The SPDX expression.
    pub license: Option<Located<String>>,
    /// The licence file.
    pub license_file: Option<Located<String>>,
    /// The readme.
    pub readme: Option<Located<String>>,
    /// The icon.
    pub icon: Option<Located<String>>,
    /// The Go toolchain that must be used.
    pub go_toolchain: Option<Located<String>>,
}

/// Where the version comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VersionSource {
    /// The git tag.
    #[default]
    Git,
    /// The manifest.
    Manifest(Located<semver::Version>),
    /// The first line of this file.
    File(Located<String>),
}

pub(super) fn check(raw: RawProject, problems: &mut Problems) -> Project {
    let mut path =
        |path: Option<Located<String>>| path.and_then(|path| problems.take(project_path(path)));
    let (license_file, readme, icon) = (path(raw.license_file), path(raw.readme), path(raw.icon));
    Project {
        name: raw
            .name
            .and_then(|name| problems.take(check_name("project", name))),
        title: text("title", raw.title, problems),
        manufacturer: text("manufacturer", raw.manufacturer, problems),
        description: text("description", raw.description, problems),
        homepage: raw.homepage,
        version: raw.version.map_or(VersionSource::Git, |version| {
            check_version(version, problems)
        }),
        tag_prefix: raw.tag_prefix,
        license: raw.license,
        license_file,
        readme,
        icon,
        go_toolchain: raw
            .go_toolchain
            .and_then(|toolchain| problems.take(check_toolchain(toolchain))),
    }
}

/// A text for people: one line, not empty.
fn text(
    key: &str,
    value: Option<Located<String>>,
    problems: &mut Problems,
) -> Option<Located<String>> {
    let value = value?;
    if value.trim().is_empty() || value.chars().any(char::is_control) {
        let problem = Problem::error(format!(
            "`project.{key}` must be one line that is not empty"
        ));
        problems.push(problem.at(value.span));
        return None;
    }
    Some(value)
}

fn check_version(version: Located<RawVersion>, problems: &mut Problems) -> VersionSource {
    let span = version.span;
    match version.value {
        RawVersion::Text(word) if word == "git" => VersionSource::Git,
        RawVersion::Text(text) => {
            match semver::Version::parse(text.strip_prefix('v').unwrap_or(&text)) {
                Ok(value) => VersionSource::Manifest(Located { value, span }),
                Err(error) => {
                    problems.push(
                        Problem::error(format!("`{text}` is no version: {error}"))
                            .at(span)
                            .hint("a semantic version such as `1.4.2` or `2.0.0-rc.1`, or `git`"),
                    );
                    VersionSource::Git
                }
            }
        }
        RawVersion::File(value) => {
            let path = problems.take(project_path(Located { value, span }));
            path.map_or(VersionSource::Git, VersionSource::File)
        }
    }
}

fn check_toolchain(toolchain: Located<String>) -> Result<Located<String>, Problem> {
    let digits = toolchain.strip_prefix("go1.").unwrap_or_default();
    if digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '.')
    {
        return Ok(toolchain);
    }
    Err(
        Problem::error(format!("`{}` is no Go toolchain", toolchain.value))
            .at(toolchain.span)
            .hint("a name such as `go1.26.8`"),
    )
}
