//! The go tool, and what of its settings changes a release.

use super::row::{Level, Row, Section};
use crate::project::{Facts, Go, Modules, ProblemKind};

const SECTION: Section = Section::Go;

/// All rows about Go.
pub(super) fn rows(facts: &Facts) -> Vec<Row> {
    let go = match &facts.go {
        Ok(go) => go,
        Err(problem) => return vec![Row::of_problem(SECTION, "go", Level::Problem, problem)],
    };
    let mut rows = vec![
        Row::ok(
            SECTION,
            "go",
            format!("{} at `{}`", go.version, go.program.display()),
        ),
        Row::ok(SECTION, "GOROOT", go.setting("GOROOT")),
        Row::ok(SECTION, "GOPATH", go.setting("GOPATH")),
        toolchain(go),
        proxy(go),
        checksum_database(go),
        flags(go),
    ];
    rows.extend(experiment(go));
    rows.push(module(facts));
    if let Ok(modules) = &facts.modules {
        rows.extend(workspace(facts, modules));
    }
    rows
}

fn toolchain(go: &Go) -> Row {
    const NAME: &str = "GOTOOLCHAIN";
    match go.setting(NAME) {
        "local" => Row::ok(SECTION, NAME, "local: always the installed Go"),
        "auto" => Row::ok(SECTION, NAME, "auto: go.mod may select a newer Go"),
        other => Row::ok(SECTION, NAME, other),
    }
}

fn proxy(go: &Go) -> Row {
    const NAME: &str = "GOPROXY";
    match go.setting(NAME) {
        "off" => Row::warning(
            SECTION,
            NAME,
            "off: only modules already downloaded can be used",
        )
        .hint("run `go mod download` beforehand, or unset GOPROXY"),
        other => Row::ok(SECTION, NAME, without_password(other)),
    }
}

/// A proxy list without what stands before the `@` of a URL.
fn without_password(list: &str) -> String {
    list.split_inclusive([',', '|'])
        .map(
            |entry| match (entry.split_once("://"), entry.rsplit_once('@')) {
                (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
                _ => entry.to_owned(),
            },
        )
        .collect()
}

fn checksum_database(go: &Go) -> Row {
    const NAME: &str = "GOSUMDB";
    match go.setting(NAME) {
        "off" => Row::warning(
            SECTION,
            NAME,
            "off: new modules are not checked against the checksum database",
        )
        .hint("unset GOSUMDB; go.sum still protects modules that it lists"),
        other => Row::ok(SECTION, NAME, other),
    }
}

fn flags(go: &Go) -> Row {
    const NAME: &str = "GOFLAGS";
    match go.setting(NAME) {
        "" => Row::ok(SECTION, NAME, "not set"),
        flags => Row::warning(
            SECTION,
            NAME,
            format!("`{flags}` is added to every go command"),
        )
        .hint("put the flags that a release needs into release.toml, and unset GOFLAGS"),
    }
}

fn experiment(go: &Go) -> Option<Row> {
    const NAME: &str = "GOEXPERIMENT";
    match go.setting(NAME) {
        "" => None,
        experiment => Some(
            Row::warning(
                SECTION,
                NAME,
                format!("`{experiment}` changes the compiler"),
            )
            .hint("set it in `build.env` of release.toml if it is meant, and unset it here"),
        ),
    }
}

fn module(facts: &Facts) -> Row {
    match &facts.modules {
        Ok(modules) => {
            let paths: Vec<&str> = modules.main.iter().map(|m| m.path.as_str()).collect();
            let vendored = if modules.vendored { ", vendored" } else { "" };
            Row::ok(SECTION, "module", format!("{}{vendored}", paths.join(", ")))
        }
        // A project may have no Go at all.
        Err(problem) if problem.kind == ProblemKind::NoModule => {
            Row::of_problem(SECTION, "module", Level::Warning, problem)
        }
        Err(problem) => Row::of_problem(SECTION, "module", Level::Problem, problem),
    }
}

/// A workspace file outside the repository is nobody else's, and builds something else than they do.
fn workspace(facts: &Facts, modules: &Modules) -> Option<Row> {
    const NAME: &str = "GOWORK";
    let file = modules.workspace.as_ref()?;
    let shown = format!("`{}`", file.display());
    let root = facts.git.as_ref().map_or(&facts.directory, |git| &git.root);
    Some(if file.starts_with(root) {
        Row::ok(SECTION, NAME, shown)
    } else {
        Row::warning(SECTION, NAME, format!("{shown} is outside the project"))
            .hint("set GOWORK=off to build with go.mod alone, as others do")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_setting(name: &str, value: &str) -> Facts {
        let mut facts = Facts::example();
        if let Ok(go) = &mut facts.go {
            go.env.insert(name.to_owned(), value.to_owned());
        }
        facts
    }

    fn row(facts: &Facts, name: &str) -> Row {
        rows(facts)
            .into_iter()
            .find(|row| row.name == name)
            .unwrap()
    }

    #[test]
    fn a_plain_environment_has_nothing_to_complain_of() {
        let rows = rows(&Facts::example());
        assert!(rows.iter().all(|row| row.level == Level::Ok), "{rows:#?}");
    }

    #[test]
    fn settings_that_change_a_release_are_named() {
        for (name, value) in [
            ("GOFLAGS", "-tags=debug"),
            ("GOPROXY", "off"),
            ("GOSUMDB", "off"),
            ("GOEXPERIMENT", "jsonv2"),
        ] {
            let row = row(&with_setting(name, value), name);
            assert_eq!(row.level, Level::Warning, "{name}");
            assert!(row.hint.is_some());
        }
    }

    #[test]
    fn passwords_of_proxies_are_not_shown() {
        let facts = with_setting("GOPROXY", "https://me:secret@proxy.example/go,direct");
        assert_eq!(
            row(&facts, "GOPROXY").value,
            "https://proxy.example/go,direct"
        );
    }

    #[test]
    fn a_workspace_of_somebody_else_is_a_warning() {
        let mut facts = Facts::example();
        if let Ok(modules) = &mut facts.modules {
            modules.workspace = Some("/go.work".into());
        }
        assert_eq!(row(&facts, "GOWORK").level, Level::Warning);
        if let Ok(modules) = &mut facts.modules {
            modules.workspace = Some("/project/go.work".into());
        }
        assert_eq!(row(&facts, "GOWORK").level, Level::Ok);
    }
}
