//! Every signing program, called in a whole build: in place of those that cannot run here (signtool, cloud services,
//! tokens) stand-ins that write down how they were called and sign with a key of their own. None is given its secret
//! where others could read it, and nothing that the run leaves behind holds it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::{contains, files};
use crate::fixture::{Certificates, PASSWORD, run};
use crate::support::project::{Project, Run, finished};
use crate::support::{require_tool, skip};

const SECRET: &str = "hush-hush-0815";
const TARGET: &str = "windows/amd64";

/// A project, and a folder of stand-ins that comes first on the search path.
struct Desk {
    project: Project,
    certificates: &'static Certificates,
    osslsigncode: PathBuf,
}

impl Desk {
    fn new() -> Option<Self> {
        require_tool("go")?;
        require_tool("git")?;
        let desk = Self {
            osslsigncode: require_tool("osslsigncode")?,
            certificates: Certificates::get()?,
            project: Project::hello(),
        };
        fs::create_dir(desk.project.beside("bin")).unwrap();
        fs::create_dir(desk.project.beside("tmp")).unwrap();
        Some(desk)
    }

    /// A program that notes its arguments, one call a line, and then does `body`; `$file` is its last argument. Asked
    /// for its version, it tells one and notes nothing.
    fn stand_in(&self, name: &str, body: &str) {
        let path = self.project.beside("bin").join(name);
        let calls = self.project.beside("calls");
        let text = format!(
            "#!/bin/sh\nset -e\ncase $* in --version|version) echo '{name} 4.5.6 in /opt/{name}'; exit ;; esac\n\
             for file; do :; done\n\
             {{ printf '%s' {name}; printf ' [%s]' \"$@\"; echo; }} >> '{}'\n{body}\n",
            calls.display()
        );
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The shell command that signs `$file` with the test's key.
    fn sign_in_place(&self) -> String {
        format!(
            "'{}' sign -h sha256 -certs '{}' -key '{}' -in \"$file\" -out \"$file.signed\" && mv \"$file.signed\" \"$file\"",
            self.osslsigncode.display(),
            self.certificates.file("sign.pem").display(),
            self.certificates.file("sign.key").display(),
        )
    }

    /// Builds with these `[sign]` tables and finds the secrets nowhere; returns the calls.
    fn build(&self, tables: &str, environment: &[(&str, &str)], secrets: &[&str]) -> Vec<String> {
        self.project.manifest(&format!(
            "[build]\ntargets = ['{TARGET}']\n[package]\nwindows = ['binary']\n[provenance]\n{tables}"
        ));
        let calls = self.project.beside("calls");
        let _ = fs::remove_file(&calls);
        let runs = [
            self.run(&["plan", "--format", "json"], environment),
            self.run(&["build", "--verbose", "--format", "json"], environment),
        ];
        let calls = fs::read_to_string(calls).unwrap_or_default();
        let said = runs
            .iter()
            .map(|run| format!("{}{}", run.stdout, run.stderr));
        let said = said.collect::<String>() + &calls;
        for secret in secrets {
            assert!(
                !contains(said.as_bytes(), secret.as_bytes()),
                "`{secret}` was said:\n{said}"
            );
            for folder in ["project", "cache", "tmp"] {
                for file in files(&self.project.beside(folder)) {
                    let bytes = fs::read(&file).unwrap();
                    assert!(
                        !contains(&bytes, secret.as_bytes()),
                        "`{secret}` is in {}",
                        file.display()
                    );
                }
            }
        }
        self.project.run(&["verify"]).ends_with(0);
        calls.lines().map(str::to_owned).collect()
    }

    /// What the release tells of the tools that it was made with: `artifacts.json`, and the provenance.
    fn recorded_tools(&self) -> (Value, Value) {
        let read = |name: &str| -> Value {
            let text = fs::read(self.project.path("dist").join(name)).unwrap();
            serde_json::from_slice(&text).unwrap()
        };
        let provenance = &read("provenance.intoto.json")["predicate"]["buildDefinition"];
        (
            read("artifacts.json")["tools"].clone(),
            provenance["internalParameters"]["tools"].clone(),
        )
    }

    fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let output = self.command(arguments, environment).output();
        finished(output.unwrap()).ends_with(0)
    }

    fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = self.project.command(arguments);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders =
            std::iter::once(self.project.beside("bin")).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap());
        command.env("TMPDIR", self.project.beside("tmp"));
        command.envs(environment.iter().copied());
        command
    }
}

/// The calls without the folders of their files, which differ from run to run.
fn named(calls: &[String]) -> Vec<String> {
    let word = |word: &str| {
        let inside = word.trim_end_matches(']');
        match inside.rsplit_once('/') {
            Some((folder, name)) if Path::new(folder).is_absolute() || folder.starts_with("[/") => {
                format!("[{name}]")
            }
            _ => word.to_owned(),
        }
    };
    let line = |line: &String| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    calls.iter().map(line).collect()
}

#[test]
fn signtool_is_told_certificate_digest_and_time_server() {
    let Some(desk) = Desk::new() else { return };
    let body = format!(
        "case $1 in sign) {} ;; timestamp) ;; *) exit 1 ;; esac",
        desk.sign_in_place()
    );
    desk.stand_in("signtool", &body);
    let calls = desk.build(
        "[sign.authenticode]\ntool = 'signtool'\nthumbprint = '0123456789abcdef0123456789abcdef01234567'\n\
         arguments = ['/sm']\ntimestamp = ['http://time.example']\n",
        &[],
        &[],
    );
    assert_eq!(
        named(&calls),
        [
            "signtool [sign] [/fd] [sha256] [/sha1] [0123456789abcdef0123456789abcdef01234567] [/d] [hello] [/sm] [hello.exe]",
            "signtool [timestamp] [/td] [sha256] [/tr] [http://time.example] [hello.exe]",
        ]
    );
    // It tells its version in the version resource of its executable only, which a stand-in does not have.
    assert_eq!(desk.recorded_tools(), (Value::Null, Value::Null));
}

#[test]
fn jsign_reads_its_password_from_a_private_file() {
    let Some(desk) = Desk::new() else { return };
    let body = format!(
        "case $1 in\ntimestamp) exit 0 ;;\nesac\n\
         while [ $# -gt 1 ]; do [ \"$1\" = --storepass ] && password=\"${{2#file:}}\"; shift; done\n\
         [ \"$(cat \"$password\")\" = {SECRET} ]\n[ \"$(stat -c %a \"$password\")\" = 600 ]\n{}",
        desk.sign_in_place()
    );
    desk.stand_in("jsign", &body);
    let calls = desk.build(
        "[sign.authenticode]\ntool = 'jsign'\nstoretype = 'TRUSTEDSIGNING'\nkeystore = 'weu.codesigning.azure.net'\n\
         alias = 'account-profile'\npassword = { env = 'TOKEN' }\ntimestamp = ['http://time.example']\n",
        &[("TOKEN", SECRET)],
        &[SECRET],
    );
    assert_eq!(calls.len(), 2, "{calls:#?}");
    let begin = "jsign [--alg] [SHA-256] [--replace] [--storetype] [TRUSTEDSIGNING] [--keystore] \
        [weu.codesigning.azure.net] [--alias] [account-profile] [--storepass] [file:";
    assert!(calls[0].starts_with(begin), "{calls:#?}");
    assert_eq!(
        named(&calls)[1],
        "jsign [timestamp] [--tsmode] [RFC3161] [--tsaurl] [http://time.example] [hello.exe]"
    );
    let recorded = (
        json!([{ "name": "jsign", "version": "4.5.6" }]),
        json!({ "jsign": "4.5.6" }),
    );
    assert_eq!(desk.recorded_tools(), recorded);
}

