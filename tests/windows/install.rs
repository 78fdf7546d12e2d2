//! From `release.toml` to an answering service: the zip's own scripts, in both editions of PowerShell, with Wine's
//! service manager.

use std::fs;
use std::path::PathBuf;

use crate::project::Project;
use crate::support::powershell::{self, EDITIONS, Edition};
use crate::support::wine::{Finished, Wine};
use crate::support::{self, http};

/// A Windows for scripts: Wine's service manager and drive C, the registry and the rest from `tests/windows_sim`.
struct Server {
    wine: Wine,
    engine: PathBuf,
    edition: Edition,
    home: PathBuf,
}

impl Server {
    fn new(test: &str, edition: Edition) -> Option<Self> {
        let engine = powershell::engine()?;
        support::require_tool("python3")?;
        let wine = Wine::new(&format!("{test}-{edition:?}"))?;
        let home = wine.prefix().join("sim");
        fs::create_dir_all(home.join("bin")).expect("the folder of the doubles");
        let entry = support::root().join("tests/windows_sim/wine.py");
        for name in ["sc", "icacls", "whoami", "eventcreate", "secedit", "ps"] {
            let double = home.join("bin").join(name);
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/python3 -S -E '{}' {name} \"$@\"\n",
                entry.display()
            );
            fs::write(&double, text).expect("a double");
            support::wine::make_executable(&double);
        }
        let server = Self {
            wine,
            engine,
            edition,
            home,
        };
        server.set_state(&serde_json::json!({ "system_services": ["Tcpip"] }));
        let registry =
            r#"{"HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application": {}}"#;
        fs::write(server.home.join("registry.json"), registry).expect("the registry");
        Some(server)
    }

    fn set_state(&self, state: &serde_json::Value) {
        fs::write(self.home.join("state.json"), state.to_string()).expect("the state");
    }

    fn state(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.home.join("state.json")).expect("the state");
        serde_json::from_str(&text).expect("the state")
    }

    fn registry(&self) -> serde_json::Value {
        let text = fs::read_to_string(self.home.join("registry.json")).expect("the registry");
        serde_json::from_str(&text).expect("the registry")
    }

    /// Runs a script of the unpacked zip.
    fn run(&self, script: &str, arguments: &[&str]) -> Finished {
        let folder = self.wine.path(r"C:\unpacked");
        let mut command = powershell::file(&self.engine, self.edition, &folder.join(script));
        command
            .args(arguments)
            .env("SIM_HOME", &self.home)
            .env("PWSH_REGISTRY", self.home.join("registry.json"))
            .env(
                "PWSH_PRELUDE",
                support::root().join("tests/windows_sim/prelude.ps1"),
            )
            .env(
                "PWSH_DRIVES",
                format!("C={}", self.wine.prefix().join("drive_c").display()),
            )
            .env("PWSH_ANSI", "936")
            .env("ProgramFiles", r"C:\Program Files")
            .env("ProgramData", r"C:\ProgramData")
            .env("SystemRoot", r"C:\windows")
            .env("COMPUTERNAME", "SERVER");
        self.wine.run_linux(&mut command)
    }
}

#[test]
fn the_zip_installs_answers_and_goes_without_a_trace() {
    let Some(project) = Project::hello("install", |manifest| manifest) else {
        return;
    };
    project.build();
    for edition in EDITIONS {
        let Some(server) = Server::new("install", edition) else {
            return;
        };
        project.unpack(&server.wine.path(r"C:\unpacked"));
        let before = server.registry();
        let port = http::free_port();
        let options = [format!("http={port}"), r"C:\Other Place\data".to_owned()];
        let arguments = ["-Port", &options[0], "-DataDirectory", &options[1]];

        let shown = server
            .run(
                "install.ps1",
                &[arguments.as_slice(), &["-WhatIf"]].concat(),
            )
            .success();
        assert!(shown.stdout.contains("What if"), "{shown:?}");
        assert_eq!(server.registry(), before, "-WhatIf changes nothing");

        server.run("install.ps1", &arguments).success();
        let (status, answer) = http::wait_for_answer(port, "/");
        assert!(status == 200 && answer.contains("(1.2.3)"), "{answer}");
        let again = server.run("install.ps1", &[]).success();
        assert!(
            again.stdout.contains("nothing had to be changed"),
            "port and directory stay as they were given: {again:?}"
        );

        server.run("uninstall.ps1", &["-Purge"]).success();
        assert_eq!(server.registry(), before);
        for place in [
            r"C:\Program Files\Hello Service",
            r"C:\ProgramData\Hello Service",
            r"C:\Other Place\data",
        ] {
            assert!(!server.wine.path(place).exists(), "{place}");
        }
        assert!(server.wine.service_status("HelloService").is_none());
    }
}

