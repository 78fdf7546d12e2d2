//! Resources in executables of the go tool: read by pefile, LIEF, the go tool and Wine, signed by osslsigncode.

use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::icon::{Icon, SIZES};
use gorelease::format::output::Digests;
use gorelease::format::pe::manifest::ApplicationManifest;
use gorelease::format::pe::version::{Maturity, Strings, VersionInfo};
use gorelease::format::pe::{PeError, Resources, add_resources, kind, read_resources};
use serde_json::Value;
use tempfile::TempDir;

use crate::executable::go_program;
use crate::support::wine::Wine;
use crate::support::{python, require_tool};
use crate::tools::run;

pub fn version_info() -> VersionInfo {
    let strings = |language, description: &str| Strings {
        language,
        entries: vec![
            ("CompanyName".into(), "Contoso Ltd".into()),
            ("FileDescription".into(), description.into()),
            ("FileVersion".into(), "1.4.2.40002".into()),
            ("ProductVersion".into(), "1.4.2-rc.1".into()),
        ],
    };
    VersionInfo {
        file_version: [1, 4, 2, 40002],
        product_version: [1, 4, 2, 40002],
        maturity: Maturity::Prerelease,
        strings: vec![strings(0x0409, "Orders API"), strings(0x0804, "订单接口")],
    }
}

/// A square picture with a transparent corner.
pub fn picture(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("a header");
    let pixel = |at: u32| {
        if at % side + at / side < side / 2 {
            [0; 4]
        } else {
            [200, at as u8, 30, 255]
        }
    };
    writer
        .write_image_data(&(0..side * side).flat_map(pixel).collect::<Vec<_>>())
        .expect("pixels");
    writer.finish().expect("an end");
    file
}

pub fn resources() -> Resources {
    let mut resources = Resources::default();
    version_info().add_to(&mut resources).expect("short texts");
    ApplicationManifest::default().add_to(&mut resources);
    Icon::decode(&picture(256))
        .expect("an icon")
        .add_to(&mut resources);
    resources
}

/// `input` with [`resources`] in it.
pub fn patched(input: &Path, folder: &TempDir) -> PathBuf {
    let output = folder
        .path()
        .join(input.file_name().expect("a name"))
        .with_extension("patched.exe");
    add_resources(input, resources(), &output, Digests::Sha256).expect("patched");
    output
}

/// What pefile and LIEF see.
pub fn seen(path: &Path) -> Option<Value> {
    let python = python::with_executable_readers()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/pe.py");
    Some(serde_json::from_str(&run(Command::new(python).arg(script).arg(path))).expect("JSON"))
}

/// pefile and LIEF agree that the file is sound and has our resources.
pub fn assert_sound(path: &Path) {
    let Some(seen) = seen(path) else { return };
    let (pefile, lief) = (&seen["pefile"], &seen["lief"]);
    assert_eq!(pefile["warnings"], serde_json::json!([]), "{seen:#}");
    assert_eq!(
        (&pefile["checksum"], &lief["checksum"]),
        (&true.into(), &true.into()),
        "{seen:#}"
    );
    assert_eq!(lief["layout"], true, "{seen:#}");
    assert_eq!(
        pefile["fixed"],
        serde_json::json!(["1.4.2.40002", "1.4.2.40002"]),
        "{seen:#}"
    );
    assert_eq!(pefile["tables"][0]["language"], "040904B0", "{seen:#}");
    assert_eq!(
        pefile["tables"][0]["strings"]["ProductVersion"], "1.4.2-rc.1",
        "{seen:#}"
    );
    let icons: Vec<_> = lief["icons"]
        .as_array()
        .expect("icons")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(icons, SIZES.map(u64::from), "{seen:#}");
    assert_eq!(
        lief["manifest"],
        ApplicationManifest::default().to_xml(),
        "{seen:#}"
    );
    let descriptions = lief["descriptions"].as_array().expect("descriptions");
    assert!(descriptions.contains(&"订单接口".into()), "{seen:#}");
}

