#!/usr/bin/env bash
# Installs gorelease and adds it to PATH: the published one, checked against its checksums, or the checkout's own.
#
# VERSION            such as v0.1.0, or `source`; by default the tag that the action is used by
# ACTION_PATH        the action's checkout
# ACTION_REPOSITORY  owner/name of the action's repository
# ACTION_REF         the tag, branch or commit that the action is used by
set -euo pipefail

fail() {
    echo "::error::$1"
    exit 1
}

bin="$RUNNER_TEMP/gorelease/bin"
mkdir -p "$bin"
echo "$bin" >> "$GITHUB_PATH"

version=${VERSION:-${ACTION_REF:-}}
if [ "$version" = source ]; then
    cargo install --quiet --locked --path "$ACTION_PATH" --root "$RUNNER_TEMP/gorelease"
    exit
fi
case $version in
    v[0-9]*) ;;
    *) fail "\`$version\` is no version of gorelease: use the action by a tag such as v0.1.0, or set its input \`version\`" ;;
esac

case "$RUNNER_OS-$RUNNER_ARCH" in
    Linux-X64) target=linux_amd64 extension=tar.gz ;;
    Linux-ARM64) target=linux_arm64 extension=tar.gz ;;
    macOS-X64) target=darwin_amd64 extension=tar.gz ;;
    macOS-ARM64) target=darwin_arm64 extension=tar.gz ;;
    Windows-X64) target=windows_amd64 extension=zip ;;
    *) fail "there is no gorelease for $RUNNER_OS on $RUNNER_ARCH: set the action's input \`version\` to \`source\`" ;;
esac

name="gorelease_${version#v}_$target"
url="${GITHUB_SERVER_URL:-https://github.com}/${ACTION_REPOSITORY:?}/releases/download/$version"
cd "$RUNNER_TEMP/gorelease"
curl --fail --silent --show-error --location --retry 3 --remote-name "$url/$name.$extension"
curl --fail --silent --show-error --location --retry 3 --remote-name "$url/SHA256SUMS"
line=$(grep -F "  $name.$extension" SHA256SUMS) || fail "SHA256SUMS does not list $name.$extension"
if command -v sha256sum > /dev/null; then
    sha256sum --check - <<< "$line"
else
    shasum --algorithm 256 --check - <<< "$line"
fi
case $extension in
    zip) unzip -q "$name.zip" ;;
    *) tar -xzf "$name.tar.gz" ;;
esac
find . -type f \( -name gorelease -o -name gorelease.exe \) -path "*$name*" -exec cp {} "$bin/" \;
"$bin/gorelease" --version
