//! `[sign]`: which keys belong together, and where secrets are.

use std::ops::Range;

use super::trust::{DetachedSignature, Signed, any_path, one_of, problem_at};
use crate::manifest::Located;
use crate::manifest::raw::{RawAuthenticode, RawDetached, RawSecret};
use crate::problem::{Problem, Problems};
use crate::trust::sign::authenticode::{Key, Signer, Trust};
use crate::trust::sign::{Authenticode, Detached, SecretSource};

/// The programs for detached signatures.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DetachedTool {
    Minisign,
    Gpg,
    Cosign,
}

/// The programs for Authenticode.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tool {
    Osslsigncode,
    Signtool,
    Jsign,
    Command,
}

pub(super) fn authenticode(
    raw: Located<RawAuthenticode>,
    problems: &mut Problems,
) -> Option<Located<Authenticode>> {
    let known = [
        ("osslsigncode", Tool::Osslsigncode),
        ("signtool", Tool::Signtool),
        ("jsign", Tool::Jsign),
        ("command", Tool::Command),
    ];
    let Located {
        value: mut raw,
        span,
    } = raw;
    let named = raw.tool.take();
    let place = named.as_ref().map_or(span, |name| name.span.clone());
    let tool = match &named {
        Some(name) => problems.take(one_of("signing tool", name, &known))?,
        None => Tool::Osslsigncode,
    };
    let trust = Trust {
        root: raw.root.take().map(any_path),
        timestamp_root: raw.timestamp_root.take().map(any_path),
    };
    let servers = raw.timestamp.take().unwrap_or_default();
    let timestamp_servers = servers
        .into_iter()
        .filter_map(|server| problems.take(address(server)))
        .collect();
    let description = raw.description.take().map(|text| text.value);
    let url = raw.url.take().map(|text| text.value);
    let signer = signer(tool, &mut raw, &place, problems)?;
    refuse_foreign_keys(
        &raw,
        known
            .iter()
            .find(|(_, known)| *known == tool)
            .map_or("", |(name, _)| name),
        problems,
    );
    let value = Authenticode {
        signer,
        timestamp_servers,
        description,
        url,
        trust,
    };
    Some(Located { value, span: place })
}

/// Takes the keys that the tool knows out of the table.
fn signer(
    tool: Tool,
    raw: &mut RawAuthenticode,
    place: &Range<usize>,
    problems: &mut Problems,
) -> Option<Signer> {
    let words = |list: Option<Vec<Located<String>>>| {
        list.unwrap_or_default()
            .into_iter()
            .map(|word| word.value)
            .collect()
    };
    let text = |value: Option<Located<String>>| value.map(|value| value.value);
    Some(match tool {
        Tool::Osslsigncode => Signer::Osslsigncode {
            key: problems.take(osslsigncode_key(raw, place))?,
        },
        Tool::Signtool => Signer::Signtool {
            thumbprint: text(raw.thumbprint.take()),
            arguments: words(raw.arguments.take()),
        },
        Tool::Jsign => Signer::Jsign {
            storetype: problems
                .take(needed(raw.storetype.take(), "storetype", "jsign", place))?
                .value,
            keystore: text(raw.keystore.take()),
            alias: text(raw.alias.take()),
            password: problems.take(secret(raw.password.take(), place))?,
            arguments: words(raw.arguments.take()),
        },
        Tool::Command => {
            let command: Vec<String> = words(raw.command.take());
            if !command.iter().skip(1).any(|word| word.contains("{{")) {
                let problem = problem_at(
                    "`sign.authenticode.command` does not say which file to sign",
                    place,
                );
                problems
                    .push(problem.hint("for example `command = [\"sign-it\", \"{{ file }}\"]`"));
                return None;
            }
            Signer::Command { command }
        }
    })
}

fn osslsigncode_key(raw: &mut RawAuthenticode, place: &Range<usize>) -> Result<Key, Problem> {
    let password = secret(raw.password.take(), place)?;
    if let Some(file) = raw.pkcs12.take() {
        return Ok(Key::Pkcs12 {
            file: any_path(file),
            password,
        });
    }
    let (Some(certificate), Some(key)) = (raw.certificate.take(), raw.key.take()) else {
        return Err(
            problem_at("`[sign.authenticode]` has no certificate and key", place).hint(
                "give `pkcs12`, or `certificate` and `key`, with `pkcs11-module` for a token",
            ),
        );
    };
    Ok(match raw.pkcs11_module.take() {
        Some(module) => Key::Pkcs11 {
            module: any_path(module),
            engine: raw.pkcs11_engine.take().map(any_path),
            certificate: certificate.value,
            key: key.value,
            pin: password,
        },
        None => Key::Pem {
            certificate: any_path(certificate),
            key: any_path(key),
            password,
        },
    })
}

