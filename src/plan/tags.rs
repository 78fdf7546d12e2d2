//! Which tags are versions of a project: one rule for the tag at HEAD, the tags before it, and the one that was pushed.

use semver::Version;

use crate::manifest::Manifest;
use crate::project::Facts;
use crate::project::packages::slashed;

/// The form of a project's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagRule {
    /// What stands before the version, such as `v` or `tools/v`. A prefix that ends with `v` may also stand without it.
    pub prefix: String,
    /// The only major version that belongs to the module: that of a folder such as `v2`, whose tags have the same prefix
    /// as those of the module around it (<https://go.dev/ref/mod#vcs-version>).
    pub major: Option<u64>,
}

/// Why a tag that looks like a version is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoVersion {
    /// What is wrong with it.
    pub reason: String,
    /// What a right one would be.
    pub hint: String,
}

impl TagRule {
    /// The rule of a project: as the manifest states it, or the module's folder in the repository and `v`. A workspace,
    /// whose own folder has no module, is released as a whole: its tags have its own folder.
    pub fn of(manifest: &Manifest, facts: &Facts) -> Self {
        if let Some(prefix) = &manifest.project.tag_prefix {
            return Self {
                prefix: prefix.value.clone(),
                major: None,
            };
        }
        let in_repository = || {
            let root = &facts.git.as_ref().ok()?.root;
            Some(slashed(facts.directory.strip_prefix(root).ok()?))
        };
        match &facts.modules {
            Ok(modules) if modules.of_directory(&facts.directory).is_none() => {
                Self::of_folder(&in_repository().unwrap_or_default(), "")
            }
            _ => {
                let (path, folder) = module(facts).unwrap_or_default();
                Self::of_folder(&folder, &path)
            }
        }
    }

    /// The rule of the module called `module` in a folder of the repository.
    pub fn of_folder(folder: &str, module: &str) -> Self {
        let (above, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        let suffix = module.rsplit('/').next().unwrap_or_default();
        let major = suffix
            .strip_prefix('v')
            .and_then(|major| major.parse().ok());
        let major = major.filter(|major| *major >= 2 && last == suffix);
        let folder = if major.is_some() { above } else { folder };
        let prefix = match folder {
            "" => "v".to_owned(),
            folder => format!("{folder}/v"),
        };
        Self { prefix, major }
    }

    /// Whether the go tool, too, takes the tag for this version of the module: it has `v`, no build metadata, and the
    /// major version of the module's path (<https://go.dev/ref/mod#vcs-version>).
    pub fn is_for_go(tag: &str, version: &Version, module: &str, folder: &str) -> bool {
        let suffix = module.rsplit(['/', '.']).next().unwrap_or_default();
        let major = suffix
            .strip_prefix('v')
            .and_then(|major| major.parse::<u64>().ok())
            .filter(|major| *major >= 2 || module.starts_with("gopkg.in/"));
        let is_major = major.map_or(version.major < 2, |major| version.major == major);
        let own = Self::of_folder(folder, module).tag(version);
        is_major && version.build.is_empty() && tag == own
    }

    /// An example of such a tag.
    pub fn example(&self) -> String {
        self.tag(&Version::new(self.major.unwrap_or(1), 2, 3))
    }

    /// The tag of a version.
    pub fn tag(&self, version: &Version) -> String {
        format!("{}{version}", self.prefix)
    }

    /// The version in a tag.
    pub fn version(&self, tag: &str) -> Option<Version> {
        let version = Version::parse(self.rest(tag)?).ok()?;
        let is_ours = self.major.is_none_or(|major| version.major == major);
        is_ours.then_some(version)
    }

    /// What follows the prefix.
    fn rest<'t>(&self, tag: &'t str) -> Option<&'t str> {
        let without_v = || tag.strip_prefix(self.prefix.strip_suffix('v')?);
        tag.strip_prefix(&self.prefix).or_else(without_v)
    }

    /// Why a tag is no version of this project, when it looks as if it were meant to be one.
    pub fn explain(&self, tag: &str) -> Option<NoVersion> {
        let rest = self.rest(tag).filter(|rest| starts_with_digit(rest));
        if let Some(rest) = rest {
            if Version::parse(rest).is_ok() {
                return None;
            }
            let hint = match whole(rest) {
                Some(version) => format!("`{}` would be one", self.tag(&version)),
                None => format!(
                    "it has three numbers without leading zeros, such as `{}`",
                    self.example()
                ),
            };
            return Some(NoVersion {
                reason: format!("the tag `{tag}` is not a semantic version"),
                hint,
            });
        }
        let (prefix, version) = split(tag)?;
        Some(NoVersion {
            reason: format!("the tag `{tag}` does not begin with `{}`", self.prefix),
            hint: format!(
                "tag `{}`, or set `tag-prefix = \"{prefix}\"` in `[project]`",
                self.tag(&version)
            ),
        })
    }
}

/// The main module: its path, and its folder in the repository.
pub(super) fn module(facts: &Facts) -> Option<(String, String)> {
    let modules = facts.modules.as_ref().ok()?;
    let module = modules
        .of_directory(&facts.directory)
        .or(modules.main.first())?;
    let root = facts.git.as_ref().ok().map(|git| git.root.as_path());
    let folder = root.and_then(|root| module.dir.as_deref()?.strip_prefix(root).ok());
    Some((module.path.clone(), folder.map(slashed).unwrap_or_default()))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}

