//! What a deployment and a service's host write to the Application log.
//!
//! The host's ids are those of `events.go` in its source; a test compares them.

use super::model::{Event, Service};

/// An entry of the Application log, in both languages.
struct Known {
    id: u32,
    level: &'static str,
    english: &'static str,
    chinese: &'static str,
}

const fn known(
    id: u32,
    level: &'static str,
    english: &'static str,
    chinese: &'static str,
) -> Known {
    Known {
        id,
        level,
        english,
        chinese,
    }
}

const INFORMATION: &str = "Information";
const WARNING: &str = "Warning";
const ERROR: &str = "Error";

/// Written by `Deploy.ps1`.
const OF_DEPLOYMENTS: [Known; 3] = [
    known(
        900,
        INFORMATION,
        "A deployment has ended well.",
        "部署已成功完成。",
    ),
    known(901, ERROR, "A deployment has failed.", "部署失败。"),
    known(
        902,
        WARNING,
        "A deployment was taken back: the new version did not pass its probes.",
        "新版本未通过探测，部署已回退。",
    ),
];

/// Written by the service's host.
const OF_SERVICES: [Known; 14] = [
    known(
        1,
        INFORMATION,
        "The service has started and is ready.",
        "服务已启动并就绪。",
    ),
    known(
        2,
        INFORMATION,
        "The service was asked to stop.",
        "服务收到停止请求。",
    ),
    known(3, INFORMATION, "The service has stopped.", "服务已停止。"),
    known(
        4,
        INFORMATION,
        "A control was carried out.",
        "已执行服务控制命令。",
    ),
    known(
        10,
        ERROR,
        "The settings are wrong (exit code 10001).",
        "设置错误（退出码 10001）。",
    ),
    known(
        11,
        ERROR,
        "The program cannot be started (10002).",
        "程序无法启动（10002）。",
    ),
    known(
        12,
        ERROR,
        "The program was not ready in time (10003).",
        "程序未及时就绪（10003）。",
    ),
    known(
        13,
        ERROR,
        "The program ended by itself (its own exit code, or 10004 for 0).",
        "程序自行退出（程序的退出码，退出码为 0 时为 10004）。",
    ),
    known(
        14,
        WARNING,
        "The program did not stop in time and was ended.",
        "程序未及时停止，已被强制结束。",
    ),
    known(
        15,
        WARNING,
        "The log file cannot be written or rotated.",
        "日志文件无法写入或轮换。",
    ),
    known(
        100,
        WARNING,
        "A warning in the program's output.",
        "程序输出中的警告。",
    ),
    known(
        101,
        ERROR,
        "An error in the program's output.",
        "程序输出中的错误。",
    ),
    known(
        102,
        ERROR,
        "The program's last words: a panic or a crash.",
        "程序崩溃时的最后输出。",
    ),
    known(
        103,
        WARNING,
        "The program wrote more than the limit; the log file has it all.",
        "程序输出超过限制，完整内容见日志文件。",
    ),
];

/// Everything that may be written for these services: of the deployment under the first one's source, of each service
/// that has a host under its own.
pub(super) fn events(services: &[Service]) -> Vec<Event> {
    let entry = |source: &str| {
        let source = source.to_owned();
        move |known: &Known| Event {
            id: known.id,
            source: source.clone(),
            level: known.level.to_owned(),
            meaning: known.english.to_owned(),
        }
    };
    let mut events: Vec<Event> = services
        .first()
        .iter()
        .flat_map(|service| OF_DEPLOYMENTS.iter().map(entry(&service.event_source)))
        .collect();
    for service in services.iter().filter(|service| service.host != "native") {
        let of_service: Vec<Event> = OF_SERVICES
            .iter()
            .map(entry(&service.event_source))
            .filter(|event| !events.contains(event))
            .collect();
        events.extend(of_service);
    }
    events
}

/// The meaning of an event in Chinese.
pub(super) fn chinese(id: u32) -> Option<&'static str> {
    let all = OF_DEPLOYMENTS.iter().chain(&OF_SERVICES);
    all.into_iter()
        .find(|known| known.id == id)
        .map(|known| known.chinese)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_are_those_of_the_host() {
        let source = include_str!("../../templates/service-host/internal/goreleasehost/events.go");
        let of_host: Vec<u32> = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix("event")?.split_once('='))
            .filter_map(|(_, number)| number.split_whitespace().next()?.parse().ok())
            .collect();
        let ours: Vec<u32> = OF_SERVICES.iter().map(|known| known.id).collect();
        assert_eq!(ours, of_host);
    }
}
