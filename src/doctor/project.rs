//! What this project's own manifest needs: whether it is right, the Go that it wants, the tools that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::row::{Level, Row, Section};
use crate::error::{ExitCode, Failure};
use crate::manifest::Source;
use crate::plan::{self, Plan};
use crate::problem::{Problem, Problems, Severity, Subject};
use crate::process::{Runner, ToolFinder};
use crate::project::Facts;
use crate::project::tools::{OptionalTool, look_up_program};

const SECTION: Section = Section::Project;

/// What planning the project came to.
#[derive(Debug)]
pub struct Project {
    /// The manifest.
    pub source: Source,
    /// `project.go-toolchain` of the manifest.
    pub toolchain: Option<String>,
    /// The plan as far as it got and what stands against it, or why there is none.
    pub draft: Result<(Option<Plan>, Problems), Failure>,
}

/// All rows about the project, and the names of the tools among them.
pub(super) fn rows(
    project: &Project,
    facts: &Facts,
    runner: &Runner,
    finder: &ToolFinder,
) -> (Vec<Row>, BTreeSet<String>) {
    let (plan, problems) = match &project.draft {
        Ok((plan, problems)) => (plan.as_ref(), problems.clone()),
        Err(failure) => (None, failure.problems.clone()),
    };
    let mut rows = Vec::new();
    let problems = problems.sorted();
    if let Err(failure) = &project.draft {
        rows.extend(of_failure(failure, facts));
    }
    let (said, own): (Vec<&Problem>, Vec<&Problem>) = problems
        .iter()
        .partition(|problem| is_said(&problem.message, facts));
    rows.extend(own.into_iter().map(|problem| of_problem(project, problem)));
    if !said.is_empty() {
        let row = Row::warning(SECTION, &name(project), "not looked at as a whole");
        rows.push(row.hint("first mend what is told above"));
    }
    if rows.is_empty() {
        rows.push(Row::ok(SECTION, &name(project), right(plan)));
    }
    if let (Some(wanted), Ok(go)) = (&project.toolchain, &facts.go)
        && *wanted == go.version_text
    {
        rows.push(Row::ok(
            SECTION,
            "go-toolchain",
            format!("{wanted}, as the manifest wants"),
        ));
    }
    let tools = plan.map(plan::tools).unwrap_or_default();
    rows.extend(of_tools(&tools, runner, finder, &facts.directory));
    let missing = |problem: &&Problem| problem.subject == Subject::MissingTool;
    let missing: Vec<&str> = problems
        .iter()
        .filter(missing)
        .filter_map(|problem| problem.message.split('`').nth(1))
        .collect();
    let named = tools
        .into_keys()
        .chain(missing.into_iter().map(str::to_owned));
    (rows, named.collect())
}

/// Whether another section tells it: that go or git does not answer.
fn is_said(message: &str, facts: &Facts) -> bool {
    let elsewhere = [
        facts.go.as_ref().err(),
        facts.modules.as_ref().err(),
        facts.git.as_ref().err(),
    ];
    let mut elsewhere = elsewhere.into_iter().flatten();
    elsewhere.any(|problem| problem.message == message)
}

fn name(project: &Project) -> String {
    let name = project.source.path.file_name();
    name.map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn right(plan: Option<&Plan>) -> String {
    let Some(plan) = plan else {
        return "right".to_owned();
    };
    let targets: Vec<String> = plan.targets.iter().map(ToString::to_string).collect();
    format!(
        "right: {} {} for {}",
        plan.release.name,
        plan.release.version,
        targets.join(", ")
    )
}

/// Why there is no plan at all; that go or git is not there, their own rows say.
fn of_failure(failure: &Failure, facts: &Facts) -> Option<Row> {
    let is_said = facts.go.is_err() || facts.git.is_err();
    if failure.message.is_empty() || (failure.code == ExitCode::MissingTool && is_said) {
        return None;
    }
    let row = Row::problem(SECTION, "plan", &failure.message);
    Some(match &failure.hint {
        Some(hint) => row.hint(hint),
        None => row,
    })
}

fn of_problem(project: &Project, problem: &Problem) -> Row {
    let name = match &problem.span {
        Some(span) => {
            let (line, _) = project.source.position(span.start);
            format!("{}:{line}", name(project))
        }
        None => name(project),
    };
    let level = match problem.severity {
        Severity::Error => Level::Problem,
        Severity::Warning => Level::Warning,
    };
    let row = match problem.subject {
        Subject::MissingTool => Row::missing_tool(SECTION, &name, level, &problem.message),
        Subject::Project => Row::new(SECTION, &name, level, &problem.message),
    };
    match &problem.hint {
        Some(hint) => row.hint(hint),
        None => row,
    }
}

/// Those that are there; that one is not was a problem of the plan.
fn of_tools(
    tools: &BTreeMap<String, BTreeSet<String>>,
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
) -> Vec<Row> {
    let row = |(program, purposes): (&String, &BTreeSet<String>)| {
        let found = match OptionalTool::named(program) {
            Some(known) => known.look_up(runner, finder, directory)?,
            None => look_up_program(finder, program)?,
        };
        let version = found
            .version
            .map_or_else(String::new, |version| format!("{version} at "));
        let purposes: Vec<&str> = purposes.iter().map(String::as_str).collect();
        let short = Path::new(program).file_name().unwrap_or_default();
        Some(Row::ok(
            SECTION,
            &short.to_string_lossy(),
            format!(
                "{version}`{}`, to {}",
                found.program.display(),
                purposes.join(", ")
            ),
        ))
    };
    tools.iter().filter_map(row).collect()
}
