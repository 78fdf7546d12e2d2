//! macOS executables for both processors.

use super::{Made, StepContext, StepError};
use crate::error::Failure;
use crate::plan::Universal;

pub(super) fn run(action: &Universal, _context: &StepContext<'_>) -> Result<Made, StepError> {
    Err(Failure::failed(format!("cannot make `{}`", action.name)).into())
}
