//! The hand-over page's sections about the services.

use std::collections::BTreeMap;

use super::events;
use super::handover::Language;
use super::model::*;
use super::page::{Block, Cell, Section};

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
                |rule| format!("{} ({})", rule.remote.join(", "), rule.profiles.join(", ")),
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
        heading: language.say("Ports and firewall", "端口与防火墙"),
        blocks,
    }
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
    for (service, instance) in instances(deployment) {
        let of = |english: &str, chinese: &str| {
            format!(
                "{}: {}",
                instance.service_name,
                language.say(english, chinese)
            )
        };
        rows.push(row(
            &instance.config.path,
            of(
                "configuration, written by administrators only",
                "配置，仅管理员可写",
            ),
        ));
        rows.push(row(&instance.data.path, of("data", "数据")));
        rows.push(row(
            &instance.log.path,
            of(
                &format!("logs, {} files kept", service.log.keep),
                &format!("日志，保留 {} 个文件", service.log.keep),
            ),
        ));
    }
    let head = vec![language.say("Folder", "目录"), language.say("What", "内容")];
    Section {
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
            } else {
                service.privileges.join(", ")
            };
            vec![
                Cell::code(&instance.service_name),
                Cell::code(account),
                Cell::text(rights),
                Cell::text(service.start.as_str()),
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
        heading: language.say("Accounts and rights", "帐户与权限"),
        blocks: vec![Block::Table(head, rows)],
    }
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
                Cell::text(&event.level),
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
        heading: language.say("Health", "健康检查"),
        blocks: vec![Block::Code(lines.join("\n"))],
    }
}
