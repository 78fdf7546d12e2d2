//! What the trust tests share: external tools and a small Go module, built for several targets once a run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::support::{self, require_tool};

/// Runs a command to its end and gives its standard output; panics with everything it said when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?} failed:\n{stdout}\n{stderr}"
    );
    stdout
}

const GO_MOD: &str = "module example.com/orders\n\ngo 1.24\n\n\
    require (\n\texample.com/helper v1.0.0\n\tgolang.org/x/mod v0.20.0\n)\n\n\
    replace example.com/helper v1.0.0 => ./helper\n";
const GO_SUM: &str = "golang.org/x/mod v0.20.0 h1:utOm6MM3R3dnawAiJgn0y+xvuYRsm1RKM/4giyfDgV0=\n\
    golang.org/x/mod v0.20.0/go.mod h1:hTbmBsO62+eylJbnUtE2MGJUyE7QWk4xUqPFrRgJ+7c=\n";
const MAIN: &str = "package main\n\nimport (\n\t\"example.com/helper\"\n\t\"golang.org/x/mod/semver\"\n)\n\n\
    var version = \"none\"\n\nfunc main() { println(helper.Name, version, semver.Canonical(\"v1.2\")) }\n";

/// A committed Go module with a dependency from the proxy and one replaced by a folder, and its executables.
pub struct Fixture {
    folder: TempDir,
    go: PathBuf,
}

impl Fixture {
    /// The module, written once a run; `None` (with a word why) without go or git.
    pub fn get() -> Option<&'static Self> {
        static FIXTURE: OnceLock<Option<Fixture>> = OnceLock::new();
        FIXTURE.get_or_init(Self::create).as_ref()
    }

    fn create() -> Option<Self> {
        let (go, git) = (require_tool("go")?, require_tool("git")?);
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join("orders").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("go.mod", GO_MOD);
        write("go.sum", GO_SUM);
        write("main.go", MAIN);
        write(
            "LICENSE",
            "Copyright 2026 the authors of orders. All rights reserved.\n",
        );
        write("helper/go.mod", "module example.com/helper\n\ngo 1.24\n");
        write(
            "helper/helper.go",
            "package helper\n\nconst Name = \"helper\"\n",
        );
        let git = |arguments: &[&str]| {
            run(Command::new(&git)
                .args([
                    "-c",
                    "user.name=A",
                    "-c",
                    "user.email=a@example.com",
                    "-c",
                    "init.defaultBranch=main",
                ])
                .args(arguments)
                .current_dir(folder.path().join("orders"))
                .env("GIT_AUTHOR_DATE", "2026-03-04T05:06:07Z")
                .env("GIT_COMMITTER_DATE", "2026-03-04T05:06:07Z"))
        };
        git(&["init", "-q"]);
        git(&["add", "."]);
        git(&["commit", "-q", "-m", "first"]);
        git(&["tag", "v1.4.2"]);
        Some(Self { folder, go })
    }

    /// The module's folder.
    pub fn module(&self) -> PathBuf {
        self.folder.path().join("orders")
    }

    /// A `go` command in the module's folder.
    pub fn go(&self) -> Command {
        let mut command = Command::new(&self.go);
        command
            .current_dir(self.module())
            .env("GOFLAGS", "")
            .env("GOTOOLCHAIN", "local")
            .env("CGO_ENABLED", "0");
        command
    }

    /// Builds for a target such as `windows/amd64`; a second call for the same target gives the same file.
    pub fn build(&self, target: &str) -> PathBuf {
        let (os, arch) = target.split_once('/').unwrap();
        let extension = if os == "windows" { ".exe" } else { "" };
        let output = self
            .folder
            .path()
            .join(format!("out/orders-{os}-{arch}{extension}"));
        static BUILDING: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = BUILDING.lock().unwrap();
        if !output.exists() {
            run(self
                .go()
                .args([
                    "build",
                    "-buildvcs=true",
                    "-ldflags",
                    "-X \"main.version=1.4.2 é\"",
                    "-o",
                ])
                .args([output.as_os_str(), OsStr::new(".")])
                .env("GOOS", os)
                .env("GOARCH", arch));
        }
        output
    }

    /// A folder for one test's own files.
    pub fn scratch(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}

