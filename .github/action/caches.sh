#!/usr/bin/env bash
# Writes the outputs `paths` and `key` for actions/cache: Go's module and build caches and gorelease's own.
#
# DIRECTORY  the project's folder; its go.mod may select another Go than the installed one
set -euo pipefail

case $RUNNER_OS in
    Linux) own=${XDG_CACHE_HOME:-$HOME/.cache}/gorelease ;;
    macOS) own=$HOME/Library/Caches/gorelease ;;
    *) own=${LOCALAPPDATA:-$HOME}/gorelease ;;
esac
own=${GORELEASE_CACHE:-$own}
go=none
{
    echo 'paths<<END'
    echo "$own"
    if command -v go > /dev/null; then
        cd "$DIRECTORY"
        go=$(go env GOVERSION)
        go env GOCACHE GOMODCACHE
    fi
    echo END
    echo "key=gorelease-$RUNNER_OS-$RUNNER_ARCH-$go"
} >> "$GITHUB_OUTPUT"
