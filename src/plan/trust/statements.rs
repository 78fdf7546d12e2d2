//! What is said about the release as a whole: its known vulnerabilities, and its provenance.

use std::collections::BTreeMap;

use super::signatures::sign_detached;
use super::{artifact, is_go};
use crate::manifest::check::Signed;
use crate::plan::model::{Action, ArtifactKind, FileRef, NamedFile};
use crate::plan::planner::{FinishedBinary, Planner};
use crate::plan::trust_model::{Provenance, Vulnerabilities};
use crate::plan::world::Skip;

const PROVENANCE_NAME: &str = "provenance.intoto.json";
/// The report of `govulncheck` in `dist/`.
pub const VULNERABILITIES_NAME: &str = "vulnerabilities.json";

/// GitHub's variables that a provenance statement records.
const RUNNER_VARIABLES: [&str; 12] = [
    "GITHUB_ACTIONS",
    "GITHUB_EVENT_NAME",
    "GITHUB_REF",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
    "RUNNER_ENVIRONMENT",
];

/// Adds the report of known vulnerabilities.
pub(in crate::plan) fn vulnerabilities(planner: &mut Planner<'_>, binaries: &[FinishedBinary]) {
    let table = planner.manifest.trust.vulnerabilities.clone();
    let Some(table) = table.filter(|_| planner.wants(Skip::Vulnerabilities)) else {
        return;
    };
    let named = |binary: &FinishedBinary| NamedFile {
        name: format!("{} {}", binary.program, binary.target),
        file: binary.file.clone(),
    };
    let binaries: Vec<NamedFile> = binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .map(named)
        .collect();
    if binaries.is_empty() {
        return;
    }
    let action = Action::Vulnerabilities(Vulnerabilities {
        name: VULNERABILITIES_NAME.to_owned(),
        binaries,
        policy: table.policy,
        database: table
            .value
            .database
            .map(|database| located(planner, database)),
    });
    let file = planner.file_step(
        "look for vulnerabilities".to_owned(),
        None,
        VULNERABILITIES_NAME,
        action,
    );
    planner.artifact(artifact(VULNERABILITIES_NAME, ArtifactKind::Report, file));
}

/// An address as it is, a folder from the project's.
fn located(planner: &Planner<'_>, database: String) -> String {
    if database.contains("://") {
        return database;
    }
    let folder = planner.options.root.join(database);
    folder.to_string_lossy().into_owned()
}

/// Adds the signatures of packages, then the provenance of everything; the last before `artifacts.json`.
pub(in crate::plan) fn attest(
    planner: &mut Planner<'_>,
    binaries: &[FinishedBinary],
    work_tree: Option<FileRef>,
) {
    sign_detached(planner, Signed::Packages, |kind| {
        matches!(
            kind,
            ArtifactKind::Archive | ArtifactKind::Msi | ArtifactKind::Binary
        )
    });
    if !planner.manifest.trust.provenance {
        return;
    }
    let subjects = planner
        .artifacts()
        .iter()
        .map(|artifact| NamedFile {
            name: artifact.name.clone(),
            file: artifact.file.clone(),
        })
        .collect();
    let world = planner.world;
    let variable = |name: &&str| Some(((*name).to_owned(), world.environment.get(*name)?.clone()));
    let release = &planner.release;
    let external = BTreeMap::from([
        ("version".to_owned(), release.version.clone().into()),
        (
            "manifest-sha256".to_owned(),
            release.manifest_sha256.clone().into(),
        ),
    ]);
    let action = Action::Provenance(Provenance {
        name: PROVENANCE_NAME.to_owned(),
        work_tree,
        subjects,
        binaries: binaries
            .iter()
            .filter(|binary| is_go(planner, binary))
            .map(|binary| binary.file.clone())
            .collect(),
        repository: world
            .facts
            .git
            .as_ref()
            .ok()
            .and_then(|git| git.remote.clone()),
        external,
        internal: BTreeMap::new(),
        runner: RUNNER_VARIABLES.iter().filter_map(variable).collect(),
    });
    let file = planner.file_step("state provenance".to_owned(), None, PROVENANCE_NAME, action);
    planner.artifact(artifact(PROVENANCE_NAME, ArtifactKind::Provenance, file));
}
