//! Manifest + facts + options → [`Plan`]: pure, so that everything that will happen can be printed before it does.
//!
//! In order: the release (name, version, time), the targets, the programs, then for each program and target the chain
//! compile → hooks → finished binary, then the packages of each target, and last what describes all of them.

mod archives;
mod cargo;
mod closing;
mod compile;
mod deploy;
mod expand;
mod files;
mod former_services;
mod hooks;
mod inputs;
mod install;
mod model;
mod msi;
mod planner;
pub mod program_names;
mod programs;
mod pushed_tag;
mod release;
mod release_model;
mod resources;
mod service_hints;
mod service_host;
mod service_hosts;
mod service_properties;
mod service_texts;
mod service_titles;
mod services;
mod settings;
mod silent_parameters;
mod surroundings;
mod tags;
mod targets;
mod tools;
mod trust;
mod trust_model;
mod universal;
mod version;
mod windows_programs;
mod windows_versions;
mod work_tree;
mod world;

pub use compile::single_architectures;
pub use expand::Expander;
pub use model::*;
pub use planner::{FinishedBinary, Planner};
pub use programs::Program;
pub use pushed_tag::pushed_tag_variables;
pub use release::owner_of_module;
pub use release_model::*;
pub use settings::{DEFAULT_LDFLAGS, plain_setting};
pub use tags::TagRule;
pub use targets::{Ports, of_project};
pub use tools::{c_compilers, tools, uses_cgo, versions_of};
pub use trust::{LICENCES_NAME, VULNERABILITIES_NAME, companions, sign_windows_file};
pub use trust_model::*;

pub use world::{
    EarlierRelease, FileIndex, Options, PackageQuery, ProjectFile, ServiceProgram, Skip, World,
};

use crate::manifest::Manifest;
use crate::problem::Problems;

/// Makes the plan. With errors among the problems it is only as whole as they let it be, and none when not even the
/// version is known.
pub fn make(manifest: &Manifest, world: &World, options: &Options) -> (Option<Plan>, Problems) {
    let mut problems = Problems::default();
    if let Some(problem) = programs::unanswered(manifest, world) {
        problems.push(problem);
        return (None, problems);
    }
    programs::check_found(manifest, world, &mut problems);
    if world.manifest_text.is_empty() && !problems.is_ok() {
        // In a folder with nothing to release, the version is nobody's question.
        return (None, problems);
    }
    let plan = release::decide(manifest, world, options, &mut problems)
        .map(|release| Planner::new(manifest, world, options, release))
        .map(|planner| planner.plan(&mut problems));
    (plan, problems)
}
