//! The hand-over page's sections about the services.

use std::collections::BTreeMap;

use super::events;
use super::handover::Language;
use super::model::*;
use super::page::{Block, Cell, Section};
use crate::service::model::StartType;

/// Every instance with its service.
fn instances(deployment: &Deployment) -> impl Iterator<Item = (&Service, &Instance)> {
    deployment.services.iter().flat_map(|service| {
        service
            .instances
            .iter()
            .map(move |instance| (service, instance))
    })
}

pub(super) fn ports(deployment: &Deployment, language: Language) -> Section {
    let mut rows = Vec::new();
    for (_, instance) in instances(deployment) {
        for port in &instance.ports {
            let rule = deployment
                .firewall
                .iter()
                .find(|rule| rule.service == instance.service_name && rule.port == port.port);
            let remote = rule.map_or_else(
                || language.say("closed to the network", "不对网络开放"),
                |rule| {
                    let profiles: Vec<String> = rule
                        .profiles
                        .iter()
                        .map(|name| profile(name, language))
                        .collect();
                    format!("{} ({})", rule.remote.join(", "), profiles.join(", "))
                },
            );
            rows.push(vec![
                Cell::text(port.port.to_string()),
                Cell::text(&port.name),
                Cell::code(&instance.service_name),
                Cell::text(remote),
            ]);
        }
    }
    for front in deployment.proxy.ports() {
        rows.push(vec![
            Cell::text(front.port.to_string()),
            Cell::text(front.protocol),
            Cell::code(front.owner),
            Cell::text(language.say(
                "clients, by the proxy's own rules",
                "客户端，由代理自身的规则决定",
            )),
        ]);
    }
    let head = vec![
        language.say("TCP port", "TCP 端口"),
        language.say("Name", "名称"),
        language.say("Service", "服务"),
        language.say("Opened for", "开放给"),
    ];
    let blocks = if rows.is_empty() {
        Vec::new()
    } else {
        vec![Block::Table(head, rows)]
    };
    Section {
        id: "ports",
        heading: language.say("Ports and firewall", "端口与防火墙"),
        blocks,
    }
}

/// A network profile of Windows Firewall.
fn profile(name: &str, language: Language) -> String {
    let chinese = match name {
        "Domain" => "域",
        "Private" => "专用",
        "Public" => "公用",
        other => other,
    };
    language.say(name, chinese)
}

pub(super) fn folders(deployment: &Deployment, language: Language) -> Section {
    let row = |path: &str, what: String| vec![Cell::code(path), Cell::text(what)];
    let mut rows = vec![
        row(
            &deployment.locations.version,
            language.say("programs of this version", "本版本的程序"),
        ),
        row(
            &deployment.locations.state.path,
            language.say(
                "journal, record, transcripts",
                "操作日志、安装记录、会话记录",
            ),
        ),
    ];
    let mut shared: Vec<(&str, Vec<&str>, String)> = Vec::new();
    for (service, instance) in instances(deployment) {
        for (path, what) in [
            (
                &instance.config.path,
                language.say(
                    "configuration, written by administrators only",
                    "配置，仅管理员可写",
                ),
            ),
            (&instance.data.path, language.say("data", "数据")),
            (
                &instance.log.path,
                language.say(
                    &format!("logs, {} files kept", service.log.keep),
                    &format!("日志，保留 {} 个文件", service.log.keep),
                ),
            ),
        ] {
            let known = shared
                .iter_mut()
                .find(|(other, _, said)| other == path && *said == what);
            match known {
                Some((_, names, _)) => names.push(&instance.service_name),
                None => shared.push((path, vec![&instance.service_name], what)),
            }
        }
    }
    // One row for all services that share a folder.
    for (path, names, what) in shared {
        let names = names.join(&language.say(", ", "、"));
        rows.push(row(path, format!("{names}{}{what}", language.colon())));
    }
    let head = vec![language.say("Folder", "目录"), language.say("What", "内容")];
    Section {
        id: "folders",
        heading: language.say("Folders", "目录"),
        blocks: vec![Block::Table(head, rows)],
    }
}

