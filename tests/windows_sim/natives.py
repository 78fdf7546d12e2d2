"""Doubles of native commands: (state, arguments) -> (exit code, output)."""
import json
import os
import re

import server
from service_manager import ServiceManager
from state import SERVICES, local, set_value

USAGE = 1639  # ERROR_INVALID_COMMAND_LINE
OPTIONS = {"create": {"type", "start", "error", "binpath", "group", "tag", "depend", "obj", "displayname", "password"},
           "config": {"type", "start", "error", "binpath", "group", "tag", "depend", "obj", "displayname", "password"},
           "failure": {"reset", "reboot", "command", "actions"}}


def options_of(arguments, allowed):
    """`name= value` pairs: the equals sign belongs to the name, and a space must follow it (sc.exe create /?)."""
    if len(arguments) % 2:
        return None
    result = {}
    for name, value in zip(arguments[::2], arguments[1::2]):
        if not name.endswith("=") or name[:-1].lower() not in allowed:
            return None
        result[name[:-1].lower()] = value
    if result.get("start", "auto") not in ("boot", "system", "auto", "demand", "disabled", "delayed-auto"):
        return None
    return result


def sc(state, arguments):
    if len(arguments) < 2:
        return USAGE, "ERROR: too few arguments"
    verb, name, rest = arguments[0].lower(), arguments[1], arguments[2:]
    fault = state.fault(f"sc {verb}", name)
    if fault is not None:
        return fault, f"[SC] {verb} FAILED {fault}:"
    if name.lower() == "w32time":
        return server.time_service(state, verb, rest)
    manager = ServiceManager(state)
    if verb in OPTIONS:
        options = options_of(rest, OPTIONS[verb])
        if options is None:
            return USAGE, "ERROR: Invalid Option"
    if verb == "create":
        code = manager.create(name, options) if "binpath" in options else USAGE
    elif verb == "config":
        code = manager.configure(name, options)
    elif verb in ("start", "stop", "delete"):
        code = getattr(manager, verb)(name)
    elif verb in ("query", "queryex"):
        return query(manager, name)
    else:
        code = setting(manager, verb, name, rest, options if verb == "failure" else {})
    return code, f"[SC] {verb} {'SUCCESS' if code == 0 else f'FAILED {code}:'}"


def query(manager, name):
    known = manager.find(name)
    if not known:
        return 1060, "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:"
    status = manager.status(known)
    number = {"Stopped": 1, "StartPending": 2, "StopPending": 3, "Running": 4}[status]
    code = manager.services[known].get("exit_code", 0)
    return 0, f"SERVICE_NAME: {known}\n        STATE              : {number}  {status.upper()}\n" \
              f"        WIN32_EXIT_CODE    : {code}  (0x{code:x})"


def setting(manager, verb, name, rest, options):
    """The verbs that ChangeServiceConfig2 serves; each leaves its value in the service's registry key."""
    known = manager.find(name)
    if verb not in ("description", "failure", "failureflag", "sidtype", "privs", "managedaccount"):
        return USAGE
    if not known:
        return 1060
    key = manager.key(known)
    if verb == "failure":
        key["FailureActions"] = {"type": "Binary", "value": failure_actions(options)}
        return 0
    if len(rest) != 1:
        return USAGE
    value = rest[0]
    if verb == "description":
        set_value(key, "Description", "String", value)
    elif verb == "failureflag":
        if value not in ("0", "1"):
            return USAGE
        set_value(key, "FailureActionsOnNonCrashFailures", "DWord", int(value))
    elif verb == "managedaccount":
        if value.lower() not in ("true", "false"):
            return USAGE
        key["ServiceAccountManaged"] = {"type": "Binary", "value": [int(value.lower() == "true"), 0, 0, 0]}
    elif verb == "sidtype":
        if value not in ("none", "unrestricted", "restricted"):
            return USAGE
        set_value(key, "ServiceSidType", "DWord", {"none": 0, "unrestricted": 1, "restricted": 3}[value])
    else:
        privileges = [privilege for privilege in value.split("/") if privilege]
        if not all(re.fullmatch(r"Se\w+Privilege", privilege) for privilege in privileges):
            return 1313
        set_value(key, "RequiredPrivileges", "MultiString", privileges)
    return 0


