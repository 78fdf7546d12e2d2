//! GnuPG, with the passphrase on standard input and, where a key is given, a key ring that lasts a moment.

use std::path::Path;

use tempfile::TempDir;

use super::name;
use crate::format::output::FileError;
use crate::process::{Invocation, ProcessError, Runner};
use crate::trust::sign::{SecretSource, SignError};

pub(super) fn sign(
    program: &Path,
    key: Option<&SecretSource>,
    user: Option<&str>,
    passphrase: Option<&SecretSource>,
    file: &Path,
    output: &Path,
    runner: &Runner,
) -> Result<(), SignError> {
    let home = key.map(|_| Home::new(program, runner)).transpose()?;
    if let (Some(home), Some(key)) = (&home, key) {
        let import = home.gpg("importing the OpenPGP key").arg("--import");
        runner.run(&import.stdin(key.read(runner)?.expose()))?;
    }
    let summary = format!("signing `{}` with GnuPG", name(file));
    let mut invocation = match &home {
        Some(home) => home.gpg(&summary),
        None => Invocation::new(program, summary).args(BATCH),
    };
    if let Some(user) = user {
        invocation = invocation.args(["--local-user", user]);
    }
    if let Some(passphrase) = passphrase {
        let secret = passphrase.read(runner)?;
        invocation = invocation
            .args(["--pinentry-mode", "loopback", "--passphrase-fd", "0"])
            .stdin(secret.expose());
    }
    let invocation = invocation
        .args(["--armor", "--output", &output.to_string_lossy()])
        .args(["--detach-sign", &file.to_string_lossy()]);
    runner.run(&invocation)?;
    Ok(())
}

pub(super) fn verify(
    program: &Path,
    keys: &Path,
    file: &Path,
    signature: &Path,
    runner: &Runner,
) -> Result<String, SignError> {
    let home = Home::new(program, runner)?;
    runner.run(
        &home
            .gpg("importing the OpenPGP public keys")
            .args(["--import", &keys.to_string_lossy()]),
    )?;
    let invocation = home
        .gpg(&format!("verifying `{}`", name(signature)))
        .args(["--status-fd", "1", "--verify"])
        .args([signature.to_string_lossy(), file.to_string_lossy()]);
    match runner.run(&invocation) {
        Ok(output) => Ok(signer(&output.stdout_text())),
        Err(ProcessError::Failed { output, .. }) => Err(SignError::refused(format!(
            "the OpenPGP signature `{}` is not good",
            signature.display()
        ))
        .with_detail(output.stderr_text().trim_end())),
        Err(error) => Err(error.into()),
    }
}

/// The fingerprint in the status line `[GNUPG:] VALIDSIG <fingerprint> ...` (GnuPG, doc/DETAILS).
fn signer(status: &str) -> String {
    let fingerprint = status
        .lines()
        .find_map(|line| line.strip_prefix("[GNUPG:] VALIDSIG ")?.split(' ').next())
        .unwrap_or("an unnamed key");
    format!("OpenPGP, {fingerprint}")
}

const BATCH: [&str; 4] = ["--batch", "--yes", "--no-tty", "--quiet"];

/// A GnuPG home folder of its own, whose agent ends with it.
struct Home<'a> {
    folder: TempDir,
    program: &'a Path,
    runner: &'a Runner,
}

impl<'a> Home<'a> {
    fn new(program: &'a Path, runner: &'a Runner) -> Result<Self, SignError> {
        // The agent's socket path must be short, so the system's folder for temporary files it is.
        let folder = TempDir::with_prefix("gpg-")
            .map_err(FileError::on("write in", &std::env::temp_dir()))?;
        Ok(Self {
            folder,
            program,
            runner,
        })
    }

    fn gpg(&self, summary: &str) -> Invocation {
        Invocation::new(self.program, summary)
            .args(["--homedir", &self.folder.path().to_string_lossy()])
            .args(BATCH)
            .args(["--trust-model", "always"])
    }
}

impl Drop for Home<'_> {
    fn drop(&mut self) {
        let gpgconf = self.program.with_file_name("gpgconf");
        let home = self.folder.path().to_string_lossy();
        let kill = Invocation::new(gpgconf, "ending the GnuPG agent").args([
            "--homedir",
            &home,
            "--kill",
            "all",
        ]);
        // An agent that never ran, or a gpgconf that is not there, is nobody's trouble: the agent ends by itself once
        // its folder is gone.
        let _ = self.runner.run(&kill);
    }
}