pub(super) fn accounts(deployment: &Deployment, language: Language) -> Section {
    let rows: Vec<Vec<Cell>> = instances(deployment)
        .map(|(service, instance)| {
            let account = service
                .account
                .name
                .clone()
                .unwrap_or_else(|| format!(r"NT SERVICE\{}", instance.service_name));
            let rights = if service.account.needs_logon_right {
                language.say("log on as a service", "作为服务登录")
            } else if service.privileges.is_empty() {
                language.say("those of the account", "帐户自身的权限")
            } else {
                service.privileges.join(", ")
            };
            vec![
                Cell::code(&instance.service_name),
                Cell::code(account),
                Cell::text(rights),
                Cell::text(start(service.start, language)),
                Cell::text(restarts(&service.recovery, language)),
            ]
        })
        .collect();
    let head = vec![
        language.say("Service", "服务"),
        language.say("Account", "帐户"),
        language.say("Rights", "权限"),
        language.say("Start", "启动"),
        language.say("After a failure", "失败后"),
    ];
    Section {
        id: "accounts",
        heading: language.say("Accounts and rights", "帐户与权限"),
        blocks: vec![Block::Table(head, rows)],
    }
}

/// When a service starts, in the words of the list of services.
fn start(start: StartType, language: Language) -> String {
    match start {
        StartType::Auto => language.say("automatic", "自动"),
        StartType::Delayed => language.say(
            "automatic, delayed (about two minutes after the others)",
            "自动（延迟启动，约晚两分钟）",
        ),
        StartType::Manual => language.say("manual", "手动"),
        StartType::Disabled => language.say("disabled", "禁用"),
    }
}

/// The level of an event, in the words of Event Viewer.
fn level(name: &str, language: Language) -> String {
    let chinese = match name {
        "Information" => "信息",
        "Warning" => "警告",
        "Error" => "错误",
        other => other,
    };
    language.say(name, chinese)
}

/// When Windows starts a service again that has failed.
fn restarts(recovery: &Recovery, language: Language) -> String {
    let delays: Vec<String> = recovery
        .restart_after_ms
        .iter()
        .map(|delay| format!("{} s", f64::from(*delay) / 1000.0))
        .collect();
    if delays.is_empty() {
        return language.say("stays stopped", "保持停止");
    }
    let delays = delays.join(", ");
    language.say(
        &format!("restart after {delays}"),
        &format!("{delays} 后重新启动"),
    )
}

pub(super) fn logs(deployment: &Deployment, language: Language) -> Section {
    let mut by_id: BTreeMap<u32, (&Event, Vec<&str>)> = BTreeMap::new();
    for event in &deployment.events {
        let entry = by_id.entry(event.id).or_insert((event, Vec::new()));
        entry.1.push(&event.source);
    }
    let rows: Vec<Vec<Cell>> = by_id
        .into_values()
        .map(|(event, sources)| {
            let chinese = events::chinese(event.id).unwrap_or(&event.meaning);
            vec![
                Cell::code(event.id.to_string()),
                Cell::code(sources.join(", ")),
                Cell::text(level(&event.level, language)),
                Cell::text(language.say(&event.meaning, chinese)),
            ]
        })
        .collect();
    let head = vec![
        language.say("Event id", "事件 ID"),
        language.say("Source", "来源"),
        language.say("Level", "级别"),
        language.say("Meaning", "含义"),
    ];
    let text = language.say(
        "The program's output is in the log folder, in the file named after the service; events are in the Application log.",
        "程序输出在日志目录中以服务名命名的文件里；事件写入“应用程序”日志。",
    );
    Section {
        id: "logs",
        heading: language.say("Logs and events", "日志与事件"),
        blocks: vec![Block::Text(text), Block::Table(head, rows)],
    }
}

pub(super) fn health(deployment: &Deployment, language: Language) -> Section {
    let mut lines = vec![".\\Deploy.ps1 Status".to_owned()];
    for (service, instance) in instances(deployment) {
        let Some(health) = &service.health else {
            continue;
        };
        let Some(port) = instance.port(&health.port) else {
            continue;
        };
        lines.push(match &health.http_path {
            Some(path) => format!("curl.exe -fsS http://127.0.0.1:{port}{path}"),
            None => format!("Test-NetConnection 127.0.0.1 -Port {port}"),
        });
    }
    Section {
        id: "health",
        heading: language.say("Health", "健康检查"),
        blocks: vec![Block::Code(lines.join("\n"))],
    }
}
