//! WiX does not run here: a stand-in takes its place, looks at what it is given, and hands out a package.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};

use crate::project::{example, release};
use crate::support::require_tool;
use crate::support::wine::make_executable;

/// A `wix` that wants exactly these arguments before `-out PACKAGE SOURCE`, keeps the source as `seen.wxs` beside itself,
/// and hands out `package`. `FOLDER` stands for any folder that is there.
fn stand_in(folder: &Path, arguments: &[&str], package: &Path) -> PathBuf {
    let check = |argument: &&str| match *argument {
        "FOLDER" => "[ -d \"$1\" ]; shift\n".to_owned(),
        text => format!("[ \"$1\" = '{text}' ]; shift\n"),
    };
    let checks: String = arguments.iter().map(check).collect();
    let script = format!(
        "#!/bin/sh\nset -e\n{checks}[ \"$1\" = -out ]\n[ $# = 3 ]\ncp \"$3\" '{}'\ncp '{}' \"$2\"\n",
        folder.join("seen.wxs").display(),
        package.display()
    );
    let path = folder.join("wix");
    fs::write(&path, script).unwrap();
    make_executable(&path);
    path
}

const USUAL: [&str; 8] = [
    "build",
    "-nologo",
    "-arch",
    "x64",
    "-pdbtype",
    "none",
    "-intermediatefolder",
    "FOLDER",
];

/// The example with further lines in `[msi]` and after it, and its native package for the stand-in to hand out.
fn with_wix(folder: &Path, in_table: &str, after: &str) -> (PathBuf, PathBuf) {
    let project = example(folder);
    let manifest = project.join("release.toml");
    let text = fs::read_to_string(&manifest).unwrap() + after;
    fs::write(&manifest, &text).unwrap();
    fs::write(project.join("read me.txt"), "a further file\n").unwrap();
    let native = folder.join("native.msi");
    fs::rename(release(&project, "1.4.2", None), &native).unwrap();
    let text = text.replace("[msi]\n", &format!("[msi]\nbackend = \"wix\"\n{in_table}"));
    fs::write(&manifest, text).unwrap();
    (project, native)
}

#[test]
fn wix_is_called_as_it_wants() {
    let Some(_) = require_tool("go") else { return };
    let folder = tempfile::tempdir().unwrap();
    let further = "\n[[msi.files]]\nfrom = \"read me.txt\"\nto = \"docs/read me.txt\"\n";
    let (project, native) = with_wix(folder.path(), "source = true\n", further);
    let wix = stand_in(folder.path(), &USUAL, &native);
    let made = release(&project, "1.4.2", Some(&wix));
    assert!(fs::read(made).unwrap() == fs::read(native).unwrap());
    let published = project.join("dist/hello-service_1.4.2_windows_amd64.wxs");
    let source = fs::read_to_string(published).unwrap();
    assert!(source.contains("http://wixtoolset.org/schemas/v4/wxs"));
    for name in ["hello-service.exe", "docs/read me.txt"] {
        assert!(source.contains(&format!("Source=\"{name}\"")), "{source}");
    }
    let seen = fs::read_to_string(folder.path().join("seen.wxs")).unwrap();
    assert!(seen.contains("<ServiceInstall"), "{seen}");
}

#[test]
fn a_template_of_the_users_own_takes_the_place_of_ours() {
    const TEMPLATE: &str = r#"<Wix xmlns="http://wixtoolset.org/schemas/v4/wxs">
  <Package Name="{{ title }}" Version="{{ product_version }}" UpgradeCode="{{ upgrade_code }}">
    <!-- {{ version }} for {{ architecture }}, {{ services[0].name }} in {{ services[0].image }} -->
    {% for file in files %}<File Id="{{ file.id }}" Source="{{ file.source }}" />
    {% endfor %}
  </Package>
</Wix>
"#;
    let Some(_) = require_tool("go") else { return };
    let folder = tempfile::tempdir().unwrap();
    let settings = "template = \"deploy/own.wxs\"\nextensions = [\"WixToolset.Util.wixext\"]\n";
    let (project, native) = with_wix(folder.path(), settings, "");
    let template = project.join("deploy/own.wxs");
    fs::create_dir_all(template.parent().unwrap()).unwrap();
    fs::write(&template, TEMPLATE).unwrap();
    let arguments = [&USUAL[..], &["-ext", "WixToolset.Util.wixext"]].concat();
    let wix = stand_in(folder.path(), &arguments, &native);
    let made = release(&project, "1.4.2", Some(&wix));
    assert!(fs::read(made).unwrap() == fs::read(&native).unwrap());
    let seen = fs::read_to_string(folder.path().join("seen.wxs")).unwrap();
    for text in [
        "Name=\"Hello Service\" Version=\"1.4.2\"",
        "1.4.2 for x64, HelloService in hello-service.exe",
        "hello-service.exe\" />",
    ] {
        assert!(seen.contains(text), "{text} is not in {seen}");
    }
    assert!(!seen.contains("ServiceInstall"), "{seen}");

    // A mistake in it is told with its place, and nothing is left behind.
    fs::remove_dir_all(project.join("dist")).unwrap();
    fs::write(&template, "<Wix>\n{{ titel }}\n</Wix>\n").unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(["build", "--version", "1.4.2", "--target", "windows/amd64"])
        .args(["--skip", "archive"])
        .current_dir(&project)
        .env("GORELEASE_WIX", &wix)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(
        words.contains("deploy/own.wxs") && words.contains("titel"),
        "{words}"
    );
    assert!(
        !project
            .join("dist/hello-service_1.4.2_windows_amd64.msi")
            .exists()
    );
}
