//! cosign of Sigstore (<https://docs.sigstore.dev/cosign/signing/signing_with_blobs/>).

use std::path::Path;

use super::name;
use crate::process::{Invocation, ProcessError, Runner};
use crate::trust::sign::{SecretSource, SignError};

pub(super) fn sign(
    program: &Path,
    key: Option<&str>,
    password: Option<&SecretSource>,
    file: &Path,
    output: &Path,
    runner: &Runner,
) -> Result<(), SignError> {
    let mut invocation = signing(program, key, file, output);
    if let Some(password) = password {
        invocation = invocation.secret_env("COSIGN_PASSWORD", password.read(runner)?);
    }
    runner.run(&invocation)?;
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

pub(super) fn verify(
    program: &Path,
    key: &str,
    file: &Path,
    signature: &Path,
    runner: &Runner,
) -> Result<String, SignError> {
    let invocation = Invocation::new(program, format!("verifying `{}`", name(signature)))
        .args([
            "verify-blob",
            "--key",
            key,
            "--bundle",
            &signature.to_string_lossy(),
        ])
        .arg(file.to_string_lossy());
    match runner.run(&invocation) {
        Ok(_) => Ok(format!("cosign, {key}")),
        Err(ProcessError::Failed { output, .. }) => Err(SignError::refused(format!(
            "the Sigstore bundle `{}` is not good",
            signature.display()
        ))
        .with_detail(output.stderr_text().trim_end())),
        Err(error) => Err(error.into()),
    }
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
}
