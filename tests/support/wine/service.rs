//! Services under Wine: `sc`, `net`, and the status that tells how a service ended.

use std::time::Duration;

use super::{Finished, Wine};
use crate::support::poll;

/// A service's state, as `sc query` numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Stopped,
    StartPending,
    StopPending,
    Running,
    Other,
}

/// What `sc query` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServiceStatus {
    pub state: State,
    /// WIN32_EXIT_CODE: 0 after an ordered stop, 1066 when [`ServiceStatus::service_exit_code`] counts, 1077
    /// when it was never started.
    pub win32_exit_code: u32,
    /// SERVICE_EXIT_CODE.
    pub service_exit_code: u32,
}

impl Wine {
    /// Wine's `sc.exe`.
    pub fn sc(&self, arguments: &[&str]) -> Finished {
        self.run("sc.exe", arguments)
    }

    /// Wine's `net.exe`.
    pub fn net(&self, arguments: &[&str]) -> Finished {
        self.run("net.exe", arguments)
    }

    /// Registers a service with that image path.
    pub fn create_service(&self, name: &str, image_path: &str) {
        self.sc(&["create", name, "binPath=", image_path]).success();
    }

    /// What the service manager says about a service; none when there is none of that name.
    pub fn service_status(&self, name: &str) -> Option<ServiceStatus> {
        let result = self.sc(&["query", name]);
        let field = |label: &str| -> Option<u32> {
            let line = result
                .stdout
                .lines()
                .find(|line| line.trim_start().starts_with(label))?;
            line.split(':')
                .nth(1)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        };
        let state = match field("STATE")? {
            1 => State::Stopped,
            2 => State::StartPending,
            3 => State::StopPending,
            4 => State::Running,
            _ => State::Other,
        };
        Some(ServiceStatus {
            state,
            win32_exit_code: field("WIN32_EXIT_CODE")?,
            service_exit_code: field("SERVICE_EXIT_CODE")?,
        })
    }

    /// Asks the service manager to start the service, without waiting for Running.
    pub fn start_service(&self, name: &str) {
        self.sc(&["start", name]);
    }

    /// Sends the stop control, without waiting for Stopped.
    pub fn stop_service(&self, name: &str) {
        self.sc(&["stop", name]);
    }

    /// Stops the service, waits until it has, and asserts that it ended in order. Wine's `net stop` does not wait.
    #[track_caller]
    pub fn stop_in_order(&self, name: &str) {
        self.stop_service(name);
        self.wait_for(name, State::Stopped, Duration::from_secs(120));
        self.assert_stopped_in_order(name);
    }

    /// Waits until the service is in that state.
    #[track_caller]
    pub fn wait_for(&self, name: &str, state: State, timeout: Duration) -> ServiceStatus {
        poll::until(
            &format!("service `{name}` to be {state:?}"),
            timeout,
            || {
                self.service_status(name)
                    .filter(|status| status.state == state)
            },
        )
    }

    /// Asserts that the service is stopped and ended in order: WIN32_EXIT_CODE 0.
    #[track_caller]
    pub fn assert_stopped_in_order(&self, name: &str) {
        let status = self.service_status(name).expect("the service");
        assert_eq!(
            (status.state, status.win32_exit_code),
            (State::Stopped, 0),
            "{status:?}"
        );
    }

    /// Asserts that the service is stopped and ended in failure with that service-specific code.
    #[track_caller]
    pub fn assert_failed(&self, name: &str, service_exit_code: u32) {
        let status = self.service_status(name).expect("the service");
        let expected = ServiceStatus {
            state: State::Stopped,
            win32_exit_code: 1066,
            service_exit_code,
        };
        assert_eq!(status, expected);
    }

    /// Deletes the service and waits until its name is free again.
    pub fn delete_service(&self, name: &str) {
        self.sc(&["delete", name]).success();
        poll::until(
            &format!("service `{name}` to be gone"),
            Duration::from_secs(60),
            || self.service_status(name).is_none().then_some(()),
        );
    }
}
