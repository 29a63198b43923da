#!/bin/sh
# Fails where the table of scalars is not what the library of kubectl says.
set -eu
cd "$(dirname "$0")"
table=../../testdata/reading/scalars.tsv
go run . < "$table" | diff -u "$table" -
