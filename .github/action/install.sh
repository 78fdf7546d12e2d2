#!/usr/bin/env bash
# Installs gorelease and adds it to PATH: the published one, after checking its checksum and its attestation, or the one of
# the action's own checkout.
#
# VERSION             such as v0.1.0, 0.1.0 or `latest`; `source` compiles. Default: what the action's Cargo.toml states,
#                     so that a tag and the commit of a tag both install their own version
# VERIFY_ATTESTATION  `true` asks GitHub which workflow built the file, with gh; `false` trusts the checksums alone
# ACTION_PATH         the action's checkout
# ACTION_REPOSITORY   owner/name of the action's repository
set -euo pipefail

fail() {
    echo "::error::$1"
    exit 1
}

fetch() {
    curl --fail --silent --show-error --location --retry 3 --remote-name "$1" || fail "failed to download $1"
}

bin="$RUNNER_TEMP/gorelease/bin"
mkdir -p "$bin"
echo "$bin" >> "$GITHUB_PATH"

repository=${ACTION_REPOSITORY:-}
version=${VERSION:-}
if [ -z "$version" ]; then
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$ACTION_PATH/Cargo.toml" | head -n 1)
fi
if [ "$version" = source ]; then
    cargo install --quiet --locked --path "$ACTION_PATH" --root "$RUNNER_TEMP/gorelease"
    exit
fi
[ -n "$repository" ] || fail "a local action has no downloads: set its input \`version\` to \`source\`"

# An enterprise server can hold the action itself, or take it from github.com.
server=${GITHUB_SERVER_URL:-https://github.com}
releases="$server/$repository/releases"
if [ "$server" != https://github.com ] &&
    ! curl --fail --silent --head --output /dev/null "$releases/latest"; then
    releases="https://github.com/$repository/releases"
fi

if [ "$version" = latest ]; then
    address=$(curl --fail --silent --show-error --head --output /dev/null --write-out '%{redirect_url}' "$releases/latest") ||
        fail "failed to find the latest release at $releases"
    version=${address##*/}
fi
version=v${version#v}
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
    fail "invalid version \`${version#v}\`: use a version such as v0.1.0, \`latest\` or \`source\`"

case "$RUNNER_OS-$RUNNER_ARCH" in
    Linux-X64) target=linux_amd64 extension=tar.gz ;;
    Linux-ARM64) target=linux_arm64 extension=tar.gz ;;
    macOS-X64) target=darwin_amd64 extension=tar.gz ;;
    macOS-ARM64) target=darwin_arm64 extension=tar.gz ;;
    Windows-X64) target=windows_amd64 extension=zip ;;
    # Windows on ARM runs programs for amd64.
    Windows-ARM64) target=windows_amd64 extension=zip ;;
    *) fail "no gorelease is published for $RUNNER_OS on $RUNNER_ARCH: set the action's input \`version\` to \`source\`" ;;
esac

name="gorelease_${version#v}_$target"
file="$name.$extension"
cd "$RUNNER_TEMP/gorelease"
fetch "$releases/download/$version/$file"
fetch "$releases/download/$version/SHA256SUMS"
line=$(grep -E "^[0-9a-f]{64}  ${file//./\\.}\$" SHA256SUMS) || fail "SHA256SUMS does not list $file"
if command -v sha256sum > /dev/null; then
    sha256sum --check --strict - <<< "$line" || fail "the checksum of $file is wrong"
else
    shasum --algorithm 256 --check - <<< "$line" || fail "the checksum of $file is wrong"
fi
if [ "${VERIFY_ATTESTATION:-true}" = true ]; then
    command -v gh > /dev/null ||
        fail "gh not found, which verifies the attestation: install it, or set the action's input \`verify-attestation\` to false"
    gh attestation verify "$file" --repo "$repository" \
        --signer-workflow "$repository/.github/workflows/release.yml" --source-ref "refs/tags/$version" ||
        fail "$file was not built by the release workflow of $repository from the tag $version"
fi
case $extension in
    zip) unzip -q -o "$file" ;;
    *) tar -xzf "$file" ;;
esac
find . -type f \( -name gorelease -o -name gorelease.exe \) -path "*$name*" -exec cp {} "$bin/" \;
"$bin/gorelease" --version
