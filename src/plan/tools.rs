//! The programs that a plan calls besides go and git.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Action, GoBuild, Plan};
use crate::package::msi::external;
use crate::process::{Invocation, Tool};
use crate::project::cargo::CARGO;
use crate::trust::sign::Authenticode;
use crate::trust::sign::authenticode::Signer;
use crate::trust::vulnerabilities::GOVULNCHECK;

/// The programs by name or path, each with what it is needed for, to be read after "needed to".
pub fn tools(plan: &Plan) -> BTreeMap<String, BTreeSet<String>> {
    let mut tools: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut need = |program: &str, purpose: String| {
        tools.entry(program.to_owned()).or_default().insert(purpose);
    };
    for step in &plan.steps {
        for (program, purpose) in of_action(&step.action) {
            need(&program, purpose);
        }
    }
    tools
}

fn of_action(action: &Action) -> Vec<(String, String)> {
    match action {
        Action::Hook(hook) => of_hooks(&hook.commands),
        Action::AfterHook(hook) => of_hooks(&hook.commands),
        Action::GoBuild(build) => c_compilers(build),
        Action::CargoBuild(_) => vec![of_tool(CARGO)],
        Action::SignFile(sign) => signer(&sign.authenticode).into_iter().collect(),
        Action::SignDetached(sign) => sign.signature.tool().map(of_tool).into_iter().collect(),
        Action::Vulnerabilities(_) => vec![of_tool(GOVULNCHECK)],
        Action::Msi(msi) => {
            let tool = msi.tool.as_ref().map(|tool| external::tool(tool.dialect));
            tool.map(of_tool).into_iter().collect()
        }
        Action::ServiceWrapper(_)
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

/// The compilers that cgo is told to call.
fn c_compilers(build: &GoBuild) -> Vec<(String, String)> {
    let env = &build.invocation.env;
    if env.get("CGO_ENABLED") != Some(&Some("1".to_owned())) {
        return Vec::new();
    }
    let part = |name: &str| env.get(name).cloned().flatten().unwrap_or_default();
    let target = format!("{}/{}", part("GOOS"), part("GOARCH"));
    ["CC", "CXX"]
        .iter()
        .filter_map(|variable| {
            let command = part(variable);
            let program = command.split_whitespace().next()?;
            Some((program.to_owned(), format!("compile C for {target}")))
        })
        .collect()
}
