//! Every generated script uses only commands and parameters of Windows PowerShell 5.1, and so do the test doubles.

use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::deploy::install::{install_script, uninstall_script};
use gorelease::deploy::model::{Origin, Product, Role};
use gorelease::deploy::{Release, build, generate};

use crate::fixture::{artifact, config, service};
use crate::session::simulator;
use crate::support::{self, powershell::engine};

/// Commands that are not in the table, and why a script may call them all the same.
const NOT_IN_THE_TABLE: [(&str, &str); 5] = [
    (
        "Get-WindowsFeature",
        "module ServerManager: learn.microsoft.com/powershell/module/servermanager",
    ),
    ("Install-WindowsFeature", "the same module"),
    (
        "Install-ChocolateyInstallPackage",
        "Chocolatey's helpers: docs.chocolatey.org/en-us/create/functions",
    ),
    ("Uninstall-ChocolateyPackage", "the same"),
    ("sc.exe", "a program of Windows"),
];

/// The table of commands of Windows PowerShell 5.1 and the script that compares with it.
fn table() -> Option<PathBuf> {
    let folder = support::root().join("../shared/tools/powershell-5.1");
    let found = folder.join("commands.json").is_file();
    found
        .then_some(folder)
        .or_else(|| support::skip("the table of Windows PowerShell 5.1 is missing"))
}

/// Runs a script in the engine: whether it succeeded, and its output.
fn run(engine: &Path, script: &Path, arguments: &[PathBuf]) -> (bool, String) {
    let output = Command::new(engine)
        .args(["-NoProfile", "-File"])
        .arg(script)
        .args(arguments)
        .output()
        .expect("the engine");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let all = text(&output.stdout) + &text(&output.stderr);
    (output.status.success(), all)
}

/// Writes every PowerShell script that a release can contain.
fn write_scripts(folder: &Path) -> Vec<PathBuf> {
    let tables = config("mode = \"msi\"\napplocker = {}\nchocolatey = {}");
    let mut package = artifact("orders.msi", Role::Package);
    package.product_code = Some("{11111111-1111-1111-1111-111111111111}".to_owned());
    let release = Release {
        product: Product {
            name: "orders".to_owned(),
            title: "Contoso Orders".to_owned(),
            version: "1.0.0".to_owned(),
            manufacturer: "Contoso Ltd".to_owned(),
            architecture: "amd64".to_owned(),
        },
        origin: Origin::default(),
        artifacts: vec![package],
        archives: Vec::new(),
    };
    let model = build(&release, &tables, &[service("Orders", 8080)]);
    let generated = generate(&model, &tables)
        .into_iter()
        .map(|file| (file.path, file.text));
    let zip = [
        ("install.ps1".to_owned(), install_script()),
        ("uninstall.ps1".to_owned(), uninstall_script()),
    ];
    let mut paths = Vec::new();
    for (name, text) in generated.chain(zip) {
        if !name.ends_with(".ps1") {
            continue;
        }
        let path = folder.join(name.replace('/', "-"));
        std::fs::write(&path, text).expect("a script");
        paths.push(path);
    }
    paths
}

#[test]
fn every_script_uses_commands_and_parameters_of_windows_powershell_only() {
    let (Some(engine), Some(table)) = (engine(), table()) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let scripts = write_scripts(folder.path());
    let names: Vec<String> = scripts
        .iter()
        .map(|path| {
            path.file_name()
                .map(|name| name.to_string_lossy().into_owned())
        })
        .map(Option::unwrap_or_default)
        .collect();
    for script in [
        "Deploy.ps1",
        "Set-AppLocker.ps1",
        "chocolateyinstall.ps1",
        "chocolateyuninstall.ps1",
        "install.ps1",
    ] {
        assert!(
            names.iter().any(|name| name.ends_with(script)),
            "{script} is not among {names:?}"
        );
    }
    let mut arguments = vec![PathBuf::from("-Unknown")];
    arguments.extend(scripts);
    let (_, text) = run(&engine, &table.join("check.ps1"), &arguments);
    let allowed = |line: &str| {
        NOT_IN_THE_TABLE
            .iter()
            .any(|(name, _)| line.ends_with(&format!("unknown to the table: {name}")))
    };
    let findings: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !allowed(line))
        .collect();
    assert_eq!(findings, Vec::<&str>::new());

    // The check itself finds what 5.1 lacks.
    let wrong = folder.path().join("wrong.ps1");
    std::fs::write(&wrong, "Start-Process x.exe -Confirm:$false\n").expect("a script");
    let (good, text) = run(&engine, &table.join("check.ps1"), &[wrong]);
    assert!(!good && text.contains("-Confirm"), "{text}");
}

#[test]
fn a_double_takes_only_the_parameters_of_its_command() {
    let (Some(engine), Some(table)) = (engine(), table()) else {
        return;
    };
    let doubles = simulator();
    let arguments = [
        table.join("commands.json"),
        doubles.join("prelude.ps1"),
        doubles.join("arr.ps1"),
    ];
    let (good, text) = run(&engine, &doubles.join("doubles.ps1"), &arguments);
    let compared: Option<u32> = text
        .trim()
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok());
    assert!(good && compared.is_some_and(|count| count > 20), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    let lax = folder.path().join("lax.ps1");
    let text = "function global:Start-Process { [CmdletBinding(SupportsShouldProcess)] param($FilePath) }\nfunction Get-Acl { }\n";
    std::fs::write(&lax, text).expect("a double");
    let (good, text) = run(
        &engine,
        &doubles.join("doubles.ps1"),
        &[table.join("commands.json"), lax],
    );
    assert!(
        !good && text.contains("Start-Process: -Confirm") && text.contains("Get-Acl: takes any"),
        "{text}"
    );
}
