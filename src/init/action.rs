//! Where gorelease's own action is: the repository with its `action.yml`, and the tag, branch or commit to use.

use std::fmt;
use std::str::FromStr;

/// What `uses:` names for the repository that holds the action itself.
const LOCAL: &str = "./";

/// The action that a workflow uses: `OWNER/NAME@REF`, or `./` in the action's own repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Of another repository.
    Published {
        /// `OWNER/NAME`.
        repository: String,
        /// A tag, a branch or a commit.
        reference: String,
        /// The version that a commit is, written behind it as a comment, which update bots read.
        version: Option<String>,
    },
    /// Of the checkout that the workflow is in.
    Local,
}

impl Action {
    /// Whether gorelease is then compiled from the action's checkout: a branch has no download. A tag of a version has
    /// one, and a commit has the one of the version that its own `Cargo.toml` states.
    pub fn is_source(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Published { reference, .. } => !is_version(reference) && !is_commit(reference),
        }
    }

    /// What stands behind `uses:`, with the version of a pinned commit as a comment.
    pub fn uses(&self) -> String {
        match self {
            Self::Published {
                version: Some(version),
                ..
            } => format!("{self} # {version}"),
            _ => self.to_string(),
        }
    }
}

/// The action of this version, in the repository that `Cargo.toml` names: the only place that states it. A gorelease of
/// a release knows its commit and pins it.
impl Default for Action {
    fn default() -> Self {
        let address = env!("CARGO_PKG_REPOSITORY");
        let repository = address.strip_prefix("https://github.com/");
        let tag = format!("v{}", env!("CARGO_PKG_VERSION"));
        let commit = option_env!("GORELEASE_COMMIT").filter(|commit| is_commit(commit));
        Self::Published {
            repository: repository.unwrap_or(address).to_owned(),
            reference: commit.map_or_else(|| tag.clone(), str::to_owned),
            version: commit.map(|_| tag),
        }
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == LOCAL {
            return Ok(Self::Local);
        }
        let (repository, reference) = match text.split_once('@') {
            Some((repository, reference)) => (repository, reference.to_owned()),
            None => (text, format!("v{}", env!("CARGO_PKG_VERSION"))),
        };
        let is_name = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        let is_reference = |name: &str| name.split('/').all(is_name);
        let (owner, name) = repository.split_once('/').unwrap_or_default();
        if !is_name(owner) || !is_name(name) || !is_reference(&reference) {
            return Err(
                "a GitHub repository looks like OWNER/NAME or OWNER/NAME@v1.2.3".to_owned(),
            );
        }
        Ok(Self::Published {
            repository: repository.to_owned(),
            reference,
            version: None,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published {
                repository,
                reference,
                ..
            } => write!(f, "{repository}@{reference}"),
            Self::Local => f.write_str(LOCAL),
        }
    }
}

fn is_version(reference: &str) -> bool {
    let version = reference.strip_prefix('v');
    version.is_some_and(|version| semver::Version::parse(version).is_ok())
}

/// A whole SHA-1 or SHA-256 object name.
fn is_commit(reference: &str) -> bool {
    let digits = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    matches!(reference.len(), 40 | 64) && reference.chars().all(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_it_is_the_release_of_this_version() {
        let action = Action::default();
        assert_eq!(action.to_string().parse(), Ok(action.clone()));
        assert!(!action.is_source(), "{action}");
    }

    #[test]
    fn another_repository_has_the_same_version_unless_it_says_otherwise() {
        let action: Action = "contoso/gorelease".parse().unwrap();
        assert_eq!(
            action.to_string(),
            format!("contoso/gorelease@v{}", env!("CARGO_PKG_VERSION"))
        );
        assert!(!action.is_source());
        let commit = format!("contoso/gorelease@{}", "0a".repeat(20));
        assert!(!commit.parse::<Action>().unwrap().is_source(), "{commit}");
        assert!("./".parse::<Action>().unwrap().is_source());
        for source in ["contoso/gorelease@main", "contoso/gorelease@feature/msi"] {
            let action: Action = source.parse().unwrap();
            assert_eq!(action.to_string(), source);
            assert!(action.is_source(), "no release belongs to a branch");
        }
    }

    #[test]
    fn what_is_no_repository_is_refused() {
        for bad in [
            "",
            "gorelease",
            "a/b/c",
            "/b",
            "a/",
            "a/b@",
            "a b/c",
            "a/b@x y",
            "https://github.com/a/b",
        ] {
            assert!(bad.parse::<Action>().is_err(), "{bad}");
        }
    }
}
