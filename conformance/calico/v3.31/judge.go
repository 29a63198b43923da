// Requests, decided by Calico's own evaluator of policy.
package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/projectcalico/calico/app-policy/checker"
	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/felix/proto"
	"github.com/projectcalico/calico/felix/rules"

	"unmesh/conformance/calico/common"
)

// stores are one state of the cluster: as the dataplane has it for each family of IP, and as Dikastes
// has it.
type stores struct {
	dataplane4, dataplane6, dikastes *policystore.PolicyStore
	asked                            *connection
}

// of is the store that answers for a reading and an address.
func (s stores) of(reading string, peer net.IP) (*policystore.PolicyStore, error) {
	switch {
	case reading == "dikastes":
		return s.dikastes, nil
	case reading != "dataplane":
		return nil, fmt.Errorf("no reading `%s`", reading)
	case peer.To4() == nil:
		return s.dataplane6, nil
	default:
		return s.dataplane4, nil
	}
}

func (s stores) Decide(request common.Request) (common.Verdict, error) {
	peer := request.Source
	if request.Egress {
		peer = request.Destination
	}
	store, err := s.of(request.Reading, net.ParseIP(peer))
	if err != nil {
		return common.Verdict{}, err
	}
	asked, direction := request.Destination, rules.RuleDirIngress
	if request.Egress {
		asked, direction = request.Source, rules.RuleDirEgress
	}
	endpoint, err := find(store, asked)
	if err != nil {
		return common.Verdict{}, err
	}
	flow := &flow{request: request, source: net.ParseIP(request.Source)}
	flow.destination = address(endpoint, flow.source)
	if request.Egress {
		flow.destination = net.ParseIP(request.Destination)
		flow.source = address(endpoint, flow.destination)
	}
	if flow.source == nil || flow.destination == nil {
		return common.Verdict{}, fmt.Errorf("no address of the same family")
	}
	*s.asked = connection{flow.destination, request.Protocol}
	return verdict(checker.Evaluate(direction, store, endpoint, flow))
}

// find is the endpoint of a pod, NAMESPACE/NAME.
func find(store *policystore.PolicyStore, name string) (*proto.WorkloadEndpoint, error) {
	for id, endpoint := range store.Endpoints {
		if id.WorkloadId == name {
			return endpoint, nil
		}
	}
	return nil, fmt.Errorf("felix made no endpoint of `%s`", name)
}

// address is the endpoint's own, of the family of its peer's.
func address(endpoint *proto.WorkloadEndpoint, peer net.IP) net.IP {
	networks := endpoint.Ipv6Nets
	if peer.To4() != nil {
		networks = endpoint.Ipv4Nets
	}
	for _, network := range networks {
		text, _, _ := strings.Cut(network, "/")
		return net.ParseIP(text)
	}
	return nil
}

// flow is a request as the evaluator asks about it.
type flow struct {
	request             common.Request
	source, destination net.IP
}

func (f *flow) GetSourceIP() net.IP  { return f.source }
func (f *flow) GetDestIP() net.IP    { return f.destination }
func (f *flow) GetDestPort() int     { return f.request.Port }
func (f *flow) GetProtocol() int     { return f.request.Protocol }
func (f *flow) GetHttpPath() *string { return present(f.request.Path) }

func (f *flow) GetHttpMethod() *string             { return present(f.request.Method) }
func (f *flow) GetSourcePrincipal() *string        { return present(f.request.Principal) }
func (f *flow) GetDestPrincipal() *string          { return nil }
func (f *flow) GetSourceLabels() map[string]string { return nil }
func (f *flow) GetDestLabels() map[string]string   { return nil }

func (f *flow) GetSourcePort() int {
	if f.request.SourcePort == 0 {
		return 40000
	}
	return f.request.SourcePort
}

// present is a text of its own, since the evaluator cuts the path in place.
func present(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
