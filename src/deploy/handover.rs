//! The hand-over page: what an operations engineer who never saw the source needs, on one printable page.

use super::handover_parameters::parameters;
use super::handover_troubles::troubleshooting;
use super::model::*;
use super::page::{Block, Cell, Page, Section};
use super::{handover_services as services, security};

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese, simplified.
    Chinese,
}

impl Language {
    /// The language called `en` or `zh-CN` in the manifest.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "en" => Some(Self::English),
            "zh-CN" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// Its tag in HTML.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The file name's end: the first language has none.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::English => "",
            Self::Chinese => ".zh-CN",
        }
    }

    /// The words in this language.
    pub(super) fn say(self, english: &str, chinese: &str) -> String {
        match self {
            Self::English => english.to_owned(),
            Self::Chinese => chinese.to_owned(),
        }
    }
}

/// The page.
pub fn page(deployment: &Deployment, language: Language) -> Page {
    let product = &deployment.product;
    let sections = [
        about(deployment, language),
        checksums(deployment, language),
        prerequisites(deployment, language),
        install(deployment, language),
        parameters(deployment, language),
        services::ports(deployment, language),
        services::folders(deployment, language),
        services::accounts(deployment, language),
        services::logs(deployment, language),
        services::health(deployment, language),
        upgrade(deployment, language),
        troubleshooting(deployment, language),
        support(deployment, language),
    ];
    Page {
        language: language.tag(),
        title: format!(
            "{} {} — {}",
            product.title,
            product.version,
            language.say("hand-over", "交付说明")
        ),
        sections: sections
            .into_iter()
            .filter(|section| !section.blocks.is_empty())
            .collect(),
    }
}

fn about(deployment: &Deployment, language: Language) -> Section {
    let product = &deployment.product;
    let row = |name: String, value: &str| vec![Cell::text(name), Cell::code(value)];
    let mut rows = vec![
        row(language.say("Product", "产品"), &product.title),
        row(language.say("Version", "版本"), &product.version),
        row(language.say("Made by", "厂商"), &product.manufacturer),
        row(
            language.say("Architecture", "体系结构"),
            &product.architecture,
        ),
    ];
    for service in &deployment.services {
        let name = match service.description.trim() {
            "" => service.title.clone(),
            description if description == service.title => service.title.clone(),
            description => format!("{}: {description}", service.title),
        };
        rows.push(vec![
            Cell::text(language.say("Service", "服务")),
            Cell::text(name),
        ]);
    }
    let head = vec![language.say("What", "项目"), language.say("Value", "内容")];
    Section {
        heading: language.say("What this is", "这是什么"),
        blocks: vec![Block::Table(head, rows)],
    }
}

fn checksums(deployment: &Deployment, language: Language) -> Section {
    let rows = deployment
        .artifacts
        .iter()
        .map(|artifact| {
            vec![
                Cell::code(&artifact.file),
                Cell::text(artifact.size.to_string()),
                Cell::code(&artifact.sha256),
            ]
        })
        .collect();
    let head = vec![
        language.say("File", "文件"),
        language.say("Bytes", "字节"),
        "SHA-256".to_owned(),
    ];
    let text = language.say(
        "Deploy.ps1 compares these before it touches the server. By hand:",
        "Deploy.ps1 在改动服务器之前会核对这些校验和。手工核对：",
    );
    let first = deployment
        .artifacts
        .iter()
        .find(|artifact| artifact.role != Role::Config)
        .map(|artifact| artifact.file.replace('/', "\\"))
        .unwrap_or_default();
    let command = format!(
        "Get-FileHash -Algorithm SHA256 -LiteralPath {}",
        single_quoted(&format!(".\\{first}"))
    );
    Section {
        heading: language.say("Checksums", "校验和"),
        blocks: vec![
            Block::Table(head, rows),
            Block::Text(text),
            Block::Code(command),
        ],
    }
}

/// A text in PowerShell's single quotes; the typographic ones count as quotes there, too.
pub(super) fn single_quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

fn prerequisites(deployment: &Deployment, language: Language) -> Section {
    let need = &deployment.prerequisites;
    let row = |name: String, value: String| vec![Cell::text(name), Cell::text(value)];
    let mut rows = vec![
        row(
            language.say("Windows", "Windows"),
            language.say("Windows Server 2016 to 2025", "Windows Server 2016 至 2025"),
        ),
        row(
            language.say("PowerShell", "PowerShell"),
            language.say(
                "Windows PowerShell 5.1 or PowerShell 7, as administrator",
                "Windows PowerShell 5.1 或 PowerShell 7，以管理员身份运行",
            ),
        ),
        row(
            language.say("Free space", "可用空间"),
            format!("{} MB", need.free_bytes.div_ceil(1 << 20)),
        ),
    ];
    if !need.features.is_empty() {
        rows.push(row(
            language.say("Windows features", "Windows 功能"),
            need.features.join(", "),
        ));
    }
    if !need.iis_modules.is_empty() {
        rows.push(row(
            language.say("IIS modules", "IIS 模块"),
            need.iis_modules.join(", "),
        ));
    }
    if need.domain {
        let text = language.say(
            "The server is in a domain; its clock differs by less than 5 minutes",
            "服务器已加入域，时钟偏差小于 5 分钟",
        );
        rows.push(row(language.say("Domain", "域"), text));
    }
    let head = vec![language.say("What", "项目"), language.say("Needed", "要求")];
    Section {
        heading: language.say("Prerequisites", "前提条件"),
        blocks: vec![
            Block::Table(head, rows),
            Block::Code(".\\Deploy.ps1 Check\n.\\Deploy.ps1 Check -Fix".to_owned()),
        ],
    }
}

