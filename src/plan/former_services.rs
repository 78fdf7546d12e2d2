//! Compares the services with those of the earlier release.

use super::planner::Planner;
use crate::problem::{Problem, Problems};

/// Warns of each service that the earlier release had and this one has not, under no name: an upgrade removes it.
pub(super) fn compare(planner: &Planner<'_>, problems: &mut Problems) {
    let Some(earlier) = &planner.world.earlier_release else {
        return;
    };
    let (Some(manifest), _) = crate::manifest::parse(&earlier.manifest_text) else {
        return;
    };
    let services = &planner.manifest.services;
    for former in manifest.services.iter().map(|service| &service.model.name) {
        let known = services.iter().any(|service| {
            let mut names = std::iter::once(&service.model.name).chain(&service.model.renamed_from);
            names.any(|name| name.eq_ignore_ascii_case(former))
        });
        if known {
            continue;
        }
        let message = format!(
            "service `{former}` of {} is not in this release: an upgrade removes it with its settings",
            earlier.tag
        );
        let hint =
            format!("if it was renamed, add `renamed-from = [\"{former}\"]` to its `[[service]]`");
        let place = services.first().and_then(|service| service.place.place());
        problems.push(Problem::warning(message).at_option(place).hint(hint));
    }
}
