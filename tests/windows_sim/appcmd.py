"""appcmd.exe: the objects and sections that the scripts change. Unknown sections, attributes and values are refused.

Codes: 183 for an element that is there (github.com/microsoft/azure-pipelines-extensions, pull request 677), 4312 for an element of a
collection that is not there (github.com/sous-chefs/iis, issue 89), 50 for an object that is not there
(github.com/microsoft/azure-pipelines-tasks, issue 17728).

The attributes of ARR's own sections are those of its documentation; the others are in IIS_schema.xml and rewrite_schema.xml.
"""
import copy
import re

PROXY = {"enabled", "preserveHostHeader", "reverseRewriteHostInResponseHeaders", "timeout", "includePortInXForwardedFor",
         "responseBufferLimit", "minResponseBuffer", "xForwardedForHeaderName"}
# The defaults of arr_schema.xml, after ARR's documentation.
PROXY_DEFAULTS = {"enabled": "false", "preserveHostHeader": "false", "reverseRewriteHostInResponseHeaders": "true", "timeout": "00:02:00",
                  "includePortInXForwardedFor": "true", "responseBufferLimit": "4096"}
ROUTING = {"weight", "httpPort", "httpsPort"}
HEALTH = {"url", "interval", "timeout", "responseMatch", "statusCodeMatch", "liveTrafficFailover"}
ALGORITHM = "applicationRequestRouting.loadBalancing.algorithm"
# Load Balance Page, learn.microsoft.com; the names as in public configurations.
ALGORITHMS = {"WeightedRoundRobin", "WeightedTotalTraffic", "LeastRequests", "LeastResponseTime", "RequestHash"}
FARM_PROTOCOL = {"timeout", "preserveHostHeader", "reverseRewriteHostInResponseHeaders", "httpVersion", "includePortInXForwardedFor",
                 "xForwardedForHeaderName", "responseBufferLimit", "minResponseBuffer"}


def pairs(path):
    """`[name='x',address='y']` -> names and values."""
    return dict(re.findall(r"(\w+)='((?:[^']|'')*)'", path))


def run(state, arguments):
    fault = state.fault("appcmd", " ".join(arguments))
    if fault is not None:
        return fault, "ERROR ( message:Access is denied. )"
    if len(arguments) < 2:
        return 87, "ERROR ( message:Object 'unknown' is not supported. )"
    verb, kind, rest = arguments[0].lower(), arguments[1].lower(), arguments[2:]
    iis = state.data["iis"]
    for name in ("sites", "pools", "farms", "rules", "proxy", "variables", "backups", "filters"):
        iis.setdefault(name, {})
    handler = {"config": config, "site": site, "apppool": pool, "backup": backup, "app": app}.get(kind)
    if handler is None:
        return 87, f"ERROR ( message:Object '{kind}' is not supported. )"
    return handler(iis, verb, rest)


def named(rest):
    """`/name:value` options and the plain words."""
    words = [word for word in rest if not word.startswith(("/", "-"))]
    options = dict(word[1:].split(":", 1) if ":" in word else (word[1:], "") for word in rest if word.startswith("/"))
    return words, options


def backup(iis, verb, rest):
    words, _ = named(rest)
    name = words[0] if words else ""
    content = {key: value for key, value in iis.items() if key != "backups"}
    if verb == "add":
        if name in iis["backups"]:
            return 183, "ERROR ( message:Backup already exists )"
        iis["backups"][name] = copy.deepcopy(content)
        return 0, f'BACKUP object "{name}" added'
    if name not in iis["backups"]:
        return 2, "ERROR ( message:Cannot find backup )"
    if verb == "restore":
        iis.update(copy.deepcopy(iis["backups"][name]))
        return 0, "Restored configuration"
    if verb == "delete":
        del iis["backups"][name]
        return 0, "deleted"
    return 87, "ERROR ( message:Command not supported )"


