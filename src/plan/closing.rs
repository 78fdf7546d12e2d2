//! What describes all the rest: `artifacts.json`, then the checksums over everything that is published.

use super::model::{
    Action, ArtifactKind, Checksums, FileRef, METADATA_NAME, Metadata, NamedFile, PlannedArtifact,
    is_published,
};
use super::planner::Planner;
use super::world::Skip;

/// Adds them; nothing may be added to `dist/` after this but signatures of the checksums.
pub(super) fn plan(planner: &mut Planner<'_>, work_tree: Option<FileRef>) {
    let everything = planner.step_ids();
    let action = Action::Metadata(Metadata {
        name: METADATA_NAME.to_owned(),
        work_tree,
    });
    let step = planner.step(
        "describe".to_owned(),
        None,
        &everything,
        vec![METADATA_NAME.to_owned()],
        action,
    );
    let file = FileRef::Output {
        step,
        name: METADATA_NAME.to_owned(),
    };
    planner.artifact(PlannedArtifact {
        name: METADATA_NAME.to_owned(),
        kind: ArtifactKind::Metadata,
        target: None,
        binaries: Vec::new(),
        file,
    });
    if !planner.wants(Skip::Checksums) {
        return;
    }
    let mut files: Vec<NamedFile> = planner
        .artifacts()
        .iter()
        .filter(|artifact| is_published(&artifact.name))
        .map(|artifact| NamedFile {
            name: artifact.name.clone(),
            file: artifact.file.clone(),
        })
        .collect();
    files.sort_by(|left, right| left.name.cmp(&right.name));
    for algorithm in planner.manifest.package.checksums.clone() {
        let name = algorithm.file_name();
        let action = Action::Checksums(Checksums {
            algorithm,
            name: name.to_owned(),
            files: files.clone(),
        });
        let file = planner.file_step(format!("write {name}"), None, name, action);
        planner.artifact(PlannedArtifact {
            name: name.to_owned(),
            kind: ArtifactKind::Checksums,
            target: None,
            binaries: Vec::new(),
            file,
        });
    }
}
