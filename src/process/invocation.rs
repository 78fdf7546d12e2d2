//! What to run, as a value.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Secret;

/// One call of a program: everything that its outcome depends on, besides the inherited environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invocation {
    /// The executable; a name without a folder is looked for in `PATH`.
    pub program: PathBuf,
    /// The arguments, without the program's own name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// What differs from the inherited environment; `None` removes a variable.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Option<String>>,
    /// The working directory; ours when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<PathBuf>,
    /// What people read: a short noun phrase or verb, such as "go build for linux/amd64".
    pub summary: String,
    /// What the program reads from its standard input; nothing when absent. Never serialised or shown.
    #[serde(skip)]
    pub stdin: Option<Secret>,
    /// Environment variables whose values are never serialised or shown.
    #[serde(skip)]
    pub secret_env: BTreeMap<String, Secret>,
}

impl Invocation {
    /// A call of `program` without arguments, called `summary` in messages.
    pub fn new(program: impl Into<PathBuf>, summary: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            env: BTreeMap::new(),
            cwd: None,
            summary: summary.into(),
            stdin: None,
            secret_env: BTreeMap::new(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds several arguments.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.insert(name.into(), Some(value.into()));
        self
    }

    /// Removes an inherited environment variable.
    #[must_use]
    pub fn env_remove(mut self, name: impl Into<String>) -> Self {
        self.env.insert(name.into(), None);
        self
    }

    /// Sets the working directory.
    #[must_use]
    pub fn cwd(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// Sets what the program reads from its standard input.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Some(Secret::new(bytes));
        self
    }

    /// Sets an environment variable whose value must not be seen.
    #[must_use]
    pub fn secret_env(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.secret_env.insert(name.into(), value);
        self
    }
}

/// The command line as one would type it into a POSIX shell: environment changes, program, arguments.
impl fmt::Display for Invocation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.env {
            match value {
                Some(value) => write!(out, "{name}={} ", quoted(value))?,
                None => write!(out, "{name}= ")?,
            }
        }
        write!(out, "{}", quoted(&self.program.to_string_lossy()))?;
        for arg in &self.args {
            write!(out, " {}", quoted(arg))?;
        }
        Ok(())
    }
}

/// `word` in single quotes when a POSIX shell would not take it as it stands.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_as_a_shell_command() {
        let invocation = Invocation::new("/opt/my go/bin/go", "go build")
            .args(["build", "-ldflags", "-s -w", "it's", ""])
            .env("GOOS", "windows")
            .env_remove("GOFLAGS");
        assert_eq!(
            invocation.to_string(),
            r"GOFLAGS= GOOS=windows '/opt/my go/bin/go' build -ldflags '-s -w' 'it'\''s' ''"
        );
    }

    #[test]
    fn survives_serialisation_without_its_secrets() {
        let invocation = Invocation::new("gpg", "sign")
            .arg("--batch")
            .env_remove("GPG_TTY")
            .cwd("dist");
        let secret = invocation
            .clone()
            .stdin("passphrase")
            .secret_env("PIN", Secret::new("passphrase"));
        let json = serde_json::to_string(&secret).unwrap();
        assert!(!json.contains("passphrase") && !json.contains("112"));
        let shown = format!("{secret} {secret:?}");
        assert!(!shown.contains("passphrase") && !shown.contains("112"));
        assert_eq!(
            serde_json::from_str::<Invocation>(&json).unwrap(),
            invocation
        );
    }
}
