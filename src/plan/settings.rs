//! The settings of one program for one target: flags, environment, C compilers.

use std::collections::BTreeMap;

use super::expand::Expander;
use super::planner::Planner;
use super::programs::Program;
use crate::manifest::{Build, BuildSettings, Located};
use crate::problem::{Problem, Problems};
use crate::project::mains::Setting;
use crate::target::Target;

/// Linker flags when the manifest gives none: no symbol table, and the version where many programs look for it.
pub const DEFAULT_LDFLAGS: [&str; 5] = [
    "-s",
    "-w",
    "-X main.version={{ version }}",
    "-X main.commit={{ commit }}",
    "-X main.date={{ commit_date }}",
];

/// The template variables of one program and target.
pub(super) fn expander_for(planner: &Planner<'_>, program: &str, target: &Target) -> Expander {
    planner
        .expander
        .with("binary", program)
        .and("os", target.goos.as_str())
        .and("arch", target.goarch.as_str())
        .and("variant", target.variant.clone().unwrap_or_default())
        .and("target", target.slug())
}

/// The settings of one program for one target: binary before override before `[build]`.
pub(super) struct Layers<'m> {
    layers: Vec<&'m BuildSettings>,
}

impl<'m> Layers<'m> {
    pub(super) fn new(planner: &Planner<'m>, program: &'m Program, target: &Target) -> Self {
        Self::of(
            &planner.manifest.build,
            Some(&program.binary.settings),
            target,
        )
    }

    fn of(build: &'m Build, own: Option<&'m BuildSettings>, target: &Target) -> Self {
        let overrides = build.overrides.iter().rev();
        let name = target.to_string();
        let mut layers: Vec<&BuildSettings> = own.into_iter().collect();
        layers.extend(
            overrides
                .filter(|entry| entry.target.matcher.is_match(&name))
                .map(|entry| &entry.settings),
        );
        layers.push(&build.settings);
        Self { layers }
    }

    /// The environment that all layers together ask for.
    pub(super) fn environment(
        &self,
        expander: &Expander,
    ) -> Result<BTreeMap<String, String>, Problem> {
        let mut environment = BTreeMap::new();
        for settings in self.layers.iter().rev() {
            environment.extend(expander.expand_map(&settings.env)?);
        }
        Ok(environment)
    }

    /// What the narrowest table says.
    pub(super) fn first<T>(
        &self,
        pick: impl Fn(&'m BuildSettings) -> Option<&'m T>,
    ) -> Option<&'m T> {
        self.layers.iter().find_map(|settings| pick(settings))
    }
}

/// How the go tool is asked about packages for one target before there is a plan: with what `go build` will have, as far
/// as no template must be filled in.
pub fn plain_setting(build: &Build, own: Option<&BuildSettings>, target: &Target) -> Setting {
    let layers = Layers::of(build, own, target);
    let is_plain = |text: &str| !text.contains("{{") && !text.contains("{%");
    let mut env: BTreeMap<String, String> = BTreeMap::new();
    for settings in layers.layers.iter().rev() {
        let own = settings.env.iter().filter(|(_, value)| is_plain(value));
        env.extend(own.map(|(name, value)| (name.clone(), value.value.clone())));
    }
    env.extend(target.environment());
    let cgo = layers.first(|settings| settings.cgo.as_ref());
    let cgo = u8::from(cgo.is_some_and(|cgo| cgo.value)).to_string();
    env.insert("CGO_ENABLED".to_owned(), cgo);
    let tags = layers.first(|settings| settings.tags.as_ref());
    let tags: Vec<&str> = tags
        .into_iter()
        .flatten()
        .map(|tag| tag.as_str())
        .filter(|tag| is_plain(tag))
        .collect();
    let flags = (!tags.is_empty()).then(|| format!("-tags={}", tags.join(",")));
    Setting {
        target: target.clone(),
        env,
        flags: flags.into_iter().collect(),
    }
}

