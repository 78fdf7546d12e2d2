"""Doubles of cmdlets: (state, name, parameters) -> list of objects. An `error` object makes the prelude write an error."""

import re

import server
import tasks
from natives import sddl
from service_manager import ServiceManager
from state import SERVICES


def get_service(state, parameters):
    if parameters["Name"].lower() == "w32time":
        return [{"Name": "W32Time", "Status": state.data.get("time_service", "Stopped"), "DisplayName": "Windows Time"}]
    manager = ServiceManager(state)
    known = manager.find(parameters["Name"])
    if not known:
        return [{"error": f"Cannot find any service with service name '{parameters['Name']}'."}]
    return [{"Name": known, "Status": manager.status(known), "DisplayName": state.value(f"{SERVICES}\\{known}", "DisplayName")}]


def get_rule(state, parameters):
    rules = [rule for rule in state.data["firewall"].values() if rule["Name"] == parameters["Name"]]
    return rules or [{"error": f"No MSFT_NetFirewallRule objects found with property 'InstanceID' equal to '{parameters['Name']}'."}]


def new_rule(state, parameters):
    name = parameters["Name"]
    fault = state.fault("New-NetFirewallRule", name)
    if fault is not None:
        return [{"error": "Access is denied."}]
    # [MS-FASP] 2.2.37, FW_RULE: the texts have no pipe, and the name is not `all`.
    texts = [parameters.get(key) or "" for key in ("Name", "DisplayName", "Description", "Group", "Service")]
    if any("|" in text for text in texts) or parameters["DisplayName"].lower() == "all":
        return [{"error": "The parameter is incorrect."}]
    if name in state.data["firewall"]:
        return [{"error": "Cannot create a file when that file already exists."}]
    if parameters.get("Protocol") not in ("TCP", "UDP"):
        return [{"error": "The port is invalid."}]
    state.data["firewall"][name] = parameters
    return [parameters]


def remove_rule(state, parameters):
    if state.data["firewall"].pop(parameters["Name"], None) is None:
        return get_rule(state, parameters)
    return []


def get_acl(state, parameters):
    if parameters["LiteralPath"].startswith("HKLM:"):
        inherited = "O:BAG:SYD:AI(A;CIID;KA;;;SY)(A;CIID;KA;;;BA)(A;CIID;KR;;;BU)"
        return [{"Sddl": state.data.setdefault("key_acls", {}).get(parameters["LiteralPath"], inherited)}]
    acl = state.data["acls"].get(parameters["LiteralPath"])
    return [{"Sddl": sddl(acl) if acl else "O:BAG:SYD:AI(A;OICIID;FA;;;SY)(A;OICIID;FA;;;BA)(A;OICIID;0x1200a9;;;BU)"}]


def wql_name(text):
    """The name that a filter asks for: `Name='...'`, with backslash and quotation mark escaped (WQL, learn.microsoft.com/windows/win32/
    wmisdk/wql-sql-for-wmi)."""
    match = re.fullmatch(r"Name='((?:[^'\\]|\\.)*)'", text)
    return None if match is None else re.sub(r"\\(.)", r"\1", match[1])


def set_acl(state, parameters):
    """Of a registry key; what is given protects the key from what it would inherit."""
    control, entries = parameters["Sddl"].split("D:P", 1)
    if control or not entries.startswith("("):
        return [{"error": "The security descriptor is invalid."}]
    state.data.setdefault("key_acls", {})[parameters["LiteralPath"]] = "O:BAG:SYD:PAI" + entries
    return []


def get_cim(state, parameters):
    computer = state.data.setdefault("computer", {})
    if parameters["ClassName"] == "Win32_OperatingSystem":
        return [{"BuildNumber": str(computer.get("build", 20348)), "Caption": "Microsoft Windows Server 2022 Standard",
                 "OSArchitecture": "64-bit", "ProductType": 3}]
    if parameters["ClassName"] == "Win32_ComputerSystem":
        return [{"Name": computer.get("name", "WIN-FRESH"), "PartOfDomain": computer.get("domain") is not None,
                 "Domain": computer.get("domain") or "WORKGROUP"}]
    if parameters["ClassName"] == "Win32_Process":
        manager = ServiceManager(state)
        known = [{"ProcessId": service["pid"], "ParentProcessId": 600} for service in manager.services.values() if service.get("pid")]
        return known + state.data.get("processes", [])
    if parameters["ClassName"] == "Win32_Service":
        manager = ServiceManager(state)
        known = [{"Name": name, "ProcessId": service.get("pid", 0), "StartName": state.value(f"{SERVICES}\\{name}", "ObjectName"),
                  "StartMode": {2: "Auto", 3: "Manual"}.get(state.value(f"{SERVICES}\\{name}", "Start"), "Disabled"),
                  "PathName": state.value(f"{SERVICES}\\{name}", "ImagePath")}
                 for name, service in manager.services.items()]
        known += state.data.get("windows_services", [])
        if parameters.get("Filter"):
            wanted = wql_name(parameters["Filter"])
            return [service for service in known if service["Name"].lower() == (wanted or "").lower()]
        return known
    if parameters["ClassName"] == "RSOP_UserPrivilegeRight":
        return user_rights(state, parameters)
    return [{"error": "Invalid class"}]