#[test]
fn two_instances_share_the_program() {
    let Some(project) = Project::hello("two-instances", |manifest| manifest) else {
        return;
    };
    project.build();
    let Some(server) = Server::new("two-instances", Edition::Desktop) else {
        return;
    };
    project.unpack(&server.wine.path(r"C:\unpacked"));
    let ports = [http::free_port(), http::free_port()];
    server
        .run("install.ps1", &["-Port", &format!("http={}", ports[0])])
        .success();
    server
        .run(
            "install.ps1",
            &["-Instance", "blue", "-Port", &format!("http={}", ports[1])],
        )
        .success();
    for port in ports {
        http::wait_for_answer(port, "/healthz");
    }
    assert!(
        server
            .wine
            .path(r"C:\ProgramData\Hello Service\blue\data")
            .is_dir()
    );
    server
        .run("uninstall.ps1", &["-Instance", "blue"])
        .success();
    http::wait_until_closed(ports[1]);
    assert!(http::is_open(ports[0]), "the other instance runs on");
}

#[test]
fn an_upgrade_of_one_instance_takes_the_other_one_along() {
    let Some(project) = Project::hello("upgrade", |manifest| manifest) else {
        return;
    };
    project.build();
    let Some(server) = Server::new("upgrade", Edition::Desktop) else {
        return;
    };
    project.unpack(&server.wine.path(r"C:\unpacked"));
    let ports = [http::free_port(), http::free_port()];
    let options = ports.map(|port| format!("http={port}"));
    let default = ["-Port", &options[0]];
    let blue = ["-Instance", "blue", "-Port", &options[1]];
    let answer = |version: &str| {
        for port in ports {
            let (_, text) = http::wait_for_answer(port, "/");
            assert!(text.contains(&format!("({version})")), "{port}: {text}");
        }
    };
    server.run("install.ps1", &default).success();
    server.run("install.ps1", &blue).success();
    answer("1.2.3");

    project.build_with(&["--version", "1.2.4"]);
    project.unpack(&server.wine.path(r"C:\unpacked"));
    // Something that is no service holds the program: both go on as they were.
    let mut state = server.state();
    state["held"] = serde_json::json!([r"C:\Program Files\Hello Service\hello-service.exe"]);
    server.set_state(&state);
    let refused = server.run("install.ps1", &blue);
    assert!(
        refused.code == 1 && refused.stderr.contains("used by another process"),
        "{refused:?}"
    );
    answer("1.2.3");
    let left = r"C:\Program Files\Hello Service\hello-service.exe.new";
    assert!(!server.wine.path(left).exists());

    state["held"] = serde_json::json!([]);
    server.set_state(&state);
    let upgraded = server.run("install.ps1", &blue).success();
    assert!(
        upgraded
            .stdout
            .contains("service HelloService started again"),
        "{upgraded:?}"
    );
    answer("1.2.4");
}

