//! Group-policy settings: a registry file that Wine's `reg.exe` imports, and LGPO text.

use gorelease::deploy::group_policy::{Setting, Value, lgpo_text, settings};
use gorelease::deploy::{generate, script::deploy_script};

use crate::fixture::config;
use crate::folder::{HOSTILE, files};
use crate::support::wine::Wine;

/// Settings with hostile names in rules and values.
fn hostile() -> (Vec<Setting>, Vec<u8>) {
    let mut tables = config("applocker = {}\ngroup-policy = {}");
    let environment = &mut tables.group_policy.as_mut().expect("the table").environment;
    for (index, value) in HOSTILE.iter().enumerate() {
        environment.insert(format!("GORELEASE_{index}"), (*value).to_owned());
    }
    environment.insert("PATH_LIKE".to_owned(), r#"C:\a b\"c"\"#.to_owned());
    let (model, _) = files(HOSTILE[0], &tables);
    let policy = model.group_policy.as_ref().expect("group policy");
    let file = generate(&model, &tables)
        .into_iter()
        .find(|file| file.path == "group-policy/policy.reg")
        .expect("the file");
    (settings(&model, policy, &deploy_script()), file.bytes())
}

#[test]
fn rules_and_recommendations_are_among_the_settings() {
    let (settings, _) = hostile();
    let has = |key: &str, name: &str, value: Value| {
        settings
            .iter()
            .any(|one| one.key.ends_with(key) && one.name == name && one.value == value)
    };
    assert!(has(r"Policies\System", "EnableLUA", Value::Number(1)));
    assert!(has(
        r"Windows\PowerShell",
        "ExecutionPolicy",
        Value::Text("RemoteSigned".to_owned())
    ));
    assert!(has(r"SrpV2\Exe", "EnforcementMode", Value::Number(0)));
    assert!(has(r"Services\AppIDSvc", "Start", Value::Number(2)));
    let rules = settings
        .iter()
        .filter(|one| one.key.contains(r"SrpV2\Exe\"))
        .count();
    assert_eq!(rules, 4, "three default rules and the program");
}

#[test]
fn lgpo_text_has_four_lines_for_each_setting() {
    let (settings, _) = hostile();
    let text = lgpo_text(&settings);
    let blocks: Vec<&str> = text
        .split("\r\n\r\n")
        .filter(|block| !block.is_empty())
        .collect();
    assert_eq!(blocks.len(), settings.len());
    for (block, setting) in blocks.iter().zip(&settings) {
        let lines: Vec<&str> = block.split("\r\n").collect();
        let [scope, key, name, data] = lines[..] else {
            panic!("{block}");
        };
        assert_eq!(
            (scope, key, name),
            ("Computer", &*setting.key, &*setting.name)
        );
        match &setting.value {
            Value::Number(number) => assert_eq!(data, format!("DWORD:{number}")),
            Value::Text(value) => assert_eq!(data.strip_prefix("SZ:"), Some(&**value)),
        }
    }
}

#[test]
fn wine_imports_the_registry_file_and_keeps_every_value() {
    let Some(wine) = Wine::new("policy") else {
        return;
    };
    let (settings, bytes) = hostile();
    std::fs::write(wine.path(r"C:\policy.reg"), bytes).expect("the file");
    wine.run("reg.exe", &["import", r"C:\policy.reg"]).success();
    let mut exported = String::new();
    for (index, key) in [
        r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
        r"HKLM\SOFTWARE\Policies",
    ]
    .iter()
    .enumerate()
    {
        let file = format!(r"C:\out{index}.reg");
        wine.run("reg.exe", &["export", key, &file, "/y"]).success();
        exported += &utf16(&std::fs::read(wine.path(&file)).expect("the export"));
    }
    // The registry's own view: a name, an equals sign, a value in quotes.
    let plain = exported.replace(r"\\", "\u{1}").replace(r#"\""#, "\u{2}");
    let texts = settings.iter().filter_map(|setting| match &setting.value {
        Value::Text(text) => Some((&setting.name, text)),
        Value::Number(_) => None,
    });
    for (name, text) in texts {
        let escape = |text: &str| text.replace('\\', "\u{1}").replace('"', "\u{2}");
        let line = format!("\"{}\"=\"{}\"", escape(name), escape(text));
        assert!(plain.contains(&line), "{name}={text} is not in\n{exported}");
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).expect("UTF-16")
}
