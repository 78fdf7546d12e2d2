//! `[windows]`: version, icon and application manifest in the executables of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::format::output::{Digests, measure};
use serde_json::{Value, json};

use crate::support::project::Project;
use crate::support::{python, root};

/// What pefile and LIEF see.
fn seen(path: &Path) -> Option<Value> {
    let python = python::with_executable_readers()?;
    let output = Command::new(python)
        .arg(root().join("tests/interop/pe.py"))
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_str(&said).unwrap())
}

#[track_caller]
fn assert_sound(seen: &Value) {
    assert_eq!(seen["pefile"]["warnings"], json!([]), "{seen:#}");
    assert_eq!(seen["pefile"]["checksum"], true, "{seen:#}");
}

/// A square picture as PNG.
fn picture(side: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer
        .write_image_data(&vec![77; (side * side * 3) as usize])
        .unwrap();
    writer.finish().unwrap();
    file
}

fn build(manifest: &str) -> (Project, PathBuf) {
    let project = Project::hello();
    fs::create_dir(project.path("assets")).unwrap();
    fs::write(project.path("assets/orders.png"), picture(256)).unwrap();
    project.manifest(&format!(
        "[build]\ntargets = ['windows/amd64']\n[package]\nwindows = ['binary']\nbinary-name = '{{{{ binary }}}}'\n{manifest}"
    ));
    project.run(&["build"]).ends_with(0);
    let executable = project.path("dist/hello.exe");
    (project, executable)
}

#[test]
fn with_nothing_given_an_executable_has_the_right_version() {
    let (_project, executable) = build("");
    let Some(seen) = seen(&executable) else {
        return;
    };
    assert_sound(&seen);
    assert_eq!(seen["pefile"]["fixed"], json!(["1.2.3.65535"]));
    let strings = &seen["pefile"]["tables"][0]["strings"];
    assert_eq!(
        strings,
        &json!({
            "CompanyName": "hello",
            "FileDescription": "hello",
            "FileVersion": "1.2.3.65535",
            "InternalName": "hello",
            "OriginalFilename": "hello.exe",
            "ProductName": "hello",
            "ProductVersion": "1.2.3",
        })
    );
    assert!(
        seen["lief"]["manifest"]
            .as_str()
            .is_some_and(|xml| xml.contains("longPathAware"))
    );
}

#[test]
fn everything_given_is_in_the_executable() {
    let (_project, executable) = build(
        "[project]\ntitle = 'Orders'\ndescription = 'Takes orders.'\nicon = 'assets/orders.png'\n\
         [windows]\ncompany = 'Contoso Ltd'\ncopyright = '© {{ commit_date[:4] }} Contoso Ltd'\n\
         [[windows.translation]]\nlanguage = 'zh-CN'\nproduct = '订单'\n\
         [[windows.binary]]\nname = 'hello'\noriginal-filename = 'Hello.exe'\nexecution-level = 'highest-available'\n\
         [windows.manifest]\ndpi = 'system'\nutf8 = false\nsupported-os = ['10']\n",
    );
    let Some(seen) = seen(&executable) else {
        return;
    };
    assert_sound(&seen);
    let tables = seen["pefile"]["tables"].as_array().unwrap();
    let (english, chinese) = (&tables[0], &tables[1]);
    assert_eq!(
        (&english["language"], &chinese["language"]),
        (&json!("040904B0"), &json!("080404B0"))
    );
    for table in [english, chinese] {
        let strings = &table["strings"];
        assert_eq!(strings["LegalCopyright"], "© 2026 Contoso Ltd");
        assert_eq!(strings["OriginalFilename"], "Hello.exe");
        assert_eq!(strings["Comments"], "Takes orders.");
    }
    assert_eq!(english["strings"]["FileDescription"], "Orders");
    assert_eq!(chinese["strings"]["FileDescription"], "订单");
    assert_eq!(seen["lief"]["icons"], json!([16, 24, 32, 48, 64, 128, 256]));
    let manifest = seen["lief"]["manifest"].as_str().unwrap();
    assert!(
        manifest.contains("level=\"highestAvailable\"")
            && manifest.contains(">system</dpiAwareness>"),
        "{manifest}"
    );
    assert!(
        !manifest.contains("activeCodePage") && manifest.matches("supportedOS").count() == 1,
        "{manifest}"
    );
}

