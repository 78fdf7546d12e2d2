//! Signatures, bills of materials, provenance: the steps that make a release trustworthy, in an order that cannot go
//! wrong. Executables and scripts are signed before anything reads them; documents describe the signed executables;
//! provenance speaks of every package; checksums come last, then their signatures.

use std::collections::BTreeMap;

use super::model::{
    Action, ArchiveEntry, ArtifactKind, FileRef, NamedFile, PlannedArtifact, StepId,
};
use super::planner::{FinishedBinary, Planner};
use super::trust_model::{
    Licences, Provenance, Sbom, SignDetached, SignFile, SignatureForm, TakeSignature,
    Vulnerabilities,
};
use super::world::Skip;
use crate::manifest::check::{SbomFormat, Signed};
use crate::manifest::{Builder, Located};
use crate::problem::{Problem, Problems};
use crate::process::Tool;
use crate::target::Target;
use crate::trust::licence::Places;
use crate::trust::sign::authenticode::{Key, Signer};
use crate::trust::sign::{Authenticode, SecretSource};
use crate::trust::vulnerabilities::GOVULNCHECK;

/// The file of licence texts in packages.
pub const LICENCES_NAME: &str = "THIRD-PARTY-LICENSES.txt";
const PROVENANCE_NAME: &str = "provenance.intoto.json";
const VULNERABILITIES_NAME: &str = "vulnerabilities.json";

/// GitHub's variables that a provenance statement records.
const RUNNER_VARIABLES: [&str; 12] = [
    "GITHUB_ACTIONS",
    "GITHUB_EVENT_NAME",
    "GITHUB_REF",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SERVER_URL",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
    "RUNNER_ENVIRONMENT",
];

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
                    Problem::error(format!("the signing command `{program}` is not there"));
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
        tools.extend(
            detached.filter_map(|entry| Some((entry.config.tool()?, entry.clone().map(|_| ())))),
        );
    }
    if planner.manifest.trust.vulnerabilities.is_some() && planner.wants(Skip::Vulnerabilities) {
        tools.push((GOVULNCHECK, Located::inferred(())));
    }
    for (tool, place) in tools {
        if let Err(missing) = planner.world.finder.find(tool) {
            problems.push(
                Problem::error(missing.to_string())
                    .at_option(place.place())
                    .hint(missing.hint()),
            );
        }
    }
}

/// Whether signatures are made here and now.
fn signs(planner: &Planner<'_>) -> bool {
    planner.wants(Skip::Sign) && planner.options.signatures_from.is_none()
}

/// The binaries, those for Windows with a signature when the manifest asks for it.
pub(super) fn sign_binaries(
    planner: &mut Planner<'_>,
    binaries: Vec<FinishedBinary>,
) -> Vec<FinishedBinary> {
    let sign = |mut binary: FinishedBinary| {
        if binary.target.is_windows() {
            let id = format!("sign {} {}", binary.program, binary.target);
            binary.file =
                sign_windows_file(planner, id, &binary.target, binary.file, &binary.file_name);
        }
        binary
    };
    binaries.into_iter().map(sign).collect()
}

/// The file with an Authenticode signature; the file itself when nothing is to be signed. `id` names the step.
///
/// For every executable, package and script for Windows that goes into a package or to `dist/`.
pub fn sign_windows_file(
    planner: &mut Planner<'_>,
    id: String,
    target: &Target,
    source: FileRef,
    name: &str,
) -> FileRef {
    let Some(authenticode) = planner
        .manifest
        .trust
        .authenticode
        .as_ref()
        .filter(|_| planner.wants(Skip::Sign))
    else {
        return source;
    };
    if planner.step_ids().contains(&StepId(id.clone())) {
        return FileRef::Output {
            step: StepId(id),
            name: name.to_owned(),
        };
    }
    let action = match &planner.options.signatures_from {
        Some(folder) => Action::TakeSignature(TakeSignature {
            source,
            name: name.to_owned(),
            folder: folder.clone(),
            form: SignatureForm::Inside,
        }),
        None => Action::SignFile(SignFile {
            source,
            name: name.to_owned(),
            authenticode: resolved(planner, &authenticode.value),
        }),
    };
    planner.file_step(id, Some(target), name, action)
}

/// With the project's title and page where nothing else is said, and paths that do not depend on the current folder.
fn resolved(planner: &Planner<'_>, authenticode: &Authenticode) -> Authenticode {
    let root = &planner.options.root;
    let mut resolved = authenticode.clone();
    resolved
        .description
        .get_or_insert_with(|| planner.release.title.clone());
    resolved.url = resolved.url.or_else(|| planner.release.homepage.clone());
    let mut absolute = |path: &mut std::path::PathBuf| *path = root.join(&*path);
    resolved.trust.root.iter_mut().for_each(&mut absolute);
    resolved
        .trust
        .timestamp_root
        .iter_mut()
        .for_each(&mut absolute);
    let secret = match &mut resolved.signer {
        Signer::Osslsigncode {
            key: Key::Pkcs12 { file, password },
        } => {
            absolute(file);
            password.as_mut()
        }
        Signer::Osslsigncode {
            key:
                Key::Pem {
                    certificate,
                    key,
                    password,
                },
        } => {
            absolute(certificate);
            absolute(key);
            password.as_mut()
        }
        Signer::Osslsigncode {
            key: Key::Pkcs11 { pin, .. },
        } => pin.as_mut(),
        Signer::Jsign { password, .. } => password.as_mut(),
        Signer::Signtool { .. } | Signer::Command { .. } => None,
    };
    if let Some(SecretSource::File(path)) = secret {
        absolute(path);
    }
    resolved
}

