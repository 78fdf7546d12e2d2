//! Why build constraints leave no file of a package.

use crate::project::go_source::{self, Head};
use crate::project::{Go, Package};

/// What helps, by what the left out files say.
pub(super) fn hint(package: &Package, go: &Go) -> Option<String> {
    let heads: Vec<Head> = package
        .ignored_go_files
        .iter()
        .filter(|name| !name.ends_with("_test.go"))
        .filter_map(|name| std::fs::read_to_string(package.dir.join(name)).ok())
        .map(|source| go_source::head(&source))
        .collect();
    let uses_cgo = |head: &Head| head.imports_c || head.constraint.iter().any(|name| name == "cgo");
    if heads.iter().any(uses_cgo) {
        return Some(
            "it needs cgo: set `cgo = true` in `[build]` or in a `[[build.override]]`, with a C compiler for each target".to_owned(),
        );
    }
    let mut tags: Vec<&str> = heads
        .iter()
        .flat_map(|head| head.constraint.iter().map(String::as_str))
        .filter(|name| !is_known(name, go))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    match tags.as_slice() {
        [] if heads.is_empty() => None,
        [] => Some("it is not for this target: leave the target out with `targets` in its `[[binary]]`, or with `exclude` in `[build]`".to_owned()),
        ["ignore"] => Some("its files are marked `//go:build ignore`".to_owned()),
        [tag, ..] => Some(format!(
            "add the build tag: `tags = [\"{tag}\"]` in its `[[binary]]` or in `[build]`"
        )),
    }
}

/// Whether a name in a constraint is set by the target or the toolchain, not by `-tags`.
fn is_known(name: &str, go: &Go) -> bool {
    const OTHERS: [&str; 10] = [
        "cgo",
        "gc",
        "gccgo",
        "unix",
        "race",
        "msan",
        "asan",
        "purego",
        "goexperiment",
        "boringcrypto",
    ];
    name.starts_with("go1.")
        || name.starts_with("goexperiment.")
        || OTHERS.contains(&name)
        || go
            .platforms
            .iter()
            .any(|platform| platform.os == name || platform.arch == name)
        || name
            .split_once('.')
            .is_some_and(|(arch, _)| go.platforms.iter().any(|platform| platform.arch == arch))
}
