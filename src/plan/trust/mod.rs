//! Signatures, bills of materials, provenance: the steps that make a release trustworthy, in an order that cannot go
//! wrong. Executables and scripts are signed before anything reads them; documents describe the signed executables;
//! provenance speaks of every package; checksums come last, then their signatures.

mod materials;
mod signatures;
mod statements;

pub(super) use materials::describe_binaries;
pub use materials::{LICENCES_NAME, companions};
pub use signatures::sign_windows_file;
pub(super) use signatures::{
    sign_binaries, sign_checksums, sign_script, sign_scripts, signatures_beside,
};
pub use statements::VULNERABILITIES_NAME;
pub(super) use statements::{attest, vulnerabilities};

use super::model::{ArtifactKind, FileRef, PlannedArtifact};
use super::planner::{FinishedBinary, Planner};
use super::world::Skip;
use crate::manifest::{Builder, Located};
use crate::problem::{Problem, Problems};
use crate::process::Tool;
use crate::trust::sign::Detached;
use crate::trust::sign::authenticode::Signer;
use crate::trust::vulnerabilities::GOVULNCHECK;

/// Finds the programs that are needed, before anything is built.
pub(super) fn check(planner: &mut Planner<'_>, problems: &mut Problems) {
    let trust = &planner.manifest.trust;
    let mut tools: Vec<(Tool, Located<()>)> = Vec::new();
    if let Some(authenticode) = trust.authenticode.as_ref().filter(|_| signs(planner)) {
        let place = authenticode.clone().map(|_| ());
        tools.extend(authenticode.tool().map(|tool| (tool, place.clone())));
        if let Signer::Command { command } = &authenticode.signer {
            let program = command.first().map(String::as_str).unwrap_or_default();
            if planner.world.finder.find_program(program).is_none() {
                let problem =
                    Problem::missing_tool(format!("the signing command `{program}` is not there"));
                problems.push(
                    problem
                        .at_option(place.place())
                        .hint("install it, or write its whole path"),
                );
            }
        }
        if authenticode.timestamp_servers.is_empty() {
            planner
                .notice("Authenticode signatures get no time stamp: they end with the certificate");
        }
    }
    if signs(planner) {
        let detached = planner.manifest.trust.detached.iter();
        if detached
            .clone()
            .any(|entry| needs_much_memory(&entry.config))
        {
            planner.notice(
                "a minisign key with a password takes a gigabyte of memory for a moment: so minisign protects it",
            );
        }
        tools.extend(
            detached.filter_map(|entry| Some((entry.config.tool()?, entry.clone().map(|_| ())))),
        );
    }
    if let Some(vulnerabilities) = &planner.manifest.trust.vulnerabilities
        && planner.wants(Skip::Vulnerabilities)
    {
        tools.push((GOVULNCHECK, vulnerabilities.clone().map(|_| ())));
    }
    for (tool, place) in tools {
        if let Err(missing) = planner.world.finder.find(tool) {
            problems.push(
                Problem::missing_tool(missing.to_string())
                    .at_option(place.place())
                    .hint(missing.hint()),
            );
        }
    }
}

/// minisign's key derivation is scrypt with up to 1 GiB (`MEMLIMIT_SENSITIVE` of libsodium); no key can ask for more.
fn needs_much_memory(signature: &Detached) -> bool {
    matches!(
        signature,
        Detached::Minisign {
            password: Some(_),
            ..
        }
    )
}

/// Whether signatures are made here and now.
fn signs(planner: &Planner<'_>) -> bool {
    planner.wants(Skip::Sign) && planner.options.signatures_from.is_none()
}

fn artifact(name: &str, kind: ArtifactKind, file: FileRef) -> PlannedArtifact {
    PlannedArtifact {
        name: name.to_owned(),
        kind,
        target: None,
        binaries: Vec::new(),
        file,
    }
}

/// Whether the go tool made it; nothing else has build information.
fn is_go(planner: &Planner<'_>, binary: &FinishedBinary) -> bool {
    let named = planner
        .manifest
        .binaries
        .iter()
        .find(|entry| entry.name.value == binary.program);
    named.is_none_or(|entry| entry.builder != Builder::Cargo)
}
