//! Who signs what: executables and scripts before they are packed, packages after they are made, checksums last.

use std::path::{Path, PathBuf};

use super::artifact;
use crate::format::authenticode;
use crate::manifest::check::Signed;
use crate::plan::model::{Action, ArchiveEntry, ArtifactKind, FileRef, StepId};
use crate::plan::planner::{FinishedBinary, Planner};
use crate::plan::trust_model::{SignDetached, SignFile, SignatureForm, TakeSignature};
use crate::plan::world::Skip;
use crate::target::Target;
use crate::trust::sign::authenticode::{Key, Signer};
use crate::trust::sign::{Authenticode, Detached, SecretSource};

/// The binaries, those for Windows with a signature when the manifest asks for it.
pub(in crate::plan) fn sign_binaries(
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
    let mut absolute = |path: &mut PathBuf| *path = root.join(&*path);
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

/// With paths that do not depend on the current folder.
fn resolved_detached(root: &Path, signature: &Detached) -> Detached {
    let mut resolved = signature.clone();
    let secrets = match &mut resolved {
        Detached::Minisign { key, password } => [Some(key), password.as_mut()],
        Detached::Gpg {
            key, passphrase, ..
        } => [key.as_mut(), passphrase.as_mut()],
        Detached::Cosign { key, password } => {
            // A key service or token has an address instead.
            if let Some(key) = key.as_mut().filter(|key| !key.contains(':')) {
                *key = root.join(&*key).to_string_lossy().into_owned();
            }
            [password.as_mut(), None]
        }
    };
    for secret in secrets.into_iter().flatten() {
        if let SecretSource::File(path) = secret {
            *path = root.join(&*path);
        }
    }
    resolved
}

/// Scripts among the files of a package, signed like the executables.
pub(in crate::plan) fn sign_scripts(
    planner: &mut Planner<'_>,
    target: &Target,
    entries: Vec<ArchiveEntry>,
) -> Vec<ArchiveEntry> {
    let sign = |mut entry: ArchiveEntry| {
        entry.source = sign_script(planner, target, &entry.name, entry.source);
        entry
    };
    entries.into_iter().map(sign).collect()
}

/// A file of a package; with a signature when it is a script for Windows, and signatures are asked for.
pub(in crate::plan) fn sign_script(
    planner: &mut Planner<'_>,
    target: &Target,
    name: &str,
    source: FileRef,
) -> FileRef {
    if !target.is_windows() || !authenticode::is_script(Path::new(name)) {
        return source;
    }
    let (id, output) = match &source {
        FileRef::Project(path) => (
            format!("sign {path} {target}"),
            path.rsplit('/').next().unwrap_or(path).to_owned(),
        ),
        FileRef::Output { step, name } => (format!("sign {name} of {step}"), name.clone()),
    };
    sign_windows_file(planner, id, target, source, &output)
}

/// Adds the signatures of the checksum files; the very last.
pub(in crate::plan) fn sign_checksums(planner: &mut Planner<'_>) {
    sign_detached(planner, Signed::Checksums, |kind| {
        kind == ArtifactKind::Checksums
    });
}

pub(super) fn sign_detached(
    planner: &mut Planner<'_>,
    what: Signed,
    is_signed: impl Fn(ArtifactKind) -> bool,
) {
    let files: Vec<(String, FileRef)> = planner
        .artifacts()
        .iter()
        .filter(|artifact| is_signed(artifact.kind))
        .map(|artifact| (artifact.name.clone(), artifact.file.clone()))
        .collect();
    for (signed, source) in files {
        signatures_beside(planner, what, &signed, &source);
    }
}

/// Adds the detached signatures of one file of `dist/`, and returns their names and files.
pub(in crate::plan) fn signatures_beside(
    planner: &mut Planner<'_>,
    what: Signed,
    signed: &str,
    source: &FileRef,
) -> Vec<(String, FileRef)> {
    if !planner.wants(Skip::Sign) {
        return Vec::new();
    }
    let entries = planner.manifest.trust.detached.iter();
    let mut signatures = Vec::new();
    for entry in entries.filter(|entry| entry.what == what) {
        let config = resolved_detached(&planner.options.root, &entry.config);
        let name = format!("{signed}.{}", config.extension());
        let action = match &planner.options.signatures_from {
            Some(folder) => Action::TakeSignature(TakeSignature {
                source: source.clone(),
                name: name.clone(),
                folder: folder.clone(),
                form: SignatureForm::Beside,
            }),
            None => Action::SignDetached(SignDetached {
                source: source.clone(),
                name: name.clone(),
                signature: config,
                timestamp: planner.release.timestamp,
            }),
        };
        let file = planner.file_step(format!("write {name}"), None, &name, action);
        planner.artifact(artifact(&name, ArtifactKind::Signature, file.clone()));
        signatures.push((name, file));
    }
    signatures
}
