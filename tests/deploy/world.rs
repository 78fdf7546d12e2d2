//! A small Windows for one story: a drive, a registry, doubles of the commands, and a hand-over folder for each version.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gorelease::deploy::model::{Artifact, Role};
use gorelease::deploy::{Config, build, install};
use gorelease::service::Service;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fixture;
use crate::session::{Outcome, Place};
pub use crate::support::powershell::{EDITIONS, Edition};

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
    place: Option<RefCell<Place>>,
    home: PathBuf,
    edition: Edition,
    /// Variables for the next runs.
    pub environment: BTreeMap<String, String>,
}

impl World {
    /// A fresh server, or none when the engine is missing.
    pub fn new(edition: Edition) -> Option<Self> {
        let place = Place::take(edition)?;
        let world = Self {
            home: place.home.clone(),
            place: Some(RefCell::new(place)),
            edition,
            environment: BTreeMap::new(),
        };
        let hosts = world.path(r"Windows\System32\drivers\etc\hosts");
        fs::write(hosts, "127.0.0.1 localhost\r\n").expect("hosts");
        world.change_state(|state| {
            *state = serde_json::json!({
                "system_services": ["Tcpip"], "services": {}, "firewall": {},
                "certificates": [{ "Subject": "CN=gate.example", "Thumbprint": "ab".repeat(20), "NotAfter": "2999-01-01T00:00:00" }],
                // What another gateway on this server may have set before.
                "iis": {
                    "sites": {}, "pools": {}, "farms": {}, "rules": {}, "variables": {}, "backups": {}, "certificates": {}, "filters": {},
                    "proxy": {
                        "enabled": "false", "timeout": "00:05:00", "cache.enabled": "true", "preserveHostHeader": "false",
                        "reverseRewriteHostInResponseHeaders": "true", "includePortInXForwardedFor": "true", "responseBufferLimit": "4096",
                    },
                },
            });
        });
        world.change_registry(|registry| {
            *registry = serde_json::json!({ r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application": {} });
        });
        Some(world)
    }

    fn place(&self) -> &RefCell<Place> {
        self.place.as_ref().expect("a place until the end")
    }

    /// A file or folder of drive C.
    pub fn path(&self, windows: &str) -> PathBuf {
        self.home.join("c").join(windows.replace('\\', "/"))
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
        for file in gorelease::deploy::generate(&model, config) {
            let path = folder.join(&file.path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, file.text).expect("a file of the folder");
        }
        Folder { path: folder }
    }

    /// Runs `Deploy.ps1` in the warm engine.
    pub fn run(&self, folder: &Folder, arguments: &[&str]) -> Outcome {
        let words: Vec<String> = arguments.iter().map(|word| literal(word)).collect();
        self.run_text(folder, &format!("& $Deploy {}", words.join(" ")))
    }

    /// Lays the unpacked zip of `version` on drive C, with more files beside the program.
    pub fn zip(&self, version: &str, services: &[Service], more: &[&str]) -> Folder {
        let folder = self.path(&format!("handover zip {version}"));
        fs::create_dir_all(&folder).expect("a folder");
        let product = fixture::release(version, Vec::new()).product;
        let files: Vec<String> = ["orders.exe"]
            .iter()
            .chain(more)
            .map(|name| (*name).to_owned())
            .collect();
        for name in more {
            fs::write(folder.join(name), format!("{name} of {version}")).expect("a file");
        }
        let data = install::install_data(&product, services, &files).expect("the data");
        for (name, text) in [
            (
                "orders.exe",
                format!(r#"{{"version": "{version}", "behaviour": "ok"}}"#),
            ),
            (install::DATA_FILE, data),
            (install::INSTALL_FILE, install::install_script()),
            (install::UNINSTALL_FILE, install::uninstall_script()),
        ] {
            fs::write(folder.join(name), text).expect("a file");
        }
        Folder { path: folder }
    }

    /// Runs a script of a folder and expects an exit code.
    pub fn script(&self, path: &Path, arguments: &[&str], code: i32) -> Outcome {
        let words: Vec<String> = arguments.iter().map(|word| literal(word)).collect();
        let text = format!("& '{}' {}", path.display(), words.join(" "));
        let folder = Folder {
            path: path.parent().expect("a folder").to_owned(),
        };
        let outcome = self.run_text(&folder, &text);
        assert_eq!(outcome.code, Some(code), "{arguments:?}: {}", outcome.text);
        outcome
    }

    /// Writes a value of a service's registry key; `key` is below that.
    pub fn set_service_value(&self, key: &str, name: &str, kind: &str, value: Value) {
        let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{key}");
        self.change_registry(|registry| {
            registry[&key][name] = serde_json::json!({ "type": kind, "value": value });
        });
    }

    /// The services that are registered, sorted.
    pub fn registered(&self) -> Vec<String> {
        let state = self.state();
        let services = state["services"].as_object().cloned().unwrap_or_default();
        services.into_iter().map(|(name, _)| name).collect()
    }

    /// Runs text that calls the script, which it finds as `$Deploy`; for arguments that are objects.
    pub fn run_text(&self, folder: &Folder, text: &str) -> Outcome {
        let deploy = folder.path.join("Deploy.ps1");
        let mut lines = vec![format!("$Deploy = '{}'", deploy.display())];
        // A variable of an earlier run is not left behind.
        for name in ["SIM_NGINX", "SIM_CRASH_AT", "SIM_CRASH_IN"] {
            let value = self.environment.get(name).map_or("", String::as_str);
            lines.push(format!("$env:{name} = '{value}'"));
        }
        lines.push(text.to_owned());
        let script = self.home.join("call.ps1");
        fs::write(&script, lines.join("\n")).expect("a script");
        self.place().borrow_mut().run(&script)
    }

    /// Runs `Deploy.ps1` in a PowerShell of its own, as a person does.
    pub fn run_file(&self, folder: &Folder, arguments: &[&str]) -> Outcome {
        let script = folder.path.join("Deploy.ps1");
        let mut command = self.place().borrow().command(&script);
        let output = command
            .args(arguments)
            .envs(&self.environment)
            .output()
            .expect("the engine");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome {
            code: output.status.code(),
            text: text(&output.stdout) + &text(&output.stderr),
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
        let status = Command::new(self.home.join("sim/bin").join(&words[0]))
            .args(&words[1..])
            .envs(self.place().borrow().environment())
            .output();
        assert!(status.is_ok(), "{words:?}");
        let code = fs::read_to_string(self.home.join("sim/code")).unwrap_or_default();
        code.trim()
            .parse()
            .unwrap_or_else(|error| panic!("{words:?}: {error}"))
    }

    /// Writes a file to drive C.
    pub fn lay(&self, windows: &str, text: &str) {
        fs::write(self.path(windows), text).expect("a file");
    }

    /// The local AppLocker policy.
    pub fn policy(&self) -> String {
        fs::read_to_string(self.home.join("sim/policy.xml")).expect("the policy")
    }

    /// Puts the local AppLocker policy there.
    pub fn lay_policy(&self, text: &str) {
        fs::write(self.home.join("sim/policy.xml"), text).expect("the policy");
    }

    /// Whether anything called `Stop-Canary`, which nothing must ever do.
    pub fn canary_was_called(&self) -> bool {
        self.home.join("sim/canary").exists()
    }

    /// The simulator's state.
    pub fn state(&self) -> Value {
        read(&self.home.join("sim/state.json"))
    }

    /// The registry.
    pub fn registry(&self) -> Value {
        read(&self.home.join("sim/registry.json"))
    }

    /// Changes the simulator's state.
    pub fn change_state(&self, change: impl FnOnce(&mut Value)) {
        let path = self.home.join("sim/state.json");
        let mut state = read(&path);
        change(&mut state);
        fs::write(path, state.to_string()).expect("the state");
    }

    /// Changes the registry.
    pub fn change_registry(&self, change: impl FnOnce(&mut Value)) {
        let path = self.home.join("sim/registry.json");
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

    /// How the product is served: what runs and how it starts, what ARR sends where, firewall rules, packages.
    pub fn outcome(&self) -> Value {
        let state = self.state();
        let settings = |name: &String| {
            let values =
                ["ImagePath", "Start", "ObjectName"].map(|value| self.service_value(name, value));
            (name.clone(), Value::from(values.to_vec()))
        };
        let services: serde_json::Map<String, Value> =
            self.running().iter().map(settings).collect();
        let mut servers = state["iis"]["farms"]["orders"]["servers"].clone();
        for server in servers
            .as_object_mut()
            .into_iter()
            .flat_map(|map| map.values_mut())
        {
            *server = server["enabled"].clone();
        }
        let packages: Vec<&String> = state["packages"]
            .as_object()
            .into_iter()
            .flat_map(|map| map.keys())
            .collect();
        serde_json::json!({ "services": services, "servers": servers, "firewall": state["firewall"], "packages": packages })
    }

    /// How often the journal was written in the last run.
    pub fn journal_writes(&self) -> u32 {
        let text = fs::read_to_string(self.home.join("sim/journal-writes")).unwrap_or_default();
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
            map.remove("asked");
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
                let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
            }
        }
        // After a failure the folder stays as it is, for a look.
        if let Some(place) = self.place.take().filter(|_| !std::thread::panicking()) {
            place.into_inner().put_back();
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

/// An argument as PowerShell text: a parameter as it is, everything else in quotes.
fn literal(word: &str) -> String {
    if word.starts_with('-') {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "''"))
    }
}
