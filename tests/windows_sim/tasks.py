"""Scheduled tasks, as far as one runs a program once as SYSTEM (learn.microsoft.com/powershell/module/scheduledtasks)."""
import natives

NOT_RUN = 267011  # SCHED_S_TASK_HAS_NOT_RUN (learn.microsoft.com/windows/win32/taskschd/task-scheduler-error-and-success-constants)
RUNNING = 267009  # SCHED_S_TASK_RUNNING


def tasks(state):
    return state.data.setdefault("tasks", {})


def register(state, parameters):
    if state.data.get("no_tasks"):
        return [{"error": "The Task Scheduler service is not running."}]
    tasks(state)[parameters["TaskName"]] = {**parameters, "result": NOT_RUN}
    return [{"TaskName": parameters["TaskName"]}]


def start(state, parameters):
    """It starts on its own time: the first look finds it running."""
    task = tasks(state)[parameters["TaskName"]]
    if task["UserId"] != "S-1-5-18" or not task["Execute"].endswith("nginx.exe"):
        return [{"error": "no double of this task"}]
    words = [word.strip('"') for word in task["Argument"].split(" ")]
    task["after"], _ = natives.nginx(state, words, "SYSTEM")
    task["result"] = RUNNING
    return []


def info(state, parameters):
    task = tasks(state)[parameters["TaskName"]]
    result, task["result"] = task["result"], task.get("after", task["result"])
    return [{"LastTaskResult": result}]


def unregister(state, parameters):
    if tasks(state).pop(parameters["TaskName"], None) is None:
        return [{"error": "No MSFT_ScheduledTask objects found"}]
    return []


def restart_service(state, parameters):
    """The service that runs nginx, which then has the configuration on disk."""
    state.data.setdefault("restarted", []).append(parameters["Name"])
    return []
