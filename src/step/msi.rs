//! Writing a Windows Installer package.

use std::fs;

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::icon::Icon;
use crate::package::msi::write;
use crate::plan::Msi;

pub(super) fn run(action: &Msi, context: &StepContext<'_>) -> Result<Made, StepError> {
    let mut package = action.package.as_ref().clone();
    for (file, source) in package.files.iter_mut().zip(&action.sources) {
        file.source = context.path(source)?;
    }
    let path = context.output(&action.name)?;
    // The icon may be given as PNG; packages hold ICO.
    let icon = match &action.icon {
        Some(icon) => {
            let image = Icon::read(&context.path(icon)?).map_err(|error| {
                let failure = Failure::failed(error.to_string());
                match error.hint() {
                    Some(hint) => failure.hint(hint),
                    None => failure,
                }
            })?;
            let file = tempfile::NamedTempFile::new_in(context.folder)
                .map_err(|error| Failure::io("write a file in", context.folder, &error))?;
            fs::write(file.path(), image.to_ico())
                .map_err(|error| Failure::io("write", file.path(), &error))?;
            Some(file)
        }
        None => None,
    };
    package.product.icon = icon.as_ref().map(|file| file.path().to_owned());
    write(&package, &path).map_err(Failure::from)?;
    if context.is_cancelled() {
        return Err(StepError::Cancelled);
    }
    Ok(Made {
        files: vec![MadeFile::measure(&action.name, path, context.digests())?],
        ..Made::default()
    })
}
