// Requests, decided by two other programs, which this one tells what its Felix sends.
package main

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/projectcalico/calico/felix/proto"

	"unmesh/conformance/calico/common"
)

var (
	// evaluator is that of 3.31, which stands for the dataplane: that of 3.28 reads neither notNets nor
	// notPorts.
	evaluator = &child{name: "v3.31", args: []string{"evaluate"}}
	// dikastes is the server of 3.28. Its messages and Felix's register the same names, so that no
	// program can have both ends at once.
	dikastes = &child{name: "v3.28-dikastes"}
)

// state is what this Felix sends about a cluster.
type state struct {
	dataplane common.State
	dikastes  [][]byte
	endpoints map[string]*proto.WorkloadEndpoint
}

func (s *state) Decide(request common.Request) (common.Verdict, error) {
	switch request.Reading {
	case "dataplane":
		return s.asDataplane(request)
	case "dikastes":
		return s.asDikastes(request)
	default:
		return common.Verdict{}, fmt.Errorf("no reading `%s`", request.Reading)
	}
}

func (s *state) asDataplane(request common.Request) (common.Verdict, error) {
	if err := evaluator.tell(s, "", common.Told{State: &s.dataplane}); err != nil {
		return common.Verdict{}, err
	}
	var heard common.Heard
	if err := evaluator.ask(common.Told{Request: &request}, &heard); err != nil {
		return common.Verdict{}, err
	}
	if heard.Error != "" {
		return common.Verdict{}, errors.New(heard.Error)
	}
	return heard.Verdict, nil
}

func (s *state) asDikastes(request common.Request) (common.Verdict, error) {
	if request.Egress || request.Protocol != 6 {
		return common.Verdict{}, fmt.Errorf("this Dikastes is asked about TCP to its pod alone")
	}
	own, err := s.address(request.Destination, net.ParseIP(request.Source))
	if err != nil {
		return common.Verdict{}, err
	}
	told := map[string]any{"messages": s.dikastes, "workload": request.Destination}
	if err := dikastes.tell(s, request.Destination, told); err != nil {
		return common.Verdict{}, err
	}
	asked := map[string]any{
		"source": request.Source, "destination": own, "port": request.Port,
		"principal": request.Principal, "method": request.Method, "path": request.Path,
	}
	verdict := common.Verdict{By: []string{}}
	return verdict, dikastes.ask(asked, &verdict.Allowed)
}

// address is an endpoint's own, of the family of its peer's.
func (s *state) address(name string, peer net.IP) (string, error) {
	endpoint := s.endpoints[name]
	if endpoint == nil {
		return "", fmt.Errorf("felix made no endpoint of `%s`", name)
	}
	networks := endpoint.Ipv6Nets
	if peer.To4() != nil {
		networks = endpoint.Ipv4Nets
	}
	for _, network := range networks {
		text, _, _ := strings.Cut(network, "/")
		return text, nil
	}
	return "", fmt.Errorf("`%s` has no address of the same family", name)
}
