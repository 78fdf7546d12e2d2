//! A service that the earlier release had, and this one has not.

use crate::support::project::Project;

const HEAD: &str = "[project]\nname = 'hello'\n[build]\ntargets = ['windows/amd64']\n";

#[test]
fn a_service_that_vanished_without_renamed_from_is_warned_of() {
    let project = Project::hello();
    let manifest = |services: &str| format!("{HEAD}{services}");
    let service = |name: &str, more: &str| {
        format!("[[service]]\nbinary = 'hello'\nname = '{name}'\ntitle = '{name}'\n{more}")
    };
    let warnings = |services: &str| {
        project.write("release.toml", &manifest(services));
        project.run(&["check"]).ends_with(0).stderr
    };
    project.manifest(&manifest(&service("Orders", "")));
    project.commit("second", None);
    assert!(!warnings(&service("ORDERS", "")).contains("is not in this release"));
    let renamed = warnings(&service("Shop", ""));
    for text in [
        "service `Orders` of v1.2.3 is not in this release",
        "renamed-from = [\"Orders\"]",
    ] {
        assert!(renamed.contains(text), "`{text}` is not in:\n{renamed}");
    }
    let stated = warnings(&service("Shop", "renamed-from = ['Orders']\n"));
    assert!(!stated.contains("is not in this release"), "{stated}");
}
