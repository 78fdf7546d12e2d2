//! The report of known vulnerabilities.

use super::sbom::write_json;
use super::{Made, StepContext, StepError};
use crate::error::{ExitCode, Failure};
use crate::plan;
use crate::process::ToolFinder;
use crate::trust::vulnerabilities::{GOVULNCHECK, Policy, Report, invocation, parse};

pub(super) fn run(
    action: &plan::Vulnerabilities,
    context: &StepContext<'_>,
) -> Result<Made, StepError> {
    let program = ToolFinder::from_env()
        .find(GOVULNCHECK)
        .map_err(|missing| {
            Failure::new(ExitCode::MissingTool, missing.to_string()).hint(missing.hint())
        })?;
    let mut report: Report = Report::new();
    for binary in &action.binaries {
        let path = context.path(&binary.file)?;
        let text = context
            .runner
            .read(&invocation(&program, &path, action.database.as_deref()))?;
        let findings = parse(&text).map_err(|error| {
            Failure::failed(format!(
                "could not read what govulncheck says of {}: {error}",
                binary.name
            ))
        })?;
        report.insert(binary.name.clone(), findings);
    }
    judge(action.policy, &report)?;
    let file = write_json(&action.name, &report, context)?;
    Ok(Made {
        files: vec![file],
        ..Made::default()
    })
}

fn judge(policy: Policy, report: &Report) -> Result<(), Failure> {
    if policy == Policy::Report {
        return Ok(());
    }
    let mut lines = Vec::new();
    for (binary, findings) in report {
        for finding in findings.iter().filter(|finding| finding.reachable) {
            let version = finding.version.as_deref().unwrap_or_default();
            let fixed = match &finding.fixed {
                Some(fixed) => format!("fixed in {fixed}"),
                None => "no fix yet".to_owned(),
            };
            lines.push(format!(
                "{}: {} ({} {version}, {fixed}), in {binary}",
                finding.id, finding.summary, finding.module
            ));
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    Err(
        Failure::failed("the executables hold code with known vulnerabilities")
            .detail(lines.join("\n"))
            .hint("update the modules, or set `policy = \"report\"` in `[vulnerabilities]`"),
    )
}
