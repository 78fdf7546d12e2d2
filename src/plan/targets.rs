//! Which targets: the manifest's list, globs, groups and exclusions against the ports of the Go in use.

use std::collections::BTreeSet;

use crate::manifest::check::Build;
use crate::manifest::{Located, check::pattern};
use crate::problem::{Problem, Problems, nearest};
use crate::project::Facts;
use crate::target::{Target, UNIVERSAL, VariantKind};

/// What Go and this machine offer.
pub struct Ports<'a> {
    /// GOOS/GOARCH of `go tool dist list`, in its order.
    pub known: &'a [Target],
    /// This machine.
    pub host: &'a Target,
    /// The Go in use, as (major, minor).
    pub go: (u32, u32),
}

/// Systems whose programs are not started from a file, so that neither `all` nor a wide glob means them.
const SPECIAL_SYSTEMS: [&str; 4] = ["android", "ios", "js", "wasip1"];

/// Targets that are known without a go tool that tells them.
pub const COMMON: [&str; 14] = [
    "darwin/amd64",
    "darwin/arm64",
    "freebsd/amd64",
    "freebsd/arm64",
    "linux/386",
    "linux/amd64",
    "linux/arm",
    "linux/arm64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
    "windows/386",
    "windows/amd64",
    "windows/arm64",
];

/// The targets when the manifest names none.
const DEFAULT_TARGETS: [&str; 6] = [
    "darwin/amd64",
    "darwin/arm64",
    "linux/amd64",
    "linux/arm64",
    "windows/amd64",
    "windows/arm64",
];

/// The targets of a project, whatever the command line leaves of them, and this machine.
pub fn of_project(build: &Build, facts: &Facts, problems: &mut Problems) -> (Vec<Target>, Target) {
    let host = Target::new(&*facts.host.os, &*facts.host.arch);
    let known: Vec<Target> = match &facts.go {
        Ok(go) => go
            .platforms
            .iter()
            .map(|platform| Target::new(&*platform.os, &*platform.arch))
            .collect(),
        // Programs of another language alone: what they are for, their own tool knows.
        Err(_) => COMMON
            .iter()
            .filter_map(|text| Target::parse(text))
            .collect(),
    };
    let go = facts.go.as_ref();
    let ports = Ports {
        known: &known,
        host: &host,
        go: go.map_or((0, 0), |go| (go.version.major, go.version.minor)),
    };
    (resolve(build, &ports, problems), host)
}

/// The targets, sorted, each once.
pub fn resolve(build: &Build, ports: &Ports<'_>, problems: &mut Problems) -> Vec<Target> {
    let mut targets = BTreeSet::new();
    if let Some(list) = &build.targets {
        for text in list {
            match expand(text, ports) {
                Ok(found) => targets.extend(found),
                Err(problem) => problems.push(problem),
            }
        }
    } else if build.goos.is_empty() && build.goarch.is_empty() {
        targets.extend(
            DEFAULT_TARGETS
                .iter()
                .filter_map(|text| Target::parse(text)),
        );
    } else {
        targets.extend(matrix(build, ports, problems));
    }
    for pattern in &build.exclude {
        let before = targets.len();
        targets.retain(|target| !pattern.matcher.is_match(target.to_string()));
        if targets.len() == before && problems.is_ok() {
            let problem = Problem::warning(format!("`{}` excludes nothing", pattern.text.value));
            problems.push(problem.at(pattern.text.span.clone()));
        }
    }
    if targets.is_empty() && problems.is_ok() {
        problems
            .push(Problem::error("no target is left").hint("name at least one in `build.targets`"));
    }
    targets.into_iter().collect()
}