def user_rights(state, parameters):
    """The resultant set of policy: an entry for each policy that defines the right, the winner with precedence 1
    (learn.microsoft.com/previous-versions/windows/desktop/policy/rsop-userprivilegeright); nothing while policies do not, and no
    namespace worth asking where its logging is switched off."""
    if parameters.get("Namespace") != "root\\rsop\\computer" or parameters.get("Filter") != "UserRight='SeServiceLogonRight'":
        return [{"error": "Invalid namespace or query"}]
    holders = state.data.get("policy_rights")
    if holders is None or state.data.get("policy_is_not_recorded"):
        return []
    return [{"UserRight": "SeServiceLogonRight", "AccountList": [], "precedence": 2},
            {"UserRight": "SeServiceLogonRight", "AccountList": holders, "precedence": 1}]


def listeners(state, parameters):
    """Get-NetTCPConnection -State Listen: whoever really listens on this machine."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as file:
            for line in file.readlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":
                    ports.add(int(fields[1].rsplit(":", 1)[1], 16))
    found = [{"LocalPort": port, "OwningProcess": 4} for port in sorted(ports) if port == parameters["LocalPort"]]
    return found or [{"error": "No matching MSFT_NetTCPConnection objects found"}]


def resolve_name(state, parameters):
    name = parameters["Name"]
    addresses = {"SRV1": "10.0.0.5", **state.data.get("names", {})}
    if name in addresses:
        return [{"Name": name, "IPAddress": addresses[name]}]
    return [{"error": f"{name} : DNS name does not exist"}]


def certificates(state, _parameters):
    return state.data.get("certificates", [])


def add_computer(state, parameters):
    computer = state.data.setdefault("computer", {})
    if not parameters.get("User"):
        return [{"error": "Access is denied"}]
    computer["pending"] = {"domain": parameters["DomainName"], "name": parameters.get("NewName")}
    return []


def rename_computer(state, parameters):
    state.data.setdefault("computer", {})["pending"] = {"name": parameters["NewName"]}
    return []


def restart(state, _parameters):
    """What a restart does; the tests call it."""
    computer = state.data.setdefault("computer", {})
    computer.update({key: value for key, value in computer.pop("pending", {}).items() if value})
    return []


def time_zone(state, parameters):
    if "Id" in parameters:
        state.data["time_zone"] = parameters["Id"]
        return []
    return [{"Id": state.data.get("time_zone", "UTC")}]


def account_sid(state, parameters):
    """Accounts are listed in the state; their order gives the last number."""
    accounts = state.data.get("accounts", [])
    if parameters["Account"] not in accounts:
        return [{"error": "Some or all identity references could not be translated."}]
    return [f"S-1-5-21-1-2-3-{1104 + accounts.index(parameters['Account'])}"]


def in_use(state, parameters):
    """Whether the story says that a file or folder is held: for ever, or for the next looks."""
    path = parameters["Path"].lower()
    for held in state.data.get("held", []):
        name = held if isinstance(held, str) else held["path"]
        if name.lower() != path and not name.lower().startswith(path + "\\"):
            continue
        if isinstance(held, str):
            return [True]
        if held["looks"] > 0:
            held["looks"] -= 1
            return [True]
    return [False]


def arr_servers(state, _parameters):
    """The servers of ARR's farms, for the objects of arr.ps1."""
    if state.data["iis"].get("silent"):
        return []
    farms = state.data["iis"].get("farms", {})
    return [{"Farm": name, "Address": address} for name, farm in farms.items() for address in farm.get("servers", {})]


def arr_counters(state, parameters):
    """What ARR counts of a server, with one request less at each look."""
    server = state.data["iis"]["farms"][parameters["Farm"]]["servers"][parameters["Address"]]
    requests = server.get("requests", 0)
    server["requests"] = max(0, requests - 1)
    state.data["iis"].setdefault("asked", []).append([parameters["Address"], "requests", requests])
    return [{"isHealthy": not server.get("sick", False), "currentRequests": requests}]


def arr_set_state(state, parameters):
    server = state.data["iis"]["farms"][parameters["Farm"]]["servers"][parameters["Address"]]
    server["state"] = parameters["State"]
    state.data["iis"].setdefault("asked", []).append([parameters["Address"], "state", parameters["State"]])
    return []


COMMANDS = {
    "ArrServers": arr_servers, "ArrCounters": arr_counters, "ArrSetState": arr_set_state, "InUse": in_use,
    "AccountSid": account_sid,
    "Register-ScheduledTask": tasks.register, "Start-ScheduledTask": tasks.start, "Get-ScheduledTaskInfo": tasks.info,
    "Unregister-ScheduledTask": tasks.unregister, "Restart-Service": tasks.restart_service,
    "Get-Service": get_service, "Get-NetFirewallRule": get_rule, "New-NetFirewallRule": new_rule,
    "Remove-NetFirewallRule": remove_rule, "Get-Acl": get_acl, "Set-Acl": set_acl, "Get-CimInstance": get_cim, "Get-NetTCPConnection": listeners,
    "Get-WindowsFeature": server.features, "Install-WindowsFeature": server.install_feature, "Add-Computer": add_computer,
    "Resolve-DnsName": resolve_name, "Certificates": certificates, "Rename-Computer": rename_computer, "restart": restart, "TimeZone": time_zone, "Get-NetIPAddress": server.get_address,
    "Remove-NetIPAddress": server.remove_address, "New-NetIPAddress": server.new_address, "Get-NetRoute": server.get_route,
    "New-NetRoute": server.new_route, "Remove-NetRoute": server.remove_route, "Get-NetIPInterface": server.get_interface,
    "Set-NetIPInterface": server.set_interface, "DnsServers": server.dns_servers,
}


def run(state, name, parameters):
    return COMMANDS[name](state, parameters)
