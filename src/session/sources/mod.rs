//! What a build will compile, asked before anything is compiled.
//!
//! [`Session::sources`] asks `go list` about the packages of each `go build` of a plan, with that very command's
//! environment, folder and flags, so that the answer and the build cannot differ. [`judge`] finds what would stop the
//! build; others compare the files with those of the commit.

pub(super) mod commit;
mod constraints;
pub(super) mod judge;
mod link_flags;
mod syntax;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;

use super::Session;
use crate::plan::{Action, GoBuild, Plan};
use crate::process::Invocation;
use crate::project::packages::{self, Depth};
use crate::project::{Package, Problem, go_flags};
use crate::target::Target;

/// The packages of one or several `go build`s that see the same files.
#[derive(Debug)]
pub struct Sources {
    /// What is built.
    pub target: Target,
    /// Where the go tool runs.
    pub directory: PathBuf,
    /// The programs, as the go tool is given them.
    pub patterns: BTreeSet<String>,
    /// The flags of the linker of each `go build`.
    pub ldflags: BTreeSet<String>,
    /// Whether one of them stamps the revision, for which the go tool looks for the repository.
    pub stamps_revision: bool,
    /// Every package that is compiled, with its files and its error; or why the go tool says nothing at all.
    pub packages: Result<Vec<Package>, Problem>,
}

/// What decides which files are compiled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    target: Target,
    directory: PathBuf,
    env: BTreeMap<String, Option<String>>,
    flags: Vec<String>,
}

#[derive(Debug)]
struct Programs {
    /// A `go build` that sees the same, without arguments.
    call: Invocation,
    patterns: BTreeSet<String>,
    ldflags: BTreeSet<String>,
    stamps_revision: bool,
}

impl Session {
    /// The sources of everything that the plan compiles with the go tool. Each distinct question is asked once, several
    /// at a time.
    pub fn sources(&self, plan: &Plan) -> Vec<Sources> {
        let mut questions: BTreeMap<Question, Programs> = BTreeMap::new();
        for step in &plan.steps {
            let (Action::GoBuild(build), Some(target)) = (&step.action, &step.target) else {
                continue;
            };
            let (question, ldflags, patterns) = question(build, target);
            let programs = questions
                .entry(question)
                .or_insert_with(|| Programs::new(build));
            programs.patterns.extend(patterns);
            programs.ldflags.extend(ldflags);
            programs.stamps_revision |= stamps_revision(build);
        }
        let questions: Vec<(Question, Programs)> = questions.into_iter().collect();
        questions
            .into_par_iter()
            .map(|(question, programs)| self.ask(question, programs))
            .collect()
    }

    fn ask(&self, question: Question, programs: Programs) -> Sources {
        let patterns: Vec<String> = programs.patterns.iter().cloned().collect();
        let packages = packages::list_with(
            &self.runner,
            programs.call,
            &question.flags,
            &patterns,
            Depth::Sources,
        );
        Sources {
            target: question.target,
            directory: question.directory,
            patterns: programs.patterns,
            ldflags: programs.ldflags,
            stamps_revision: programs.stamps_revision,
            packages,
        }
    }
}

impl Programs {
    fn new(build: &GoBuild) -> Self {
        let call = Invocation {
            args: Vec::new(),
            summary: "go list".to_owned(),
            ..build.invocation.clone()
        };
        Self {
            call,
            patterns: BTreeSet::new(),
            ldflags: BTreeSet::new(),
            stamps_revision: false,
        }
    }
}

/// The last `-buildvcs` counts.
fn stamps_revision(build: &GoBuild) -> bool {
    let mut flags = build.invocation.args.iter().rev();
    let last = flags.find(|flag| go_flags::name(flag) == "buildvcs");
    last.is_none_or(|flag| !flag.ends_with("=false"))
}

/// Flags that do not change which files are compiled, or that `go list` takes for something else.
const IRRELEVANT: [&str; 13] = [
    "a", "asmflags", "buildvcs", "gcflags", "json", "ldflags", "n", "o", "p", "trimpath", "v",
    "work", "x",
];

/// The question, the linker's flags and the patterns of a `go build`.
fn question(build: &GoBuild, target: &Target) -> (Question, Option<String>, Vec<String>) {
    let arguments = build.invocation.args.iter().skip(1);
    let (flags, patterns): (Vec<&String>, Vec<&String>) =
        arguments.partition(|argument| argument.starts_with('-'));
    let ldflags = flags
        .iter()
        .rev()
        .find_map(|flag| flag.strip_prefix("-ldflags="))
        .map(str::to_owned);
    let question = Question {
        target: target.clone(),
        directory: build.invocation.cwd.clone().unwrap_or_default(),
        env: build.invocation.env.clone(),
        flags: flags
            .into_iter()
            .filter(|flag| !IRRELEVANT.contains(&go_flags::name(flag)))
            .cloned()
            .collect(),
    };
    (question, ldflags, patterns.into_iter().cloned().collect())
}
