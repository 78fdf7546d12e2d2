//! The hand-over folder: the release's files, and everything that is made from the deployment model.

use std::fs;
use std::io::Write as _;

use super::{Made, MadeFile, StepContext, StepError};
use crate::deploy::model::{Artifact, PublishedArchive, Role};
use crate::deploy::{self, Release};
use crate::error::Failure;
use crate::format::authenticode;
use crate::format::output::{Digests, FileError, Output, hex, measure};
use crate::plan::{Deployment, DeploymentArchive, DeploymentFile};

pub(super) fn run(action: &Deployment, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut files = Vec::new();
    let mut artifacts = Vec::new();
    for file in &action.files {
        let (made, artifact) = copy(action, file, context)?;
        files.push(made);
        artifacts.push(artifact);
    }
    let release = Release {
        product: action.product.clone(),
        origin: action.origin.clone(),
        artifacts,
        archives: action
            .archives
            .iter()
            .map(|archive| published(archive, context))
            .collect::<Result<_, _>>()?,
    };
    let model = deploy::build(&release, &action.config, &action.services);
    let folder = deploy::generate(&model, &action.config)
        .into_iter()
        .map(|file| (format!("{}/{}", action.folder, file.path), file));
    let parts = deploy::chocolatey::container(&model, &action.config)
        .into_iter()
        .map(|file| (format!("{}/{}", action.container(), file.path), file));
    for (name, generated) in folder.chain(parts) {
        let path = context.output(&name)?;
        let mut output = Output::create(&path, context.digests())?;
        output
            .write_all(&generated.bytes())
            .map_err(FileError::on("write", &path))?;
        let written = output.finish()?;
        files.push(MadeFile::written(&name, path, written));
    }
    Ok(Made {
        files,
        ..Made::default()
    })
}

/// A zip of the release as it is in `dist/`.
fn published(
    archive: &DeploymentArchive,
    context: &StepContext<'_>,
) -> Result<PublishedArchive, StepError> {
    let path = context.path(&archive.file.file)?;
    let measured = measure(&path, Digests::Sha256)?;
    Ok(PublishedArchive {
        file: archive.file.name.clone(),
        sha256: measured.sha256,
        programs: archive.programs.clone(),
    })
}

/// Copies a file of the release into the folder, and measures it there.
fn copy(
    action: &Deployment,
    file: &DeploymentFile,
    context: &StepContext<'_>,
) -> Result<(MadeFile, Artifact), StepError> {
    let source = context.path(&file.source)?;
    let name = format!("{}/{}", action.folder, file.path);
    let path = context.output(&name)?;
    fs::copy(&source, &path).map_err(|error| Failure::io("copy to", &path, &error))?;
    let authenticode_sha256 = match file.role {
        Role::Program | Role::Package => authenticode::inspect(&path)?
            .and_then(|found| found.digest)
            .map(|digest| hex(&digest)),
        Role::Config => None,
    };
    let made = MadeFile::measure(&name, path, context.digests())?;
    let artifact = file.artifact(made.size, made.sha256.clone(), authenticode_sha256);
    Ok((made, artifact))
}
