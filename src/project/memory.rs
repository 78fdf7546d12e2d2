//! How much memory the machine, or the container, leaves us.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// What the machine has.
    pub total: u64,
    /// What can be used now without swapping, the control group's limit considered.
    pub available: u64,
    /// The control group's limit, when it is below the machine's total.
    pub limit: Option<u64>,
}

impl Memory {
    /// The memory as it stands now; `None` where the system does not tell.
    pub fn gather() -> Option<Self> {
        let (total, free) = of_machine()?;
        let group = Group::tightest(Path::new("/"));
        let limit = group
            .as_ref()
            .map(|group| group.limit)
            .filter(|limit| *limit < total);
        let left = group.map_or(u64::MAX, |group| group.limit.saturating_sub(group.used));
        Some(Self {
            total,
            available: free.min(left),
            limit,
        })
    }
}

/// Total and available bytes of the machine.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn of_machine() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    Some((
        meminfo(&text, "MemTotal:")?,
        meminfo(&text, "MemAvailable:")?,
    ))
}

/// A field of `/proc/meminfo` in bytes (proc_meminfo(5)).
#[cfg(any(target_os = "linux", target_os = "android"))]
fn meminfo(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Total and available bytes of the machine. These systems give memory back on demand (compressed or cached pages), so
/// half of the total is taken for available.
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
fn of_machine() -> Option<(u64, u64)> {
    // SAFETY: `sysconf` takes and gives plain numbers.
    let (pages, size) = unsafe {
        (
            libc::sysconf(libc::_SC_PHYS_PAGES),
            libc::sysconf(libc::_SC_PAGESIZE),
        )
    };
    let total = u64::try_from(pages).ok()? * u64::try_from(size).ok()?;
    Some((total, total / 2))
}

/// Total and available bytes of the machine.
#[cfg(windows)]
fn of_machine() -> Option<(u64, u64)> {
    use windows_sys::Win32::System::SystemInformation::{GlobalMemoryStatusEx, MEMORYSTATUSEX};

    let length = u32::try_from(size_of::<MEMORYSTATUSEX>()).ok()?;
    // SAFETY: all zeroes is a valid value of this plain structure.
    let mut status: MEMORYSTATUSEX = unsafe { std::mem::zeroed() };
    status.dwLength = length;
    // SAFETY: the pointer is to a live structure that states its own length.
    let done = unsafe { GlobalMemoryStatusEx(&mut status) };
    (done != 0).then_some((status.ullTotalPhys, status.ullAvailPhys))
}

/// A Linux control group that limits memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Group {
    limit: u64,
    /// What its processes use and cannot give back.
    used: u64,
}

/// Where a version of control groups keeps its files (Linux, admin-guide/cgroup-v1/memory and cgroup-v2).
struct Layout {
    mount: &'static str,
    limit: &'static str,
    usage: &'static str,
    /// The field of `memory.stat` with the cache that is given back first.
    inactive: &'static str,
}

const VERSION_1: Layout = Layout {
    mount: "sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    usage: "memory.usage_in_bytes",
    inactive: "total_inactive_file ",
};

const VERSION_2: Layout = Layout {
    mount: "sys/fs/cgroup",
    limit: "memory.max",
    usage: "memory.current",
    inactive: "inactive_file ",
};

impl Group {
    /// Of our own group and those above it, the one that leaves the least. `root` is `/`, but for tests.
    fn tightest(root: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
        let groups = text.lines().flat_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            let controllers = fields.next().unwrap_or_default();
            let path = fields.next().unwrap_or_default();
            let layout = match controllers {
                "" => Some(VERSION_2),
                list if list.split(',').any(|name| name == "memory") => Some(VERSION_1),
                _ => None,
            };
            layout
                .map(|layout| layout.groups(root, path))
                .unwrap_or_default()
        });
        groups.min_by_key(|group| group.limit.saturating_sub(group.used))
    }
}

impl Layout {
    /// The group at `path` and those above it. In a container the path may be the host's and not exist here: then the
    /// mount's own root is the container's group, and it is among those above.
    fn groups(&self, root: &Path, path: &str) -> Vec<Group> {
        let mount = root.join(self.mount);
        let folder = mount.join(path.trim_start_matches('/'));
        folder
            .ancestors()
            .take_while(|folder| folder.starts_with(&mount))
            .filter_map(|folder| self.group(folder.to_path_buf()))
            .collect()
    }

    fn group(&self, folder: PathBuf) -> Option<Group> {
        let number = |name: &str| -> Option<u64> {
            let text = std::fs::read_to_string(folder.join(name)).ok()?;
            text.trim().parse().ok()
        };
        // `max` is no number: no limit.
        let limit = number(self.limit)?;
        let inactive = std::fs::read_to_string(folder.join("memory.stat"))
            .ok()
            .and_then(|text| {
                let value = text
                    .lines()
                    .find_map(|line| line.strip_prefix(self.inactive))?;
                value.trim().parse().ok()
            })
            .unwrap_or(0);
        Some(Group {
            limit,
            used: number(self.usage)?.saturating_sub(inactive),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let file = folder.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        folder
    }

    #[test]
    fn version_2_takes_the_tightest_of_the_groups_above() {
        let root = root(&[
            ("proc/self/cgroup", "0::/job/step\n"),
            ("sys/fs/cgroup/job/step/memory.max", "max\n"),
            ("sys/fs/cgroup/job/step/memory.current", "5\n"),
            ("sys/fs/cgroup/job/memory.max", "1000\n"),
            ("sys/fs/cgroup/job/memory.current", "600\n"),
            (
                "sys/fs/cgroup/job/memory.stat",
                "anon 1\nfile 450\ninactive_file 200\n",
            ),
        ]);
        assert_eq!(
            Group::tightest(root.path()),
            Some(Group {
                limit: 1000,
                used: 400
            })
        );
    }

    #[test]
    fn version_1_in_a_container_is_found_at_the_mount() {
        let root = root(&[
            (
                "proc/self/cgroup",
                "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/\n",
            ),
            ("sys/fs/cgroup/memory/memory.limit_in_bytes", "2048\n"),
            ("sys/fs/cgroup/memory/memory.usage_in_bytes", "48\n"),
        ]);
        assert_eq!(
            Group::tightest(root.path()),
            Some(Group {
                limit: 2048,
                used: 48
            })
        );
    }

    #[test]
    fn without_control_groups_there_is_no_limit() {
        assert_eq!(Group::tightest(root(&[]).path()), None);
    }

    #[test]
    fn this_machine_has_memory() {
        let memory = Memory::gather().unwrap();
        assert!(memory.available > 0 && memory.available <= memory.total);
    }
}
