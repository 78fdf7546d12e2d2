//! The hand-over page's section about silent parameters: what an installation without questions can be told.

use super::handover::Language;
use super::model::*;
use super::page::{Block, Cell, Section};
use crate::service::Property;
use crate::service::property::{Accepts, Presence, Secrecy};

/// A parameter of `Deploy.ps1` with its meaning in both languages.
const SCRIPT: [[&str; 3]; 9] = [
    [
        "-WhatIf",
        "shows the steps and changes nothing",
        "只显示步骤，不做改动",
    ],
    [
        "-Json",
        "answers with one JSON document",
        "以一个 JSON 文档输出结果",
    ],
    [
        "-Fix",
        "with Check: mends what is safe to mend",
        "与 Check 同用：修复可以安全修复的项目",
    ],
    [
        "-Instance NAME",
        "with Start, Stop and Drain: one instance instead of all",
        "与 Start、Stop、Drain 同用：只处理一个实例",
    ],
    [
        "-Property @{ NAME = 'value' }",
        "values of the service's settings; remembered by upgrades",
        "服务设置的值；升级时会记住",
    ],
    [
        "-PropertyFile FILE.json",
        "the same from a file such as { \"NAME\": \"value\" }, for secrets and for powershell.exe -File",
        "从文件读取同样的值，如 { \"NAME\": \"value\" }；用于机密值，以及 powershell.exe -File",
    ],
    [
        "-Credential (Get-Credential)",
        "the account of a service that needs a password, or the one that joins the domain",
        "需要密码的服务帐户，或用于加入域的帐户",
    ],
    [
        "-Adopt",
        "takes over services of the same names that were made otherwise",
        "接管以其他方式创建的同名服务",
    ],
    [
        "-Purge",
        "with Uninstall: removes data, logs and configuration, too",
        "与 Uninstall 同用：同时删除数据、日志和配置",
    ],
];

pub(super) fn parameters(deployment: &Deployment, language: Language) -> Section {
    let head = vec![
        language.say("Parameter", "参数"),
        language.say("Meaning", "含义"),
    ];
    let rows = SCRIPT
        .iter()
        .map(|[name, english, chinese]| {
            vec![
                Cell::code(*name),
                Cell::text(language.say(english, chinese)),
            ]
        })
        .collect();
    let mut blocks = vec![Block::Table(head, rows)];
    blocks.extend(properties(deployment, language));
    if let Some(package) = deployment
        .package()
        .filter(|one| !one.parameters.is_empty())
    {
        blocks.push(Block::Text(language.say(
            "The package alone takes these after /qn, as NAME=value or NAME=\"two words\"; an upgrade remembers what was given once:",
            "单独安装包时，可在 /qn 之后以 NAME=value 或 NAME=\"two words\" 的形式给出以下参数；升级时会记住已给出的值：",
        )));
        let head = vec![
            language.say("Parameter", "参数"),
            language.say("Meaning", "含义"),
            language.say("Default", "默认值"),
        ];
        let rows = package.parameters.iter().map(|one| {
            vec![
                Cell::code(&one.name),
                Cell::text(meaning(one.kind, language)),
                Cell::code(one.default.clone().unwrap_or_default()),
            ]
        });
        blocks.push(Block::Table(head, rows.collect()));
    }
    Section {
        id: "parameters",
        heading: language.say("Silent parameters", "静默参数"),
        blocks,
    }
}

/// The properties that the release declares; none is named without them.
fn properties(deployment: &Deployment, language: Language) -> Vec<Block> {
    let mut declared: Vec<&Property> = Vec::new();
    for property in deployment
        .services
        .iter()
        .flat_map(|service| &service.properties)
    {
        if !declared.iter().any(|known| known.name == property.name) {
            declared.push(property);
        }
    }
    if declared.is_empty() {
        return Vec::new();
    }
    let text = language.say(
        "The properties of this release; an upgrade remembers what was given once:",
        "此版本的属性；升级时会记住已给出的值：",
    );
    let head = vec![
        language.say("Property", "属性"),
        language.say("Value", "取值"),
        language.say("Default", "默认值"),
    ];
    let rows = declared.into_iter().map(|property| {
        let value = match &property.accepts {
            Accepts::Text => language.say("text", "文本"),
            Accepts::Number { min, max } => {
                let english = format!("number from {min} to {max}");
                language.say(&english, &format!("{min} 到 {max} 之间的数字"))
            }
            Accepts::OneOf { values } => {
                let english = format!("one of: {}", values.join(", "));
                language.say(&english, &format!("以下之一：{}", values.join("、")))
            }
        };
        let required = match property.presence {
            Presence::Required => language.say("; required", "；必填"),
            Presence::Optional => String::new(),
        };
        let default = match property.secrecy {
            Secrecy::Open => property.default.clone().unwrap_or_default(),
            Secrecy::Secret => String::new(),
        };
        vec![
            Cell::code(&property.name),
            Cell::text(value + &required),
            Cell::code(default),
        ]
    });
    vec![Block::Text(text), Block::Table(head, rows.collect())]
}

fn meaning(kind: ParameterKind, language: Language) -> String {
    match kind {
        ParameterKind::Folder => language.say("folder", "目录"),
        ParameterKind::Port => language.say("TCP port", "TCP 端口"),
        ParameterKind::Account => language.say("the service's account", "服务帐户"),
        ParameterKind::Password => language.say("the account's password", "服务帐户的密码"),
        ParameterKind::NoStart => language.say("1: does not start the services", "1：不启动服务"),
        ParameterKind::Own => language.say("the product's own", "产品自定义"),
    }
}
