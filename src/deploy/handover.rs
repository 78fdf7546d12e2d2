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

    /// What stands between a name and what is said of it.
    pub(super) fn colon(self) -> &'static str {
        match self {
            Self::English => ": ",
            Self::Chinese => "：",
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
        install(deployment, language),
        prerequisites(deployment, language),
        about(deployment, language),
        checksums(deployment, language),
        parameters(deployment, language),
        settings(deployment, language),
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
        summary: summary(deployment, language),
        contents: language.say("Contents", "本页内容"),
        sections: sections
            .into_iter()
            .filter(|section| !section.blocks.is_empty())
            .collect(),
    }
}

/// What tells this folder from another one of the same version.
fn summary(deployment: &Deployment, language: Language) -> String {
    let origin = &deployment.origin;
    let mut parts = Vec::new();
    if let Some(date) = &origin.date {
        parts.push(date.clone());
    }
    if let Some(commit) = &origin.commit {
        let short: String = commit.chars().take(12).collect();
        parts.push(format!("{} {short}", language.say("commit", "提交")));
    }
    parts.push(format!(
        "{} {}",
        language.say("fingerprint", "指纹"),
        deployment.fingerprint()
    ));
    parts.join(" · ")
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
            description => format!("{}{}{description}", service.title, language.colon()),
        };
        rows.push(vec![
            Cell::text(language.say("Service", "服务")),
            Cell::text(name),
        ]);
    }
    let head = vec![language.say("What", "项目"), language.say("Value", "内容")];
    Section {
        id: "about",
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
                Cell::text(grouped(artifact.size)),
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
        id: "checksums",
        heading: language.say("Checksums", "校验和"),
        blocks: vec![
            Block::Table(head, rows),
            Block::Text(text),
            Block::Code(command),
        ],
    }
}

/// A number with a separator between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
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
            format!("{} MB", grouped(need.free_bytes.div_ceil(1 << 20))),
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
        id: "prerequisites",
        heading: language.say("Prerequisites", "前提条件"),
        blocks: vec![
            Block::Table(head, rows),
            Block::Code(".\\Deploy.ps1 Check\n.\\Deploy.ps1 Check -Fix".to_owned()),
        ],
    }
}

fn install(deployment: &Deployment, language: Language) -> Section {
    let first = language.say(
        "In PowerShell as administrator, in this folder:",
        "以管理员身份打开 PowerShell，在本文件夹中执行：",
    );
    let mut blocks = vec![Block::Text(first), Block::Code(
        "Get-ChildItem -Recurse -File | Unblock-File\nSet-ExecutionPolicy -Scope Process RemoteSigned\n.\\Deploy.ps1 Check\n.\\Deploy.ps1 Install".to_owned(),
    )];
    let why = "Every action may be repeated: a second run changes nothing. -WhatIf shows the steps, -Json answers as JSON. Exit codes: 0 done, \
               1 failed, 2 wrong use, 3 Check found problems, 4 taken back, 5 another run is working, 6 a service is not ours, 3010 restart needed.";
    let chinese = "所有操作都可以重复执行，第二次不会改动任何内容。-WhatIf 只显示步骤，-Json 以 JSON 输出。退出码：0 完成，1 失败，2 用法错误，\
                   3 检查发现问题，4 已自动回退，5 另一次运行正在进行，6 存在不属于本产品的同名服务，3010 需要重新启动。";
    blocks.push(Block::Text(language.say(why, chinese)));
    if let Some(package) = deployment.package() {
        let file = package.file.replace('/', "\\");
        blocks.push(Block::Text(language.say(
            "Without scripts, the package alone. The last line shows the exit code: 0 done, 3010 done and restart needed, 1603 failed (install.log says why):",
            "不使用脚本，仅安装包。最后一行显示退出码：0 完成，3010 完成但需要重新启动，1603 失败（原因见 install.log）：",
        )));
        blocks.push(Block::Code(msiexec(&file, "")));
    }
    Section {
        id: "install",
        heading: language.say("Install", "安装"),
        blocks,
    }
}

/// A silent installation whose last line is its exit code; `more` are further words, each with a comma before.
fn msiexec(file: &str, more: &str) -> String {
    format!(
        "$Package = (Resolve-Path -LiteralPath {}).Path\n\
         $Process = Start-Process msiexec.exe -Wait -PassThru -ArgumentList '/i', \"`\"$Package`\"\"{more}, '/qn', '/norestart', '/l*v', 'install.log'\n\
         $Process.ExitCode",
        single_quoted(&format!(".\\{file}"))
    )
}

/// How a setting of what is installed becomes another one.
fn settings(deployment: &Deployment, language: Language) -> Section {
    let mut blocks = Vec::new();
    let example = deployment.services.iter().find_map(|service| {
        let instance = service.instances.first()?;
        Some((instance, instance.ports.first()?))
    });
    if let Some(package) = deployment.package() {
        let chosen = package
            .parameters
            .iter()
            .find(|one| one.kind == ParameterKind::Port)
            .or_else(|| package.parameters.first());
        if let Some(parameter) = chosen {
            blocks.push(Block::Text(language.say(
                "The same package again, with REINSTALL=ALL and the new value; the services are restarted:",
                "用同一个安装包再次执行，加上 REINSTALL=ALL 和新的值；服务会重新启动：",
            )));
            let more = format!(", 'REINSTALL=ALL', '{}=...'", parameter.name);
            blocks.push(Block::Code(msiexec(
                &package.file.replace('/', "\\"),
                &more,
            )));
        }
    } else if let Some((instance, port)) = example {
        blocks.push(Block::Text(language.say(
            "A port is in the service's registry key, where an upgrade leaves it. A proxy in front follows at the next Install:",
            "端口保存在服务的注册表项中，升级时保持不变。前端代理在下次执行 Install 时跟随：",
        )));
        blocks.push(Block::Code(format!(
            "Set-ItemProperty -LiteralPath {} -Name {} -Value 9000\nRestart-Service -Name {}",
            single_quoted(&format!(
                r"HKLM:\SYSTEM\CurrentControlSet\Services\{}\Parameters\Ports",
                instance.service_name
            )),
            single_quoted(&port.name),
            single_quoted(&instance.service_name)
        )));
    }
    if deployment
        .services
        .iter()
        .any(|service| !service.config.is_empty())
    {
        blocks.push(Block::Text(language.say(
            "A configuration file is changed in the folder below, as administrator; the service reads it when it is started again.",
            "配置文件以管理员身份在下述目录中修改；服务重新启动时读取。",
        )));
    }
    Section {
        id: "settings",
        heading: language.say("Change a setting", "更改设置"),
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
        id: "upgrade",
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
        id: "support",
        heading: language.say("Support", "支持"),
        blocks,
    }
}
