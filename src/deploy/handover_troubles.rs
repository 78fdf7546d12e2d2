//! What goes wrong in the field most often, by symptom, in both languages.

use super::handover::Language;
use super::model::*;
use super::page::{Block, Cell, Section};

/// Where a trouble can come up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Everywhere,
    /// With Windows Installer.
    Package,
    /// Behind a proxy.
    Proxy,
    /// Behind IIS.
    Iis,
}

/// Symptom, cause and way out.
struct Trouble {
    place: Where,
    english: [&'static str; 3],
    chinese: [&'static str; 3],
}

const fn trouble(place: Where, english: [&'static str; 3], chinese: [&'static str; 3]) -> Trouble {
    Trouble {
        place,
        english,
        chinese,
    }
}

const TROUBLES: [Trouble; 22] = [
    trouble(
        Where::Everywhere,
        [
            "1053 at start",
            "The program did not answer the service manager in time: it was registered by hand, or released as `native` without being a service.",
            "Run Deploy.ps1 Install, which registers it. Then read the service's log and the events 7000 and 7009 in the System log.",
        ],
        [
            "启动时报 1053",
            "程序未及时响应服务管理器：可能是手工注册的，也可能以 `native` 方式发布但本身不是服务程序。",
            "用 Deploy.ps1 Install 重新注册，再查看服务日志以及系统日志中的事件 7000 和 7009。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "1066 at start, then 10001 to 10004",
            "The program's own failure: 10001 settings, 10002 it cannot be started, 10003 not ready in time, 10004 it ended by itself.",
            "Read the event of the same moment and the service's log: configuration, rights or port.",
        ],
        [
            "启动时报 1066 及 10001 至 10004",
            "程序自身失败：10001 设置错误，10002 无法启动，10003 未及时就绪，10004 自行退出。",
            "查看同一时刻的事件和服务日志：配置、权限或端口。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "1069 at start",
            "The account may not log on.",
            "Check the password and the right to log on as a service; a group policy may take it away again.",
        ],
        [
            "启动时报 1069",
            "帐户无法登录。",
            "检查密码以及“作为服务登录”权限；组策略可能再次收回该权限。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "1072 when installing",
            "The service is marked for deletion.",
            "Close services.msc and other tools that show it, and run again.",
        ],
        [
            "安装时报 1072",
            "服务已被标记为删除。",
            "关闭 services.msc 等正在显示它的工具，然后重试。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Access is denied (5)",
            "PowerShell was not started as administrator, or a folder's rights were changed by hand.",
            "Start it as administrator; Deploy.ps1 Install puts the rights back.",
        ],
        [
            "拒绝访问 (5)",
            "PowerShell 不是以管理员身份启动，或目录权限被手工改动。",
            "以管理员身份启动；Deploy.ps1 Install 会恢复权限。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Port is in use",
            "Another process listens there.",
            "Deploy.ps1 Check names the process.",
        ],
        [
            "端口被占用",
            "另一个进程正在监听。",
            "Deploy.ps1 Check 会指出该进程。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Not reachable from outside",
            "No firewall rule, or group policy ignores local rules.",
            "Deploy.ps1 Check tells which; see security.md.",
        ],
        [
            "外部无法访问",
            "没有防火墙规则，或组策略忽略本地规则。",
            "用 Deploy.ps1 Check 判断；参见 security.md。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Runs, but is not healthy",
            "A database or another service that it needs does not answer.",
            "Ask the health address above by hand, and read the service's log.",
        ],
        [
            "服务在运行但健康检查失败",
            "所依赖的数据库或其他服务没有响应。",
            "手工访问健康检查地址，并查看服务日志。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "The service starts again and again",
            "It ends by itself; Windows restarts it after the delays above.",
            "Event 13 has the exit code, event 102 its last words.",
        ],
        [
            "服务反复重启",
            "程序自行退出，Windows 按设定的间隔重启它。",
            "事件 13 含退出码，事件 102 含最后的输出。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Configuration or log not found",
            "A relative path: a service does not work in its own folder.",
            "Write full paths into the configuration.",
        ],
        [
            "找不到配置或日志",
            "使用了相对路径：服务的工作目录不是程序所在目录。",
            "在配置中使用完整路径。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Upgrade was taken back (exit code 4)",
            "The new version did not pass its probes.",
            "Nothing is lost: the old one serves. Read the new one's log, then upgrade again.",
        ],
        [
            "升级被自动回退（退出码 4）",
            "新版本未通过探测。",
            "旧版本仍在服务，没有损失。查看新版本日志后再升级。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "A run was cut off",
            "Restart, lost connection.",
            "Run the same action again, or Rollback.",
        ],
        [
            "运行中断",
            "重启或连接断开。",
            "重新执行同一操作，或执行 Rollback。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Another run holds the lock (exit code 5)",
            "Somebody deploys at the same time.",
            "Wait for it; Check and Status are allowed meanwhile.",
        ],
        [
            "另一次运行持有锁（退出码 5）",
            "有人正在同时部署。",
            "等待其结束；期间可以使用 Check 和 Status。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "Script is not allowed to run",
            "Execution policy, or Constrained Language by AppLocker.",
            "Allow the script by a rule, or install a package, which needs no script.",
        ],
        [
            "脚本被禁止运行",
            "执行策略，或 AppLocker 的受限语言模式。",
            "添加允许规则，或改用无需脚本的安装包。",
        ],
    ),
    trouble(
        Where::Everywhere,
        [
            "A domain account or join fails",
            "The clock is off by more than five minutes, or DNS does not find the domain.",
            "Deploy.ps1 Check shows both; w32tm /resync.",
        ],
        [
            "域帐户或加入域失败",
            "时钟偏差超过五分钟，或 DNS 找不到域。",
            "Deploy.ps1 Check 会显示两者；执行 w32tm /resync。",
        ],
    ),
    trouble(
        Where::Package,
        [
            "1618 from msiexec",
            "Another installation is running.",
            "Deploy.ps1 waits five minutes; run it again afterwards.",
        ],
        [
            "msiexec 报 1618",
            "另一个安装正在进行。",
            "Deploy.ps1 会等待五分钟，之后请重试。",
        ],
    ),
    trouble(
        Where::Package,
        [
            "1619 or 1620 from msiexec",
            "The package was not found or is damaged.",
            "Give the full path; compare the checksum.",
        ],
        [
            "msiexec 报 1619 或 1620",
            "找不到安装包或安装包已损坏。",
            "使用完整路径，并核对校验和。",
        ],
    ),
    trouble(
        Where::Package,
        [
            "1603 from msiexec, 1920 in its log",
            "The service did not start, so everything was put back.",
            "Read the service's log; NOSTART=1 installs without starting.",
        ],
        [
            "msiexec 报 1603，日志中有 1920",
            "服务未能启动，安装已全部撤销。",
            "查看服务日志；NOSTART=1 只安装不启动。",
        ],
    ),
    trouble(
        Where::Package,
        [
            "3010 from msiexec",
            "Done; a file was in use.",
            "Restart the server when it suits.",
        ],
        [
            "msiexec 报 3010",
            "已完成，但有文件正在使用。",
            "在合适的时间重新启动服务器。",
        ],
    ),
    trouble(
        Where::Proxy,
        [
            "502 or 503 from the proxy",
            "No instance answers: stopped, drained or not healthy.",
            "Deploy.ps1 Status, then Start.",
        ],
        [
            "代理返回 502 或 503",
            "没有可用实例：已停止、已排空或不健康。",
            "先执行 Deploy.ps1 Status，再执行 Start。",
        ],
    ),
    trouble(
        Where::Iis,
        [
            "404 or 500.50 from IIS",
            "URL Rewrite or Application Request Routing is missing, or its proxy is off.",
            "Deploy.ps1 Check names what is missing; then Install again.",
        ],
        [
            "IIS 返回 404 或 500.50",
            "缺少 URL Rewrite 或 Application Request Routing，或代理未启用。",
            "Deploy.ps1 Check 会指出缺少什么；之后重新执行 Install。",
        ],
    ),
    trouble(
        Where::Iis,
        [
            "WebSocket ends with 502",
            "The Windows feature Web-WebSockets is missing.",
            "Install-WindowsFeature Web-WebSockets",
        ],
        [
            "WebSocket 连接以 502 结束",
            "缺少 Windows 功能 Web-WebSockets。",
            "Install-WindowsFeature Web-WebSockets",
        ],
    ),
];

pub(super) fn troubleshooting(deployment: &Deployment, language: Language) -> Section {
    let proxy = &deployment.proxy;
    let applies = |place: Where| match place {
        Where::Everywhere => true,
        Where::Package => deployment.package().is_some(),
        Where::Proxy => proxy.iis.is_some() || proxy.nginx.is_some(),
        Where::Iis => proxy.iis.is_some(),
    };
    let rows = TROUBLES
        .iter()
        .filter(|trouble| applies(trouble.place))
        .map(|trouble| {
            let columns = match language {
                Language::English => &trouble.english,
                Language::Chinese => &trouble.chinese,
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
        id: "troubleshooting",
        heading: language.say("Troubleshooting", "故障排除"),
        blocks: vec![Block::Table(head, rows)],
    }
}