/// Scripts among the files of a Windows package, signed like the executables.
pub(super) fn sign_scripts(
    planner: &mut Planner<'_>,
    target: &Target,
    entries: Vec<ArchiveEntry>,
) -> Vec<ArchiveEntry> {
    let is_script = |name: &str| {
        [".ps1", ".psm1", ".psd1"]
            .iter()
            .any(|end| name.to_lowercase().ends_with(end))
    };
    let sign = |mut entry: ArchiveEntry| {
        if let (true, true, FileRef::Project(path)) =
            (target.is_windows(), is_script(&entry.name), &entry.source)
        {
            let id = format!("sign {path} {target}");
            let name = path.rsplit('/').next().unwrap_or(path).to_owned();
            entry.source = sign_windows_file(planner, id, target, entry.source.clone(), &name);
        }
        entry
    };
    entries.into_iter().map(sign).collect()
}

/// Adds the bills of materials of all Go executables to `dist/`.
pub(super) fn describe_binaries(planner: &mut Planner<'_>, binaries: &[FinishedBinary]) {
    let Some(sbom) = planner
        .manifest
        .trust
        .sbom
        .clone()
        .filter(|_| planner.wants(Skip::Sbom))
    else {
        return;
    };
    for binary in binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .collect::<Vec<_>>()
    {
        let documents: BTreeMap<SbomFormat, String> = sbom
            .formats
            .iter()
            .map(|format| (*format, document_name(binary, *format)))
            .collect();
        let outputs: Vec<String> = documents.values().cloned().collect();
        let action = Action::Sbom(Sbom {
            binary: binary.file.clone(),
            file_name: binary.file_name.clone(),
            documents,
            places: places(planner),
        });
        let step = planner.step(
            sbom_step(binary),
            Some(&binary.target),
            &[],
            outputs.clone(),
            action,
        );
        for output in outputs {
            let extension = output.strip_prefix(&binary.file_name).unwrap_or(&output);
            let version = &planner.release.version;
            planner.artifact(PlannedArtifact {
                name: format!(
                    "{}_{version}_{}{extension}",
                    binary.program,
                    binary.target.slug()
                ),
                kind: ArtifactKind::Sbom,
                target: Some(binary.target.clone()),
                binaries: Vec::new(),
                file: FileRef::Output {
                    step: step.clone(),
                    name: output.clone(),
                },
            });
        }
    }
}

/// What a package carries beside its executables: their bills of materials, and the licence texts. Names are relative
/// to the package's folder.
pub fn companions(
    planner: &mut Planner<'_>,
    target: &Target,
    binaries: &[&FinishedBinary],
) -> Vec<ArchiveEntry> {
    let Some(sbom) = planner
        .manifest
        .trust
        .sbom
        .clone()
        .filter(|_| planner.wants(Skip::Sbom))
    else {
        return Vec::new();
    };
    let binaries: Vec<&&FinishedBinary> = binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .collect();
    let entry = |name: String, step: StepId| ArchiveEntry {
        source: FileRef::Output {
            step,
            name: name.clone(),
        },
        name,
        mode: 0o644,
    };
    let mut entries = Vec::new();
    if sbom.in_packages {
        for (binary, format) in binaries
            .iter()
            .flat_map(|binary| sbom.formats.iter().map(move |it| (binary, it)))
        {
            entries.push(entry(
                document_name(binary, *format),
                StepId(sbom_step(binary)),
            ));
        }
    }
    if sbom.licenses && !binaries.is_empty() {
        let programs: Vec<&str> = binaries
            .iter()
            .map(|binary| binary.program.as_str())
            .collect();
        let id = StepId(format!("collect licences {} {target}", programs.join(" ")));
        if !planner.step_ids().contains(&id) {
            let action = Action::Licences(Licences {
                binaries: binaries.iter().map(|binary| binary.file.clone()).collect(),
                name: LICENCES_NAME.to_owned(),
                places: places(planner),
            });
            planner.step(
                id.0.clone(),
                Some(target),
                &[],
                vec![LICENCES_NAME.to_owned()],
                action,
            );
        }
        entries.push(entry(LICENCES_NAME.to_owned(), id));
    }
    entries
}

