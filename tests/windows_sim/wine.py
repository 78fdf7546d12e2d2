"""Entry like sim.py, with Wine's own service manager behind `sc.exe`: services are registered, started, stopped and deleted in
the prefix that WINEPREFIX names, by Wine's own sc.exe. What that lacks (config, sidtype, privs, ...) is kept in the registry file only;
the settings of a service are carried into Wine's registry before it starts."""
import os
import re
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.pycache_prefix = os.path.join(os.path.dirname(os.path.dirname(os.environ["SIM_HOME"])), "pycache")

import cmdlets  # noqa: E402
import natives  # noqa: E402
import service_manager  # noqa: E402
from state import SERVICES  # noqa: E402

PATIENCE = 60


def wine(program, *arguments):
    """Output in a file: processes that Wine starts on the way would keep a pipe open. The program by its full path: a bare name
    makes Wine start `start.exe` first, which gives up under load."""
    path = os.path.join(os.environ["SIM_HOME"], f"wine-{os.getpid()}")
    with open(path, "w+b") as file:
        code = subprocess.call(["wine", f"C:\\windows\\system32\\{program}", *arguments], stdin=subprocess.DEVNULL, stdout=file, stderr=file)
        file.seek(0)
        text = file.read().decode("utf-8", "replace")
    os.remove(path)
    return code, text


def wait(condition):
    deadline = time.time() + PATIENCE
    while not condition():
        if time.time() > deadline:
            sys.exit("Wine's service manager did not do it in time")
        time.sleep(0.05)


class WineManager(service_manager.ServiceManager):
    def status(self, name):
        code, text = wine("sc.exe", "query", name)
        found = re.search(r"STATE\s+:\s+(\d)", text)
        if code != 0 or not found:
            return "Stopped"
        return {"1": "Stopped", "2": "StartPending", "3": "StopPending", "4": "Running"}[found.group(1)]

    def create(self, name, options):
        code = super().create(name, options)
        if code == 0:
            code, _ = wine("sc.exe", "create", name, "binPath=", options["binpath"])
        return code

    def launch(self, name, path):
        key = f"{SERVICES}\\{name}"
        lines = ["Windows Registry Editor Version 5.00", ""]
        for path, values in self.state.registry.items():
            if path.lower().startswith(key.lower() + "\\parameters"):
                lines.append("[HKEY_LOCAL_MACHINE" + path[4:] + "]")
                lines += [f'"{escape(value)}"={data(entry)}' for value, entry in values.items()] + [""]
        file = os.path.join(os.environ["WINEPREFIX"], "drive_c", "settings.reg")
        with open(file, "w", encoding="utf-16", newline="\r\n") as out:
            out.write("\n".join(lines))
        wine("reg.exe", "import", "C:\\settings.reg")
        wine("sc.exe", "start", name)
        return 0

    def stop(self, name):
        status = self.status(name)
        if status == "Stopped":
            return 1062
        if status == "StartPending":
            return 1061
        wine("sc.exe", "stop", name)
        return 0

    def remove(self, name):
        wine("sc.exe", "delete", name)
        wait(lambda: wine("sc.exe", "query", name)[0] != 0)
        super().remove(name)


def escape(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def data(entry):
    kind, value = entry["type"], entry["value"]
    if kind == "DWord":
        return f"dword:{int(value):08x}"
    if kind == "MultiString":
        characters = "".join(line + "\0" for line in value) + "\0"
        return "hex(7):" + ",".join(f"{byte:02x}" for byte in characters.encode("utf-16-le"))
    return f'"{escape(str(value))}"'


# Codes beyond the 255 that Linux shows of a Windows program: their lowest eight bits.
INSTALLER_CODES = {code & 255: code for code in (0, 1602, 1603, 1605, 1618, 1619, 1620, 1638, 3010)}


def msiexec(state, arguments):
    """Wine's own Windows Installer. The services that it made or removed become known to the doubles."""
    if natives.installer_line(" ".join(arguments)) is None:
        return natives.USAGE, ""
    # A batch file gives the command line as it is.
    batch = os.path.join(os.environ["WINEPREFIX"], "drive_c", "msiexec.bat")
    with open(batch, "w", encoding="ascii", newline="\r\n") as file:
        file.write("@C:\\windows\\system32\\msiexec.exe " + " ".join(arguments).replace("%", "%%") + "\n@exit %ERRORLEVEL%\n")
    code, text = wine("cmd.exe", "/c", "C:\\msiexec.bat")
    for name in os.environ["SIM_PACKAGED"].split(","):
        there = wine("sc.exe", "query", name)[0] == 0
        if there:
            state.data["services"].setdefault(name, {})
        else:
            state.data["services"].pop(name, None)
    return INSTALLER_CODES.get(code, code), text


natives.COMMANDS["msiexec"] = msiexec
natives.ServiceManager = WineManager
cmdlets.ServiceManager = WineManager

import sim  # noqa: E402,F401