/// One entry of `targets`: a target, a glob, or a group.
fn expand(text: &Located<String>, ports: &Ports<'_>) -> Result<Vec<Target>, Problem> {
    match text.as_str() {
        "host" => return Ok(vec![ports.host.clone()]),
        "all" => {
            return Ok(ports
                .known
                .iter()
                .filter(|target| !special(target))
                .cloned()
                .collect());
        }
        _ => {}
    }
    if text.contains(['*', '?', '[', '{']) {
        let glob = pattern(text.clone())?;
        let found: Vec<Target> = ports
            .known
            .iter()
            .filter(|target| glob.matcher.is_match(target.to_string()) && !special(target))
            .cloned()
            .collect();
        let nothing =
            || Problem::error(format!("`{}` matches no target", text.value)).at(text.span.clone());
        return if found.is_empty() {
            Err(nothing().hint("`go tool dist list` prints those that Go knows"))
        } else {
            Ok(found)
        };
    }
    if !text.contains('/') && !text.is_empty() {
        let found: Vec<Target> = ports
            .known
            .iter()
            .filter(|target| target.goos == text.value)
            .cloned()
            .collect();
        return if found.is_empty() {
            Err(unknown_system(text, ports))
        } else {
            Ok(found)
        };
    }
    let Some(target) = Target::parse(text).filter(|target| !target.goos.is_empty()) else {
        let problem =
            Problem::error(format!("`{}` is no target", text.value)).at(text.span.clone());
        return Err(problem.hint("such as `windows/amd64` or `linux/arm/7`"));
    };
    check_target(&target, text, ports)?;
    Ok(vec![target])
}

fn special(target: &Target) -> bool {
    SPECIAL_SYSTEMS.contains(&target.goos.as_str())
}

fn check_target(target: &Target, text: &Located<String>, ports: &Ports<'_>) -> Result<(), Problem> {
    let place = text.span.clone();
    if target.is_universal() {
        if target.goos == "darwin" && target.variant.is_none() {
            return Ok(());
        }
        return Err(Problem::error(format!("`{target}` is no target"))
            .at(place)
            .hint("only `darwin/universal` is"));
    }
    if !ports.known.iter().any(|port| port.goos == target.goos) {
        return Err(unknown_system(text, ports));
    }
    if !ports
        .known
        .iter()
        .any(|port| port.goos == target.goos && port.goarch == target.goarch)
    {
        let architectures: Vec<&str> = ports
            .known
            .iter()
            .filter(|port| port.goos == target.goos)
            .map(|port| port.goarch.as_str())
            .collect();
        let problem = Problem::error(format!(
            "Go has no `{}` for `{}`",
            target.goarch, target.goos
        ))
        .at(place);
        return Err(
            match meant(&target.goarch, &OTHER_ARCHITECTURES, &architectures) {
                Some(meant) => problem.hint(format!("did you mean `{}/{meant}`?", target.goos)),
                None => problem.hint(format!(
                    "GOARCH of {}: {}",
                    target.goos,
                    architectures.join(", ")
                )),
            },
        );
    }
    target.variant.as_ref().map_or(Ok(()), |variant| {
        check_variant(target, variant, text, ports.go)
    })
}

fn check_variant(
    target: &Target,
    variant: &str,
    text: &Located<String>,
    go: (u32, u32),
) -> Result<(), Problem> {
    let place = text.span.clone();
    let Some(kind) = VariantKind::of(&target.goarch) else {
        let problem = Problem::error(format!("`{}` has no variants", target.goarch)).at(place);
        return Err(problem.hint(format!("write `{}/{}`", target.goos, target.goarch)));
    };
    if !kind.allows(variant) {
        let problem = Problem::error(format!("`{variant}` is no {}", kind.variable)).at(place);
        let values = kind.values.join(", ");
        // As Docker writes it: `linux/arm/v7`.
        if let Some(number) = variant
            .strip_prefix('v')
            .filter(|number| kind.allows(number))
        {
            return Err(problem.hint(format!(
                "did you mean `{}/{}/{number}`?",
                target.goos, target.goarch
            )));
        }
        return Err(match nearest(variant, kind.values.iter().copied()) {
            Some(meant) if kind.options.is_empty() => {
                problem.hint(format!("did you mean `{meant}`? known: {values}"))
            }
            _ => problem.hint(format!("{} is one of: {values}", kind.variable)),
        });
    }
    if go < kind.since {
        let (major, minor) = kind.since;
        let problem = Problem::error(format!(
            "{} needs Go {major}.{minor} or newer",
            kind.variable
        ))
        .at(place);
        return Err(problem.hint(format!("this is Go {}.{}", go.0, go.1)));
    }
    Ok(())
}

