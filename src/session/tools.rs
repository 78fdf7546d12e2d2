//! The versions of the programs that a plan calls besides go and git, for the record of a release.

use std::collections::BTreeSet;
use std::thread;

use super::Session;
use crate::plan::{self, Action, GoBuild, Plan};
use crate::process::Invocation;
use crate::project::tools::{OptionalTool, ToolVersion, c_compiler_version};

impl Session {
    /// Asks all of them at once; a plan of nothing but Go starts no process here. Left out is what does not tell, and
    /// the user's own commands, which nobody knows how to ask.
    pub fn tool_versions(&self, plan: &Plan) -> BTreeSet<ToolVersion> {
        let known = plan::tools(plan)
            .into_keys()
            .filter_map(|program| OptionalTool::named(&program));
        let known: Vec<&OptionalTool> = known.collect();
        let compilers = self.c_compilers(plan);
        thread::scope(|scope| {
            let known = known
                .into_iter()
                .map(|tool| scope.spawn(|| self.version(tool)));
            let compilers = compilers.iter().map(|program| {
                scope.spawn(|| c_compiler_version(program, &self.runner, &self.finder, &self.root))
            });
            let asked: Vec<_> = known.chain(compilers).collect();
            let answers = asked.into_iter().map(|question| {
                let answer = question.join();
                answer.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            answers.flatten().collect()
        })
    }

    fn version(&self, known: &OptionalTool) -> Option<ToolVersion> {
        let found = known.look_up(&self.runner, &self.finder, &self.root)?;
        Some(ToolVersion {
            name: known.tool.name.to_owned(),
            version: found.version?,
        })
    }

    fn c_compilers(&self, plan: &Plan) -> BTreeSet<String> {
        let builds = plan.steps.iter().filter_map(|step| match &step.action {
            Action::GoBuild(build) if plan::uses_cgo(build) => Some(build),
            _ => None,
        });
        builds
            .flat_map(|build| {
                let told = plan::c_compilers(build);
                match told.is_empty() {
                    true => self.chosen_by_go(build).into_iter().collect(),
                    false => told,
                }
            })
            .collect()
    }

    /// The C compiler that the go tool chooses in this build's environment.
    fn chosen_by_go(&self, build: &GoBuild) -> Option<String> {
        let mut question = Invocation::new(&build.invocation.program, "go env CC")
            .args(["env", "CC"])
            .cwd(&self.root);
        question.env.clone_from(&build.invocation.env);
        let answer = self.runner.read(&question).ok()?;
        answer.split_whitespace().next().map(str::to_owned)
    }
}
