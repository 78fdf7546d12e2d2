"""The state of the small Windows: one JSON file, the engine's registry file, faults and the record of calls."""
import json
import os
import signal
import sys

HOME = os.environ["SIM_HOME"]
STATE = os.path.join(HOME, "state.json")
REGISTRY = os.environ["PWSH_REGISTRY"]
SERVICES = "HKLM\\SYSTEM\\CurrentControlSet\\Services"


def read(path):
    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def write(path, value):
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1, sort_keys=True, ensure_ascii=False)
    os.replace(path + ".new", path)


class State:
    """Both files, read at the start of a call and written at its end."""

    def __init__(self):
        self.data = read(STATE)
        self.registry = read(REGISTRY)
        for name in ("services", "firewall", "acls", "iis", "packages"):
            self.data.setdefault(name, {})
        for name in ("events", "faults", "calls"):
            self.data.setdefault(name, [])

    def save(self):
        write(STATE, self.data)
        write(REGISTRY, self.registry)

    def key(self, path):
        """A registry key, whatever the case of its path, or None."""
        for name, values in self.registry.items():
            if name.lower() == path.lower():
                return values
        return None

    def make_key(self, path):
        key = self.key(path)
        if key is None:
            key = self.registry[path] = {}
        return key

    def drop_key(self, path):
        for name in list(self.registry):
            if name.lower() == path.lower() or name.lower().startswith(path.lower() + "\\"):
                del self.registry[name]

    def value(self, path, name):
        key = self.key(path) or {}
        return key.get(name, {}).get("value")

    def fault(self, command, subject):
        """The code of a fault that is due for this call, or None. A fault without `times` is due for ever."""
        for fault in self.data["faults"]:
            if fault["command"] != command or fault.get("match", "") not in subject:
                continue
            if fault.get("skip", 0) > 0:
                fault["skip"] -= 1
                continue
            if fault.get("times", 1) < 1:
                continue
            if "times" in fault:
                fault["times"] -= 1
            if fault.get("kill"):
                self.save()
                os.kill(os.getppid(), signal.SIGKILL)
                sys.exit(1)
            return fault["code"]
        return None


def local(path):
    """A Windows path as a path of this machine."""
    if path[1:2] == ":":
        drives = dict(pair.split("=", 1) for pair in os.environ["PWSH_DRIVES"].split(";"))
        return drives[path[0].upper()] + path[2:].replace("\\", "/")
    return path


def windows(argument):
    """The engine expands arguments with brackets as globs on Linux, which Windows does not: gives such a path its Windows name back."""
    path = os.path.abspath(argument)
    for pair in os.environ["PWSH_DRIVES"].split(";"):
        letter, root = pair.split("=", 1)
        if "/" in argument and path.startswith(root + "/"):
            return letter + ":" + path[len(root):].replace("/", "\\")
    return argument


def set_value(key, name, kind, value):
    if value is None:
        key.pop(name, None)
    else:
        key[name] = {"type": kind, "value": value}
