//! What to do about what the go tool says: the one list of hints for its own words, whoever runs it.

/// What the go tool says, and what helps.
const WORDS: [(&str, &str); 19] = [
    (
        "build constraints exclude all Go files",
        "if the package uses cgo, set `cgo = true`; if it needs a build tag, add it to `tags`; if it is not for this target, leave the target out with `targets` in its `[[binary]]`, or with `exclude` in `[build]`",
    ),
    (
        "module lookup disabled by GOPROXY=off",
        "without network access, run `go mod download` first",
    ),
    (
        "no required module provides package",
        "run `go mod tidy`, and commit go.mod and go.sum",
    ),
    (
        "missing go.sum entry",
        "run `go mod tidy`, and commit go.mod and go.sum",
    ),
    (
        "missing go.sum",
        "run `go mod tidy`, and commit go.mod and go.sum",
    ),
    (
        "updates to go.mod needed",
        "run `go mod tidy`, and commit go.mod and go.sum",
    ),
    (
        "requires cgo",
        "set `cgo = true` for this target in release.toml, or correct GOFLAGS (`go env GOFLAGS`)",
    ),
    (
        "multiple VCS detected",
        "remove the repository that does not belong to the project, or set `flags = [\"-buildvcs=false\"]` in `[build]`",
    ),
    (
        "modules listed in go.work",
        "the go.work above does not use this module: set `env = { GOWORK = \"off\" }` in `[build]`, or run `go work use .`",
    ),
    (
        "not one of the workspace modules listed in go.work",
        "set `env = { GOWORK = \"off\" }` in `[build]`, or run `go work use .`",
    ),
    (
        "listed in go.work file",
        "correct the go.work file, or set `env = { GOWORK = \"off\" }` in `[build]`",
    ),
    (
        "no matching files found",
        "create the files before the build, for example in a `[[hooks.before]]`",
    ),
    (
        "permission denied",
        "check the owner and the permissions of the file; after `sudo go build`, remove the files of root from GOCACHE (`go env GOCACHE`)",
    ),
    (
        "invalid input directory name",
        "rename the directory: go refuses names that begin with `-`",
    ),
    (
        "found packages ",
        "keep one package in each directory, and move the other files",
    ),
    ("import cycle not allowed", "break the cycle of imports"),
    (
        "use of internal package",
        "an internal package can only be imported from below its parent directory",
    ),
    (
        "is a program, not an importable package",
        "move what is shared out of package main",
    ),
    (
        "is not in std",
        "check the import path, and the Go version (`go version`)",
    ),
];

/// What helps, when the go tool says something known.
pub fn hint(words: &str) -> Option<&'static str> {
    let known = WORDS.iter().find(|(said, _)| words.contains(said));
    known.map(|(_, hint)| *hint)
}
