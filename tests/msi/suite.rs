//! The packages that Microsoft's evaluators are run on by hand (docs/msi.md): the plain one, and the one with
//! every option, for each architecture and in Chinese. They stay in the build folder. Every other reader reads all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use gorelease::format::language::Language;
use gorelease::package::msi::{Architecture, Package};

use crate::fixture::{build, full_package, package};
use crate::readers::run;
use crate::support::python::python;
use crate::support::require_tool;

/// The packages, written once.
static SUITE: LazyLock<Vec<PathBuf>> =
    LazyLock::new(|| suite(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("msi")));

/// Writes the packages and gives their paths.
fn suite(folder: &Path) -> Vec<PathBuf> {
    let sources = tempfile::tempdir().unwrap();
    let mut packages: Vec<(&str, Package)> = vec![("plain-x64", package(sources.path(), "1.4.2"))];
    let architectures = [
        ("full-x64", Architecture::X64),
        ("full-arm64", Architecture::Arm64),
        ("full-x86", Architecture::X86),
    ];
    for (name, architecture) in architectures {
        let mut package = full_package(sources.path(), "1.4.2-rc.1");
        package.product.architecture = architecture;
        packages.push((name, package));
    }
    let mut chinese = full_package(sources.path(), "1.4.2");
    chinese.product.language = Language::from_tag("zh-CN").unwrap();
    chinese.product.title = "康托索订单".to_owned();
    chinese.services[0].description = "接收订单".to_owned();
    packages.push(("full-zh-CN", chinese));
    fs::create_dir_all(folder).unwrap();
    let write = |(name, package): (&str, Package)| {
        let path = folder.join(format!("{name}.msi"));
        build(&package, &path);
        path
    };
    packages.into_iter().map(write).collect()
}

#[test]
fn pymsi_reads_the_whole_suite() {
    let Some(python) = python("msi", &["python-msi"]) else {
        return;
    };
    let script = "import pathlib, sys, pymsi\n\
        for path in sys.argv[1:]:\n\
        \x20   tables = pymsi.Package(pathlib.Path(path)).tables\n\
        \x20   assert 'ServiceInstall' in [str(table) for table in tables], list(tables)\n";
    let output = Command::new(python)
        .args(["-c", script])
        .args(&*SUITE)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn msitools_and_cabextract_read_the_whole_suite() {
    let (Some(msiinfo), Some(msiextract), Some(cabextract)) = (
        require_tool("msiinfo"),
        require_tool("msiextract"),
        require_tool("cabextract"),
    ) else {
        return;
    };
    for package in &*SUITE {
        let path = package.to_str().unwrap();
        let tables = run(&msiinfo, &["tables", path]);
        // What it lists besides is not stored as a table.
        let stored = |table: &&str| *table != "_SummaryInformation" && *table != "_ForceCodepage";
        let folder = tempfile::tempdir().unwrap();
        for table in tables.lines().filter(stored) {
            // It lays streams down where it stands.
            let output = Command::new(&msiinfo)
                .args(["export", path, table])
                .current_dir(&folder)
                .output()
                .unwrap();
            assert!(
                output.status.success() && !output.stdout.is_empty(),
                "{table}"
            );
        }
        let listed = run(&msiextract, &["--list", path]);
        assert!(listed.contains("orders-api.exe"), "{listed}");

        let cabinet = folder.path().join("product.cab");
        let output = Command::new(&msiinfo)
            .args(["extract", path, "product.cab"])
            .output()
            .unwrap();
        fs::write(&cabinet, output.stdout).unwrap();
        let tested = run(&cabextract, &["--test", cabinet.to_str().unwrap()]);
        assert!(tested.contains("All done, no errors."), "{tested}");
    }
}

#[test]
fn osslsigncode_signs_and_verifies_the_whole_suite() {
    let (Some(osslsigncode), Some(openssl)) =
        (require_tool("osslsigncode"), require_tool("openssl"))
    else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, certificate) = (path("key"), path("cert"));
    let subject = [
        "-subj", "/CN=Test", "-days", "2", "-nodes", "-newkey", "rsa:2048",
    ];
    let files = ["req", "-x509", "-keyout", &key, "-out", &certificate];
    let usage = ["-addext", "extendedKeyUsage=codeSigning"];
    run(&openssl, &[&files[..], &subject, &usage].concat());
    for package in &*SUITE {
        let signed = path(package.file_name().unwrap().to_str().unwrap());
        let (package, keys) = (
            package.to_str().unwrap(),
            ["-certs", &certificate, "-key", &key],
        );
        let files = ["-in", package, "-out", &signed];
        run(&osslsigncode, &[&["sign"], &keys[..], &files].concat());
        let verified = run(
            &osslsigncode,
            &["verify", "-CAfile", &certificate, "-in", &signed],
        );
        assert!(
            verified.contains("Signature verification: ok"),
            "{package}: {verified}"
        );
    }
}
