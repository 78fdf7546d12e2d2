//! `[build]`, `[[binary]]` and hooks.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobSet;

use super::glob::{Star, compile};
use super::names::{check_name, project_path};
use crate::manifest::Located;
use crate::manifest::raw::{RawBinary, RawBuild, RawBuilder, RawHook, RawHooks, RawOverride};
use crate::problem::{Problem, Problems};
use crate::project::go_environment::{Class, class};

/// Settings of `go build`; none means: what the next wider table says.
#[derive(Debug, Clone, Default)]
pub struct BuildSettings {
    /// Linker flags.
    pub ldflags: Option<Vec<Located<String>>>,
    /// Compiler flags.
    pub gcflags: Option<Vec<Located<String>>>,
    /// Assembler flags.
    pub asmflags: Option<Vec<Located<String>>>,
    /// Build tags.
    pub tags: Option<Vec<Located<String>>>,
    /// Further flags.
    pub flags: Option<Vec<Located<String>>>,
    /// Additional environment.
    pub env: BTreeMap<String, Located<String>>,
    /// Whether C code is compiled in.
    pub cgo: Option<Located<bool>>,
    /// The C compiler.
    pub cc: Option<Located<String>>,
    /// The C++ compiler.
    pub cxx: Option<Located<String>>,
}

/// `[build]`.
#[derive(Debug, Clone, Default)]
pub struct Build {
    /// `targets`, as typed.
    pub targets: Option<Vec<Located<String>>>,
    /// `goos`.
    pub goos: Vec<Located<String>>,
    /// `goarch`.
    pub goarch: Vec<Located<String>>,
    /// Targets to leave out.
    pub exclude: Vec<Pattern>,
    /// Settings for all.
    pub settings: BuildSettings,
    /// Whether to remove this machine's paths.
    pub trimpath: Option<Located<bool>>,
    /// Environment variables that templates may read.
    pub allow_env: Vec<Located<String>>,
    /// Files that hooks make and that are compiled in.
    pub generated: Vec<Pattern>,
    /// Settings for some targets.
    pub overrides: Vec<Override>,
}

/// A glob over targets.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As typed.
    pub text: Located<String>,
    /// The matcher; `windows` means `windows/**`.
    pub matcher: GlobSet,
}

/// `[[build.override]]`.
#[derive(Debug, Clone)]
pub struct Override {
    /// For these targets.
    pub target: Pattern,
    /// These settings.
    pub settings: BuildSettings,
}

/// What compiles a binary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Builder {
    /// `go build`.
    #[default]
    Go,
    /// `cargo build`.
    Cargo,
}

/// `[[binary]]`.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The executable's name.
    pub name: Located<String>,
    /// The main package, or the cargo target.
    pub main: Option<Located<String>>,
    /// What compiles it.
    pub builder: Builder,
    /// The module's folder.
    pub dir: Option<Located<String>>,
    /// Its targets.
    pub targets: Option<Vec<Pattern>>,
    /// Its settings.
    pub settings: BuildSettings,
    /// Commands before it is built.
    pub before: Vec<Hook>,
    /// Commands after it was built.
    pub after: Vec<Hook>,
}

