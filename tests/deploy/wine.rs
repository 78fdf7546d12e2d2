//! The whole way with the real thing where Linux has it: `gorelease build`, the hand-over's zip, `Deploy.ps1` from the
//! unpacked zip, the example's executable under Wine with Wine's own service manager and Windows Installer, a real nginx in
//! front, and a client all through.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crate::project::Project;
use crate::support::powershell::{self, Edition};
use crate::support::wine::{Finished, Wine, make_executable};
use crate::support::{self, http};
use crate::traffic::{Client, Proxy, Seen};

const SERVICE: &str = "HelloService";

/// A server: Wine, and the doubles of what Wine lacks.
struct Server {
    wine: Wine,
    engine: PathBuf,
    edition: Edition,
    home: PathBuf,
    nginx: String,
}

impl Server {
    fn new(test: &str, edition: Edition) -> Option<Self> {
        let engine = powershell::engine()?;
        support::require_tool("python3")?;
        let wine = Wine::new(&format!("deploy-{test}"))?;
        // Wine says that it is Windows 7.
        let windows = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion";
        wine.set_registry_value(windows, "CurrentBuildNumber", "REG_SZ", "17763");
        let home = wine.prefix().join("sim");
        fs::create_dir_all(home.join("bin")).expect("the folder of the doubles");
        fs::create_dir_all(wine.path(r"C:\nginx\conf")).expect("nginx' folder");
        let entry = support::root().join("tests/windows_sim/wine.py");
        for name in crate::session::DOUBLES {
            let double = home.join("bin").join(name);
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/python3 -S -E '{}' {name} \"$@\"\n",
                entry.display()
            );
            fs::write(&double, text).expect("a double");
            make_executable(&double);
        }
        fs::write(home.join("state.json"), "{}").expect("the state");
        let registry =
            r#"{"HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application": {}}"#;
        fs::write(home.join("registry.json"), registry).expect("the registry");
        Some(Self {
            wine,
            engine,
            edition,
            home,
            nginx: String::new(),
        })
    }

    /// Runs `Deploy.ps1` of the unpacked hand-over of a version.
    fn run(&self, version: &str, arguments: &[&str]) -> Finished {
        let script = self
            .wine
            .path(r"C:\handover")
            .join(version)
            .join("Deploy.ps1");
        let mut command = powershell::file(&self.engine, self.edition, &script);
        let drive = self.wine.prefix().join("drive_c");
        command
            .args(arguments)
            .env("SIM_HOME", &self.home)
            .env("SIM_NGINX", &self.nginx)
            .env("SIM_PACKAGED", SERVICE)
            .env("PWSH_REGISTRY", self.home.join("registry.json"))
            .env(
                "PWSH_PRELUDE",
                support::root().join("tests/windows_sim/prelude.ps1"),
            )
            .env("PWSH_DRIVES", format!("C={}", drive.display()))
            .env("ProgramFiles", r"C:\Program Files")
            .env("ProgramData", r"C:\ProgramData")
            .env("SystemRoot", r"C:\windows")
            .env("SystemDrive", "C:")
            .env("COMPUTERNAME", "SERVER");
        self.wine.run_linux(&mut command)
    }

    /// The version in the greeting that a port answers with.
    fn version_at(&self, port: u16) -> Option<String> {
        let (status, answer) = http::get(port, "/")?;
        let version = answer.rsplit_once('(')?.1.split_once(')')?.0.to_owned();
        (status == 200).then_some(version)
    }
}

