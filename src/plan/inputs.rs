//! What each kind of step reads.

use super::model::{Action, FileRef};

impl Action {
    /// The files that the step reads.
    pub fn inputs(&self) -> Vec<FileRef> {
        match self {
            Self::Hook(_)
            | Self::GoBuild(_)
            | Self::CargoBuild(_)
            | Self::ServiceWrapper(_)
            | Self::InstallScripts(_)
            | Self::WorkTree(_) => Vec::new(),
            Self::Metadata(metadata) => metadata.work_tree.iter().cloned().collect(),
            Self::AfterHook(hook) => vec![hook.binary.clone()],
            Self::Universal(universal) => universal.inputs.clone(),
            Self::WindowsResources(resources) => {
                let icon = resources.icon.iter().cloned();
                std::iter::once(resources.binary.clone())
                    .chain(icon)
                    .collect()
            }
            Self::Archive(archive) => archive
                .entries
                .iter()
                .map(|entry| entry.source.clone())
                .collect(),
            Self::Copy(copy) => vec![copy.source.clone()],
            Self::Deployment(deployment) => deployment
                .files
                .iter()
                .map(|file| &file.source)
                .chain(deployment.archives.iter().map(|archive| &archive.file.file))
                .cloned()
                .collect(),
            Self::SignFile(sign) => vec![sign.source.clone()],
            Self::SignDetached(sign) => vec![sign.source.clone()],
            Self::TakeSignature(take) => vec![take.source.clone()],
            Self::Sbom(sbom) => vec![sbom.binary.clone()],
            Self::Licences(licences) => licences.binaries.clone(),
            Self::Vulnerabilities(report) => report
                .binaries
                .iter()
                .map(|binary| binary.file.clone())
                .collect(),
            Self::Provenance(provenance) => {
                let subjects = provenance.subjects.iter().map(|subject| &subject.file);
                let inputs = subjects.chain(&provenance.binaries);
                inputs.chain(&provenance.work_tree).cloned().collect()
            }
            Self::Msi(msi) => {
                let template = msi.tool.iter().flat_map(|tool| &tool.template);
                let files = msi.sources.iter().chain(&msi.icon).chain(template);
                files.cloned().collect()
            }
            Self::Checksums(checksums) => checksums
                .files
                .iter()
                .map(|file| file.file.clone())
                .collect(),
        }
    }
}
