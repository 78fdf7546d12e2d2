//! `report.html`: a run for people who would rather look than read.
//!
//! One page without scripts that fetches nothing. It tells times of day's work and so differs from run to run; it is
//! no artifact, and no checksum covers it.

mod page;
mod timeline;

use std::fs;
use std::path::Path;

use minijinja::Environment;
use minijinja::value::Serde;

use super::Summary;
use crate::error::Failure;
use crate::process::masked;
use page::Page;

const TEMPLATE: &str = include_str!("../../../templates/report/report.html.j2");

/// The page's name in `dist/`.
pub const FILE_NAME: &str = crate::engine::REPORT;

/// The page of a run.
///
/// # Errors
/// When the template is wrong.
pub fn html(summary: &Summary) -> Result<String, Failure> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    // The name's ending turns the escaping of HTML on.
    environment
        .render_named_str(FILE_NAME, TEMPLATE, Serde(Page::new(summary)))
        .map_err(|error| Failure::failed(format!("could not make `{FILE_NAME}`: {error:#}")))
}

/// Writes the page into the folder of the results.
///
/// # Errors
/// When it cannot be made or written.
pub fn write_html(summary: &Summary, dist: &Path) -> Result<(), Failure> {
    let path = dist.join(FILE_NAME);
    let temporary = dist.join(format!(".{FILE_NAME}.tmp"));
    fs::write(&temporary, &*masked(&html(summary)?))
        .and_then(|()| fs::rename(&temporary, &path))
        .map_err(|error| {
            // What is left of it is of no use to anybody.
            let _ = fs::remove_file(&temporary);
            Failure::io("write", &path, &error)
        })
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::Event as Markup;

    use super::*;
    use crate::event::Event;
    use crate::report::fixture;

    /// The names of all elements, read by an XML parser, which is stricter than any browser.
    fn elements(page: &str) -> Vec<String> {
        let mut reader = Reader::from_str(page);
        let mut names = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Markup::Start(tag) | Markup::Empty(tag) => {
                    names.push(tag.name().as_ref().to_owned());
                }
                Markup::Eof => return names,
                _ => {}
            }
        }
    }

    #[test]
    fn the_page_shows_every_file_and_step() {
        let plan = fixture::plan();
        let page = html(&fixture::summary(&plan, &fixture::good_run(&plan))).unwrap();
        let rows = elements(&page).iter().filter(|name| *name == "tr").count();
        // Headings, four files, three targets, seven steps.
        assert_eq!(rows, 3 + 4 + 3 + 7);
        for text in [
            "orders-api_1.4.2_linux_amd64.zip",
            "12.3 s",
            "go1.26.0",
            "412.0 MB",
        ] {
            assert!(page.contains(text), "{text}");
        }
    }

    #[test]
    fn the_page_fetches_nothing_and_runs_nothing() {
        let plan = fixture::plan();
        let page = html(&fixture::summary(&plan, &fixture::good_run(&plan))).unwrap();
        for word in ["<script", "<link", "<img", "@import", "url(", "src="] {
            assert!(!page.contains(word), "{word}");
        }
    }

    #[test]
    fn a_mark_at_the_edge_of_the_time_line_has_no_text_that_would_be_cut_off() {
        let plan = fixture::plan();
        let mut events = vec![fixture::planned(&plan)];
        events.extend(fixture::done(&plan, "build linux/amd64", 0, 5000));
        let page = html(&fixture::summary(&plan, &events)).unwrap();
        assert!(
            page.contains("<span style=\"left: 90.0%\">4.5 s</span>"),
            "{page}"
        );
        assert!(
            page.contains("<span style=\"left: 100.0%\"></span>"),
            "{page}"
        );
    }

    #[test]
    fn hostile_names_stay_text() {
        let mut plan = fixture::plan();
        plan.release.homepage = Some("example.com".to_owned());
        let tame = html(&fixture::summary(&plan, &fixture::good_run(&plan))).unwrap();
        let hostile = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
        plan.release.title = hostile.to_owned();
        plan.release.name = hostile.to_owned();
        plan.release.version = hostile.to_owned();
        plan.release.homepage = Some("javascript:alert(1)".to_owned());
        plan.release.license = Some(hostile.to_owned());
        let mut events = fixture::good_run(&plan);
        for event in &mut events {
            if let Event::Started { phase, .. } = event {
                hostile.clone_into(phase);
            }
            if let Event::Artifact { name, .. } = event {
                hostile.clone_into(name);
            }
        }
        let page = html(&fixture::summary(&plan, &events)).unwrap();
        assert_eq!(elements(&page), elements(&tame));
        assert!(!page.contains("href"), "a link that is no web address");
    }

    #[test]
    fn a_page_of_nothing_is_a_page() {
        let plan = fixture::plan();
        let page = html(&Summary::new(&plan)).unwrap();
        assert!(elements(&page).contains(&"footer".to_owned()));
    }

    #[test]
    fn nothing_but_the_page_is_left_in_the_folder() {
        let plan = fixture::plan();
        let folder = tempfile::tempdir().unwrap();
        write_html(&Summary::new(&plan), folder.path()).unwrap();
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [FILE_NAME]);
    }
}
