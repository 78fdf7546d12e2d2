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
        min: i32,
        max: i32,
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
    /// The value begins with a number sign, which cannot be read back.
    NotPlain {
        property: &'a str,
    },
    /// The value cannot stand between quotation marks.
    NotArgument {
        property: &'a str,
    },
    NeedsReinstall {
        property: &'a str,
    },
    ForeignService {
        name: &'a str,
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
            Self::NotNumber { property, min, max } => {
                format!("{property} must be a number from {min} to {max}.")
            }
            Self::NotOneOf { property, values } => {
                format!("{property} must be one of: {}.", values.join(", "))
            }
            Self::Missing { property } => format!("{property} must be given."),
            Self::NeedsPassword { account, password } => {
                format!("The account in {account} needs its password in {password}.")
            }
            Self::NotPlain { property } => {
                format!("{property} must not begin with a number sign (#).")
            }
            Self::NotArgument { property } => format!(
                "{property} must not begin with a number sign (#), contain a quotation mark or end with a backslash."
            ),
            Self::NeedsReinstall { property } => {
                format!("To change {property} of the installed product, add REINSTALL=ALL.")
            }
            Self::ForeignService { name } => format!(
                "A service named {name} exists already and was not installed by this product. Remove it, or add ADOPT=1 to take it over."
            ),
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
            Self::NotNumber { property, min, max } => {
                format!("{property} 必须是 {min} 到 {max} 之间的数字。")
            }
            Self::NotOneOf { property, values } => {
                format!("{property} 必须是以下值之一：{}。", values.join("、"))
            }
            Self::Missing { property } => format!("必须提供 {property}。"),
            Self::NeedsPassword { account, password } => {
                format!("{account} 中的帐户需要在 {password} 中提供密码。")
            }
            Self::NotPlain { property } => format!("{property} 不能以井号 (#) 开头。"),
            Self::NotArgument { property } => {
                format!("{property} 不能以井号 (#) 开头，不能包含引号，也不能以反斜杠结尾。")
            }
            Self::NeedsReinstall { property } => {
                format!("要更改已安装产品的 {property}，请加上 REINSTALL=ALL。")
            }
            Self::ForeignService { name } => format!(
                "已存在名为 {name} 的服务，且不是由此产品安装的。请将其删除，或加上 ADOPT=1 接管该服务。"
            ),
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
