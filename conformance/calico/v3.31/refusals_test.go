package main

import (
	"testing"

	"unmesh/conformance/calico/common/rowtest"
)

func TestRefusals(t *testing.T) { rowtest.Refusals(t, engine(), "../refusals.yaml") }
