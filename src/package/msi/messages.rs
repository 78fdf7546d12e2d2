//! What the package itself says to people, in its language.

use crate::format::language::Language;

/// A launch condition's message, or a feature's text.
pub(super) enum Message<'a> {
    NeedsAdministrator,
    OldWindows {
        build: u32,
    },
    Downgrade {
        title: &'a str,
    },
    LaterPreRelease {
        title: &'a str,
    },
    NotNumber {
        property: &'a str,
        least: i32,
        greatest: i32,
    },
    NotOneOf {
        property: &'a str,
        values: &'a [String],
    },
    Missing {
        property: &'a str,
    },
    NeedsPassword {
        account: &'a str,
        password: &'a str,
    },
    FirewallTitle,
    FirewallDescription {
        title: &'a str,
    },
}

impl Message<'_> {
    /// The text, with its values not yet escaped for `Formatted`.
    pub(super) fn text(&self, language: Language) -> String {
        if is_simplified_chinese(language) {
            self.chinese()
        } else {
            self.english()
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NeedsAdministrator => {
                "Administrator rights are needed for this installation.".to_owned()
            }
            Self::OldWindows { build } => {
                format!("Windows 10 or Windows Server 2016, build {build} or later, is needed.")
            }
            Self::Downgrade { title } => {
                format!("A newer version of {title} is already installed.")
            }
            Self::LaterPreRelease { title } => {
                format!("A later release of this version of {title} is already installed.")
            }
            Self::NotNumber {
                property,
                least,
                greatest,
            } => {
                format!("{property} must be a number from {least} to {greatest}.")
            }
            Self::NotOneOf { property, values } => {
                format!("{property} must be one of: {}.", values.join(", "))
            }
            Self::Missing { property } => format!("{property} must be given."),
            Self::NeedsPassword { account, password } => {
                format!("The account in {account} needs its password in {password}.")
            }
            Self::FirewallTitle => "Firewall rule".to_owned(),
            Self::FirewallDescription { title } => {
                format!("Lets other computers connect to {title}.")
            }
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::NeedsAdministrator => "此安装需要管理员权限。".to_owned(),
            Self::OldWindows { build } => {
                format!("需要 Windows 10 或 Windows Server 2016，内部版本 {build} 或更高版本。")
            }
            Self::Downgrade { title } => format!("已安装更新版本的 {title}。"),
            Self::LaterPreRelease { title } => format!("已安装 {title} 同一版本的更新发行版。"),
            Self::NotNumber {
                property,
                least,
                greatest,
            } => {
                format!("{property} 必须是 {least} 到 {greatest} 之间的数字。")
            }
            Self::NotOneOf { property, values } => {
                format!("{property} 必须是以下值之一：{}。", values.join("、"))
            }
            Self::Missing { property } => format!("必须提供 {property}。"),
            Self::NeedsPassword { account, password } => {
                format!("{account} 中的帐户需要在 {password} 中提供密码。")
            }
            Self::FirewallTitle => "防火墙规则".to_owned(),
            Self::FirewallDescription { title } => format!("允许其他计算机连接到 {title}。"),
        }
    }
}

/// The package's own messages are Chinese then, and English otherwise.
fn is_simplified_chinese(language: Language) -> bool {
    language.tag() == "zh-CN"
}

/// What the progress bar says during a standard action.
pub(super) fn action_text(action: &str, language: Language) -> Option<&'static str> {
    let (english, chinese) = match action {
        "InstallFiles" => ("Copying files", "正在复制文件"),
        "InstallServices" => ("Registering the service", "正在注册服务"),
        "RemoveExistingProducts" => ("Removing the earlier version", "正在删除早期版本"),
        "RemoveFiles" => ("Removing files", "正在删除文件"),
        "StartServices" => ("Starting the service", "正在启动服务"),
        "StopServices" => ("Stopping the service", "正在停止服务"),
        "DeleteServices" => ("Removing the service", "正在删除服务"),
        "WriteRegistryValues" => ("Writing settings", "正在写入设置"),
        _ => return None,
    };
    Some(if is_simplified_chinese(language) {
        chinese
    } else {
        english
    })
}

/// What the box says when the service stands in the way, by Windows Installer's error numbers: its own words speak of
/// privileges, which are seldom the reason. `[2]` is the service's title, `[3]` its name.
pub(super) fn error_texts(language: Language) -> [(i32, &'static str); 2] {
    const NOT_STARTED: i32 = 1920;
    const NOT_STOPPED: i32 = 1921;
    let (started, stopped) = if is_simplified_chinese(language) {
        (
            "服务“[2]”([3]) 未能启动。原因见其日志文件和 Windows 事件日志。",
            "服务“[2]”([3]) 未能停止。请手动停止该服务，然后重试。",
        )
    } else {
        (
            "The service '[2]' ([3]) did not start. Its log file and the Windows event log say why.",
            "The service '[2]' ([3]) did not stop. Stop it by hand, and try again.",
        )
    };
    [(NOT_STARTED, started), (NOT_STOPPED, stopped)]
}
