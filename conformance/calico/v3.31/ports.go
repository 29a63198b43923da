// Named ports, asked as the dataplane asks about them.
package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/felix/proto"
)

// connection is what is asked at the moment.
type connection struct {
	address  net.IP
	protocol int
}

// protocolsOfPorts are the protocols of the members of Felix's sets, by their numbers.
var protocolsOfPorts = map[int]string{6: "tcp", 17: "udp", 132: "sctp"}

// portSet is a set of Felix's that holds the addresses with protocol and port that a named port stands
// for. The dataplane looks for all three of a connection in it; the evaluator only for the number, which
// is completed here by what is asked at the moment.
type portSet struct {
	policystore.IPSet
	asked *connection
}

func (s portSet) Contains(member string) bool {
	if strings.Contains(member, ",") {
		return s.IPSet.Contains(member)
	}
	protocol, ports := protocolsOfPorts[s.asked.protocol]
	return ports && s.IPSet.Contains(fmt.Sprintf("%s,%s:%s", s.asked.address, protocol, member))
}

// completePorts has a new set of ports asked in this way.
func completePorts(store *policystore.PolicyStore, message interface{}, asked *connection) {
	update, ok := message.(*proto.IPSetUpdate)
	if ok && update.Type == proto.IPSetUpdate_IP_AND_PORT {
		store.IPSetByID[update.Id] = portSet{store.IPSetByID[update.Id], asked}
	}
}
