"""What `Prepare` and `Check` ask of the server itself: network interfaces, features, the time service. State in, objects or codes out."""
from state import set_value

TIME = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time"
# HRESULT_FROM_WIN32 of winerror.h, as a process's exit code: w32tm.exe prints "The following error occurred: ... (0x80070426)"
# (github.com/undergroundwires/privacy.sexy, pull request 72). No list of its codes is published, so every failure has one that
# is neither 0 nor 1.
NOT_STARTED = 0x80070426 - (1 << 32)
TIMED_OUT = 0x800705B4 - (1 << 32)
NO_DATA = 0x80070721 - (1 << 32)


def network(state):
    """A fresh server: an address by DHCP, with a route that came with the lease."""
    return state.data.setdefault("network", {"Dhcp": "Enabled", "dns": [], "routes": [{"NextHop": "10.0.0.254", "lease": True}],
                                             "addresses": [{"IPAddress": "169.254.1.1", "PrefixLength": 16, "lease": True}]})


def absent(kind, interface):
    # CDXML cmdlets: an error for a query without a result (docs of NetTCPIP; github.com/dsccommunity/NetworkingDsc, issue 344).
    return [{"error": f"No matching {kind} objects found by CIM query for instances of the ROOT/StandardCimv2/{kind} class on the CIM "
                      f"server: SELECT * FROM {kind} WHERE ((InterfaceAlias LIKE '{interface}'))."}]


def get_interface(state, parameters):
    name = parameters["InterfaceAlias"]
    if name and name != state.data.get("interface", "Ethernet"):
        return absent("MSFT_NetIPInterface", name)
    return [{"InterfaceAlias": state.data.get("interface", "Ethernet"), "Dhcp": network(state)["Dhcp"]}]


def set_interface(state, parameters):
    if parameters["InterfaceAlias"] != state.data.get("interface", "Ethernet"):
        return absent("MSFT_NetIPInterface", parameters["InterfaceAlias"])
    now = network(state)
    now["Dhcp"] = parameters["Dhcp"]
    if parameters["Dhcp"] == "Disabled":
        # The address and the route of a lease end with it (RFC 2131, 4.4.6: DHCPRELEASE).
        for kind in ("addresses", "routes"):
            now[kind] = [one for one in now[kind] if not one.get("lease")]
    else:
        now["addresses"].append({"IPAddress": "169.254.1.1", "PrefixLength": 16, "lease": True})
    return []


def get_address(state, parameters):
    found = [{"IPAddress": one["IPAddress"], "PrefixLength": one["PrefixLength"],
              "AddressState": "Duplicate" if one["IPAddress"] in state.data.get("taken", []) else "Preferred"}
             for one in network(state)["addresses"]]
    return found or absent("MSFT_NetIPAddress", parameters["InterfaceAlias"])


def remove_address(state, parameters):
    now = network(state)
    kept = [one for one in now["addresses"] if one["IPAddress"] != parameters["IPAddress"]]
    if len(kept) == len(now["addresses"]):
        return absent("MSFT_NetIPAddress", parameters["InterfaceAlias"])
    now["addresses"] = kept
    state.data["least_addresses"] = min(state.data.get("least_addresses", 9), len(kept))
    return []


def new_address(state, parameters):
    now = network(state)
    fault = state.fault("New-NetIPAddress", parameters["IPAddress"])
    if fault is not None:
        return [{"error": "Invalid parameter"}]
    if now["Dhcp"] == "Enabled":
        return [{"error": "Inconsistent parameters PolicyStore PersistentStore and Dhcp Enabled"}]
    if any(one["IPAddress"] == parameters["IPAddress"] for one in now["addresses"]):
        # github.com/MicrosoftDocs/Virtualization-Documentation, issue 338
        return [{"error": "Instance MSFT_NetIPAddress already exists"}]
    if parameters.get("DefaultGateway"):
        if now["routes"]:
            return [{"error": "Instance DefaultGateway already exists"}]
        now["routes"].append({"NextHop": parameters["DefaultGateway"]})
    now["addresses"].append({"IPAddress": parameters["IPAddress"], "PrefixLength": parameters["PrefixLength"]})
    return []


def get_route(state, parameters):
    return [{"NextHop": one["NextHop"]} for one in network(state)["routes"]] or absent("MSFT_NetRoute", parameters["InterfaceAlias"])


def new_route(state, parameters):
    now = network(state)
    if any(one["NextHop"] == parameters["NextHop"] for one in now["routes"]):
        return [{"error": "Instance MSFT_NetRoute already exists"}]
    now["routes"].append({"NextHop": parameters["NextHop"]})
    return []


