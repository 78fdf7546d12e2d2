//! `gorelease init`: a first `release.toml`, and a workflow that releases with it.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::arguments::ProjectArguments;
use super::ui::Ui;
use crate::error::{ExitCode, Failure};
use crate::init::{self, Action, Compile, Draft, Other, Survey, Workflow};
use crate::manifest::FILE_NAME;
use crate::process::{Cancel, Runner, ToolFinder};
use crate::project::{Facts, Host, Problem, ProblemKind, git, go_hints, modules};
use crate::session::manifest_above;

/// Arguments of `init`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Also write `.github/workflows/release.yml`, which releases each tag
    #[arg(long)]
    github: bool,
    /// The GitHub repository with gorelease's action, for that workflow [default: the one gorelease is published in]
    #[arg(long, value_name = "OWNER/NAME[@REF]", requires = "github")]
    action: Option<Action>,
    /// A runner for that workflow; repeat it for programs that each system must build itself [default: ubuntu-latest]
    #[arg(long, value_name = "LABEL", requires = "github", value_parser = runner)]
    runner: Vec<String>,
    /// Replace files that are there already
    #[arg(long)]
    force: bool,
    /// Print what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not compile the programs to find out for which systems they can be built
    #[arg(long)]
    no_compile: bool,
}

/// The label of a runner: it stands in YAML as it is.
fn runner(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => Ok(text.to_owned()),
        false => Err("a label looks like ubuntu-latest".to_owned()),
    }
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Existing {
    Keep,
    Replace,
}

/// A file to write.
struct Draught {
    path: PathBuf,
    text: String,
}