#[test]
fn python_readers_find_it_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    for goarch in ["386", "amd64", "arm64"] {
        let Some(plain) = go_program("windows", goarch) else {
            return;
        };
        assert_sound(&patched(&plain, &folder));
    }
}

#[test]
fn build_information_and_symbols_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(go) = require_tool("go") else { return };
    for goarch in ["386", "amd64", "arm64"] {
        let Some(plain) = go_program("windows", goarch) else {
            return;
        };
        let patched = patched(&plain, &folder);
        for arguments in [&["version", "-m"][..], &["tool", "nm", "-sort", "address"]] {
            let said = |path: &Path| {
                let said = run(Command::new(&go).args(arguments).arg(path));
                said.replace(&path.display().to_string(), "FILE")
            };
            assert!(
                said(&plain) == said(&patched),
                "go {arguments:?} for {goarch}"
            );
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_also_a_second_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(plain) = go_program("windows", "amd64") else {
        return;
    };
    let once = patched(&plain, &folder);
    let again = folder.path().join("again.exe");
    let written = add_resources(&plain, resources(), &again, Digests::Sha256).expect("patched");
    assert_eq!(written.size, std::fs::metadata(&once).expect("there").len());
    assert!(std::fs::read(&once).expect("read") == std::fs::read(&again).expect("read"));
    // In place of its own section.
    add_resources(&once, resources(), &again, Digests::Sha256).expect("patched");
    assert!(std::fs::read(&once).expect("read") == std::fs::read(&again).expect("read"));
    assert_eq!(read_resources(&once).expect("read"), resources());
    // A smaller set in a larger one's place.
    let mut version = Resources::default();
    version_info().add_to(&mut version).expect("short texts");
    add_resources(&once, version, &again, Digests::Sha256).expect("patched");
    assert!(
        read_resources(&again)
            .expect("read")
            .has_kind(&kind::GROUP_ICON)
    );
    assert_sound(&again);
}

#[test]
fn osslsigncode_signs_it_and_finds_the_digest_right() {
    let (Some(osslsigncode), Some(openssl)) =
        (require_tool("osslsigncode"), require_tool("openssl"))
    else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    run(Command::new(openssl)
        .args([
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test",
        ])
        .args(["-addext", "extendedKeyUsage=codeSigning", "-keyout"])
        .arg(file("key.pem"))
        .arg("-out")
        .arg(file("cert.pem")));
    for goarch in ["386", "amd64", "arm64"] {
        let Some(plain) = go_program("windows", goarch) else {
            return;
        };
        let patched = patched(&plain, &folder);
        let signed = file(&format!("signed-{goarch}.exe"));
        let mut sign = Command::new(&osslsigncode);
        sign.args(["sign", "-h", "sha256", "-certs"])
            .arg(file("cert.pem"))
            .arg("-key")
            .arg(file("key.pem"));
        run(sign.arg("-in").arg(&patched).arg("-out").arg(&signed));
        let said = run(Command::new(&osslsigncode)
            .args(["verify", "-CAfile"])
            .arg(file("cert.pem"))
            .arg("-in")
            .arg(&signed));
        assert!(said.contains("Signature verification: ok"), "{said}");
        let refused = add_resources(&signed, resources(), &file("no.exe"), Digests::Sha256);
        assert!(matches!(refused, Err(PeError::Signed(_))), "{refused:?}");
        assert!(!file("no.exe").exists());
    }
}

#[test]
fn refuses_what_it_must_not_change() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(plain) = go_program("windows", "amd64") else {
        return;
    };
    let (input, output) = (folder.path().join("in.exe"), folder.path().join("out.exe"));
    let refuse = |content: &[u8]| {
        std::fs::write(&input, content).expect("written");
        let error =
            add_resources(&input, resources(), &output, Digests::Sha256).expect_err("refused");
        assert!(
            !output.exists() && error.to_string().contains("in.exe"),
            "{error}"
        );
        error
    };
    let good = std::fs::read(&plain).expect("read");
    let appended = refuse(&[&good[..], &[1; 600]].concat());
    assert!(
        matches!(appended, PeError::Appended { size: 600, .. }),
        "{appended:?}"
    );
    let cut = refuse(&good[..good.len() / 2]);
    assert!(matches!(cut, PeError::Damaged { .. }), "{cut:?}");
    for other in [&b"MZ"[..], b"#!/bin/sh\n", &[0; 512], b""] {
        let other = refuse(other);
        assert!(matches!(other, PeError::NotPe(_)), "{other:?}");
    }
}

