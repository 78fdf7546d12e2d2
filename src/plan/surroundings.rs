//! What this machine sets for the go tool and a build does not use, because it is not in the manifest.

use std::collections::{BTreeMap, BTreeSet};

use super::compile::Unit;
use super::planner::Planner;
use crate::problem::{Problem, Problems};
use crate::project::go_flags;

/// Warns of variables and flags that the go tool alone would use for these programs.
pub(super) fn check(planner: &Planner<'_>, units: &[Unit<'_>], problems: &mut Problems) {
    let Ok(go) = &planner.world.facts.go else {
        return;
    };
    let mut settings = BTreeMap::new();
    let mut decided: Option<BTreeSet<&str>> = None;
    for unit in units {
        settings.extend(unit.settings.clone());
        let names: BTreeSet<&str> = unit.flags.iter().map(|flag| go_flags::name(flag)).collect();
        decided = Some(match decided {
            Some(common) => common.intersection(&names).copied().collect(),
            None => names,
        });
    }
    // The target sets it; that is no answer to what the machine asks for.
    settings.retain(|name, _| !crate::target::VariantKind::is_variable(name));
    let decided: Vec<&str> = decided.unwrap_or_default().into_iter().collect();
    let variables = go.surroundings.ignored(&settings);
    if !variables.is_empty() {
        let problem = Problem::warning(format!(
            "ignoring {} of this machine's environment",
            quoted(&variables)
        ));
        problems.push(problem.hint(
            "set what a release needs in release.toml: a variant in `targets`, `cc` and `cxx`, or `env` in `[build]`",
        ));
    }
    let vendored = planner.world.facts.modules.as_ref();
    let vendored = vendored.is_ok_and(|modules| modules.vendored);
    let flags = go_flags::ignored(go.surroundings.go_flags(), &decided, vendored);
    if !flags.is_empty() {
        let problem = Problem::warning(format!("ignoring {} of GOFLAGS", quoted(&flags)));
        problems.push(
            problem.hint("put what a release needs into `flags`, `ldflags` or `tags` in `[build]`"),
        );
    }
}

fn quoted<T: AsRef<str>>(words: &[T]) -> String {
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    quoted.join(", ")
}