def site(iis, verb, rest):
    words, options = named(rest)
    if verb == "list":
        found = {name: site for name, site in iis["sites"].items() if not words or name == words[0]}
        lines = [f'SITE "{name}" (id:{number},bindings:{site.get("bindings", "")},state:Started)'
                 for number, (name, site) in enumerate(found.items(), 1)]
        return (0, "\n".join(lines)) if lines else (1, "")
    if verb == "add":
        if options["name"] in iis["sites"]:
            return 183, "ERROR ( message:Failed to add duplicate collection element )"
        iis["sites"][options["name"]] = {key: value for key, value in options.items() if key != "name"}
        return 0, "added"
    if not words or words[0] not in iis["sites"]:
        return 50, "ERROR ( message:Cannot find SITE object )"
    if verb == "delete":
        # The site's own part of applicationHost.config stays behind.
        del iis["sites"][words[0]]
    elif verb == "set":
        target = iis["sites"][words[0]]
        if "bindings" in options:
            target.update(bindings=options["bindings"], more=[])
            return 0, "changed"
        binding = [word for word in rest if word.startswith(("/+bindings.[", "/-bindings.["))]
        if not binding or set(pairs(binding[0])) - {"protocol", "bindingInformation", "sslFlags"}:
            return 87, "ERROR ( message:Cannot set the site )"
        known = target.setdefault("more", [])
        if binding[0].startswith("/-"):
            if pairs(binding[0]) not in known:
                return 4312, "ERROR ( message:Cannot find requested collection element )"
            known.remove(pairs(binding[0]))
            return 0, "changed"
        if pairs(binding[0]) in known:
            return 183, "ERROR ( message:Cannot add duplicate collection entry )"
        known.append(pairs(binding[0]))
    elif verb not in ("start", "stop"):
        return 87, "ERROR"
    return 0, "done"


def app(iis, verb, rest):
    words, options = named(rest)
    site_name = words[0].split("/")[0] if words else ""
    if verb != "set" or site_name not in iis["sites"]:
        return 50, "ERROR ( message:Cannot find APP object )"
    if options.get("applicationPool") not in iis["pools"]:
        return 87, "ERROR ( message:no such application pool )"
    iis["sites"][site_name].update(options)
    return 0, "done"


def pool(iis, verb, rest):
    words, options = named(rest)
    if verb == "list":
        return (0, f'APPPOOL "{words[0]}"') if words and words[0] in iis["pools"] else (1, "")
    if verb == "add":
        if options["name"] in iis["pools"]:
            return 183, "ERROR ( message:Failed to add duplicate collection element )"
        iis["pools"][options["name"]] = {}
        return 0, "added"
    if not words or words[0] not in iis["pools"]:
        return 50, "ERROR ( message:Cannot find APPPOOL object )"
    if verb == "delete":
        del iis["pools"][words[0]]
        return 0, "deleted"
    for key in options:
        if key not in ("startMode", "processModel.idleTimeout", "recycling.periodicRestart.time", "managedRuntimeVersion", "autoStart"):
            return 87, f'ERROR ( message:Cannot find attribute "{key}" )'
    iis["pools"][words[0]].update(options)
    return 0, "done"


def listed(iis, section):
    """`list config /section:... /config:*`: the section as XML, with defaults."""
    if section == "system.webServer/proxy":
        values = {**PROXY_DEFAULTS, **{name: value for name, value in iis["proxy"].items() if "." not in name}}
        cache = iis["proxy"].get("cache.enabled", "true")
        attributes = " ".join(f'{name}="{value}"' for name, value in values.items())
        return f'<system.webServer>\n  <proxy {attributes}>\n    <cache enabled="{cache}" />\n  </proxy>\n</system.webServer>'
    if section == "system.webServer/rewrite/allowedServerVariables":
        names = "".join(f'<add name="{name}" />' for name in iis["variables"])
        return f"<system.webServer><rewrite><allowedServerVariables>{names}</allowedServerVariables></rewrite></system.webServer>"
    return "<webFarms>" + "".join(f'<webFarm name="{name}" enabled="true" />' for name in iis["farms"]) + "</webFarms>"