def failure_actions(options):
    """SERVICE_FAILURE_ACTIONS as the service manager stores it: five DWORDs, then type and delay of each action."""
    actions = [item for item in options.get("actions", "").split("/")]
    pairs = [(actions[i], int(actions[i + 1])) for i in range(0, len(actions) - 1, 2) if actions[i]]
    types = {"": 0, "restart": 1, "reboot": 2, "run": 3}
    numbers = [int(options.get("reset", "0")), 0, 0, len(pairs), 20]
    for kind, delay in pairs:
        numbers += [types[kind], delay]
    return [byte for number in numbers for byte in number.to_bytes(4, "little")]


RIGHTS = {"F": "FA", "M": "0x1301bf", "RX": "0x1200a9", "R": "0x120089"}
ALIASES = {"S-1-5-18": "SY", "S-1-5-32-544": "BA", "S-1-5-19": "LS", "S-1-5-20": "NS", "S-1-5-32-545": "BU"}


TRUSTED = "S-1-5-32-544"


def list_of(state, path):
    """The access list of a folder: its own entries, whether inheritance is cut, and the owner."""
    acl = state.data["acls"].setdefault(path, {})
    acl.setdefault("protected", False)
    acl.setdefault("entries", {})
    acl.setdefault("owner", TRUSTED)
    return acl


def may_write_list(acl):
    """WRITE_DAC: an owner always has it, others by an entry ([MS-DTYP] 2.5.3.2); below ProgramData administrators inherit it."""
    return acl["owner"] == TRUSTED or not acl["protected"] or acl["entries"].get(TRUSTED) == "F"


def trustee_of(state, word):
    """`*SID` or a name that is known (icacls, learn.microsoft.com/windows-server/administration/windows-commands/icacls)."""
    name = word.lstrip("*")
    return name if word.startswith("*S-1-") or name in state.data.get("accounts", []) else None


def icacls(state, arguments):
    """icacls.exe PATH, then /grant[:r], /remove[:g|:d], /setowner, /reset, /inheritance:r, with /t /c /l /q, as documented at
    learn.microsoft.com/windows-server/administration/windows-commands/icacls. /grant:r replaces entries of the same account only."""
    if not arguments or not os.path.lexists(local(arguments[0])):
        return 2, "The system cannot find the file specified."
    path = arguments[0]
    fault = state.fault("icacls", path)
    if fault is not None:
        return fault, f"{path}: Access is denied."
    acl = list_of(state, path)
    index = 1
    while index < len(arguments):
        word = arguments[index].lower()
        values = []
        while index + 1 < len(arguments) and not arguments[index + 1].startswith("/"):
            values.append(arguments[index + 1])
            index += 1
        index += 1
        if word in ("/grant:r", "/grant", "/remove", "/remove:g", "/inheritance:r", "/reset") and not may_write_list(acl):
            return 5, f"{path}: Access is denied."
        code = change(state, path, acl, word, values)
        if code:
            return code, f"{path}: error {code}"
    return 0, f"processed file: {path}"


def change(state, path, acl, word, values):
    if word in ("/grant:r", "/grant"):
        for value in values:
            match = re.fullmatch(r"(\*S-1-[\d-]+|[^:]+):\(OI\)\(CI\)\(?(F|M|RX|R)\)?", value)
            if not match:
                return 87
            trustee = trustee_of(state, match[1])
            if trustee is None:
                return 1332
            acl["entries"][trustee] = match[2]
    elif word in ("/remove", "/remove:g", "/remove:d"):
        for value in values:
            trustee = trustee_of(state, value)
            if trustee is None:
                return 1332
            acl["entries"].pop(trustee, None)
    elif word == "/setowner" and len(values) == 1:
        owner = trustee_of(state, values[0])
        if owner is None:
            return 1332
        acl["owner"] = owner
    elif word == "/reset" and not values:
        # The default inherited list in place of its own, which the new owner may then write.
        acl.update(protected=False, entries={})
    elif word == "/inheritance:r" and not values:
        if not acl["entries"]:
            return 5
        acl["protected"] = True
    elif word not in ("/q", "/c", "/t", "/l") or values:
        return 87
    return 0


def sddl(acl):
    owner = acl.get("owner", TRUSTED)
    entries = [f"(A;OICI;{RIGHTS[right]};;;{ALIASES.get(trustee, trustee)})" for trustee, right in sorted(acl.get("entries", {}).items())]
    return f"O:{ALIASES.get(owner, owner)}G:SYD:" + ("PAI" if acl.get("protected") else "AI") + "".join(entries)


