//! Which version, and whether this is a release: decided from the manifest, git and the command line.

use semver::{Prerelease, Version};

use super::release_model::{ReleaseKind, VersionOrigin};
use super::tags::TagRule;

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
    /// The form of the project's tags.
    pub rule: TagRule,
    /// The tag whose push started this job of a CI service.
    pub pushed: Option<String>,
}

/// Why there is no version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub message: String,
    /// What helps.
    pub hint: String,
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
pub fn decide(request: &Request, tree: Option<&Tree>) -> Result<Decision, Refusal> {
    let given = request.version.as_ref().or(request.stated.as_ref());
    let Some(tree) = tree else {
        let version = request
            .snapshot
            .as_ref()
            .or(given)
            .cloned()
            .ok_or_else(|| Refusal {
                message: "no version: there is no git repository to take it from".to_owned(),
                hint: "give one with --version 1.2.3, or `version` in `[project]`".to_owned(),
            })?;
        return Ok(snapshot(
            version,
            request.origin(),
            "this is no git repository",
        ));
    };
    if request.snapshot.is_none() {
        check_pushed(request, tree, given)?;
    }
    let tag = tagged(request, tree, given);
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
                (None, None) => after_tag(tag, tree, &request.rule),
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

/// The tag at HEAD that is a version: the pushed one, the given one, or the highest.
fn tagged(request: &Request, tree: &Tree, given: Option<&Version>) -> Option<(String, Version)> {
    let pushed = request.pushed.as_ref();
    tree.tags
        .iter()
        .filter(|tag| pushed.is_none_or(|pushed| pushed == *tag))
        .filter_map(|tag| Some((tag.clone(), request.rule.version(tag)?)))
        .filter(|(_, version)| given.is_none_or(|given| version == given))
        .max_by(|left, right| left.1.cmp(&right.1))
}

/// Holds a job of a tag to that tag: the results of another version would be attached to its release.
fn check_pushed(request: &Request, tree: &Tree, given: Option<&Version>) -> Result<(), Refusal> {
    let Some(tag) = &request.pushed else {
        return Ok(());
    };
    let refuse = |message: String, hint: String| Err(Refusal { message, hint });
    let Some(version) = request.rule.version(tag) else {
        let explained = request.rule.explain(tag);
        let reason = explained.as_ref().map_or_else(
            || format!("the tag `{tag}` is not a version of this project"),
            |explained| explained.reason.clone(),
        );
        let hint = explained.map_or_else(
            || format!("its tags look like `{}`", request.rule.example()),
            |explained| explained.hint,
        );
        return refuse(
            format!("this job was started by a tag, and {reason}"),
            format!("{hint}; start the job for version tags only, or use --snapshot"),
        );
    };
    if !tree.tags.contains(tag) {
        return refuse(
            format!("this job was started by the tag `{tag}`, which does not point at HEAD"),
            format!("check out the tag: `git checkout {tag}`, after `git fetch --tags`"),
        );
    }
    match given {
        Some(given) if *given != version => refuse(
            format!("this job was started by the tag `{tag}`, and the version is to be {given}"),
            "start the job for the tag of that version, or use --snapshot".to_owned(),
        ),
        _ => Ok(()),
    }
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
    let explained = || tree.tags.iter().find_map(|tag| request.rule.explain(tag));
    match (tag, given) {
        (Some(_), _) => None,
        (None, Some(version)) => Some(format!(
            "the commit has no tag `{}`",
            request.rule.tag(version)
        )),
        (None, None) => Some(explained().map_or_else(
            || format!("the commit has no tag such as `{}`", request.rule.example()),
            |explained| explained.reason,
        )),
    }
}

/// The version of a tree beyond its tag: the next patch of the nearest release, as a pre-release of it.
fn after_tag(tag: Option<(String, Version)>, tree: &Tree, rule: &TagRule) -> Version {
    let nearest = tree
        .nearest
        .as_ref()
        .and_then(|(tag, distance)| Some((rule.version(tag)?, *distance)));
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
            rule: TagRule::of_folder("", ""),
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
            rule: TagRule::of_folder("tools", ""),
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
    fn the_pushed_tag_is_the_version_or_an_error() {
        let pushed = |tag: &str| Request {
            pushed: Some(tag.to_owned()),
            ..request()
        };
        let tree = tree(&["v1", "v1.0.0", "v1.0.0-rc2"], None, false);
        let release = |version: &str| (version.to_owned(), ReleaseKind::Release);
        assert_eq!(decided(&pushed("v1.0.0-rc2"), &tree), release("1.0.0-rc2"));
        assert_eq!(decided(&pushed("v1.0.0"), &tree), release("1.0.0"));
        for (tag, message) in [
            ("v1", "the tag `v1` is not a semantic version"),
            ("v2.0.0", "does not point at HEAD"),
            ("other/v1.0.0", "does not begin with `v`"),
            ("latest", "`latest` is not a version of this project"),
        ] {
            let refusal = decide(&pushed(tag), Some(&tree)).unwrap_err();
            assert!(refusal.message.contains(message), "{tag}: {refusal:?}");
        }
        let other = Request {
            version: Version::parse("1.0.0").ok(),
            ..pushed("v1.0.0-rc2")
        };
        assert!(decide(&other, Some(&tree)).is_err());
        let snapshot = Request {
            snapshot: Version::parse("9.9.9-test").ok(),
            ..pushed("v1")
        };
        assert_eq!(
            decide(&snapshot, Some(&tree)).unwrap().kind,
            ReleaseKind::Snapshot
        );
    }

    #[test]
    fn outside_git_a_version_must_be_given() {
        assert!(decide(&request(), None).is_err());
    }
}
