//! Runs the signing program on a copy, stamps it, verifies it, and puts it in the file's place.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempDir};

use super::command::{self, Call};
use super::verify::{Verified, Verifier, verify};
use super::{Authenticode, Signer};
use crate::format::authenticode::{Inspection, inspect};
use crate::format::output::FileError;
use crate::process::{Invocation, ProcessError, Runner, Secret, ToolFinder};
use crate::trust::sign::SignError;

/// How often and how patiently a time-stamp server is asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many times the whole list of servers is gone through.
    pub rounds: u32,
    /// Pause before the second round; it doubles with each.
    pub pause: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            rounds: 3,
            pause: Duration::from_secs(2),
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was signed, and verified.
    Signed {
        /// The time-stamp server that answered.
        timestamp_server: Option<String>,
        /// Who verified it, and what.
        verified: Verified,
    },
    /// It had a signature already and was left alone.
    AlreadySigned,
}

/// Signs a Windows file in place; on any failure the file is as it was.
///
/// # Errors
/// When the file is none that Authenticode signs, a secret or a program is missing, signing fails, no time-stamp server
/// answers, or the result does not verify.
pub fn sign(
    config: &Authenticode,
    file: &Path,
    finder: &ToolFinder,
    runner: &Runner,
    retry: Retry,
) -> Result<Outcome, SignError> {
    let before = inspected(file)?;
    if before.is_signed {
        return Ok(Outcome::AlreadySigned);
    }
    let work = Work::new(config, file, finder, runner)?;
    let timestamp_server = work.sign_and_stamp(retry)?;
    let after = inspected(&work.copy)?;
    if !after.is_signed || after.digest != before.digest {
        return Err(SignError::refused(format!(
            "signing `{}` did something else than adding a signature",
            file.display()
        ))
        .with_hint("check that the signing command signs `{{ file }}` in place"));
    }
    let verified = verify(&work.copy, &config.trust, &Verifier::find(finder), runner)?;
    let permissions = fs::metadata(file)
        .map_err(FileError::on("read", file))?
        .permissions();
    fs::set_permissions(&work.copy, permissions)
        .map_err(FileError::on("set the permissions of", file))?;
    fs::rename(&work.copy, file).map_err(FileError::on("replace", file))?;
    Ok(Outcome::Signed {
        timestamp_server,
        verified,
    })
}

fn inspected(file: &Path) -> Result<Inspection, SignError> {
    inspect(file)?.ok_or_else(|| {
        SignError::refused(format!(
            "`{}` is no Windows executable, package or script",
            file.display()
        ))
    })
}

/// Signs a file that nobody keeps, without a time stamp, and does not ask whether its signature is trusted.
pub(super) fn sign_only(
    config: &Authenticode,
    file: &Path,
    finder: &ToolFinder,
    runner: &Runner,
) -> Result<(), SignError> {
    let work = Work::new(config, file, finder, runner)?;
    work.sign(None)?;
    fs::rename(&work.copy, file).map_err(FileError::on("replace", file))?;
    Ok(())
}

/// A copy beside the file, and what is needed to sign it.
struct Work<'a> {
    config: &'a Authenticode,
    original: &'a Path,
    runner: &'a Runner,
    program: PathBuf,
    secret: Option<Secret>,
    secret_file: Option<NamedTempFile>,
    /// Holds the copy; beside the file, so that the result can be moved in one step.
    folder: TempDir,
    copy: PathBuf,
}

impl<'a> Work<'a> {
    fn new(
        config: &'a Authenticode,
        original: &'a Path,
        finder: &ToolFinder,
        runner: &'a Runner,
    ) -> Result<Self, SignError> {
        let program = program(config, finder)?;
        let secret = config
            .secret()
            .map(|source| source.read(runner))
            .transpose()?;
        let parent = original
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let folder = TempDir::with_prefix_in(".sign-", parent)
            .map_err(FileError::on("write beside", original))?;
        let copy = folder.path().join(original.file_name().unwrap_or_default());
        let secret_file = match (&config.signer, &secret) {
            (Signer::Jsign { .. }, Some(secret)) => Some(private_file(secret)?),
            _ => None,
        };
        Ok(Self {
            config,
            original,
            runner,
            program,
            secret,
            secret_file,
            folder,
            copy,
        })
    }

