//! The Wine test bed: every test gets a prefix of its own, copied from one that is prepared once.
//!
//! A [`Wine`] keeps one process running in its prefix, because Wine's service manager ends with the last
//! process and then answers 1077 for every service. Dropping it ends the prefix's processes and removes it.

mod prefix;
mod service;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub use service::State;

/// What Wine's `start.exe` prints when a program that exists could not be loaded.
const LOADER_GAVE_UP: &str = "ShellExecuteEx failed: Internal error.";

/// What a Windows program left behind.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; Linux shows its lowest 8 bits only.
    pub code: i32,
    /// Standard output with `\n` line ends.
    pub stdout: String,
    /// Standard error with `\n` line ends.
    pub stderr: String,
}

impl Finished {
    /// Fails with the whole output unless the exit code is 0.
    #[track_caller]
    pub fn success(self) -> Self {
        assert_eq!(self.code, 0, "{self:#?}");
        self
    }
}

/// A running Wine with a prefix of its own.
pub struct Wine {
    prefix: PathBuf,
    keeper: Child,
}

impl Wine {
    /// A fresh prefix for the test called `test`, or none when Wine is missing and the test is skipped.
    pub fn new(test: &str) -> Option<Self> {
        super::require_tool("wine")?;
        super::require_tool("wineserver")?;
        let template = prefix::template()?;
        let prefix = super::cache().join(format!("prefix-{test}-{}", std::process::id()));
        prefix::copy(&template, &prefix);
        let keeper = wine_command(&prefix)
            .arg("cmd.exe")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("wine starts");
        let wine = Self { prefix, keeper };
        super::poll::until(
            "Wine's service manager",
            std::time::Duration::from_secs(60),
            || {
                wine.service_status("PlugPlay")
                    .filter(|status| status.state == State::Running)
            },
        );
        Some(wine)
    }

