//! Processors, memory and disk.

use std::path::PathBuf;

use super::row::{Row, Section};
use crate::project::{Host, Memory, host};

const SECTION: Section = Section::Machine;

const GIBIBYTE: u64 = 1 << 30;

/// What the machine has left.
#[derive(Debug, Clone)]
pub struct Machine {
    /// System, architecture, processors.
    pub host: Host,
    /// Memory, where the system tells.
    pub memory: Option<Memory>,
    /// Folders that a release writes to, with the bytes free there, where the system tells.
    pub disks: Vec<(PathBuf, Option<u64>)>,
}

impl Machine {
    /// This machine, with the room in `places`.
    pub fn gather(places: impl Iterator<Item = PathBuf>) -> Self {
        Self {
            host: Host::gather(),
            memory: Memory::gather(),
            disks: places
                .map(|place| {
                    let free = host::free_disk(&place).ok();
                    (place, free)
                })
                .collect(),
        }
    }
}

/// All rows about the machine.
pub(super) fn rows(machine: &Machine) -> Vec<Row> {
    let Host { os, arch, cpus } = &machine.host;
    let mut rows = vec![Row::ok(
        SECTION,
        "processor",
        format!("{os}/{arch}, {cpus} at once"),
    )];
    rows.extend(machine.memory.as_ref().map(memory));
    rows.extend(machine.disks.iter().map(|(place, free)| disk(place, *free)));
    rows
}

/// The linker of a large program takes this much.
const LITTLE_MEMORY: u64 = GIBIBYTE;

fn memory(memory: &Memory) -> Row {
    let limit = match memory.limit {
        Some(limit) => format!(", limited to {} by the control group", size(limit)),
        None => String::new(),
    };
    let value = format!(
        "{} of {} available{limit}",
        size(memory.available),
        size(memory.total)
    );
    if memory.available < LITTLE_MEMORY {
        Row::warning(SECTION, "memory", value)
            .hint("large programs may not link; close other programs or raise the limit")
    } else {
        Row::ok(SECTION, "memory", value)
    }
}

/// Below this a release is unlikely to fit; below a fifth of it, it certainly does not.
const LITTLE_DISK: u64 = GIBIBYTE;

fn disk(place: &std::path::Path, free: Option<u64>) -> Row {
    const NAME: &str = "disk";
    let place = place.display();
    let Some(free) = free else {
        return Row::warning(
            SECTION,
            NAME,
            format!("the system does not tell what is free at `{place}`"),
        );
    };
    let value = format!("{} free at `{place}`", size(free));
    let hint = "free some space; `go clean -cache` and `gorelease cache clean` help";
    if free < LITTLE_DISK / 5 {
        Row::problem(SECTION, NAME, value).hint(hint)
    } else if free < LITTLE_DISK {
        Row::warning(SECTION, NAME, value).hint(hint)
    } else {
        Row::ok(SECTION, NAME, value)
    }
}

/// `1.5 GiB`, `700 MiB`.
fn size(bytes: u64) -> String {
    if bytes >= GIBIBYTE {
        let tenths = bytes / (GIBIBYTE / 10);
        format!("{}.{} GiB", tenths / 10, tenths % 10)
    } else {
        format!("{} MiB", bytes >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::super::row::Level;
    use super::*;

    #[test]
    fn little_room_is_said_in_two_degrees() {
        let level = |free| disk("/dist".as_ref(), Some(free)).level;
        assert_eq!(level(100 << 20), Level::Problem);
        assert_eq!(level(500 << 20), Level::Warning);
        assert_eq!(level(5 * GIBIBYTE), Level::Ok);
    }

    #[test]
    fn the_limit_of_a_container_is_shown() {
        let row = memory(&Memory {
            total: 16 * GIBIBYTE,
            available: 700 << 20,
            limit: Some(GIBIBYTE * 3 / 2),
        });
        assert_eq!(
            row.value,
            "700 MiB of 16.0 GiB available, limited to 1.5 GiB by the control group"
        );
        assert_eq!(row.level, Level::Warning);
    }
}