    /// Signs a fresh copy and stamps it; returns the server that answered.
    fn sign_and_stamp(&self, retry: Retry) -> Result<Option<String>, SignError> {
        let servers = &self.config.timestamp_servers;
        if servers.is_empty() {
            self.sign(None)?;
            return Ok(None);
        }
        if command::stamps_separately(&self.config.signer) {
            self.sign(None)?;
            return self
                .with_servers(retry, |server| self.stamp(server))
                .map(Some);
        }
        self.with_servers(retry, |server| self.sign(Some(server)))
            .map(Some)
    }

    fn sign(&self, server: Option<&str>) -> Result<(), SignError> {
        fs::copy(self.original, &self.copy).map_err(FileError::on("copy", self.original))?;
        let output = self.folder.path().join("signed");
        self.run(
            &command::sign(self.config, &self.call(&output), server)?,
            &output,
        )
    }

    fn stamp(&self, server: &str) -> Result<(), SignError> {
        let output = self.folder.path().join("stamped");
        match command::stamp(self.config, &self.call(&output), server) {
            Some(invocation) => self.run(&invocation, &output),
            None => Ok(()),
        }
    }

    fn call<'b>(&'b self, output: &'b Path) -> Call<'b> {
        Call {
            program: &self.program,
            file: &self.copy,
            output,
            secret: self.secret.as_ref(),
            secret_file: self.secret_file.as_ref().map(NamedTempFile::path),
        }
    }

    fn run(&self, invocation: &Invocation, output: &Path) -> Result<(), SignError> {
        // osslsigncode refuses to write over a file that a failed attempt left behind.
        match fs::remove_file(output) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(FileError::on("remove", output)(error).into()),
        }
        self.runner.run(invocation)?;
        if command::writes_new_file(&self.config.signer) {
            fs::rename(output, &self.copy).map_err(FileError::on("move", output))?;
        }
        Ok(())
    }

    /// Tries `attempt` with server after server until one answers, and returns that server.
    fn with_servers(
        &self,
        retry: Retry,
        attempt: impl Fn(&str) -> Result<(), SignError>,
    ) -> Result<String, SignError> {
        let mut reports = Vec::new();
        for round in 0..retry.rounds {
            if round > 0 {
                self.pause(retry.pause * 2_u32.saturating_pow(round - 1))?;
            }
            for server in &self.config.timestamp_servers {
                match attempt(server) {
                    Ok(()) => return Ok(server.clone()),
                    Err(SignError::Process(error @ ProcessError::Failed { .. })) => {
                        reports.push(report(&error))
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Err(SignError::refused(format!("no time-stamp server answered for `{}`", self.original.display()))
            .with_hint("check the network and the list of servers, then run again: what is built stays in the cache")
            .with_detail(reports.join("\n")))
    }

    /// Waits, but not longer than the run lasts.
    fn pause(&self, duration: Duration) -> Result<(), SignError> {
        let started = Instant::now();
        while started.elapsed() < duration {
            if self.runner.cancel().is_cancelled() {
                let summary = format!("signing `{}`", self.original.display());
                return Err(ProcessError::Cancelled { summary }.into());
            }
            std::thread::sleep(Duration::from_millis(50).min(duration));
        }
        Ok(())
    }
}

fn report(error: &ProcessError) -> String {
    let output = error
        .output()
        .map(|output| output.stdout_text() + &output.stderr_text())
        .unwrap_or_default();
    format!("{error}\n{}", output.trim_end())
}

fn program(config: &Authenticode, finder: &ToolFinder) -> Result<PathBuf, SignError> {
    match (&config.signer, config.tool()) {
        (_, Some(tool)) => Ok(finder.find(tool)?),
        (Signer::Command { command }, None) => {
            let name = command.first().map(String::as_str).unwrap_or_default();
            finder.find_program(name).ok_or_else(|| {
                SignError::refused(format!("the signing command `{name}` is not there"))
                    .with_hint("install it, or write its whole path")
            })
        }
        (_, None) => Err(SignError::refused("no signing program is configured")),
    }
}

/// A file that only its owner can read, which is gone when it is dropped.
fn private_file(secret: &Secret) -> Result<NamedTempFile, SignError> {
    let mut file =
        NamedTempFile::new().map_err(FileError::on("write a file in", &std::env::temp_dir()))?;
    file.write_all(secret.expose())
        .map_err(FileError::on("write", file.path()))?;
    Ok(file)
}
