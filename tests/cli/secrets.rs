//! Secrets of the manifest reach the signer alone, and are shown nowhere.
#![cfg(unix)]

use std::fs;

use crate::support::project::{Project, finished};

const MANIFEST: &str = "[build]\ntargets = ['linux/amd64']\n\
    [[sign.detached]]\ntool = 'minisign'\nkey = { file = '../minisign.key' }\npassword = { env = 'SIGNING_PASSWORD' }\n\
    [[hooks.before]]\nrun = ['sh', '-c', 'env; cat ../minisign.key; base64 < ../minisign.key; exit 1']\n";
const KEY: &str = "untrusted comment: a key\nHush-KEY-4711-\"quoted\"\n";

#[test]
fn a_hook_neither_has_nor_shows_them() {
    let project = Project::hello();
    fs::write(project.beside("minisign.key"), KEY).unwrap();
    project.manifest(MANIFEST);
    for (args, github) in [
        (&["build", "--skip", "sign"][..], ""),
        (&["build", "--skip", "sign", "--format", "json"], ""),
        (&["build", "--skip", "sign"], "true"),
    ] {
        let mut command = project.command(args);
        command
            .env("SIGNING_PASSWORD", "Hush-PFX-7391")
            .env("GITHUB_ACTIONS", github);
        let run = finished(command.output().unwrap()).ends_with(1);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(shown.contains("PATH=") && shown.contains("***"), "{shown}");
        for secret in ["Hush", "SIGNING_PASSWORD", "SHVzaC1LRVkt"] {
            assert!(!shown.contains(secret), "{args:?}: {shown}");
        }
    }
}
