//! The checks that the work tree is still the commit that a release claims to be.

use super::model::{Action, FileRef, StepId, WorkTree};
use super::planner::Planner;
use crate::process::Runner;
use crate::project::work_tree;

/// The check after the hooks that run before everything, when nothing but a release will do: it fails before anything
/// is compiled. Returns what compilations need.
pub(super) fn after_hooks(planner: &mut Planner<'_>, hooks: Vec<StepId>) -> Vec<StepId> {
    if hooks.is_empty() || !planner.options.release_only {
        return hooks;
    }
    match check(planner) {
        Some(action) => {
            let outputs = vec![action.name.clone()];
            let id = "check the work tree after the hooks".to_owned();
            vec![planner.step(id, None, &hooks, outputs, Action::WorkTree(action))]
        }
        None => hooks,
    }
}

/// The check after everything that reads the work tree; what describes the release needs its result.
pub(super) fn at_the_end(planner: &mut Planner<'_>) -> Option<FileRef> {
    let action = check(planner)?;
    let everything = planner.step_ids();
    let name = action.name.clone();
    let id = "check the work tree".to_owned();
    let step = planner.step(
        id,
        None,
        &everything,
        vec![name.clone()],
        Action::WorkTree(action),
    );
    Some(FileRef::Output { step, name })
}

/// None when the record says anyway that files differ from the commit.
fn check(planner: &Planner<'_>) -> Option<WorkTree> {
    let git = planner.world.facts.git.as_ref().ok()?;
    if !git.dirty.is_empty() {
        return None;
    }
    let status = work_tree::status(&Runner::default(), &planner.world.finder, &git.root);
    Some(WorkTree {
        name: "work-tree.json".to_owned(),
        invocation: status.ok()?,
        root: git.root.clone(),
        commit: git.commit.clone(),
        refuse: planner.options.release_only,
    })
}
