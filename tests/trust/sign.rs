//! Signing with real programs, verified by them and by nobody of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gorelease::process::{Runner, ToolFinder};
use gorelease::trust::sign::authenticode::{
    self, Key, Outcome, Retry, Signer, Trust, Verified, Verifier,
};
use gorelease::trust::sign::{Authenticode, SecretSource, SignError};

use crate::fixture::{Certificates, Fixture, PASSWORD, package, run};
use crate::support::require_tool;
use crate::time_server::{Answer, TimeServer};

/// A configuration with the PFX file, whose password is in a file.
fn config(certificates: &Certificates, folder: &Path, servers: &[&TimeServer]) -> Authenticode {
    let password = folder.join("password");
    fs::write(&password, format!("{PASSWORD}\n")).unwrap();
    Authenticode {
        signer: Signer::Osslsigncode {
            key: Key::Pkcs12 {
                file: certificates.pkcs12(),
                password: Some(SecretSource::File(password)),
            },
        },
        timestamp_servers: servers.iter().map(|server| server.url.clone()).collect(),
        description: Some("Orders API".to_owned()),
        url: Some("https://example.com/".to_owned()),
        trust: Trust {
            root: Some(certificates.file("root.pem")),
            timestamp_root: Some(certificates.file("root.pem")),
        },
    }
}

fn sign(config: &Authenticode, file: &Path) -> Result<Outcome, SignError> {
    let retry = Retry {
        rounds: 2,
        pause: Duration::from_millis(10),
    };
    authenticode::sign(
        config,
        file,
        &ToolFinder::from_env(),
        &Runner::default(),
        retry,
    )
}

fn executable(folder: &Path) -> Option<PathBuf> {
    let path = folder.join("orders.exe");
    fs::copy(Fixture::get()?.build("windows/386"), &path).unwrap();
    Some(path)
}

/// Everything that a test needs; `None` with a word why when a tool is missing.
fn bench() -> Option<(tempfile::TempDir, &'static Certificates, PathBuf)> {
    require_tool("osslsigncode")?;
    let certificates = Certificates::get()?;
    let folder = tempfile::tempdir().unwrap();
    let executable = executable(folder.path())?;
    Some((folder, certificates, executable))
}

fn report(file: &Path, certificates: &Certificates) -> String {
    run(Command::new("osslsigncode")
        .args(["verify", "-CAfile"])
        .arg(certificates.file("root.pem"))
        .arg("-TSA-CAfile")
        .arg(certificates.file("root.pem"))
        .arg("-in")
        .arg(file))
}

#[test]
fn executables_packages_and_scripts_are_signed_stamped_and_verified() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let Some(package) = package(folder.path()) else {
        return;
    };
    let script = folder.path().join("install.ps1");
    fs::write(&script, "Write-Output 'Grüße'\r\n").unwrap();
    let server = TimeServer::start(certificates, &[Answer::Stamp]);
    let config = config(certificates, folder.path(), &[&server]);
    for file in [&executable, &package, &script] {
        let outcome =
            sign(&config, file).unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        let expected = Outcome::Signed {
            timestamp_server: Some(server.url.clone()),
            verified: Verified::Chain("osslsigncode"),
        };
        assert_eq!(outcome, expected);
        let report = report(file, certificates);
        assert!(
            report.contains("Contoso Ltd")
                && report.contains("Timestamp Server Signature verification: ok"),
            "{report}"
        );
        assert_eq!(sign(&config, file).unwrap(), Outcome::AlreadySigned);
    }
    let leftovers = fs::read_dir(folder.path()).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with(".sign-")
    });
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn a_failing_time_server_is_asked_again_after_the_others() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let first = TimeServer::start(certificates, &[Answer::Unavailable]);
    let second = TimeServer::start(certificates, &[Answer::Unavailable, Answer::Stamp]);
    let config = config(certificates, folder.path(), &[&first, &second]);
    let outcome = sign(&config, &executable).unwrap();
    let Outcome::Signed {
        timestamp_server, ..
    } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert_eq!(timestamp_server, Some(second.url.clone()));
    assert_eq!(
        [first, second].map(|server| server.requests.load(Ordering::SeqCst)),
        [2, 2]
    );
}

#[test]
fn without_any_time_server_the_file_stays_as_it_was() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let before = fs::read(&executable).unwrap();
    let server = TimeServer::start(certificates, &[Answer::Unavailable]);
    let error = sign(
        &config(certificates, folder.path(), &[&server]),
        &executable,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("no time-stamp server answered for `"),
        "{error}"
    );
    assert!(fs::read(&executable).unwrap() == before);
}

#[test]
fn a_wrong_password_is_said_at_once_and_never_shown() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let server = TimeServer::start(certificates, &[Answer::Stamp]);
    let config = config(certificates, folder.path(), &[&server]);
    fs::write(folder.path().join("password"), "wrong-secret").unwrap();
    let error = sign(&config, &executable).unwrap_err();
    assert!(
        error.to_string().starts_with("signing `orders.exe` failed"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("wrong-secret"));
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[test]
fn a_foreign_root_is_refused_and_without_one_only_the_digest_counts() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let mut config = config(certificates, folder.path(), &[]);
    config.trust = Trust {
        root: Some(certificates.file("stamp.pem")),
        timestamp_root: None,
    };
    let error = sign(&config, &executable).unwrap_err();
    assert!(
        error.to_string().starts_with("the signature of `"),
        "{error}"
    );

    config.trust = Trust::default();
    let outcome = sign(&config, &executable).unwrap();
    let digest_only = Outcome::Signed {
        timestamp_server: None,
        verified: Verified::Digest("osslsigncode"),
    };
    assert_eq!(outcome, digest_only);

    let mut bytes = fs::read(&executable).unwrap();
    bytes[0x400] ^= 1;
    fs::write(&executable, bytes).unwrap();
    let verifier = Verifier::find(&ToolFinder::from_env());
    let error = authenticode::verify(&executable, &config.trust, &verifier, &Runner::default())
        .unwrap_err();
    assert!(
        error.to_string().ends_with("orders.exe` is not good"),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn a_command_signs_in_place_and_must_do_nothing_else() {
    let Some((folder, certificates, executable)) = bench() else {
        return;
    };
    let mut config = config(certificates, folder.path(), &[]);
    let script = |text: &str| {
        ["sh", "-c", text, "sh", "{{ file }}"]
            .map(str::to_owned)
            .to_vec()
    };
    let (certificate, key) = (certificates.file("sign.pem"), certificates.file("sign.key"));
    let signing = format!(
        "osslsigncode sign -certs '{}' -key '{}' -in \"$1\" -out \"$1.new\" && mv \"$1.new\" \"$1\"",
        certificate.display(),
        key.display()
    );
    config.signer = Signer::Command {
        command: script(&format!("{signing} && printf x >> \"$1\"")),
    };
    sign(&config, &executable).unwrap_err();
    config.signer = Signer::Command {
        command: script("true"),
    };
    let error = sign(&config, &executable).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("did something else than adding a signature"),
        "{error}"
    );

    config.signer = Signer::Command {
        command: script(&signing),
    };
    assert!(matches!(
        sign(&config, &executable).unwrap(),
        Outcome::Signed { .. }
    ));
}

#[test]
fn what_authenticode_cannot_sign_is_refused() {
    let Some((folder, certificates, _)) = bench() else {
        return;
    };
    let file = folder.path().join("notes.txt");
    fs::write(&file, "text").unwrap();
    let error = sign(&config(certificates, folder.path(), &[]), &file).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("is no Windows executable, package or script"),
        "{error}"
    );
}
