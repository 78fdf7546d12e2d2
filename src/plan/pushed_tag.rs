//! The tag whose push started this job of a CI service.

use std::collections::BTreeMap;

/// Whole references, such as `refs/tags/v1.2.3`: GitHub, Gitea and Forgejo; Azure Pipelines.
const REFERENCES: [&str; 2] = ["GITHUB_REF", "BUILD_SOURCEBRANCH"];

/// Tags alone: GitLab and Woodpecker, Bitbucket, Buildkite, CircleCI, Drone, Travis.
const TAGS: [&str; 6] = [
    "CI_COMMIT_TAG",
    "BITBUCKET_TAG",
    "BUILDKITE_TAG",
    "CIRCLE_TAG",
    "DRONE_TAG",
    "TRAVIS_TAG",
];

/// The variables that name the tag.
pub fn pushed_tag_variables() -> impl Iterator<Item = &'static str> {
    REFERENCES.into_iter().chain(TAGS)
}

/// The tag, if this is such a job. A service sets its variable empty or not at all otherwise.
pub(super) fn of(environment: &BTreeMap<String, String>) -> Option<String> {
    let value = |name: &str| {
        let value = environment.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    };
    let mut references = REFERENCES.iter().filter_map(|name| value(name));
    let tag = references.find_map(|reference| reference.strip_prefix("refs/tags/"));
    let tag = tag.or_else(|| TAGS.iter().find_map(|name| value(name)));
    tag.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_of_a_tag_is_told_from_others() {
        let pushed = |name: &str, text: &str| of(&[(name.to_owned(), text.to_owned())].into());
        assert_eq!(
            pushed("GITHUB_REF", "refs/tags/v1.2.3").as_deref(),
            Some("v1.2.3")
        );
        assert_eq!(pushed("GITHUB_REF", "refs/heads/main"), None);
        assert_eq!(
            pushed("CI_COMMIT_TAG", "tools/v1.2.3").as_deref(),
            Some("tools/v1.2.3")
        );
        assert_eq!(pushed("CI_COMMIT_TAG", ""), None);
        assert_eq!(
            pushed("BUILD_SOURCEBRANCH", "refs/tags/v1.0.0").as_deref(),
            Some("v1.0.0")
        );
        assert_eq!(of(&BTreeMap::new()), None);
    }
}
