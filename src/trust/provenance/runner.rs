//! The machine that builds, as it describes itself.

use std::collections::BTreeMap;

/// Who runs the build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Runner {
    /// A person's machine, or a service that is not known here.
    Local,
    /// A GitHub Actions job.
    GitHub(GitHub),
}

/// What a GitHub Actions job says about itself in its default variables
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/variables>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitHub {
    /// `https://github.com`, or the address of an enterprise server.
    pub server: String,
    /// `owner/name`.
    pub repository: String,
    /// The workflow file with its ref: `owner/name/.github/workflows/release.yml@refs/tags/v1.0.0`.
    pub workflow: String,
    /// Number of the run.
    pub run_id: String,
    /// Number of the attempt.
    pub attempt: String,
    /// Further variables, by their SLSA parameter names.
    pub details: BTreeMap<&'static str, String>,
}

impl Runner {
    /// Reads the runner's variables; anything but a complete set of GitHub's is [`Runner::Local`].
    pub fn from_env(variables: &BTreeMap<String, String>) -> Self {
        let get = |name: &str| {
            variables
                .get(name)
                .filter(|value| !value.is_empty())
                .cloned()
        };
        if get("GITHUB_ACTIONS").as_deref() != Some("true") {
            return Self::Local;
        }
        let parts = (
            get("GITHUB_SERVER_URL"),
            get("GITHUB_REPOSITORY"),
            get("GITHUB_WORKFLOW_REF"),
            get("GITHUB_RUN_ID"),
            get("GITHUB_RUN_ATTEMPT"),
        );
        let (Some(server), Some(repository), Some(workflow), Some(run_id), Some(attempt)) = parts
        else {
            return Self::Local;
        };
        let named = [
            ("event_name", "GITHUB_EVENT_NAME"),
            ("ref", "GITHUB_REF"),
            ("repository_id", "GITHUB_REPOSITORY_ID"),
            ("repository_owner_id", "GITHUB_REPOSITORY_OWNER_ID"),
            ("runner_environment", "RUNNER_ENVIRONMENT"),
            ("workflow_sha", "GITHUB_WORKFLOW_SHA"),
        ];
        let details = named
            .into_iter()
            .filter_map(|(key, variable)| Some((key, get(variable)?)));
        Self::GitHub(GitHub {
            server,
            repository,
            workflow,
            run_id,
            attempt,
            details: details.collect(),
        })
    }

    /// URI of the builder: whom one has to trust.
    pub(super) fn builder_id(&self) -> String {
        match self {
            Self::Local => "urn:gorelease:builder:local".to_owned(),
            Self::GitHub(github) => format!("{}/{}", github.server, github.workflow),
        }
    }

    /// URI of this very run, where there is one.
    pub(super) fn invocation_id(&self) -> Option<String> {
        match self {
            Self::Local => None,
            Self::GitHub(github) => Some(format!(
                "{}/{}/actions/runs/{}/attempts/{}",
                github.server, github.repository, github.run_id, github.attempt
            )),
        }
    }
}
