// From updates to what Felix sends to its dataplane and to Dikastes.
package main

import (
	"fmt"

	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/config"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/felix/rules"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"

	"unmesh/conformance/calico/common"
)

// ready is what Calico's controllers write when the datastore can be read.
func ready() api.Update {
	pair := model.KVPair{Key: model.ReadyFlagKey{}, Value: true}
	return api.Update{UpdateType: api.UpdateTypeKVNew, KVPair: pair}
}

// start makes what the dataplane and Dikastes are told of a cluster.
func start(updates []api.Update) (common.Judge, error) {
	state := &state{endpoints: map[string]*proto.WorkloadEndpoint{}}
	var failed error
	err := calculate(updates, func(message interface{}) {
		if update, ok := message.(*proto.WorkloadEndpointUpdate); ok {
			state.endpoints[update.Id.WorkloadId] = update.Endpoint
		}
		for _, told := range []struct {
			messages *[][]byte
			message  interface{}
		}{
			{&state.dataplane.Family4, rendered(message, 4)},
			{&state.dataplane.Family6, rendered(message, 6)},
			{&state.dikastes, message},
		} {
			if wrapped := envelope(told.message); wrapped != nil {
				bytes, err := wrapped.Marshal()
				if err != nil {
					failed = err
				}
				*told.messages = append(*told.messages, bytes)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return state, failed
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
	graph := calc.NewCalculationGraph(sequencer, conf, func() {})
	filter := calc.NewValidationFilter(graph, conf)
	filter.OnStatusUpdated(api.ResyncInProgress)
	filter.OnUpdates(append([]api.Update{ready()}, updates...))
	filter.OnStatusUpdated(api.InSync)
	graph.Flush()
	sequencer.Flush()
	return failed
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
	policy := *update.Policy
	policy.InboundRules = ofFamily(policy.InboundRules, family)
	policy.OutboundRules = ofFamily(policy.OutboundRules, family)
	return &proto.ActivePolicyUpdate{Id: update.Id, Policy: &policy}
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
