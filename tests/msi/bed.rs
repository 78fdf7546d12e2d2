//! A Wine in which packages of a small service are installed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gorelease::package::msi::Package;

use crate::fixture::{build, package};
use crate::support::wine::{State, Wine};
use crate::support::{http, poll, require_tool, root};

pub const SERVICE: &str = "OrdersApi";
pub const KEY: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\OrdersApi";
pub const PARAMETERS: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\OrdersApi\Parameters";
/// Where the product remembers its settings, by the upgrade code of the fixture.
pub const PRODUCT: &str = r"HKLM\SOFTWARE\gorelease\8F14E45F-CEEA-467F-A830-C9A1F0E3A111";
pub const WINDOWS: &str = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with packages, and a Wine to install them.
pub struct Bed {
    pub wine: Wine,
    folder: tempfile::TempDir,
    compiler: PathBuf,
}

impl Bed {
    pub fn new(test: &str) -> Option<Self> {
        let compiler = require_tool("x86_64-w64-mingw32-gcc")?;
        let wine = Wine::new(test)?;
        // Wine says that it is Windows 7.
        wine.set_registry_value(WINDOWS, "CurrentBuildNumber", "REG_SZ", "17763");
        Some(Self {
            wine,
            folder: tempfile::tempdir().unwrap(),
            compiler,
        })
    }

    /// A package whose executable is the test service; its Windows path.
    pub fn package(&self, version: &str) -> String {
        self.changed(version, |_| {})
    }

    pub fn changed(&self, version: &str, change: impl FnOnce(&mut Package)) -> String {
        let mut package = package(self.folder.path(), version);
        self.compile(&package.files[0].source, version);
        change(&mut package);
        let path = self.folder.path().join(format!("orders-{version}.msi"));
        build(&package, &path);
        self.wine.windows_path(&path)
    }

    pub fn compile(&self, path: &Path, version: &str) {
        let output = Command::new(&self.compiler)
            .args(["-O1", "-s", "-Wall", "-Werror", "-o"])
            .arg(path)
            .arg(format!("-DVERSION=\"{version}\""))
            .arg(root().join("tests/msi/service.c"))
            .arg("-lws2_32")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[track_caller]
    pub fn install(&self, msi: &str, properties: &[&str]) {
        let (code, log) = self.wine.msiexec(&[&["/i", msi], properties].concat());
        assert_eq!(code, 0, "{log}");
    }

    /// An installation that a launch condition refuses.
    #[track_caller]
    pub fn refused(&self, msi: &str, properties: &[&str]) {
        let (code, log) = self.wine.msiexec(&[&["/i", msi], properties].concat());
        assert_ne!(code, 0, "{log}");
        assert!(log.contains("LaunchConditions. Return value 0"), "{log}");
    }

    #[track_caller]
    pub fn uninstall(&self, msi: &str) {
        let (code, log) = self.wine.msiexec(&["/x", msi]);
        assert_eq!(code, 0, "{log}");
    }

    #[track_caller]
    pub fn answers(&self, port: u16, text: &str) {
        self.wine.wait_for(SERVICE, State::Running, PATIENCE);
        let answer = poll::until("the service's answer", PATIENCE, || http::get(port, "/"));
        assert!(answer.1.ends_with(&format!("{text}\n")), "{answer:?}");
    }

    pub fn value(&self, key: &str, name: &str) -> Option<String> {
        self.wine.registry_value(key, name).map(|(_, text)| text)
    }
}
