//! The commands that `gorelease scaffold sc` prints: what the programs are given by each shell, and that they do it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::program;
use crate::project::Project;
use crate::support::powershell::{self, Edition};
use crate::support::wine::{State, Wine};
use crate::support::{self, http};

const NAME: &str = "it's $(x) & `y` ^z";
const TITLE: &str = "Orders & \\\"Sons\\\" | <b>";
const SAYS: &str = "a \\\"b\\\" \\\\";

/// The commands for one shell, a line each.
fn printed(project: &Project, shell: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(["scaffold", "sc", "--shell", shell])
        .current_dir(&project.root)
        .output()
        .expect("gorelease runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// The commands that are programs, neither remarks nor what the shell does itself.
fn programs(commands: &[String]) -> Vec<String> {
    let is_program = |command: &&String| {
        ["sc.exe ", "reg.exe ", "icacls.exe "]
            .iter()
            .any(|program| command.starts_with(program))
    };
    commands.iter().filter(is_program).cloned().collect()
}

/// What Wine's `cmd.exe` gives to the programs: a line for each command, its arguments between bars.
fn given_by_cmd(wine: &Wine, commands: &[String]) -> Option<Vec<String>> {
    let echo = program::build(&program::source("endings"), "echo", &[])?;
    fs::copy(echo, wine.path(r"C:\echo.exe")).expect("a copy");
    let line = |command: &String| {
        let (_, arguments) = command.split_once(' ').expect("arguments");
        format!("C:\\echo.exe arguments {arguments}\r\n")
    };
    let batch: String = commands.iter().map(line).collect();
    fs::write(wine.path(r"C:\all.bat"), format!("@echo off\r\n{batch}")).expect("a batch file");
    let result = wine.run("cmd.exe", &["/c", r"C:\all.bat"]);
    Some(result.stdout.lines().map(str::to_owned).collect())
}

/// The same by PowerShell.
fn given_by_powershell(
    folder: &Path,
    edition: Edition,
    commands: &[String],
) -> Option<Vec<String>> {
    let engine = powershell::engine()?;
    fs::create_dir_all(folder).expect("a folder");
    for name in ["sc.exe", "reg.exe", "icacls.exe"] {
        let double = folder.join(name);
        fs::write(&double, "#!/bin/sh\nIFS='|'\nprintf '%s\\n' \"$*\"\n").expect("a double");
        support::wine::make_executable(&double);
    }
    let script = folder.join("all.ps1");
    fs::write(&script, commands.join("\r\n")).expect("a script");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = powershell::file(&engine, edition, &script)
        .env("PATH", format!("{}:{path}", folder.display()))
        .output()
        .expect("the engine runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(str::to_owned).collect())
}

#[test]
fn every_shell_gives_the_same_arguments() {
    let hostile = |manifest: String| {
        manifest
            .replace("title = \"Hello Service\"", &format!("title = \"{TITLE}\""))
            .replace(
                "name = \"HelloService\"",
                &format!("name = \"{NAME}\"\nenv = {{ SAYS = \"{SAYS}\" }}"),
            )
    };
    let (Some(wine), Some(project)) = (
        Wine::new("scaffold-quoting"),
        Project::hello("quoting", hostile),
    ) else {
        return;
    };
    let Some(cmd) = given_by_cmd(&wine, &programs(&printed(&project, "cmd"))) else {
        return;
    };
    let title = TITLE.replace("\\\"", "\"");
    let image = format!(
        "\"C:\\Program Files\\Orders & _Sons_ _ _b_\\hello-service.exe\" \"--gorelease-service={NAME}\""
    );
    let key = format!("HKLM\\SYSTEM\\CurrentControlSet\\Services\\{NAME}\\Parameters");
    for expected in [
        format!(
            "create|{NAME}|binPath=|{image}|start=|delayed-auto|obj=|NT SERVICE\\{NAME}|DisplayName=|{title}"
        ),
        format!("failure|{NAME}|reset=|86400|actions=|restart/5000/restart/30000/restart/60000"),
        format!("failureflag|{NAME}|1"),
        format!("sidtype|{NAME}|unrestricted"),
        format!("add|{key}|/v|Environment|/t|REG_MULTI_SZ|/s|||/d|SAYS=a \"b\" \\|/f"),
        format!(
            "add|HKLM\\SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\{NAME}|/v|CustomSource|/t|REG_DWORD|/d|1|/f"
        ),
        format!(
            "C:\\ProgramData\\Orders & _Sons_ _ _b_\\data|/inheritance:r|/grant:r|*S-1-5-18:(OI)(CI)F|*S-1-5-32-544:(OI)(CI)F|*{}:(OI)(CI)M|/q",
            gorelease::service::service_sid(NAME)
        ),
        format!("start|{NAME}"),
        format!("delete|{NAME}"),
    ] {
        assert!(
            cmd.contains(&expected),
            "{expected}\nis not in\n{}",
            cmd.join("\n")
        );
    }
    for (edition, shell) in [
        (Edition::Desktop, "powershell-5.1"),
        (Edition::Core, "powershell-7"),
    ] {
        let folder = support::cache().join(format!("scaffold-{edition:?}"));
        let Some(given) =
            given_by_powershell(&folder, edition, &programs(&printed(&project, shell)))
        else {
            return;
        };
        assert_eq!(given, cmd, "{shell}");
    }
}

/// The printed commands before the remark about the removal, and those after it.
fn halves(commands: &[String]) -> (Vec<String>, Vec<String>) {
    let at = commands
        .iter()
        .position(|command| command.contains("removal"))
        .expect("the remark");
    (commands[..at].to_vec(), commands[at..].to_vec())
}

#[test]
fn the_commands_set_up_start_stop_and_delete() {
    let port = http::free_port();
    let change = |manifest: String| manifest.replace("port = 8080", &format!("port = {port}"));
    let (Some(wine), Some(project)) = (Wine::new("scaffold"), Project::hello("scaffold", change))
    else {
        return;
    };
    project.build();
    project.unpack(&wine.path(r"C:\Program Files\Hello Service"));
    let run = |commands: &[String]| {
        for command in commands {
            // Wine's sc.exe knows none of these verbs.
            let verb = command.split(' ').nth(1).unwrap_or_default();
            if command.starts_with("sc.exe") && ["sidtype", "privs", "failureflag"].contains(&verb)
            {
                continue;
            }
            // What the remark asks for.
            if let Some((folder, files)) = command
                .strip_prefix("rem copy into ")
                .and_then(|rest| rest.split_once(": "))
            {
                let folder = wine.path(folder);
                fs::copy(project.root.join(files), folder.join(files)).expect("a copy");
            }
            // `obj=` with a virtual account: Wine has none.
            let command = command.replace(r#"obj= "NT SERVICE\HelloService""#, "obj= LocalSystem");
            fs::write(wine.path(r"C:\one.bat"), format!("@{command}\r\n")).expect("a batch file");
            wine.run("cmd.exe", &["/c", r"C:\one.bat"]).success();
            if verb == "stop" {
                wine.wait_for("HelloService", State::Stopped, Duration::from_secs(120));
                wine.assert_stopped_in_order("HelloService");
            }
        }
    };
    let (set_up, removal) = halves(&printed(&project, "cmd"));
    run(&set_up);
    wine.wait_for("HelloService", State::Running, Duration::from_secs(120));
    assert_eq!(http::wait_for_answer(port, "/healthz").0, 200);
    let source = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\HelloService";
    let file = wine.registry_value(source, "EventMessageFile");
    assert_eq!(
        file.expect("the event source").1,
        r"C:\Windows\System32\EventCreate.exe"
    );
    run(&removal);
    assert!(wine.service_status("HelloService").is_none());
    assert!(!wine.registry_key_exists(source));
}

#[test]
fn powershell_makes_the_same_folders() {
    let Some(project) = Project::hello("scaffold-folders", |manifest| manifest) else {
        return;
    };
    let Some(engine) = powershell::engine() else {
        return;
    };
    for (edition, shell) in [
        (Edition::Desktop, "powershell-5.1"),
        (Edition::Core, "powershell-7"),
    ] {
        let drive = support::cache().join(format!("scaffold-drive-{edition:?}"));
        let _ = fs::remove_dir_all(&drive);
        fs::create_dir_all(&drive).expect("a folder");
        let mut commands = printed(&project, shell);
        commands.retain(|command| command.starts_with("New-Item") || command.starts_with('#'));
        let script = drive.join("folders.ps1");
        fs::write(&script, commands.join("\r\n")).expect("a script");
        for _ in 0..2 {
            let output = powershell::file(&engine, edition, &script)
                .env("PWSH_DRIVES", format!("C={}", drive.display()))
                .output()
                .expect("the engine runs");
            assert!(output.status.success(), "{output:?}");
        }
        for name in ["config", "data", "logs"] {
            let folder = drive.join("ProgramData/Hello Service").join(name);
            assert!(folder.is_dir(), "{}", folder.display());
        }
    }
}

/// What the scaffolded service runs: its name and how it behaves come from the image path.
const SCAFFOLDED_MAIN: &str = r#"package main

import (
	"context"
	"errors"
	"os"
	"time"
)

func main() { runService(os.Args[1], run) }

func run(ctx context.Context) error {
	switch os.Args[2] {
	case "deaf":
		time.Sleep(time.Hour)
	case "fails":
		time.Sleep(500 * time.Millisecond)
		return errors.New("broken")
	}
	<-ctx.Done()
	return ctx.Err()
}
"#;

#[test]
fn the_scaffolded_service_starts_and_stops() {
    let Some(wine) = Wine::new("scaffolded") else {
        return;
    };
    let files = [
        ("go.mod", "module example.com/scaffolded\n\ngo 1.21\n"),
        ("main.go", SCAFFOLDED_MAIN),
    ];
    let project = Project::of("scaffolded", &files);
    let scaffold = Command::new(env!("CARGO_BIN_EXE_gorelease"))
        .args(["scaffold", "service"])
        .current_dir(&project.root)
        .output()
        .expect("gorelease runs");
    assert!(scaffold.status.success(), "{scaffold:?}");
    let file = project.root.join("service_windows.go");
    let text = fs::read_to_string(&file).expect("the scaffolded file");
    // Wine's services are not in session 0, by which the package tells that it is one.
    let changes = [
        (
            "stopTimeout = 20 * time.Second",
            "stopTimeout = time.Second",
        ),
        ("svc.IsWindowsService()", "true, error(nil)"),
    ];
    let changed = changes.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    fs::write(&file, changed).expect("the scaffolded file");
    let Some(mut go) = program::go(&project.root) else {
        return;
    };
    let got = go.args(["get", "golang.org/x/sys@v0.30.0"]).output();
    if !got.expect("go runs").status.success() {
        support::skip::<()>("`golang.org/x/sys` cannot be fetched");
        return;
    }
    let Some(executable) = program::build(&project.root, "scaffolded", &[]) else {
        return;
    };
    let image = wine.windows_path(&executable);
    for behaviour in ["orderly", "deaf", "fails"] {
        wine.create_service(behaviour, &format!("\"{image}\" {behaviour} {behaviour}"));
        wine.start_service(behaviour);
    }
    let patience = Duration::from_secs(60);
    for behaviour in ["orderly", "deaf"] {
        wine.wait_for(behaviour, State::Running, patience);
        wine.stop_service(behaviour);
        wine.wait_for(behaviour, State::Stopped, patience);
        wine.assert_stopped_in_order(behaviour);
    }
    wine.wait_for("fails", State::Stopped, patience);
    wine.assert_failed("fails", 1);
}
