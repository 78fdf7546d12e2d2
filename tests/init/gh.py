"""A stand-in for GitHub's command-line program, strict in what the workflow uses.

State is one JSON file, named by GH_STATE. Flags are those of the manual, https://cli.github.com/manual: gh release
create, edit, upload, view and gh attestation verify; any other is an error. A published release takes no files:
https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases
"""

import json
import os
import sys

FLAGS = {
    "release view": {"--json": 1, "--jq": 1},
    "release create": {"--draft": 0, "--verify-tag": 0, "--generate-notes": 0, "--prerelease": "="},
    "release upload": {"--clobber": 0},
    "release edit": {"--draft": "="},
    "attestation verify": {"--repo": 1, "--signer-workflow": 1, "--source-ref": 1},
}


def parse(command, words):
    flags, rest = {}, []
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            rest.append(word)
            continue
        name, separator, value = word.partition("=")
        kind = FLAGS[command].get(name)
        if kind is None or (separator and kind != "="):
            sys.exit(f"unknown flag: {word}")
        if kind == "=" and value not in ("true", "false"):
            sys.exit(f'invalid argument "{value}" for "{name}"')
        flags[name] = words.pop(0) if kind == 1 else value or "true"
    return flags, rest


def main():
    command = " ".join(sys.argv[1:3])
    flags, rest = parse(command, sys.argv[3:])
    path = os.environ["GH_STATE"]
    state = json.load(open(path)) if os.path.exists(path) else {}
    release = state.get("release")
    if command == "attestation verify":
        state.setdefault("verified", []).append([rest[0], flags])
        if state.get("reject"):
            sys.exit("verifying with issuer: no matching attestations found")
    elif command == "release create":
        if release:
            sys.exit("HTTP 422: Validation Failed: already_exists")
        state["release"] = {"tag": rest[0], "draft": "--draft" in flags, "files": {}}
        state["release"]["prerelease"] = flags.get("--prerelease") == "true"
    elif not release or release["tag"] != rest[0]:
        sys.exit("release not found")
    elif command == "release view":
        if flags:
            print(str(release["draft"]).lower())
    elif command == "release upload":
        if not release["draft"]:
            sys.exit("HTTP 422: Cannot upload assets to an immutable release")
        for name in rest[1:]:
            if os.path.basename(name) in release["files"] and "--clobber" not in flags:
                sys.exit("asset under the same name already exists")
            release["files"][os.path.basename(name)] = os.path.getsize(name)
    elif command == "release edit":
        release["draft"] = flags["--draft"] == "true"
    with open(path, "w") as file:
        json.dump(state, file)


main()
