//! `Set-AppLocker.ps1` in both editions: the local policy as Windows keeps it, and what of it becomes another.

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, World};

/// The policy lies in a file. With `-Merge`, Windows keeps the enforcement setting of the policy that is there
/// (learn.microsoft.com/powershell/module/applocker/set-applockerpolicy, `-Merge`), so a double without it would prove nothing.
const DOUBLES: &str = r#"
$global:PolicyPath = Join-Path $env:SIM_HOME 'policy.xml'
function global:Get-AppLockerPolicy {
    [CmdletBinding()] param([switch] $Local, [switch] $Xml)
    if (-not $Local -or -not $Xml) { throw 'no double of this' }
    if ([IO.File]::Exists($global:PolicyPath)) { [IO.File]::ReadAllText($global:PolicyPath) } else { '<AppLockerPolicy Version="1" />' }
}
function global:Set-AppLockerPolicy {
    [CmdletBinding()] param([Parameter(Mandatory)][string] $XmlPolicy, [switch] $Merge)
    [xml]$New = Get-Content -LiteralPath $XmlPolicy -Raw -Encoding UTF8
    [xml]$Now = Get-AppLockerPolicy -Local -Xml
    if (-not $Merge) { [IO.File]::WriteAllText($global:PolicyPath, $New.OuterXml); return }
    foreach ($Wanted in @($New.DocumentElement.ChildNodes)) {
        $Found = $Now.SelectSingleNode("//RuleCollection[@Type='$($Wanted.GetAttribute('Type'))']")
        if (-not $Found) { [void]$Now.DocumentElement.AppendChild($Now.ImportNode($Wanted, $true)); continue }
        foreach ($Rule in @($Wanted.ChildNodes)) { [void]$Found.AppendChild($Now.ImportNode($Rule, $true)) }
    }
    [IO.File]::WriteAllText($global:PolicyPath, $Now.OuterXml)
}
"#;

/// A policy of others: an enforced collection, and rules of another product.
const OTHERS: &str = r#"<AppLockerPolicy Version="1"><RuleCollection Type="Appx" EnforcementMode="Enabled"><FilePublisherRule Id="a0000000-0000-0000-0000-000000000001" Name="apps" Description="" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions /></FilePublisherRule></RuleCollection><RuleCollection Type="Exe" EnforcementMode="AuditOnly"><FileHashRule Id="a0000000-0000-0000-0000-000000000002" Name="Stock 1.0.0: stock.exe" Description="gorelease: stock 1.0.0" UserOrGroupSid="S-1-1-0" Action="Allow"><Conditions /></FileHashRule></RuleCollection><RuleCollection Type="Msi" EnforcementMode="Enabled" /></AppLockerPolicy>"#;

/// Names of rules by collection and its mode.
fn policy(world: &World) -> Vec<(String, String, Vec<String>)> {
    let text = world.policy();
    let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
    let attribute = |tag: &str, name: &str| {
        let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[start..].split('"').next()?.to_owned())
    };
    for tag in text.split('<') {
        if tag.starts_with("RuleCollection ") {
            let of = |name| attribute(tag, name).unwrap_or_default();
            found.push((of("Type"), of("EnforcementMode"), Vec::new()));
        } else if let (Some(name), Some(_)) = (attribute(tag, "Name"), attribute(tag, "Id")) {
            found.last_mut().expect("a collection").2.push(name);
        }
    }
    found
}

