//! What the service host writes to the Event Log, and the exit codes of its own failures.
//!
//! Ids and codes are an interface: monitoring filters by them. This is the one list of them; the host's Go source and
//! the users' guide are compared with it. Deployment scripts have ids of their own, from 900.

/// How important an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Information.
    Information,
    /// Warning.
    Warning,
    /// Error.
    Error,
}

impl Level {
    /// The word in documents.
    pub fn word(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// The id, from 1 to 1000: the messages of `EventCreate.exe`.
    pub id: u32,
    /// The name of its constant in the host's source.
    pub constant: &'static str,
    /// The level.
    pub level: Level,
    /// When it is written.
    pub meaning: &'static str,
    /// The service-specific exit code of the service that ends with it.
    pub exit_code: Option<ExitCode>,
}

impl Event {
    /// When it is written, with the exit code of the service that ends with it.
    pub fn meaning_with_exit_code(&self) -> String {
        match self.exit_code {
            None => self.meaning.to_owned(),
            Some(code) if code.constant == "exitProgramEnded" => format!(
                "{} (exit code: the program's own, or {} if that is 0)",
                self.meaning, code.number
            ),
            Some(code) => format!("{} (exit code {})", self.meaning, code.number),
        }
    }
}

/// A service-specific exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode {
    /// The number.
    pub number: u32,
    /// The name of its constant in the host's source.
    pub constant: &'static str,
}

/// Every event, by id.
pub const EVENTS: [Event; 14] = [
    plain(1, "eventStarted", Level::Information, "started and ready"),
    plain(2, "eventStopRequested", Level::Information, "asked to stop"),
    plain(3, "eventStopped", Level::Information, "stopped"),
    plain(
        4,
        "eventControl",
        Level::Information,
        "a control was carried out",
    ),
    ending(
        10,
        "eventSettingsWrong",
        "the settings are wrong",
        10_001,
        "exitSettingsWrong",
    ),
    ending(
        11,
        "eventProgramNotStarted",
        "the program cannot be started",
        10_002,
        "exitProgramNotStarted",
    ),
    ending(
        12,
        "eventNotReady",
        "not ready in time",
        10_003,
        "exitNotReady",
    ),
    ending(
        13,
        "eventProgramEnded",
        "the program ended by itself",
        10_004,
        "exitProgramEnded",
    ),
    plain(
        14,
        "eventStopTimeout",
        Level::Warning,
        "the program did not stop in time and was ended",
    ),
    plain(
        15,
        "eventLogFile",
        Level::Warning,
        "the log file cannot be written or rotated",
    ),
    plain(
        100,
        "eventOutputWarning",
        Level::Warning,
        "a line of the program's output",
    ),
    plain(
        101,
        "eventOutputError",
        Level::Error,
        "a line of the program's output",
    ),
    plain(
        102,
        "eventCrash",
        Level::Error,
        "the program's last words: a panic or a crash of the Go runtime",
    ),
    plain(
        103,
        "eventOutputSuppressed",
        Level::Warning,
        "more lines than the limit; they are in the log file",
    ),
];

const fn plain(id: u32, constant: &'static str, level: Level, meaning: &'static str) -> Event {
    Event {
        id,
        constant,
        level,
        meaning,
        exit_code: None,
    }
}

const fn ending(
    id: u32,
    constant: &'static str,
    meaning: &'static str,
    number: u32,
    exit: &'static str,
) -> Event {
    Event {
        id,
        constant,
        level: Level::Error,
        meaning,
        exit_code: Some(ExitCode {
            number,
            constant: exit,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::service::host::HOST_FILES;

    const GUIDE: &str = include_str!("../../docs/windows-service.md");

    /// The constants of the host's source, with their numbers.
    fn constants() -> BTreeMap<String, u32> {
        let source = HOST_FILES
            .iter()
            .find(|(name, _)| *name == "events.go")
            .unwrap()
            .1;
        let constant = |line: &str| {
            let (name, number) = line.trim().split_once('=')?;
            Some((name.trim().to_owned(), number.trim().parse().ok()?))
        };
        source.lines().filter_map(constant).collect()
    }

    #[test]
    fn the_host_has_these_ids_and_codes_and_no_others() {
        let events = EVENTS.iter().map(|event| (event.constant, event.id));
        let codes = EVENTS.iter().filter_map(|event| event.exit_code);
        let codes = codes.map(|code| (code.constant, code.number));
        let expected: BTreeMap<String, u32> = events
            .chain(codes)
            .map(|(name, number)| (name.to_owned(), number))
            .collect();
        assert_eq!(constants(), expected);
        assert!(EVENTS.iter().all(|event| (1..900).contains(&event.id)));
    }

    #[test]
    fn the_host_reports_each_event_with_its_level() {
        let sources: String = HOST_FILES.iter().map(|(_, text)| *text).collect();
        for event in EVENTS {
            let level = match event.level {
                Level::Information => "information",
                Level::Warning => "warning",
                Level::Error => "failure",
            };
            // Lines of the program are reported with the level that was found in them.
            let found = [level, "found"]
                .iter()
                .any(|level| sources.contains(&format!("({}, {level}, ", event.constant)));
            assert!(found, "{}", event.constant);
        }
    }

    /// The event's row in the guide.
    fn row(event: &Event) -> String {
        format!(
            "| {} | {} | {} |",
            event.id,
            event.level.word(),
            event.meaning_with_exit_code()
        )
    }

    #[test]
    fn the_guide_lists_them_all() {
        let section = GUIDE
            .split("## Events")
            .nth(1)
            .unwrap()
            .split("\n## ")
            .next()
            .unwrap();
        let rows = section
            .lines()
            .filter(|line| line.starts_with("| ") && !line.starts_with("| id"));
        let expected: Vec<String> = EVENTS.iter().map(row).collect();
        assert_eq!(rows.collect::<Vec<_>>(), expected);
    }
}
