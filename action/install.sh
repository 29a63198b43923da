#!/usr/bin/env bash
# Step of action.yml: makes the program available and says where it is.
# A binary that is there; else the wheel of the wanted version, in an environment of its own.
set -euo pipefail

fail() {
    printf '::error title=unmesh::%s\n' "$1"
    exit 2
}

if [ -n "$INPUT_BINARY" ]; then
    program=$INPUT_BINARY
    if [ ! -f "$program" ] || [ ! -x "$program" ]; then
        fail 'the input binary names no program'
    fi
    case $program in /* | ?:*) ;; *) program=$PWD/$program ;; esac
else
    version=$INPUT_VERSION
    if [ -z "$version" ]; then
        # An action at v1.2.3 runs unmesh 1.2.3.
        version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
    fi
    # What pip would read as an option, an address or a range is no version.
    if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([a-z0-9.+-]*)$ ]]; then
        fail 'the input version is not like 1.2.3'
    fi
    environment=$RUNNER_TEMP/unmesh-$version
    python=python3
    command -v "$python" > /dev/null || python=python
    "$python" -m venv "$environment"
    bin=$environment/bin
    if [ ! -d "$bin" ]; then
        bin=$environment/Scripts
    fi
    "$bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "unmesh==$version"
    program=$bin/unmesh
fi
"$program" --version
printf 'program=%s\n' "$program" >> "$GITHUB_OUTPUT"
