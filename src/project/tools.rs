//! Optional tools: which are there, and in which version.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::format::{buildinfo, pe};
use crate::process::{Invocation, Runner, Tool, ToolFinder};

/// A tool that only some releases need, and how to ask for its version.
#[derive(Debug, Clone, Copy)]
pub struct OptionalTool {
    /// The tool.
    pub tool: Tool,
    /// The arguments that make it print its version; empty when it cannot.
    pub version_args: &'static [&'static str],
}

/// A tool that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundTool {
    /// The executable.
    pub program: PathBuf,
    /// Its version, when it told one.
    pub version: Option<String>,
}

/// A tool that a release was made with; no path, since that would be this machine's own.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub struct ToolVersion {
    /// The program's name, such as `osslsigncode`.
    pub name: String,
    /// The version that it tells, such as `2.9`.
    pub version: String,
}

const fn optional(
    name: &'static str,
    purpose: &'static str,
    install: &'static str,
    version_args: &'static [&'static str],
) -> OptionalTool {
    OptionalTool {
        tool: Tool {
            name,
            purpose,
            install,
        },
        version_args,
    }
}

/// Every optional tool that some part of gorelease can use, in the order that people read.
pub const OPTIONAL: [OptionalTool; 17] = [
    optional(
        "osslsigncode",
        "sign Windows executables and packages anywhere",
        "install it with `apt install osslsigncode` or `brew install osslsigncode`",
        &["--version"],
    ),
    optional(
        "signtool",
        "sign Windows executables and packages on Windows",
        "install the Windows SDK",
        &[],
    ),
    optional(
        "jsign",
        "sign Windows executables and packages with a cloud key",
        "get it from https://ebourg.github.io/jsign",
        &["--version"],
    ),
    optional(
        "wix",
        "build MSI packages with the WiX toolset",
        "install it with `dotnet tool install --global wix`",
        &["--version"],
    ),
    optional(
        "wixl",
        "build MSI packages with msitools",
        "install it with `apt install wixl` or `brew install msitools`",
        &["--version"],
    ),
    optional(
        "gpg",
        "sign checksums with OpenPGP",
        "install it with `apt install gnupg` or `brew install gnupg`",
        &["--version"],
    ),
    optional(
        "cosign",
        "sign checksums with Sigstore",
        "get it from https://docs.sigstore.dev/cosign",
        &["version"],
    ),
    optional(
        "minisign",
        "check minisign signatures",
        "install it with `apt install minisign` or `brew install minisign`",
        &["-v"],
    ),
    optional(
        "govulncheck",
        "look for known vulnerabilities",
        "install it with `go install golang.org/x/vuln/cmd/govulncheck@latest`",
        &["-version"],
    ),
    optional(
        "zig",
        "compile C for any target (`cc = \"zig cc -target ...\"`)",
        "get it from https://ziglang.org/download",
        &["version"],
    ),
    optional(
        "x86_64-w64-mingw32-gcc",
        "compile C for windows/amd64",
        "install it with `apt install gcc-mingw-w64-x86-64` or `brew install mingw-w64`",
        &["-dumpfullversion"],
    ),
    optional(
        "i686-w64-mingw32-gcc",
        "compile C for windows/386",
        "install it with `apt install gcc-mingw-w64-i686` or `brew install mingw-w64`",
        &["-dumpfullversion"],
    ),
    optional(
        "aarch64-w64-mingw32-clang",
        "compile C for windows/arm64",
        "get it from https://github.com/mstorsjo/llvm-mingw",
        &["--version"],
    ),
    optional(
        "gcc",
        "compile C for this machine",
        "install it with `apt install gcc` or `xcode-select --install`",
        &["-dumpfullversion"],
    ),
    optional(
        "cargo",
        "build Rust programs (`builder = \"cargo\"`)",
        "get it from https://rustup.rs",
        &["--version"],
    ),
    optional(
        "rustc",
        "build Rust programs (`builder = \"cargo\"`)",
        "get it from https://rustup.rs",
        &["--version"],
    ),
    optional(
        "rustup",
        "add targets for Rust programs",
        "get it from https://rustup.rs",
        &["--version"],
    ),
];