impl Binary {
    /// A binary that was found, not named: everything at its default.
    pub fn inferred(name: &str) -> Self {
        Self {
            name: Located::inferred(name.to_owned()),
            main: None,
            builder: Builder::Go,
            dir: None,
            targets: None,
            settings: BuildSettings::default(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }
}

impl Binary {
    /// Whether it may be built for a target of this system.
    pub fn may_be_for(&self, goos: &str) -> bool {
        self.targets.as_ref().is_none_or(|patterns| {
            let systems = ["amd64", "arm64", "386"].map(|arch| format!("{goos}/{arch}"));
            let mut patterns = patterns.iter();
            patterns.any(|pattern| systems.iter().any(|name| pattern.matcher.is_match(name)))
        })
    }
}

/// A command.
#[derive(Debug, Clone)]
pub struct Hook {
    /// Program and arguments.
    pub run: Vec<Located<String>>,
    /// The folder, relative to the project.
    pub dir: Option<Located<String>>,
    /// Additional environment.
    pub env: BTreeMap<String, Located<String>>,
}

/// Reads a glob over targets.
pub fn pattern(text: Located<String>) -> Result<Pattern, Problem> {
    let whole = if text.contains('/') || text.starts_with('*') {
        text.value.clone()
    } else {
        format!("{}/**", text.value)
    };
    match compile(&whole, Star::Everything) {
        Ok(matcher) => Ok(Pattern { matcher, text }),
        Err(why) => {
            let shown: String = text.chars().take(60).collect();
            let problem = Problem::error(format!("invalid glob `{shown}`: {why}"));
            Err(problem
                .at(text.span)
                .hint("such as `windows/*`, `linux/arm/7` or `*/amd64`"))
        }
    }
}

fn patterns(list: Vec<Located<String>>, problems: &mut Problems) -> Vec<Pattern> {
    list.into_iter()
        .filter_map(|text| problems.take(pattern(text)))
        .collect()
}

/// Globs over files: `*` stays within a folder.
fn globs(list: Vec<Located<String>>, problems: &mut Problems) -> Vec<Pattern> {
    let glob = |text: Located<String>| {
        let glob = globset::GlobBuilder::new(text.trim_start_matches("./"))
            .literal_separator(true)
            .build()
            .and_then(|glob| globset::GlobSet::builder().add(glob).build());
        match glob {
            Ok(matcher) => Ok(Pattern { matcher, text }),
            Err(error) => {
                Err(
                    Problem::error(format!("invalid glob `{}`: {}", text.value, error.kind()))
                        .at(text.span.clone()),
                )
            }
        }
    };
    list.into_iter()
        .filter_map(|text| problems.take(glob(text)))
        .collect()
}

pub(super) fn check_build(raw: RawBuild, problems: &mut Problems) -> Build {
    if let (Some(targets), Some(goos)) = (&raw.targets, raw.goos.as_ref().or(raw.goarch.as_ref())) {
        let span = goos
            .first()
            .or(targets.first())
            .map(|value| value.span.clone());
        let problem =
            Problem::error("`targets` and `goos`/`goarch` cannot both be given").at_option(span);
        problems.push(problem.hint("write the whole list as `targets`, or remove it"));
    }
    if let Some(targets) = &raw.targets {
        duplicates("target", targets, problems);
    }
    Build {
        targets: raw.targets,
        goos: raw.goos.unwrap_or_default(),
        goarch: raw.goarch.unwrap_or_default(),
        exclude: patterns(raw.exclude, problems),
        settings: BuildSettings {
            ldflags: raw.ldflags,
            gcflags: raw.gcflags,
            asmflags: raw.asmflags,
            tags: raw.tags,
            flags: checked_flags(raw.flags, problems),
            env: checked_env(raw.env, problems),
            cgo: raw.cgo,
            cc: raw.cc,
            cxx: raw.cxx,
        },
        trimpath: raw.trimpath,
        allow_env: raw.allow_env,
        generated: globs(raw.generated, problems),
        overrides: raw
            .r#override
            .into_iter()
            .filter_map(|entry| check_override(entry, problems))
            .collect(),
    }
}

fn check_override(raw: RawOverride, problems: &mut Problems) -> Option<Override> {
    let settings = BuildSettings {
        ldflags: raw.ldflags,
        gcflags: raw.gcflags,
        asmflags: raw.asmflags,
        tags: raw.tags,
        flags: checked_flags(raw.flags, problems),
        env: checked_env(raw.env, problems),
        cgo: raw.cgo,
        cc: raw.cc,
        cxx: raw.cxx,
    };
    Some(Override {
        target: problems.take(pattern(raw.target))?,
        settings,
    })
}

pub(super) fn check_binaries(raw: Vec<RawBinary>, problems: &mut Problems) -> Vec<Binary> {
    raw.into_iter()
        .filter_map(|binary| check_binary(binary, problems))
        .collect()
}

fn check_binary(raw: RawBinary, problems: &mut Problems) -> Option<Binary> {
    let hooks = raw.hooks.unwrap_or_default();
    let settings = BuildSettings {
        ldflags: raw.ldflags,
        tags: raw.tags,
        flags: checked_flags(raw.flags, problems),
        env: checked_env(raw.env, problems),
        ..BuildSettings::default()
    };
    Some(Binary {
        settings,
        main: raw.main,
        builder: match raw.builder {
            RawBuilder::Go => Builder::Go,
            RawBuilder::Cargo => Builder::Cargo,
        },
        dir: raw.dir.and_then(|dir| problems.take(project_path(dir))),
        targets: raw.targets.map(|list| patterns(list, problems)),
        before: check_hooks(hooks.before, problems),
        after: check_hooks(hooks.after, problems),
        name: problems.take(check_binary_name(raw.name))?,
    })
}

/// A binary's name: without the extension that Windows needs, and no template.
fn check_binary_name(name: Located<String>) -> Result<Located<String>, Problem> {
    let lower = name.to_lowercase();
    if let Some(stem) = lower.strip_suffix(".exe") {
        let stem = name.get(..stem.len()).unwrap_or_default();
        return Err(Problem::error("the binary's name ends with `.exe`")
            .at(name.span.clone())
            .hint(format!(
                "write `{stem}`: the extension is added for Windows"
            )));
    }
    if name.contains("{{") || name.contains("{%") {
        return Err(Problem::error("the binary's name cannot be a template")
            .at(name.span)
            .hint(
                "`binary-name` in `[package]` names the files of bare binaries, and may be one",
            ));
    }
    check_name("binary", name)
}

/// Flags that gorelease sets itself, and what to write instead.
const OWN_FLAGS: [(&str, &str); 8] = [
    ("-o", "the output is chosen by gorelease"),
    ("-ldflags", "use `ldflags`"),
    ("-gcflags", "use `gcflags`"),
    ("-asmflags", "use `asmflags`"),
    ("-tags", "use `tags`"),
    ("-trimpath", "use `trimpath`"),
    ("-C", "use `dir` of the binary"),
    ("-n", "nothing would be built"),
];

fn checked_flags(
    flags: Option<Vec<Located<String>>>,
    problems: &mut Problems,
) -> Option<Vec<Located<String>>> {
    for flag in flags.iter().flatten() {
        let name = flag
            .split('=')
            .next()
            .unwrap_or_default()
            .replacen("--", "-", 1);
        if let Some((_, instead)) = OWN_FLAGS.iter().find(|(own, _)| *own == name) {
            problems.push(
                Problem::error(format!("`{name}` cannot be among `flags`"))
                    .at(flag.span.clone())
                    .hint(*instead),
            );
        } else if !name.starts_with('-') && !name.contains("{{") {
            let problem =
                Problem::error(format!("`{}` is no flag", flag.value)).at(flag.span.clone());
            problems.push(
                problem.hint("write a flag and its value in one string, such as `-buildmode=pie`"),
            );
        }
    }
    flags
}

fn checked_env(
    env: BTreeMap<String, Located<String>>,
    problems: &mut Problems,
) -> BTreeMap<String, Located<String>> {
    for (name, value) in &env {
        let hint = match class(name) {
            Some(Class::Key) => "targets, variants, `cgo` and `flags` have keys of their own",
            Some(Class::Toolchain) => {
                "`go-toolchain` in `[project]` says which Go a release is built with"
            }
            Some(Class::Reported) => "the go tool does not read it",
            Some(Class::Build | Class::Machine) | None => continue,
        };
        let problem =
            Problem::error(format!("`{name}` cannot be set in `env`")).at(value.span.clone());
        problems.push(problem.hint(hint));
    }
    env
}

pub(super) fn check_global_hooks(raw: RawHooks, problems: &mut Problems) -> Vec<Hook> {
    check_hooks(raw.before, problems)
}

fn check_hooks(raw: Vec<RawHook>, problems: &mut Problems) -> Vec<Hook> {
    raw.into_iter()
        .filter_map(|hook| {
            if hook
                .run
                .first()
                .is_none_or(|program| program.trim().is_empty())
            {
                problems.push(
                    Problem::error("a hook has no program in `run`")
                        .at_option(hook.run.first().and_then(Located::place))
                        .hint("for example `run = [\"go\", \"generate\", \"./...\"]`"),
                );
                return None;
            }
            let dir = hook.dir.and_then(|dir| problems.take(project_path(dir)));
            Some(Hook {
                run: hook.run,
                dir,
                env: hook.env,
            })
        })
        .collect()
}

pub(super) fn duplicates(what: &str, values: &[Located<String>], problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for value in values {
        if !seen.insert(value.value.as_str()) {
            problems.push(
                Problem::error(format!("the {what} `{}` is there twice", value.value))
                    .at(value.span.clone())
                    .label("again")
                    .hint("remove one of them"),
            );
        }
    }
}
