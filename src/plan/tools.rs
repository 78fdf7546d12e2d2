//! The programs that a plan calls besides go and git.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Action, GoBuild, Plan};
use crate::package::msi::external;
use crate::process::{Invocation, Tool};
use crate::project::cargo::{CARGO, RUSTC};
use crate::project::tools::ToolVersion;
use crate::trust::sign::Authenticode;
use crate::trust::sign::authenticode::Signer;
use crate::trust::vulnerabilities::GOVULNCHECK;

/// The programs by name or path, each with what it is needed for, to be read after "needed to".
pub fn tools(plan: &Plan) -> BTreeMap<String, BTreeSet<String>> {
    let mut tools: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for step in &plan.steps {
        for (program, purpose) in of_action(&step.action) {
            tools.entry(program).or_default().insert(purpose);
        }
    }
    tools
}

/// The programs of one step with their versions, as far as the plan knows them.
pub fn versions_of<'a>(plan: &'a Plan, action: &Action) -> Vec<&'a ToolVersion> {
    let programs: BTreeSet<String> = of_action(action)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    let known = plan.tools.iter();
    known.filter(|tool| programs.contains(&tool.name)).collect()
}

fn of_action(action: &Action) -> Vec<(String, String)> {
    match action {
        Action::Hook(hook) => of_hooks(&hook.commands),
        Action::AfterHook(hook) => of_hooks(&hook.commands),
        Action::GoBuild(build) => {
            let purpose = || format!("compile C for {}", target(build));
            let compilers = c_compilers(build).into_iter();
            compilers.map(|program| (program, purpose())).collect()
        }
        Action::CargoBuild(_) => vec![of_tool(CARGO), of_tool(RUSTC)],
        Action::SignFile(sign) => signer(&sign.authenticode).into_iter().collect(),
        Action::SignDetached(sign) => sign.signature.tool().map(of_tool).into_iter().collect(),
        Action::Vulnerabilities(_) => vec![of_tool(GOVULNCHECK)],
        Action::Msi(msi) => {
            let tool = msi.tool.as_ref().map(|tool| external::tool(tool.dialect));
            tool.map(of_tool).into_iter().collect()
        }
        Action::WorkTree(_)
        | Action::ServiceWrapper(_)
        | Action::InstallScripts(_)
        | Action::Universal(_)
        | Action::WindowsResources(_)
        | Action::Archive(_)
        | Action::Copy(_)
        | Action::Deployment(_)
        | Action::TakeSignature(_)
        | Action::Sbom(_)
        | Action::Licences(_)
        | Action::Provenance(_)
        | Action::Metadata(_)
        | Action::Checksums(_) => Vec::new(),
    }
}

fn of_tool(tool: Tool) -> (String, String) {
    (tool.name.to_owned(), tool.purpose.to_owned())
}

fn of_hooks(commands: &[Invocation]) -> Vec<(String, String)> {
    let program = |command: &Invocation| {
        let name = command.program.to_string_lossy().into_owned();
        (name, "run a hook".to_owned())
    };
    commands.iter().map(program).collect()
}

fn signer(authenticode: &Authenticode) -> Option<(String, String)> {
    match (&authenticode.signer, authenticode.tool()) {
        (_, Some(tool)) => Some(of_tool(tool)),
        (Signer::Command { command }, None) => {
            Some((command.first()?.clone(), "sign Windows files".to_owned()))
        }
        (Signer::Osslsigncode { .. } | Signer::Signtool { .. } | Signer::Jsign { .. }, None) => {
            None
        }
    }
}

fn target(build: &GoBuild) -> String {
    format!("{}/{}", variable(build, "GOOS"), variable(build, "GOARCH"))
}

/// Whether the go tool calls a C compiler in this build.
pub fn uses_cgo(build: &GoBuild) -> bool {
    variable(build, "CGO_ENABLED") == "1"
}

/// The compilers that cgo is told to call; none when the go tool chooses for itself.
pub fn c_compilers(build: &GoBuild) -> Vec<String> {
    if !uses_cgo(build) {
        return Vec::new();
    }
    ["CC", "CXX"]
        .iter()
        .map(|name| program_of(variable(build, name)))
        .filter(|program| !program.is_empty())
        .map(str::to_owned)
        .collect()
}

fn variable<'a>(build: &'a GoBuild, name: &str) -> &'a str {
    let value = build.invocation.env.get(name);
    value.and_then(Option::as_deref).unwrap_or_default()
}

/// The program of a command such as `CC`: the first word, or all between quotes (`go help environment`: "elements may be
/// quoted").
pub(super) fn program_of(command: &str) -> &str {
    let command = command.trim_start();
    let quote = command.chars().next().filter(|c| "'\"".contains(*c));
    match quote {
        Some(quote) => command[1..].split(quote).next().unwrap_or_default(),
        None => command.split_whitespace().next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::program_of;

    #[test]
    fn a_compiler_in_quotes_is_one_word() {
        for (command, program) in [
            ("zig cc -target x86_64-windows-gnu", "zig"),
            ("\"/opt/my tools/gcc\" -m64", "/opt/my tools/gcc"),
            (" '/opt/a b/gcc'", "/opt/a b/gcc"),
            ("", ""),
        ] {
            assert_eq!(program_of(command), program);
        }
    }
}
