// From updates to what Felix sends to its dataplane and to Dikastes.
package main

import (
	"fmt"

	googleproto "google.golang.org/protobuf/proto"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/config"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"

	"unmesh/conformance/calico/common"
)

// everyEndpoint is the subscription under which a policy store keeps more than one endpoint.
const everyEndpoint = "per-host-policies"

// defaultTier is made by Calico itself when it starts.
func defaultTier() api.Update {
	order := apiv3.DefaultTierOrder
	return api.Update{
		UpdateType: api.UpdateTypeKVNew,
		KVPair: model.KVPair{
			Key:   model.TierKey{Name: "default"},
			Value: &model.Tier{Order: &order, DefaultAction: apiv3.Deny},
		},
	}
}

// ready is what Calico's controllers write when the datastore can be read.
func ready() api.Update {
	pair := model.KVPair{Key: model.ReadyFlagKey{}, Value: true}
	return api.Update{UpdateType: api.UpdateTypeKVNew, KVPair: pair}
}

// start runs the calculation graph once, as Felix does when it starts.
func start(updates []api.Update) (common.Judge, error) {
	conf := config.New()
	conf.FelixHostname = common.Node
	sequencer := calc.NewEventSequencer(conf)
	dataplane, dikastes := policystore.NewPolicyStore(), policystore.NewPolicyStore()
	var failed error
	sequencer.Callback = func(message interface{}) {
		for _, store := range []*policystore.PolicyStore{dataplane, dikastes} {
			wrapped := envelope(message, store == dataplane)
			if wrapped != nil {
				store.ProcessUpdate(everyEndpoint, wrapped, false)
			}
		}
		if _, ok := message.(*calc.DatastoreNotReady); ok {
			failed = fmt.Errorf("felix says that its datastore is not ready")
		}
	}
	graph := calc.NewCalculationGraph(sequencer, calc.NewLookupsCache(), conf, func() {})
	filter := calc.NewValidationFilter(graph, conf)
	filter.OnStatusUpdated(api.ResyncInProgress)
	filter.OnUpdates(append([]api.Update{ready(), defaultTier()}, updates...))
	filter.OnStatusUpdated(api.InSync)
	graph.Flush()
	sequencer.Flush()
	return judge{dataplane: dataplane, dikastes: dikastes}, failed
}

// envelope is a message as Felix sends it to Dikastes, or nothing where it is not sent. For the
// dataplane rules lose their `http`: Felix renders them as if they had none.
func envelope(message interface{}, withoutHTTP bool) *proto.ToDataplane {
	switch message := message.(type) {
	case *proto.IPSetUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_IpsetUpdate{IpsetUpdate: message}}
	case *proto.IPSetDeltaUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_IpsetDeltaUpdate{IpsetDeltaUpdate: message}}
	case *proto.ActivePolicyUpdate:
		if withoutHTTP {
			message = stripped(message)
		}
		return &proto.ToDataplane{Payload: &proto.ToDataplane_ActivePolicyUpdate{ActivePolicyUpdate: message}}
	case *proto.ActiveProfileUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_ActiveProfileUpdate{ActiveProfileUpdate: message}}
	case *proto.WorkloadEndpointUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_WorkloadEndpointUpdate{WorkloadEndpointUpdate: message}}
	case *proto.ServiceAccountUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_ServiceAccountUpdate{ServiceAccountUpdate: message}}
	case *proto.NamespaceUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_NamespaceUpdate{NamespaceUpdate: message}}
	default:
		return nil
	}
}

func stripped(message *proto.ActivePolicyUpdate) *proto.ActivePolicyUpdate {
	copied, ok := googleproto.Clone(message).(*proto.ActivePolicyUpdate)
	if !ok {
		return message
	}
	for _, rules := range [][]*proto.Rule{copied.Policy.InboundRules, copied.Policy.OutboundRules} {
		for _, rule := range rules {
			rule.HttpMatch = nil
		}
	}
	return copied
}