    /// The prefix's folder (`WINEPREFIX`).
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The Linux path of a path on drive C, for example `C:\Program Files\x.exe`.
    pub fn path(&self, windows: &str) -> PathBuf {
        let rest = windows.strip_prefix(r"C:\").expect("a path on drive C");
        rest.split('\\')
            .fold(self.prefix.join("drive_c"), |path, part| path.join(part))
    }

    /// The Windows path of a Linux path: drive C inside the prefix, drive Z elsewhere.
    pub fn windows_path(&self, path: &Path) -> String {
        let (drive, rest) = match path.strip_prefix(self.prefix.join("drive_c")) {
            Ok(rest) => (r"C:\", rest),
            Err(_) => ("Z:", path),
        };
        format!("{drive}{}", rest.display().to_string().replace('/', r"\"))
    }

    /// A command that runs a Windows program with arguments in this prefix.
    pub fn command(&self, program: &str) -> Command {
        let mut command = wine_command(&self.prefix);
        command.arg(in_system_folder(program));
        command
    }

    /// Runs a Windows program to its end.
    ///
    /// On a loaded machine Wine's loader now and then gives a program up before it has run; only that is
    /// tried again.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Finished {
        for _ in 0..3 {
            let finished = capture(self.command(program).args(arguments), &self.prefix);
            if !finished.stdout.contains(LOADER_GAVE_UP) {
                return finished;
            }
        }
        panic!("wine could not load {program} in three attempts");
    }

    /// Runs a Linux program to its end in the prefix's environment, for example a PowerShell engine whose
    /// `sc.exe` is Wine's, see [`Wine::wrappers`].
    pub fn run_linux(&self, command: &mut Command) -> Finished {
        set_environment(command, &self.prefix);
        capture(command, &self.prefix)
    }

    /// A folder for the PATH with wrappers, so that Linux programs call Wine's own `sc.exe`, `net.exe`,
    /// `reg.exe` and `msiexec.exe` by their Windows names.
    pub fn wrappers(&self) -> PathBuf {
        let folder = self.prefix.join("wrappers");
        fs::create_dir_all(&folder).expect("the wrapper folder");
        for program in ["sc.exe", "net.exe", "reg.exe", "msiexec.exe"] {
            let path = folder.join(program);
            let full = in_system_folder(program);
            fs::write(&path, format!("#!/bin/sh\nexec wine '{full}' \"$@\"\n")).expect("a wrapper");
            make_executable(&path);
        }
        folder
    }

    /// `msiexec` with `/qn` and a verbose log: the exit code, and the log's text.
    pub fn msiexec(&self, arguments: &[&str]) -> (i32, String) {
        let log = self.prefix.join("drive_c/msi.log");
        let log_argument = self.windows_path(&log);
        let result = self.run(
            "msiexec",
            &[arguments, &["/qn", "/l*v", &log_argument]].concat(),
        );
        let bytes = fs::read(&log).unwrap_or_default();
        let encoding = if bytes.starts_with(&[0xFF, 0xFE]) {
            encoding_rs::UTF_16LE
        } else {
            encoding_rs::UTF_8
        };
        (result.code, encoding.decode(&bytes).0.into_owned())
    }

    /// `reg query KEY /v VALUE`: the value's type and text, or none.
    pub fn registry_value(&self, key: &str, value: &str) -> Option<(String, String)> {
        let result = self.run("reg", &["query", key, "/v", value]);
        let line = result
            .stdout
            .lines()
            .find(|line| line.trim_start().starts_with(value))?
            .trim_start();
        let (kind, text) = line[value.len()..].trim_start().split_once("    ")?;
        Some((kind.to_owned(), text.to_owned()))
    }

    /// Whether the registry key exists.
    pub fn registry_key_exists(&self, key: &str) -> bool {
        self.run("reg", &["query", key]).code == 0
    }

    /// Writes a registry value; `kind` is `REG_SZ`, `REG_DWORD`, `REG_MULTI_SZ` (with `\0` between) ...
    pub fn set_registry_value(&self, key: &str, value: &str, kind: &str, data: &str) {
        self.run(
            "reg",
            &["add", key, "/v", value, "/t", kind, "/d", data, "/f"],
        )
        .success();
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        prefix::end(&self.prefix);
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.prefix);
        }
    }
}

/// The full path of a program of Windows itself: a bare name makes Wine start `start.exe` first, which
/// takes longer and gives up under load. Any other path stays as it is.
fn in_system_folder(program: &str) -> String {
    if program.contains(['/', '\\']) {
        return program.to_owned();
    }
    let extension = if program.ends_with(".exe") {
        ""
    } else {
        ".exe"
    };
    format!(r"C:\windows\system32\{program}{extension}")
}

/// Wine, in an address space that is laid out the same each time where the system allows it: with random layouts one
/// of some thousand processes fails to start with an "internal error" that has nothing to do with what is tested, with
/// this one none of as many did.
fn wine_command(prefix: &Path) -> Command {
    static FIXED_LAYOUT: LazyLock<bool> = LazyLock::new(|| {
        let tried = Command::new("setarch").args(["-R", "true"]).output();
        tried.is_ok_and(|output| output.status.success())
    });
    let mut command = if *FIXED_LAYOUT {
        let mut command = Command::new("setarch");
        command.args(["-R", "wine"]);
        command
    } else {
        Command::new("wine")
    };
    set_environment(&mut command, prefix);
    command
}

fn set_environment(command: &mut Command, prefix: &Path) {
    command
        .env("WINEPREFIX", prefix)
        .env("WINEDEBUG", "-all")
        .env(
            "WINEDLLOVERRIDES",
            "winemenubuilder.exe=d;mscoree=d;mshtml=d",
        )
        .env("LC_ALL", "C.UTF-8")
        .env_remove("DISPLAY");
}

/// Runs to the end with the output in files: a pipe would stay open as long as any process lives that Wine
/// started on the way.
fn capture(command: &mut Command, folder: &Path) -> Finished {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let [stdout, stderr] = ["out", "err"].map(|kind| folder.join(format!("{number}.{kind}")));
    let file = |path: &Path| File::create(path).expect("an output file");
    let status = command
        .stdin(Stdio::null())
        .stdout(file(&stdout))
        .stderr(file(&stderr))
        .status();
    let status = status.expect("the program starts");
    let text = |path: &Path| {
        let bytes = fs::read(path).expect("the output");
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    };
    let finished = Finished {
        code: status.code().unwrap_or(-1),
        stdout: text(&stdout),
        stderr: text(&stderr),
    };
    let _ = (fs::remove_file(stdout), fs::remove_file(stderr));
    finished
}

/// Lets the file be run.
pub fn make_executable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    #[cfg(not(unix))]
    let _ = path;
}
