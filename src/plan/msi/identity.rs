//! Whose package it is: names, version, and the code that ties all versions together.

use std::path::PathBuf;

use semver::Version;
use uuid::Uuid;

use crate::manifest::{Located, Manifest};
use crate::package::msi::{Architecture, Links, Product, derived_upgrade_code};
use crate::plan::planner::Planner;
use crate::plan::release::maker;
use crate::plan::windows_versions;
use crate::problem::{Problem, Problems};

/// Name, version and identity of the product.
pub(super) fn product(
    planner: &mut Planner<'_>,
    architecture: Architecture,
    format: &Located<String>,
    problems: &mut Problems,
) -> Option<Product> {
    let (manifest, release) = (planner.manifest, &planner.release);
    let msi = &manifest.msi;
    let version = Version::parse(&release.version)
        .map_err(|error| Problem::error(format!("invalid version `{}`: {error}", release.version)));
    let version = problems.take(version)?;
    let (product_version, ordinal) =
        windows_versions::of_package(planner, &version, format, problems)?;
    let product = Product {
        title: release.title.clone(),
        manufacturer: release.manufacturer.clone(),
        description: release.description.clone(),
        version,
        product_version,
        ordinal,
        architecture,
        language: msi.language,
        upgrade_code: upgrade_code(manifest, &release.manufacturer, &release.name),
        icon: manifest.project.icon.as_ref().map(|_| PathBuf::new()),
        links: Links {
            about: release.homepage.clone(),
            help: msi.help_url.clone(),
            update: msi.update_url.clone(),
        },
    };
    if msi.upgrade_code.is_none() {
        let code = product.upgrade_code.to_string().to_uppercase();
        planner.notice_once(format!(
            "the upgrade code {code} is derived from manufacturer and name; write `upgrade-code = \"{code}\"` into \
             `[msi]`, so that it stays when either changes"
        ));
    }
    compare_with_earlier(planner, &product, problems);
    Some(product)
}

fn upgrade_code(manifest: &Manifest, manufacturer: &str, name: &str) -> Uuid {
    let stated = manifest.msi.upgrade_code.as_ref();
    stated.map_or_else(
        || derived_upgrade_code(manufacturer, name),
        |code| code.value,
    )
}

/// Warns when the release before this one had another upgrade code: Windows would take this one for another product,
/// and install it beside the old one, with a service of the same name.
fn compare_with_earlier(planner: &Planner<'_>, product: &Product, problems: &mut Problems) {
    let world = planner.world;
    let Some(earlier) = &world.earlier_release else {
        return;
    };
    let (Some(manifest), _) = crate::manifest::parse(&earlier.manifest_text) else {
        return;
    };
    let had_package = manifest
        .package
        .windows
        .iter()
        .flatten()
        .any(|format| format.value == "msi");
    let Some((manufacturer, name)) = maker(&manifest, world, planner.options) else {
        return;
    };
    let code = upgrade_code(&manifest, &manufacturer, &name);
    if !had_package {
        return;
    }
    if code == product.upgrade_code {
        windows_versions::compare(planner, product, (earlier, &manifest), problems);
        return;
    }
    let text = |code: Uuid| code.to_string().to_uppercase();
    let project = &planner.manifest.project;
    let place = (planner.manifest.msi.upgrade_code.as_ref())
        .and_then(Located::place)
        .or_else(|| project.manufacturer.as_ref().and_then(Located::place))
        .or_else(|| project.name.as_ref().and_then(Located::place));
    let message = format!(
        "the upgrade code is {}, that of {} was {}: Windows would install this beside the earlier release",
        text(product.upgrade_code),
        earlier.tag,
        text(code)
    );
    let hint = format!(
        "set `upgrade-code = \"{}\"` in `[msi]`, unless this is to be another product",
        text(code)
    );
    problems.push(Problem::warning(message).at_option(place).hint(hint));
}
