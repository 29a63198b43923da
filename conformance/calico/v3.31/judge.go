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

// judge holds one state of the cluster, as the dataplane and as Dikastes see it.
type judge struct {
	dataplane, dikastes *policystore.PolicyStore
}

func (j judge) Decide(request common.Request) (common.Verdict, error) {
	store := j.dataplane
	switch request.Reading {
	case "dataplane":
	case "dikastes":
		store = j.dikastes
	default:
		return common.Verdict{}, fmt.Errorf("no reading `%s`", request.Reading)
	}
	asked, direction := request.Destination, rules.RuleDirIngress
	if request.Egress {
		asked, direction = request.Source, rules.RuleDirEgress
	}
	endpoint, err := find(store, asked)
	if err != nil {
		return common.Verdict{}, err
	}
	flow := &flow{request: request, source: net.ParseIP(request.Source), destination: address(endpoint)}
	if request.Egress {
		flow.source, flow.destination = address(endpoint), net.ParseIP(request.Destination)
	}
	if flow.source == nil || flow.destination == nil {
		return common.Verdict{}, fmt.Errorf("no address")
	}
	return verdict(checker.Evaluate(direction, store, endpoint, flow)), nil
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

func address(endpoint *proto.WorkloadEndpoint) net.IP {
	for _, network := range append(endpoint.Ipv4Nets, endpoint.Ipv6Nets...) {
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