fn install(deployment: &Deployment, language: Language) -> Section {
    let mut blocks = vec![Block::Code(
        "Set-ExecutionPolicy -Scope Process RemoteSigned\n.\\Deploy.ps1 Check\n.\\Deploy.ps1 Install".to_owned(),
    )];
    let why = "Every action may be repeated: a second run changes nothing. -WhatIf shows the steps, -Json answers as JSON. Exit codes: 0 done, \
               1 failed, 2 wrong use, 3 Check found problems, 4 taken back, 5 another run is working, 6 a service is not ours, 3010 restart needed.";
    let chinese = "所有操作都可以重复执行，第二次不会改动任何内容。-WhatIf 只显示步骤，-Json 以 JSON 输出。退出码：0 完成，1 失败，2 用法错误，\
                   3 检查发现问题，4 已自动回退，5 另一次运行正在进行，6 存在不属于本产品的同名服务，3010 需要重新启动。";
    blocks.push(Block::Text(language.say(why, chinese)));
    if let Some(package) = deployment.package() {
        let file = package.file.replace('/', "\\");
        blocks.push(Block::Text(language.say(
            "Without scripts, the package alone (full path; 3010: restart needed):",
            "不使用脚本，仅安装包（需完整路径；3010 表示需要重新启动）：",
        )));
        blocks.push(Block::Code(format!(
            "$Package = (Resolve-Path -LiteralPath {}).Path\nStart-Process msiexec.exe -Wait -ArgumentList '/i', \"`\"$Package`\"\", '/qn', '/norestart', '/l*v', 'install.log'",
            single_quoted(&format!(".\\{file}"))
        )));
    }
    Section {
        heading: language.say("Install", "安装"),
        blocks,
    }
}

fn upgrade(deployment: &Deployment, language: Language) -> Section {
    let rollout = &deployment.rollout;
    let how = match rollout.strategy {
        _ if deployment.mode == Mode::Msi => language.say(
            "Windows Installer replaces the one instance; the service pauses for as long as that takes.",
            "由 Windows Installer 替换唯一的实例，期间服务会暂停。",
        ),
        Strategy::Rolling => language.say(
            "Instances are replaced one after the other, each must answer its probes again; with a single one there is a pause.",
            "逐个替换实例，每个实例都必须重新通过健康探测；只有一个实例时会有短暂停顿。",
        ),
        Strategy::BlueGreen => language.say(
            "The new version is started in the free slot; when it answers its probes, all traffic goes there.",
            "新版本在空闲槽位启动，通过探测后全部流量切换过去。",
        ),
        Strategy::Canary => {
            let steps: Vec<String> = rollout.steps.iter().map(|step| format!("{step} %")).collect();
            let steps = steps.join(" → ");
            language.say(
                &format!("The new version is started in the free slot and gets {steps} of the traffic; below {} % success it is taken back.", rollout.success_percent),
                &format!("新版本在空闲槽位启动，流量按 {steps} 逐步切换；成功率低于 {} % 时自动回退。", rollout.success_percent),
            )
        }
    };
    let back = language.say(
        "An upgrade that fails is taken back by itself (exit code 4, event 902). Back to the version before, also after a crash in the middle:",
        "升级失败会自动回退（退出码 4，事件 902）。回到上一版本（中途崩溃后同样适用）：",
    );
    Section {
        heading: language.say("Upgrade, rollback, removal", "升级、回退、卸载"),
        blocks: vec![
            Block::Text(how),
            Block::Code(".\\Deploy.ps1 Upgrade".to_owned()),
            Block::Text(back),
            Block::Code(".\\Deploy.ps1 Rollback".to_owned()),
            Block::Text(language.say(
                "Removal keeps data and kept configuration; -Purge removes them, too:",
                "卸载会保留数据和需保留的配置；-Purge 一并删除：",
            )),
            Block::Code(".\\Deploy.ps1 Uninstall".to_owned()),
        ],
    }
}

fn support(deployment: &Deployment, language: Language) -> Section {
    let mut blocks = vec![
        Block::Text(language.say(
            "Collect writes a folder with versions, states, last log lines and events, without secrets:",
            "Collect 会生成一个文件夹，包含版本、状态、最近的日志和事件，不含机密：",
        )),
        Block::Code(".\\Deploy.ps1 Collect".to_owned()),
    ];
    if let Some(support) = &deployment.support {
        blocks.push(Block::Text(support.clone()));
    }
    blocks.push(Block::Text(language.say(
        &format!("What was opened and why is in {}.", security::FILE_NAME),
        &format!("开放了哪些端口和目录及其原因见 {}。", security::FILE_NAME),
    )));
    Section {
        heading: language.say("Support", "支持"),
        blocks,
    }
}
