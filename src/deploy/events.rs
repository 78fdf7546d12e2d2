//! What a deployment and a service's host write to the Application log.

use super::model::{Event, Service};
use crate::service::event::{EVENTS, Level};
use crate::service::model::HostMode;

const INFORMATION: &str = "Information";
const WARNING: &str = "Warning";
const ERROR: &str = "Error";

/// What `Deploy.ps1` writes: id, level and meaning.
const OF_DEPLOYMENTS: [(u32, &str, &str); 3] = [
    (900, INFORMATION, "a deployment has ended well"),
    (901, ERROR, "a deployment has failed"),
    (
        902,
        WARNING,
        "a deployment was taken back: the new version did not pass its probes",
    ),
];

/// The meanings of all events in Chinese.
const CHINESE: [(u32, &str); 17] = [
    (1, "服务已启动并就绪"),
    (2, "服务收到停止请求"),
    (3, "服务已停止"),
    (4, "已执行服务控制命令"),
    (10, "设置错误（退出码 10001）"),
    (11, "程序无法启动（退出码 10002）"),
    (12, "程序未及时就绪（退出码 10003）"),
    (
        13,
        "程序自行退出（退出码为程序自身的退出码；若为 0，则为 10004）",
    ),
    (14, "程序未及时停止，已被强制结束"),
    (15, "日志文件无法写入或轮换"),
    (100, "程序输出中的警告"),
    (101, "程序输出中的错误"),
    (102, "程序崩溃时的最后输出"),
    (103, "程序输出超过限制，完整内容见日志文件"),
    (900, "部署已成功完成"),
    (901, "部署失败"),
    (902, "新版本未通过探测，部署已回退"),
];

/// Everything that may be written for these services: of the deployment under the first one's source, of each service
/// that has a host under its own.
pub(super) fn events(services: &[Service]) -> Vec<Event> {
    let of_deployments = services.first().into_iter().flat_map(|service| {
        OF_DEPLOYMENTS.map(|(id, level, meaning)| Event {
            id,
            source: service.event_source.clone(),
            level: level.to_owned(),
            meaning: meaning.to_owned(),
        })
    });
    let mut events: Vec<Event> = of_deployments.collect();
    for service in services
        .iter()
        .filter(|service| service.host != HostMode::Native)
    {
        let of_service = EVENTS.map(|event| of_host(&event, &service.event_source));
        let new: Vec<Event> = of_service
            .into_iter()
            .filter(|event| !events.contains(event))
            .collect();
        events.extend(new);
    }
    events
}

fn of_host(event: &crate::service::event::Event, source: &str) -> Event {
    let level = match event.level {
        Level::Information => INFORMATION,
        Level::Warning => WARNING,
        Level::Error => ERROR,
    };
    Event {
        id: event.id,
        source: source.to_owned(),
        level: level.to_owned(),
        meaning: event.meaning_with_exit_code(),
    }
}

/// The meaning of an event in Chinese.
pub(super) fn chinese(id: u32) -> Option<&'static str> {
    CHINESE
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_told_in_chinese_and_nothing_else() {
        let known: Vec<u32> = EVENTS
            .iter()
            .map(|event| event.id)
            .chain(OF_DEPLOYMENTS.map(|(id, _, _)| id))
            .collect();
        assert_eq!(CHINESE.map(|(id, _)| id).to_vec(), known);
    }

    #[test]
    fn exit_codes_are_the_same_in_both_languages() {
        let numbers = |text: &str| -> Vec<String> {
            let words = text.split(|character: char| !character.is_ascii_digit());
            words
                .filter(|word| word.len() > 1 || *word == "0")
                .map(str::to_owned)
                .collect()
        };
        for event in EVENTS {
            let mut english = numbers(&event.meaning_with_exit_code());
            let mut chinese = numbers(chinese(event.id).unwrap());
            english.sort();
            chinese.sort();
            assert_eq!(english, chinese, "event {}", event.id);
        }
    }
}