# What applicationHost.config has after the role was added, in short
# (learn.microsoft.com/iis/configuration/system.webserver/security/requestfiltering).
SEGMENTS = ["web.config", "bin", "App_code", "App_GlobalResources", "App_Data"]
EXTENSIONS = [".asax", ".ascx", ".config", ".cs", ".java", ".mdb"]
FILTER = "system.webServer/security/requestFiltering"
LIMITS = {"requestLimits.maxAllowedContentLength", "requestLimits.maxUrl", "requestLimits.maxQueryString", "allowDoubleEscaping",
          "fileExtensions.allowUnlisted"}


def filtering(iis, verb, site_name, options):
    """Request filtering of one site, which inherits the server's."""
    if site_name not in iis["sites"]:
        return 50, f'ERROR ( message:Cannot find SITE object with identifier "{site_name}". )'
    now = iis["filters"].setdefault(site_name, {"segments": list(SEGMENTS), "extensions": list(EXTENSIONS)})
    if verb == "clear":
        del iis["filters"][site_name]
        return 0, "Cleared"
    if verb == "list":
        segments = "".join(f'<add segment="{name}" />' for name in now["segments"])
        extensions = "".join(f'<add fileExtension="{name}" allowed="false" />' for name in now["extensions"])
        return 0, f"<system.webServer-security-requestFiltering><fileExtensions>{extensions}</fileExtensions>" \
                  f"<hiddenSegments>{segments}</hiddenSegments></system.webServer-security-requestFiltering>"
    for option in options:
        removed = re.fullmatch(r"/-(?:hiddenSegments\.\[segment|fileExtensions\.\[fileExtension)='([^']*)'\]", option)
        if removed:
            entries = now["segments" if "hiddenSegments" in option else "extensions"]
            if removed[1] not in entries:
                return 4312, "ERROR ( message:Cannot find requested collection element. )"
            entries.remove(removed[1])
            continue
        name, _, value = option[1:].partition(":")
        limit = name.startswith("requestLimits.")
        if name not in LIMITS or (not 0 < int(value) <= 0xFFFFFFFF if limit else value not in ("true", "false")):
            return 87, f'ERROR ( message:Cannot set attribute "{name}". )'
        now[name] = value
    return 0, "Applied configuration changes"


def config(iis, verb, rest):
    if rest and not rest[0].startswith("/"):
        if len(rest) < 2 or rest[1] != f"/section:{FILTER}" or verb not in ("set", "list", "clear"):
            return 87, "ERROR ( message:Unknown section for a site )"
        if verb != "list" and rest[-1] != "/commit:apphost":
            return 87, "ERROR ( message:Must commit to apphost )"
        return filtering(iis, verb, rest[0], rest[2:-1])
    if verb == "list" and len(rest) == 2 and rest[0].startswith("/section:") and rest[1] == "/config:*":
        return 0, listed(iis, rest[0].split(":", 1)[1])
    if verb != "set":
        return 87, "ERROR"
    options = [word for word in rest if word.startswith("/")]
    section = next((word.split(":", 1)[1] for word in options if word.lower().startswith("/section:")), None)
    if section is None or "/commit:apphost" not in options:
        return 87, "ERROR ( message:Must specify /section and /commit:apphost )"
    handler = {"webFarms": farms, "system.webServer/proxy": proxy, "system.webServer/rewrite/globalRules": rules,
               "system.webServer/rewrite/allowedServerVariables": variables}.get(section)
    if handler is None:
        return 87, f'ERROR ( message:Unknown config section "{section}" )'
    for option in options:
        if option.lower().startswith("/section:") or option == "/commit:apphost":
            continue
        code = handler(iis, option)
        if code:
            return code, f'ERROR ( message:Cannot set "{option}" )'
    return 0, "Applied configuration changes"