#[test]
fn osslsigncode_reads_passwords_and_pins_from_standard_input() {
    let Some(desk) = Desk::new() else { return };
    let real = format!("exec '{}' \"$@\"", desk.osslsigncode.display());
    desk.stand_in("osslsigncode", &real);
    let pfx = format!(
        "[sign.authenticode]\npkcs12 = '{}'\npassword = {{ env = 'PASSWORD' }}\n",
        desk.certificates.pkcs12().display()
    );
    let calls = desk.build(&pfx, &[("PASSWORD", PASSWORD)], &[PASSWORD]);
    assert!(
        calls.iter().any(|call| call.contains("[-readpass] [-]")),
        "{calls:#?}"
    );

    // A token: the stand-in takes the PIN as osslsigncode does, and signs with the test's key.
    let token = format!(
        "case $1 in\nsign)\n[ \"$(cat)\" = {SECRET} ]\n\
         while [ $# -gt 1 ]; do case $1 in -in) in=$2 ;; -out) out=$2 ;; esac; shift; done\n\
         '{}' sign -h sha256 -certs '{}' -key '{}' -in \"$in\" -out \"$out\"\n;;\n*) {real} ;;\nesac",
        desk.osslsigncode.display(),
        desk.certificates.file("sign.pem").display(),
        desk.certificates.file("sign.key").display(),
    );
    desk.stand_in("osslsigncode", &token);
    let calls = desk.build(
        "[sign.authenticode]\npkcs11-module = '/usr/lib/token.so'\ncertificate = 'pkcs11:object=c'\n\
         key = 'pkcs11:object=k'\npassword = { env = 'PIN' }\n",
        &[("PIN", SECRET)],
        &[SECRET],
    );
    let words = "[-pkcs11module] [/usr/lib/token.so] [-pkcs11cert] [pkcs11:object=c] [-key] [pkcs11:object=k]";
    assert!(calls.iter().any(|call| call.contains(words)), "{calls:#?}");
}

/// A token in software, read by OpenSSL's engine for PKCS #11, as a hardware token or a cloud key would be.
#[test]
fn a_token_signs_with_a_key_that_never_leaves_it() {
    const PIN: &str = "48151623";
    let (Some(softhsm), Some(pkcs11)) =
        (require_tool("softhsm2-util"), require_tool("pkcs11-tool"))
    else {
        return;
    };
    let places = |pattern: &str| {
        let folders = [
            "/usr/lib",
            "/usr/lib64",
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
        ];
        folders
            .map(|folder| Path::new(folder).join(pattern))
            .into_iter()
            .find(|path| path.is_file())
    };
    let (Some(module), Some(engine)) = (
        places("softhsm/libsofthsm2.so"),
        places("engines-3/pkcs11.so"),
    ) else {
        let _: Option<()> =
            skip("SoftHSM's module or OpenSSL's engine for PKCS #11 is not installed");
        return;
    };
    let Some(desk) = Desk::new() else { return };
    let folder = desk.project.beside("token");
    fs::create_dir_all(folder.join("tokens")).unwrap();
    let configuration = folder.join("softhsm2.conf");
    let text = format!(
        "directories.tokendir = {}\n",
        folder.join("tokens").display()
    );
    fs::write(&configuration, text).unwrap();
    let tool = |program: &Path, arguments: &[&str]| {
        run(Command::new(program)
            .args(arguments)
            .current_dir(&folder)
            .env("SOFTHSM2_CONF", &configuration))
    };
    let (key, certificate) = (
        desk.certificates.file("sign.key"),
        desk.certificates.file("sign.pem"),
    );
    let of = |path: &Path| path.to_str().unwrap().to_owned();
    tool(
        &softhsm,
        &[
            "--init-token",
            "--free",
            "--label",
            "t",
            "--so-pin",
            "1234",
            "--pin",
            PIN,
        ],
    );
    tool(
        &softhsm,
        &[
            "--import",
            &of(&key),
            "--token",
            "t",
            "--label",
            "k",
            "--id",
            "a1",
            "--pin",
            PIN,
        ],
    );
    tool(
        Path::new("openssl"),
        &[
            "x509",
            "-in",
            &of(&certificate),
            "-outform",
            "DER",
            "-out",
            "certificate.der",
        ],
    );
    let object = ["--type", "cert", "--id", "a1", "--label", "c"];
    let mut words = vec![
        "--module",
        module.to_str().unwrap(),
        "--login",
        "--pin",
        PIN,
    ];
    words.extend(["--write-object", "certificate.der"]);
    words.extend(object);
    tool(&pkcs11, &words);
    let tables = format!(
        "[sign.authenticode]\npkcs11-module = '{}'\npkcs11-engine = '{}'\n\
         certificate = 'pkcs11:token=t;object=c;type=cert'\nkey = 'pkcs11:token=t;object=k;type=private'\n\
         password = {{ env = 'PIN' }}\nroot = '{}'\n",
        module.display(),
        engine.display(),
        desk.certificates.file("root.pem").display()
    );
    let environment = [
        ("PIN", PIN),
        ("SOFTHSM2_CONF", configuration.to_str().unwrap()),
    ];
    desk.build(&tables, &environment, &[PIN]);
    let root = desk.certificates.file("root.pem");
    run(Command::new(&desk.osslsigncode)
        .args(["verify", "-CAfile"])
        .arg(root)
        .arg("-in")
        .arg(crate::bench::find(&desk.project.path("dist"), ".exe")));
}

