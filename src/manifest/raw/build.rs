//! `[build]`, `[[build.override]]`, `[[binary]]` and `[hooks]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::manifest::located::Located;

/// Targets and build settings shared by all binaries.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawBuild {
    /// The targets: `windows/amd64`, with a variant `linux/arm/7`, a glob `linux/*`, a whole system `windows`, `all`,
    /// `darwin/universal` or `host`. Instead of `goos` and `goarch`.
    pub targets: Option<Vec<Located<String>>>,
    /// GOOS values, each combined with each of `goarch`.
    pub goos: Option<Vec<Located<String>>>,
    /// GOARCH values, each combined with each of `goos`; combinations that Go does not know are left out.
    pub goarch: Option<Vec<Located<String>>>,
    /// Targets to leave out, by glob.
    #[serde(default)]
    pub exclude: Vec<Located<String>>,
    /// Linker flags. Default: `["-s", "-w"]`. Templates.
    pub ldflags: Option<Vec<Located<String>>>,
    /// Compiler flags (`-gcflags`). Templates.
    pub gcflags: Option<Vec<Located<String>>>,
    /// Assembler flags (`-asmflags`). Templates.
    pub asmflags: Option<Vec<Located<String>>>,
    /// Build tags. Templates.
    pub tags: Option<Vec<Located<String>>>,
    /// Further flags of `go build`, such as `-buildmode=pie`. Templates.
    pub flags: Option<Vec<Located<String>>>,
    /// Additional environment of `go build`, such as `GOEXPERIMENT`. Templates.
    #[serde(default)]
    pub env: BTreeMap<String, Located<String>>,
    /// Whether to remove paths of this machine from the binaries. Default: true.
    pub trimpath: Option<Located<bool>>,
    /// Whether C code is compiled in. Default: false.
    pub cgo: Option<Located<bool>>,
    /// The C compiler of cgo, such as `zig cc -target x86_64-windows-gnu`. Templates.
    pub cc: Option<Located<String>>,
    /// The C++ compiler of cgo. Templates.
    pub cxx: Option<Located<String>>,
    /// Environment variables that templates may read as `{{ env.NAME }}`.
    #[serde(default)]
    pub allow_env: Vec<Located<String>>,
    /// Files that hooks make and that are compiled in although git ignores them, by glob, relative to the folder of
    /// release.toml. With `--release` every other file that is compiled must be part of the commit.
    #[serde(default)]
    pub generated: Vec<Located<String>>,
    /// Other settings for some of the targets; later ones win.
    #[serde(default)]
    pub r#override: Vec<RawOverride>,
}

/// Build settings for some of the targets. A list replaces the list of `[build]`; `env` is added to it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawOverride {
    /// The targets, by glob, such as `windows/*`.
    pub target: Located<String>,
    /// Linker flags.
    pub ldflags: Option<Vec<Located<String>>>,
    /// Compiler flags.
    pub gcflags: Option<Vec<Located<String>>>,
    /// Assembler flags.
    pub asmflags: Option<Vec<Located<String>>>,
    /// Build tags.
    pub tags: Option<Vec<Located<String>>>,
    /// Further flags of `go build`.
    pub flags: Option<Vec<Located<String>>>,
    /// Additional environment.
    #[serde(default)]
    pub env: BTreeMap<String, Located<String>>,
    /// Whether C code is compiled in.
    pub cgo: Option<Located<bool>>,
    /// The C compiler of cgo.
    pub cc: Option<Located<String>>,
    /// The C++ compiler of cgo.
    pub cxx: Option<Located<String>>,
}

/// What compiles a binary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RawBuilder {
    /// `go build`.
    #[default]
    Go,
    /// `cargo build`, for Rust programs such as gorelease itself.
    Cargo,
}

/// A program.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawBinary {
    /// The executable's name, without `.exe`.
    pub name: Located<String>,
    /// The main package, such as `./cmd/orders`; with `builder = "cargo"` the name of the binary target.
    /// Default: the main package whose folder has the binary's name, or the only one.
    pub main: Option<Located<String>>,
    /// What compiles it. Default: `go`.
    #[serde(default)]
    pub builder: RawBuilder,
    /// The folder of its Go module, relative to the project, for a nested module. Default: the project's root.
    pub dir: Option<Located<String>>,
    /// The targets it is built for, by glob. Default: all.
    pub targets: Option<Vec<Located<String>>>,
    /// Linker flags instead of those of `[build]`. Templates.
    pub ldflags: Option<Vec<Located<String>>>,
    /// Build tags instead of those of `[build]`. Templates.
    pub tags: Option<Vec<Located<String>>>,
    /// Further flags of `go build` instead of those of `[build]`. Templates.
    pub flags: Option<Vec<Located<String>>>,
    /// Environment in addition to that of `[build]`. Templates.
    #[serde(default)]
    pub env: BTreeMap<String, Located<String>>,
    /// Commands before and after this binary is built, for each target.
    pub hooks: Option<RawBinaryHooks>,
}

/// Commands to run for the whole build.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawHooks {
    /// Before anything is built.
    #[serde(default)]
    pub before: Vec<RawHook>,
}

/// Commands to run for one binary.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawBinaryHooks {
    /// Before it is built.
    #[serde(default)]
    pub before: Vec<RawHook>,
    /// After it was built, on a copy of it.
    #[serde(default)]
    pub after: Vec<RawHook>,
}

/// One command, run without a shell in the project's root. A command that fails stops the release.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RawHook {
    /// The program and its arguments. Templates.
    pub run: Vec<Located<String>>,
    /// The folder it runs in, relative to the project. Default: the project's root.
    pub dir: Option<Located<String>>,
    /// Additional environment. Templates.
    #[serde(default)]
    pub env: BTreeMap<String, Located<String>>,
}
