//! Writing the scripts that install and remove the services of a zip.

use std::fs;

use super::{Made, MadeFile, StepContext, StepError};
use crate::deploy::install::{
    DATA_FILE, INSTALL_FILE, UNINSTALL_FILE, install_script, uninstall_script,
};
use crate::error::Failure;
use crate::plan::InstallScripts;

pub(super) fn run(action: &InstallScripts, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut files = Vec::new();
    for (name, text) in [
        (INSTALL_FILE, install_script()),
        (UNINSTALL_FILE, uninstall_script()),
        (DATA_FILE, action.data.clone()),
    ] {
        let path = context.output(name)?;
        fs::write(&path, text).map_err(|error| Failure::io("write", &path, &error))?;
        files.push(MadeFile::measure(name, path, context.digests())?);
    }
    Ok(Made {
        files,
        ..Made::default()
    })
}