fn unknown_system(text: &Located<String>, ports: &Ports<'_>) -> Problem {
    let typed = text.split('/').next().unwrap_or_default();
    let mut systems: Vec<&str> = ports.known.iter().map(|port| port.goos.as_str()).collect();
    systems.dedup();
    let problem = Problem::error(format!("unknown GOOS `{typed}`")).at(text.span.clone());
    match meant(typed, &OTHER_SYSTEMS, &systems) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint(format!("known: {}", systems.join(", "))),
    }
}

/// What others call a GOOS.
const OTHER_SYSTEMS: [(&str, &str); 6] = [
    ("macos", "darwin"),
    ("osx", "darwin"),
    ("mac", "darwin"),
    ("win", "windows"),
    ("win32", "windows"),
    ("win64", "windows"),
];

/// What others call a GOARCH.
const OTHER_ARCHITECTURES: [(&str, &str); 7] = [
    ("x64", "amd64"),
    ("x86_64", "amd64"),
    ("x86-64", "amd64"),
    ("x86", "386"),
    ("i386", "386"),
    ("i686", "386"),
    ("aarch64", "arm64"),
];

/// The known name that `typed` stands for elsewhere, or the nearest one.
fn meant<'a>(typed: &str, others: &[(&str, &'a str)], known: &[&'a str]) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    let other = others.iter().find(|(other, _)| *other == lower);
    other
        .map(|(_, name)| *name)
        .filter(|name| known.contains(name))
        .or_else(|| nearest(typed, known.iter().copied()))
}

/// goos × goarch; pairs that Go does not know are left out, values that it never knows are problems.
fn matrix(build: &Build, ports: &Ports<'_>, problems: &mut Problems) -> Vec<Target> {
    for goos in &build.goos {
        if !ports.known.iter().any(|port| port.goos == goos.value) {
            problems.push(unknown_system(goos, ports));
        }
    }
    for goarch in &build.goarch {
        let mut known = ports.known.iter().map(|port| port.goarch.as_str());
        if goarch.value != UNIVERSAL && !known.any(|name| name == goarch.value) {
            let all: BTreeSet<&str> = ports
                .known
                .iter()
                .map(|port| port.goarch.as_str())
                .collect();
            let problem = Problem::error(format!("unknown GOARCH `{}`", goarch.value))
                .at(goarch.span.clone());
            let all: Vec<&str> = all.into_iter().collect();
            problems.push(match meant(goarch, &OTHER_ARCHITECTURES, &all) {
                Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
                None => problem.hint(format!("known: {}", all.join(", "))),
            });
        }
    }
    let wanted = |list: &[Located<String>], value: &str, default: &[&str]| {
        if list.is_empty() {
            default.contains(&value)
        } else {
            list.iter().any(|entry| entry.value == value)
        }
    };
    let mut targets: Vec<Target> = ports
        .known
        .iter()
        .filter(|port| {
            wanted(&build.goos, &port.goos, &["darwin", "linux", "windows"])
                && wanted(&build.goarch, &port.goarch, &["amd64", "arm64"])
        })
        .cloned()
        .collect();
    if build.goarch.iter().any(|goarch| goarch.value == UNIVERSAL)
        && wanted(&build.goos, "darwin", &["darwin"])
    {
        targets.push(Target::new("darwin", UNIVERSAL));
    }
    targets
}