/// `1.2` → 1.2.0, `2026.01.02` → 2026.1.2: the version that somebody may have meant.
fn whole(text: &str) -> Option<Version> {
    let (core, pre) = match text.find(['-', '+']) {
        Some(place) => text.split_at(place),
        None => (text, ""),
    };
    let numbers: Vec<u64> = core
        .split('.')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let core = match numbers[..] {
        [major] => format!("{major}.0.0"),
        [major, minor] => format!("{major}.{minor}.0"),
        [major, minor, patch] => format!("{major}.{minor}.{patch}"),
        _ => return None,
    };
    // `-rc.01` is no pre-release either.
    let parts: Vec<&str> = pre.split('.').collect();
    let parts = parts.iter().map(|part| {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match part.trim_start_matches('0') {
            "" if is_number => "0",
            trimmed if is_number => trimmed,
            _ => part,
        }
    });
    let pre = parts.collect::<Vec<_>>().join(".");
    Version::parse(&format!("{core}{pre}")).ok()
}

/// `release-1.2.3` → (`release-`, 1.2.3).
fn split(tag: &str) -> Option<(&str, Version)> {
    let mut before = ' ';
    for (place, letter) in tag.char_indices() {
        if letter.is_ascii_digit()
            && !(before.is_ascii_digit() || before == '.')
            && let Ok(version) = Version::parse(&tag[place..])
        {
            return Some((&tag[..place], version));
        }
        before = letter;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_a_major_version_has_the_tags_of_the_folder_around_it() {
        for (folder, module, prefix, major) in [
            ("", "example.com/m", "v", None),
            ("", "example.com/m/v2", "v", None),
            ("v2", "example.com/m/v2", "v", Some(2)),
            ("tools/v3", "example.com/m/tools/v3", "tools/v", Some(3)),
            ("tools", "example.com/m/tools/v3", "tools/v", None),
            ("v2", "example.com/m/other", "v2/v", None),
            ("v1", "example.com/m/v1", "v1/v", None),
        ] {
            let rule = TagRule::of_folder(folder, module);
            assert_eq!(
                (rule.prefix.as_str(), rule.major),
                (prefix, major),
                "{folder} {module}"
            );
        }
        let rule = TagRule::of_folder("v2", "example.com/m/v2");
        assert_eq!(rule.version("v2.0.0"), Some(Version::new(2, 0, 0)));
        assert_eq!(rule.version("v1.9.0"), None);
        assert_eq!(rule.example(), "v2.2.3");
    }

    #[test]
    fn a_tag_that_is_no_version_is_explained() {
        let rule = TagRule::of_folder("", "example.com/m");
        for (tag, reason, hint) in [
            (
                "v1.2",
                "the tag `v1.2` is not a semantic version",
                "`v1.2.0` would be one",
            ),
            (
                "v1",
                "the tag `v1` is not a semantic version",
                "`v1.0.0` would be one",
            ),
            (
                "v2026.01.02",
                "the tag `v2026.01.02` is not a semantic version",
                "`v2026.1.2` would be one",
            ),
            (
                "v1.2.3-rc.01",
                "the tag `v1.2.3-rc.01` is not a semantic version",
                "`v1.2.3-rc.1` would be one",
            ),
            (
                "v1.2.3.4",
                "the tag `v1.2.3.4` is not a semantic version",
                "it has three numbers without leading zeros, such as `v1.2.3`",
            ),
            (
                "V1.2.3",
                "the tag `V1.2.3` does not begin with `v`",
                "tag `v1.2.3`, or set `tag-prefix = \"V\"` in `[project]`",
            ),
            (
                "release-1.2.3",
                "the tag `release-1.2.3` does not begin with `v`",
                "tag `v1.2.3`, or set `tag-prefix = \"release-\"` in `[project]`",
            ),
        ] {
            let explained = rule.explain(tag).unwrap_or_else(|| panic!("{tag}"));
            assert_eq!(
                (explained.reason.as_str(), explained.hint.as_str()),
                (reason, hint)
            );
            assert_eq!(rule.version(tag), None);
        }
        for tag in ["v1.2.3", "1.2.3", "latest", "very"] {
            assert_eq!(rule.explain(tag), None, "{tag}");
        }
    }

    #[test]
    fn which_tags_go_takes() {
        for (tag, version, module, folder, expected) in [
            ("v1.2.3", "1.2.3", "example.com/a", "", true),
            ("v1.2.3-rc.1", "1.2.3-rc.1", "example.com/a", "", true),
            ("1.2.3", "1.2.3", "example.com/a", "", false),
            ("v2.0.0", "2.0.0", "example.com/a", "", false),
            ("v2.0.0", "2.0.0", "example.com/a/v2", "", true),
            ("v1.0.0", "1.0.0", "example.com/a/v2", "", false),
            ("v2.0.0", "2.0.0", "example.com/a/v2", "v2", true),
            ("v3.1.0", "3.1.0", "gopkg.in/yaml.v3", "", true),
            ("v1.2.3+meta", "1.2.3+meta", "example.com/a", "", false),
            ("release-1.2.3", "1.2.3", "example.com/a", "", false),
            (
                "tools/v1.2.3",
                "1.2.3",
                "example.com/a/tools",
                "tools",
                true,
            ),
            ("v1.2.3", "1.2.3", "example.com/a/tools", "tools", false),
        ] {
            let version = Version::parse(version).unwrap();
            assert_eq!(
                TagRule::is_for_go(tag, &version, module, folder),
                expected,
                "{tag} {module}"
            );
        }
    }
}
