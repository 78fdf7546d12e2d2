//! The command lines of the signing programs. They hold no secret: that goes by standard input or a private file.

use std::path::Path;

use minijinja::context;

use super::{Authenticode, Key, Signer};
use crate::format::template;
use crate::process::{Invocation, Secret};
use crate::trust::sign::SignError;

/// One call of a signing program.
pub(super) struct Call<'a> {
    /// The program, found before.
    pub(super) program: &'a Path,
    /// The file that is changed in place.
    pub(super) file: &'a Path,
    /// Where osslsigncode, which does not work in place, writes.
    pub(super) output: &'a Path,
    /// The password, read before.
    pub(super) secret: Option<&'a Secret>,
    /// A private file that holds the password, for programs that read it from there.
    pub(super) secret_file: Option<&'a Path>,
}

/// Whether the program writes a new file rather than changing the one given.
pub(super) fn writes_new_file(signer: &Signer) -> bool {
    matches!(signer, Signer::Osslsigncode { .. })
}

/// Whether a time stamp is added by a call of its own, so that only that call is repeated.
pub(super) fn stamps_separately(signer: &Signer) -> bool {
    !matches!(signer, Signer::Command { .. })
}

/// The call that signs. `server` is given only when the time stamp is not added separately.
pub(super) fn sign(
    config: &Authenticode,
    call: &Call<'_>,
    server: Option<&str>,
) -> Result<Invocation, SignError> {
    let invocation = Invocation::new(call.program, format!("signing `{}`", file_name(call.file)));
    Ok(match &config.signer {
        Signer::Osslsigncode { key } => osslsigncode(config, key, invocation, call),
        Signer::Signtool {
            thumbprint,
            arguments,
        } => {
            let mut invocation = invocation.args(["sign", "/fd", "sha256"]);
            for (flag, value) in [
                ("/sha1", thumbprint),
                ("/d", &config.description),
                ("/du", &config.url),
            ] {
                if let Some(value) = value {
                    invocation = invocation.args([flag, value]);
                }
            }
            invocation.args(arguments).arg(text(call.file))
        }
        Signer::Jsign {
            storetype,
            keystore,
            alias,
            arguments,
            ..
        } => {
            let mut invocation =
                invocation.args(["--alg", "SHA-256", "--replace", "--storetype", storetype]);
            let password_file = call.secret_file.map(|file| format!("file:{}", text(file)));
            for (flag, value) in [
                ("--keystore", keystore),
                ("--alias", alias),
                ("--storepass", &password_file),
                ("--name", &config.description),
                ("--url", &config.url),
            ] {
                if let Some(value) = value {
                    invocation = invocation.args([flag, value]);
                }
            }
            invocation.args(arguments).arg(text(call.file))
        }
        Signer::Command { command } => {
            let rendered = command
                .iter()
                .skip(1)
                .map(|word| render(word, config, call, server));
            invocation.args(rendered.collect::<Result<Vec<_>, _>>()?)
        }
    })
}

/// The call that adds a time stamp to a signed file.
pub(super) fn stamp(config: &Authenticode, call: &Call<'_>, server: &str) -> Option<Invocation> {
    let summary = format!("time-stamping `{}` by `{server}`", file_name(call.file));
    let invocation = Invocation::new(call.program, summary);
    match config.signer {
        Signer::Osslsigncode { .. } => Some(
            invocation
                .args(["add", "-h", "sha256", "-ts", server, "-in"])
                .args([text(call.file), "-out".to_owned(), text(call.output)]),
        ),
        Signer::Signtool { .. } => Some(
            invocation
                .args(["timestamp", "/td", "sha256", "/tr", server])
                .arg(text(call.file)),
        ),
        Signer::Jsign { .. } => Some(
            invocation
                .args(["timestamp", "--tsmode", "RFC3161", "--tsaurl", server])
                .arg(text(call.file)),
        ),
        Signer::Command { .. } => None,
    }
}

fn osslsigncode(
    config: &Authenticode,
    key: &Key,
    invocation: Invocation,
    call: &Call<'_>,
) -> Invocation {
    let invocation = invocation.args(["sign", "-h", "sha256"]);
    let mut invocation = match key {
        Key::Pkcs12 { file, .. } => invocation.args(["-pkcs12".to_owned(), text(file)]),
        Key::Pem {
            certificate, key, ..
        } => invocation.args([
            "-certs".to_owned(),
            text(certificate),
            "-key".to_owned(),
            text(key),
        ]),
        Key::Pkcs11 {
            module,
            engine,
            certificate,
            key,
            ..
        } => {
            let engine = engine
                .iter()
                .flat_map(|engine| ["-pkcs11engine".to_owned(), text(engine)]);
            invocation
                .args(engine)
                .args(["-pkcs11module".to_owned(), text(module)])
                .args(["-pkcs11cert", certificate, "-key", key])
        }
    };
    for (flag, value) in [("-n", &config.description), ("-i", &config.url)] {
        if let Some(value) = value {
            invocation = invocation.args([flag, value]);
        }
    }
    if let Some(secret) = call.secret {
        invocation = invocation.args(["-readpass", "-"]).stdin(secret.expose());
    }
    invocation.args([
        "-in".to_owned(),
        text(call.file),
        "-out".to_owned(),
        text(call.output),
    ])
}

