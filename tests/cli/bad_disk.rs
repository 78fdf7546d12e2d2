//! A full or read-only disk, and a file over 4 GiB. The small disks are file systems in memory, in a name space of the
//! test's own, which Linux lets everybody make on most machines.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use crate::support::project::{Project, Run, finished};
use crate::support::{require_tool, skip};

/// Runs gorelease with a file system of these mount options at `disk`, and lists what is on it afterwards.
fn on_disk(
    project: &Project,
    options: &str,
    disk: &Path,
    args: &[&str],
    cache: &str,
) -> Option<(Run, String)> {
    let unshare = require_tool("unshare")?;
    let isolated = || {
        let mut command = Command::new(&unshare);
        command.args(["--user", "--map-root-user", "--mount"]);
        command
    };
    if !isolated().arg("true").output().unwrap().status.success() {
        return skip("this machine lets nobody make a name space");
    }
    fs::create_dir_all(disk).unwrap();
    let script = "mount -t tmpfs -o \"$1\" tmpfs \"$2\" || exit 77; list=$3; disk=$2; shift 3\n\
        \"$@\"; code=$?; find \"$disk\" -type f > \"$list\"; exit $code";
    let list = project.beside("list");
    let output = isolated()
        .args(["sh", "-c", script, "sh", options])
        .arg(disk)
        .arg(&list)
        .arg(env!("CARGO_BIN_EXE_gorelease"))
        .args(args)
        .current_dir(project.root())
        .env("GORELEASE_CACHE", cache)
        .env_remove("CI")
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let run = finished(output);
    assert_ne!(run.code, 77, "{}", run.stderr);
    Some((run, fs::read_to_string(list).unwrap()))
}

fn cache(project: &Project) -> String {
    project.beside("cache").to_str().unwrap().to_owned()
}

#[test]
fn results_that_do_not_fit_are_said_and_leave_nothing_half() {
    let project = Project::hello();
    let disk = project.beside("disk");
    let args = ["build", "--target", "host", "--out", "../disk/dist"];
    for size in ["size=64k", "size=400k"] {
        let Some((run, files)) = on_disk(&project, size, &disk, &args, &cache(&project)) else {
            return;
        };
        run.ends_with(1).says("full").says("hint");
        assert!(
            !files.contains("hello_") && !files.contains("artifacts.json"),
            "{files}"
        );
    }
}

#[test]
fn a_cache_that_is_full_is_said_and_the_next_run_is_right() {
    let project = Project::hello();
    let disk = project.beside("disk");
    let on_it = disk.to_str().unwrap().to_owned();
    let args = ["build", "--target", "host"];
    let Some((run, _)) = on_disk(&project, "size=600k,mode=700", &disk, &args, &on_it) else {
        return;
    };
    run.ends_with(1).says("full").says("hint");
    assert!(project.results().is_empty(), "{:?}", project.results());
    project.run(&args).ends_with(0);
    project.run(&["verify"]).ends_with(0);
}

#[test]
fn a_disk_that_cannot_be_written_is_said_before_anything_is_compiled() {
    let project = Project::hello();
    let disk = project.beside("disk");
    let args = ["build", "--target", "host", "--out", "../disk/dist"];
    let Some((run, _)) = on_disk(&project, "ro", &disk, &args, &cache(&project)) else {
        return;
    };
    let run = run.ends_with(1).says("read-only").says("hint");
    assert!(!run.stderr.contains("compiling"), "{}", run.stderr);
}

/// Sparse, so that it costs time only.
#[test]
#[ignore = "slow: packs more than 4 GiB for two targets"]
fn a_file_over_four_gibibytes_is_packed_and_verified() {
    let project = Project::hello();
    let size = (4_u64 << 30) + 4321;
    File::create(project.path("big.bin"))
        .and_then(|file| file.set_len(size))
        .unwrap();
    project.write(".gitignore", "big.bin\n");
    project.manifest(
        "[build]\ntargets = ['linux/amd64', 'windows/amd64']\n\
         [package]\ncompression = 1\nlinux = ['tar.zst']\n[[package.files]]\nfrom = 'big.bin'\n",
    );
    project.run(&["build"]).ends_with(0);
    let Some(unzip) = require_tool("unzip") else {
        return;
    };
    let said = Command::new(unzip)
        .arg("-l")
        .arg(project.path("dist/hello_1.2.3_windows_amd64.zip"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&said.stdout).contains(&size.to_string()),
        "{said:?}"
    );
}
