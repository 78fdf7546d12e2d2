//! Names of programs that come with Windows.

use super::programs::Program;
use crate::manifest::Builder;
use crate::problem::{Problem, Problems};
use crate::target::Target;

/// Executables in `%SystemRoot%\System32` that administrators and scripts call by name (Microsoft Learn, "Windows
/// commands": <https://learn.microsoft.com/windows-server/administration/windows-commands/windows-commands>).
const NAMES: [&str; 103] = [
    "appcmd",
    "arp",
    "at",
    "attrib",
    "auditpol",
    "bcdboot",
    "bcdedit",
    "bitsadmin",
    "cacls",
    "certreq",
    "certutil",
    "change",
    "chkdsk",
    "choice",
    "cipher",
    "clip",
    "cmd",
    "cmdkey",
    "comp",
    "compact",
    "convert",
    "cscript",
    "curl",
    "defrag",
    "diskpart",
    "diskperf",
    "diskraid",
    "dism",
    "dnscmd",
    "driverquery",
    "eventcreate",
    "expand",
    "explorer",
    "fc",
    "find",
    "findstr",
    "finger",
    "fltmc",
    "fondue",
    "forfiles",
    "format",
    "fsutil",
    "ftp",
    "getmac",
    "gpresult",
    "gpupdate",
    "hostname",
    "icacls",
    "ipconfig",
    "klist",
    "label",
    "logman",
    "logoff",
    "makecab",
    "manage-bde",
    "mmc",
    "more",
    "mountvol",
    "msg",
    "msiexec",
    "nbtstat",
    "net",
    "netsh",
    "netstat",
    "nltest",
    "notepad",
    "nslookup",
    "openfiles",
    "pathping",
    "ping",
    "pnputil",
    "powershell",
    "print",
    "query",
    "reg",
    "regedit",
    "regsvr32",
    "replace",
    "robocopy",
    "route",
    "runas",
    "rundll32",
    "sc",
    "schtasks",
    "setx",
    "sfc",
    "shutdown",
    "sort",
    "ssh",
    "systeminfo",
    "takeown",
    "tar",
    "taskkill",
    "tasklist",
    "tracert",
    "tree",
    "tzutil",
    "vssadmin",
    "waitfor",
    "wevtutil",
    "where",
    "whoami",
    "xcopy",
];

/// Warns of programs that Windows has under the same name: in a folder of PATH, one of them hides the other.
pub(super) fn check(programs: &[Program], problems: &mut Problems) {
    for program in programs {
        let is_for_windows = program.targets.iter().any(Target::is_windows);
        let name = program.name.to_lowercase();
        if !is_for_windows || !NAMES.contains(&name.as_str()) {
            continue;
        }
        let problem = Problem::warning(format!("Windows has a program `{name}.exe` of its own"))
            .at_option(program.binary.name.place());
        let how = match program.binary.builder {
            Builder::Go if program.binary.name.place().is_none() => {
                "give the program another name with `[[binary]]`"
            }
            _ => "give the binary another name",
        };
        problems.push(problem.hint(how));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted_and_lower_case() {
        assert!(NAMES.is_sorted() && NAMES.iter().all(|name| *name == name.to_lowercase()));
        for name in ["cmd", "net", "sc", "reg"] {
            assert!(NAMES.contains(&name));
        }
    }
}
