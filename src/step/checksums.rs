//! `SHA256SUMS` and `SHA512SUMS` over everything else.

use std::io::Write as _;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::checksums::{self, ChecksumAlgorithm};
use crate::format::output::{FileError, Output};
use crate::plan::Checksums;

pub(super) fn run(action: &Checksums, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut text = String::new();
    for file in &action.files {
        let made = context.made(&file.file)?;
        let hash = match action.algorithm {
            ChecksumAlgorithm::Sha256 => Some(&made.sha256),
            ChecksumAlgorithm::Sha512 => made.sha512.as_ref(),
        };
        let hash =
            hash.ok_or_else(|| Failure::failed(format!("`{}` was not hashed", file.name)))?;
        checksums::add_line(&mut text, hash, &file.name);
    }
    let path = context.output(&action.name)?;
    let mut output = Output::create(&path, context.digests())?;
    output
        .write_all(text.as_bytes())
        .map_err(FileError::on("write", &path))?;
    let written = output.finish()?;
    Ok(Made {
        files: vec![MadeFile::written(&action.name, path, written)],
        ..Made::default()
    })
}
