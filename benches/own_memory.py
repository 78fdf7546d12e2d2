"""The memory that a process takes itself, for the comparisons beside."""

import pathlib, time


def own_peak(process, found):
    """The largest resident set of the process itself, without its children."""
    while process.poll() is None:
        try:
            for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    found[0] = max(found[0], int(line.split()[1]))
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.005)
