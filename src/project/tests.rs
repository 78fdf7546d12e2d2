//! Facts from real repositories and modules.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::mains::Setting;
use super::packages::{self, Depth, Query};
use super::{Facts, Git, Go, Modules, Problem, ProblemKind};
use crate::process::{Runner, ToolFinder};
use crate::target::Target;

/// A folder with spaces and letters beyond ASCII in its name.
struct Place {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("mein Projekt ü");
        std::fs::create_dir(&path).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let file = self.path.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    fn git(&self, args: &[&str]) -> &Self {
        git_in(&self.path, args);
        self
    }

    /// A repository with one commit.
    fn committed() -> Self {
        let place = Self::new();
        place.write("a.txt", "a").git(&["init", "-q", "-b", "main"]);
        place.git(&["add", "."]).git(&["commit", "-qm", "first"]);
        place
    }

    fn facts(&self) -> Result<Git, Problem> {
        git_facts(&self.path)
    }
}

fn git_facts(directory: &Path) -> Result<Git, Problem> {
    let dist = directory.join("dist");
    Git::gather(
        &Runner::default(),
        &ToolFinder::from_env(),
        directory,
        &[dist],
    )
}

fn git_in(directory: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=T", "-c", "user.email=t@example.com"])
        .args(args)
        .current_dir(directory)
        .env("GIT_COMMITTER_DATE", "1700000000 +0200")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
}

fn go(directory: &Path) -> Go {
    Go::gather(
        &Runner::default(),
        &ToolFinder::from_env(),
        directory,
        &[].into(),
    )
    .unwrap()
}

#[test]
fn a_clean_tagged_tree() {
    let place = Place::committed();
    place
        .git(&["tag", "v1.0.0"])
        .git(&["tag", "-a", "-m", "annotated", "tools/v1.0.0"])
        .git(&["remote", "add", "origin", "https://u:p@host.example/o/r"]);
    let git = place.facts().unwrap();
    assert_eq!(git.root, place.path);
    assert_eq!(git.tags, ["tools/v1.0.0", "v1.0.0"]);
    assert_eq!(git.branch.as_deref(), Some("main"));
    assert_eq!(git.commit_time, 1_700_000_000);
    assert_eq!(git.commit.len(), 40);
    assert!(git.commit.starts_with(&git.short_commit));
    assert_eq!(git.dirty, Vec::<String>::new());
    assert!(!git.shallow && !git.gitfile);
    assert_eq!(git.remote.as_deref(), Some("https://host.example/o/r"));
}

#[test]
fn changes_are_listed_but_for_our_own_folder() {
    let place = Place::committed();
    place
        .write("a.txt", "changed")
        .write("ü b/new file.txt", "")
        .write("dist/x.zip", "");
    assert_eq!(place.facts().unwrap().dirty, ["a.txt", "ü b/"]);
}

/// What the tags `git tag ...` of the first commit come to, one commit later.
fn nearest_after(tags: &[&[&str]]) -> super::tags::History {
    let place = Place::committed();
    for tag in tags {
        place.git(&[&["tag"], *tag].concat());
    }
    place.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    history(&place)
}

fn history(place: &Place) -> super::tags::History {
    let (runner, finder) = (Runner::default(), ToolFinder::from_env());
    let head = place.facts().unwrap().commit;
    let version = |tag: &str| {
        let rest = tag.strip_prefix('v').unwrap_or(tag);
        semver::Version::parse(rest).ok()
    };
    super::tags::history(&runner, &finder, &place.path, &head, version).unwrap()
}

#[test]
fn the_nearest_tag_is_the_highest_version_of_its_commit() {
    let annotated = |tag: &'static str| -> [&'static str; 4] { ["-a", tag, "-m", "x"] };
    let nearest = |tags: &[&[&str]]| nearest_after(tags).nearest.map(|(tag, _)| tag);
    for (tags, expected) in [
        (vec![vec!["1.2.3"]], Some("1.2.3")),
        (vec![vec!["v1.0.0"], vec!["v1"]], Some("v1.0.0")),
        (
            vec![vec!["v1.0.0"], annotated("v1").to_vec()],
            Some("v1.0.0"),
        ),
        (
            vec![annotated("v1").to_vec(), annotated("v1.0.0").to_vec()],
            Some("v1.0.0"),
        ),
        (
            vec![vec!["v1.0.0"], annotated("v1.0.0-rc1").to_vec()],
            Some("v1.0.0"),
        ),
        (
            vec![
                annotated("v1.0.0").to_vec(),
                annotated("v1.0.0-rc1").to_vec(),
            ],
            Some("v1.0.0"),
        ),
        (vec![vec!["v1.2"], vec!["v2026.01.02"]], None),
        (vec![], None),
    ] {
        let tags: Vec<&[&str]> = tags.iter().map(Vec::as_slice).collect();
        assert_eq!(nearest(&tags).as_deref(), expected, "{tags:?}");
    }
    assert_eq!(nearest_after(&[&["v1.2"]]).others, ["v1.2"]);
}

