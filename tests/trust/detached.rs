//! Detached signatures against the programs of their formats.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::process::{Runner, ToolFinder};
use gorelease::trust::sign::detached::{self, GoodSignature, PublicKey, Scheme};
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
fn check(key: &PublicKey, file: &Path, signature: &Path) -> GoodSignature {
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
        signer.trusted_comment,
        Some(format!("timestamp:{TIME}\tfile:SHA256SUMS\thashed"))
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
        signer.scheme == Scheme::Openpgp && signer.signer.len() == 40,
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

/// A GnuPG home folder for making keys and signatures at any time.
struct OpenPgpHome<'a> {
    gpg: &'a Path,
    folder: PathBuf,
}

impl OpenPgpHome<'_> {
    fn run(&self, year: &str, arguments: &[&str]) -> String {
        run(Command::new(self.gpg)
            .arg("--homedir")
            .arg(&self.folder)
            .args(["--batch", "--yes", "--quiet", "--no-tty"])
            .args(["--pinentry-mode", "loopback", "--passphrase", ""])
            .args(["--faked-system-time", &format!("{year}0301T000000")])
            .args(arguments))
    }

    /// The fingerprints of the primary key of this user and of its subkeys.
    fn fingerprints(&self, user: &str) -> Vec<String> {
        let listing = self.run("2026", &["--list-keys", "--with-colons", user]);
        let lines = listing.lines().filter(|line| line.starts_with("fpr:"));
        lines
            .map(|line| line.split(':').nth(9).unwrap().to_owned())
            .collect()
    }
}

impl Drop for OpenPgpHome<'_> {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(&self.folder)
            .args(["--kill", "all"])
            .output();
    }
}

/// `gpg --verify` ends with 0 for all but the last of these.
#[test]
fn a_signature_by_a_revoked_or_expired_openpgp_key_or_with_a_weak_digest_is_refused() {
    let Some(gpg) = require_tool("gpg") else {
        return;
    };
    let folder = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    let file = sums(folder.path());
    let home = OpenPgpHome {
        gpg: &gpg,
        folder: folder.path().join("h"),
    };
    fs::create_dir(&home.folder).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&home.folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    let generate = |user: &str, end: &str| {
        home.run(
            "2024",
            &["--quick-generate-key", user, "rsa2048", "sign", end],
        );
    };
    let (keys, signature) = (folder.path().join("k.asc"), folder.path().join("s.asc"));
    let verify = |year: &str, user: &str, signer: &str, options: &[&str]| {
        let out = signature.to_str().unwrap();
        let mut words = options.to_vec();
        words.extend(["--local-user", signer, "--armor", "--output", out]);
        words.extend(["--detach-sign", file.to_str().unwrap()]);
        home.run(year, &words);
        fs::write(&keys, home.run("2026", &["--armor", "--export", user])).unwrap();
        let key = PublicKey::Gpg(keys.clone());
        detached::verify(
            &key,
            &file,
            &signature,
            &ToolFinder::from_env(),
            &Runner::default(),
        )
    };
    let refused = |result: Result<GoodSignature, _>, why: &str| {
        let error: gorelease::trust::sign::SignError = result.unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
    };

    generate("good@example.com", "never");
    let good = home.fingerprints("good@example.com")[0].clone();
    let signed = verify("2026", &good, &good, &[]).unwrap();
    assert!(signed.is_by(&good) && signed.scheme == Scheme::Openpgp);
    refused(
        verify("2026", &good, &good, &["--digest-algo", "SHA1"]),
        "SHA-1",
    );
    refused(verify("2026", &good, &good, &["--textmode"]), "of a text");
    let ends = ["--default-sig-expire", "1y"];
    refused(verify("2024", &good, &good, &ends), "it is expired");

    generate("expired@example.com", "1y");
    let expired = home.fingerprints("expired@example.com")[0].clone();
    refused(
        verify("2024", &expired, &expired, &[]),
        "key that made it is expired",
    );

    home.run("2024", &["--quick-add-key", &good, "rsa2048", "sign", "1y"]);
    let subkey = format!("{}!", home.fingerprints(&good)[1]);
    refused(
        verify("2024", &good, &subkey, &[]),
        "key that made it is expired",
    );

    // Signed before it was revoked: GnuPG wrote the revocation when it made the key, with a colon before its armour.
    verify("2026", &good, &good, &[]).unwrap();
    let name = format!("openpgp-revocs.d/{good}.rev");
    let text = fs::read_to_string(home.folder.join(name)).unwrap();
    let revocation = folder.path().join("revocation");
    fs::write(&revocation, text.replace(":-----BEGIN", "-----BEGIN")).unwrap();
    home.run("2026", &["--import", revocation.to_str().unwrap()]);
    fs::write(&keys, home.run("2026", &["--armor", "--export", &good])).unwrap();
    let key = PublicKey::Gpg(keys.clone());
    refused(
        detached::verify(
            &key,
            &file,
            &signature,
            &ToolFinder::from_env(),
            &Runner::default(),
        ),
        "revoked",
    );

    fs::write(&keys, "no key").unwrap();
    let error = key.check(&ToolFinder::from_env(), &Runner::default());
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("has no OpenPGP public key"), "{error}");
}
