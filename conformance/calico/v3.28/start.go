// What this version decides.
package main

import (
	"errors"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"

	"unmesh/conformance/calico/common"
)

// start refuses. The evaluator of 3.28 reads neither notNets nor notPorts, so that it is no witness for
// the dataplane; and its messages and Felix's register the same names, so that a program that has
// both ends at once. For Dikastes it would take two programs.
func start([]api.Update) (common.Judge, error) {
	return nil, errors.New("3.28 judges objects only")
}