#[test]
fn the_tags_of_head_are_not_before_it() {
    let place = Place::committed();
    place.git(&["tag", "v1.0.0"]);
    place.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    place.git(&["tag", "-a", "v1.1.0", "-m", "x"]);
    // A branch of the same name does not confuse git.
    place.git(&["branch", "v1.0.0", "HEAD"]);
    assert_eq!(history(&place).nearest, Some(("v1.0.0".to_owned(), 1)));
    let text = super::tags::text_at(
        &Runner::default(),
        &ToolFinder::from_env(),
        &place.path,
        "v1.0.0",
        "a.txt",
    );
    assert_eq!(text.unwrap().as_deref(), Some("a"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf_8_is_a_change_like_any_other() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::committed();
    let name = std::ffi::OsStr::from_bytes(b"b\xff.txt");
    std::fs::write(place.path.join(name), "b").unwrap();
    assert_eq!(place.facts().unwrap().dirty, ["b\u{fffd}.txt"]);
}

#[cfg(unix)]
#[test]
fn a_link_in_place_of_our_folder_is_a_change() {
    let place = Place::committed();
    std::os::unix::fs::symlink("/tmp", place.path.join("dist")).unwrap();
    assert_eq!(place.facts().unwrap().dirty, ["dist"]);
}

#[test]
fn tracked_files_of_our_folder_are_changes_too() {
    let place = Place::committed();
    place.write("dist/a.txt", "a").git(&["add", "-f", "dist"]);
    place.git(&["commit", "-q", "-m", "second"]);
    place.write("dist/a.txt", "b").write("dist/new.txt", "");
    assert_eq!(place.facts().unwrap().dirty, ["dist/a.txt", "dist/new.txt"]);
}

#[test]
fn a_detached_head_has_no_branch() {
    let place = Place::committed();
    place.git(&["checkout", "-q", "--detach"]);
    assert_eq!(place.facts().unwrap().branch, None);
}

#[test]
fn a_linked_worktree_and_a_subfolder_of_it() {
    let place = Place::committed();
    place.git(&["worktree", "add", "-q", "../linked"]);
    let linked = place.path.with_file_name("linked");
    std::fs::create_dir(linked.join("sub")).unwrap();
    let git = git_facts(&linked.join("sub")).unwrap();
    assert!(git.gitfile);
    assert_eq!(git.root, linked);
    assert_eq!(git.branch.as_deref(), Some("linked"));
}

#[test]
fn a_shallow_clone() {
    let place = Place::committed();
    place.git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    let url = format!("file://{}", place.path.display());
    place.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
    let git = git_facts(&place.path.with_file_name("shallow")).unwrap();
    assert!(git.shallow);
    assert_eq!(git.short_commit, place.facts().unwrap().short_commit);
}

#[test]
fn repositories_that_tell_nothing() {
    let place = Place::new();
    let kind = |place: &Place| place.facts().unwrap_err().kind;
    assert_eq!(kind(&place), ProblemKind::NoRepository);
    place.git(&["init", "-q"]);
    assert_eq!(kind(&place), ProblemKind::NoCommit);
    let bare = Place::new();
    bare.git(&["init", "-q", "--bare"]);
    assert_eq!(kind(&bare), ProblemKind::NoRepository);
    let finder = ToolFinder::with_path("");
    let problem = Git::gather(&Runner::default(), &finder, &place.path, &[]).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::ToolMissing);
    assert!(problem.hint.is_some());
}

#[test]
fn the_go_tool_tells_version_and_platforms() {
    let place = Place::new();
    let go = go(&place.path);
    assert!(go.version >= super::go::MINIMUM);
    assert!(go.version_text.contains(&go.version.to_string()));
    let windows = |arch| {
        go.platforms
            .iter()
            .find(|platform| platform.os == "windows" && platform.arch == arch)
    };
    assert!(windows("amd64").unwrap().first_class);
    assert!(windows("sparc").is_none());
    assert!(go.platforms.is_sorted());
    assert!(!go.host().0.is_empty() && !go.setting("GOROOT").is_empty());
}

#[test]
fn no_module_and_a_module_that_needs_a_newer_go() {
    let place = Place::new();
    let runner = Runner::default();
    let problem = Modules::gather(&runner, &go(&place.path), &place.path, &[].into()).unwrap_err();
    assert_eq!(problem.kind, ProblemKind::NoModule);

    place.write("go.mod", "module example.com/new\n\ngo 1.999\n");
    // With GOTOOLCHAIN=auto the go tool itself would look for that version in the network.
    let wrapper = place.path.join("local-go");
    place.write("local-go", "#!/bin/sh\nGOTOOLCHAIN=local exec go \"$@\"\n");
    make_executable(&wrapper);
    let finder = ToolFinder::from_env().with_override("GORELEASE_GO", wrapper);
    let facts = Facts::gather(&runner, &finder, &place.path, &[], &[].into());
    let problem = facts.modules.unwrap_err();
    assert_eq!(problem.kind, ProblemKind::GoTooOld, "{problem}");
    assert!(problem.message.contains("1.999"));
}

fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

const MAIN: &str = "package main\n\nfunc main() {}\n";

/// A module with two programs, an example, a nested module and a package that is none.
fn module() -> Place {
    let place = Place::new();
    place
        .write("go.mod", "module example.com/orders/v2\n\ngo 1.22\n")
        .write("main.go", MAIN)
        .write("cmd/api/main.go", MAIN)
        .write("examples/simple/main.go", MAIN)
        .write("testdata/ignored/main.go", MAIN)
        .write("lib/lib.go", "package lib\n")
        .write("tests_alone/main_test.go", "package main\n")
        .write("cmd/gen/gen.go", &format!("//go:build ignore\n\n{MAIN}"))
        .write("nested/go.mod", "module example.com/nested\n\ngo 1.22\n")
        .write("nested/main.go", MAIN);
    place
}

fn linux() -> Setting {
    let target = Target::new("linux", "amd64");
    let env = target.environment().into_iter();
    Setting {
        env: env.collect(),
        flags: Vec::new(),
        target,
    }
}

fn names(packages: &[super::Package]) -> Vec<&str> {
    packages
        .iter()
        .map(super::Package::executable_name)
        .collect()
}

#[test]
fn main_packages_of_a_module() {
    let place = module();
    let runner = Runner::default();
    let facts = Facts::gather(
        &runner,
        &ToolFinder::from_env(),
        &place.path,
        &[],
        &[].into(),
    );
    let modules = facts.modules.as_ref().unwrap();
    assert_eq!(modules.main.len(), 1);
    assert_eq!(
        modules.of_directory(&place.path.join("cmd")).unwrap().path,
        "example.com/orders/v2"
    );
    assert!(modules.workspace.is_none() && !modules.vendored);
    let mains = facts.main_packages(&runner, &[linux()]).unwrap();
    assert_eq!(names(&mains.programs), ["orders", "api"]);
    assert_eq!(mains.auxiliary[0].package.executable_name(), "simple");
    assert_eq!(mains.auxiliary.len(), 1);
}

#[test]
fn main_packages_of_a_workspace() {
    let place = module();
    place
        .write("tool/go.mod", "module example.com/tool\n\ngo 1.22\n")
        .write("tool/main.go", MAIN)
        .write("go.work", "go 1.22\n\nuse (\n\t./nested\n\t./tool\n)\n");
    std::fs::remove_file(place.path.join("go.mod")).unwrap();
    let runner = Runner::default();
    let facts = Facts::gather(
        &runner,
        &ToolFinder::from_env(),
        &place.path,
        &[],
        &[].into(),
    );
    let modules = facts.modules.as_ref().unwrap();
    assert_eq!(modules.workspace, Some(place.path.join("go.work")));
    assert!(modules.of_directory(&place.path).is_none());
    let mains = facts.main_packages(&runner, &[linux()]).unwrap();
    assert_eq!(names(&mains.programs), ["nested", "tool"]);
}

#[test]
fn packages_say_what_is_wrong_with_them() {
    let place = module();
    place.write(
        "cmd/broken/main.go",
        "package main\n\nimport \"example.com/orders/v2/none\"\n",
    );
    let patterns = ["./lib", "./nothing", "./cmd/broken"].map(str::to_owned);
    let query = Query {
        directory: &place.path,
        env: [("GOOS".to_owned(), "windows".to_owned())].into(),
        flags: &[],
        patterns: &patterns,
        depth: Depth::Dependencies,
    };
    let packages = packages::list(&Runner::default(), &go(&place.path), &query).unwrap();
    let find = |end: &str| {
        packages
            .iter()
            .find(|package| package.import_path.ends_with(end))
            .unwrap()
    };
    assert!(find("lib").error.is_none() && !find("lib").is_main());
    assert!(
        find("nothing")
            .error
            .as_ref()
            .unwrap()
            .err
            .contains("not found")
    );
    assert!(!find("broken").deps_errors.is_empty());
    assert_eq!(find("broken").imports, ["example.com/orders/v2/none"]);
}

#[test]
fn facts_survive_serialisation() {
    for facts in [
        Facts::example(),
        Facts::gather(
            &Runner::default(),
            &ToolFinder::from_env(),
            &module().path,
            &[],
            &[].into(),
        ),
    ] {
        let json = serde_json::to_string(&facts).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&json).unwrap(), facts);
    }
}
