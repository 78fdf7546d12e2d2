//! Group-policy settings: environment, UAC, script execution policy and the AppLocker rules, as a registry file and as
//! LGPO text.
//!
//! LGPO text (Microsoft Security Compliance Toolkit, LGPO.exe): scope, key, value name, `TYPE:data`, an empty line. Group
//! policy keeps AppLocker's rules below `SrpV2\<collection>\<id>`, each element in the value `Value`; it has no place for
//! the extensions that cover services, which are in `applocker.xml` alone.

use std::fmt::Write;

use super::applocker;
use super::model::{Deployment, GroupPolicy};

const SYSTEM: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System";
const POWERSHELL: &str = r"SOFTWARE\Policies\Microsoft\Windows\PowerShell";
const ENVIRONMENT: &str = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment";
const RULES: &str = r"SOFTWARE\Policies\Microsoft\Windows\SrpV2";
const RULE_SERVICE: &str = r"SYSTEM\CurrentControlSet\Services\AppIDSvc";

/// A setting below HKEY_LOCAL_MACHINE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The key, without its hive.
    pub key: String,
    /// The value's name.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// A registry value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// REG_DWORD.
    Number(u32),
    /// REG_SZ.
    Text(String),
}

impl Setting {
    fn number(key: impl Into<String>, name: &str, number: u32) -> Self {
        Self {
            key: key.into(),
            name: name.to_owned(),
            value: Value::Number(number),
        }
    }

    fn text(key: impl Into<String>, name: &str, text: &str) -> Self {
        Self {
            key: key.into(),
            name: name.to_owned(),
            value: Value::Text(text.to_owned()),
        }
    }
}

/// Every setting; `script` is `Deploy.ps1` as it lies in the folder.
pub fn settings(deployment: &Deployment, policy: &GroupPolicy, script: &str) -> Vec<Setting> {
    let mut settings = vec![
        Setting::number(SYSTEM, "EnableLUA", 1),
        Setting::number(SYSTEM, "ConsentPromptBehaviorAdmin", 2),
        Setting::number(POWERSHELL, "EnableScripts", 1),
        Setting::text(POWERSHELL, "ExecutionPolicy", "RemoteSigned"),
    ];
    let environment = policy.environment.iter();
    settings.extend(environment.map(|(name, value)| Setting::text(ENVIRONMENT, name, value)));
    if let Some(applocker) = &deployment.applocker {
        for collection in applocker::collections(deployment, applocker, script) {
            let key = format!(r"{RULES}\{}", collection.name);
            let enforced = u32::from(applocker.enforce);
            settings.push(Setting::number(&key, "EnforcementMode", enforced));
            let rules = collection.rules.iter();
            settings.extend(
                rules.map(|rule| Setting::text(format!(r"{key}\{}", rule.id), "Value", &rule.xml)),
            );
        }
        settings.push(Setting::number(RULE_SERVICE, "Start", 2));
    }
    settings
}

/// A file for `reg.exe import`, which takes UTF-16 for everything beyond ASCII.
pub fn registry_file(settings: &[Setting]) -> String {
    let escape = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let mut text = String::from("Windows Registry Editor Version 5.00\r\n");
    let mut key = "";
    for setting in settings {
        if setting.key != key {
            key = &setting.key;
            let _ = write!(text, "\r\n[HKEY_LOCAL_MACHINE\\{key}]\r\n");
        }
        let name = escape(&setting.name);
        let _ = match &setting.value {
            Value::Number(number) => write!(text, "\"{name}\"=dword:{number:08x}\r\n"),
            Value::Text(value) => write!(text, "\"{name}\"=\"{}\"\r\n", escape(value)),
        };
    }
    text
}

/// A file for `LGPO.exe /t`.
pub fn lgpo_text(settings: &[Setting]) -> String {
    let mut text = String::new();
    for setting in settings {
        let data = match &setting.value {
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
