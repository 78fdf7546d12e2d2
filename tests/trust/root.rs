//! With a root, everything that Windows could execute is signed by whoever counts, wherever it lies and whatever it is called.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::archive::Source;
use gorelease::process::ToolFinder;
use gorelease::trust::sign::authenticode::Trust;
use gorelease::verify::{Options, verify_subject};

use crate::fixture::{Certificates, run};
use crate::support::require_tool;
use crate::tiny::{blob, pack, pe, source, write_sums};

fn options(certificates: &Certificates, publishers: &[&str]) -> Options {
    Options {
        trust: Trust {
            root: Some(certificates.file("root.pem")),
            timestamp_root: None,
        },
        publishers: publishers
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
        finder: ToolFinder::from_env(),
        ..Options::default()
    }
}

fn sign(certificate: &Path, key: &Path, from: &Path, to: &Path) {
    run(Command::new("osslsigncode")
        .args(["sign", "-h", "sha256", "-certs"])
        .arg(certificate)
        .arg("-key")
        .arg(key)
        .arg("-in")
        .arg(from)
        .arg("-out")
        .arg(to));
}

/// Another publisher with a certificate of the same root.
fn other_publisher(certificates: &Certificates, folder: &Path) -> (PathBuf, PathBuf) {
    let openssl = |line: String| {
        run(Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(folder))
    };
    fs::write(folder.join("x.ext"), "extendedKeyUsage=codeSigning\n").unwrap();
    openssl("req -newkey rsa:2048 -nodes -keyout x.key -out x.csr -subj /CN=Mallory".to_owned());
    let file = |name: &str| certificates.file(name).display().to_string();
    openssl(format!(
        "x509 -req -in x.csr -CA {} -CAkey {} -set_serial 77 -out x.pem -days 2000 -extfile x.ext",
        file("root.pem"),
        file("root.key")
    ));
    (folder.join("x.pem"), folder.join("x.key"))
}

fn findings(folder: &Path, options: &Options) -> Vec<String> {
    write_sums(folder);
    let verification = verify_subject(folder, options).unwrap();
    let findings = verification.findings.iter();
    findings
        .map(|finding| format!("{}: {}", finding.file, finding.message))
        .collect()
}

#[test]
fn nothing_unsigned_that_windows_could_run_passes_with_a_root() {
    let (Some(_), Some(certificates)) = (require_tool("osslsigncode"), Certificates::get()) else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let folder = at("handed over");
    fs::create_dir(&folder).unwrap();
    fs::write(at("plain.exe"), pe(&blob("windows"))).unwrap();
    let (certificate, key) = (certificates.file("sign.pem"), certificates.file("sign.key"));
    sign(&certificate, &key, &at("plain.exe"), &at("signed.exe"));
    let (signed, plain) = (source(&at("signed.exe")), source(&at("plain.exe")));
    let text = |text: &str| Source::Bytes(text.as_bytes().to_vec());

    fs::copy(at("signed.exe"), folder.join("orders.exe")).unwrap();
    pack(
        &folder.join("good.zip"),
        &[
            ("orders.exe", 0o755, signed.clone()),
            ("README.md", 0o644, text("x")),
        ],
    );
    let publisher = options(certificates, &["Contoso Ltd"]);
    assert_eq!(findings(&folder, &publisher), Vec::<String>::new());
    let single = verify_subject(&folder.join("good.zip"), &publisher).unwrap();
    assert!(single.findings.is_empty());
    let told = single.told().join("\n");
    assert!(
        told.contains("signed by CN=Contoso Ltd, SHA-256 "),
        "{told}"
    );

    // A second publisher of the same root, among all and when one is pinned.
    let (certificate, key) = other_publisher(certificates, scratch.path());
    sign(
        &certificate,
        &key,
        &at("plain.exe"),
        &folder.join("mallory.exe"),
    );
    assert_eq!(
        findings(&folder, &options(certificates, &[])),
        Vec::<String>::new()
    );
    let said = findings(&folder, &publisher);
    assert!(
        said.len() == 1 && said[0].contains("mallory.exe: is signed by `CN=Mallory`"),
        "{said:?}"
    );
    fs::remove_file(folder.join("mallory.exe")).unwrap();

    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/msi/small.msi");
    pack(&at("inner.zip"), &[("evil.exe", 0o755, plain.clone())]);
    let inner = source(&at("inner.zip"));
    fs::copy(&package, folder.join("small.msi")).unwrap();
    fs::copy(&package, folder.join("package.bin")).unwrap();
    fs::copy(at("plain.exe"), folder.join("report.json")).unwrap();
    for name in [
        "evil.dll",
        "evil.ps1",
        "EVIL.PSM1",
        "evil.sys",
        "evil.cat",
        "evil.cmd",
        "evil.vbs",
        "evil.js",
        "evil.7z",
    ] {
        fs::write(folder.join(name), "7z\u{bc}").unwrap();
    }
    fs::write(folder.join("evil.7z"), b"7z\xbc\xaf\x27\x1c").unwrap();
    pack(
        &folder.join("a.zip"),
        &[
            ("x/evil.exe", 0o755, plain.clone()),
            ("x/evil.ps1", 0o644, text("exit")),
        ],
    );
    pack(
        &folder.join("b.tar.gz"),
        &[
            ("evil.dat", 0o644, plain.clone()),
            ("evil.psd1", 0o644, text("@{}")),
        ],
    );
    pack(&folder.join("c.tar.zst"), &[("nested.dat", 0o644, inner)]);
    // What runs after the block that the signature stands in.
    let mut bytes = fs::read(at("signed.exe")).unwrap();
    let end = bytes.len() - 1;
    bytes[end] = 7;
    fs::write(folder.join("padded.exe"), bytes).unwrap();
    let said = findings(&folder, &publisher);
    for name in [
        "small.msi",
        "package.bin",
        "report.json",
        "evil.dll",
        "evil.ps1",
        "EVIL.PSM1",
        "evil.sys",
        "evil.cat",
        "evil.cmd",
        "evil.vbs",
        "evil.js",
        "evil.7z",
        "a.zip: x/evil.exe",
        "a.zip: x/evil.ps1",
        "b.tar.gz: evil.dat",
        "b.tar.gz: evil.psd1",
        "c.tar.zst: nested.dat: evil.exe",
        "padded.exe",
    ] {
        assert!(
            said.iter()
                .any(|said| said.starts_with(&format!("{name}: "))),
            "{name}: {said:#?}"
        );
    }
    let single = verify_subject(&folder.join("a.zip"), &publisher).unwrap();
    assert_eq!(single.findings.len(), 2, "{:?}", single.findings);
}

/// Files inside a package are signed as well as the package.
#[test]
fn a_signed_package_with_an_unsigned_program_does_not_pass() {
    let (Some(_), Some(_), Some(certificates)) = (
        require_tool("osslsigncode"),
        require_tool("wixl"),
        Certificates::get(),
    ) else {
        return;
    };
    let scratch = tempfile::tempdir().unwrap();
    let Some(package) =
        crate::fixture::package_of(scratch.path(), "evil.exe", &pe(&blob("windows")))
    else {
        return;
    };
    let folder = scratch.path().join("handed over");
    fs::create_dir(&folder).unwrap();
    let (certificate, key) = (certificates.file("sign.pem"), certificates.file("sign.key"));
    sign(&certificate, &key, &package, &folder.join("orders.msi"));
    let said = findings(&folder, &options(certificates, &[]));
    assert!(
        said.len() == 1
            && said[0].starts_with("orders.msi: evil.exe: has no Authenticode signature"),
        "{said:?}"
    );
}