/// Adds the report of known vulnerabilities.
pub(super) fn vulnerabilities(planner: &mut Planner<'_>, binaries: &[FinishedBinary]) {
    let table = planner.manifest.trust.vulnerabilities.clone();
    let Some(table) = table.filter(|_| planner.wants(Skip::Vulnerabilities)) else {
        return;
    };
    let named = |binary: &FinishedBinary| NamedFile {
        name: format!("{} {}", binary.program, binary.target),
        file: binary.file.clone(),
    };
    let binaries: Vec<NamedFile> = binaries
        .iter()
        .filter(|binary| is_go(planner, binary))
        .map(named)
        .collect();
    if binaries.is_empty() {
        return;
    }
    let action = Action::Vulnerabilities(Vulnerabilities {
        name: VULNERABILITIES_NAME.to_owned(),
        binaries,
        policy: table.policy,
        database: table.database,
    });
    let file = planner.file_step(
        "look for vulnerabilities".to_owned(),
        None,
        VULNERABILITIES_NAME,
        action,
    );
    planner.artifact(artifact(VULNERABILITIES_NAME, ArtifactKind::Report, file));
}

/// Adds the signatures of packages, then the provenance of everything; the last before `artifacts.json`.
pub(super) fn attest(planner: &mut Planner<'_>, binaries: &[FinishedBinary]) {
    sign_detached(planner, Signed::Packages, |kind| {
        matches!(
            kind,
            ArtifactKind::Archive | ArtifactKind::Msi | ArtifactKind::Binary
        )
    });
    if !planner.manifest.trust.provenance {
        return;
    }
    let subjects = planner
        .artifacts()
        .iter()
        .map(|artifact| NamedFile {
            name: artifact.name.clone(),
            file: artifact.file.clone(),
        })
        .collect();
    let world = planner.world;
    let variable = |name: &&str| Some(((*name).to_owned(), world.environment.get(*name)?.clone()));
    let release = &planner.release;
    let external = BTreeMap::from([
        ("version".to_owned(), release.version.clone().into()),
        (
            "manifest-sha256".to_owned(),
            release.manifest_sha256.clone().into(),
        ),
    ]);
    let action = Action::Provenance(Provenance {
        name: PROVENANCE_NAME.to_owned(),
        subjects,
        binaries: binaries
            .iter()
            .filter(|binary| is_go(planner, binary))
            .map(|binary| binary.file.clone())
            .collect(),
        repository: world
            .facts
            .git
            .as_ref()
            .ok()
            .and_then(|git| git.remote.clone()),
        external,
        internal: BTreeMap::new(),
        runner: RUNNER_VARIABLES.iter().filter_map(variable).collect(),
    });
    let file = planner.file_step("state provenance".to_owned(), None, PROVENANCE_NAME, action);
    planner.artifact(artifact(PROVENANCE_NAME, ArtifactKind::Provenance, file));
}

/// Adds the signatures of the checksum files; the very last.
pub(super) fn sign_checksums(planner: &mut Planner<'_>) {
    sign_detached(planner, Signed::Checksums, |kind| {
        kind == ArtifactKind::Checksums
    });
}

fn sign_detached(
    planner: &mut Planner<'_>,
    what: Signed,
    is_signed: impl Fn(ArtifactKind) -> bool,
) {
    if !planner.wants(Skip::Sign) {
        return;
    }
    let files: Vec<(String, FileRef)> = planner
        .artifacts()
        .iter()
        .filter(|artifact| is_signed(artifact.kind))
        .map(|artifact| (artifact.name.clone(), artifact.file.clone()))
        .collect();
    for entry in planner
        .manifest
        .trust
        .detached
        .iter()
        .filter(|entry| entry.what == what)
    {
        for (signed, source) in &files {
            let name = format!("{signed}.{}", entry.config.extension());
            let (source, name_of_file) = (source.clone(), name.clone());
            let action = match &planner.options.signatures_from {
                Some(folder) => Action::TakeSignature(TakeSignature {
                    source,
                    name: name_of_file,
                    folder: folder.clone(),
                    form: SignatureForm::Beside,
                }),
                None => Action::SignDetached(SignDetached {
                    source,
                    name: name_of_file,
                    signature: entry.config.clone(),
                    timestamp: planner.release.timestamp,
                }),
            };
            let file = planner.file_step(format!("write {name}"), None, &name, action);
            planner.artifact(artifact(&name, ArtifactKind::Signature, file));
        }
    }
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

fn sbom_step(binary: &FinishedBinary) -> String {
    format!("list materials of {} {}", binary.program, binary.target)
}

fn document_name(binary: &FinishedBinary, format: SbomFormat) -> String {
    format!("{}.{}", binary.file_name, format.extension())
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

fn places(planner: &Planner<'_>) -> Places {
    let facts = &planner.world.facts;
    let setting = |name: &str| {
        let value = facts.go.as_ref().ok()?.env.get(name)?;
        (!value.is_empty()).then(|| value.into())
    };
    let modules = facts.modules.as_ref().ok();
    let main_module = modules.and_then(|modules| modules.main.first()?.dir.clone());
    let workspace =
        modules.and_then(|modules| modules.workspace.as_deref()?.parent().map(Into::into));
    let vendor = modules
        .filter(|modules| modules.vendored)
        .and_then(|_| workspace.or_else(|| main_module.clone()))
        .map(|folder: std::path::PathBuf| folder.join("vendor"));
    Places {
        main_module,
        vendor,
        module_cache: setting("GOMODCACHE"),
        goroot: setting("GOROOT"),
    }
}