/// Builds 1.0.0 and 1.1.0 with these `[deploy]` tables, and unpacks the zips of their hand-overs.
fn hand_overs(test: &str, server: &Server, port: u16, tables: &str) -> Option<()> {
    let project = Project::hello(test, |manifest| {
        manifest.replace("port = 8080", &format!("port = {port}")) + tables
    })?;
    for version in ["1.0.0", "1.1.0"] {
        project.build_with(&["--version", version]);
        let zip = project.root.join(format!(
            "dist/hello-service_{version}_windows_amd64_deployment.zip"
        ));
        let folder = project
            .root
            .join(format!("dist/deploy/hello-service_{version}_windows_amd64"));
        let mut archive =
            zip::ZipArchive::new(fs::File::open(&zip).expect("the hand-over")).expect("a zip");
        let whole = server.wine.path(r"C:\handover").join("whole");
        archive.extract(&whole).expect("unpacked");
        let inner = whole.join(zip.file_stem().expect("a name"));
        let same = |name: &str| fs::read(folder.join(name)).ok() == fs::read(inner.join(name)).ok();
        assert!(
            same("deployment.json") && same("Deploy.ps1"),
            "the zip is the folder"
        );
        fs::rename(inner, whole.with_file_name(version)).expect("the folder");
    }
    Some(())
}

#[test]
fn slots_behind_nginx_from_the_unpacked_zip() {
    let Some(mut server) = Server::new("slots", Edition::Desktop) else {
        return;
    };
    let conf = server.wine.path(r"C:\nginx\conf");
    let Some(proxy) = Proxy::start(&conf, "hello-service") else {
        return;
    };
    server.nginx = proxy.home();
    let tables = format!(
        "\n[deploy.rollout]\nstrategy = \"blue-green\"\nprobes = 2\nprobe-interval = \"100ms\"\ndrain = \"500ms\"\n\
         [deploy.nginx]\nport = {}\n",
        proxy.port
    );
    if hand_overs("deploy-slots", &server, http::free_ports(2), &tables).is_none() {
        return;
    }
    server.run("1.0.0", &["Install"]).success();
    assert_eq!(server.version_at(proxy.port).as_deref(), Some("1.0.0"));
    let client = Client::start(proxy.port);
    server.run("1.1.0", &["Upgrade"]).success();
    assert_eq!(server.version_at(proxy.port).as_deref(), Some("1.1.0"));
    server.run("1.1.0", &["Rollback"]).success();
    assert_eq!(server.version_at(proxy.port).as_deref(), Some("1.0.0"));
    let Seen { sent, failures, .. } = client.finish();
    assert_eq!(failures, Vec::<String>::new(), "of {sent}");
    assert!(sent > 100, "the client sent only {sent} requests");
    server.run("1.1.0", &["Uninstall", "-Purge"]).success();
    for slot in ["blue", "green"] {
        let name = format!("{SERVICE}-{slot}");
        assert!(server.wine.service_status(&name).is_none(), "{name}");
    }
    for folder in [
        r"C:\Program Files\Hello Service",
        r"C:\ProgramData\Hello Service",
    ] {
        assert!(!server.wine.path(folder).exists(), "{folder}");
    }
}

#[test]
fn a_package_from_the_unpacked_zip_and_the_pause_of_its_upgrade() {
    let Some(server) = Server::new("package", Edition::Core) else {
        return;
    };
    let tables =
        "\n[deploy]\nmode = \"msi\"\n[deploy.rollout]\nprobes = 2\nprobe-interval = \"100ms\"\n";
    let port = http::free_port();
    if hand_overs("deploy-package", &server, port, tables).is_none() {
        return;
    }
    server.run("1.0.0", &["Install"]).success();
    assert_eq!(server.version_at(port).as_deref(), Some("1.0.0"));
    let client = Client::start(port);
    server.run("1.1.0", &["Upgrade"]).success();
    assert_eq!(server.version_at(port).as_deref(), Some("1.1.0"));
    let Seen {
        sent,
        failures,
        pause,
    } = client.finish();
    println!(
        "the upgrade of a package: {} of {sent} requests failed, {pause:?} without an answer",
        failures.len()
    );
    // There is a pause: whoever says there is none is wrong, and so is one that never ends.
    assert!(
        !failures.is_empty() && pause < Duration::from_secs(120),
        "{pause:?}"
    );
    server.run("1.1.0", &["Rollback"]).success();
    assert_eq!(server.version_at(port).as_deref(), Some("1.0.0"));
    server.run("1.1.0", &["Uninstall", "-Purge"]).success();
    assert!(server.wine.service_status(SERVICE).is_none());
    assert!(http::get(port, "/").is_none());
}
