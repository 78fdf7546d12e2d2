//! Version, icon and manifest in an executable for Windows.

use super::{Made, MadeFile, StepContext, StepError};
use crate::error::Failure;
use crate::format::icon::Icon;
use crate::format::pe::manifest::add_xml;
use crate::format::pe::{self, PeError, Resources, kind};
use crate::plan::{Existing, WindowsResources};

pub(super) fn run(action: &WindowsResources, context: &StepContext<'_>) -> Result<Made, StepError> {
    let input = context.path(&action.binary)?;
    let fail = |error: PeError| step_error(&action.name, error);
    let mut resources = Resources::default();
    action
        .version
        .add_to(&mut resources)
        .ok_or_else(|| Failure::failed(format!("the texts for `{}` are too long", action.name)))?;
    if let Some(icon) = &action.icon {
        let path = context.path(icon)?;
        let icon = Icon::read(&path).map_err(Failure::from)?;
        icon.add_to(&mut resources);
    }
    let keeps_its_own = action.existing_manifest == Existing::Keep
        && pe::read_resources(&input)
            .map_err(fail)?
            .has_kind(&kind::MANIFEST);
    if !keeps_its_own {
        add_xml(&action.manifest, &mut resources);
    }
    let path = context.output(&action.name)?;
    let written = pe::add_resources(&input, resources, &path, context.digests()).map_err(fail)?;
    Ok(Made {
        files: vec![MadeFile::written(&action.name, path, written)],
        ..Made::default()
    })
}

fn step_error(name: &str, error: PeError) -> StepError {
    let hint = error.hint();
    let failure = match error {
        PeError::File(error) => Failure::from(error),
        other => Failure::failed(format!("could not put resources into `{name}`: {other}")),
    };
    StepError::Failed(match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    })
}