/// cosign with the rules of its documentation (sigstore/cosign, doc/cosign_sign-blob.md, doc/cosign_verify-blob.md,
/// doc/cosign_public-key.md): `sign-blob` without `--key` takes the identity of a token (here of the variable
/// SIGSTORE_ID_TOKEN, as `IDENTITY ISSUER`), and with an encrypted key the password in COSIGN_PASSWORD; `verify-blob`
/// requires `--bundle`, and either `--key` or both `--certificate-identity` and `--certificate-oidc-issuer`, which must be
/// those in the bundle's certificate. A bundle here is JSON, as cosign's is; it names its signer and the digest of
/// what was signed.
fn cosign() -> String {
    format!(
        r#"command=$1; shift; key=; bundle=; identity=; issuer=; blob=; yes=
while [ $# -gt 0 ]; do
case $1 in
--key|--bundle|--certificate-identity|--certificate-oidc-issuer) name=$1; value=$2; shift 2 ;;
--*=*) name=${{1%%=*}}; value=${{1#*=}}; shift ;;
--yes) yes=1; shift; continue ;;
--) shift; blob=$1; break ;;
--*) echo "Error: unknown flag: $1" >&2; exit 1 ;;
*) blob=$1; shift; continue ;;
esac
case $name in
--key) key=$value ;; --bundle) bundle=$value ;;
--certificate-identity) identity=$value ;; --certificate-oidc-issuer) issuer=$value ;;
*) echo "Error: unknown flag: $name" >&2; exit 1 ;;
esac
done
signer="key ${{key##*/}}"
case $command in
public-key) [ "$COSIGN_PASSWORD" = {SECRET} ] ;;
sign-blob)
if [ -n "$key" ]; then [ "$COSIGN_PASSWORD" = {SECRET} ]; else [ -n "$yes" ]; signer="identity $SIGSTORE_ID_TOKEN"; fi
printf '{{"signer": "%s", "digest": "%s"}}' "$signer" "$(sha256sum < "$blob")" > "$bundle" ;;
verify-blob)
[ -n "$bundle" ] || {{ echo 'Error: --bundle is required' >&2; exit 1; }}
if [ -z "$key" ]; then
[ -n "$identity" ] || {{ echo 'Error: --certificate-identity or --certificate-identity-regexp is required for verification in keyless mode' >&2; exit 1; }}
[ -n "$issuer" ] || {{ echo 'Error: --certificate-oidc-issuer or --certificate-oidc-issuer-regexp is required for verification in keyless mode' >&2; exit 1; }}
signer="identity $identity $issuer"
fi
[ "$(cat "$bundle")" = "$(printf '{{"signer": "%s", "digest": "%s"}}' "$signer" "$(sha256sum < "$blob")")" ] || {{ echo 'Error: none of the expected identities matched' >&2; exit 1; }} ;;
*) echo "Error: unknown command $command" >&2; exit 1 ;;
esac"#
    )
}

