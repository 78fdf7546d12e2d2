//! Finding tools before they are needed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// A program that some part of a release needs, with what people need to know about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tool {
    /// The executable's name, without `.exe`.
    pub name: &'static str,
    /// What it is for, to be read after "needed to": "sign Windows executables".
    pub purpose: &'static str,
    /// How to get it: "install it with `apt install osslsigncode` or `brew install osslsigncode`".
    pub install: &'static str,
}

impl Tool {
    /// The environment variable that names the executable to use instead of the one in `PATH`:
    /// `GORELEASE_` and the name in capitals, with `_` for what is neither letter nor digit.
    pub fn variable(&self) -> String {
        let name = self.name.chars().map(|c| match c {
            c if c.is_ascii_alphanumeric() => c.to_ascii_uppercase(),
            _ => '_',
        });
        format!("GORELEASE_{}", name.collect::<String>())
    }
}

/// A tool that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` not found, which is needed to {}", tool.name, tool.purpose)]
pub struct MissingTool {
    /// The tool.
    pub tool: Tool,
    /// The file that the tool's variable names, when that is what is missing.
    pub overridden: Option<PathBuf>,
}

impl MissingTool {
    /// The way out.
    pub fn hint(&self) -> String {
        match &self.overridden {
            Some(file) => format!(
                "{} names `{}`, which is no executable file",
                self.tool.variable(),
                file.display()
            ),
            None => format!("{}, or set {}", self.tool.install, self.tool.variable()),
        }
    }
}

/// Where tools are looked for.
#[derive(Debug, Clone, Default)]
pub struct ToolFinder {
    path: OsString,
    overrides: BTreeMap<String, PathBuf>,
}

impl ToolFinder {
    /// The process's own `PATH` and `GORELEASE_*` variables.
    pub fn from_env() -> Self {
        let overrides = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            (name.starts_with("GORELEASE_") && !value.is_empty()).then(|| (name, value.into()))
        });
        Self {
            path: std::env::var_os("PATH").unwrap_or_default(),
            overrides: overrides.collect(),
        }
    }

    /// A finder that looks in the folders of `path` only.
    pub fn with_path(path: impl Into<OsString>) -> Self {
        Self {
            path: path.into(),
            overrides: BTreeMap::new(),
        }
    }

    /// Uses `file` for what `variable` stands for.
    #[must_use]
    pub fn with_override(mut self, variable: impl Into<String>, file: impl Into<PathBuf>) -> Self {
        self.overrides.insert(variable.into(), file.into());
        self
    }

    /// The tool's executable.
    ///
    /// # Errors
    /// When it is not there.
    pub fn find(&self, tool: Tool) -> Result<PathBuf, MissingTool> {
        let overridden = self.overrides.get(&tool.variable());
        let found = match overridden {
            Some(file) => self.find_program(&file.to_string_lossy()),
            None => self.find_program(tool.name),
        };
        found.ok_or_else(|| MissingTool {
            tool,
            overridden: overridden.cloned(),
        })
    }

    /// The executable called `name`, which may also be a path, for programs that a user configured.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let directory = std::env::current_dir().ok()?;
        which::which_in(name, Some(&self.path), directory).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSING: Tool = Tool {
        name: "no-such-tool",
        purpose: "test the search",
        install: "nobody can install it",
    };

    #[test]
    fn names_the_tool_its_purpose_and_the_way_to_get_it() {
        let error = ToolFinder::with_path("").find(MISSING).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`no-such-tool` not found, which is needed to test the search"
        );
        assert_eq!(
            error.hint(),
            "nobody can install it, or set GORELEASE_NO_SUCH_TOOL"
        );
    }

    #[test]
    fn an_override_wins_and_is_checked() {
        let own = std::env::current_exe().unwrap();
        let variable = MISSING.variable();
        let finder = ToolFinder::with_path("").with_override(&variable, &own);
        assert_eq!(finder.find(MISSING).unwrap(), own);

        let broken = ToolFinder::with_path("").with_override(&variable, "/nowhere/tool");
        let error = broken.find(MISSING).unwrap_err();
        assert_eq!(
            error.hint(),
            "GORELEASE_NO_SUCH_TOOL names `/nowhere/tool`, which is no executable file"
        );
    }
}
