//! The Chocolatey package: its nuspec by the published schema, its scripts in the engine.

use std::path::Path;
use std::process::Command;

use gorelease::deploy::chocolatey::container;
use gorelease::deploy::model::Role;
use gorelease::deploy::{build, generate};

use crate::fixture::{artifact, config, release, service};
use crate::folder::{Files, HOSTILE, PACKAGE, package_files, schema};
use crate::support::powershell::{EDITIONS, engine, file};
use crate::support::require_tool;
use crate::xml::elements;

const NAMESPACE: &str = "http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd";
const FOLDER: &str = "automation/chocolatey";

/// Runs xmllint on the nuspec with NuGet's schema, in which `{0}` stands for the namespace.
fn validate(nuspec: &str, folder: &Path) -> Option<()> {
    let xmllint = require_tool("xmllint")?;
    let text = std::fs::read_to_string(schema("nuspec/nuspec.xsd")?).expect("the schema");
    let (schema, document) = (folder.join("nuspec.xsd"), folder.join("orders.nuspec"));
    std::fs::write(&schema, text.replace("{0}", NAMESPACE)).expect("the schema");
    std::fs::write(&document, nuspec).expect("the nuspec");
    let output = Command::new(xmllint)
        .args(["--noout", "--schema"])
        .args([&schema, &document])
        .output()
        .expect("xmllint");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}\n{nuspec}");
    Some(())
}

#[test]
fn the_nuspec_follows_the_published_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    for title in HOSTILE.iter().chain(&["Contoso Orders"]) {
        let (_, files) = package_files(title, &config(PACKAGE));
        let nuspec = &files[&format!("{FOLDER}/orders.nuspec")];
        if validate(nuspec, folder.path()).is_none() {
            return;
        }
        let mut reader = quick_xml::Reader::from_str(nuspec);
        let mut texts = String::new();
        loop {
            match reader.read_event().expect("XML") {
                quick_xml::events::Event::Text(text) => {
                    texts += &quick_xml::escape::unescape(&text).expect("text");
                }
                quick_xml::events::Event::GeneralRef(name) => {
                    texts += &quick_xml::escape::unescape(&format!("&{};", &*name))
                        .expect("a reference");
                }
                quick_xml::events::Event::Eof => break,
                _ => {}
            }
        }
        assert!(texts.contains(title), "{title}: {texts}");
    }
}

#[test]
fn the_container_names_the_nuspec_and_knows_every_extension() {
    let (model, files) = package_files("Contoso Orders", &config(PACKAGE));
    let parts: Files = container(&model, &config(PACKAGE))
        .into_iter()
        .map(|file| (file.path, file.text))
        .collect();
    let relation = &elements(&parts["_rels/.rels"])[1].1;
    assert_eq!(relation["Target"], "/orders.nuspec");
    let types: Vec<String> = elements(&parts["[Content_Types].xml"])
        .into_iter()
        .filter_map(|(_, attributes)| attributes.get("Extension").cloned())
        .collect();
    let packed = files.keys().filter(|path| path.starts_with(FOLDER));
    for name in packed
        .map(String::as_str)
        .chain(["orders.msi", "_rels/.rels", "LICENSE.txt"])
    {
        let extension = name.rsplit('.').next().expect("an extension").to_owned();
        assert!(types.contains(&extension), "{name}: {types:?}");
    }
}

/// Doubles of Chocolatey's helpers, which say what they were called with; the canary must never be called.
const DOUBLES: &str = r#"
function global:Stop-Canary { Write-Output 'CANARY' }
function global:Install-ChocolateyInstallPackage {
    param($PackageName, $FileType, $File, $File64, $SilentArgs, $ValidExitCodes)
    Write-Output "install|$PackageName|$FileType|$File64|$SilentArgs|$ValidExitCodes"
}
function global:Uninstall-ChocolateyPackage {
    param($PackageName, $FileType, $SilentArgs, $ValidExitCodes)
    Write-Output "remove|$PackageName|$FileType|$SilentArgs|$ValidExitCodes"
}
"#;

/// A folder whose package has a hostile file name.
fn hostile() -> Files {
    let mut package = artifact(
        "packages/it's $(Stop-Canary) `Stop-Canary` ‘订单’.msi",
        Role::Package,
    );
    package.product_code = Some("{11111111-1111-1111-1111-111111111111}".to_owned());
    let mut release = release("1.4.2", vec![package]);
    release.product.manufacturer = HOSTILE[1].to_owned();
    let tables = config(PACKAGE);
    let model = build(&release, &tables, &[service("Orders", 8080)]);
    let files = generate(&model, &tables);
    files
        .into_iter()
        .map(|file| (file.path, file.text))
        .collect()
}

#[test]
fn the_scripts_are_good_for_both_editions_and_call_what_they_should() {
    let Some(engine) = engine() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let hostile_name = "it's $(Stop-Canary) `Stop-Canary` ‘订单’.msi";
    let packages = [
        (
            "orders.msi",
            package_files("Contoso Orders", &config(PACKAGE)).1,
        ),
        (hostile_name, hostile()),
    ];
    let mut scripts = Vec::new();
    for (index, (_, files)) in packages.iter().enumerate() {
        let tools = folder.path().join(format!("package {index}"));
        std::fs::create_dir(&tools).expect("a folder");
        for name in ["chocolateyinstall.ps1", "chocolateyuninstall.ps1"] {
            let path = tools.join(name);
            std::fs::write(&path, &files[&format!("{FOLDER}/tools/{name}")]).expect("the script");
            scripts.push(path);
        }
    }
    let output = Command::new(&engine)
        .arg("--lint-5.1")
        .args(&scripts)
        .output()
        .expect("the engine");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.trim().is_empty(), "{text}");

    let doubles = folder.path().join("doubles.ps1");
    std::fs::write(&doubles, DOUBLES).expect("the doubles");
    let calls: String = scripts
        .iter()
        .map(|path| format!("& '{}'\n", path.display()))
        .collect();
    let all = folder.path().join("all.ps1");
    std::fs::write(&all, calls).expect("a script");
    for edition in EDITIONS {
        let output = file(&engine, edition, &all)
            .env("PWSH_PRELUDE", &doubles)
            .env("TEMP", "/tmp")
            .env("ChocolateyPackageName", "orders")
            .env("ChocolateyPackageVersion", "1.4.2")
            .output()
            .expect("the engine");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!text.contains("CANARY"), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        for (pair, (name, _)) in lines.chunks(2).zip(&packages) {
            assert!(pair[0].starts_with("install|orders|msi|"), "{text}");
            assert!(
                pair[0].contains(&format!("/{name}|/qn /norestart /l*v \"")),
                "{text}"
            );
            assert!(pair[0].ends_with("orders.1.4.2.msi.log\"|0 3010"), "{text}");
            let code = "{11111111-1111-1111-1111-111111111111}";
            assert_eq!(
                pair[1],
                format!("remove|orders|msi|{code} /qn /norestart|0 1605 3010")
            );
        }
    }
}
