// The evaluator alone, fed with what the Felix of an older version sends. That is a program of its own:
// both in one would register the same messages twice.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	googleproto "google.golang.org/protobuf/proto"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/felix/types"

	"unmesh/conformance/calico/common"
)

// evaluate answers the requests among the lines, each in the last state before it.
func evaluate(in io.Reader, out io.Writer) error {
	lines, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	var current *stores
	for {
		var line common.Told
		if err := lines.Decode(&line); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case line.State != nil:
			told, err := loaded(*line.State)
			if err != nil {
				return err
			}
			current = &told
		case line.Request == nil || current == nil:
			return errors.New("a line without a request, or a request before the first state")
		default:
			if err := answers.Encode(heard(*current, *line.Request)); err != nil {
				return err
			}
		}
	}
}

func heard(state stores, request common.Request) common.Heard {
	if request.Reading != "dataplane" {
		return common.Heard{Error: "an older Felix sends to the dataplane only"}
	}
	verdict, err := state.Decide(request)
	if err != nil {
		return common.Heard{Error: err.Error()}
	}
	return common.Heard{Verdict: verdict}
}

// loaded are stores with what an older Felix sends. What this version has no field for would be lost:
// that is an error.
func loaded(state common.State) (stores, error) {
	told := stores{policystore.NewPolicyStore(), policystore.NewPolicyStore(), nil, &connection{}}
	load := func(store *policystore.PolicyStore, messages [][]byte) error {
		for _, bytes := range messages {
			update := &proto.ToDataplane{}
			if err := googleproto.Unmarshal(bytes, update); err != nil {
				return err
			}
			if err := readWhole(update.ProtoReflect()); err != nil {
				return err
			}
			if endpoint := update.GetWorkloadEndpointUpdate(); endpoint != nil {
				endTiers(endpoint.Endpoint.Tiers)
			}
			store.ProcessUpdate(everyEndpoint, update, false)
			if set := update.GetIpsetUpdate(); set != nil {
				completePorts(store, set, told.asked)
			}
		}
		return allThere(store)
	}
	return told, errors.Join(load(told.dataplane4, state.Family4), load(told.dataplane6, state.Family6))
}

// endTiers says what tiers end with. Before 3.29 they end with Deny in what Felix renders, and its
// messages do not say it.
func endTiers(tiers []*proto.TierInfo) {
	for _, tier := range tiers {
		if tier.DefaultAction == "" {
			tier.DefaultAction = string(apiv3.Deny)
		}
	}
}

// allThere fails where an endpoint has a policy or a profile that the store has not. The evaluator would
// go on without it.
func allThere(store *policystore.PolicyStore) error {
	for id, endpoint := range store.Endpoints {
		for _, tier := range endpoint.Tiers {
			for _, name := range append(append([]string{}, tier.IngressPolicies...), tier.EgressPolicies...) {
				if store.PolicyByID[types.PolicyID{Tier: tier.Name, Name: name}] == nil {
					return fmt.Errorf("`%s` has no policy `%s` in tier `%s`", id.WorkloadId, name, tier.Name)
				}
			}
		}
		for _, name := range endpoint.ProfileIds {
			if store.ProfileByID[types.ProfileID{Name: name}] == nil {
				return fmt.Errorf("`%s` has no profile `%s`", id.WorkloadId, name)
			}
		}
	}
	return nil
}
