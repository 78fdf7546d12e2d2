//! What to do about a program of the user's that failed: its own words stand above, this is the hint below them.

use std::path::PathBuf;

use super::StepError;
use crate::process::{Invocation, ProcessError};
use crate::project::go_hints;

/// A compilation that failed; `invocation` is what a user would run.
pub(super) fn of_compilation(error: ProcessError, invocation: &Invocation) -> StepError {
    with_hint(error, |words| {
        go_hints::hint(words).map_or_else(|| by_hand(invocation), str::to_owned)
    })
}

/// One of the user's own commands that failed.
pub(super) fn of_hook(error: ProcessError, invocation: &Invocation) -> StepError {
    with_hint(error, |_| {
        let folder = folder(invocation);
        format!("it ran in `{folder}`; `--skip hooks` leaves out all hooks")
    })
}

/// Adds a hint to a failure that has none.
fn with_hint(error: ProcessError, hint: impl FnOnce(&str) -> String) -> StepError {
    match StepError::from(error) {
        StepError::Failed(mut failure) if failure.hint.is_none() => {
            failure.hint = Some(hint(failure.detail.as_deref().unwrap_or_default()));
            StepError::Failed(failure)
        }
        other => other,
    }
}

fn by_hand(invocation: &Invocation) -> String {
    format!(
        "the same by hand, in `{}`: {invocation}",
        folder(invocation)
    )
}

fn folder(invocation: &Invocation) -> String {
    let folder = invocation.cwd.as_deref().unwrap_or(".".as_ref());
    // Without the slash that a join with nothing leaves.
    let plain: PathBuf = folder.components().collect();
    plain.display().to_string()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::process::{Cancel, Runner};

    fn hint(words: &str) -> String {
        let script = format!("echo '{words}' >&2; exit 1");
        let failing = Invocation::new("sh", "go build").args(["-c", script.as_str()]);
        let error = Runner::new(Cancel::new()).run(&failing).unwrap_err();
        let build = Invocation::new("go", "go build")
            .args(["build", "./cmd/a"])
            .env("GOOS", "windows")
            .cwd("/src");
        match of_compilation(error, &build) {
            StepError::Failed(failure) => failure.hint.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_compilation_is_repeated_by_hand_unless_more_is_known() {
        assert_eq!(
            hint("./main.go:3:15: undefined: nope"),
            "the same by hand, in `/src`: GOOS=windows go build ./cmd/a"
        );
        assert!(
            hint("package a: build constraints exclude all Go files in /src").contains("exclude")
        );
        assert!(
            hint("main.go:2:8: no required module provides package x; to add it:").contains("tidy")
        );
        assert!(hint("compile: no space left on device").contains("disk is full"));
    }
}