#[test]
fn hostile_names_do_not_break_out() {
    const TITLE: &str = "订单 it's $(Stop-Computer) & `x; %PATH%";
    // Wine's own sc.exe prints no status of a service whose name is beyond ASCII, though it runs it.
    const NAME: &str = "it's $(Stop-Computer) & `x; y";
    let hostile = |manifest: String| {
        manifest
            .replace("title = \"Hello Service\"", &format!("title = \"{TITLE}\""))
            .replace("name = \"HelloService\"", &format!("name = \"{NAME}\""))
            // A package in English has no Chinese letters, and says so.
            .replace(r#"windows = ["zip", "msi"]"#, r#"windows = ["zip"]"#)
    };
    let Some(project) = Project::hello("hostile", hostile) else {
        return;
    };
    project.build();
    for edition in EDITIONS {
        let Some(server) = Server::new("hostile", edition) else {
            return;
        };
        project.unpack(&server.wine.path(r"C:\unpacked"));
        let before = server.registry();
        let port = http::free_port();
        server
            .run("install.ps1", &["-Port", &format!("http={port}")])
            .success();
        http::wait_for_answer(port, "/healthz");
        let registry = server.registry();
        let service = &registry[format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{NAME}")];
        assert_eq!(service["DisplayName"]["value"], TITLE);
        server.run("uninstall.ps1", &["-Purge"]).success();
        assert_eq!(server.registry(), before);
    }
}

#[test]
fn mistakes_are_refused_with_a_word() {
    let Some(project) = Project::hello("mistakes", |manifest| manifest) else {
        return;
    };
    project.build();
    let Some(server) = Server::new("mistakes", Edition::Core) else {
        return;
    };
    project.unpack(&server.wine.path(r"C:\unpacked"));
    let before = server.registry();
    for (arguments, code, words) in [
        (["-Port", "htp=80"], 2, "there is no port `htp`"),
        (["-Port", "http=0"], 2, "`0` is not a port"),
        (["-DataDirectory", "data"], 2, "`data` is not a full path"),
    ] {
        let result = server.run("install.ps1", &arguments);
        assert!(
            result.code == code && result.stderr.contains(words),
            "{result:?}"
        );
    }
    assert_eq!(server.registry(), before);
    server.set_state(&serde_json::json!({ "elevated": false }));
    let result = server.run("install.ps1", &[]);
    assert!(
        result.code == 2 && result.stderr.contains("this needs an elevated PowerShell"),
        "{result:?}"
    );
    assert_eq!(server.registry(), before);
}

#[test]
fn a_service_of_somebody_else_is_shown_and_left_alone() {
    const IMAGE: &str = r#""C:\Other Product\other.exe" --run"#;
    let Some(project) = Project::hello("foreign", |manifest| manifest) else {
        return;
    };
    project.build();
    let Some(server) = Server::new("foreign", Edition::Desktop) else {
        return;
    };
    project.unpack(&server.wine.path(r"C:\unpacked"));
    server.wine.create_service("HelloService", IMAGE);
    let key = r"HKLM\SYSTEM\CurrentControlSet\Services\HelloService";
    let mut registry = server.registry();
    registry[key] = serde_json::json!({ "ImagePath": { "type": "ExpandString", "value": IMAGE } });
    fs::write(server.home.join("registry.json"), registry.to_string()).expect("the registry");

    for script in ["install.ps1", "uninstall.ps1"] {
        let result = server.run(script, &[]);
        assert!(
            result.code == 6
                && result
                    .stderr
                    .contains(&format!("not of this program: {IMAGE}")),
            "{script}: {result:?}"
        );
        assert_eq!(server.registry(), registry, "{script}");
        let image = server.wine.registry_value(key, "ImagePath");
        assert_eq!(image.expect("the image path").1, IMAGE, "{script}");
        let folder = server.wine.path(r"C:\Program Files\Hello Service");
        assert!(!folder.exists(), "{script}");
    }
}

#[test]
fn an_account_of_the_domain_gets_the_right_to_log_on() {
    const ACCOUNT: &str = r"CONTOSO\orders$";
    const HOLDERS: [&str; 2] = ["*S-1-5-80-0", "*S-1-5-21-1-2-3-1104"];
    let managed = |manifest: String| {
        let name = "name = \"HelloService\"";
        manifest.replace(name, &format!("{name}\naccount = '{ACCOUNT}'"))
    };
    let Some(project) = Project::hello("logon", managed) else {
        return;
    };
    project.build();
    let Some(mut server) = Server::new("logon", Edition::Core) else {
        return;
    };
    project.unpack(&server.wine.path(r"C:\unpacked"));
    for edition in EDITIONS {
        server.edition = edition;
        let mut state = serde_json::json!({ "system_services": ["Tcpip"] });
        server.set_state(&state);
        let result = server.run("install.ps1", &["-NoStart"]);
        let words = "the account `CONTOSO\\orders$` is not known here";
        assert!(
            result.code == 2 && result.stderr.contains(words),
            "{result:?}"
        );

        state["accounts"] = serde_json::json!([ACCOUNT]);
        state["policy_rights"] = serde_json::json!([HOLDERS[0]]);
        server.set_state(&state);
        let result = server.run("install.ps1", &["-NoStart"]);
        let words = "a group policy says who may log on as a service";
        assert!(
            result.code == 2 && result.stderr.contains(words),
            "{result:?}"
        );

        state["policy_rights"] = serde_json::Value::Null;
        server.set_state(&state);
        let first = server.run("install.ps1", &["-NoStart"]).success();
        let words = "right to log on as a service for CONTOSO\\orders$";
        assert!(first.stdout.contains(words), "{first:?}");
        assert_eq!(
            server.state()["rights"]["SeServiceLogonRight"],
            serde_json::json!(HOLDERS)
        );
        let key = r"HKLM\SYSTEM\CurrentControlSet\Services\HelloService";
        assert_eq!(server.registry()[key]["ObjectName"]["value"], ACCOUNT);
        let again = server.run("install.ps1", &["-NoStart"]).success();
        assert!(
            again.stdout.contains("nothing had to be changed"),
            "{again:?}"
        );
        server.run("uninstall.ps1", &["-Purge"]).success();
    }
}

#[test]
fn scripts_have_nothing_that_windows_powershell_lacks() {
    let Some(engine) = powershell::engine() else {
        return;
    };
    let folder = support::cache().join("lint");
    fs::create_dir_all(&folder).expect("a folder");
    let scripts = [
        ("install.ps1", gorelease::deploy::install::install_script()),
        (
            "uninstall.ps1",
            gorelease::deploy::install::uninstall_script(),
        ),
    ];
    for (name, text) in scripts {
        let path = folder.join(name);
        fs::write(&path, text).expect("a script");
        let output = std::process::Command::new(&engine)
            .arg("--lint-5.1")
            .arg(&path)
            .output()
            .expect("the engine runs");
        let found = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && found.trim().is_empty(),
            "{name}: {found}"
        );
    }
}
