//! The overlay that compiles the service host into programs, written beside the go tool's outputs.

use std::path::{Path, PathBuf};

use super::{StepContext, StepError};
use crate::error::Failure;
use crate::plan::GoBuild;
use crate::process::Invocation;
use crate::project::Package;
use crate::service::overlay::{self, MainPackage, Overlay};

/// Adds the overlay to `invocation`, which is the build's, unless no program gets the host.
pub(super) fn add_overlay(
    action: &GoBuild,
    invocation: &mut Invocation,
    stage: &Path,
    context: &StepContext<'_>,
) -> Result<(), StepError> {
    if action.service_host.is_empty() {
        return Ok(());
    }
    let packages = packages(action, context)?;
    let mains: Vec<(PathBuf, String, Vec<String>)> = packages
        .into_iter()
        .map(|package| {
            let files = [package.go_files, package.cgo_files].concat();
            (package.dir, package.import_path, files)
        })
        .collect();
    let mains: Vec<MainPackage<'_>> = mains
        .iter()
        .map(|(directory, import_path, files)| MainPackage {
            directory,
            import_path,
            files,
        })
        .collect();
    let (base, rest) = take_overlay_flag(&invocation.args);
    let base = match (base, &invocation.cwd) {
        (Some(path), Some(directory)) => Overlay::read(&directory.join(path), directory)?,
        _ => Overlay::default(),
    };
    let folder = stage.join("overlay");
    // Made anew each time: whatever became of it in the cache, it is right after that.
    super::go_build::remove(&folder)?;
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make", &folder, &error))?;
    let overlay = overlay::write(&mains, &base, &folder)?;
    invocation.args = rest;
    let place = usize::from(invocation.args.first().is_some_and(|arg| arg == "build"));
    invocation
        .args
        .insert(place, format!("-overlay={}", overlay.to_string_lossy()));
    Ok(())
}

/// The files of the packages for the very target, flags and environment of the build.
fn packages(action: &GoBuild, context: &StepContext<'_>) -> Result<Vec<Package>, StepError> {
    let build = &action.invocation;
    let choosing = |flag: &&String| {
        let name = flag.trim_start_matches('-').split('=').next();
        name.is_some_and(|name| ["tags", "mod", "modfile", "overlay"].contains(&name))
    };
    let flags: Vec<String> = build.args.iter().filter(choosing).cloned().collect();
    let mut list = Invocation::new(&build.program, "go list")
        .args([
            "list",
            "-find",
            "-json=ImportPath,Name,Dir,GoFiles,CgoFiles",
        ])
        .args(flags)
        .arg("--")
        .args(action.service_host.iter().cloned());
    list.env = build.env.clone();
    list.secret_env = build.secret_env.clone();
    list.cwd = build.cwd.clone();
    let output = context.runner.run(&list)?;
    serde_json::Deserializer::from_str(&output.stdout_text())
        .into_iter::<Package>()
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Failure::failed(format!("go list: unexpected answer: {error}")).into())
}

/// The user's own `-overlay` among the arguments, and the arguments without it.
fn take_overlay_flag(args: &[String]) -> (Option<PathBuf>, Vec<String>) {
    let value = |arg: &String| {
        let arg = arg.trim_start_matches('-');
        arg.strip_prefix("overlay=").map(PathBuf::from)
    };
    let rest = args.iter().filter(|arg| value(arg).is_none()).cloned();
    (args.iter().find_map(value), rest.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_overlay_is_taken_out() {
        let args = ["build", "-tags=x", "--overlay=o.json", "."].map(str::to_owned);
        let (overlay, rest) = take_overlay_flag(&args);
        assert_eq!(overlay, Some(PathBuf::from("o.json")));
        assert_eq!(rest, ["build", "-tags=x", "."]);
    }
}