/// Joins thin Mach-O files to a universal one (`fat_header` and `fat_arch` of `<mach-o/fat.h>`, big-endian).
pub fn universal(parts: &[&Path], output: &Path) {
    const ALIGN: usize = 14;
    let parts: Vec<Vec<u8>> = parts
        .iter()
        .map(|part| std::fs::read(part).unwrap())
        .collect();
    let mut words = vec![0xcafe_babe, parts.len() as u32];
    let mut offset = 1 << ALIGN;
    for part in &parts {
        let cpu = |at: usize| u32::from_le_bytes(part[at..at + 4].try_into().unwrap());
        words.extend([
            cpu(4),
            cpu(8),
            offset as u32,
            part.len() as u32,
            ALIGN as u32,
        ]);
        offset = (offset + part.len()).next_multiple_of(1 << ALIGN);
    }
    let mut file: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    for part in &parts {
        file.resize(file.len().next_multiple_of(1 << ALIGN), 0);
        file.extend_from_slice(part);
    }
    std::fs::write(output, file).unwrap();
}

/// Python with the validators that these tests use.
pub fn python() -> Option<&'static Path> {
    const PACKAGES: [&str; 5] = [
        "in-toto-attestation",
        "cyclonedx-python-lib[json-validation]",
        "spdx-tools",
        "lief",
        "py-minisign",
    ];
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let python = || support::python::python("trust", &PACKAGES);
    PYTHON.get_or_init(python).as_deref()
}

/// A root certificate, a code signing certificate below it and a time-stamping one, made once a run with openssl.
pub struct Certificates {
    folder: TempDir,
}

/// The password of [`Certificates::pkcs12`].
pub const PASSWORD: &str = "hush-hush-4711";

impl Certificates {
    /// The certificates; `None` (with a word why) without openssl.
    pub fn get() -> Option<&'static Self> {
        static CERTIFICATES: OnceLock<Option<Certificates>> = OnceLock::new();
        CERTIFICATES.get_or_init(Self::create).as_ref()
    }

    fn create() -> Option<Self> {
        let openssl = require_tool("openssl")?;
        let folder = tempfile::tempdir().unwrap();
        let run_in = |line: &str| {
            let arguments = line.split_whitespace().map(|word| word.replace('+', " "));
            run(Command::new(&openssl)
                .args(arguments)
                .current_dir(folder.path()))
        };
        std::fs::write(
            folder.path().join("sign.ext"),
            "keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n",
        )
        .unwrap();
        let stamping = "keyUsage=digitalSignature\nextendedKeyUsage=critical,timeStamping\n";
        std::fs::write(folder.path().join("stamp.ext"), stamping).unwrap();
        run_in(
            "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -days 3000 -subj /CN=Test+Root \
             -addext keyUsage=keyCertSign,cRLSign",
        );
        for (name, subject) in [("sign", "Contoso+Ltd"), ("stamp", "Test+Time")] {
            run_in(&format!(
                "req -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.csr -subj /CN={subject}"
            ));
            run_in(&format!(
                "x509 -req -in {name}.csr -CA root.pem -CAkey root.key -CAcreateserial -out {name}.pem -days 2000 \
                 -extfile {name}.ext"
            ));
        }
        run_in(&format!(
            "pkcs12 -export -in sign.pem -inkey sign.key -out sign.pfx -passout pass:{PASSWORD}"
        ));
        Some(Self { folder })
    }

    /// A file: `root.pem`, `sign.pem`, `sign.key`, `stamp.pem`, `stamp.key`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Certificate and key of the signer, protected by [`PASSWORD`].
    pub fn pkcs12(&self) -> PathBuf {
        self.file("sign.pfx")
    }
}

/// A small MSI package, written by wixl.
pub fn package(folder: &Path) -> Option<PathBuf> {
    package_of(folder, "hello.txt", b"hello")
}

/// A package of one file.
pub fn package_of(folder: &Path, name: &str, bytes: &[u8]) -> Option<PathBuf> {
    let wixl = require_tool("wixl")?;
    let source = folder.join("orders.wxs");
    let output = folder.join("orders.msi");
    std::fs::write(folder.join(name), bytes).unwrap();
    std::fs::write(
        &source,
        r#"<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="Orders" Language="1033" Version="1.4.2" Manufacturer="Contoso" UpgradeCode="4f0e5a3c-58a0-4b4e-9d5e-0f6f0c2b7a11">
    <Package InstallerVersion="500" Compressed="yes"/>
    <Media Id="1" Cabinet="a.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder"><Directory Id="INSTALLDIR" Name="Orders">
      <Component Id="Hello" Guid="4f0e5a3c-58a0-4b4e-9d5e-0f6f0c2b7a12"><File Id="hello" Source="hello.txt"/></Component>
    </Directory></Directory></Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="Hello"/></Feature>
  </Product>
</Wix>"#
            .replace("hello.txt", name),
    )
    .unwrap();
    run(Command::new(wixl)
        .arg("-o")
        .arg(&output)
        .arg(&source)
        .current_dir(folder));
    Some(output)
}