def farms(iis, option):
    change = re.fullmatch(r"/([+-])\[(.*?)\](\.\[(.*)\])?", option)
    if change:
        sign, farm, _, server = change.groups()
        name = pairs(farm).get("name")
        if server is None:
            if sign == "+":
                if name in iis["farms"]:
                    return 183
                # Which algorithm a new farm has, sources disagree: the one that does not follow weights.
                iis["farms"][name] = {"servers": {}, "enabled": pairs(farm).get("enabled", "false"), ALGORITHM: "LeastRequests"}
                return 0
            return 0 if iis["farms"].pop(name, None) is not None else 4312
        if name not in iis["farms"]:
            return 4312
        address = pairs(server)["address"]
        servers = iis["farms"][name]["servers"]
        if sign == "+":
            if address in servers:
                return 183
            servers[address] = {"enabled": pairs(server).get("enabled", "true")}
            return 0
        return 0 if servers.pop(address, None) is not None else 4312
    assign = re.fullmatch(r"/\[(.*?)\]\.(?:\[(.*?)\]\.)?([\w.]+):(.*)", option)
    if not assign:
        return 87
    farm, server, path, value = assign.groups()
    name = pairs(farm).get("name")
    if name not in iis["farms"]:
        return 4312
    target = iis["farms"][name]
    parts = path.split(".")
    if server is not None:
        target = target["servers"].get(pairs(server)["address"])
        if target is None:
            return 4312
        if path != "enabled" and (parts[0] != "applicationRequestRouting" or parts[1] not in ROUTING or not value.isdigit()):
            return 87
    elif parts[0] != "applicationRequestRouting" or parts[1] not in ("healthCheck", "protocol", "affinity", "loadBalancing"):
        return 87
    elif parts[1] == "loadBalancing" and (path != ALGORITHM or value not in ALGORITHMS):
        return 87
    elif parts[1] == "healthCheck" and parts[2] not in HEALTH:
        return 87
    elif parts[1] == "protocol" and parts[2] not in FARM_PROTOCOL and parts[2:] != ["cache", "enabled"]:
        return 87
    target[path] = value
    return 0


def proxy(iis, option):
    name, value = option[1:].split(":", 1)
    if name not in PROXY and name != "cache.enabled":
        return 87
    iis["proxy"][name] = value
    return 0


def rules(iis, option):
    entry = re.fullmatch(r"/([+-])\[(.*?)\]\.(conditions|serverVariables)\.\[(.*)\]", option)
    if entry:
        rule = iis["rules"].get(pairs(entry[2])["name"])
        if rule is None:
            return 4312
        entries = rule.setdefault(entry[3], [])
        known = pairs(entry[4]) in entries
        if entry[1] == "-":
            if known:
                entries.remove(pairs(entry[4]))
            return 0 if known else 4312
        if known:
            return 183
        entries.append(pairs(entry[4]))
        return 0
    change = re.fullmatch(r"/([+-])\[(.*)\]", option)
    if change:
        name = pairs(change[2])["name"]
        if change[1] == "+":
            if name in iis["rules"]:
                return 183
            iis["rules"][name] = pairs(change[2])
            return 0
        return 0 if iis["rules"].pop(name, None) is not None else 4312
    assign = re.fullmatch(r"/\[(.*?)\]\.([\w.]+):(.*)", option)
    if not assign or pairs(assign[1]).get("name") not in iis["rules"]:
        return 4312
    if assign[2] not in ("match.url", "match.ignoreCase", "action.type", "action.url", "action.redirectType", "conditions.logicalGrouping",
                         "action.appendQueryString"):
        return 87
    iis["rules"][pairs(assign[1])["name"]][assign[2]] = assign[3]
    return 0


def variables(iis, option):
    change = re.fullmatch(r"/([+-])\[(.*)\]", option)
    if not change:
        return 87
    name = pairs(change[2])["name"]
    if change[1] == "+":
        if name in iis["variables"]:
            return 183
        iis["variables"][name] = True
        return 0
    return 0 if iis["variables"].pop(name, None) is not None else 4312
