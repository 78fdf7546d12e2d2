//! Places for stories: a folder with drive C and the doubles' state, and a PowerShell that stays warm from story to story.
//!
//! Most of a run's time is the engine's start and the compilation of what it runs for the first time. So a place keeps
//! its engine, and the next story in it begins with empty folders. A place belongs to one story at a time; it lies in the test bed
//! and is locked, so that another test process takes another one.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, PipeReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

use crate::support::powershell::{self, Edition};
use crate::support::{self, wine::make_executable};

/// The commands that have a double.
pub const DOUBLES: [&str; 12] = [
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
    "secedit",
    "ps",
];

/// Places that no story uses at the moment.
static IDLE: Mutex<Vec<Place>> = Mutex::new(Vec::new());

/// What a run answered.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none when the run was killed.
    pub code: Option<i32>,
    /// Standard output and standard error.
    pub text: String,
}

/// A folder with `c` and `sim`, and the engine that works on it.
pub struct Place {
    /// The folder.
    pub home: PathBuf,
    /// The engine's manners.
    pub edition: Edition,
    engine: PathBuf,
    session: Option<Session>,
    _lock: File,
}

/// A running engine.
struct Session {
    process: Child,
    requests: ChildStdin,
    answers: BufReader<PipeReader>,
}

impl Place {
    /// An empty place, or none when the engine or Python is missing.
    pub fn take(edition: Edition) -> Option<Self> {
        let idle = {
            let mut places = IDLE.lock().expect("the places");
            let found = places.iter().position(|place| place.edition == edition);
            found.map(|index| places.swap_remove(index))
        };
        let place = match idle {
            Some(place) => place,
            None => Self::new(edition)?,
        };
        place.clear();
        Some(place)
    }

    fn new(edition: Edition) -> Option<Self> {
        let engine = powershell::engine()?;
        support::require_tool("python3")?;
        let places = support::cache().join("places");
        fs::create_dir_all(&places).expect("the test bed");
        for number in 0.. {
            let path = places.join(format!("{edition:?}-{number}"));
            let lock = File::create(path.with_extension("lock")).expect("a lock");
            if lock.try_lock().is_ok() {
                return Some(Self {
                    home: path,
                    edition,
                    engine,
                    session: None,
                    _lock: lock,
                });
            }
        }
        None
    }

    /// Gives the place to the next story.
    pub fn put_back(self) {
        IDLE.lock().expect("the places").push(self);
    }

    /// Empties drive C and the doubles' state.
    fn clear(&self) {
        // A program that is ending may still write a file here.
        for _ in 0..50 {
            let _ = fs::remove_dir_all(&self.home);
            if !self.home.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert!(!self.home.exists(), "{:?} cannot be emptied", self.home);
        for folder in [
            "c/Program Files",
            "c/ProgramData",
            "c/Windows/System32/drivers/etc",
            "c/nginx/conf",
            "c/inetpub",
            "sim/bin",
        ] {
            fs::create_dir_all(self.home.join(folder)).expect("a folder");
        }
        let entry = simulator().join("sim.py");
        for name in DOUBLES {
            let path = self.home.join("sim/bin").join(name);
            let text = format!(
                "#!/bin/sh\nexec /usr/bin/python3 -S -E '{}' {name} \"$@\"\n",
                entry.display()
            );
            fs::write(&path, text).expect("a double");
            make_executable(&path);
        }
    }

    /// What the doubles and the engine need to know.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let text = |path: PathBuf| path.display().to_string();
        vec![
            ("SIM_HOME", text(self.home.join("sim"))),
            ("PWSH_DRIVES", format!("C={}", text(self.home.join("c")))),
            ("PWSH_REGISTRY", text(self.home.join("sim/registry.json"))),
            ("PWSH_PRELUDE", text(simulator().join("prelude.ps1"))),
            ("ProgramFiles", r"C:\Program Files".to_owned()),
            ("ProgramData", r"C:\ProgramData".to_owned()),
            ("SystemRoot", r"C:\Windows".to_owned()),
            ("SystemDrive", "C:".to_owned()),
            ("COMPUTERNAME", "SRV1".to_owned()),
            ("PROCESSOR_ARCHITECTURE", "AMD64".to_owned()),
        ]
    }

    /// A PowerShell of its own for a script, as a person starts it.
    pub fn command(&self, script: &Path) -> Command {
        let mut command = powershell::file(&self.engine, self.edition, script);
        command.envs(self.environment());
        command
    }

    /// Runs a script in the warm engine.
    pub fn run(&mut self, script: &Path) -> Outcome {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::start(self.command(&simulator().join("session.ps1"))),
        };
        writeln!(session.requests, "{}", script.display()).expect("a request");
        let (outcome, alive) = session.answer();
        if alive {
            self.session = Some(session);
        } else {
            let _ = session.process.wait();
        }
        outcome
    }
}

impl Session {
    fn start(mut command: Command) -> Self {
        let (answers, writer) = std::io::pipe().expect("a pipe");
        let copy = writer.try_clone().expect("a pipe");
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(writer)
            .stderr(copy)
            .spawn()
            .expect("the engine");
        // The command keeps the pipe's other end open.
        drop(command);
        Self {
            requests: process.stdin.take().expect("the engine's input"),
            process,
            answers: BufReader::new(answers),
        }
    }

    /// Reads until the run has ended; whether the engine is still there.
    fn answer(&mut self) -> (Outcome, bool) {
        let mut bytes = Vec::new();
        loop {
            let start = bytes.len();
            let length = self
                .answers
                .read_until(b'\n', &mut bytes)
                .expect("an answer");
            let line = String::from_utf8_lossy(&bytes[start..]).into_owned();
            let ended = line.strip_prefix("##ended ").map(str::trim);
            if length > 0 && ended.is_none() {
                continue;
            }
            bytes.truncate(start);
            let outcome = Outcome {
                code: ended.and_then(|code| code.parse().ok()),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            };
            return (outcome, length > 0);
        }
    }
}

/// The small Windows.
pub fn simulator() -> PathBuf {
    support::root().join("tests/windows_sim")
}
