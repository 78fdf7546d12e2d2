//! Which tag gives the version.

use crate::support::project::{Project, finished};

/// Version and kind that a plan has.
fn planned(project: &Project, environment: &[(&str, &str)]) -> (String, String) {
    let mut command = project.command(&["plan", "--format", "json"]);
    let run = finished(command.envs(environment.iter().copied()).output().unwrap()).ends_with(0);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let text = |name: &str| plan["release"][name].as_str().unwrap().to_owned();
    (text("version"), text("kind"))
}

fn release(version: &str) -> (String, String) {
    (version.to_owned(), "release".to_owned())
}

#[test]
fn in_a_job_of_a_tag_that_tag_is_the_version() {
    let project = Project::hello();
    for tag in ["v1.2.3-rc2", "v1"] {
        project.git(&["tag", tag]);
    }
    assert_eq!(planned(&project, &[]), release("1.2.3"));
    for environment in [
        ("GITHUB_REF", "refs/tags/v1.2.3-rc2"),
        ("CI_COMMIT_TAG", "v1.2.3-rc2"),
    ] {
        assert_eq!(planned(&project, &[environment]), release("1.2.3-rc2"));
    }
    assert_eq!(
        planned(&project, &[("GITHUB_REF", "refs/heads/v9.9.9")]),
        release("1.2.3")
    );
    for (tag, says) in [
        ("v1", "the tag `v1` is not a semantic version"),
        ("v9.9.9", "the tag `v9.9.9`, which does not point at HEAD"),
    ] {
        let reference = format!("refs/tags/{tag}");
        let mut command = project.command(&["build", "--release"]);
        finished(command.env("GITHUB_REF", reference).output().unwrap())
            .ends_with(3)
            .says(says);
    }
}

#[test]
fn a_module_in_a_folder_of_its_major_version_has_the_tags_that_go_gives_it() {
    let project = Project::hello();
    project.write("v2/go.mod", "module example.com/hello/v2\n\ngo 1.21\n");
    project.write("v2/main.go", "package main\n\nfunc main() {}\n");
    project.commit("second", Some("v2.0.0"));
    project.git(&["tag", "v1.9.0"]);
    let mut command = project.command(&["plan", "--format", "json", "-C", "v2"]);
    let run = finished(command.output().unwrap()).ends_with(0);
    assert!(
        run.stdout.contains("\"version\": \"2.0.0\""),
        "{}",
        run.stdout
    );
}

#[test]
fn a_tag_that_is_no_version_is_named() {
    let project = Project::hello();
    project.git(&["tag", "--delete", "v1.2.3"]);
    project.git(&["tag", "v1.2"]);
    project
        .run(&["build", "--release"])
        .ends_with(3)
        .says("the tag `v1.2` is not a semantic version")
        .says("hint: `v1.2.0` would be one");
    project.commit("second", None);
    let run = project.run(&["plan"]).ends_with(0);
    let said = format!("{}{}", run.stdout, run.stderr);
    assert!(
        said.contains("the tag `v1.2` is not a semantic version"),
        "{said}"
    );
}
