#!/usr/bin/env python3
"""Compares `gorelease build` with a plain shell loop of the same `go build` calls and `zip -9`.

    benches/compare.py [--gorelease PATH] [--binaries 1,3,8] [--targets 3,12] [--runs 3] [--cases cold,source,version,none]
                       [--gocache DIR]

Both sides build the same modules, each with build caches of its own; with --gocache (not for `cold`) they share one,
which saves compiling the standard library for each. They take turns, and who is first changes. Cases:
  cold     no build cache at all
  source   one source file changed
  version  only the version (a linker flag) changed
  none     nothing changed
For each case it prints the loop's time, that of the bare `go build` calls within it, gorelease's time, the ratios, the
ratios of processor time (which other load on the machine hardly changes), and gorelease's own peak memory; medians of the
runs. Only ratios within one run mean anything. Needs: go, git, zip, Python 3, Linux.
"""

import argparse, os, pathlib, resource, shutil, statistics, subprocess, tempfile, threading, time

from own_memory import own_peak

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

    def __init__(self, base, name, binaries, targets, gocache):
        self.base, self.binaries, self.targets = base / name, binaries, targets
        self.project, self.cache = self.base / "project", self.base / "cache"
        self.gocache = gocache or self.base / "gocache"
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


class Spent:
    """Time on the clock and of the processors, this process's children's."""

    def __init__(self):
        self.clock = self.processor = 0.0

    def __enter__(self):
        self.began = time.monotonic(), self.children()
        return self

    def __exit__(self, *_):
        self.clock += time.monotonic() - self.began[0]
        self.processor += self.children() - self.began[1]

    @staticmethod
    def children():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


def loop(side):
    """The shell loop: one go build for each binary and target, then zip -9. Returns all, and go build alone."""
    everything, compiling = Spent(), Spent()
    version = f"1.0.{side.version}"
    with everything:
        for target in side.targets:
            goos, goarch = target.split("/")
            out = side.base / "out" / target
            out.mkdir(parents=True, exist_ok=True)
            files = []
            for number in range(side.binaries):
                name = f"program{number}" + (".exe" if goos == "windows" else "")
                with compiling:
                    subprocess.run(
                        ["go", "build", "-trimpath", "-ldflags", f"-s -w -X main.version={version}",
                         "-o", str(out / name), f"./cmd/program{number}"],
                        cwd=side.project, check=True,
                        env=dict(side.environment(), GOOS=goos, GOARCH=goarch, CGO_ENABLED="0"))
                files.append(name)
            archive = side.base / "out" / (target.replace("/", "_") + ".zip")
            archive.unlink(missing_ok=True)
            subprocess.run(["zip", "-9", "-q", str(archive), *files], cwd=out, check=True)
    return everything, compiling


def gorelease(side, program):
    spent, peak = Spent(), [0]
    with spent:
        process = subprocess.Popen([program, "build", "--version", f"1.0.{side.version}", "--quiet"],
                                   cwd=side.project, env=side.environment(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE)
        watcher = threading.Thread(target=own_peak, args=(process, peak))
        watcher.start()
        _, errors = process.communicate()
        watcher.join()
    if process.returncode != 0:
        raise SystemExit(errors.decode())
    return spent, peak[0] / 1024


def measure(sides, program, case, first):
    """One run of each side: the row of numbers that is printed."""
    for side in sides:
        side.prepare(case)
    if first == "loop":
        (everything, compiling), (ours, memory) = loop(sides[0]), gorelease(sides[1], program)
    else:
        (ours, memory), (everything, compiling) = gorelease(sides[1], program), loop(sides[0])
    return (everything.clock, compiling.clock, ours.clock, ours.clock / everything.clock,
            ours.clock / compiling.clock, ours.processor / everything.processor,
            ours.processor / compiling.processor, memory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gorelease", default="target/release/gorelease")
    parser.add_argument("--binaries", default="1,3,8")
    parser.add_argument("--targets", default="3,12")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", default="cold,source,version,none")
    parser.add_argument("--gocache", type=pathlib.Path)
    options = parser.parse_args()
    program = str(pathlib.Path(options.gorelease).resolve())
    cases = options.cases.split(",")
    if options.gocache and "cold" in cases:
        raise SystemExit("a cold build has no build cache to share: leave out --gocache")
    print(f"{'binaries':>8} {'targets':>7} {'case':>8} {'loop s':>8} {'go s':>8} {'ours s':>8} {'ours/loop':>9} "
          f"{'ours/go':>8} {'cpu/loop':>8} {'cpu/go':>7} {'own MB':>7}", flush=True)
    for binaries in map(int, options.binaries.split(",")):
        for count in map(int, options.targets.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                base = pathlib.Path(folder)
                sides = [Side(base, name, binaries, TARGETS[:count], options.gocache) for name in ("loop", "ours")]
                if "cold" not in cases:
                    loop(sides[0]), gorelease(sides[1], program)
                for case in cases:
                    runs = range(1 if case == "cold" else options.runs)
                    rows = [measure(sides, program, case, ("loop", "ours")[run % 2]) for run in runs]
                    row = [statistics.median(column) for column in zip(*rows)]
                    print("{:>8} {:>7} {:>8} {:>8.2f} {:>8.2f} {:>8.2f} {:>9.2f} {:>8.2f} {:>8.2f} {:>7.2f} {:>7.0f}".format(
                        binaries, count, case, *row), flush=True)


if __name__ == "__main__":
    main()
