//! The Authenticode digest against osslsigncode and LIEF.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::authenticode::{self, Kind};

use crate::fixture::{Certificates, Fixture, package, python, run};
use crate::support::require_tool;

fn sign(osslsigncode: &Path, certificates: &Certificates, input: &Path, more: &[&str]) -> PathBuf {
    let output = input.with_extension(format!(
        "signed{}.{}",
        more.len(),
        input.extension().unwrap().to_str().unwrap()
    ));
    run(Command::new(osslsigncode)
        .args(["sign", "-h", "sha256"])
        .args(more)
        .arg("-certs")
        .arg(certificates.file("sign.pem"))
        .arg("-key")
        .arg(certificates.file("sign.key"))
        .arg("-in")
        .arg(input)
        .arg("-out")
        .arg(&output));
    output
}

/// The digest that osslsigncode finds in the signature and computes itself.
pub fn digest_by_osslsigncode(osslsigncode: &Path, root: &Path, file: &Path) -> String {
    let report = run(Command::new(osslsigncode)
        .arg("verify")
        .arg("-CAfile")
        .arg(root)
        .arg("-in")
        .arg(file));
    let value = |name: &str| {
        let line = report
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("{report}"));
        line.trim_start_matches([' ', ':']).trim().to_lowercase()
    };
    // The words differ between PE files and packages.
    let (current, calculated) = if report.contains("Current message digest") {
        ("Current message digest", "Calculated message digest")
    } else {
        ("Current DigitalSignature", "Calculated DigitalSignature")
    };
    assert_eq!(value(current), value(calculated), "{report}");
    value(current)
}

fn ours(file: &Path, kind: Kind, is_signed: bool) -> String {
    let inspection = authenticode::inspect(file).unwrap().unwrap();
    assert_eq!(
        (inspection.kind, inspection.is_signed),
        (kind, is_signed),
        "{}",
        file.display()
    );
    inspection
        .digest
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn executables_have_the_digest_that_osslsigncode_and_lief_compute() {
    let (Some(osslsigncode), Some(fixture), Some(certificates)) = (
        require_tool("osslsigncode"),
        Fixture::get(),
        Certificates::get(),
    ) else {
        return;
    };
    let folder = fixture.scratch("authenticode-pe");
    for target in ["windows/amd64", "windows/386"] {
        let plain = folder.join(target.replace('/', "-")).with_extension("exe");
        fs::copy(fixture.build(target), &plain).unwrap();
        // A length that is no multiple of eight, as an unstripped symbol table has it.
        let odd = plain.with_extension("odd.exe");
        let mut bytes = fs::read(&plain).unwrap();
        bytes.extend_from_slice(b"odd");
        fs::write(&odd, bytes).unwrap();
        for plain in [plain, odd] {
            let signed = sign(&osslsigncode, certificates, &plain, &[]);
            let expected =
                digest_by_osslsigncode(&osslsigncode, &certificates.file("root.pem"), &signed);
            assert_eq!(ours(&plain, Kind::Pe, false), expected);
            assert_eq!(ours(&signed, Kind::Pe, true), expected);
            lief_agrees(&signed, &expected);
        }
    }
}

fn lief_agrees(signed: &Path, expected: &str) {
    const DIGESTS: &str = "\
import lief, sys
file = lief.PE.parse(sys.argv[1])
print(file.signatures[0].content_info.digest.hex())
print(file.authentihash(lief.PE.ALGORITHMS.SHA_256).hex())
";
    let Some(python) = python() else { return };
    let digests = run(Command::new(python).args(["-c", DIGESTS]).arg(signed));
    assert_eq!(digests, format!("{expected}\n{expected}\n"));
}

#[test]
fn packages_have_the_digest_that_osslsigncode_computes() {
    let (Some(osslsigncode), Some(certificates)) =
        (require_tool("osslsigncode"), Certificates::get())
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let Some(plain) = package(folder.path()) else {
        return;
    };
    for more in [&[][..], &["-add-msi-dse"]] {
        let signed = sign(&osslsigncode, certificates, &plain, more);
        let expected =
            digest_by_osslsigncode(&osslsigncode, &certificates.file("root.pem"), &signed);
        assert_eq!(ours(&signed, Kind::Msi, true), expected, "{more:?}");
        if more.is_empty() {
            assert_eq!(ours(&plain, Kind::Msi, false), expected);
        }
    }
}

#[test]
fn scripts_have_the_digest_that_osslsigncode_computes() {
    let (Some(osslsigncode), Some(certificates)) =
        (require_tool("osslsigncode"), Certificates::get())
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let scripts: [(&str, Vec<u8>); 5] = [
        ("plain.ps1", b"Write-Output 1\r\n".to_vec()),
        ("unended.psm1", b"Write-Output 1".to_vec()),
        (
            "marked.ps1",
            "\u{feff}Write-Output 'Gr\u{fc}\u{df}e \u{1f600}'\n".into(),
        ),
        ("unmarked.psd1", "@{ Author = '\u{8ba2}\u{5355}' }\n".into()),
        (
            "wide.ps1",
            utf16("\u{feff}Write-Output 'Gr\u{fc}\u{df}e'\r\n"),
        ),
    ];
    for (name, bytes) in scripts {
        let plain = folder.path().join(name);
        fs::write(&plain, bytes).unwrap();
        let signed = sign(&osslsigncode, certificates, &plain, &[]);
        let expected =
            digest_by_osslsigncode(&osslsigncode, &certificates.file("root.pem"), &signed);
        assert_eq!(ours(&plain, Kind::Script, false), expected, "{name}");
        assert_eq!(ours(&signed, Kind::Script, true), expected, "{name}");
    }
}
