//! Detached signatures against the programs of their formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::process::{Runner, ToolFinder};
use gorelease::trust::sign::detached::{self, PublicKey};
use gorelease::trust::sign::{Detached, SecretSource};

use crate::fixture::{python, run};
use crate::support::project::{Project, finished};
use crate::support::require_tool;

const TIME: u64 = 1_772_600_767;

fn sums(folder: &Path) -> PathBuf {
    let file = folder.join("SHA256SUMS");
    fs::write(&file, format!("{}  orders.zip\n", "ab".repeat(32))).unwrap();
    file
}

fn sign(config: &Detached, file: &Path) -> PathBuf {
    let output = PathBuf::from(format!("{}.{}", file.display(), config.extension()));
    detached::sign(
        config,
        file,
        &output,
        TIME,
        &ToolFinder::from_env(),
        &Runner::default(),
    )
    .unwrap();
    output
}

/// The signature is good, and not for a file in which one byte differs.
fn check(key: &PublicKey, file: &Path, signature: &Path) -> String {
    let verify = || {
        detached::verify(
            key,
            file,
            signature,
            &ToolFinder::from_env(),
            &Runner::default(),
        )
    };
    let signer = verify().unwrap();
    let good = fs::read(file).unwrap();
    let mut bad = good.clone();
    bad[0] ^= 1;
    fs::write(file, bad).unwrap();
    let error = verify().unwrap_err();
    assert!(error.to_string().contains(" is not good"), "{error}");
    fs::write(file, good).unwrap();
    signer
}

/// A kept signature must not outlive its key, which may have been replaced because it leaked.
#[test]
fn a_replaced_key_signs_anew() {
    let Some(_) = require_tool("go") else { return };
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['linux/amd64']\n\
         [[sign.detached]]\ntool = 'minisign'\nkey = { file = '../minisign.key' }\n\
         [[sign.detached]]\ntool = 'minisign'\nwhat = 'packages'\nkey = { env = 'MINISIGN_KEY' }\n",
    );
    let pairs = [(); 3].map(|()| minisign::KeyPair::generate_unencrypted_keypair().unwrap());
    let text = |pair: &minisign::KeyPair| pair.sk.to_box(None).unwrap().into_string();
    let build = |file: &minisign::KeyPair, variable: &minisign::KeyPair| {
        fs::write(project.beside("minisign.key"), text(file)).unwrap();
        // From elsewhere: the key's path is the manifest's.
        let mut command = project.command(&["-C", "project", "build"]);
        command
            .current_dir(project.beside(""))
            .env("MINISIGN_KEY", text(variable));
        finished(command.output().unwrap()).ends_with(0);
        for (pair, name) in [
            (file, "SHA256SUMS"),
            (variable, "hello_1.2.3_linux_amd64.tar.gz"),
        ] {
            detached::verify(
                &PublicKey::Minisign(pair.pk.to_base64()),
                &project.path(&format!("dist/{name}")),
                &project.path(&format!("dist/{name}.minisig")),
                &ToolFinder::from_env(),
                &Runner::default(),
            )
            .unwrap();
        }
    };
    build(&pairs[0], &pairs[0]);
    build(&pairs[1], &pairs[0]);
    build(&pairs[1], &pairs[2]);
}

#[test]
fn minisign_signatures_are_good_for_another_implementation() {
    let folder = tempfile::tempdir().unwrap();
    let file = sums(folder.path());
    let pair = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let config = Detached::Minisign {
        key: SecretSource::File(write("key", &pair.sk.to_box(None).unwrap().into_string())),
        password: None,
    };
    let signature = sign(&config, &file);
    let signer = check(&PublicKey::Minisign(pair.pk.to_base64()), &file, &signature);
    assert_eq!(
        signer,
        format!("minisign, timestamp:{TIME}\tfile:SHA256SUMS\thashed")
    );

    let public = write("key.pub", &pair.pk.to_box().unwrap().into_string());
    check(
        &PublicKey::Minisign(public.to_str().unwrap().to_owned()),
        &file,
        &signature,
    );

    let Some(python) = python() else { return };
    const VERIFY: &str = "\
import sys, minisign
key = minisign.PublicKey.from_base64(sys.argv[1])
key.verify(open(sys.argv[2], 'rb').read(), minisign.Signature.from_file(sys.argv[3]))
";
    run(Command::new(python)
        .args(["-c", VERIFY, &pair.pk.to_base64()])
        .arg(&file)
        .arg(&signature));
}

