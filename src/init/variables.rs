//! Variables that a release usually fills in: in the programs and in the packages of their module.

use std::collections::BTreeSet;

use crate::project::Package;
use crate::project::go_source::{self, Declared, Settable};

/// A variable that the linker can set, with the template for its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Variable {
    /// Its package as the linker calls it: `main` for a program.
    package: String,
    /// Its name.
    name: String,
    /// The template.
    value: &'static str,
}

impl Variable {
    /// The flag that fills it in.
    pub(super) fn flag(&self) -> String {
        format!("-X {}.{}={}", self.package, self.name, self.value)
    }

    /// Whether the flags that are used without a manifest fill it in.
    pub(super) fn is_default(&self) -> bool {
        let Self { package, name, .. } = self;
        package == "main" && ["version", "commit", "date"].contains(&name.as_str())
    }
}

const VERSION: &str = "{{ version }}";
const COMMIT: &str = "{{ commit }}";
const SHORT_COMMIT: &str = "{{ short_commit }}";
const DATE: &str = "{{ commit_date }}";
const TAG: &str = "{{ tag }}";

/// What the variables of these names, in lower case without `_`, are filled with.
const KNOWN: [(&str, &str); 40] = [
    ("version", VERSION),
    ("appversion", VERSION),
    ("buildversion", VERSION),
    ("cliversion", VERSION),
    ("gitversion", VERSION),
    ("programversion", VERSION),
    ("releaseversion", VERSION),
    ("semver", VERSION),
    ("versionstring", VERSION),
    ("gittag", TAG),
    ("commit", COMMIT),
    ("buildcommit", COMMIT),
    ("buildrevision", COMMIT),
    ("buildsha", COMMIT),
    ("commithash", COMMIT),
    ("commitid", COMMIT),
    ("commitsha", COMMIT),
    ("gitcommit", COMMIT),
    ("gitcommithash", COMMIT),
    ("gitcommitsha", COMMIT),
    ("githash", COMMIT),
    ("gitrev", COMMIT),
    ("gitrevision", COMMIT),
    ("gitsha", COMMIT),
    ("gitsha1", COMMIT),
    ("rev", COMMIT),
    ("revision", COMMIT),
    ("sha", COMMIT),
    ("commitshort", SHORT_COMMIT),
    ("gitcommitshort", SHORT_COMMIT),
    ("shortcommit", SHORT_COMMIT),
    ("date", DATE),
    ("builddate", DATE),
    ("builddatetime", DATE),
    ("buildtime", DATE),
    ("buildtimestamp", DATE),
    ("builtat", DATE),
    ("commitdate", DATE),
    ("compiledate", DATE),
    ("releasedate", DATE),
];

/// Packages that hold such variables by their name. In others a `version` may be that of a protocol, so that only one
/// without a value of its own is taken.
const PACKAGES: [&str; 12] = [
    "build",
    "buildinfo",
    "buildvars",
    "cli",
    "cmd",
    "command",
    "commands",
    "info",
    "meta",
    "release",
    "version",
    "versioninfo",
];

/// The variables in these packages, which are the programs and what they import of their own module; `project` is the
/// project's name, whose `NAMEVersion` is known too.
pub(super) fn find<'a>(
    packages: impl Iterator<Item = &'a Package>,
    project: &str,
) -> BTreeSet<Variable> {
    let mut found = BTreeSet::new();
    for package in packages {
        let files = package.go_files.iter().chain(&package.cgo_files);
        for path in files.map(|name| package.dir.join(name)) {
            // The go tool tells of a file that cannot be read.
            let source = std::fs::read_to_string(path).unwrap_or_default();
            found.extend(in_source(package, &source, project));
        }
    }
    found
}

fn in_source(package: &Package, source: &str, project: &str) -> Vec<Variable> {
    let is_main = package.is_main();
    let folder = package.import_path.rsplit('/').next().unwrap_or_default();
    let is_place = is_main || PACKAGES.contains(&folder);
    go_source::declared(source)
        .into_iter()
        .filter(|declared| declared.settable == Settable::Yes && (is_place || declared.is_empty))
        .filter_map(|declared: Declared| {
            Some(Variable {
                package: match is_main {
                    true => "main".to_owned(),
                    false => package.import_path.clone(),
                },
                value: value(&declared.name, project)?,
                name: declared.name,
            })
        })
        .collect()
}

fn value(name: &str, project: &str) -> Option<&'static str> {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-', '.'], "");
    let name = plain(name);
    let own = format!("{}version", plain(project));
    let known = KNOWN.iter().find(|(known, _)| *known == name);
    known
        .map(|(_, value)| *value)
        .or((name == own).then_some(VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_release_fills_in() {
        let package = |import_path: &str, name: &str| Package {
            import_path: import_path.to_owned(),
            name: name.to_owned(),
            ..Package::default()
        };
        let found = |package: &Package, source: &str| -> Vec<String> {
            let source = format!("package {}\n\n{source}", package.name);
            let found = in_source(package, &source, "air").into_iter();
            found.map(|variable| variable.flag()).collect()
        };
        let main = package("example.com/air", "main");
        for (source, flags) in [
            (
                "var version, commit, date = \"dev\", \"none\", \"unknown\"",
                &[
                    "-X main.version={{ version }}",
                    "-X main.commit={{ commit }}",
                    "-X main.date={{ commit_date }}",
                ][..],
            ),
            (
                "var (\n\tairVersion string\n\tCommitSHA = ``\n)",
                &[
                    "-X main.airVersion={{ version }}",
                    "-X main.CommitSHA={{ commit }}",
                ],
            ),
            (
                "var build_time string",
                &["-X main.build_time={{ commit_date }}"],
            ),
            (
                "const version = \"1\"\nvar commit = f()\nvar date int\nvar port = \"80\"",
                &[],
            ),
        ] {
            assert_eq!(found(&main, source), flags, "{source}");
        }
        let version = package("example.com/air/internal/version", "version");
        assert_eq!(
            found(&version, "var GitVersion = \"0.0.0\""),
            ["-X example.com/air/internal/version.GitVersion={{ version }}"]
        );
        let wire = package("example.com/air/wire", "wire");
        assert!(found(&wire, "var Version = \"3.1\"").is_empty());
        assert_eq!(found(&wire, "var Version string").len(), 1);
    }
}
