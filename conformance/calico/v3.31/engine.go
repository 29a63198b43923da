// The kinds of Calico 3.30 and 3.31, and how each reaches Felix.
package main

import (
	"fmt"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/syncersv1/updateprocessors"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/watchersyncer"
	"github.com/projectcalico/calico/libcalico-go/lib/names"

	"unmesh/conformance/calico/common"
)

// release is the version that the program is built with; `build` says another one for other modules.
var release = "3.31.0"

func engine() common.Engine {
	return common.Engine{Version: release, Kinds: kinds(), Start: start}
}

func kinds() map[string]common.Kind {
	return map[string]common.Kind{
		apiv3.KindNetworkPolicy: policy(
			func() common.Resource { return apiv3.NewNetworkPolicy() },
			updateprocessors.NewNetworkPolicyUpdateProcessor),
		apiv3.KindGlobalNetworkPolicy: policy(
			func() common.Resource { return apiv3.NewGlobalNetworkPolicy() },
			updateprocessors.NewGlobalNetworkPolicyUpdateProcessor),
		apiv3.KindStagedNetworkPolicy: policy(
			func() common.Resource { return apiv3.NewStagedNetworkPolicy() },
			updateprocessors.NewStagedNetworkPolicyUpdateProcessor),
		apiv3.KindStagedGlobalNetworkPolicy: policy(
			func() common.Resource { return apiv3.NewStagedGlobalNetworkPolicy() },
			updateprocessors.NewStagedGlobalNetworkPolicyUpdateProcessor),
		apiv3.KindTier: {
			New:       func() common.Resource { return apiv3.NewTier() },
			Prepare:   tierDefaults,
			Processor: updateprocessors.NewTierUpdateProcessor,
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

func policy(
	empty func() common.Resource, processor func() watchersyncer.SyncerUpdateProcessor,
) common.Kind {
	return common.Kind{
		New: empty, Prepare: prepare, StoredName: names.TieredPolicyName, Processor: processor,
	}
}

// prepare refuses a name that does not fit its tier, and fills in which directions a policy is about.
func prepare(object common.Resource) error {
	var tier string
	switch policy := object.(type) {
	case *apiv3.NetworkPolicy:
		tier = policy.Spec.Tier
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	case *apiv3.GlobalNetworkPolicy:
		tier = policy.Spec.Tier
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	case *apiv3.StagedNetworkPolicy:
		tier = policy.Spec.Tier
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	case *apiv3.StagedGlobalNetworkPolicy:
		tier = policy.Spec.Tier
		fillTypes(len(policy.Spec.Ingress), len(policy.Spec.Egress), &policy.Spec.Types)
	default:
		return fmt.Errorf("%T is no policy", object)
	}
	return names.ValidateTieredPolicyName(object.GetName(), tier)
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

// tierDefaults does as the API server does where a tier has no `defaultAction`.
func tierDefaults(object common.Resource) error {
	tier, ok := object.(*apiv3.Tier)
	if !ok {
		return fmt.Errorf("%T is no tier", object)
	}
	if tier.Spec.DefaultAction == nil {
		deny := apiv3.Deny
		tier.Spec.DefaultAction = &deny
	}
	return nil
}