/// Armoured files of a new key.
pub struct OpenPgpKey {
    pub secret: PathBuf,
    pub public: PathBuf,
}

impl OpenPgpKey {
    /// Makes the key in a key ring below `folder`, which must have a short name: GnuPG puts a socket there.
    pub fn new(gpg: &Path, folder: &Path, passphrase: &str) -> Self {
        let home = folder.join("home");
        fs::create_dir(&home).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        }
        let gpg_with = |arguments: &[&str]| {
            run(Command::new(gpg)
                .arg("--homedir")
                .arg(&home)
                .args(["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback"])
                .args(["--passphrase", passphrase])
                .args(arguments))
        };
        gpg_with(&[
            "--quick-generate-key",
            "Orders <orders@example.com>",
            "ed25519",
            "sign",
            "never",
        ]);
        let export = |name: &str, argument: &str| {
            let path = folder.join(name);
            let text = gpg_with(&["--armor", argument, "orders@example.com"]);
            fs::write(&path, text).unwrap();
            path
        };
        let key = Self {
            secret: export("secret.asc", "--export-secret-keys"),
            public: export("public.asc", "--export"),
        };
        run(Command::new("gpgconf")
            .arg("--homedir")
            .arg(&home)
            .args(["--kill", "all"]));
        key
    }
}

#[test]
fn gpg_signs_with_a_key_that_is_in_no_key_ring() {
    let Some(gpg) = require_tool("gpg") else {
        return;
    };
    let folder = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    let file = sums(folder.path());
    let key = OpenPgpKey::new(&gpg, folder.path(), "hush-hush");
    let passphrase = folder.path().join("passphrase");
    fs::write(&passphrase, "hush-hush").unwrap();
    let config = Detached::Gpg {
        key: Some(SecretSource::File(key.secret)),
        user: Some("orders@example.com".to_owned()),
        passphrase: Some(SecretSource::File(passphrase)),
    };
    let signature = sign(&config, &file);
    assert!(
        fs::read_to_string(&signature)
            .unwrap()
            .starts_with("-----BEGIN PGP SIGNATURE-----")
    );
    let signer = check(&PublicKey::Gpg(key.public), &file, &signature);
    assert!(
        signer.starts_with("OpenPGP, ") && signer.len() == "OpenPGP, ".len() + 40,
        "{signer}"
    );
}

#[test]
fn an_encrypted_minisign_key_needs_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let file = sums(folder.path());
    let pair = minisign::KeyPair::generate_encrypted_keypair(Some("hush-hush".to_owned())).unwrap();
    let (key, password) = (folder.path().join("key"), folder.path().join("password"));
    fs::write(&key, pair.sk.to_box(None).unwrap().into_string()).unwrap();
    let config = Detached::Minisign {
        key: SecretSource::File(key),
        password: Some(SecretSource::File(password.clone())),
    };
    fs::write(&password, "hush-hush\n").unwrap();
    check(
        &PublicKey::Minisign(pair.pk.to_base64()),
        &file,
        &sign(&config, &file),
    );

    fs::write(&password, "wrong").unwrap();
    let output = folder.path().join("out");
    let signed = detached::sign(
        &config,
        &file,
        &output,
        TIME,
        &ToolFinder::from_env(),
        &Runner::default(),
    );
    let error = signed.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the minisign key cannot be used: "),
        "{error}"
    );
    assert!(!output.exists());
}
