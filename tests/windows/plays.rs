//! The scripts for real Windows (`run.ps1` and its plays), as far as Linux can prove them: syntax, the commands of Windows
//! PowerShell 5.1, and whole runs against Wine and the doubles.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support;
use crate::support::powershell::{self, Edition};
use crate::support::wine::make_executable;

/// All scripts, `run.ps1` first.
fn scripts() -> Vec<PathBuf> {
    let folder = support::root().join("tests/windows");
    let mut scripts = vec![folder.join("run.ps1")];
    for name in ["common.ps1", "machine.ps1"] {
        scripts.push(folder.join(name));
    }
    let plays = fs::read_dir(folder.join("plays")).expect("the plays");
    scripts.extend(plays.map(|entry| entry.expect("a play").path()));
    scripts
}

#[test]
fn the_scripts_are_good_for_both_editions() {
    let Some(engine) = powershell::engine() else {
        return;
    };
    let scripts = scripts();
    for script in &scripts {
        let text = fs::read(script).expect("a script");
        assert!(text.is_ascii(), "{}", script.display());
    }
    let check = support::root().join("../shared/tools/powershell-5.1/check.ps1");
    let table = check.display().to_string();
    let mut checks = vec![vec!["--parse"], vec!["--lint-5.1"]];
    if check.is_file() {
        checks.push(vec!["-NoProfile", "-File", &table]);
    } else {
        let _: Option<()> =
            support::skip("the table of the commands of Windows PowerShell 5.1 is missing");
    }
    for arguments in checks {
        let output = Command::new(&engine)
            .args(&arguments)
            .args(&scripts)
            .output();
        let output = output.expect("the engine runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.trim().is_empty(),
            "{arguments:?}: {text}"
        );
    }
}

#[test]
fn run_knows_every_play_and_the_checklist_names_it() {
    let folder = support::root().join("tests/windows");
    let run = fs::read_to_string(folder.join("run.ps1")).expect("run.ps1");
    let list = run
        .lines()
        .find_map(|line| line.strip_prefix("$Plays = '"))
        .expect("the list of plays");
    let mut listed: Vec<&str> = list.trim_end_matches('\'').split("', '").collect();
    listed.sort_unstable();
    let mut there: Vec<String> = scripts()
        .iter()
        .filter(|path| {
            path.parent()
                .is_some_and(|parent| parent.ends_with("plays"))
        })
        .filter_map(|path| path.file_stem()?.to_str().map(str::to_owned))
        .collect();
    there.sort_unstable();
    assert_eq!(listed, there);
    let checklist = support::root().join("docs/dev/windows-checklist.md");
    let checklist = fs::read_to_string(checklist).expect("the checklist");
    for play in there {
        assert!(checklist.contains(&format!("`{play}`")), "{play}");
    }
}

/// The doubles of Windows, on which `run.ps1` runs.
struct Machine {
    folder: tempfile::TempDir,
    engine: PathBuf,
}

impl Machine {
    fn new() -> Option<Self> {
        let engine = powershell::engine()?;
        for tool in ["python3", "go", "git"] {
            support::require_tool(tool)?;
        }
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["c/Program Files", "c/ProgramData", "sim/bin", "tmp"] {
            fs::create_dir_all(folder.path().join(name)).expect("a folder");
        }
        let entry = support::root().join("tests/windows_sim/sim.py");
        for name in ["sc", "icacls", "whoami", "msiexec", "ps"] {
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/python3 -S -E '{}' {name} \"$@\"\n",
                entry.display()
            );
            let double = folder.path().join("sim/bin").join(name);
            fs::write(&double, text).expect("a double");
            make_executable(&double);
        }
        Some(Self { folder, engine })
    }

    /// Runs `run.ps1` with these plays and faults of the doubles: the exit code with the output, the report, and its text.
    fn run(
        &self,
        edition: Edition,
        plays: &str,
        faults: &Value,
    ) -> (Option<i32>, String, Value, String) {
        let home = self.folder.path().join("sim");
        fs::write(
            home.join("state.json"),
            json!({ "faults": faults }).to_string(),
        )
        .expect("the state");
        fs::write(home.join("registry.json"), "{}").expect("the registry");
        let report = self.folder.path().join("report");
        let _ = fs::remove_dir_all(&report);
        let script = support::root().join("tests/windows/run.ps1");
        let tools = PathBuf::from(env!("CARGO_BIN_EXE_gorelease"));
        let tools = tools.parent().expect("a folder").display().to_string();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = powershell::file(&self.engine, edition, &script);
        let output = command
            .args(["-Offline", "-Only", plays, "-Report"])
            .arg(&report)
            .env("PATH", format!("{tools}:{path}"))
            .env("OS", "Windows_NT")
            .env("SIM_HOME", &home)
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("PWSH_REGISTRY", home.join("registry.json"))
            .env(
                "PWSH_PRELUDE",
                support::root().join("tests/windows_sim/prelude.ps1"),
            )
            .env(
                "PWSH_DRIVES",
                format!("C={}", self.folder.path().join("c").display()),
            )
            .env("ProgramFiles", r"C:\Program Files")
            .env("ProgramData", r"C:\ProgramData")
            .env("SystemRoot", r"C:\Windows")
            .env("SystemDrive", "C:")
            .output()
            .expect("the engine runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let read = |name: &str| fs::read_to_string(report.join(name)).unwrap_or_default();
        let json = serde_json::from_str(&read("report.json")).unwrap_or_default();
        let all = text(&output.stdout) + &text(&output.stderr);
        (output.status.code(), all, json, read("report.txt"))
    }
}

/// `rules` is what the doubles obey, so that it passes on them; `nginx` has to be downloaded.
#[test]
fn a_run_reports_what_passed_failed_and_was_left_out() {
    let Some(machine) = Machine::new() else {
        return;
    };
    let (code, output, report, text) = machine.run(Edition::Desktop, "rules,nginx", &json!([]));
    assert_eq!(code, Some(0), "{output}");
    assert_eq!(report["schema_version"], 1, "{text}");
    let results: Vec<&Value> = report["plays"]
        .as_array()
        .expect("plays")
        .iter()
        .map(|play| &play["result"])
        .collect();
    assert_eq!(results, ["passed", "skipped"], "{output}");
    assert!(
        text.contains("passed   rules (") && text.contains("skipped  nginx ("),
        "{text}"
    );
    // A rule that is broken is one line of the report, and a service that stays is another.
    let faults = json!([
        { "command": "sc delete", "match": "GoreleaseRule", "times": 100, "code": 5 },
    ]);
    let (code, output, report, text) = machine.run(Edition::Core, "rules", &faults);
    assert_eq!(code, Some(1), "{output}");
    assert_eq!(report["plays"][0]["result"], "failed", "{output}");
    assert!(text.contains("FAILED  the code of: "), "{text}");
    let left =
        r"FAILED  nothing is left behind HKLM:\SYSTEM\CurrentControlSet\Services\GoreleaseRule";
    assert!(text.contains(left), "{text}");
    let rest = fs::read_dir(machine.folder.path().join("tmp")).expect("the temporary files");
    assert_eq!(rest.count(), 0, "the folders of the plays are gone");

    let (code, output, ..) = machine.run(Edition::Core, "rules,nothing", &json!([]));
    assert_eq!(code, Some(2), "{output}");
    assert!(
        output.contains("unknown play: nothing; the plays: rules, "),
        "{output}"
    );
}
