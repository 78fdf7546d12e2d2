//! A small Windows for one story: a drive, a registry, doubles of the commands, and a hand-over folder for each version.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gorelease::deploy::model::{Artifact, Role};
use gorelease::deploy::{Config, build, script};
use gorelease::service::Service;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fixture;

/// Which PowerShell plays the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// PowerShell 7.
    Core,
    /// Windows PowerShell 5.1 on a server whose ANSI code page is 936.
    Desktop,
}

/// Both.
pub const EDITIONS: [Edition; 2] = [Edition::Core, Edition::Desktop];

/// The engine for tests, or none with a word about it; with `GORELEASE_REQUIRE_TOOLS=1` its absence is a failure.
pub fn engine() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/powershell/pwsh");
    let named = std::env::var_os("GORELEASE_PWSH").map(PathBuf::from);
    let found = [named, Some(shared)]
        .into_iter()
        .flatten()
        .find(|path| path.is_file());
    let python = Path::new("/usr/bin/python3").is_file();
    if found.is_none() || !python {
        let required =
            std::env::var_os("GORELEASE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
        assert!(
            !required,
            "the PowerShell engine for tests or /usr/bin/python3 is missing"
        );
        println!("skipped: the PowerShell engine for tests or /usr/bin/python3 is missing");
        return None;
    }
    found
}

/// What a run answered.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code, cut to Linux's 8 bits; none when it was killed.
    pub code: Option<i32>,
    /// Standard output and standard error.
    pub text: String,
}

