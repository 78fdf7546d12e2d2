//! Names for what a manifest calls by name.

use crate::manifest::check::LONGEST_NAME;
use crate::project::Package;

/// `text` with what a name may not hold replaced by `-`: letters, digits, `.`, `_` and `-` are left, no more than the
/// manifest takes.
pub(super) fn plain(text: &str) -> String {
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

/// A name for each executable: the one that `go build` gives it, with as many folders in front as make it the only
/// one. Windows and macOS do not tell capitals apart.
pub(super) fn executables(packages: &[&Package]) -> Vec<String> {
    let longest = packages
        .iter()
        .map(|package| package.import_path.split('/').count())
        .max()
        .unwrap_or(1);
    let mut names = Vec::new();
    for package in packages {
        let name = (0..longest)
            .map(|folders| with_folders(package, folders))
            .find(|name| {
                let same = |other: &&&Package| {
                    let folders = name.1;
                    with_folders(other, folders).0.eq_ignore_ascii_case(&name.0)
                };
                packages.iter().filter(same).count() == 1
            })
            .unwrap_or_else(|| with_folders(package, longest));
        names.push(name.0);
    }
    names
}

/// The executable's name with this many folders in front, and that number.
fn with_folders(package: &Package, folders: usize) -> (String, usize) {
    let name = package.executable_name();
    let before = package
        .import_path
        .rsplit_once(name)
        .map_or("", |(before, _)| before.trim_end_matches('/'));
    let mut parts: Vec<&str> = before
        .rsplit('/')
        .filter(|part| !part.is_empty())
        .take(folders)
        .collect();
    parts.reverse();
    parts.push(name);
    (plain(&parts.join("-")), folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Vec<String> {
        let packages: Vec<Package> = paths
            .iter()
            .map(|path| Package {
                import_path: (*path).to_owned(),
                ..Package::default()
            })
            .collect();
        executables(&packages.iter().collect::<Vec<_>>())
    }

    #[test]
    fn names_are_short_and_unique() {
        assert_eq!(
            names(&["example.com/orders", "example.com/orders/cmd/api"]),
            ["orders", "api"]
        );
        assert_eq!(
            names(&[
                "example.com/a/cmd/Server",
                "example.com/b/cmd/server",
                "example.com/c"
            ]),
            ["a-cmd-Server", "b-cmd-server", "c"]
        );
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
