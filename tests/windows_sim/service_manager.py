"""What the service manager does. Codes are those of winerror.h."""
import json
import os
import signal
import sys
import time

from state import SERVICES, local, set_value

START_CODES = {"auto": 2, "delayed-auto": 2, "demand": 3, "disabled": 4}


def executable(image_path):
    """The file that CreateProcess would run. Unquoted with spaces: the first piece that is a file (`C:\\Program`)."""
    if image_path.startswith('"'):
        path = image_path[1:].split('"', 1)[0]
        return path if os.path.isfile(local(path)) else None
    pieces = image_path.split(" ")
    for count in range(1, len(pieces) + 1):
        path = " ".join(pieces[:count])
        if os.path.isfile(local(path)):
            return path
    return None


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return False


def delays(actions):
    """The restarts of SERVICE_FAILURE_ACTIONS in seconds: five DWORDs, then type and delay of each action (1: restart)."""
    numbers = [int.from_bytes(bytes(actions[i:i + 4]), "little") for i in range(0, len(actions), 4)]
    pairs = list(zip(numbers[5::2], numbers[6::2]))
    return [delay / 1000 for kind, delay in pairs if kind == 1]


class ServiceManager:
    def __init__(self, state):
        self.state = state
        self.services = state.data["services"]
        self.recover()

    def recover(self):
        """Restarts what has failed, when its time has come. A restart that waits is not taken back by `sc failure` or `sc config`; a
        disabled service is not started (learn.microsoft.com/windows/win32/api/winsvc/ns-winsvc-service_failure_actionsw: the service
        controller performs the action after the delay; StartService: ERROR_SERVICE_DISABLED)."""
        for name, service in list(self.services.items()):
            if service.get("restart_at", time.time() + 1) > time.time():
                continue
            del service["restart_at"]
            if self.status(name) == "Stopped" and not service.get("deleting"):
                self.start(name)
                service["restarts"] = service.get("restarts", 0) + 1

    def failed(self, name):
        """The process has ended without having reported that it stopped: 1067, and the next recovery action."""
        service = self.services[name]
        service.update(status="Stopped", exit_code=1067)
        service.pop("pid", None)
        actions = delays(self.key(name).get("FailureActions", {}).get("value") or [])
        if actions:
            count = service.get("failures", 0)
            service["failures"] = count + 1
            service["restart_at"] = time.time() + actions[min(count, len(actions) - 1)]

    def find(self, name):
        for known in self.services:
            if known.lower() == name.lower():
                return known
        return None

    def key(self, name):
        return self.state.make_key(f"{SERVICES}\\{name}")

    def status(self, name):
        """A service that starts is seen pending before it is seen running."""
        service = self.services[name]
        if service["status"] != "Stopped" and not alive(service.get("pid", 0)):
            self.failed(name)
        if service["status"] == "StartPending":
            if service["looks"] == 0:
                service["status"] = "Running"
            else:
                service["looks"] -= 1
        return service["status"]

    def create(self, name, options):
        known = self.find(name)
        if known:
            return 1072 if self.services[known].get("deleting") else 1073
        if any(display.get("DisplayName", {}).get("value", "").lower() == options.get("displayname", name).lower()
               for display in (self.key(other) for other in self.services)):
            return 1078
        self.services[name] = {"status": "Stopped", "exit_code": 1077}
        key = self.key(name)
        set_value(key, "Type", "DWord", 16)
        set_value(key, "ErrorControl", "DWord", 1)
        options.setdefault("start", "demand")
        options.setdefault("obj", "LocalSystem")
        options.setdefault("displayname", name)
        return self.configure(name, options)

    def configure(self, name, options):
        known = self.find(name)
        if not known:
            return 1060
        key = self.key(known)
        if "start" in options:
            set_value(key, "Start", "DWord", START_CODES[options["start"]])
            set_value(key, "DelayedAutostart", "DWord", 1 if options["start"] == "delayed-auto" else None)
        if "binpath" in options:
            set_value(key, "ImagePath", "ExpandString", options["binpath"])
        if "displayname" in options:
            set_value(key, "DisplayName", "String", options["displayname"])
        if "obj" in options:
            account = options["obj"]
            if not self.account_exists(account, known):
                return 1057
            set_value(key, "ObjectName", "String", account)
            # A password that is not given, or given for an account that has none to give, shows at the next start only.
            self.services[known]["password"] = options.get("password")
        if "depend" in options:
            depend = [item for item in options["depend"].split("/") if item]
            set_value(key, "DependOnService", "MultiString", depend or None)
        return 0

    def account_exists(self, account, service):
        if account.upper().startswith("NT SERVICE\\"):
            return account[11:].lower() == service.lower()
        builtin = {"localsystem", "nt authority\\localservice", "nt authority\\networkservice", ".\\localsystem"}
        return account.lower() in builtin or account in self.state.data.get("accounts", [])

    def may_log_on(self, service, account):
        """An ordinary or managed account needs the right; an ordinary one its password, a managed one none (CreateService)."""
        accounts = self.state.data.get("accounts", [])
        if account not in accounts:
            return True
        holders = self.state.data.get("rights", {}).get("SeServiceLogonRight", [])
        right = f"*S-1-5-21-1-2-3-{1104 + accounts.index(account)}" in holders
        return right and service.get("password") == self.state.data.get("passwords", {}).get(account)

    def delete(self, name):
        known = self.find(name)
        if not known:
            return 1060
        service = self.services[known]
        if service.get("deleting"):
            return 1072
        if self.status(known) != "Stopped" or service.get("handles"):
            service["deleting"] = True
        else:
            self.remove(known)
        return 0

    def remove(self, name):
        del self.services[name]
        acls = self.state.data.get("key_acls", {})
        for key in [key for key in acls if f"\\Services\\{name}\\" in key]:
            del acls[key]
        self.state.drop_key(f"{SERVICES}\\{name}")

    def start(self, name):
        known = self.find(name)
        if not known:
            return 1060
        service = self.services[known]
        key = self.key(known)
        if service.get("deleting"):
            return 1072
        if self.status(known) != "Stopped":
            return 1056
        if key["Start"]["value"] == 4:
            return 1058
        for needed in key.get("DependOnService", {}).get("value", []):
            if not self.find(needed) and needed not in self.state.data.get("system_services", []):
                return 1075
        if not self.may_log_on(service, key.get("ObjectName", {}).get("value")):
            return 1069
        path = executable(key["ImagePath"]["value"])
        if path is None:
            return 2
        return self.launch(known, path)

    def launch(self, name, path):
        try:
            with open(local(path), encoding="utf-8") as file:
                behaviour = json.load(file)
        except ValueError:
            return 193
        if behaviour["behaviour"] == "hang":
            return 1053
        service = self.services[name]
        if behaviour["behaviour"] == "exit":
            self.failed(name)
            return 0
        ports = self.state.key(f"{SERVICES}\\{name}\\Parameters\\Ports") or {}
        port = next((int(value["value"]) for value in ports.values()), 0)
        here = os.path.dirname(os.path.abspath(__file__))
        log = open(os.path.join(os.environ["SIM_HOME"], "program.log"), "a")
        import subprocess  # not for every call: its import takes as long as the rest
        process = subprocess.Popen(
            [sys.executable, "-S", "-E", os.path.join(here, "program.py"), str(port), json.dumps(behaviour), name, str(self.state.data.get("linger", 0.03))],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        service.update(status="StartPending", looks=1, pid=process.pid, exit_code=0, image=path)
        if port and behaviour["behaviour"] != "deaf":
            wait_for_port(port, process)
        return 0

    def stop(self, name):
        known = self.find(name)
        if not known:
            return 1060
        service = self.services[known]
        if self.status(known) == "Stopped":
            return 1062
        if service["status"] == "StartPending":
            return 1061
        # A service reports that it has stopped before its process ends (ServiceMain function, learn.microsoft.com/windows/win32/services/
        # service-servicemain-function: the process terminates after the last service has set SERVICE_STOPPED).
        os.kill(service["pid"], signal.SIGTERM)
        deadline = time.time() + 10
        reported = os.path.join(os.environ["SIM_HOME"], f"stopped-{service['pid']}")
        while alive(service["pid"]) and not os.path.exists(reported) and time.time() < deadline:
            time.sleep(0.01)
        service.update(status="Stopped", exit_code=0, ending={"pid": service.pop("pid"), "image": service.get("image")})
        if service.get("deleting"):
            self.remove(known)
        return 0


def wait_for_port(port, process):
    import socket
    deadline = time.time() + 5
    while time.time() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