def remove_route(state, parameters):
    now = network(state)
    kept = [one for one in now["routes"] if parameters.get("NextHop") and one["NextHop"] != parameters["NextHop"]]
    if len(kept) == len(now["routes"]):
        return absent("MSFT_NetRoute", parameters["InterfaceAlias"])
    now["routes"] = kept
    return []


def dns_servers(state, parameters):
    if "ServerAddresses" in parameters:
        network(state)["dns"] = parameters["ServerAddresses"]
        return []
    return [{"ServerAddresses": network(state)["dns"]}]


def features(state, parameters):
    """Get-WindowsFeature leaves out a name that it does not know."""
    installed = state.data.setdefault("features", [])
    return [{"Name": name, "Installed": name in installed, "InstallState": "Installed" if name in installed else "Available"}
            for name in parameters["Name"] if name not in state.data.get("unknown_features", [])]


def install_feature(state, parameters):
    """One that this Windows does not have: ArgumentNotValid (github.com/ansible-lockdown/Windows-2019-CIS, issue 57)."""
    unknown = state.data.get("unknown_features", [])
    for name in parameters["Name"]:
        if name in unknown or (parameters.get("IncludeManagementTools") and "Web-Mgmt-Console" in unknown):
            return [{"error": f"ArgumentNotValid: The role, role service, or feature name is not valid: '{name}'. The name was not found."}]
    installed = state.data.setdefault("features", [])
    installed.extend(name for name in parameters["Name"] if name not in installed)
    return [{"Success": True, "RestartNeeded": "No", "ExitCode": "Success"}]


def time_service(state, verb, rest):
    """W32Time: outside a domain Windows does not start it by itself
    (learn.microsoft.com/troubleshoot/windows-client/active-directory/w32time-not-start-on-workgroup)."""
    key = state.make_key(TIME)
    if "Start" not in key:
        set_value(key, "Start", "DWord", 3)
    status = state.data.get("time_service", "Stopped")
    if verb == "query":
        return 0, f"SERVICE_NAME: W32Time\n        STATE              : {4 if status == 'Running' else 1}  {status.upper()}"
    if verb == "config":
        if rest[:1] != ["start="] or len(rest) != 2:
            return 1639, "ERROR: Invalid Option"
        set_value(key, "Start", "DWord", {"auto": 2, "demand": 3, "disabled": 4}[rest[1]])
        return 0, "[SC] ChangeServiceConfig SUCCESS"
    if verb == "start":
        if key["Start"]["value"] == 4:
            return 1058, "[SC] StartService FAILED 1058:"
        if status == "Running":
            return 1056, "[SC] StartService FAILED 1056:"
        state.data["time_service"] = "Running"
        return 0, "[SC] StartService SUCCESS"
    return 1639, "ERROR: no such verb of this double"


def w32tm(state, arguments):
    """w32tm.exe (learn.microsoft.com/windows-server/networking/windows-time-service/windows-time-service-tools-and-settings)."""
    fault = state.fault("w32tm", " ".join(arguments))
    if fault is not None:
        return fault, f"The following error occurred: (0x{fault & 0xFFFFFFFF:08X})"
    running = state.data.get("time_service", "Stopped") == "Running"
    silent = state.data.get("silent_time_source", False)
    if arguments[:1] == ["/stripchart"]:
        if silent:
            return TIMED_OUT, "12:00:00, error: 0x800705B4"
        return 0, f"12:00:00, {state.data.get('skew', 0.01):+.7f}s"
    if arguments[:1] == ["/config"]:
        key = state.make_key(f"{TIME}\\Parameters")
        for word in arguments:
            if word.startswith("/manualpeerlist:"):
                set_value(key, "NtpServer", "String", word.split(":", 1)[1])
            if word == "/syncfromflags:manual":
                set_value(key, "Type", "String", "NTP")
        if "/update" in arguments and not running:
            return NOT_STARTED, "The following error occurred: The service has not been started. (0x80070426)"
        state.data.setdefault("time", []).append(arguments)
        return 0, "The command completed successfully."
    if arguments[:1] == ["/resync"]:
        if not running:
            return NOT_STARTED, "The following error occurred: The service has not been started. (0x80070426)"
        if silent:
            return NO_DATA, "The computer did not resync because no time data was available."
        if "skew" in state.data and not state.data.get("stubborn_clock"):
            state.data["skew"] = 0.01
        return 0, "The command completed successfully."
    return 1, "unknown"
