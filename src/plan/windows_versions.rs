//! The numbers of the release on Windows: what `[msi] version` and `[windows] file-version` set, and whether releases
//! stay in order.

use std::ops::Range;

use semver::Version;

use super::Expander;
use super::planner::Planner;
use super::release_model::ReleaseKind;
use super::tags::TagRule;
use super::world::EarlierRelease;
use crate::manifest::{Located, Manifest, VersionSource};
use crate::package::msi::Product;
use crate::problem::{Problem, Problems};
use crate::version::windows::{FileVersion, ProductVersion};

/// What the manifest sets.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stated {
    /// The ProductVersion of packages.
    pub product: Option<ProductVersion>,
    /// The version of executables.
    pub file: Option<FileVersion>,
}

/// What the manifest sets for a version. The executables follow the packages: Windows Installer replaces a file only by
/// one with a higher version.
fn stated(manifest: &Manifest, expander: &Expander, version: &Version) -> Result<Stated, Problem> {
    let product = manifest.msi.version.as_ref();
    let product = product
        .map(|text| product_version(text, expander))
        .transpose()?;
    let file = manifest.windows.file_version.as_ref();
    let file = file.map(|text| file_version(text, expander)).transpose()?;
    let as_package = |product: ProductVersion| FileVersion {
        major: product.major.into(),
        minor: product.minor.into(),
        patch: product.patch,
        ordinal: FileVersion::ordinal_of(version),
    };
    Ok(Stated {
        product,
        file: file.or(product.map(as_package)),
    })
}

fn product_version(text: &Located<String>, expander: &Expander) -> Result<ProductVersion, Problem> {
    let expanded = expander.expand(text)?;
    ProductVersion::parse(&expanded).ok_or_else(|| {
        Problem::error(format!("invalid Windows Installer version `{expanded}`"))
            .at_option(text.place())
            .hint("three numbers up to 255.255.65535, such as `26.11.29`")
    })
}

fn file_version(text: &Located<String>, expander: &Expander) -> Result<FileVersion, Problem> {
    let expanded = expander.expand(text)?;
    FileVersion::parse(&expanded).ok_or_else(|| {
        Problem::error(format!("invalid Windows file version `{expanded}`"))
            .at_option(text.place())
            .hint("up to four numbers, each up to 65535, such as `1.4.2.7`")
    })
}

/// Reads both keys; one that is the same for all releases is warned of.
pub(super) fn resolve(planner: &mut Planner<'_>, problems: &mut Problems) {
    let manifest = planner.manifest;
    let Ok(version) = Version::parse(&planner.release.version) else {
        return;
    };
    match stated(manifest, &planner.expander, &version) {
        Ok(stated) => {
            planner.release.file_version = stated.file;
            planner.product_version = stated.product;
        }
        Err(problem) => problems.push(problem),
    }
    let keys = [&manifest.msi.version, &manifest.windows.file_version];
    for (key, name) in keys
        .into_iter()
        .zip(["msi.version", "windows.file-version"])
    {
        let Some(text) = key.as_ref().filter(|text| !text.contains("{{")) else {
            continue;
        };
        let warning = Problem::warning(format!("`{name}` is the same for every release"));
        problems.push(warning.at_option(text.place()).hint(
            "an upgrade may keep the old files: use a template such as `{{ major }}.{{ minor }}.{{ patch }}`",
        ));
    }
}

/// Notes that the executables share their version with those of other releases.
pub(super) fn note_fallback(planner: &mut Planner<'_>) {
    let release = &planner.release;
    let (Some(why), Ok(number)) = (
        release.file_version_fallback(),
        release.windows_file_version(),
    ) else {
        return;
    };
    planner.notice_once(format!(
        "the executables for Windows have the file version {number}, which is not unique to {}: {why}; `file-version` in `[windows]` sets another",
        release.version
    ));
}

/// The ProductVersion and the place among its releases; none when a package of this version cannot be upgraded in order.
pub(super) fn of_package(
    planner: &Planner<'_>,
    version: &Version,
    format: &Located<String>,
    problems: &mut Problems,
) -> Option<(ProductVersion, u16)> {
    let release = &planner.release;
    let place = || version_place(planner.manifest).or_else(|| format.place());
    let product = match (&planner.manifest.msi.version, planner.product_version) {
        (Some(_), stated) => stated?,
        (None, _) => problems.take(ProductVersion::of(version).map_err(|error| {
            Problem::error(error.to_string())
                .at_option(place())
                .hint(error.hint())
        }))?,
    };
    if let Some(why) = release.file_version_fallback() {
        let problem = Problem::error(format!(
            "Windows Installer cannot order version `{version}`: {why}"
        ));
        problems.push(problem.at_option(place()).hint(
            "set `version` in `[msi]` to three numbers that grow with every release, such as \
             `{{ major }}.{{ minor }}.{{ env.BUILD_NUMBER }}`, or leave out `msi`",
        ));
        return None;
    }
    let file = release.windows_file_version().ok()?;
    Some((product, file.ordinal))
}

fn version_place(manifest: &Manifest) -> Option<Range<usize>> {
    match &manifest.project.version {
        VersionSource::Git => None,
        VersionSource::Manifest(version) => version.place(),
        VersionSource::File(path) => path.place(),
    }
}

/// Warns when Windows Installer would not take this release for an upgrade of the one before.
pub(super) fn compare(
    planner: &Planner<'_>,
    product: &Product,
    (earlier, manifest): (&EarlierRelease, &Manifest),
    problems: &mut Problems,
) {
    let release = &planner.release;
    let Ok(file) = release.windows_file_version() else {
        return;
    };
    let Some(before) = numbers_before(planner, product, earlier, manifest) else {
        return;
    };
    let now = (product.product_version, file);
    if release.kind == ReleaseKind::Snapshot || before < now {
        return;
    }
    let keys = [
        &planner.manifest.msi.version,
        &planner.manifest.windows.file_version,
    ];
    let place = keys.into_iter().flatten().find_map(Located::place);
    let message = format!(
        "Windows Installer would not take this for an upgrade of {}: ProductVersion and file version are {} and {}, \
         those of {} were {} and {}",
        earlier.tag, now.0, now.1, earlier.tag, before.0, before.1
    );
    problems.push(
        Problem::warning(message)
            .at_option(place.or_else(|| version_place(planner.manifest)))
            .hint("set `version` in `[msi]` to three numbers that grow with every release"),
    );
}

/// ProductVersion and file version of an earlier release; none when they depend on more than its version.
fn numbers_before(
    planner: &Planner<'_>,
    product: &Product,
    earlier: &EarlierRelease,
    manifest: &Manifest,
) -> Option<(ProductVersion, FileVersion)> {
    let rule = TagRule::of(manifest, &planner.world.facts);
    let version = rule.version(&earlier.tag)?;
    let keys = [&manifest.msi.version, &manifest.windows.file_version];
    let is_of_version = |text: &Located<String>| !text.contains("env") && !text.contains("commit");
    if version >= product.version || !keys.into_iter().flatten().all(is_of_version) {
        return None;
    }
    let expander = planner
        .expander
        .with("version", version.to_string())
        .and("major", version.major)
        .and("minor", version.minor)
        .and("patch", version.patch)
        .and("prerelease", version.pre.to_string())
        .and("tag", earlier.tag.as_str());
    let stated = stated(manifest, &expander, &version).ok()?;
    Some((
        stated
            .product
            .or_else(|| ProductVersion::of(&version).ok())?,
        stated.file.unwrap_or_else(|| FileVersion::of(&version).0),
    ))
}
