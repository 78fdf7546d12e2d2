//! Titles of services. Windows takes a title once, and not where another service has it as its name
//! (`CreateService`, ERROR_DUPLICATE_SERVICE_NAME).

use super::planner::Planner;
use crate::manifest::{Located, ServiceTable};
use crate::problem::{Problem, Problems};
use crate::service::Service;

/// The title of a service that is not given one: the project's, and the service's name where there are several.
pub(super) fn default(planner: &Planner<'_>, table: &ServiceTable) -> String {
    let title = &planner.release.title;
    match planner.manifest.services.len() {
        0 | 1 => title.clone(),
        _ => format!("{title} {}", table.model.name),
    }
}

/// Refuses titles that Windows would not take beside each other.
pub(super) fn check(tables: &[ServiceTable], services: &[Service], problems: &mut Problems) {
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    for (index, service) in services.iter().enumerate() {
        let mut tables = tables.iter();
        let table = tables.find(|table| table.model.name == service.name);
        let place = table.and_then(|table| {
            let title = table.texts.title.as_ref().and_then(Located::place);
            title.or(table.place.place())
        });
        let title = &service.title;
        let mut before = services[..index].iter();
        let problem = if before.any(|other| same(title, &other.title)) {
            Problem::error(format!("duplicate service title `{title}`"))
                .hint("Windows takes a title once: give each service a `title` of its own")
        } else if let Some(other) =
            (services.iter()).find(|other| other.name != service.name && same(title, &other.name))
        {
            Problem::error(format!(
                "the title `{title}` is the name of the service `{}`",
                other.name
            ))
            .hint("Windows takes a name once, as name or as title: choose another `title`")
        } else {
            continue;
        };
        problems.push(problem.at_option(place));
    }
}