#[test]
fn rules_follow_the_versions_and_audit_becomes_enforcement() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        let services = [service("Orders", free_ports(1))];
        let table = |more: &str| {
            config(&format!(
                "rollout = {{ probes = 1, probe-interval = \"20ms\", keep-versions = 1 }}\napplocker = {{ {more} }}"
            ))
        };
        let folders = [
            world.hand_over("1.0.0", "ok", &table(""), &services),
            world.hand_over("1.1.0", "ok", &table("enforce = true"), &services),
            world.hand_over("1.2.0", "ok", &table(""), &services),
        ];
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
        world.lay_policy(OTHERS);
        let call = format!("{DOUBLES}& ($Deploy -replace 'Deploy\\.ps1$', 'Set-AppLocker.ps1')");
        let shown = world.run_text(&folders[0], &format!("{call} -WhatIf"));
        assert_eq!(shown.code, Some(0), "{}", shown.text);
        assert!(world.policy() == OTHERS && world.running().is_empty());

        let apply = |index: usize| {
            let done = world.run_text(&folders[index], &call);
            assert_eq!(done.code, Some(0), "{}", done.text);
            done.text
        };
        let of = |kind: &str| {
            policy(&world)
                .into_iter()
                .find(|one| one.0 == kind)
                .expect("a collection")
        };
        let has = |name: &str| of("Exe").2.iter().any(|rule| rule == name);
        let text = apply(0);
        assert!(text.contains("Msi rules are enforced already"), "{text}");
        assert_eq!(of("Exe").1, "AuditOnly");
        assert_eq!(
            (of("Msi").1.as_str(), of("Appx").1.as_str()),
            ("Enabled", "Enabled")
        );
        assert!(has("Contoso Orders 1.0.0: orders.exe") && has("Stock 1.0.0: stock.exe"));
        assert_eq!(world.running(), ["AppIDSvc"]);
        let once = world.policy();
        apply(0);
        assert_eq!(
            policy(&world),
            {
                world.lay_policy(&once);
                policy(&world)
            },
            "a second run changes nothing"
        );

        world.expect(&folders[0], &["Install"], 0);
        apply(1);
        assert_eq!(of("Exe").1, "Enabled", "the audit has become enforcement");
        assert!(
            has("Contoso Orders 1.0.0: orders.exe"),
            "it still runs, and may be started again"
        );
        world.expect(&folders[1], &["Upgrade"], 0);
        apply(2);
        assert_eq!(of("Exe").1, "Enabled", "others may rely on it");
        world.expect(&folders[2], &["Upgrade"], 0);
        apply(2);
        assert!(has("Contoso Orders 1.2.0: orders.exe") && has("Contoso Orders 1.1.0: orders.exe"));
        assert!(
            !has("Contoso Orders 1.0.0: orders.exe"),
            "1.0.0 is no longer here"
        );
        assert!(has("Stock 1.0.0: stock.exe"));

        world.change_state(|state| {
            state["faults"] =
                serde_json::json!([{ "command": "sc start", "match": "AppIDSvc", "code": 5 }]);
        });
        let denied = world.run_text(&folders[2], &call);
        assert_eq!(denied.code, Some(1), "{}", denied.text);
        assert!(denied.text.contains("failed with 5"), "{}", denied.text);
    }
}

#[test]
fn services_that_the_rules_would_stop_are_named_before() {
    let Some(world) = World::new(EDITIONS[0]) else {
        return;
    };
    let tables = config("applocker = { services = true, enforce = true }");
    let folder = world.hand_over("1.0.0", "ok", &tables, &[service("Orders", free_ports(1))]);
    world.change_state(|state| {
        let one = |name: &str, path: &str, mode: &str| serde_json::json!({ "Name": name, "ProcessId": 0, "StartName": "LocalSystem", "StartMode": mode, "PathName": path });
        state["windows_services"] = serde_json::json!([
            one("Spooler", r"C:\Windows\System32\spoolsv.exe", "Auto"),
            one("Backup", r#""D:\Tools\backup agent\agent.exe" -s"#, "Auto"),
            one("Seldom", r"D:\Tools\seldom.exe", "Manual"),
        ]);
    });
    let call =
        format!("{DOUBLES}& ($Deploy -replace 'Deploy\\.ps1$', 'Set-AppLocker.ps1') -WhatIf");
    let shown = world.run_text(&folder, &call);
    assert_eq!(shown.code, Some(0), "{}", shown.text);
    let text: String = shown.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains(r"service Backup (D:\Tools\backup agent\agent.exe)"),
        "{text}"
    );
    assert!(
        !text.contains("Spooler") && !text.contains("Seldom"),
        "{text}"
    );
}
