//! cosign of Sigstore (<https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>).

use std::path::Path;

use super::{GoodSignature, Scheme, name};
use crate::format::output::FileError;
use crate::process::{Invocation, ProcessError, Runner, Secret};
use crate::trust::sign::{SecretSource, SignError};

/// The variable from which cosign takes the password of its key.
pub(super) const PASSWORD: &str = "COSIGN_PASSWORD";

pub(super) fn sign(
    program: &Path,
    key: Option<&str>,
    password: Option<&SecretSource>,
    file: &Path,
    output: &Path,
    runner: &Runner,
) -> Result<(), SignError> {
    let invocation = signing(program, key, file, output);
    runner.run(&with_password(invocation, password, runner)?)?;
    Ok(())
}

fn signing(program: &Path, key: Option<&str>, file: &Path, output: &Path) -> Invocation {
    let invocation = Invocation::new(program, format!("signing `{}` with cosign", name(file)))
        .args(["sign-blob", "--yes"]);
    let invocation = match key {
        Some(key) => invocation.args(["--key", key]),
        None => invocation,
    };
    invocation
        .args(["--bundle", &output.to_string_lossy()])
        .arg(file.to_string_lossy())
}

/// Who must have signed.
pub(super) enum Signer<'a> {
    /// The owner of this key: a file or the address of a key service.
    Key(&'a str),
    /// Whoever the issuer knew by this identity (keyless).
    Identity { identity: &'a str, issuer: &'a str },
}

pub(super) fn verify(
    program: &Path,
    signer: &Signer<'_>,
    file: &Path,
    signature: &Path,
    runner: &Runner,
) -> Result<GoodSignature, SignError> {
    match runner.run(&verifying(program, signer, file, signature)) {
        Ok(_) => Ok(match signer {
            Signer::Key(key) => GoodSignature::new(Scheme::CosignKey, *key),
            Signer::Identity { identity, issuer } => GoodSignature {
                issuer: Some((*issuer).to_owned()),
                ..GoodSignature::new(Scheme::CosignIdentity, *identity)
            },
        }),
        Err(ProcessError::Failed { output, .. }) => Err(SignError::refused(format!(
            "the Sigstore bundle `{}` is not good",
            signature.display()
        ))
        .with_detail(output.stderr_text().trim_end())),
        Err(error) => Err(error.into()),
    }
}

/// With `=`, so that no value can be taken for an option.
fn verifying(program: &Path, signer: &Signer<'_>, file: &Path, signature: &Path) -> Invocation {
    let invocation = Invocation::new(program, format!("verifying `{}`", name(signature)))
        .arg("verify-blob")
        .arg(format!("--bundle={}", signature.to_string_lossy()));
    let invocation = match signer {
        Signer::Key(key) => invocation.arg(format!("--key={key}")),
        Signer::Identity { identity, issuer } => invocation
            .arg(format!("--certificate-identity={identity}"))
            .arg(format!("--certificate-oidc-issuer={issuer}")),
    };
    invocation.arg("--").arg(file.to_string_lossy())
}

/// Whether a public key can be read; one of a key service is read when it is used.
pub(super) fn check_key(key: &str) -> Result<(), SignError> {
    let is_service = key.contains("://");
    if is_service {
        return Ok(());
    }
    let path = Path::new(key);
    let text = std::fs::read_to_string(path).map_err(FileError::on("read", path))?;
    if !text.contains("-----BEGIN PUBLIC KEY-----") {
        let message = format!("`{key}` is not a public key of cosign");
        return Err(SignError::refused(message).with_hint("give the file `cosign.pub`"));
    }
    Ok(())
}

/// Opens the key with its password: its public half is only known then.
pub(super) fn try_key(
    program: &Path,
    key: &str,
    password: Option<&SecretSource>,
    runner: &Runner,
) -> Result<(), SignError> {
    let invocation =
        Invocation::new(program, "opening the cosign key").args(["public-key", "--key", key]);
    runner.run(&with_password(invocation, password, runner)?)?;
    Ok(())
}

fn with_password(
    invocation: Invocation,
    password: Option<&SecretSource>,
    runner: &Runner,
) -> Result<Invocation, SignError> {
    let inherited =
        || std::env::var_os(PASSWORD).map(|value| Secret::new(value.into_encoded_bytes()));
    let password = match password {
        Some(password) => Some(password.read(runner)?),
        None => inherited(),
    };
    Ok(match password {
        Some(password) => invocation.secret_env(PASSWORD, password),
        None => invocation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_key_the_login_signs() {
        let line = |key| {
            signing(
                Path::new("cosign"),
                key,
                Path::new("SHA256SUMS"),
                Path::new("out"),
            )
            .to_string()
        };
        assert_eq!(line(None), "cosign sign-blob --yes --bundle out SHA256SUMS");
        assert_eq!(
            line(Some("awskms:///k")),
            "cosign sign-blob --yes --key awskms:///k --bundle out SHA256SUMS"
        );
    }

    #[test]
    fn an_identity_is_verified_together_with_its_issuer() {
        let signer = Signer::Identity {
            identity: "--key=mine",
            issuer: "https://issuer.example",
        };
        let line = verifying(
            Path::new("cosign"),
            &signer,
            Path::new("SHA256SUMS"),
            Path::new("b"),
        );
        assert_eq!(
            line.to_string(),
            "cosign verify-blob --bundle=b --certificate-identity=--key=mine \
             --certificate-oidc-issuer=https://issuer.example -- SHA256SUMS"
        );
    }
}