/// What is left in the table belongs to another tool.
fn refuse_foreign_keys(raw: &RawAuthenticode, tool: &str, problems: &mut Problems) {
    let left = [
        ("pkcs12", &raw.pkcs12),
        ("certificate", &raw.certificate),
        ("key", &raw.key),
        ("pkcs11-module", &raw.pkcs11_module),
        ("pkcs11-engine", &raw.pkcs11_engine),
        ("thumbprint", &raw.thumbprint),
        ("storetype", &raw.storetype),
        ("keystore", &raw.keystore),
        ("alias", &raw.alias),
    ];
    let places = left
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?.span.clone())));
    let lists = [("arguments", &raw.arguments), ("command", &raw.command)];
    let lists = lists
        .into_iter()
        .filter_map(|(name, list)| Some((name, list.as_ref()?.first()?.span.clone())));
    for (name, place) in places.chain(lists) {
        problems.push(problem_at(
            format!("`{name}` has no meaning here with the tool `{tool}`"),
            &place,
        ));
    }
    if raw.password.is_some() {
        problems.push(Problem::error(format!("`password` has no meaning with the tool `{tool}`")).hint(match tool {
            "signtool" => "signtool takes a password on its command line only: put the certificate into the certificate store",
            _ => "the command finds its secrets in its environment",
        }));
    }
}

pub(super) fn detached(
    raw: RawDetached,
    problems: &mut Problems,
) -> Option<Located<DetachedSignature>> {
    let place = raw.tool.span.clone();
    let what = match &raw.what {
        Some(word) => {
            let known = [
                ("checksums", Signed::Checksums),
                ("packages", Signed::Packages),
            ];
            problems.take(one_of("kind of file", word, &known))?
        }
        None => Signed::Checksums,
    };
    let key = problems.take(secret(raw.key, &place))?;
    let password = problems.take(secret(raw.password, &place))?;
    let identity = raw.identity.map(|identity| identity.value);
    let tools = [
        ("minisign", DetachedTool::Minisign),
        ("gpg", DetachedTool::Gpg),
        ("cosign", DetachedTool::Cosign),
    ];
    let config = match (
        problems.take(one_of("signing tool", &raw.tool, &tools))?,
        key,
    ) {
        (DetachedTool::Minisign, Some(key)) => Detached::Minisign { key, password },
        (DetachedTool::Minisign, None) => {
            let problem = problem_at("minisign needs a `key`", &place);
            problems.push(problem.hint(
                "for example `key = { env = \"MINISIGN_KEY\" }`, the whole text of the key file",
            ));
            return None;
        }
        (DetachedTool::Gpg, key) => Detached::Gpg {
            key,
            user: identity,
            passphrase: password,
        },
        (DetachedTool::Cosign, _) => Detached::Cosign {
            key: identity,
            password,
        },
    };
    Some(Located {
        value: DetachedSignature { config, what },
        span: place,
    })
}

fn secret(raw: Option<RawSecret>, place: &Range<usize>) -> Result<Option<SecretSource>, Problem> {
    let Some(raw) = raw else { return Ok(None) };
    match (raw.env, raw.file, raw.command) {
        (Some(name), None, None) => Ok(Some(SecretSource::Env(name.value))),
        (None, Some(file), None) => Ok(Some(SecretSource::File(any_path(file)))),
        (None, None, Some(words)) if !words.is_empty() => Ok(Some(SecretSource::Command(
            words.into_iter().map(|word| word.value).collect(),
        ))),
        _ => Err(problem_at(
            "a secret is exactly one of `env`, `file` and `command`",
            place,
        )
        .hint("for example `password = { env = \"CODESIGN_PASSWORD\" }`")),
    }
}

fn needed(
    value: Option<Located<String>>,
    key: &str,
    tool: &str,
    place: &Range<usize>,
) -> Result<Located<String>, Problem> {
    value.ok_or_else(|| problem_at(format!("{tool} needs `{key}`"), place))
}

fn address(server: Located<String>) -> Result<String, Problem> {
    if server.starts_with("http://") || server.starts_with("https://") {
        return Ok(server.value);
    }
    Err(problem_at(
        format!("`{}` is no address of a time-stamp server", server.value),
        &server.span,
    )
    .hint("it begins with `http://` or `https://`"))
}
