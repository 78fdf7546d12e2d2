//! The hosts file, which belongs to others too.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, World};

/// Lines of others: GBK, UTF-8, no character at all, a line end of Linux, none at the end.
const OTHERS: &[u8] = b"127.0.0.1 localhost\r\n# \xc4\xda\xb2\xbf\xb7\xfe\xce\xf1\xc6\xf7\r\n10.0.0.7 db # \xe5\x86\x85\n# \xff\x80\x00\r\n10.0.0.8 last";

#[test]
fn lines_of_others_keep_their_bytes_and_the_file_its_attributes() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let path = world.path(r"Windows\System32\drivers\etc\hosts");
        fs::write(&path, OTHERS).expect("hosts");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).expect("read-only");
        let tables = config(
            "rollout = { probes = 1, probe-interval = \"20ms\" }\niis = { farm = \"orders\" }",
        );
        let folder = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))]);
        world.expect(&folder, &["Install"], 0);
        let ours = b"\r\n127.0.0.1 orders.internal # orders (Deploy.ps1)\r\n";
        let found = fs::read(&path).expect("hosts");
        assert_eq!(
            found,
            [OTHERS, ours].concat(),
            "{}",
            String::from_utf8_lossy(&found)
        );
        let mode = fs::metadata(&path).expect("hosts").permissions().mode();
        assert_eq!(mode & 0o222, 0, "still read-only");
        world.expect(&folder, &["Uninstall"], 0);
        assert_eq!(fs::read(&path).expect("hosts"), [OTHERS, b"\r\n"].concat());
        assert!(!path.with_extension("new").exists());
    }
}

/// A scanner that holds the file for a moment, and one that never lets go. The double of the one step stands before the script's own.
const HELD: &str = "function global:Switch-HeldFile { param($New, $Target)\n\
    $global:Held = $global:Held - 1\n\
    if ($global:Held -ge 0) { throw (New-Object System.IO.IOException 'The process cannot access the file') }\n\
    [IO.File]::Replace($New, $Target, [NullString]::Value) }\n\
    Set-Alias -Name Switch-File -Value Switch-HeldFile -Scope Global\n\
    function global:Start-Sleep { param($Milliseconds) }\n";

#[test]
fn a_file_that_another_program_holds_is_tried_again() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let tables = config(
            "rollout = { probes = 1, probe-interval = \"20ms\" }\niis = { farm = \"orders\" }",
        );
        let folder = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))]);
        let path = world.path(r"Windows\System32\drivers\etc\hosts");
        let before = fs::read(&path).expect("hosts");
        let clean =
            "Remove-Item Alias:\\Switch-File, Function:\\Switch-HeldFile, Function:\\Start-Sleep";
        let call = |times: u32| {
            format!(
                "{HELD}$global:Held = {times}\ntry {{ & $Deploy Install }} finally {{ {clean} }}"
            )
        };
        let stuck = world.run_text(&folder, &call(1000));
        assert_eq!(stuck.code, Some(1), "{}", stuck.text);
        assert!(
            stuck.text.contains("failed to write") && stuck.text.contains("hint:"),
            "{}",
            stuck.text
        );
        assert_eq!(fs::read(&path).expect("hosts"), before);
        let done = world.run_text(&folder, &call(3));
        assert_eq!(done.code, Some(0), "{}", done.text);
        assert!(
            fs::read_to_string(&path)
                .expect("hosts")
                .contains("orders.internal")
        );
    }
}
