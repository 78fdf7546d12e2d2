//! What services add to the build: the host in a `go build`, and the wrappers.

use std::collections::BTreeMap;

use super::model::{Action, BuildRecord, ServiceWrapper};
use super::planner::{FinishedBinary, Planner};
use crate::process::Invocation;
use crate::service::Service;
use crate::service::model::HostMode;

/// The import paths among `packages` whose programs get the host compiled in, by program name.
pub(super) fn injected<'n>(
    planner: &Planner<'_>,
    programs: impl Iterator<Item = (&'n str, &'n str)>,
) -> Vec<String> {
    let is_injected = |name: &str| {
        planner
            .services
            .iter()
            .any(|service| service.binary == name && service.host == HostMode::Inject)
    };
    programs
        .filter(|(name, _)| is_injected(name))
        .map(|(_, pattern)| pattern.to_owned())
        .collect()
}

/// Adds a wrapper beside every program for Windows that is a service in the mode `wrapper`.
pub(super) fn wrappers(
    planner: &mut Planner<'_>,
    mut binaries: Vec<FinishedBinary>,
) -> Vec<FinishedBinary> {
    let wrapped: Vec<String> = planner
        .services
        .iter()
        .filter(|service| service.host == HostMode::Wrapper)
        .map(|service| service.binary.clone())
        .collect();
    let programs: Vec<FinishedBinary> = binaries
        .iter()
        .filter(|binary| binary.target.is_windows() && wrapped.contains(&binary.program))
        .cloned()
        .collect();
    for program in programs {
        binaries.push(wrapper(planner, &program));
    }
    binaries
}

fn wrapper(planner: &mut Planner<'_>, program: &FinishedBinary) -> FinishedBinary {
    let target = &program.target;
    let name = Service::wrapper_name(&program.program);
    let file_name = format!("{name}{}", target.executable_extension());
    let flags = ["-trimpath", "-buildvcs=false", "-ldflags=-s -w"].map(str::to_owned);
    let mut settings: BTreeMap<String, String> = target.environment().into_iter().collect();
    settings.insert("CGO_ENABLED".to_owned(), "0".to_owned());
    settings.insert("GOWORK".to_owned(), "off".to_owned());
    let summary = format!("go build of {name} for {target}");
    let mut invocation = Invocation::new("go", summary);
    if let Ok(go) = &planner.world.facts.go {
        invocation.program.clone_from(&go.program);
        invocation.env = go.environment(&settings);
        invocation = go.pass(invocation);
    }
    invocation = invocation.arg("build").args(flags.clone());
    let action = ServiceWrapper {
        invocation,
        name: file_name.clone(),
    };
    let file = planner.file_step(
        format!("build {name} {target}"),
        Some(target),
        &file_name,
        Action::ServiceWrapper(action),
    );
    FinishedBinary {
        program: name,
        target: target.clone(),
        file_name,
        file,
        build: BuildRecord {
            package: "gorelease.example/service-host".to_owned(),
            flags: flags.to_vec(),
            env: settings,
        },
    }
}
