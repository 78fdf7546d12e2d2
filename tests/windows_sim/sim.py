"""Entry: `sim.py COMMAND ARGUMENTS...`; the code beyond Linux's 255 goes to a side file, which the prelude reads."""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# Compiled once for all calls, beside the places of the stories.
sys.pycache_prefix = os.path.join(os.path.dirname(os.path.dirname(os.environ["SIM_HOME"])), "pycache")

import appcmd  # noqa: E402
import cmdlets  # noqa: E402
import natives  # noqa: E402
from state import HOME, State, windows  # noqa: E402


def main():
    command, arguments = sys.argv[1], [windows(argument) for argument in sys.argv[2:]]
    # A whole command line, which no shell may touch.
    if arguments == ["@line"]:
        with open(os.path.join(HOME, "line"), encoding="utf-8") as file:
            arguments = [file.read()]
    # A double that fails itself leaves no code of the call before.
    with open(os.path.join(HOME, "code"), "w") as file:
        file.write("the double failed")
    state = State()
    if command == "ps":
        parameters = json.loads(sys.stdin.read() or "{}")
        code, output = 0, cmdlets.run(state, arguments[0], parameters)
        print(json.dumps(output, ensure_ascii=True))
    else:
        state.data["calls"].append([command, *arguments])
        run = appcmd.run if command == "appcmd" else natives.COMMANDS[command]
        code, output = run(state, arguments)
        if output:
            print(output)
    state.save()
    with open(os.path.join(HOME, "code"), "w") as file:
        file.write(str(code))
    return 0 if code == 0 else 1


sys.exit(main())
