// What this version decides.
package main

import (
	"errors"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"

	"unmesh/conformance/calico/common"
)

// start refuses. The evaluator of 3.28 reads neither notNets nor notPorts, so that it is no witness for
// the dataplane; and its messages and Felix's register the same names, so that no program can have both
// ends at once. As Dikastes it is asked in `v3.28-dikastes`.
func start([]api.Update) (common.Judge, error) {
	return nil, errors.New("3.28 judges objects only")
}
