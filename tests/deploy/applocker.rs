//! `Set-AppLocker.ps1` in both editions.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, World};

const DOUBLE: &str = "function global:Set-AppLockerPolicy { [CmdletBinding()] param([string] $XmlPolicy, [switch] $Merge)\n\
    if (-not $Merge) { throw 'the rules that were there are lost' }\n\
    [void][xml](Get-Content -LiteralPath $XmlPolicy -Raw -Encoding UTF8)\n\
    [IO.File]::WriteAllText((Join-Path $env:SIM_HOME 'merged'), $XmlPolicy) }\n";

#[test]
fn the_rules_are_merged_and_their_service_is_started() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let tables = config("applocker = {}");
        let folder = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))]);
        world.lay("identity.exe", r#"{"version": "1", "behaviour": "ok"}"#);
        world.native(
            &[
                "sc",
                "create",
                "AppIDSvc",
                "binPath=",
                r"C:\identity.exe",
                "start=",
                "demand",
            ]
            .map(str::to_owned),
        );
        let call = format!("{DOUBLE}& ($Deploy -replace 'Deploy\\.ps1$', 'Set-AppLocker.ps1')");

        let shown = world.run_text(&folder, &format!("{call} -WhatIf"));
        assert_eq!(shown.code, Some(0), "{}", shown.text);
        assert!(world.merged().is_none() && world.running().is_empty());
        for _ in 0..2 {
            let done = world.run_text(&folder, &call);
            assert_eq!(done.code, Some(0), "{}", done.text);
            assert!(
                world
                    .merged()
                    .is_some_and(|path| path.ends_with("applocker.xml"))
            );
            assert_eq!(world.running(), ["AppIDSvc"]);
            assert_eq!(world.service_value("AppIDSvc", "Start"), 2);
        }
        world.change_state(|state| {
            state["faults"] =
                serde_json::json!([{ "command": "sc start", "match": "AppIDSvc", "code": 5 }]);
        });
        let denied = world.run_text(&folder, &call);
        assert_eq!(denied.code, Some(1), "{}", denied.text);
        assert!(denied.text.contains("failed with 5"), "{}", denied.text);
    }
}