pub(super) fn run(
    arguments: &Arguments,
    project: &ProjectArguments,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(), Failure> {
    let directory = project.folder()?;
    let manifest = match &project.manifest {
        Some(path) => directory.join(path),
        None => directory.join(FILE_NAME),
    };
    let existing = match arguments.force {
        true => Existing::Replace,
        false => Existing::Keep,
    };
    let keeps_manifest = manifest.exists() && existing == Existing::Keep;
    if keeps_manifest {
        ui.say(&match arguments.dry_run {
            true => would_keep(&manifest),
            false => kept(&manifest),
        });
        if !arguments.github {
            return Ok(());
        }
    }
    // The workflow names no program: finding them out is only worth its time for the manifest.
    let compile = match arguments.no_compile || keeps_manifest {
        true => Compile::No,
        false => Compile::Yes,
    };
    let written = manifest.clone();
    let (facts, draft) = draft(&directory, compile, ui, cancel)?;
    cancel.check()?;
    let mut files = Vec::new();
    if !keeps_manifest {
        files.push(Draught {
            path: manifest,
            text: init::manifest(&draft).map_err(|error| broken(&error))?,
        });
    }
    if arguments.github {
        let root = facts.git.as_ref().map_or(&directory, |git| &git.root);
        let path = root.join(".github/workflows/release.yml");
        let action = arguments.action.clone().unwrap_or_default();
        if existing == Existing::Replace || !path.exists() {
            ui.say(&format!(
                "the workflow uses the action `{action}`; --action names another repository"
            ));
        }
        files.push(Draught {
            path,
            text: init::workflow(&Workflow::new(&draft, action, &arguments.runner))
                .map_err(|error| broken(&error))?,
        });
    }
    if project.manifest.is_none() {
        say_manifest_above(&directory, ui);
    }
    if arguments.dry_run {
        print(&files, existing, ui)?;
        if !keeps_manifest {
            summarise(&draft, ui);
        }
        return Ok(());
    }
    for file in &files {
        write(file, existing, ui)?;
    }
    if !keeps_manifest {
        summarise(&draft, ui);
        say_nested(&facts, ui);
    }
    if git::ignores(
        &Runner::default(),
        &ToolFinder::from_env(),
        &facts.directory,
        &written,
    ) {
        ui.say(&format!(
            "warning: git ignores `{}`: add `!/{FILE_NAME}` to .gitignore, or other machines do not get it",
            written.display()
        ));
    }
    Ok(())
}

/// A manifest that counts for this folder too.
fn say_manifest_above(directory: &Path, ui: &Ui) {
    let above = directory.parent().and_then(manifest_above);
    if let Some(path) = above.filter(|_| !directory.join(".git").exists()) {
        ui.say(&format!(
            "note: `{}` applies to this directory too",
            path.display()
        ));
    }
}

/// Modules below that are released on their own.
fn say_nested(facts: &Facts, ui: &Ui) {
    let Ok(known) = &facts.modules else { return };
    let nested = modules::nested(&facts.directory, known).into_iter();
    for module in nested.filter(|module| module.has_program) {
        ui.say(&format!(
            "left out: the module `{}` and its programs; `gorelease -C {} init` writes its manifest",
            module.folder, module.folder
        ));
    }
}

fn draft(
    directory: &Path,
    compile: Compile,
    ui: &Ui,
    cancel: &Cancel,
) -> Result<(Facts, Draft), Failure> {
    let runner = Runner::new(cancel.clone());
    let facts = Facts::gather(&runner, &ToolFinder::from_env(), directory, &[], &[].into());
    if compile == Compile::Yes && facts.modules.is_ok() {
        ui.say("compiling once for each system, to see where the programs can be built (--no-compile skips it)");
    }
    let other = Other::find(directory);
    let survey = Survey::gather(&facts, &runner, compile, other.as_ref())
        .map_err(|problem| refused(problem, directory))?;
    match Draft::new(&facts, &survey, other.as_ref()) {
        Some(draft) => Ok((facts, draft)),
        None => Err(no_program(&facts, &survey)),
    }
}

/// Why there is nothing to write: what the go tool could not read, programs in modules of their own, or a library.
fn no_program(facts: &Facts, survey: &Survey) -> Failure {
    let directory = &facts.directory;
    if let Some(package) = survey.broken.first() {
        let words = package.first_error().unwrap_or_default();
        let words = words
            .replace(&format!("{}/", directory.display()), "")
            .replace("\n\t", " ");
        let failure = Failure::new(ExitCode::Manifest, words.clone());
        return match go_hints::hint(&words) {
            Some(hint) => failure.hint(hint),
            None => failure,
        };
    }
    let failure = Failure::new(
        ExitCode::Manifest,
        format!("`{}` has no main package", directory.display()),
    );
    let nested = match &facts.modules {
        Ok(known) => modules::nested(directory, known),
        Err(_) => Vec::new(),
    };
    let nested: Vec<String> = nested
        .iter()
        .filter(|module| module.has_program)
        .map(|module| format!("`{}`", module.folder))
        .collect();
    failure.hint(match nested.as_slice() {
        [] => "gorelease releases programs; a library is released by its tag alone".to_owned(),
        folders => format!(
            "there are programs in the modules {}: choose one with `-C`, or join them with `go work init`",
            folders.join(", ")
        ),
    })
}

fn refused(problem: Problem, directory: &Path) -> Failure {
    let code = match problem.kind {
        ProblemKind::ToolMissing => ExitCode::MissingTool,
        ProblemKind::Cancelled => ExitCode::Interrupted,
        ProblemKind::NoRepository
        | ProblemKind::NoCommit
        | ProblemKind::NoModule
        | ProblemKind::GoTooOld
        | ProblemKind::Failed => ExitCode::Manifest,
    };
    let below = match problem.kind {
        ProblemKind::NoModule => modules_below(directory),
        _ => Vec::new(),
    };
    let hint = match below.as_slice() {
        [] => problem.hint,
        folders => Some(format!(
            "there are modules in {}: choose one with `-C`, or join them with `go work init`",
            folders.join(", ")
        )),
    };
    Failure {
        hint,
        ..Failure::new(code, problem.message)
    }
}

/// Folders not far below that hold a module.
fn modules_below(directory: &Path) -> Vec<String> {
    let folders = modules::module_folders(directory).into_iter();
    folders
        .filter_map(|folder| {
            Some(format!(
                "`{}`",
                folder.strip_prefix(directory).ok()?.display()
            ))
        })
        .collect()
}

/// Says what [`write`] would do.
fn print(files: &[Draught], existing: Existing, ui: &Ui) -> Result<(), Failure> {
    for file in files {
        if file.path.exists() && existing == Existing::Keep {
            ui.say(&match is_same(file) {
                true => up_to_date(&file.path),
                false => would_keep(&file.path),
            });
            continue;
        }
        ui.say(&format!("would write `{}`:", file.path.display()));
        ui.data(&file.text)?;
    }
    Ok(())
}

fn write(file: &Draught, existing: Existing, ui: &Ui) -> Result<(), Failure> {
    let Draught { path, text } = file;
    if path.exists() && existing == Existing::Keep {
        ui.say(&match is_same(file) {
            true => up_to_date(path),
            false => kept(path),
        });
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Failure::io("make", folder, &error))?;
    let describe = |error: &std::io::Error| Failure::io("write", path, error);
    let mut temporary =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| describe(&error))?;
    temporary
        .write_all(text.as_bytes())
        .map_err(|error| describe(&error))?;
    readable_by_all(temporary.as_file()).map_err(|error| describe(&error))?;
    temporary
        .persist(path)
        .map_err(|error| describe(&error.error))?;
    ui.say(&format!("wrote `{}`", path.display()));
    Ok(())
}