impl Outcome {
    /// The `-Json` result.
    pub fn json(&self) -> Value {
        let start = self
            .text
            .find('{')
            .unwrap_or_else(|| panic!("no JSON: {}", self.text));
        let end = self
            .text
            .rfind('}')
            .unwrap_or_else(|| panic!("no JSON: {}", self.text));
        serde_json::from_str(&self.text[start..=end])
            .unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// The server.
pub struct World {
    root: tempfile::TempDir,
    engine: PathBuf,
    edition: Edition,
    /// Variables for the next runs.
    pub environment: BTreeMap<String, String>,
}

impl World {
    /// A fresh server, or none when the engine is missing.
    pub fn new(edition: Edition) -> Option<Self> {
        let engine = engine()?;
        let root = tempfile::tempdir().expect("a temporary folder");
        let home = root.path();
        for folder in [
            "c/Program Files",
            "c/ProgramData",
            "c/Windows/System32/drivers/etc",
            "c/nginx/conf",
            "sim/bin",
        ] {
            fs::create_dir_all(home.join(folder)).expect("a folder");
        }
        fs::write(
            home.join("c/Windows/System32/drivers/etc/hosts"),
            "127.0.0.1 localhost\r\n",
        )
        .expect("hosts");
        let simulator = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/windows_sim");
        for name in [
            "sc",
            "icacls",
            "whoami",
            "eventcreate",
            "nginx",
            "msiexec",
            "w32tm",
            "appcmd",
            "netsh",
            "wevtutil",
            "ps",
        ] {
            let path = home.join("sim/bin").join(name);
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/python3 -S -E '{}/sim.py' {name} \"$@\"\n",
                simulator.display()
            );
            fs::write(&path, text).expect("a double");
            make_executable(&path);
        }
        let environment = BTreeMap::from([(
            "PWSH_PRELUDE".to_owned(),
            simulator.join("prelude.ps1").display().to_string(),
        )]);
        let world = Self {
            root,
            engine,
            edition,
            environment,
        };
        world.change_state(|state| {
            *state = serde_json::json!({ "system_services": ["Tcpip"], "services": {}, "firewall": {}, "iis": {} });
        });
        let registry = serde_json::json!({ r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application": {} });
        fs::write(
            world.root.path().join("sim/registry.json"),
            registry.to_string(),
        )
        .expect("the registry");
        Some(world)
    }

    /// A file or folder of drive C.
    pub fn path(&self, windows: &str) -> PathBuf {
        self.root.path().join("c").join(windows.replace('\\', "/"))
    }

    /// Lays a hand-over folder for `version` on drive C; `behaviour` is what its program does.
    pub fn hand_over(
        &self,
        version: &str,
        behaviour: &str,
        config: &Config,
        services: &[Service],
    ) -> Folder {
        self.hand_over_titled("Contoso Orders", version, behaviour, config, services)
    }

    /// The same for a product of another title.
    pub fn hand_over_titled(
        &self,
        title: &str,
        version: &str,
        behaviour: &str,
        config: &Config,
        services: &[Service],
    ) -> Folder {
        let folder = self.path(&format!("handover {version}"));
        fs::create_dir_all(folder.join("programs")).expect("a folder");
        let program = format!(r#"{{"version": "{version}", "behaviour": "{behaviour}"}}"#);
        let mut artifacts =
            vec![self.artifact(&folder, "programs/orders.exe", Role::Program, &program)];
        for service in services {
            for file in &service.config {
                let name =
                    gorelease::deploy::build_service::config_artifact(&service.name, &file.name);
                let text = format!("# configuration of {version}\n");
                artifacts.push(self.artifact(&folder, &name, Role::Config, &text));
            }
        }
        let mut release = fixture::release(version, artifacts);
        release.product.title = title.to_owned();
        self.finish(folder, release, config, services)
    }

    /// Writes an artifact and gives its entry.
    pub fn artifact(&self, folder: &Path, name: &str, role: Role, text: &str) -> Artifact {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, text).expect("an artifact");
        let mut artifact = fixture::artifact(name, role);
        artifact.size = text.len() as u64;
        artifact.sha256 = Sha256::digest(text)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        artifact
    }

    /// Writes `deployment.json` and the script.
    pub fn finish(
        &self,
        folder: PathBuf,
        release: gorelease::deploy::Release,
        config: &Config,
        services: &[Service],
    ) -> Folder {
        assert_eq!(
            gorelease::deploy::check(config, services),
            [],
            "the story's tables are wrong"
        );
        let model = build(&release, config, services);
        fs::write(folder.join("deployment.json"), model.to_json()).expect("deployment.json");
        if let Some(nginx) = &model.proxy.nginx {
            fs::create_dir_all(folder.join("nginx")).expect("a folder");
            fs::write(
                folder.join("nginx/server.conf"),
                gorelease::deploy::nginx::server(&model, nginx),
            )
            .expect("nginx");
        }
        fs::write(folder.join("Deploy.ps1"), script::deploy_script()).expect("Deploy.ps1");
        Folder { path: folder }
    }

    fn command(&self, folder: &Folder, arguments: &[&str]) -> Command {
        let home = self.root.path();
        let mut command = Command::new(&self.engine);
        command
            .args(["-NoProfile", "-File"])
            .arg(folder.path.join("Deploy.ps1"))
            .args(arguments)
            .env("PWSH_DRIVES", format!("C={}", home.join("c").display()))
            .env("PWSH_REGISTRY", home.join("sim/registry.json"))
            .env("SIM_HOME", home.join("sim"))
            .env("LC_ALL", "C.UTF-8")
            .env("ProgramFiles", r"C:\Program Files")
            .env("ProgramData", r"C:\ProgramData")
            .env("SystemRoot", r"C:\Windows")
            .env("SystemDrive", "C:")
            .env("COMPUTERNAME", "SRV1")
            .env("PROCESSOR_ARCHITECTURE", "AMD64")
            .env_remove("PWSH_EDITION")
            .envs(&self.environment);
        if self.edition == Edition::Desktop {
            command
                .env("PWSH_EDITION", "Desktop")
                .env("PWSH_ANSI", "936");
        }
        command
    }

    /// Runs `Deploy.ps1`.
    pub fn run(&self, folder: &Folder, arguments: &[&str]) -> Outcome {
        let Output {
            status,
            stdout,
            stderr,
        } = self
            .command(folder, arguments)
            .output()
            .expect("the engine");
        let text =
            String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        Outcome {
            code: status.code(),
            text,
        }
    }

    /// Runs text that calls the script, which it finds as `$Deploy`; for arguments that are objects.
    pub fn run_text(&self, folder: &Folder, text: &str) -> Outcome {
        let script = folder.path.join("call.ps1");
        let deploy = folder.path.join("Deploy.ps1");
        fs::write(
            &script,
            format!(
                "$Deploy = '{}'\n{text}\nexit $LASTEXITCODE\n",
                deploy.display()
            ),
        )
        .expect("a script");
        let command = self.command(folder, &[]);
        let mut plain = Command::new(&self.engine);
        plain.args(["-NoProfile", "-File"]).arg(script);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => plain.env(name, value),
                None => plain.env_remove(name),
            };
        }
        let Output {
            status,
            stdout,
            stderr,
        } = plain.output().expect("the engine");
        let text =
            String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        Outcome {
            code: status.code(),
            text,
        }
    }

    /// Runs it and expects an exit code.
    pub fn expect(&self, folder: &Folder, arguments: &[&str], code: i32) -> Outcome {
        let outcome = self.run(folder, arguments);
        assert_eq!(
            outcome.code,
            Some(code),
            "{arguments:?} in {:?}:\n{}",
            self.edition,
            outcome.text
        );
        outcome
    }

    /// Calls a double without PowerShell; its exit code.
    pub fn native(&self, words: &[String]) -> i32 {
        let home = self.root.path();
        let status = Command::new(home.join("sim/bin").join(&words[0]))
            .args(&words[1..])
            .env("PWSH_DRIVES", format!("C={}", home.join("c").display()))
            .env("PWSH_REGISTRY", home.join("sim/registry.json"))
            .env("SIM_HOME", home.join("sim"))
            .output();
        assert!(status.is_ok(), "{words:?}");
        let code = fs::read_to_string(home.join("sim/code")).unwrap_or_default();
        code.trim()
            .parse()
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// The simulator's state.
    pub fn state(&self) -> Value {
        read(&self.root.path().join("sim/state.json"))
    }

    /// The registry.
    pub fn registry(&self) -> Value {
        read(&self.root.path().join("sim/registry.json"))
    }

    /// Changes the simulator's state.
    pub fn change_state(&self, change: impl FnOnce(&mut Value)) {
        let path = self.root.path().join("sim/state.json");
        let mut state = read(&path);
        change(&mut state);
        fs::write(path, state.to_string()).expect("the state");
    }

    /// Changes the registry.
    pub fn change_registry(&self, change: impl FnOnce(&mut Value)) {
        let path = self.root.path().join("sim/registry.json");
        let mut registry = read(&path);
        change(&mut registry);
        fs::write(path, registry.to_string()).expect("the registry");
    }

    /// A service's registry value.
    pub fn service_value(&self, service: &str, name: &str) -> Value {
        let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{service}");
        self.registry()[&key][name]["value"].clone()
    }

    /// The services that run, sorted.
    pub fn running(&self) -> Vec<String> {
        let state = self.state();
        let services = state["services"].as_object().cloned().unwrap_or_default();
        services
            .into_iter()
            .filter(|(_, service)| service["status"] == "Running")
            .map(|(name, _)| name)
            .collect()
    }

    /// How often the journal was written in the last run.
    pub fn journal_writes(&self) -> u32 {
        let text =
            fs::read_to_string(self.root.path().join("sim/journal-writes")).unwrap_or_default();
        text.trim().parse().unwrap_or(0)
    }

    /// Everything that a deployment can leave on the server: files, services, registry, rules, IIS; for comparisons.
    pub fn snapshot(&self) -> Value {
        let state = self.state();
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(self.path("")).sort_by_file_name() {
            let entry = entry.expect("a file");
            let name = entry
                .path()
                .strip_prefix(self.path(""))
                .expect("below C")
                .display()
                .to_string();
            if !name.starts_with("handover") {
                files.push(name);
            }
        }
        let services: Vec<&String> = state["services"]
            .as_object()
            .map(|map| map.keys().collect())
            .unwrap_or_default();
        let mut iis = state["iis"].clone();
        if let Some(map) = iis.as_object_mut() {
            map.remove("backups");
        }
        serde_json::json!({
            "files": files, "services": services, "firewall": state["firewall"], "registry": self.registry(), "iis": iis,
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let state = self.state();
        for service in state["services"]
            .as_object()
            .into_iter()
            .flat_map(|services| services.values())
        {
            if let Some(pid) = service["pid"].as_i64() {
                let _ = Command::new("kill").arg(pid.to_string()).status();
            }
        }
    }
}

/// A hand-over folder.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it lies.
    pub path: PathBuf,
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|_| "{}".to_owned());
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
}
