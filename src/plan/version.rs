//! Which version, and whether this is a release: decided from the manifest, git and the command line.

use semver::{Prerelease, Version};

use super::release_model::{ReleaseKind, VersionOrigin};

/// What git tells of the tree; none when it is no git repository.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// The abbreviated commit; none before the first commit.
    pub short_commit: Option<String>,
    /// The tags at HEAD.
    pub tags: Vec<String>,
    /// The nearest earlier tag with the project's prefix, and how many commits ago.
    pub nearest: Option<(String, u64)>,
    /// Whether files differ from the commit; the first of them by name.
    pub dirty: Option<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `--version`.
    pub version: Option<Version>,
    /// `--snapshot`.
    pub snapshot: Option<Version>,
    /// The version in the manifest or its file.
    pub stated: Option<Version>,
    /// The tag's prefix, such as `v` or `tools/v`.
    pub tag_prefix: String,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The version.
    pub version: Version,
    /// Release or snapshot.
    pub kind: ReleaseKind,
    /// Why it is a snapshot.
    pub reason: Option<String>,
    /// What the version was taken from.
    pub origin: VersionOrigin,
    /// The tag that gave the version.
    pub tag: Option<String>,
}

/// Decides; the error says what is missing.
pub fn decide(request: &Request, tree: Option<&Tree>) -> Result<Decision, String> {
    let given = request.version.as_ref().or(request.stated.as_ref());
    let Some(tree) = tree else {
        let version = request
            .snapshot
            .as_ref()
            .or(given)
            .cloned()
            .ok_or("there is no git repository to take the version from")?;
        return Ok(snapshot(
            version,
            request.origin(),
            "this is no git repository",
        ));
    };
    let tag = tagged(tree, given, &request.tag_prefix);
    let reason = reason(
        request,
        tree,
        tag.as_ref().map(|(tag, _)| tag.as_str()),
        given,
    );
    if let Some(version) = &request.snapshot {
        return Ok(snapshot(
            version.clone(),
            request.origin(),
            "--snapshot was given",
        ));
    }
    match (reason, tag) {
        (None, Some((tag, version))) => Ok(Decision {
            version,
            kind: ReleaseKind::Release,
            reason: None,
            origin: VersionOrigin::Tag,
            tag: Some(tag),
        }),
        (reason, tag) => {
            let reason = reason.unwrap_or_else(|| "there is no tag".to_owned());
            // Asked for on the command line, a version is taken to the letter; from a file, it is the coming one.
            let version = match (&request.version, &request.stated) {
                (Some(version), _) => version.clone(),
                (None, Some(stated)) => development(stated.clone(), None, tree),
                (None, None) => after_tag(tag, tree, &request.tag_prefix),
            };
            Ok(snapshot(version, request.origin(), &reason))
        }
    }
}

impl Request {
    /// What the version of a snapshot is taken from.
    fn origin(&self) -> VersionOrigin {
        match (&self.snapshot, &self.version) {
            (Some(_), _) => VersionOrigin::SnapshotOption,
            (None, Some(_)) => VersionOrigin::VersionOption,
            (None, None) => VersionOrigin::Commit,
        }
    }
}

fn snapshot(version: Version, origin: VersionOrigin, reason: &str) -> Decision {
    Decision {
        version,
        kind: ReleaseKind::Snapshot,
        reason: Some(reason.to_owned()),
        origin,
        tag: None,
    }
}

/// The tag at HEAD that is a version: the given one, or the highest.
fn tagged(tree: &Tree, given: Option<&Version>, prefix: &str) -> Option<(String, Version)> {
    tree.tags
        .iter()
        .filter_map(|tag| Some((tag.clone(), parse_tag(tag, prefix)?)))
        .filter(|(_, version)| given.is_none_or(|given| version == given))
        .max_by(|left, right| left.1.cmp(&right.1))
}

/// The version in a tag; a prefix that ends with `v` may also stand without it.
pub fn parse_tag(tag: &str, prefix: &str) -> Option<Version> {
    let rest = tag
        .strip_prefix(prefix)
        .or_else(|| tag.strip_prefix(prefix.strip_suffix('v')?))?;
    Version::parse(rest).ok()
}

fn reason(
    request: &Request,
    tree: &Tree,
    tag: Option<&str>,
    given: Option<&Version>,
) -> Option<String> {
    if tree.short_commit.is_none() {
        return Some("there is no commit yet".to_owned());
    }
    if let Some(file) = &tree.dirty {
        return Some(format!("`{file}` differs from the commit"));
    }
    match (tag, given) {
        (Some(_), _) => None,
        (None, Some(version)) => Some(format!(
            "the commit has no tag `{}{version}`",
            request.tag_prefix
        )),
        (None, None) => Some(format!(
            "the commit has no tag such as `{}1.2.3`",
            request.tag_prefix
        )),
    }
}

/// The version of a tree beyond its tag: the next patch of the nearest release, as a pre-release of it.
fn after_tag(tag: Option<(String, Version)>, tree: &Tree, prefix: &str) -> Version {
    let nearest = tree
        .nearest
        .as_ref()
        .and_then(|(tag, distance)| Some((parse_tag(tag, prefix)?, *distance)));
    match tag.map(|(_, version)| (version, 0)).or(nearest) {
        Some((mut version, distance)) => {
            if version.pre.is_empty() {
                version.patch = version.patch.saturating_add(1);
            }
            development(version, Some(distance), tree)
        }
        None => development(Version::new(0, 0, 0), None, tree),
    }
}

