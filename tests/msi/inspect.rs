//! `gorelease inspect`: what people and scripts read of a package, ours or another tool's.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::fixture::{build, full_package};
use crate::readers::run;
use crate::support::require_tool;

fn inspect(arguments: &[&str]) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_gorelease"));
    run(program, &[&["inspect"], arguments].concat())
}

#[test]
fn people_and_scripts_read_what_a_package_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.msi");
    build(&full_package(folder.path(), "1.4.2-rc.1"), &path);
    let path = path.to_str().unwrap();
    let text = inspect(&[path]);
    for line in [
        "ProductVersion       1.4.2",
        "Template             x64;1033",
        r"[CommonAppDataFolder]\Contoso Orders\config\orders.toml (kept)",
        r#"OrdersApi "Contoso Orders API", automatic, as [ORDERSAPI_ACCOUNT]"#,
        "Firewall (Firewall rule, off by default)",
        "WORKERS must be a number from 1 to 64.",
        "HTTP_PORT = 8080",
        "API_KEY = (hidden)",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }

    let json: serde_json::Value =
        serde_json::from_str(&inspect(&[path, "--format", "json"])).unwrap();
    assert_eq!(json["product"]["ProductName"], "Contoso Orders");
    assert_eq!(json["services"][1]["dependencies"][0], "OrdersApi");
    assert_eq!(json["files"][0]["kept"], true);
    assert_eq!(json["signed"], false);
    assert_eq!(json["findings"], serde_json::json!([]));
}

#[test]
fn a_package_of_another_tool_is_read_as_well() {
    const SOURCE: &str = r#"<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="Other" Manufacturer="Somebody" Version="2.0.1" Language="1033"
           UpgradeCode="0B7C9E52-3F6A-5D18-9B44-7A1E60C2D935">
    <Package InstallerVersion="200" Compressed="yes"/>
    <Media Id="1" Cabinet="other.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir"><Directory Id="ProgramFilesFolder">
      <Directory Id="PLACE" Name="other"><Component Id="C" Guid="6F0D8B1E-52C7-4B39-9E4A-0C6E3A5D7F21">
        <File Id="F" Source="read.me" KeyPath="yes"/>
      </Component></Directory>
    </Directory></Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="C"/></Feature>
  </Product>
</Wix>"#;
    let Some(wixl) = require_tool("wixl") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.wxs"), SOURCE).unwrap();
    fs::write(folder.path().join("read.me"), "read me").unwrap();
    let status = Command::new(wixl)
        .args(["-o", "other.msi", "other.wxs"])
        .current_dir(&folder)
        .status()
        .unwrap();
    assert!(status.success());
    let text = inspect(&[folder.path().join("other.msi").to_str().unwrap()]);
    for line in [
        "ProductName          Other",
        "ProductVersion       2.0.1",
        r"7 [ProgramFilesFolder]\other\read.me",
    ] {
        assert!(text.contains(line), "`{line}` is not in:\n{text}");
    }
}
