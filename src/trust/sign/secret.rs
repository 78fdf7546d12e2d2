//! Where a password or a key comes from.

use std::ffi::OsString;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::input;
use crate::format::output::FileError;
use crate::process::{Invocation, ProcessError, Runner, Secret, hide_variable, mask};

use super::SignError;

/// Passwords and keys are shorter; a longer file is none that anybody prints.
const LONGEST_MASKED: u64 = 64 << 10;

/// The place of a secret; the secret itself is in no plan and no manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; the line end after its last line is not part of the secret.
    File(PathBuf),
    /// A command, for example of a password manager; its standard output, likewise.
    Command(Vec<String>),
}

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// When the variable is not set, the file cannot be read, the command fails, or the secret is empty.
    pub fn read(&self, runner: &Runner) -> Result<Secret, SignError> {
        self.read_with(runner, |name| std::env::var_os(name))
    }

    fn read_with(
        &self,
        runner: &Runner,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Secret, SignError> {
        let mut bytes = match self {
            Self::Env(name) => variable(name).unwrap_or_default().into_encoded_bytes(),
            Self::File(path) => std::fs::read(path).map_err(FileError::on("read", path))?,
            Self::Command(words) => {
                let (program, arguments) = words.split_first().ok_or_else(|| {
                    SignError::refused("the command that prints a secret is empty")
                })?;
                let invocation =
                    Invocation::new(program, format!("reading a secret from `{program}`"));
                runner
                    .run(&invocation.args(arguments))
                    .map_err(ProcessError::without_stdout)?
                    .stdout
            }
        };
        let end = bytes
            .iter()
            .rposition(|byte| !matches!(byte, b'\r' | b'\n'))
            .map_or(0, |last| last + 1);
        bytes.truncate(end);
        if bytes.is_empty() {
            return Err(self.empty());
        }
        mask(&bytes);
        Ok(Secret::new(bytes))
    }

    /// Keeps the secret from every program but the one that signs with it, and from everything that is shown, as far as
    /// that can be known before it is used: what a command prints is not known yet.
    pub fn hide(&self) {
        match self {
            Self::Env(name) => hide_variable(name),
            Self::File(path) => {
                if let Ok(text) = input::read_followed(path, LONGEST_MASKED) {
                    mask(&text);
                }
            }
            Self::Command(_) => {}
        }
    }

    fn empty(&self) -> SignError {
        match self {
            Self::Env(name) => {
                SignError::refused(format!("the environment variable `{name}` is not set"))
                    .with_hint(format!("set `{name}`, in CI from the repository's secrets"))
            }
            Self::File(path) => {
                SignError::refused(format!("the secret in `{}` is empty", path.display()))
            }
            Self::Command(words) => SignError::refused(format!(
                "`{}` printed no secret",
                words.first().map_or("", String::as_str)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &SecretSource) -> Result<Vec<u8>, String> {
        let variable = |name: &str| (name == "PASSWORD").then(|| "hush".into());
        let secret = source.read_with(&Runner::default(), variable);
        secret
            .map(|secret| secret.expose().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn variable_file_and_command_are_read_without_their_line_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hush\r\n").unwrap();
        assert_eq!(
            read(&SecretSource::Env("PASSWORD".into())).unwrap(),
            b"hush"
        );
        assert_eq!(read(&SecretSource::File(file)).unwrap(), b"hush");
        #[cfg(unix)]
        {
            let words = ["printf", "hush\\n"].map(str::to_owned).to_vec();
            assert_eq!(read(&SecretSource::Command(words)).unwrap(), b"hush");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_a_failing_command_printed_is_not_shown() {
        let script = "echo Hush-PFX-7391; echo why >&2; exit 3";
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let error = SecretSource::Command(words)
            .read(&Runner::default())
            .unwrap_err();
        let SignError::Process(error) = error else {
            panic!("{error}");
        };
        let output = error.output().unwrap();
        assert_eq!(
            (output.stdout.len(), output.stderr_text().trim()),
            (0, "why")
        );
    }

    #[test]
    fn a_missing_secret_is_named_by_its_place() {
        let error = read(&SecretSource::Env("OTHER".into())).unwrap_err();
        assert_eq!(error, "the environment variable `OTHER` is not set");
        let error = read(&SecretSource::File("no/such/file".into())).unwrap_err();
        assert!(error.starts_with("cannot read `no/such/file`"), "{error}");
    }
}