/// Those of `targets` that one of the command line's globs matches; a glob that matches none is a problem.
pub fn select(
    targets: Vec<Target>,
    globs: &[String],
    host: &Target,
    problems: &mut Problems,
) -> Vec<Target> {
    if globs.is_empty() {
        return targets;
    }
    let mut chosen = BTreeSet::new();
    for glob in globs {
        if glob == "host" {
            chosen.insert(host.clone());
            continue;
        }
        if glob == "all" {
            chosen.extend(targets.iter().cloned());
            continue;
        }
        let matcher = match pattern(Located::inferred(glob.clone())) {
            Ok(pattern) => pattern.matcher,
            Err(problem) => {
                problems.push(problem);
                continue;
            }
        };
        let before = chosen.len();
        chosen.extend(
            targets
                .iter()
                .filter(|target| matcher.is_match(target.to_string()))
                .cloned(),
        );
        if chosen.len() == before
            && !targets
                .iter()
                .any(|target| matcher.is_match(target.to_string()))
        {
            let list: Vec<String> = targets.iter().map(Target::to_string).collect();
            let problem = Problem::error(format!(
                "`--target {glob}` matches no target of this project"
            ));
            problems.push(problem.hint(format!("its targets: {}", list.join(", "))));
        }
    }
    chosen.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports() -> Vec<Target> {
        [
            "android/arm64",
            "darwin/amd64",
            "darwin/arm64",
            "linux/386",
            "linux/amd64",
            "linux/arm",
            "windows/386",
            "windows/amd64",
        ]
        .iter()
        .filter_map(|text| Target::parse(text))
        .collect()
    }

    fn resolved(toml: &str) -> (Vec<String>, Vec<Problem>) {
        let known = ports();
        let host = Target::new("linux", "amd64");
        let (manifest, problems) = crate::manifest::parse(toml);
        assert!(problems.is_ok(), "{problems:?}");
        let mut problems = Problems::default();
        let ports = Ports {
            known: &known,
            host: &host,
            go: (1, 22),
        };
        let targets = resolve(&manifest.unwrap().build, &ports, &mut problems);
        (
            targets.iter().map(Target::to_string).collect(),
            problems.sorted(),
        )
    }

    #[test]
    fn groups_and_globs_are_expanded() {
        let (targets, problems) = resolved(
            "[build]\ntargets = ['windows', '*/arm', 'linux/arm/7', 'host', 'darwin/universal']",
        );
        assert_eq!(problems, []);
        assert_eq!(
            targets,
            [
                "darwin/universal",
                "linux/amd64",
                "linux/arm",
                "linux/arm/7",
                "windows/386",
                "windows/amd64"
            ]
        );
        assert!(
            !resolved("[build]\ntargets = ['all']")
                .0
                .contains(&"android/arm64".to_owned())
        );
    }

    #[test]
    fn a_matrix_leaves_out_what_go_does_not_know() {
        let (targets, _) = resolved(
            "[build]\ngoos = ['darwin', 'linux']\ngoarch = ['386', 'arm64']\nexclude = ['darwin/*']",
        );
        assert_eq!(targets, ["linux/386"]);
    }

    #[test]
    fn typing_errors_get_a_hint() {
        for (entry, hint) in [
            ("wndows/amd64", "did you mean `windows`?"),
            ("windows/amd46", "did you mean `windows/amd64`?"),
            ("linux/amd64/v9", "did you mean `v1`? known: v1, v2, v3, v4"),
            ("darwin/arm64/v8.0", "this is Go 1.22"),
        ] {
            let (_, problems) = resolved(&format!("[build]\ntargets = ['{entry}']"));
            assert_eq!(problems.len(), 1, "{entry}: {problems:?}");
            assert_eq!(problems[0].hint.as_deref(), Some(hint), "{entry}");
            assert!(problems[0].span.is_some());
        }
    }

    #[test]
    fn command_line_globs_choose() {
        let host = Target::new("linux", "amd64");
        let mut problems = Problems::default();
        assert_eq!(
            select(ports(), &["windows".to_owned()], &host, &mut problems).len(),
            2
        );
        assert!(problems.is_empty());
        select(ports(), &["plan9/*".to_owned()], &host, &mut problems);
        assert!(!problems.is_ok());
    }
}