/// `1.2.4` → `1.2.4-dev.5.g1a2b3c4`, `2.0.0-rc.1` → `2.0.0-rc.1.dev.5.g1a2b3c4`; `.dirty` at the end when it is.
///
/// The `g`, as `git describe` writes it, keeps a hash of digits alone from being read as a number with a leading zero.
fn development(mut version: Version, distance: Option<u64>, tree: &Tree) -> Version {
    let mut parts: Vec<String> = Vec::new();
    if !version.pre.is_empty() {
        parts.push(version.pre.to_string());
    }
    parts.push("dev".to_owned());
    parts.extend(distance.map(|distance| distance.to_string()));
    parts.extend(tree.short_commit.iter().map(|commit| format!("g{commit}")));
    parts.extend(tree.dirty.iter().map(|_| "dirty".to_owned()));
    version.build = semver::BuildMetadata::EMPTY;
    version.pre = Prerelease::new(&parts.join(".")).unwrap_or(Prerelease::EMPTY);
    version
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(tags: &[&str], nearest: Option<(&str, u64)>, dirty: bool) -> Tree {
        Tree {
            short_commit: Some("0123456".to_owned()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            nearest: nearest.map(|(tag, distance)| (tag.to_owned(), distance)),
            dirty: dirty.then(|| "main.go".to_owned()),
        }
    }

    fn request() -> Request {
        Request {
            tag_prefix: "v".to_owned(),
            ..Request::default()
        }
    }

    fn decided(request: &Request, tree: &Tree) -> (String, ReleaseKind) {
        let decision = decide(request, Some(tree)).unwrap();
        assert_eq!(
            decision.reason.is_some(),
            decision.kind == ReleaseKind::Snapshot
        );
        (decision.version.to_string(), decision.kind)
    }

    #[test]
    fn a_clean_tag_is_a_release() {
        assert_eq!(
            decided(
                &request(),
                &tree(&["v1.2.3", "other", "v1.3.0-rc.1"], None, false)
            ),
            ("1.3.0-rc.1".into(), ReleaseKind::Release)
        );
    }

    #[test]
    fn everything_else_is_a_snapshot_that_says_so() {
        use ReleaseKind::Snapshot;
        let cases = [
            (
                tree(&[], Some(("v1.2.3", 5)), false),
                "1.2.4-dev.5.g0123456",
            ),
            (tree(&["v1.2.3"], None, true), "1.2.4-dev.0.g0123456.dirty"),
            (
                tree(&[], Some(("v2.0.0-rc.1", 1)), false),
                "2.0.0-rc.1.dev.1.g0123456",
            ),
            (tree(&[], None, false), "0.0.0-dev.g0123456"),
            (Tree::default(), "0.0.0-dev"),
        ];
        for (tree, version) in cases {
            assert_eq!(decided(&request(), &tree), (version.to_owned(), Snapshot));
        }
    }

    #[test]
    fn a_monorepo_tag_has_its_prefix() {
        let request = Request {
            tag_prefix: "tools/v".to_owned(),
            ..Request::default()
        };
        assert_eq!(
            decided(&request, &tree(&["v9.0.0", "tools/v1.2.3"], None, false)).0,
            "1.2.3"
        );
    }

    #[test]
    fn a_stated_version_needs_its_tag_to_be_a_release() {
        let request = Request {
            stated: Version::parse("1.4.2").ok(),
            ..request()
        };
        assert_eq!(
            decided(&request, &tree(&["v1.4.2"], None, false)),
            ("1.4.2".into(), ReleaseKind::Release)
        );
        assert_eq!(
            decided(&request, &tree(&["v1.4.1"], None, false)).0,
            "1.4.2-dev.g0123456"
        );
    }

    #[test]
    fn the_command_line_is_taken_to_the_letter() {
        let request = Request {
            version: Version::parse("3.0.0").ok(),
            ..request()
        };
        assert_eq!(
            decided(&request, &tree(&[], None, true)),
            ("3.0.0".into(), ReleaseKind::Snapshot)
        );
        assert_eq!(decide(&request, None).unwrap().version.to_string(), "3.0.0");
    }

    #[test]
    fn what_the_version_was_taken_from_is_told() {
        use VersionOrigin::{Commit, SnapshotOption, Tag, VersionOption};
        let version = Version::parse("1.2.3").ok();
        let given = Request {
            version: version.clone(),
            ..request()
        };
        let snapshot = Request {
            snapshot: version,
            ..request()
        };
        let (tagged, untagged) = (tree(&["v1.2.3"], None, false), tree(&[], None, false));
        for (request, tree, origin) in [
            (request(), &tagged, Tag),
            (given.clone(), &tagged, Tag),
            (request(), &untagged, Commit),
            (given, &untagged, VersionOption),
            (snapshot, &tagged, SnapshotOption),
        ] {
            assert_eq!(decide(&request, Some(tree)).unwrap().origin, origin);
        }
    }

    #[test]
    fn outside_git_a_version_must_be_given() {
        assert!(decide(&request(), None).is_err());
    }
}
