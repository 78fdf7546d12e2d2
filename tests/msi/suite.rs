//! The packages that Microsoft's evaluators are run on by hand (docs/msi.md): the plain one, and the one with
//! every option, for each architecture and in Chinese. They stay in the build folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::language::Language;
use gorelease::package::msi::{Architecture, Package};

use crate::fixture::{build, full_package, package};
use crate::support::python::python;

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
    let packages = suite(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("msi"));
    let Some(python) = python("msi", &["python-msi"]) else {
        return;
    };
    let script = "import pathlib, sys, pymsi\n\
        for path in sys.argv[1:]:\n\
        \x20   tables = pymsi.Package(pathlib.Path(path)).tables\n\
        \x20   assert 'ServiceInstall' in [str(table) for table in tables], list(tables)\n";
    let output = Command::new(python)
        .args(["-c", script])
        .args(&packages)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
