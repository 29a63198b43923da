// The kinds of Calico 3.28, and how each reaches Felix. It has no tiers and no staged policies.
package main

import (
	"fmt"
	"strings"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/syncersv1/updateprocessors"

	"unmesh/conformance/calico/common"
)

func engine() common.Engine {
	return common.Engine{Version: "3.28.5", Evaluator: "3.31.0", Kinds: kinds(), Start: start}
}

func kinds() map[string]common.Kind {
	return map[string]common.Kind{
		apiv3.KindNetworkPolicy: {
			New:        func() common.Resource { return apiv3.NewNetworkPolicy() },
			Prepare:    prepare,
			StoredName: storedName,
			Processor:  updateprocessors.NewNetworkPolicyUpdateProcessor,
		},
		apiv3.KindGlobalNetworkPolicy: {
			New:        func() common.Resource { return apiv3.NewGlobalNetworkPolicy() },
			Prepare:    prepare,
			StoredName: storedName,
			Processor:  updateprocessors.NewGlobalNetworkPolicyUpdateProcessor,
		},
		apiv3.KindNetworkSet: {
			New:       func() common.Resource { return apiv3.NewNetworkSet() },
			Processor: updateprocessors.NewNetworkSetUpdateProcessor,
		},
		apiv3.KindGlobalNetworkSet: {
			New:       func() common.Resource { return apiv3.NewGlobalNetworkSet() },
			Processor: updateprocessors.NewGlobalNetworkSetUpdateProcessor,
		},
		apiv3.KindProfile: {
			New:       func() common.Resource { return apiv3.NewProfile() },
			Processor: updateprocessors.NewProfileUpdateProcessor,
		},
		libapiv3.KindWorkloadEndpoint: {
			New:       func() common.Resource { return libapiv3.NewWorkloadEndpoint() },
			Processor: updateprocessors.NewWorkloadEndpointUpdateProcessor,
		},
	}
}

// storedName is the name with the prefix of the only tier, which the client writes.
func storedName(name string) string {
	if strings.HasPrefix(name, "knp.") || strings.HasPrefix(name, "ossg.") {
		return name
	}
	return "default." + name
}

// prepare fills in which directions a policy is about.
func prepare(object common.Resource) error {
	switch policy := object.(type) {
	case *apiv3.NetworkPolicy:
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	case *apiv3.GlobalNetworkPolicy:
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	default:
		return fmt.Errorf("%T is no policy", object)
	}
	return nil
}

// fillTypes does as the API server does where a policy has no `types`: the directions of its rules,
// and ingress where it has none.
func fillTypes(ingress, egress int, types *[]apiv3.PolicyType) {
	if len(*types) > 0 {
		return
	}
	if ingress > 0 || egress == 0 {
		*types = append(*types, apiv3.PolicyTypeIngress)
	}
	if egress > 0 {
		*types = append(*types, apiv3.PolicyTypeEgress)
	}
}
