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
    for name in ["sc.exe", "reg.exe"] {
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
    let Some(cmd) = given_by_cmd(&wine, &printed(&project, "cmd")) else {
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
        let Some(given) = given_by_powershell(&folder, edition, &printed(&project, shell)) else {
            return;
        };
        assert_eq!(given, cmd, "{shell}");
    }
}

#[test]
fn the_commands_register_start_stop_and_delete() {
    let port = http::free_port();
    let change = |manifest: String| manifest.replace("port = 8080", &format!("port = {port}"));
    let (Some(wine), Some(project)) = (Wine::new("scaffold"), Project::hello("scaffold", change))
    else {
        return;
    };
    project.build();
    project.unpack(&wine.path(r"C:\Program Files\Hello Service"));
    for (folder, file) in [("config", Some("hello.json")), ("data", None)] {
        let folder = wine.path(&format!(r"C:\ProgramData\Hello Service\{folder}"));
        fs::create_dir_all(&folder).expect("a folder");
        if let Some(file) = file {
            fs::copy(project.root.join(file), folder.join(file)).expect("a copy");
        }
    }
    let run = |verbs: &[&str]| {
        // Wine's sc.exe knows none of these.
        let unknown = ["sidtype", "privs", "failureflag"];
        let commands = printed(&project, "cmd").into_iter().filter(|command| {
            let verb = command.split(' ').nth(1).unwrap_or_default();
            verbs.contains(&verb) && !unknown.contains(&verb)
        });
        for command in commands {
            // `obj=` with a virtual account: Wine has none.
            let command = command.replace(r#"obj= "NT SERVICE\HelloService""#, "obj= LocalSystem");
            fs::write(wine.path(r"C:\one.bat"), format!("@{command}\r\n")).expect("a batch file");
            wine.run("cmd.exe", &["/c", r"C:\one.bat"]).success();
        }
    };
    run(&["create", "description", "failure", "add", "start"]);
    wine.wait_for("HelloService", State::Running, Duration::from_secs(120));
    assert_eq!(http::wait_for_answer(port, "/healthz").0, 200);
    run(&["stop"]);
    wine.wait_for("HelloService", State::Stopped, Duration::from_secs(120));
    wine.assert_stopped_in_order("HelloService");
    run(&["delete"]);
    assert!(wine.service_status("HelloService").is_none());
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
