//! Names that the service manager takes.

/// The longest service name (`CreateService`, parameter `lpServiceName`).
const LONGEST_NAME: usize = 256;

/// Services that come with Windows or with widespread products, on which others depend.
pub const KNOWN_SERVICES: [&str; 30] = [
    "AFD",
    "BFE",
    "CryptSvc",
    "DcomLaunch",
    "Dhcp",
    "Dnscache",
    "EventLog",
    "EventSystem",
    "HTTP",
    "iphlpsvc",
    "KeyIso",
    "LanmanServer",
    "LanmanWorkstation",
    "LSM",
    "MSMQ",
    "MSSQLSERVER",
    "Netlogon",
    "NetTcpPortSharing",
    "NlaSvc",
    "nsi",
    "PlugPlay",
    "RpcEptMapper",
    "RpcSs",
    "SamSs",
    "Schedule",
    "Tcpip",
    "W32Time",
    "W3SVC",
    "WAS",
    "Winmgmt",
];

/// The privileges that a service can ask to keep (learn.microsoft.com, "Privilege Constants").
pub const PRIVILEGES: [&str; 35] = [
    "SeAssignPrimaryTokenPrivilege",
    "SeAuditPrivilege",
    "SeBackupPrivilege",
    "SeChangeNotifyPrivilege",
    "SeCreateGlobalPrivilege",
    "SeCreatePagefilePrivilege",
    "SeCreatePermanentPrivilege",
    "SeCreateSymbolicLinkPrivilege",
    "SeCreateTokenPrivilege",
    "SeDebugPrivilege",
    "SeDelegateSessionUserImpersonatePrivilege",
    "SeEnableDelegationPrivilege",
    "SeImpersonatePrivilege",
    "SeIncreaseBasePriorityPrivilege",
    "SeIncreaseQuotaPrivilege",
    "SeIncreaseWorkingSetPrivilege",
    "SeLoadDriverPrivilege",
    "SeLockMemoryPrivilege",
    "SeMachineAccountPrivilege",
    "SeManageVolumePrivilege",
    "SeProfileSingleProcessPrivilege",
    "SeRelabelPrivilege",
    "SeRemoteShutdownPrivilege",
    "SeRestorePrivilege",
    "SeSecurityPrivilege",
    "SeShutdownPrivilege",
    "SeSyncAgentPrivilege",
    "SeSystemEnvironmentPrivilege",
    "SeSystemProfilePrivilege",
    "SeSystemtimePrivilege",
    "SeTakeOwnershipPrivilege",
    "SeTcbPrivilege",
    "SeTimeZonePrivilege",
    "SeTrustedCredManAccessPrivilege",
    "SeUndockPrivilege",
];

/// Why this cannot be a service's name, if it cannot.
///
/// The service manager itself refuses slashes. A percent sign is refused because it expands variables in the image
/// path, in which the host finds its name; a quotation mark, because nobody could type the name.
///
/// # Errors
/// What is wrong with it, to be read after "the service's name".
pub fn check_service_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    let length = name.encode_utf16().count();
    if length > LONGEST_NAME {
        return Err(format!(
            "has {length} characters, at most {LONGEST_NAME} are allowed"
        ));
    }
    if let Some(bad) = name
        .chars()
        .find(|character| character.is_control() || "/\\%\"".contains(*character))
    {
        return Err(format!(
            "has the character `{}`, which is not allowed",
            bad.escape_default()
        ));
    }
    if name.trim() != name {
        return Err("begins or ends with a space".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_control_characters_and_length_are_refused() {
        for wrong in [
            "",
            "a/b",
            r"a\b",
            "%a%",
            "a\"b",
            "a\nb",
            " a",
            &"x".repeat(257),
        ] {
            assert!(check_service_name(wrong).is_err(), "{wrong:?}");
        }
        for right in [
            "OrdersApi",
            "订单 服务",
            "it's $(x) & `y`",
            &"x".repeat(256),
        ] {
            assert!(check_service_name(right).is_ok(), "{right:?}");
        }
    }
}
