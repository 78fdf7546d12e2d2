#!/usr/bin/env python3
"""Compares `gorelease build` with a plain shell loop of the same `go build` calls and `zip -9`.

    benches/compare.py [--gorelease PATH] [--binaries 1,3,8] [--targets 3,12] [--runs 3] [--cases cold,source,version,none]

Both sides build the same modules, each with build caches of its own. Cases:
  cold     no build cache at all
  source   one source file changed
  version  only the version (a linker flag) changed
  none     nothing changed
For each case it prints the loop's time, that of the bare `go build` calls within it, gorelease's time, the ratios, and
gorelease's own peak memory. Only ratios within one run mean anything. Needs: go, git, zip, Python 3, Linux.
"""

import argparse, os, pathlib, shutil, statistics, subprocess, tempfile, threading, time

TARGETS = ["linux/amd64", "windows/amd64", "darwin/arm64", "linux/arm64", "windows/arm64", "darwin/amd64",
           "linux/386", "windows/386", "linux/arm", "freebsd/amd64", "linux/riscv64", "linux/ppc64le"]

MAIN = """package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

var version = "none"

const marker = "%s"

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { json.NewEncoder(w).Encode(marker) })
	fmt.Println(version, http.ListenAndServe(os.Args[1], nil))
}
"""


class Side:
    """One of the two, with folders of its own."""

    def __init__(self, base, name, binaries, targets):
        self.base, self.binaries, self.targets = base / name, binaries, targets
        self.project, self.gocache, self.cache = self.base / "project", self.base / "gocache", self.base / "cache"
        self.version = 0
        self.project.mkdir(parents=True)
        (self.project / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
        self.source("first")
        listed = ", ".join(f'"{target}"' for target in targets)
        (self.project / "release.toml").write_text(
            f'[build]\ntargets = [{listed}]\n[package]\nlinux = ["zip"]\ndarwin = ["zip"]\nother = ["zip"]\n')
        self.git("init", "-q")
        self.commit()

    def source(self, marker):
        for number in range(self.binaries):
            folder = self.project / "cmd" / f"program{number}"
            folder.mkdir(parents=True, exist_ok=True)
            # Only the first program changes, as in real life.
            (folder / "main.go").write_text(MAIN % (marker if number == 0 else "same"))

    def git(self, *arguments):
        identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=self.project, check=True, stdout=subprocess.DEVNULL)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "x")

    def environment(self):
        return dict(os.environ, GOCACHE=str(self.gocache), GORELEASE_CACHE=str(self.cache), GOFLAGS="")

    def prepare(self, case):
        if case == "cold":
            for folder in (self.gocache, self.cache, self.base / "out"):
                shutil.rmtree(folder, ignore_errors=True)
        elif case == "source":
            self.source(f"changed {time.monotonic_ns()}")
            self.commit()
        elif case == "version":
            self.version += 1


def loop(side):
    """The shell loop: one go build for each binary and target, then zip -9. Returns (all, go build alone)."""
    compiling, start = 0.0, time.monotonic()
    version = f"1.0.{side.version}"
    for target in side.targets:
        goos, goarch = target.split("/")
        out = side.base / "out" / target
        out.mkdir(parents=True, exist_ok=True)
        files = []
        for number in range(side.binaries):
            name = f"program{number}" + (".exe" if goos == "windows" else "")
            begun = time.monotonic()
            subprocess.run(
                ["go", "build", "-trimpath", "-ldflags", f"-s -w -X main.version={version}", "-o", str(out / name),
                 f"./cmd/program{number}"],
                cwd=side.project, check=True,
                env=dict(side.environment(), GOOS=goos, GOARCH=goarch, CGO_ENABLED="0"))
            compiling += time.monotonic() - begun
            files.append(name)
        archive = side.base / "out" / (target.replace("/", "_") + ".zip")
        archive.unlink(missing_ok=True)
        subprocess.run(["zip", "-9", "-q", str(archive), *files], cwd=out, check=True)
    return time.monotonic() - start, compiling


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


def gorelease(side, program):
    start, peak = time.monotonic(), [0]
    process = subprocess.Popen([program, "build", "--version", f"1.0.{side.version}", "--quiet"], cwd=side.project,
                               env=side.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    watcher = threading.Thread(target=own_peak, args=(process, peak))
    watcher.start()
    _, errors = process.communicate()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(errors.decode())
    return time.monotonic() - start, peak[0] / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gorelease", default="target/release/gorelease")
    parser.add_argument("--binaries", default="1,3,8")
    parser.add_argument("--targets", default="3,12")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", default="cold,source,version,none")
    options = parser.parse_args()
    program = str(pathlib.Path(options.gorelease).resolve())
    print(f"{'binaries':>8} {'targets':>7} {'case':>8} {'loop s':>8} {'go s':>8} {'ours s':>8} "
          f"{'ours/loop':>9} {'ours/go':>8} {'own MB':>7}", flush=True)
    for binaries in map(int, options.binaries.split(",")):
        for count in map(int, options.targets.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                base = pathlib.Path(folder)
                sides = [Side(base, name, binaries, TARGETS[:count]) for name in ("loop", "ours")]
                for case in options.cases.split(","):
                    rows = []
                    for _ in range(1 if case == "cold" else options.runs):
                        for side in sides:
                            side.prepare(case)
                        whole, compiling = loop(sides[0])
                        ours, memory = gorelease(sides[1], program)
                        rows.append((whole, compiling, ours, memory))
                    whole, compiling, ours, memory = (statistics.median(column) for column in zip(*rows))
                    print(f"{binaries:>8} {count:>7} {case:>8} {whole:>8.2f} {compiling:>8.2f} {ours:>8.2f} "
                          f"{ours / whole:>9.2f} {ours / compiling:>8.2f} {memory:>7.0f}", flush=True)


if __name__ == "__main__":
    main()
