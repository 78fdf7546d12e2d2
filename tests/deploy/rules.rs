//! The doubles obey the table that the Windows workflow runs against the real commands.

use crate::world::{Edition, World};

#[test]
fn the_doubles_obey_the_table() {
    let table = include_str!("../windows_sim/rules.json");
    let rules: Vec<serde_json::Value> = serde_json::from_str(table).expect("the table");
    for rule in rules {
        let Some(world) = World::new(Edition::Core) else {
            return;
        };
        let words = |command: &serde_json::Value| -> Vec<String> {
            command
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect()
        };
        for before in rule["before"].as_array().into_iter().flatten() {
            assert_eq!(world.native(&words(before)), 0, "{rule}");
        }
        assert_eq!(
            i64::from(world.native(&words(&rule["run"]))),
            rule["code"].as_i64().unwrap_or(-1),
            "{rule}"
        );
    }
}