def whoami(state, arguments):
    if arguments != ["/groups", "/fo", "csv", "/nh"]:
        return 1, "ERROR: Invalid argument"
    level = "S-1-16-12288" if state.data.get("elevated", True) else "S-1-16-8192"
    return 0, f'"Mandatory Label\\Level","Label","{level}",""'


def eventcreate(state, arguments):
    if len(arguments) % 2:
        return 1, "ERROR: Invalid syntax."
    options = {name.upper(): value for name, value in zip(arguments[::2], arguments[1::2])}
    if set(options) != {"/L", "/SO", "/T", "/ID", "/D"} or not 1 <= int(options["/ID"]) <= 1000:
        return 1, "ERROR: Invalid argument/option."
    if options["/T"] not in ("INFORMATION", "WARNING", "ERROR", "SUCCESS"):
        return 1, "ERROR: Invalid argument/option - '/T'."
    source = f"{SERVICES}\\EventLog\\Application\\{options['/SO']}"
    if state.key(source) is not None and state.value(source, "CustomSource") != 1:
        return 1, "ERROR: Source parameter is used to identify custom applications/scripts only (not installed applications)."
    state.data["events"].append({"source": options["/SO"], "id": int(options["/ID"]), "type": options["/T"], "text": options["/D"]})
    return 0, "SUCCESS"


def nginx(state, arguments, account="administrator"):
    """The real nginx, with a configuration translated to this machine's paths by the test; without one, what nginx.exe says of the
    files on drive C. Its events are made with the default access of the account that runs it (nginx,
    src/os/win32/ngx_process_cycle.c): another one gets error 5 (github.com/winsw/winsw, issue 257)."""
    fault = state.fault("nginx", " ".join(arguments))
    if fault is not None:
        return fault, "nginx: [emerg] failed"
    if arguments[:1] == ["-p"]:
        folder, arguments = arguments[1], arguments[2:]
    if arguments not in (["-t"], ["-s", "reload"]):
        return 1, "nginx: invalid option"
    runs_as = state.data.get("nginx_account")
    if arguments == ["-s", "reload"] and runs_as == "nobody":
        return 1, 'nginx: [error] OpenEvent("Global\\ngx_reload_4308") failed (2: The system cannot find the file specified)'
    if arguments == ["-s", "reload"] and runs_as not in (None, account):
        return 1, 'nginx: [error] OpenEvent("Global\\ngx_reload_4308") failed (5: Access is denied)'
    home = os.environ.get("SIM_NGINX")
    if not home:
        return included(folder)
    command = ["/usr/sbin/nginx", "-p", home, "-c", os.path.join(home, "nginx.conf")]
    import subprocess  # not for every call: its import takes as long as the rest
    result = subprocess.run(command + arguments, capture_output=True, text=True)
    return result.returncode, result.stderr.strip()


def included(folder):
    """A file that nginx.conf includes by its name must be there; one that a mask finds need not (ngx_core_module, include)."""
    conf = os.path.join(local(folder), "conf")
    if os.path.exists(os.path.join(conf, "nginx.conf")):
        with open(os.path.join(conf, "nginx.conf"), encoding="utf-8") as file:
            for name in re.findall(r"include\s+([^;*?\[]+);", file.read()):
                if not os.path.exists(os.path.join(conf, name)):
                    return 1, f'nginx: [emerg] CreateFile() "{folder}/conf/{name}" failed (2: The system cannot find the file specified)'
    return 0, ""


WORD = re.compile(r'\s*(?:(?P<name>\w[\w.]*)=(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<plain>[^\s"]*))'
                  r'|(?P<option>/[^\s"]+)|"(?P<operand>[^"=]*)"|(?P<bare>[^\s"=]+))(?=\s|$)')


def installer_line(line):
    """msiexec's command line as (verb, subject, options, properties), or None. Quotation marks stand around the value of a property and
    are doubled inside: `NAME="a ""b"" c"` (Command-Line Options, learn.microsoft.com/windows/win32/msi/command-line-options);
    `"NAME=a b"` is error 1639."""
    verb, options, properties, wants, at = None, {}, {}, None, 0
    line = line.rstrip()
    while at < len(line):
        word = WORD.match(line, at)
        if not word:
            return None
        at = word.end()
        if word["name"]:
            properties[word["name"]] = word["plain"] if word["quoted"] is None else word["quoted"].replace('""', '"')
        elif word["option"]:
            wants = word["option"].lower()
            if wants not in ("/i", "/x", "/l*v", "/qn", "/norestart"):
                return None
            options[wants] = None
        else:
            if wants not in ("/i", "/x", "/l*v"):
                return None
            options[wants], wants = word["bare"] if word["operand"] is None else word["operand"], None
    verbs = [verb for verb in ("/i", "/x") if options.get(verb)]
    return (verbs[0], options[verbs[0]], options, properties) if len(verbs) == 1 else None


