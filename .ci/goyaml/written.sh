#!/bin/sh
# Writes random Calico policies and compares what the library of kubectl reads with what was meant.
# usage: .ci/goyaml/written.sh [COUNT]
set -eu
cd "$(dirname "$0")/../.."
UNMESH_ROUNDTRIP_DIR=$(mktemp -d)
UNMESH_ROUNDTRIP_COUNT=${1:-500}
export UNMESH_ROUNDTRIP_DIR UNMESH_ROUNDTRIP_COUNT
trap 'rm -rf "$UNMESH_ROUNDTRIP_DIR"' EXIT
cargo test --quiet --test calico_objects -- --ignored --exact write_for_other_readers
cd .ci/goyaml
go run . "$UNMESH_ROUNDTRIP_DIR/policies.yaml" "$UNMESH_ROUNDTRIP_DIR/expected.json"
