//! `darwin/universal`: the two macOS executables of a program in one.

use super::model::{Action, FileRef, Universal};
use super::planner::{FinishedBinary, Planner};
use crate::target::{Target, UNIVERSAL, VariantKind};

/// Adds the universal ones to the compiled binaries.
pub(super) fn plan(
    planner: &mut Planner<'_>,
    mut binaries: Vec<FinishedBinary>,
    programs: &[super::Program],
) -> Vec<FinishedBinary> {
    for program in programs
        .iter()
        .filter(|program| program.targets.iter().any(Target::is_universal))
    {
        let target = Target::new("darwin", UNIVERSAL);
        let parts: Vec<FinishedBinary> = ["amd64", "arm64"]
            .iter()
            .filter_map(|goarch| {
                let part = Target::new("darwin", *goarch);
                binaries
                    .iter()
                    .find(|binary| binary.program == program.name && binary.target == part)
                    .cloned()
            })
            .collect();
        let Some(first) = parts.first() else { continue };
        let inputs: Vec<FileRef> = parts.iter().map(|part| part.file.clone()).collect();
        let name = first.file_name.clone();
        let action = Action::Universal(Universal {
            inputs,
            name: name.clone(),
        });
        let file = planner.file_step(
            format!("join {} {target}", program.name),
            Some(&target),
            &name,
            action,
        );
        let mut build = first.build.clone();
        build
            .env
            .retain(|name, _| name != "GOARCH" && !VariantKind::is_variable(name));
        binaries.push(FinishedBinary {
            program: program.name.clone(),
            target,
            file_name: name,
            file,
            build,
        });
    }
    // An architecture that was only compiled to be joined is no result of its own.
    binaries.retain(|binary| {
        programs.iter().any(|program| {
            program.name == binary.program && program.targets.contains(&binary.target)
        })
    });
    binaries
}
