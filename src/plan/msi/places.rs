//! Where in the manifest a problem of the package model stands.

use std::ops::Range;

use crate::manifest::Located;
use crate::package::msi::{Package, PackageProblem, Subject, problems as package_problems};
use crate::plan::planner::{FinishedBinary, Planner};
use crate::problem::{Problem, Problems};

/// What is wrong with the package, at its place in the manifest.
pub(super) fn report(
    planner: &Planner<'_>,
    package: &Package,
    binaries: &[&FinishedBinary],
    problems: &mut Problems,
) {
    for PackageProblem {
        subject,
        message,
        hint,
    } in package_problems(package)
    {
        let problem = Problem::error(message).at_option(place(planner, binaries, &subject));
        problems.push(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
    }
}

fn place(
    planner: &Planner<'_>,
    binaries: &[&FinishedBinary],
    subject: &Subject,
) -> Option<Range<usize>> {
    let manifest = planner.manifest;
    let (msi, project) = (&manifest.msi, &manifest.project);
    let of = |text: &Option<Located<String>>| text.as_ref().and_then(Located::place);
    match subject {
        Subject::Title => of(&project.title).or_else(|| of(&project.name)),
        Subject::Manufacturer => of(&project.manufacturer),
        Subject::Description => of(&project.description).or_else(|| of(&project.title)),
        Subject::Service(name) => manifest
            .services
            .iter()
            .find(|table| table.model.name == *name)
            .and_then(|table| table.place.place()),
        Subject::Property(name) => msi
            .properties
            .iter()
            .find(|property| property.name == *name)
            .and_then(Located::place),
        Subject::Shortcut(name) => msi
            .shortcuts
            .iter()
            .find(|shortcut| shortcut.name.value == *name)
            .and_then(|one| one.name.place()),
        Subject::Firewall(service, port) => msi
            .firewall
            .iter()
            .find(|rule| rule.service.value == *service && rule.port.value == *port)
            .and_then(|rule| rule.port.place()),
        Subject::Environment(name) => msi.environment.get(name).and_then(Located::place),
        Subject::File(path) => file(planner, binaries, path),
        Subject::Package => None,
    }
}

/// A further file, a service's configuration file, or a program.
fn file(planner: &Planner<'_>, binaries: &[&FinishedBinary], path: &str) -> Option<Range<usize>> {
    let manifest = planner.manifest;
    let further = manifest.msi.files.iter().find(|file| {
        let stated = file.to.as_ref().unwrap_or(&file.from);
        path.ends_with(stated.value.as_str())
    });
    let configuration = || {
        let mut files = manifest.services.iter().flat_map(|service| &service.config);
        files.find(|file| file.name == path)?.from.place()
    };
    let program = || {
        let binary = binaries.iter().find(|binary| binary.file_name == path)?;
        let mut stated = manifest.binaries.iter();
        stated
            .find(|stated| stated.name.value == binary.program)?
            .name
            .place()
    };
    further
        .and_then(|file| file.from.place())
        .or_else(configuration)
        .or_else(program)
}
