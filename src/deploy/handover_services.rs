//! The hand-over page's sections about the services.

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
    if let Some(iis) = &deployment.proxy.iis {
        rows.push(vec![
            Cell::text(iis.port.to_string()),
            Cell::text("http"),
            Cell::code(&iis.site),
            Cell::text("IIS"),
        ]);
    }
    if let Some(nginx) = &deployment.proxy.nginx {
        rows.push(vec![
            Cell::text(nginx.port.to_string()),
            Cell::text("http"),
            Cell::code("nginx"),
            Cell::text("nginx"),
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
                Cell::text(&service.start),
            ]
        })
        .collect();
    let head = vec![
        language.say("Service", "服务"),
        language.say("Account", "帐户"),
        language.say("Rights", "权限"),
        language.say("Start", "启动"),
    ];
    Section {
        heading: language.say("Accounts and rights", "帐户与权限"),
        blocks: vec![Block::Table(head, rows)],
    }
}

pub(super) fn logs(deployment: &Deployment, language: Language) -> Section {
    let rows: Vec<Vec<Cell>> = deployment
        .events
        .iter()
        .map(|event| {
            let meaning = match event.id {
                900 => language.say(&event.meaning, "部署已成功完成。"),
                901 => language.say(&event.meaning, "部署失败。"),
                902 => language.say(&event.meaning, "新版本未通过探测，部署已回退。"),
                _ => event.meaning.clone(),
            };
            vec![
                Cell::code(event.id.to_string()),
                Cell::code(&event.source),
                Cell::text(&event.level),
                Cell::text(meaning),
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

/// What goes wrong in the field most often, as (symptom, cause, way out) in both languages.
const TROUBLES: [[&str; 6]; 8] = [
    [
        "1053 at start",
        "The program did not answer the service manager in time.",
        "Read the service's log: configuration, rights or port.",
        "启动时报 1053",
        "程序没有及时响应服务管理器。",
        "查看服务日志：配置、权限或端口。",
    ],
    [
        "1069 at start",
        "The account may not log on.",
        "Check the password and the right to log on as a service.",
        "启动时报 1069",
        "帐户无法登录。",
        "检查密码以及“作为服务登录”权限。",
    ],
    [
        "1072 when installing",
        "The service is marked for deletion.",
        "Close services.msc and other tools that show it, and run again.",
        "安装时报 1072",
        "服务已被标记为删除。",
        "关闭 services.msc 等正在显示它的工具，然后重试。",
    ],
    [
        "1618 from msiexec",
        "Another installation is running.",
        "Deploy.ps1 waits five minutes; run it again afterwards.",
        "msiexec 报 1618",
        "另一个安装正在进行。",
        "Deploy.ps1 会等待五分钟，之后请重试。",
    ],
    [
        "Port is in use",
        "Another process listens there.",
        "Deploy.ps1 Check names the process.",
        "端口被占用",
        "另一个进程正在监听。",
        "Deploy.ps1 Check 会指出该进程。",
    ],
    [
        "Not reachable from outside",
        "No firewall rule, or group policy ignores local rules.",
        "Deploy.ps1 Check tells which; see security.md.",
        "外部无法访问",
        "没有防火墙规则，或组策略忽略本地规则。",
        "用 Deploy.ps1 Check 判断；参见 security.md。",
    ],
    [
        "Script is not allowed to run",
        "Execution policy, or Constrained Language by AppLocker.",
        "Allow the script by a rule, or install the package without scripts.",
        "脚本被禁止运行",
        "执行策略，或 AppLocker 的受限语言模式。",
        "添加允许规则，或使用安装包（无需脚本）。",
    ],
    [
        "A run was cut off",
        "Restart, lost connection.",
        "Run the same action again, or Rollback.",
        "运行中断",
        "重启或连接断开。",
        "重新执行同一操作，或执行 Rollback。",
    ],
];

pub(super) fn troubleshooting(_deployment: &Deployment, language: Language) -> Section {
    let rows = TROUBLES
        .iter()
        .map(|trouble| {
            let columns = match language {
                Language::English => &trouble[..3],
                Language::Chinese => &trouble[3..],
            };
            columns.iter().map(|text| Cell::text(*text)).collect()
        })
        .collect();
    let head = vec![
        language.say("Symptom", "现象"),
        language.say("Cause", "原因"),
        language.say("Way out", "解决办法"),
    ];
    Section {
        heading: language.say("Troubleshooting", "故障排除"),
        blocks: vec![Block::Table(head, rows)],
    }
}
