//! What files say that they are, against what is demanded.

use super::options::Required;
use super::outcome::Stated;
use crate::deploy::model::Deployment;
use crate::step::metadata::ArtifactsFile;

/// As `artifacts.json` says.
pub(super) fn of_release(file: &ArtifactsFile) -> Stated {
    let commit = file.release.commit.as_ref();
    Stated {
        name: file.release.name.clone(),
        version: file.release.version.clone(),
        commit: commit.map(|commit| commit.hash.clone()),
    }
}

/// As `deployment.json` says.
pub(super) fn of_deployment(deployment: &Deployment) -> Stated {
    Stated {
        name: deployment.product.name.clone(),
        version: deployment.product.version.clone(),
        commit: None,
    }
}

/// What is demanded and not so.
pub(super) fn missing(
    stated: Option<&Stated>,
    required: &Required,
) -> impl Iterator<Item = String> {
    let version = stated.map(|stated| stated.version.as_str());
    let commit = stated.and_then(|stated| stated.commit.as_deref());
    [
        ("version", &required.version, version),
        ("commit", &required.commit, commit),
    ]
    .into_iter()
    .filter_map(|(what, required, stated)| match (required, stated) {
        (Some(required), None) => Some(format!(
            "does not state a {what}, and {required} is required"
        )),
        (Some(required), Some(stated)) if required != stated => Some(format!(
            "states {what} {stated}, not the required {required}"
        )),
        _ => None,
    })
    .collect::<Vec<_>>()
    .into_iter()
}