def msiexec(state, arguments):
    """Windows Installer's answers (Error Codes, learn.microsoft.com/windows/win32/msi/error-codes)."""
    words = installer_line(" ".join(arguments))
    if words is None or "/qn" not in words[2] or "/norestart" not in words[2]:
        return USAGE, ""
    verb, subject, _, properties = words
    fault = state.fault(f"msiexec {verb}", subject)
    if fault is not None and fault != 3010:
        return fault, ""
    packages, manager = state.data["packages"], ServiceManager(state)
    if verb == "/i":
        if not re.match(r"[A-Za-z]:\\|\\\\", subject) or not os.path.exists(local(subject)):
            return 1619, ""
        with open(local(subject), encoding="utf-8") as file:
            package = json.load(file)
        if any(other["version"] > package["version"] for other in packages.values()):
            return 1638, ""
        packages.clear()
        packages[package["product_code"]] = {**package, "properties": properties}
        for name, image in package["services"].items():
            manager.stop(name)
            os.makedirs(os.path.dirname(local(image)), exist_ok=True)
            with open(local(image), "w", encoding="utf-8") as file:
                file.write(json.dumps(package["behaviour"]))
            if manager.find(name) is None:
                manager.create(name, {"binpath": f'"{image}"', "start": "auto", "displayname": package["title"]})
            ports = state.make_key(f"{SERVICES}\\{name}\\Parameters\\Ports")
            set_value(ports, "http", "DWord", package["port"])
            if manager.start(name):
                return 1603, ""
            # StartServices waits for it.
            while manager.status(name) == "StartPending":
                pass
    else:
        package = packages.pop(subject, None)
        if package is None:
            return 1605, ""
        for name in package["services"]:
            manager.stop(name)
            manager.delete(name)
    return fault or 0, ""


def wevtutil(state, arguments):
    """wevtutil.exe qe: `/option:value`, and an XPath whose literal stands in the quotation marks that it has not inside
    (learn.microsoft.com/windows-server/administration/windows-commands/wevtutil)."""
    if arguments[:2] != ["qe", "Application"]:
        return 87, "Invalid option."
    options = dict(word[1:].split(":", 1) for word in arguments[2:] if re.match("/[a-z]+:", word))
    if len(options) != len(arguments) - 2 or not set(options) <= {"q", "c", "rd", "f"}:
        return 87, "Invalid option."
    asked = re.fullmatch(r"""\*\[System\[Provider\[@Name=(?:'([^']*)'|"([^"]*)")\]\]\]""", options.get("q", ""))
    if not asked or not options.get("c", "1").isdigit() or options.get("rd", "true") not in ("true", "false"):
        return 15001, "The specified query is invalid."
    source = asked[1] or asked[2]
    found = [event for event in state.data["events"] if event["source"].lower() == source.lower()]
    found = found[::-1] if options.get("rd") == "true" else found
    return 0, "\n".join(f"{event['source']} {event['id']} {event['text']}" for event in found[:int(options.get("c", len(found)))])


SSL_OPTIONS = {"certhash": r"[0-9A-Fa-f]{40}", "appid": r"\{[0-9A-Fa-f-]{36}\}", "certstorename": r"\w+"}


