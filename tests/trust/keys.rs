//! Keys are opened and tried before anything is built, and the keys that distributions' own tools make are taken.

use std::fs;
use std::process::Command;

use crate::fixture::{Certificates, PASSWORD, run};
use crate::support::project::{Project, finished};
use crate::support::require_tool;

/// A key as `minisign -G -W` of Debian 12 (minisign 0.11) wrote it; it signs nothing but tests.
const OF_DEBIAN: &str = "untrusted comment: minisign encrypted secret key\n\
    RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA7EOd//PvQfg/njAyRPZ9v0BPZZjETYt7mlGAZgEb2l\
    jUAsXixkeUNb1u48AMqhYmpg8skdR9zvJlpno7NjYuB86qYgfTxyCFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

#[test]
fn a_key_that_cannot_sign_ends_the_build_before_it_begins() {
    for tool in ["go", "osslsigncode", "gpg", "faketime"] {
        let Some(_) = require_tool(tool) else { return };
    }
    let Some(certificates) = Certificates::get() else {
        return;
    };
    let project = Project::hello();
    let beside = |name: &str| project.beside(name).display().to_string();
    let expired = "req -x509 -newkey rsa:2048 -nodes -keyout old.key -out old.pem -days 30 -subj /CN=Old \
        -addext extendedKeyUsage=codeSigning";
    run(Command::new("faketime")
        .args(["2020-01-01", "openssl"])
        .args(expired.split_whitespace())
        .current_dir(project.beside("")));
    fs::write(project.beside("debian.key"), OF_DEBIAN).unwrap();
    fs::write(
        project.beside("bad.key"),
        OF_DEBIAN
            .replace("Ayhf", "Ayhg")
            .replace("njAyRPZ9", "njAyRPZ8"),
    )
    .unwrap();
    fs::create_dir(project.beside("gnupg")).unwrap();
    let pem = |certificate: &str, key: &str| {
        format!("[sign.authenticode]\ncertificate = '{certificate}'\nkey = '{key}'\n")
    };
    let of = |name: &str| certificates.file(name).display().to_string();
    let pfx = format!(
        "[sign.authenticode]\npkcs12 = '{}'\npassword = {{ env = 'PASSWORD' }}\n",
        certificates.pkcs12().display()
    );
    let minisign =
        |key: &str| format!("[[sign.detached]]\ntool = 'minisign'\nkey = {{ file = '{key}' }}\n");
    let gpg = "[[sign.detached]]\ntool = 'gpg'\nidentity = 'nobody@example.com'\n".to_owned();
    for (tables, password, word) in [
        (pfx.clone(), "wrong", "signing `trial.exe`"),
        (pfx.clone(), "", "`PASSWORD` is not set"),
        (
            pem(&beside("old.pem"), &beside("old.key")),
            "",
            "`CN=Old` expired on 2020-01-31",
        ),
        (
            pem(&of("stamp.pem"), &of("stamp.key")),
            "",
            "is not for code signing",
        ),
        (pem(&of("sign.pem"), &of("stamp.key")), "", "trial.exe"),
        (
            minisign(&beside("bad.key")),
            "",
            "the minisign key cannot be used",
        ),
        (minisign(&beside("no.key")), "", "no.key"),
        (gpg, "", "GnuPG"),
    ] {
        project.manifest(&format!(
            "[build]\ntargets = ['windows/amd64']\n[[hooks.before]]\nrun = ['touch', '../started']\n{tables}"
        ));
        let mut command = project.command(&["build"]);
        command
            .env("PASSWORD", password)
            .env("GNUPGHOME", project.beside("gnupg"));
        let run = finished(command.output().unwrap());
        assert_ne!(run.code, 0, "{tables}");
        run.says(word);
        assert!(!project.beside("started").exists(), "{tables}");
    }
    let good = pfx + &minisign(&beside("debian.key"));
    project.manifest(&format!("[build]\ntargets = ['windows/amd64']\n{good}"));
    let mut command = project.command(&["build"]);
    command.env("PASSWORD", PASSWORD);
    finished(command.output().unwrap()).ends_with(0);
}
