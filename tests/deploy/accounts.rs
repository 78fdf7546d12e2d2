//! Accounts with a password and group managed ones, and that no secret is shown or kept.

use gorelease::service::model::{Account, SidType};

use crate::fixture::{config, service};
use crate::support::http::free_ports;
use crate::world::{EDITIONS, World};

/// Nothing of it may be found anywhere afterwards.
const PASSWORD: &str = "hunter2 \"$x'";

const TABLES: &str = r#"rollout = { strategy = "blue-green", probes = 1, probe-interval = "20ms", drain = "50ms" }
iis = { farm = "orders" }"#;

/// Text that makes `$Credential` and calls the script with it.
fn with_credential(action: &str) -> String {
    format!(
        "$Secret = New-Object System.Security.SecureString\n\
         foreach ($Letter in '{}'.ToCharArray()) {{ $Secret.AppendChar($Letter) }}\n\
         $Credential = New-Object System.Management.Automation.PSCredential 'CORP\\orders', $Secret\n\
         & $Deploy {action} -Credential $Credential",
        PASSWORD.replace('\'', "''")
    )
}

/// A server in a domain with an ordinary and a group managed account.
fn join(world: &World) {
    world.change_state(|state| {
        state["accounts"] = serde_json::json!([r"CORP\orders", r"CORP\orders$"]);
        state["passwords"] = serde_json::json!({ r"CORP\orders": PASSWORD });
    });
}

#[test]
fn an_ordinary_account_gets_its_right_and_its_password_is_nowhere() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        join(&world);
        let mut orders = service("Orders", free_ports(2));
        orders.account = Account::User(r"CORP\orders".to_owned());
        orders.sid_type = SidType::None;
        let tables = config(TABLES);
        let first = world.hand_over("1.0.0", "ok", &tables, &[orders.clone()]);
        let second = world.hand_over("1.1.0", "ok", &tables, &[orders]);

        let before = world.snapshot();
        let refused = world.expect(&first, &["Install"], 2);
        assert!(refused.text.contains("-Credential"), "{}", refused.text);
        assert_eq!(world.snapshot()["services"], before["services"]);

        world.change_state(|state| {
            state["faults"] =
                serde_json::json!([{ "command": "sc create", "times": 1, "code": 5 }]);
        });
        let denied = world.run_text(&first, &with_credential("Install"));
        assert!(denied.text.contains("password= ***"), "{}", denied.text);
        assert_eq!(
            world.run_text(&first, &with_credential("Install")).code,
            Some(0)
        );
        assert_eq!(world.running(), ["Orders-blue"]);
        assert_eq!(
            world.service_value("Orders-blue", "ObjectName"),
            r"CORP\orders"
        );

        let rights = world.state()["rights"]["SeServiceLogonRight"].clone();
        let holders = ["*S-1-5-80-0", "*S-1-5-21-1-2-3-1104"];
        assert_eq!(rights, serde_json::json!(holders));

        // What is there needs no password again; the new slot does, and asks before anything is changed.
        let again = world.expect(&first, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
        world.expect(&second, &["Upgrade"], 2);
        assert_eq!(
            world.expect(&second, &["Status", "-Json"], 0).json()["findings"][0]["subject"],
            "version"
        );
        let upgraded = world.run_text(&second, &with_credential("Upgrade -Json"));
        assert_eq!(upgraded.code, Some(0), "{}", upgraded.text);
        assert_eq!(world.running(), ["Orders-green"]);
        world.expect(&second, &["Rollback"], 0);
        world.expect(&second, &["Collect"], 0);

        let shown = denied.text + &upgraded.text;
        assert!(!shown.contains("hunter2"), "{shown}");
        for entry in walkdir::WalkDir::new(world.path("ProgramData")) {
            let entry = entry.expect("a file");
            if entry.file_type().is_file() {
                let text = String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file"))
                    .into_owned();
                assert!(
                    !text.contains("hunter2"),
                    "{}: {text}",
                    entry.path().display()
                );
            }
        }
        assert!(!world.registry().to_string().contains("hunter2"));
        assert!(!world.state()["events"].to_string().contains("hunter2"));
    }
}

#[test]
fn a_right_that_a_group_policy_gives_to_others_is_refused_before_anything_changes() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        join(&world);
        let mut orders = service("Orders", free_ports(1));
        orders.account = Account::GroupManaged(r"CORP\orders$".to_owned());
        let tables = config("rollout = { probes = 1, probe-interval = \"20ms\" }");
        let folder = world.hand_over("1.0.0", "ok", &tables, &[orders]);
        let rights = |world: &World| world.state()["rights"]["SeServiceLogonRight"].clone();
        world.change_state(|state| {
            state["policy_rights"] = serde_json::json!([r"CORP\orders", "*S-1-5-80-0"]);
        });
        let refused = world.expect(&folder, &["Install"], 2);
        assert!(
            refused.text.contains("group policy") && refused.text.contains("gpupdate"),
            "{}",
            refused.text
        );
        assert_eq!(world.state()["services"], serde_json::json!({}));
        assert_eq!(rights(&world), serde_json::Value::Null, "nothing was set");
        let report = world.expect(&folder, &["Check", "-Json"], 3).json();
        assert!(
            report["findings"]
                .to_string()
                .contains(r"account CORP\\orders$"),
            "{report}"
        );

        // Where Windows does not record the resultant set of policy, the merged policy tells, and the former holders come back.
        world.change_state(|state| {
            state["policy_is_not_recorded"] = true.into();
            state["rights"] = serde_json::json!({ "SeServiceLogonRight": ["*S-1-5-80-0"] });
        });
        world.expect(&folder, &["Install"], 2);
        assert_eq!(rights(&world), serde_json::json!(["*S-1-5-80-0"]));

        // By name or by SID: the policy gives it, too.
        for holder in [r"CORP\orders$", "*S-1-5-21-1-2-3-1105"] {
            world.change_state(|state| {
                state["policy_is_not_recorded"] = false.into();
                state["policy_rights"] = serde_json::json!([holder]);
            });
            world.expect(&folder, &["Install"], 0);
        }
        assert_eq!(world.running(), ["Orders"]);
    }
}

#[test]
fn a_group_managed_account_needs_no_password() {
    for edition in EDITIONS {
        let Some(world) = World::new(edition) else {
            return;
        };
        join(&world);
        let mut orders = service("Orders", free_ports(1));
        orders.account = Account::GroupManaged(r"CORP\orders$".to_owned());
        let folder = world.hand_over(
            "1.0.0",
            "ok",
            &config("firewall = { remote = \"any\" }"),
            &[orders],
        );
        world.expect(&folder, &["Install"], 0);
        assert_eq!(world.running(), ["Orders"]);
        assert_eq!(world.service_value("Orders", "ServiceAccountManaged")[0], 1);
        let again = world.expect(&folder, &["Install", "-Json"], 0).json();
        assert_eq!(again["changes"], 0, "{again}");
    }
}
