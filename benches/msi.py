#!/usr/bin/env python3
"""Compares gorelease's Windows Installer packages with those of wixl, for one executable of a given size.

    benches/msi.py [--gorelease PATH] [--megabytes 10,50,100] [--runs 3]

The executables are real Go programs for Windows that carry parts of the Go distribution's own executables to reach their
size, so that they compress as executables do. gorelease's time is that of the step that packs, with its checks before and
after; wixl gets the same executable in the smallest package there is, and checks nothing. Both take turns. Only ratios
within one run mean anything. Needs: go, git, wixl and msiextract (msitools), Python 3, Linux.
"""

import argparse, json, os, pathlib, statistics, subprocess, tempfile, threading, time

from own_memory import own_peak

MAIN = """package main

import (
	_ "embed"
	"fmt"
)

//go:embed payload
var payload string

var version = "none"

func main() { fmt.Println(version, len(payload)) }
"""

MANIFEST = """[project]
name = "bench"
manufacturer = "Bench"

[build]
targets = ["windows/amd64"]
ldflags = ["-s", "-w", "-X main.version={{ version }}"]

[package]
windows = ["msi"]

[msi]
upgrade-code = "0B7C9E52-3F6A-5D18-9B44-7A1E60C2D935"
"""

WXS = """<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
  <Product Id="*" Name="bench" Manufacturer="Bench" Version="1.0.0" Language="1033"
           UpgradeCode="0B7C9E52-3F6A-5D18-9B44-7A1E60C2D935">
    <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine"/>
    <Media Id="1" Cabinet="product.cab" EmbedCab="yes"/>
    <Directory Id="TARGETDIR" Name="SourceDir">
      <Directory Id="ProgramFiles64Folder">
        <Directory Id="INSTALLDIR" Name="bench">
          <Component Id="C_bench" Guid="6F0D8B1E-52C7-4B39-9E4A-0C6E3A5D7F21" Win64="yes">
            <File Id="F_bench" Source="bench.exe" KeyPath="yes"/>
          </Component>
        </Directory>
      </Directory>
    </Directory>
    <Feature Id="Main" Level="1"><ComponentRef Id="C_bench"/></Feature>
  </Product>
</Wix>
"""


def payload(path, size):
    """Parts of the Go distribution's executables, each once as long as they last."""
    root = pathlib.Path(subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip())
    found = [file for file in sorted(root.glob("bin/*")) + sorted(root.glob("pkg/tool/*/*")) if file.is_file()]
    with path.open("wb") as out:
        while size > 0:
            for file in found:
                part = file.read_bytes()[:size]
                out.write(part)
                size -= len(part)


def project(folder, megabytes):
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/bench\n\ngo 1.21\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "release.toml").write_text(MANIFEST)
    # What is left to the size is the program itself.
    payload(folder / "payload", megabytes * 1_000_000 - 1_500_000)
    identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def native(program, folder, number):
    """Packs one more version: the step's seconds, the process's megabytes, the package."""
    environment = dict(os.environ, GORELEASE_CACHE=str(folder / "../cache"))
    command = [program, "build", "--version", f"1.0.{number}", "--format", "json"]
    with open(folder / "../events", "w+") as events:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=events, stderr=subprocess.DEVNULL)
        peak = [0]
        watcher = threading.Thread(target=own_peak, args=(process, peak))
        watcher.start()
        process.wait()
        watcher.join()
        events.seek(0)
        lines = [json.loads(line) for line in events if line.startswith("{")]
    if process.returncode != 0:
        raise SystemExit(f"gorelease failed: {lines[-3:]}")
    steps = [line for line in lines if line.get("event") == "finished" and line["step"].endswith(".msi")]
    [package] = (folder / "dist").glob("*.msi")
    return sum(step["elapsed"] for step in steps), peak[0] / 1024, package


def wixl(folder):
    start = time.monotonic()
    subprocess.run(["wixl", "--arch", "x64", "-o", "wixl.msi", "bench.wxs"], cwd=folder, check=True)
    return time.monotonic() - start, folder / "wixl.msi"


def compare(program, megabytes, runs):
    with tempfile.TemporaryDirectory() as base:
        base = pathlib.Path(base)
        project(base / "project", megabytes)
        _, _, package = native(program, base / "project", 0)
        subprocess.run(["msiextract", "-C", str(base / "out"), str(package)], check=True, stdout=subprocess.DEVNULL)
        [executable] = (base / "out").rglob("bench.exe")
        executable.rename(base / "bench.exe")
        (base / "bench.wxs").write_text(WXS)
        rows = []
        for number in range(1, runs + 1):
            ours, memory, package = native(program, base / "project", number)
            theirs, other = wixl(base)
            rows.append((ours, theirs, memory, package.stat().st_size / 1e6, other.stat().st_size / 1e6))
        ours, theirs, memory, size, other = (statistics.median(column) for column in zip(*rows))
        executable = (base / "bench.exe").stat().st_size / 1e6
        print(f"{executable:>8.1f} {ours:>8.2f} {theirs:>8.2f} {ours / theirs:>7.2f} {size:>9.2f} {other:>9.2f} {memory:>7.0f}",
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gorelease", default="target/release/gorelease")
    parser.add_argument("--megabytes", default="10,50,100")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    program = str(pathlib.Path(options.gorelease).resolve())
    print(f"{'exe MB':>8} {'ours s':>8} {'wixl s':>8} {'ratio':>7} {'ours MB':>9} {'wixl MB':>9} {'own MB':>7}", flush=True)
    for megabytes in map(int, options.megabytes.split(",")):
        compare(program, megabytes, options.runs)


if __name__ == "__main__":
    main()