/// One word of a configured command; it stays one word whatever is put in.
fn render(
    word: &str,
    config: &Authenticode,
    call: &Call<'_>,
    server: Option<&str>,
) -> Result<String, SignError> {
    let refused = |why: String| {
        SignError::refused(format!(
            "cannot render `{word}` of the signing command: {why}"
        ))
        .with_hint("known are {{ file }}, {{ timestamp }}, {{ description }} and {{ url }}")
    };
    if let Some(why) = template::refusal(word) {
        return Err(refused(why));
    }
    let rendered = template::render(
        &template::engine(),
        word,
        context! {
            file => text(call.file),
            timestamp => server.unwrap_or_default(),
            description => config.description.as_deref().unwrap_or_default(),
            url => config.url.as_deref().unwrap_or_default(),
        },
    );
    rendered.map_err(|error| refused(error.to_string()))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(signer: Signer) -> Authenticode {
        Authenticode {
            signer,
            timestamp_servers: Vec::new(),
            description: Some("Orders API".to_owned()),
            url: None,
            trust: super::super::Trust::default(),
        }
    }

    fn line(signer: Signer) -> String {
        let secret = Secret::new("hush");
        let call = Call {
            program: Path::new("tool"),
            file: Path::new("a b.exe"),
            output: Path::new("out.exe"),
            secret: Some(&secret),
            secret_file: Some(Path::new("secret-file")),
        };
        let invocation = sign(&config(signer), &call, Some("http://time.example")).unwrap();
        let shown = format!("{invocation:?}");
        assert!(!shown.contains("hush"), "{shown}");
        invocation.to_string()
    }

    #[test]
    fn osslsigncode_reads_the_password_from_standard_input() {
        let key = Key::Pkcs12 {
            file: "sign.pfx".into(),
            password: None,
        };
        assert_eq!(
            line(Signer::Osslsigncode { key }),
            "tool sign -h sha256 -pkcs12 sign.pfx -n 'Orders API' -readpass - -in 'a b.exe' -out out.exe"
        );
    }

    #[test]
    fn a_token_is_named_by_its_uris() {
        let key = Key::Pkcs11 {
            module: "/usr/lib/token.so".into(),
            engine: None,
            certificate: "pkcs11:object=cert".into(),
            key: "pkcs11:object=key".into(),
            pin: None,
        };
        assert_eq!(
            line(Signer::Osslsigncode { key }),
            "tool sign -h sha256 -pkcs11module /usr/lib/token.so -pkcs11cert pkcs11:object=cert -key pkcs11:object=key \
             -n 'Orders API' -readpass - -in 'a b.exe' -out out.exe"
        );
    }

    #[test]
    fn signtool_takes_a_certificate_of_the_store() {
        let signer = Signer::Signtool {
            thumbprint: Some("ab12".into()),
            arguments: vec!["/sm".into()],
        };
        assert_eq!(
            line(signer),
            "tool sign /fd sha256 /sha1 ab12 /d 'Orders API' /sm 'a b.exe'"
        );
    }

    #[test]
    fn jsign_reads_the_password_from_a_file() {
        let signer = Signer::Jsign {
            storetype: "TRUSTEDSIGNING".into(),
            keystore: Some("weu.codesigning.azure.net".into()),
            alias: Some("account/profile".into()),
            password: None,
            arguments: Vec::new(),
        };
        assert_eq!(
            line(signer),
            "tool --alg SHA-256 --replace --storetype TRUSTEDSIGNING --keystore weu.codesigning.azure.net \
             --alias account/profile --storepass file:secret-file --name 'Orders API' 'a b.exe'"
        );
    }

    #[test]
    fn a_command_keeps_its_words() {
        let words = [
            "sign-it",
            "--file={{ file }}",
            "{{ timestamp }}",
            "$(rm -rf /)",
        ];
        let signer = Signer::Command {
            command: words.map(str::to_owned).to_vec(),
        };
        assert_eq!(
            line(signer),
            "tool '--file=a b.exe' http://time.example '$(rm -rf /)'"
        );
    }

    #[test]
    fn an_unknown_word_in_a_command_is_an_error() {
        let call = Call {
            program: Path::new("tool"),
            file: Path::new("a.exe"),
            output: Path::new("a.exe"),
            secret: None,
            secret_file: None,
        };
        let signer = Signer::Command {
            command: vec!["x".into(), "{{ fiel }}".into()],
        };
        let error = sign(&config(signer), &call, None).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("cannot render `{{ fiel }}` of the signing command"),
            "{error}"
        );
    }
}
