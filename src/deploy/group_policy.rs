//! Group-policy settings: environment, UAC and script execution policy, as a registry file and as LGPO text.
//!
//! LGPO text (Microsoft Security Compliance Toolkit, LGPO.exe): scope, key, value name, `TYPE:data`, an empty line.

use std::fmt::Write;

use super::model::GroupPolicy;

/// A setting below HKEY_LOCAL_MACHINE.
struct Setting<'a> {
    key: &'static str,
    name: &'a str,
    value: Value<'a>,
}

enum Value<'a> {
    Number(u32),
    Text(&'a str),
}

fn settings(policy: &GroupPolicy) -> Vec<Setting<'_>> {
    const SYSTEM: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";
    const POWERSHELL: &str = r"SOFTWARE\Policies\Microsoft\Windows\PowerShell";
    const ENVIRONMENT: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
    let mut settings = vec![
        Setting {
            key: SYSTEM,
            name: "EnableLUA",
            value: Value::Number(1),
        },
        Setting {
            key: SYSTEM,
            name: "ConsentPromptBehaviorAdmin",
            value: Value::Number(2),
        },
        Setting {
            key: POWERSHELL,
            name: "EnableScripts",
            value: Value::Number(1),
        },
        Setting {
            key: POWERSHELL,
            name: "ExecutionPolicy",
            value: Value::Text("RemoteSigned"),
        },
    ];
    let environment = policy.environment.iter();
    settings.extend(environment.map(|(name, value)| Setting {
        key: ENVIRONMENT,
        name,
        value: Value::Text(value),
    }));
    settings
}

/// A file for `reg.exe import`.
pub fn registry_file(policy: &GroupPolicy) -> String {
    let escape = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let mut text = String::from("Windows Registry Editor Version 5.00\r\n");
    let mut key = "";
    for setting in settings(policy) {
        if setting.key != key {
            key = setting.key;
            let _ = write!(text, "\r\n[HKEY_LOCAL_MACHINE\\{key}]\r\n");
        }
        let _ = match setting.value {
            Value::Number(number) => {
                write!(text, "\"{}\"=dword:{number:08x}\r\n", escape(setting.name))
            }
            Value::Text(value) => write!(
                text,
                "\"{}\"=\"{}\"\r\n",
                escape(setting.name),
                escape(value)
            ),
        };
    }
    text
}

/// A file for `LGPO.exe /t`.
pub fn lgpo_text(policy: &GroupPolicy) -> String {
    let mut text = String::new();
    for setting in settings(policy) {
        let data = match setting.value {
            Value::Number(number) => format!("DWORD:{number}"),
            Value::Text(value) => format!("SZ:{value}"),
        };
        let _ = write!(
            text,
            "Computer\r\n{}\r\n{}\r\n{data}\r\n\r\n",
            setting.key, setting.name
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_in_their_quotes() {
        let policy = GroupPolicy {
            environment: [("A".to_owned(), "x\"\\ y".to_owned())].into(),
        };
        assert!(registry_file(&policy).ends_with("\"A\"=\"x\\\"\\\\ y\"\r\n"));
        assert!(lgpo_text(&policy).contains("\r\nA\r\nSZ:x\"\\ y\r\n"));
    }
}