def netsh(state, arguments):
    """netsh interface: excluded ports (learn.microsoft.com/windows-server/administration/windows-commands/netsh-interface). netsh http: a binding by its name needs the store's, too (learn.microsoft.com/windows-server/administration/windows-commands/netsh-http)."""
    if arguments == ["interface", "ipv4", "show", "excludedportrange", "protocol=tcp"]:
        ranges = "".join(f"{first:>10}{last:>12}\n" for first, last in state.data.get("excluded_ports", []))
        return 0, f"\nProtocol tcp Port Exclusion Ranges\n\nStart Port    End Port\n----------    --------\n{ranges}\n* - Administered port exclusions.\n"
    certificates = state.data["iis"].setdefault("certificates", {})
    if arguments[:3] not in (["http", "add", "sslcert"], ["http", "delete", "sslcert"], ["http", "show", "sslcert"]) or len(arguments) < 4:
        return 1, "The following command was not found."
    fault = state.fault("netsh", " ".join(arguments))
    if fault is not None:
        return fault, "SSL Certificate add failed, Error: 5"
    binding = arguments[3]
    if not re.fullmatch(r"(hostnameport|ipport)=[^\s=:]+:\d+", binding):
        return 1, "The parameter is incorrect."
    if arguments[1] == "show":
        if binding not in certificates:
            return 1, "The system cannot find the file specified."
        values = dict(word.split("=", 1) for word in certificates[binding])
        return 0, f"SSL Certificate bindings:\n-------------------------\n\n    Hostname:port                : {binding.split('=')[1]}\n" \
                  f"    Certificate Hash             : {values['certhash'].lower()}\n    Application ID               : {values['appid']}\n" \
                  f"    Certificate Store Name       : {values.get('certstorename', '(null)')}\n    Verify Client Certificate Revocation : Enabled"
    if arguments[1] == "delete":
        return (0, "deleted") if len(arguments) == 4 and certificates.pop(binding, None) else (1, "SSL Certificate deletion failed, Error: 2")
    options = dict(word.split("=", 1) for word in arguments[4:] if "=" in word)
    needed = {"certhash", "appid"} | ({"certstorename"} if binding.startswith("hostnameport=") else set())
    if len(options) != len(arguments) - 4 or not needed <= set(options) <= set(SSL_OPTIONS) \
            or not all(re.fullmatch(SSL_OPTIONS[name], value) for name, value in options.items()):
        return 1, "The parameter is incorrect."
    if binding in certificates:
        return 1, "SSL Certificate add failed, Error: 183"
    # ERROR_NO_SUCH_LOGON_SESSION: no such certificate with a private key in the store (HttpSetServiceConfiguration).
    if not any(known["Thumbprint"].lower() == options["certhash"].lower() for known in state.data.get("certificates", [])):
        return 1, "SSL Certificate add failed, Error: 1312"
    certificates[binding] = arguments[4:]
    return 0, "SSL Certificate successfully added"


def secedit(state, arguments):
    """secedit.exe (learn.microsoft.com/windows-server/administration/windows-commands/secedit-export): `/mergedpolicy` exports local
    and domain policy merged, without it the local one. What `/configure` sets lasts "until the next refresh of Group Policy security
    settings" (learn.microsoft.com/previous-versions/windows/it-pro/windows-10/security/threat-protection/security-policy-settings/
    security-policy-settings): `policy_rights` are the holders that a domain policy has."""
    words = list(arguments)
    verb, merged = words.pop(0).lower(), "/mergedpolicy" in words
    if merged:
        words.remove("/mergedpolicy")
    options = dict(zip(words[::2], words[1::2]))
    if options.get("/areas") != "USER_RIGHTS" or len(words) % 2:
        return 1, "Invalid parameters"
    rights = state.data.setdefault("rights", {"SeServiceLogonRight": ["*S-1-5-80-0"]})
    policy = state.data.get("policy_rights")
    if verb == "/export" and set(options) == {"/cfg", "/areas"}:
        shown = {**rights, "SeServiceLogonRight": policy} if merged and policy is not None else rights
        lines = ["[Unicode]", "Unicode=yes", "[Privilege Rights]"]
        lines += [f"{right} = {','.join(holders)}" for right, holders in sorted(shown.items())]
        with open(local(options["/cfg"]), "w", encoding="utf-16", newline="\r\n") as file:
            file.write("\n".join(lines) + "\n")
        return 0, "The task has completed successfully."
    if verb == "/configure" and set(options) == {"/db", "/cfg", "/areas"} and not merged:
        with open(local(options["/cfg"]), encoding="utf-16") as file:
            text = file.read()
        if "[Privilege Rights]" not in text or 'signature="$CHICAGO$"' not in text:
            return 1, "The security template is not valid."
        for line in text.split("[Privilege Rights]")[1].split("\n"):
            right, _, holders = line.partition("=")
            if holders:
                rights[right.strip()] = [holder.strip() for holder in holders.split(",")]
        return 0, "The task has completed successfully."
    return 1, "Invalid parameters"


COMMANDS = {"wevtutil": wevtutil, "secedit": secedit, "netsh": netsh, "sc": sc, "icacls": icacls, "whoami": whoami, "eventcreate": eventcreate,
            "nginx": nginx, "msiexec": msiexec, "w32tm": server.w32tm}