#[test]
fn resources_can_be_left_out() {
    let (_project, executable) = build("[windows]\nresources = false\n");
    let Some(seen) = seen(&executable) else {
        return;
    };
    assert_eq!(seen["pefile"]["resources"], json!([]));
}

#[test]
fn mistakes_are_refused_before_anything_is_compiled() {
    let project = Project::hello();
    fs::write(project.path("text.png"), "not a picture").unwrap();
    fs::write(project.path("huge.png"), picture(2100)).unwrap();
    fs::write(project.path("cursor.cur"), [0, 0, 2, 0, 1, 0]).unwrap();
    fs::write(project.path("large.ico"), vec![0; 9 << 20]).unwrap();
    for (lines, expected) in [
        (
            "icon = 'text.png'",
            "icon `text.png`: it is neither an ICO nor a PNG file",
        ),
        (
            "icon = 'huge.png'",
            "icon `huge.png`: 2100x2100 pixels are too many",
        ),
        (
            "icon = 'cursor.cur'",
            "icon `cursor.cur`: it is a cursor, not an icon",
        ),
        (
            "icon = 'large.ico'",
            "icon `large.ico`: the file is over 8 MiB",
        ),
        ("icon = 'txt.png'", "there is no file `txt.png`"),
        (
            "icon = '../x.ico'",
            "the path `../x.ico` leaves the project",
        ),
        ("language = 'en-UK'", "unknown language `en-UK`"),
        ("company = ' '", "the text is empty"),
        (
            "company = \"two\\nlines\"",
            "the text is more than one line",
        ),
        (
            "product = '{{ verison }}'",
            "unknown template variable `verison`",
        ),
        ("compnay = 'x'", "unknown key `compnay`"),
        (
            "[[windows.binary]]\nname = 'helo'",
            "there is no binary `helo`",
        ),
        (
            "[[windows.binary]]\nname = 'hello'\noriginal-filename = 'orders.exe'",
            "the original file name `orders.exe` is not that of `hello.exe`",
        ),
        (
            "[windows.manifest]\nexecution-level = 'admin'",
            "execution-level",
        ),
    ] {
        project.manifest(&format!(
            "[build]\ntargets = ['windows/amd64']\n[windows]\n{lines}\n"
        ));
        let run = project.run(&["check"]).ends_with(3).says(expected);
        let line = 3 + lines.lines().count();
        assert!(
            run.stderr.contains(&format!("release.toml:{line}:")),
            "{lines}: {}",
            run.stderr
        );
        assert!(
            run.stderr.contains("hint") || run.stderr.contains("help"),
            "{lines}: {}",
            run.stderr
        );
    }
    assert!(!project.path("dist").exists());
}

#[cfg(unix)]
#[test]
fn what_a_hook_does_too_early_is_said() {
    let project = Project::hello();
    project.manifest(
        "[build]\ntargets = ['windows/amd64']\n[[binary]]\nname = 'hello'\n\
         [[binary.hooks.after]]\nrun = ['sh', '-c', 'head -c 1000 /dev/zero | tr \"\\\\0\" x >> \"$0\"', '{{ path }}']\n",
    );
    project
        .run(&["build"])
        .ends_with(1)
        .says("has 1000 bytes after its last section");
    assert_eq!(project.results(), Vec::<String>::new());
}

#[test]
fn another_version_behind_right_digests_is_noticed() {
    let (project, executable) = build("");
    let right = measure(&executable, Digests::Sha256).unwrap();
    project
        .run(&["build", "--version", "9.9.9", "--out", "../other"])
        .ends_with(0);
    fs::copy(project.beside("other").join("hello.exe"), &executable).unwrap();
    let wrong = measure(&executable, Digests::Sha256).unwrap();
    // Whoever can exchange a file can write its digest too.
    for name in ["artifacts.json", "SHA256SUMS"] {
        let path = project.path("dist").join(name);
        let old = measure(&path, Digests::Sha256).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let size = |size: u64| format!("\"size\": {size},");
        let text = text
            .replace(&right.sha256, &wrong.sha256)
            .replace(&size(right.size), &size(wrong.size));
        fs::write(&path, text).unwrap();
        let new = measure(&path, Digests::Sha256).unwrap();
        let sums = project.path("dist/SHA256SUMS");
        let text = fs::read_to_string(&sums).unwrap();
        fs::write(sums, text.replace(&old.sha256, &new.sha256)).unwrap();
    }
    project
        .run(&["verify"])
        .ends_with(5)
        .says("its file version is 9.9.9.65535, not 1.2.3.65535");
}