const ASK: &str = r#"package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

var api = syscall.NewLazyDLL("version.dll")

func query(block []byte, name string) (uintptr, uint32) {
	var at uintptr
	var size uint32
	text, _ := syscall.UTF16PtrFromString(name)
	api.NewProc("VerQueryValueW").Call(uintptr(unsafe.Pointer(&block[0])), uintptr(unsafe.Pointer(text)),
		uintptr(unsafe.Pointer(&at)), uintptr(unsafe.Pointer(&size)))
	return at, size
}

func main() {
	own, _ := os.Executable()
	path, _ := syscall.UTF16PtrFromString(own)
	size, _, err := api.NewProc("GetFileVersionInfoSizeW").Call(uintptr(unsafe.Pointer(path)), 0)
	if size == 0 {
		fmt.Println("no version:", err)
		os.Exit(3)
	}
	block := make([]byte, size)
	api.NewProc("GetFileVersionInfoW").Call(uintptr(unsafe.Pointer(path)), 0, size, uintptr(unsafe.Pointer(&block[0])))
	at, _ := query(block, `\`)
	fixed := (*[13]uint32)(unsafe.Pointer(at))
	fmt.Printf("%d.%d.%d.%d flags %d\n", fixed[2]>>16, fixed[2]&0xffff, fixed[3]>>16, fixed[3]&0xffff, fixed[7])
	at, bytes := query(block, `\VarFileInfo\Translation`)
	for i := uint32(0); i < bytes/4; i++ {
		pair := *(*[2]uint16)(unsafe.Pointer(at + uintptr(i*4)))
		for _, name := range []string{"FileDescription", "ProductVersion"} {
			text, count := query(block, fmt.Sprintf(`\StringFileInfo\%04X%04X\%s`, pair[0], pair[1], name))
			fmt.Println(name, syscall.UTF16ToString(unsafe.Slice((*uint16)(unsafe.Pointer(text)), count)))
		}
	}
	icon, _, _ := syscall.NewLazyDLL("shell32.dll").NewProc("ExtractIconW").Call(0, uintptr(unsafe.Pointer(path)), 0)
	fmt.Println("icon", icon > 1)
}
"#;

#[test]
fn wine_runs_it_and_shows_the_version() {
    let (Some(go), Some(wine)) = (require_tool("go"), Wine::new("version")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(
        folder.path().join("go.mod"),
        "module example.com/ask\n\ngo 1.21\n",
    )
    .expect("written");
    std::fs::write(folder.path().join("main.go"), ASK).expect("written");
    let plain = folder.path().join("ask.exe");
    let mut build = Command::new(go);
    build
        .args(["build", "-o"])
        .arg(&plain)
        .arg(".")
        .current_dir(folder.path());
    build
        .env("CGO_ENABLED", "0")
        .env("GOFLAGS", "")
        .env("GOTOOLCHAIN", "local");
    run(build.env("GOOS", "windows").env("GOARCH", "amd64"));
    let before = wine.run(&wine.windows_path(&plain), &[]);
    assert_eq!(before.code, 3, "{before:?}");
    let after = wine
        .run(&wine.windows_path(&patched(&plain, &folder)), &[])
        .success();
    let english = "FileDescription Orders API\nProductVersion 1.4.2-rc.1\n";
    let chinese = "FileDescription 订单接口\nProductVersion 1.4.2-rc.1\n";
    assert_eq!(
        after.stdout,
        format!("1.4.2.40002 flags 2\n{english}{chinese}icon true\n")
    );
}