/// What is signed without a key is verified without one: by the identity and its issuer, both of them.
#[test]
fn a_release_that_cosign_signed_keyless_is_verified_keyless() {
    const IDENTITY: &str =
        "https://github.com/contoso/orders/.github/workflows/release.yml@refs/tags/v1.2.3";
    const ISSUER: &str = "https://token.actions.githubusercontent.com";
    let Some(desk) = Desk::new() else { return };
    desk.stand_in("cosign", &cosign());
    let token = format!("{IDENTITY} {ISSUER}");
    desk.build(
        "[[sign.detached]]\ntool = 'cosign'\n",
        &[("SIGSTORE_ID_TOKEN", &token)],
        &[],
    );
    let verify = |identity: &[&str]| {
        let words = [&["verify"], identity].concat();
        finished(desk.command(&words, &[]).output().unwrap())
    };
    let [by, of] = ["--certificate-identity", "--certificate-oidc-issuer"];
    verify(&[by, IDENTITY, of, ISSUER])
        .ends_with(0)
        .says(IDENTITY);
    verify(&[by, IDENTITY, of, ISSUER, "--require-signer", IDENTITY]).ends_with(0);
    for (identity, issuer) in [
        (IDENTITY, "https://evil.example"),
        ("evil@example.com", ISSUER),
    ] {
        verify(&[by, identity, of, issuer])
            .ends_with(5)
            .says("is not good");
    }
    verify(&[by, IDENTITY]).ends_with(2);
    verify(&[of, ISSUER]).ends_with(2);
    verify(&[by, "", of, ""]).ends_with(2);
    let words = ["verify", by, IDENTITY, of, ISSUER];
    desk.project.run(&words).ends_with(4).says("cosign");
    let sums = desk.project.path("dist/SHA256SUMS");
    let text = fs::read_to_string(&sums).unwrap();
    fs::write(&sums, text + "\n").unwrap();
    verify(&[by, IDENTITY, of, ISSUER]).ends_with(5);
}

#[test]
fn cosign_and_gpg_are_given_their_secrets_out_of_sight() {
    let Some(desk) = Desk::new() else { return };
    desk.stand_in("cosign", &cosign());
    let calls = desk.build(
        "[[sign.detached]]\ntool = 'cosign'\nidentity = 'cosign.key'\npassword = { env = 'KEY_PASSWORD' }\n",
        &[("KEY_PASSWORD", SECRET)],
        &[SECRET],
    );
    // The key is opened before anything is built.
    assert_eq!(calls.len(), 2, "{calls:#?}");
    let key = desk.project.path("cosign.key").display().to_string();
    assert_eq!(calls[0], format!("cosign [public-key] [--key] [{key}]"));
    let call = format!("cosign [sign-blob] [--yes] [--key] [{key}] [--bundle] [/");
    assert!(calls[1].starts_with(&call), "{calls:#?}");

    let Some(gpg) = require_tool("gpg") else {
        return;
    };
    desk.stand_in("gpg", &format!("exec '{}' \"$@\"", gpg.display()));
    let folder = tempfile::Builder::new().prefix("g").tempdir().unwrap();
    let key = crate::detached::OpenPgpKey::new(&gpg, folder.path(), SECRET);
    let secret_key = fs::read_to_string(&key.secret).unwrap();
    let line = secret_key.lines().nth(4).unwrap().to_owned();
    let calls = desk.build(
        "[[sign.detached]]\ntool = 'gpg'\nkey = { env = 'KEY' }\npassword = { env = 'KEY_PASSWORD' }\n",
        &[("KEY", &secret_key), ("KEY_PASSWORD", SECRET)],
        &[SECRET, &line],
    );
    assert!(!calls.is_empty());
}

#[test]
fn minisign_keys_are_read_in_process() {
    let Some(desk) = Desk::new() else { return };
    let key = crate::bench::MinisignKey::new();
    let line = key.secret.lines().last().unwrap();
    let file = desk.project.beside("minisign.key");
    fs::write(&file, &key.secret).unwrap();
    for source in [
        "{ env = 'MINISIGN_KEY' }".to_owned(),
        format!("{{ file = '{}' }}", file.display()),
        format!("{{ command = ['cat', '{}'] }}", file.display()),
    ] {
        let tables = format!("[[sign.detached]]\ntool = 'minisign'\nkey = {source}\n");
        desk.build(&tables, &[("MINISIGN_KEY", &key.secret)], &[line]);
    }
}
