//! Names of programs that a manifest does not name: one rule, with and without a manifest.

use crate::manifest::check::LONGEST_NAME;
use crate::project::Package;

/// Folders whose name says nothing about the program in them.
const PLACES: [&str; 14] = [
    "app",
    "apps",
    "bin",
    "cmd",
    "command",
    "docker",
    "entrypoint",
    "go",
    "golang",
    "main",
    "program",
    "run",
    "source",
    "src",
];

/// Folders whose name says what part of the project is in them: the name of the program only beside others.
const PARTS: [&str; 10] = [
    "agent", "api", "backend", "cli", "client", "daemon", "server", "service", "web", "worker",
];

/// `text` with what a name may not hold replaced by `-`: letters, digits, `.`, `_` and `-` are left, no more than the
/// manifest takes.
pub fn plain(text: &str) -> String {
    let name: String = text
        .chars()
        .take(LONGEST_NAME)
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "._-".contains(c) => c,
            _ => '-',
        })
        .collect();
    let name = name.trim_matches(['-', '.', ' ']);
    if name.is_empty() { "app" } else { name }.to_owned()
}

/// A name for each program, each once; Windows and macOS do not tell capitals apart.
///
/// It is the one that `go build` gives it, but the project's own for a folder whose name says nothing (`cmd`, `src`) and
/// for the only program in one that names its part (`server`). Of two with one name, the one in `cmd/NAME` keeps it;
/// the others get as many folders in front as make them differ.
pub fn of(packages: &[&Package], project: &str) -> Vec<String> {
    let wished: Vec<String> = packages
        .iter()
        .map(|package| wished(package, packages.len() == 1, project))
        .collect();
    let mut names: Vec<Option<String>> = vec![None; packages.len()];
    let is_taken = |names: &[Option<String>], name: &str| {
        let mut taken = names.iter().flatten();
        taken.any(|other| other.eq_ignore_ascii_case(name))
    };
    // The ones with the best claim to their name first.
    for claim in [Claim::Command, Claim::Own, Claim::Project] {
        for (index, package) in packages.iter().enumerate() {
            let name = &wished[index];
            let rivals = (0..packages.len()).filter(|other| {
                self::claim(packages[*other], project) == claim
                    && wished[*other].eq_ignore_ascii_case(name)
            });
            let is_only = rivals.count() == 1;
            if self::claim(package, project) == claim && is_only && !is_taken(&names, name) {
                names[index] = Some(name.clone());
            }
        }
    }
    for (index, package) in packages.iter().enumerate() {
        if names[index].is_none() {
            let longest = package.import_path.split('/').count();
            let candidates = (1..=longest).map(|folders| with_folders(package, folders));
            let others: Vec<&&Package> = packages
                .iter()
                .filter(|other| other.import_path != package.import_path)
                .collect();
            let name = candidates.enumerate().find(|(folders, name)| {
                let same =
                    |other: &&&Package| with_folders(other, folders + 1).eq_ignore_ascii_case(name);
                !is_taken(&names, name) && !others.iter().any(same)
            });
            let name = name.map(|(_, name)| name);
            names[index] = Some(name.unwrap_or_else(|| with_folders(package, longest)));
        }
    }
    names.into_iter().flatten().collect()
}

/// How good a package's claim to its name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// It is `cmd/NAME`.
    Command,
    /// It is called so by its folder or module.
    Own,
    /// It takes the project's name for want of one of its own.
    Project,
}

fn claim(package: &Package, project: &str) -> Claim {
    let name = package.executable_name();
    let is_place = PLACES.contains(&name) && name != project;
    match package.import_path.ends_with(&format!("/cmd/{name}")) {
        true if !is_place => Claim::Command,
        _ if is_place => Claim::Project,
        _ => Claim::Own,
    }
}

fn wished(package: &Package, is_only: bool, project: &str) -> String {
    let name = package.executable_name();
    let is_root = package
        .module
        .as_ref()
        .is_some_and(|module| module.path == package.import_path);
    let says_nothing = PLACES.contains(&name) || (is_only && PARTS.contains(&name));
    match says_nothing && !is_root {
        true => plain(project),
        false => plain(name),
    }
}

/// The executable's name with this many folders in front.
fn with_folders(package: &Package, folders: usize) -> String {
    let name = package.executable_name();
    let before = package
        .import_path
        .rsplit_once(name)
        .map_or("", |(before, _)| before.trim_end_matches('/'));
    let mut parts: Vec<&str> = before
        .rsplit('/')
        // A host says nothing.
        .filter(|part| !part.is_empty() && !part.contains('.'))
        .take(folders)
        .collect();
    parts.reverse();
    parts.push(name);
    if parts.len() == 1 {
        parts.push("main");
    }
    plain(&parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_unique() {
        let cases: [(&[&str], &[&str]); 10] = [
            (&["x.com/acme", "x.com/acme/cmd/api"], &["acme", "api"]),
            (
                &["x.com/a/cmd/Server", "x.com/b/cmd/server", "x.com/c"],
                &["a-cmd-Server", "b-cmd-server", "c"],
            ),
            // The product keeps its name beside a helper of the same name.
            (
                &["x.com/acme", "x.com/acme/cmd/acme"],
                &["acme-main", "acme"],
            ),
            (&["x.com/acme/cmd"], &["acme"]),
            (&["x.com/acme/main", "x.com/acme/tool"], &["acme", "tool"]),
            (&["x.com/acme/src", "x.com/acme"], &["acme-src", "acme"]),
            (&["x.com/acme/server"], &["acme"]),
            (
                &["x.com/acme/server", "x.com/acme/client"],
                &["server", "client"],
            ),
            (
                &["x.com/acme/cmd", "x.com/acme/docker"],
                &["acme-cmd", "acme-docker"],
            ),
            (
                &["x.com/acme/cmd/app", "x.com/acme/cmd/ctl"],
                &["acme", "ctl"],
            ),
        ];
        for (paths, names) in cases {
            let packages: Vec<Package> = paths
                .iter()
                .map(|path| Package {
                    import_path: (*path).to_owned(),
                    ..Package::default()
                })
                .collect();
            let packages: Vec<&Package> = packages.iter().collect();
            assert_eq!(of(&packages, "acme"), names, "{paths:?}");
        }
    }

    #[test]
    fn names_hold_only_what_they_may() {
        for (text, name) in [
            ("orders", "orders"),
            ("Mein Projekt ü", "Mein-Projekt"),
            ("日本", "app"),
            (".hidden", "hidden"),
        ] {
            assert_eq!(plain(text), name);
        }
        assert_eq!(plain(&"ü".repeat(300)), "app");
        assert_eq!(plain(&"n".repeat(300)), "n".repeat(100));
    }
}
