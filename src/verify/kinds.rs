//! What a file is by its content, whatever somebody calls it.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::{Finding, layout};
use crate::format::archive::Format;
use crate::format::authenticode::COMPOUND_FILE;
use crate::format::{executable, input};
use crate::plan::ArtifactKind;
use crate::step::metadata::Artifact;

/// The first bytes that tell what a file is: the mark of a bare tar is the farthest (`ustar` at 257).
pub(super) const HEAD: usize = 512;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// An archive that can be looked into.
    Archive(Format),
    /// An archive that cannot.
    OtherArchive,
    /// A compound file: a Windows Installer package, patch or transform.
    Compound,
    /// A program or library for Windows.
    Pe,
    /// A cabinet.
    Cabinet,
    /// Something else.
    Other,
}

impl Content {
    /// By the first [`HEAD`] bytes.
    pub(super) fn of(head: &[u8]) -> Self {
        const MARKS: [(&[u8], Content); 11] = [
            (b"PK\x03\x04", Content::Archive(Format::Zip)),
            (b"PK\x05\x06", Content::Archive(Format::Zip)),
            (&[0x1f, 0x8b], Content::Archive(Format::TarGz)),
            (b"\xfd7zXZ\0", Content::Archive(Format::TarXz)),
            (&[0x28, 0xb5, 0x2f, 0xfd], Content::Archive(Format::TarZst)),
            (b"7z\xbc\xaf\x27\x1c", Content::OtherArchive),
            (b"Rar!", Content::OtherArchive),
            (b"BZh", Content::OtherArchive),
            (COMPOUND_FILE, Content::Compound),
            (b"MZ", Content::Pe),
            (b"MSCF", Content::Cabinet),
        ];
        let known = MARKS.iter().find(|(mark, _)| head.starts_with(mark));
        match known {
            Some((_, content)) => *content,
            None if head.get(257..262) == Some(b"ustar") => Self::OtherArchive,
            None => Self::Other,
        }
    }

    fn of_file(path: &Path) -> io::Result<Self> {
        let mut file = input::open_regular(path)?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Self::of(&head))
    }
}

/// What the structure of a container tells: nothing lies in it beside what its readers are shown.
pub(super) fn structure(path: &Path, name: &str) -> Vec<Finding> {
    let is_zip_by_name = Format::of_path(path) == Some(Format::Zip);
    let problems = match Content::of_file(path) {
        Ok(Content::Compound) => layout::compound::problems(path),
        Ok(Content::Archive(Format::Zip)) => layout::zip::problems(path),
        // A zip file is read from its end: what stands before it hides it from a look at its head.
        Ok(_) if is_zip_by_name => layout::zip::problems(path),
        Ok(_) => Ok(Vec::new()),
        // That it cannot be opened is said elsewhere.
        Err(_) => return Vec::new(),
    };
    let problems = problems.unwrap_or_else(|error| vec![format!("cannot be read: {error}")]);
    let finding = |message| Finding::new(name, message);
    problems.into_iter().map(finding).collect()
}

/// Whether a file that is recorded as a text is one: nothing that is executed or unpacked is exempt from its tests because
/// it is called a report.
pub(super) fn as_recorded(path: &Path, artifact: &Artifact) -> Vec<Finding> {
    let is_text = match artifact.kind {
        ArtifactKind::Archive
        | ArtifactKind::Binary
        | ArtifactKind::Msi
        | ArtifactKind::Deployment => false,
        ArtifactKind::InstallerSource
        | ArtifactKind::Sbom
        | ArtifactKind::Provenance
        | ArtifactKind::Report
        | ArtifactKind::Signature
        | ArtifactKind::Metadata
        | ArtifactKind::Checksums => true,
    };
    if !is_text {
        return Vec::new();
    }
    let is_content = Content::of_file(path).is_ok_and(|content| content != Content::Other);
    let is_program = executable::identify(path).is_ok_and(|found| found.is_some());
    let is_run = super::windows::is_run(&artifact.name) || Format::of_path(path).is_some();
    let word = serde_json::to_value(artifact.kind).ok();
    let word = word.as_ref().and_then(serde_json::Value::as_str);
    (is_content || is_program || is_run)
        .then(|| {
            let message = format!(
                "is a program, script, package or archive, and recorded as `{}`",
                word.unwrap_or("text")
            );
            Finding::new(&artifact.name, message)
        })
        .into_iter()
        .collect()
}