impl OptionalTool {
    /// The tool of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        OPTIONAL.iter().find(|known| known.tool.name == name)
    }

    /// Finds the tool and asks for its version in `directory`, by which some choose it. A tool that cannot tell is
    /// still there.
    pub fn look_up(
        &self,
        runner: &Runner,
        finder: &ToolFinder,
        directory: &Path,
    ) -> Option<FoundTool> {
        let program = finder.find(self.tool).ok()?;
        let version = match self.version_args {
            [] => resource_version(&program),
            args => {
                module_version(&program).or_else(|| version_of(runner, &program, args, directory))
            }
        };
        Some(FoundTool { program, version })
    }
}

/// Finds a program that is in no list, whose version nobody knows how to ask for.
pub fn look_up_program(finder: &ToolFinder, program: &str) -> Option<FoundTool> {
    let program = finder.find_program(program)?;
    Some(FoundTool {
        program,
        version: None,
    })
}

/// The version of a C compiler, in the list or not: all that the go tool can use understand `--version`.
pub fn c_compiler_version(
    program: &str,
    runner: &Runner,
    finder: &ToolFinder,
    directory: &Path,
) -> Option<ToolVersion> {
    let file_name = Path::new(program).file_name()?.to_str()?;
    let name = file_name.strip_suffix(".exe").unwrap_or(file_name);
    let args = OptionalTool::named(name).map_or(&["--version"][..], |known| known.version_args);
    let version = version_of(runner, &finder.find_program(program)?, args, directory)?;
    Some(ToolVersion {
        name: name.to_owned(),
        version,
    })
}

fn version_of(runner: &Runner, program: &Path, args: &[&str], directory: &Path) -> Option<String> {
    let call = Invocation::new(program, format!("{} version", program.display()))
        .args(args.iter().copied())
        .env("LC_ALL", "C")
        .cwd(directory);
    let output = runner.run(&call).ok()?;
    let text = output.stdout_text() + "\n" + &output.stderr_text();
    first_version(&text).map(str::to_owned)
}

/// The version in a Go executable's build information; govulncheck would ask the network before it tells its own.
fn module_version(program: &Path) -> Option<String> {
    let module = buildinfo::read(program).ok()?.main?;
    first_version(&module.version).map(str::to_owned)
}

/// The version resource of an executable for Windows.
fn resource_version(program: &Path) -> Option<String> {
    let info = pe::version::read(program).ok()??;
    Some(info.file_version_text())
}

/// The first word of `text` that looks like a version: digits with a dot, perhaps after a `v`; without such a word,
/// the first that begins with a digit (`12-win32`). A path is none.
fn first_version(text: &str) -> Option<&str> {
    let words = || {
        text.split(|c: char| c.is_whitespace() || "(),:;@".contains(c))
            .map(|word| word.strip_prefix('v').unwrap_or(word))
            .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
            .filter(|word| !word.contains(['/', '\\']))
    };
    let has_dot = |word: &&str| {
        word.split_once('.')
            .is_some_and(|(_, rest)| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    words().find(has_dot).or_else(|| words().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_really_print() {
        for (text, version) in [
            ("osslsigncode 2.5, using:\n\tOpenSSL 3.0.11", "2.5"),
            ("gpg (GnuPG) 2.2.40\nlibgcrypt 1.10.1", "2.2.40"),
            ("GitVersion:    v2.4.1\n", "2.4.1"),
            ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "1.95.0"),
            ("12-win32\n", "12-win32"),
            ("Scanner: govulncheck@v1.1.4\n", "1.1.4"),
            (
                "5.0.2+aa65968c419420d32e3e1b647aea0082f5ca5b78",
                "5.0.2+aa65968c419420d32e3e1b647aea0082f5ca5b78",
            ),
        ] {
            assert_eq!(first_version(text), Some(version));
        }
        assert_eq!(first_version("usage: tool FILE..."), None);
        assert_eq!(first_version("1.2/opt/tool 3.4"), Some("3.4"));
    }
}
