// What this version decides.
package main

import (
	"errors"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"

	"unmesh/conformance/calico/common"
)

// start refuses: the evaluator of 3.28 reads neither notNets nor notPorts, as Felix does, so that it is
// no witness for the dataplane.
func start([]api.Update) (common.Judge, error) {
	return nil, errors.New("3.28 judges objects only")
}
