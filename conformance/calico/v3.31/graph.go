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
	"github.com/projectcalico/calico/felix/rules"
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

// start makes what the dataplane and Dikastes know of a cluster.
func start(updates []api.Update) (common.Judge, error) {
	stores := stores{
		policystore.NewPolicyStore(), policystore.NewPolicyStore(), policystore.NewPolicyStore(), &connection{},
	}
	err := calculate(updates, func(message interface{}) {
		send(stores.dataplane4, rendered(message, 4))
		send(stores.dataplane6, rendered(message, 6))
		completePorts(stores.dataplane4, message, stores.asked)
		completePorts(stores.dataplane6, message, stores.asked)
		send(stores.dikastes, message)
	})
	return stores, err
}

// calculate runs the calculation graph once, as Felix does when it starts.
func calculate(updates []api.Update, receive func(message interface{})) error {
	conf := config.New()
	conf.FelixHostname = common.Node
	sequencer := calc.NewEventSequencer(conf)
	var failed error
	sequencer.Callback = func(message interface{}) {
		receive(message)
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
	return failed
}

// send puts a message into a store, as Dikastes does with what Felix sends to it.
func send(store *policystore.PolicyStore, message interface{}) {
	if wrapped := envelope(message); wrapped != nil {
		store.ProcessUpdate(everyEndpoint, wrapped, false)
	}
}

// envelope is a message as Felix sends it to Dikastes, or nothing where it does not send it.
func envelope(message interface{}) *proto.ToDataplane {
	switch message := message.(type) {
	case *proto.IPSetUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_IpsetUpdate{IpsetUpdate: message}}
	case *proto.IPSetDeltaUpdate:
		return &proto.ToDataplane{Payload: &proto.ToDataplane_IpsetDeltaUpdate{IpsetDeltaUpdate: message}}
	case *proto.ActivePolicyUpdate:
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

// rendered is a policy with the rules that Felix renders for a family of IP, chosen by Felix's own
// filter, and without their `http`, since Felix renders none. Other messages stay as they are.
func rendered(message interface{}, family uint8) interface{} {
	update, ok := message.(*proto.ActivePolicyUpdate)
	if !ok {
		return message
	}
	copied, ok := googleproto.Clone(update).(*proto.ActivePolicyUpdate)
	if !ok {
		return message
	}
	copied.Policy.InboundRules = ofFamily(copied.Policy.InboundRules, family)
	copied.Policy.OutboundRules = ofFamily(copied.Policy.OutboundRules, family)
	return copied
}

func ofFamily(all []*proto.Rule, family uint8) []*proto.Rule {
	var kept []*proto.Rule
	for _, rule := range all {
		if filtered := rules.FilterRuleToIPVersion(family, rule); filtered != nil {
			filtered.HttpMatch = nil
			kept = append(kept, filtered)
		}
	}
	return kept
}
