//! `gorelease verify`: every file again.

use std::path::PathBuf;

use clap::Args;

use super::arguments::{Format, ProjectArguments};
use super::ui::Ui;
use crate::error::Failure;
use crate::process::{Cancel, Runner, ToolFinder};
use crate::step::metadata::FILE_NAME;
use crate::trust::sign::authenticode::Trust;
use crate::trust::sign::detached::PublicKey;
use crate::verify::{
    HAND_OVER, Options, Verification, rebuild, verify, verify_file, verify_folder, verify_hand_over,
};

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A release, an unpacked hand-over, a folder with `SHA256SUMS` in it, or one file with `SHA256SUMS` beside it
    #[arg(default_value = "dist", value_name = "DIST|FILE")]
    dist: PathBuf,
    /// Also build the release again from its commit, in the repository around the project's folder, and compare
    #[arg(long)]
    rebuild: bool,
    /// The root certificate (PEM) that Authenticode signatures must lead to; nothing for Windows may be unsigned
    #[arg(long, value_name = "FILE")]
    root: Option<PathBuf>,
    /// The root certificate (PEM) of the time-stamp server, when the system does not know it
    #[arg(long, value_name = "FILE", requires = "root")]
    timestamp_root: Option<PathBuf>,
    /// A minisign public key, or its file, that must have signed the checksums
    #[arg(long, value_name = "KEY")]
    minisign_key: Vec<String>,
    /// A file of OpenPGP public keys, of which one must have signed the checksums
    #[arg(long, value_name = "FILE")]
    gpg_keys: Vec<PathBuf>,
    /// A cosign public key that must have signed the checksums
    #[arg(long, value_name = "KEY")]
    cosign_key: Vec<String>,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let subject = project.path(&arguments.dist);
    let options = options(arguments, cancel);
    let mut verification = check(&subject, &options)?;
    if arguments.rebuild && verification.findings.is_empty() {
        verification = rebuild(
            &subject,
            &project.directory,
            &options.runner,
            &options.finder,
        )?;
    }
    if ui.format() == Format::Json {
        ui.json(&verification)?;
    }
    let files = verification.into_result().map_err(|failure| {
        failure.hint("do not trust these files: build the release again, or fetch it anew")
    })?;
    ui.say(&format!(
        "{files} files in `{}` are as promised",
        subject.display()
    ));
    Ok(())
}

fn check(subject: &std::path::Path, options: &Options) -> Result<Verification, Failure> {
    if subject.is_file() {
        verify_file(subject, options)
    } else if subject.join(FILE_NAME).is_file() {
        verify(subject, options)
    } else if subject.join(HAND_OVER).is_file() {
        verify_hand_over(subject, options)
    } else if subject.join("SHA256SUMS").is_file() {
        verify_folder(subject, options)
    } else {
        verify(subject, options)
    }
}

fn options(arguments: &Arguments, cancel: &Cancel) -> Options {
    let minisign = arguments
        .minisign_key
        .iter()
        .cloned()
        .map(PublicKey::Minisign);
    let gpg = arguments.gpg_keys.iter().cloned().map(PublicKey::Gpg);
    let cosign = arguments.cosign_key.iter().cloned().map(PublicKey::Cosign);
    Options {
        trust: Trust {
            root: arguments.root.clone(),
            timestamp_root: arguments.timestamp_root.clone(),
        },
        keys: minisign.chain(gpg).chain(cosign).collect(),
        finder: ToolFinder::from_env(),
        runner: Runner::new(cancel.clone()),
    }
}
