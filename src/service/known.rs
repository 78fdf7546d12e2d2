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

/// Services and drivers of Windows Server, and of products that Microsoft delivers for it, whose names a program must not
/// take: an installation would change the service, a removal delete it. Names as in services.msc of Windows Server 2016 to
/// 2025 and below `HKLM\SYSTEM\CurrentControlSet\Services`.
const WINDOWS_SERVICES: &str = "\
    AFD AJRouter ALG AppHostSvc AppIDSvc AppInfo AppMgmt AppReadiness AppVClient AppXSvc aspnet_state \
    AudioEndpointBuilder Audiosrv AxInstSV BDESVC Beep BFE BITS BrokerInfrastructure Browser bthserv CDPSvc \
    CertPropSvc CertSvc ClipSVC ClusSvc COMSysApp CoreMessagingRegistrar CryptSvc CscService DcomLaunch defragsvc \
    DeviceAssociationService DeviceInstall DevQueryBroker Dfs DFSR Dhcp DHCPServer DiagTrack Disk DmEnrollmentSvc \
    dmwappushservice DNS Dnscache DoSvc dot3svc DPS DsmSvc DsSvc Eaphost EFS EntAppSvc EventLog EventSystem Fax \
    fdPHost FDResPub fhsvc FontCache FrameServer FTPSVC gpsvc hidserv hns HTTP HvHost icssvc IISADMIN IKEEXT \
    InstallService iphlpsvc IsmServ Kdc KeyIso KtmRm LanmanServer LanmanWorkstation lfsvc LicenseManager lltdsvc \
    lmhosts LSM MapsBroker mpssvc MSDTC MSiSCSI msiserver MSMQ MSSQLSERVER NcaSvc NcbService Ndis NetBT Netlogon \
    Netman netprofm NetSetupSvc NetTcpPortSharing NgcCtnrSvc NgcSvc NlaSvc nsi NTDS NtFrs Ntfs Null PcaSvc PeerDistSvc \
    PerfHost pla PlugPlay PolicyAgent Power PrintNotify ProfSvc QWAVE RasAuto RasMan RemoteAccess RemoteRegistry RmSvc \
    RpcEptMapper RpcLocator RpcSs RSoPProv sacsvr SamSs SCardSvr ScDeviceEnum Schedule SCPolicySvc seclogon \
    SecurityHealthService SENS Sense SensorService SessionEnv SgrmBroker SharedAccess ShellHWDetection smphost SNMP \
    SNMPTRAP Spooler sppsvc SQLSERVERAGENT SSDPSRV ssh-agent sshd SstpSvc StateRepository stisvc StorSvc svsvc swprv \
    SysMain SystemEventsBroker TapiSrv Tcpip Tcpip6 TermService Themes TieringEngineService TimeBrokerSvc TokenBroker \
    TrkWks TrustedInstaller UALSVC UevAgentService UmRdpService upnphost UserManager UsoSvc VaultSvc vds vmcompute \
    vmicguestinterface vmicheartbeat vmickvpexchange vmicrdv vmicshutdown vmictimesync vmicvmsession vmicvss vmms VSS \
    W32Time W3LOGSVC W3SVC WaaSMedicSvc WalletService WAS WbioSrvc Wcmsvc WdiServiceHost WdiSystemHost WdNisSvc \
    WebClient Wecsvc WEPHOSTSVC wercplsupport WerSvc WiaRpc WinDefend WinHttpAutoProxySvc Winmgmt WinRM wisvc wlidsvc \
    WManSvc wmiApSrv WMSVC WPDBusEnum WpnService WSearch WsusService wuauserv";

/// The service of Windows with this name, which Windows reads without regard to case.
pub fn windows_service(name: &str) -> Option<&'static str> {
    let mut known = WINDOWS_SERVICES.split_whitespace().chain(KNOWN_SERVICES);
    known.find(|known| known.eq_ignore_ascii_case(name))
}

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
    fn names_of_windows_are_known_in_any_case() {
        for name in ["W32Time", "eventlog", "SPOOLER", "http"] {
            assert!(windows_service(name).is_some(), "{name}");
        }
        assert_eq!(windows_service("OrdersApi"), None);
    }

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