/// Temporary files are their owner's alone, which a file of a project should not be.
#[cfg(unix)]
fn readable_by_all(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}

fn is_same(file: &Draught) -> bool {
    std::fs::read_to_string(&file.path).is_ok_and(|old| old == file.text)
}

fn up_to_date(path: &Path) -> String {
    format!("`{}` is up to date", path.display())
}

fn would_keep(path: &Path) -> String {
    format!(
        "`{}` is there already and would be left alone; --force replaces it",
        path.display()
    )
}

fn kept(path: &Path) -> String {
    format!(
        "`{}` is there already and was left alone; --force replaces it",
        path.display()
    )
}

fn summarise(draft: &Draft, ui: &Ui) {
    for program in &draft.unbuilt {
        ui.say(&format!(
            "warning: `{}` does not compile and was left out: {}",
            program.main, program.reason
        ));
    }
    for left_out in &draft.auxiliary {
        ui.say(&format!("left out: `{}`: {}", left_out.main, left_out.why));
    }
    if let Some(other) = &draft.other {
        for part in &other.not_used {
            ui.say(&format!(
                "not used: {}:{}: {}",
                other.file, part.line, part.what
            ));
        }
    }
    if let Some(problem) = &draft.git_problem {
        ui.say(&format!("warning: git could not be asked: {problem}"));
    }
    if draft.manufacturer.is_none() {
        ui.say(&format!(
            "note: no manufacturer is known; until `manufacturer` is set it is `{}`",
            draft.manufacturer_instead
        ));
    }
    if draft.binaries.is_empty() {
        ui.say("warning: no program compiles yet; add them when they do");
        return;
    }
    let names: Vec<&str> = draft.binaries.iter().map(|binary| &*binary.name).collect();
    ui.say(&format!(
        "{} for {} targets; next: `{}`",
        names.join(", "),
        draft.targets.len(),
        first_build(draft, &Host::gather())
    ));
}

/// The quickest build, which is for this machine if any is.
fn first_build(draft: &Draft, host: &Host) -> &'static str {
    let own = format!("{}/{}", host.os, host.arch);
    match draft.targets.contains(&own) {
        true => "gorelease build --target host",
        false => "gorelease build",
    }
}

fn broken(error: &minijinja::Error) -> Failure {
    Failure::failed(format!("the built-in template is broken: {error}"))
}
