package main

import (
	"testing"

	"unmesh/conformance/calico/common/rowtest"
)

func TestRows(t *testing.T) { rowtest.Check(t, engine(), "../rows.yaml") }
