//! Where gorelease's own action is: the repository with its `action.yml`, and the tag, branch or commit to use.

use std::fmt;
use std::str::FromStr;

/// The action that a workflow uses, `OWNER/NAME@REF`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    repository: String,
    reference: String,
}

impl Action {
    /// Whether gorelease is then compiled from the action's checkout: only tags of versions have a download.
    pub fn is_source(&self) -> bool {
        let version = self.reference.strip_prefix('v');
        version.is_none_or(|version| semver::Version::parse(version).is_err())
    }
}

/// The action of this version, in the repository that `Cargo.toml` names: the only place that states it.
impl Default for Action {
    fn default() -> Self {
        let address = env!("CARGO_PKG_REPOSITORY");
        let repository = address.strip_prefix("https://github.com/");
        Self {
            repository: repository.unwrap_or(address).to_owned(),
            reference: format!("v{}", env!("CARGO_PKG_VERSION")),
        }
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (repository, reference) = match text.split_once('@') {
            Some((repository, reference)) => (repository, reference.to_owned()),
            None => (text, Self::default().reference),
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
        Ok(Self {
            repository: repository.to_owned(),
            reference,
        })
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.repository, self.reference)
    }
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
