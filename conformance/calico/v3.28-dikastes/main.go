// Command v3.28-dikastes is the evaluator of Dikastes 3.28.5, fed with messages of Felix by another
// program: both in one would register the same messages twice.
//
// Each line of the input is a state of the cluster, which is not answered, or a request, whose answer is
// `true` or `false`.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authz "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/gogo/protobuf/proto"
	"github.com/sirupsen/logrus"

	"github.com/projectcalico/calico/app-policy/checker"
	"github.com/projectcalico/calico/app-policy/policystore"
	felix "github.com/projectcalico/calico/app-policy/proto"
)

// line is one line of the input.
type line struct {
	// Messages are what Felix sends, where the line is a state.
	Messages [][]byte `json:"messages"`
	// Workload is the endpoint beside which this Dikastes stands.
	Workload    string `json:"workload"`
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Port        uint32 `json:"port"`
	Principal   string `json:"principal"`
	Method      string `json:"method"`
	Path        string `json:"path"`
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	server := checker.NewServer(context.Background(), make(chan *policystore.PolicyStore))
	lines := json.NewDecoder(bufio.NewReader(in))
	for {
		var line line
		if err := lines.Decode(&line); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if line.Messages != nil {
			store, err := filled(line)
			if err != nil {
				return err
			}
			server.Store = store
			continue
		}
		response, err := server.Check(context.Background(), request(line))
		if err != nil {
			return err
		}
		fmt.Fprintln(out, response.GetStatus().GetCode() == checker.OK)
	}
}

// filled is a store with what Felix sends about a state.
func filled(line line) (*policystore.PolicyStore, error) {
	store := policystore.NewPolicyStore()
	for _, message := range line.Messages {
		var update felix.ToDataplane
		if err := proto.Unmarshal(message, &update); err != nil {
			return nil, err
		}
		switch payload := update.Payload.(type) {
		case *felix.ToDataplane_IpsetUpdate:
			set := policystore.NewIPSet(payload.IpsetUpdate.Type)
			for _, member := range payload.IpsetUpdate.Members {
				set.AddString(member)
			}
			store.IPSetByID[payload.IpsetUpdate.Id] = set
		case *felix.ToDataplane_ActivePolicyUpdate:
			store.PolicyByID[*payload.ActivePolicyUpdate.Id] = payload.ActivePolicyUpdate.Policy
		case *felix.ToDataplane_ActiveProfileUpdate:
			store.ProfileByID[*payload.ActiveProfileUpdate.Id] = payload.ActiveProfileUpdate.Profile
		case *felix.ToDataplane_WorkloadEndpointUpdate:
			if payload.WorkloadEndpointUpdate.Id.WorkloadId == line.Workload {
				store.Endpoint = payload.WorkloadEndpointUpdate.Endpoint
			}
		case *felix.ToDataplane_ServiceAccountUpdate:
			store.ServiceAccountByID[*payload.ServiceAccountUpdate.Id] = payload.ServiceAccountUpdate
		case *felix.ToDataplane_NamespaceUpdate:
			store.NamespaceByID[*payload.NamespaceUpdate.Id] = payload.NamespaceUpdate
		default:
			return nil, fmt.Errorf("a message %T", payload)
		}
	}
	return store, nil
}

// request is what Envoy asks: over plaintext without a principal, and of a connection without HTTP.
func request(line line) *authz.CheckRequest {
	peer := func(address string, port uint32, principal string) *authz.AttributeContext_Peer {
		socket := &core.SocketAddress{
			Protocol: core.SocketAddress_TCP, Address: address,
			PortSpecifier: &core.SocketAddress_PortValue{PortValue: port},
		}
		return &authz.AttributeContext_Peer{
			Principal: principal,
			Address:   &core.Address{Address: &core.Address_SocketAddress{SocketAddress: socket}},
		}
	}
	attributes := &authz.AttributeContext{
		Source:      peer(line.Source, 40000, line.Principal),
		Destination: peer(line.Destination, line.Port, ""),
		Request:     &authz.AttributeContext_Request{},
	}
	if line.Method != "" {
		http := &authz.AttributeContext_HttpRequest{Method: line.Method, Path: line.Path}
		attributes.Request.Http = http
	}
	return &authz.CheckRequest{Attributes: attributes}
}
