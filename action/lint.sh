#!/usr/bin/env bash
# Step of action.yml: runs unmesh once, in all formats that the later steps need, and never fails by
# itself but where unmesh could not run: the last step of the action has its status.
set -euo pipefail

reports=$(mktemp -d "$RUNNER_TEMP/unmesh-reports.XXXXXX")
sarif=$reports/unmesh.sarif json=$reports/unmesh.json markdown=$reports/unmesh.md

# Without the format for people: its lines hold names of the input as they are, and a runner takes a
# line that begins with `::` for a command.
arguments=(lint --format github --format "sarif=$sarif" --format "json=$json" --format "markdown=$markdown")
if [ -n "$INPUT_TARGET" ]; then
    arguments+=("--target=$INPUT_TARGET")
fi
if [ -n "$INPUT_CONFIG" ]; then
    arguments+=("--config=$INPUT_CONFIG")
fi
if [ -n "$INPUT_FAIL_ON" ]; then
    arguments+=("--fail-on=$INPUT_FAIL_ON")
fi
if [ -n "$INPUT_ARGS" ]; then
    # xargs knows quotes and starts no shell.
    words=$reports/words
    if ! printf '%s' "$INPUT_ARGS" | xargs printf '%s\0' > "$words"; then
        printf '::error title=unmesh::the input args has a quote without its end\n'
        exit 2
    fi
    while IFS= read -r -d '' word; do
        arguments+=("$word")
    done < "$words"
    rm "$words"
fi
# What begins with a dash is a path all the same.
arguments+=(--)
while IFS= read -r path || [ -n "$path" ]; do
    path=${path%$'\r'}
    if [ -n "$path" ]; then
        arguments+=("$path")
    fi
done <<< "$INPUT_PATHS"
if [ "${arguments[${#arguments[@]} - 1]}" = -- ]; then
    # Without a path unmesh would wait for standard input.
    arguments+=(.)
fi

status=0
"$UNMESH" "${arguments[@]}" < /dev/null || status=$?

output() { printf '%s=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"; }
output status "$status"
if [ "$status" -ne 0 ] && [ "$status" -ne 1 ]; then
    printf '::error title=unmesh::unmesh could not run (status %s); the lines above say why\n' "$status"
    exit "$status"
fi
errors=$(jq -r '.summary.errors' "$json")
warnings=$(jq -r '.summary.warnings' "$json")
output errors "$errors"
output warnings "$warnings"
output infos "$(jq -r '.summary.infos' "$json")"
output sarif "$sarif"
output json "$json"
output markdown "$markdown"
# Infos alone are nothing to write to people about.
clean=false
if [ "$status" -eq 0 ] && [ "$errors" -eq 0 ] && [ "$warnings" -eq 0 ]; then
    clean=true
fi
output clean "$clean"
cat "$markdown" >> "$GITHUB_STEP_SUMMARY"
