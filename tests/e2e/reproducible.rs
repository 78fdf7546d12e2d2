//! The same commit gives the same bytes, wherever and whenever, and whoever builds.
//!
//! The second build has its own Go build cache, kept between runs, so that it takes nothing that the first one
//! compiled. `faketime` gives another clock to gorelease, git and C programs; Go's own programs ask the kernel, so for
//! them only the files' times differ. The user is another one as far as every program can see.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::project::{Project, finished};
use crate::support::{self, go_module, require_tool};

/// A build like on another machine: user, umask, clock, time zone, locale, environment and caches differ.
fn elsewhere(project: &Project, clone: &Path) -> Option<Command> {
    let (unshare, faketime) = (require_tool("unshare")?, require_tool("faketime")?);
    let modules = Command::new(require_tool("go")?)
        .args(["env", "GOMODCACHE"])
        .output()
        .unwrap();
    let may_change_user = Command::new(&unshare)
        .args(["--user", "--map-user=4711", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !may_change_user {
        return support::skip("this machine makes no user name spaces");
    }
    let mut command = Command::new(unshare);
    command
        .args(["--user", "--map-user=4711", "--map-group=4711"])
        // A umask belongs to the process; the shell sets it and becomes the next program.
        .args(["sh", "-c", "umask 077; exec \"$@\"", "sh"])
        .arg(faketime)
        .arg("2031-07-08 09:10:11")
        .arg(env!("CARGO_BIN_EXE_gorelease"))
        .arg("build")
        .current_dir(clone)
        .env("GORELEASE_CACHE", project.beside("other cache"))
        .env("GOCACHE", support::cache().join("go-cache-elsewhere"))
        .env(
            "GOMODCACHE",
            String::from_utf8(modules.stdout).unwrap().trim(),
        )
        .env("HOME", project.beside("other home"))
        .envs([
            ("TZ", "Pacific/Chatham"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("USER", "nobody"),
            ("LOGNAME", "nobody"),
            ("HOSTNAME", "elsewhere"),
        ])
        .env_remove("SOURCE_DATE_EPOCH")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("CI");
    Some(command)
}

/// Builds twice and compares every file of the release; returns their number.
fn compare(project: &Project) -> Option<usize> {
    project.run(&["build"]).ends_with(0);
    let clone = project.beside("a clone with spaces and ümlauts/of another name");
    let cloned = Command::new("git")
        .arg("clone")
        .arg("--quiet")
        .arg(project.root())
        .arg(&clone)
        .status();
    assert!(cloned.unwrap().success());
    age(&clone);
    finished(elsewhere(project, &clone)?.output().unwrap()).ends_with(0);
    let (one, two) = (files(&project.path("dist")), files(&clone.join("dist")));
    assert_eq!(one, two);
    for name in &one {
        let read = |folder: &Path| fs::read(folder.join(name)).unwrap();
        assert!(
            read(&project.path("dist")) == read(&clone.join("dist")),
            "{} differs",
            name.display()
        );
    }
    Some(one.len())
}

/// Gives every source file a time long ago.
fn age(folder: &Path) {
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(946_684_800);
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() && !entry.path().starts_with(folder.join(".git")) {
            let file = fs::File::options().append(true).open(entry.path()).unwrap();
            file.set_modified(long_ago).unwrap();
        }
    }
}

/// Every file below a folder that belongs to the release, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.path().strip_prefix(folder).unwrap().to_owned())
        .filter(|name| !name.starts_with("report.html") && !name.to_string_lossy().starts_with('.'))
        .collect();
    files.sort();
    files
}

#[test]
fn every_kind_of_package() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64', 'darwin/universal']\n\
         [package]\nlinux = ['tar.gz', 'tar.xz', 'tar.zst', 'zip', 'binary']\n",
    );
    if let Some(count) = compare(&project) {
        assert_eq!(count, 8);
    }
}

/// What can be made for Windows, and every document.
const EVERYTHING: &str = "[build]\ntargets = ['windows/amd64']\n[package]\nwindows = ['zip', 'msi', 'binary']\n\
    [sbom]\n[provenance]\n[deploy]\n";

#[test]
fn the_example_and_real_modules() {
    let example = Project::empty();
    go_module::copy(
        &support::root().join("examples/hello-service"),
        &example.root(),
    );
    let manifest = fs::read_to_string(example.path("release.toml")).unwrap();
    let targets = manifest
        .lines()
        .find(|line| line.starts_with("targets = ["))
        .unwrap();
    let manifest = manifest.replacen(targets, "targets = ['windows/amd64']", 1);
    reproducible(example, &(manifest + "\n[sbom]\n[provenance]\n[deploy]\n"));
    for (module, name, package) in [
        (
            "github.com/prometheus/statsd_exporter@v0.28.0",
            "statsd_exporter",
            ".",
        ),
        (
            "github.com/mccutchen/go-httpbin/v2@v2.15.0",
            "go-httpbin",
            "./cmd/go-httpbin",
        ),
    ] {
        let project = Project::empty();
        let Some(()) = go_module::download(module, &project.root()) else {
            return;
        };
        let manifest = format!(
            "[project]\nname = '{name}'\ntitle = 'A real program'\nmanufacturer = 'Example Ltd'\n{EVERYTHING}\
             [[binary]]\nname = '{name}'\nmain = '{package}'\n[[service]]\nbinary = '{name}'\nname = 'Real'\n"
        );
        reproducible(project, &manifest);
    }
}

fn reproducible(project: Project, manifest: &str) {
    project.write("release.toml", manifest);
    project.git(&["init", "--quiet", "--initial-branch=main"]);
    project.commit("first", Some("v1.2.3"));
    if let Some(count) = compare(&project) {
        assert!(count > 10, "{count} files");
    }
}