/// The flags of `go build`; none when a template is wrong.
pub(super) fn flags(
    planner: &Planner<'_>,
    layers: &Layers<'_>,
    expander: &Expander,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let mut expand = |list: Option<&Vec<Located<String>>>| {
        expander.expand_all(list.map(Vec::as_slice).unwrap_or_default(), problems)
    };
    let mut flags = Vec::new();
    if planner
        .manifest
        .build
        .trimpath
        .as_ref()
        .is_none_or(|trimpath| trimpath.value)
    {
        flags.push("-trimpath".to_owned());
    }
    // Whatever GOFLAGS says: a release tells its commit. Where the go tool does not see the repository, it would stamp
    // the revision of another one that is further up.
    let git = planner.world.facts.git.as_ref();
    let stamp = match git.is_ok_and(|git| git.gitfile) {
        true => "-buildvcs=false",
        false => "-buildvcs=auto",
    };
    flags.push(stamp.to_owned());
    let defaults: Vec<Located<String>> = DEFAULT_LDFLAGS
        .iter()
        .map(|flag| Located::inferred((*flag).to_owned()))
        .collect();
    let ldflags = layers.first(|settings| settings.ldflags.as_ref());
    let lists = [
        ("-ldflags", expand(ldflags.or(Some(&defaults))), " "),
        (
            "-gcflags",
            expand(layers.first(|settings| settings.gcflags.as_ref())),
            " ",
        ),
        (
            "-asmflags",
            expand(layers.first(|settings| settings.asmflags.as_ref())),
            " ",
        ),
        (
            "-tags",
            expand(layers.first(|settings| settings.tags.as_ref())),
            ",",
        ),
    ];
    let further = expand(layers.first(|settings| settings.flags.as_ref()));
    for (name, values, separator) in lists {
        let values = values?;
        if !values.is_empty() {
            flags.push(format!("{name}={}", values.join(separator)));
        }
    }
    flags.extend(further?);
    Some(flags)
}

/// A build mode that makes no executable is refused, at the flag that asks for it.
pub(super) fn check_buildmode(layers: &Layers<'_>, flags: &[String], problems: &mut Problems) {
    let modes = flags
        .iter()
        .filter_map(|flag| flag.trim_start_matches('-').strip_prefix("buildmode="));
    for mode in modes.filter(|mode| !["exe", "pie", "default"].contains(mode)) {
        let typed = layers.first(|settings| settings.flags.as_ref());
        let mut typed = typed.into_iter().flatten();
        let place = typed.find(|flag| flag.contains("buildmode"));
        let problem = Problem::error(format!("`-buildmode={mode}` makes no executable"))
            .at_option(place.and_then(Located::place));
        problems.push(problem.hint("gorelease packs programs and services: use `exe` or `pie`"));
    }
}

/// A compiler that is known to work for a target, as the end of a sentence; empty when none is.
fn compiler_example(target: &Target) -> String {
    let processor = match target.goarch.as_str() {
        "amd64" => "x86_64",
        "arm64" => "aarch64",
        "386" => "x86",
        _ => return String::new(),
    };
    let system = match target.goos.as_str() {
        "windows" => "windows-gnu",
        "linux" => "linux-musl",
        "darwin" => "macos",
        _ => return String::new(),
    };
    format!(", such as `zig cc -target {processor}-{system}`")
}

/// CC and CXX of a cgo build, checked before anything is compiled.
pub(super) fn c_compilers(
    planner: &Planner<'_>,
    layers: &Layers<'_>,
    expander: &Expander,
    target: &Target,
    env: &mut BTreeMap<String, String>,
    problems: &mut Problems,
) {
    let host = &planner.world.facts.host;
    let is_host = target.goos == host.os && target.goarch == host.arch;
    let cc = layers.first(|settings| settings.cc.as_ref());
    let cxx = layers.first(|settings| settings.cxx.as_ref());
    if cc.is_none() && !is_host && !env.contains_key("CC") {
        let place = layers
            .first(|settings| settings.cgo.as_ref())
            .and_then(Located::place);
        let problem =
            Problem::error(format!("cgo for {target} has no C compiler")).at_option(place);
        problems.push(problem.hint(format!(
            "give one with `cc` in a `[[build.override]]` for `{target}`{}",
            compiler_example(target)
        )));
    }
    for (variable, compiler) in [("CC", cc), ("CXX", cxx)] {
        let Some(compiler) = compiler else { continue };
        let Some(command) = problems.take(expander.expand(compiler)) else {
            continue;
        };
        let program = super::tools::program_of(&command).to_owned();
        if which::which(&program).is_err() {
            let problem = Problem::missing_tool(format!(
                "the C compiler `{program}` for {target} was not found"
            ));
            problems.push(
                problem
                    .at_option(compiler.place())
                    .hint("install it, or set `cc` to another one"),
            );
        }
        env.insert(variable.to_owned(), command);
    }
}
