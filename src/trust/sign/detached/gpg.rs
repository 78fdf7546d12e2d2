//! GnuPG, with the passphrase on standard input and, where a key is given, a key ring that lasts a moment.

mod status;

use std::path::Path;

use tempfile::TempDir;

use super::{GoodSignature, Scheme, name};
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

/// Reads a file of public keys.
pub(super) fn check_keys(program: &Path, keys: &Path, runner: &Runner) -> Result<(), SignError> {
    import(program, keys, runner).map(drop)
}

fn import<'a>(program: &'a Path, keys: &Path, runner: &'a Runner) -> Result<Home<'a>, SignError> {
    let text = std::fs::read(keys).map_err(FileError::on("read", keys))?;
    let home = Home::new(program, runner)?;
    let invocation = home
        .gpg("importing the OpenPGP public keys")
        .args(["--status-fd", "1", "--import"])
        .stdin(text);
    let refused = || {
        SignError::refused(format!("`{}` has no OpenPGP public key", keys.display()))
            .with_hint("export the key with `gpg --export --armor`")
    };
    let output = match runner.run(&invocation) {
        Ok(output) => output,
        Err(ProcessError::Failed { output, .. }) => {
            return Err(refused().with_detail(output.stderr_text().trim_end()));
        }
        Err(error) => return Err(error.into()),
    };
    if !status::has_imported(&output.stdout_text()) {
        return Err(refused());
    }
    Ok(home)
}

pub(super) fn verify(
    program: &Path,
    keys: &Path,
    file: &Path,
    signature: &Path,
    runner: &Runner,
) -> Result<GoodSignature, SignError> {
    let home = import(program, keys, runner)?;
    let invocation = home
        .gpg(&format!("verifying `{}`", name(signature)))
        .args(["--status-fd", "1", "--verify", "--"])
        .args([signature.to_string_lossy(), file.to_string_lossy()]);
    let (output, failed) = match runner.run(&invocation) {
        Ok(output) => (output, false),
        Err(ProcessError::Failed { output, .. }) => (*output, true),
        Err(error) => return Err(error.into()),
    };
    let refused = |why: &str| {
        let message = format!(
            "the OpenPGP signature `{}` is not good: {why}",
            signature.display()
        );
        SignError::refused(message).with_detail(output.stderr_text().trim_end())
    };
    match status::signer(&output.stdout_text()) {
        Err(why) => Err(refused(why)),
        Ok(_) if failed => Err(refused("GnuPG does not accept it")),
        Ok(fingerprint) => Ok(GoodSignature::new(Scheme::Openpgp, fingerprint)),
    }
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
