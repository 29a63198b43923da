// The evaluator of an older Dikastes, which is a program of its own. It is fed with what this Felix sends
// to its Dikastes, in a cluster that has nothing that the older version does not know.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	googleproto "google.golang.org/protobuf/proto"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"

	"unmesh/conformance/calico/common"
)

// older is an engine whose evaluator is another program.
func older(version, program string) common.Engine {
	kinds := kinds()
	for _, newer := range []string{
		apiv3.KindTier, apiv3.KindStagedNetworkPolicy, apiv3.KindStagedGlobalNetworkPolicy,
	} {
		delete(kinds, newer)
	}
	child := &child{program: program}
	start := func(updates []api.Update) (common.Judge, error) { return child.start(updates) }
	return common.Engine{Version: version, Kinds: kinds, Start: start}
}

// child is the other program, started when it is first needed. It ends with this one.
type child struct {
	program string
	in      *json.Encoder
	out     *bufio.Reader
}

// elsewhere is a state of the cluster that the child has last been told.
type elsewhere struct {
	child    *child
	store    *policystore.PolicyStore
	messages [][]byte
	told     string
}

func (c *child) start(updates []api.Update) (common.Judge, error) {
	state := &elsewhere{child: c, store: policystore.NewPolicyStore()}
	var failed error
	err := calculate(updates, func(message interface{}) {
		wrapped := envelope(message)
		if wrapped == nil {
			return
		}
		// This store is only asked for addresses.
		state.store.ProcessUpdate(everyEndpoint, wrapped, false)
		bytes, err := googleproto.Marshal(wrapped)
		if err != nil {
			failed = err
		}
		state.messages = append(state.messages, bytes)
	})
	if err != nil {
		return nil, err
	}
	return state, failed
}

func (e *elsewhere) Decide(request common.Request) (common.Verdict, error) {
	if request.Reading != "dikastes" || request.Egress || request.Protocol != 6 {
		return common.Verdict{}, fmt.Errorf("an older Dikastes is asked about TCP to its pod alone")
	}
	endpoint, err := find(e.store, request.Destination)
	if err != nil {
		return common.Verdict{}, err
	}
	own := address(endpoint, net.ParseIP(request.Source))
	if own == nil {
		return common.Verdict{}, fmt.Errorf("no address of the same family")
	}
	if e.told != request.Destination {
		e.told = request.Destination
		state := map[string]any{"messages": e.messages, "workload": request.Destination}
		if err := e.child.say(state); err != nil {
			return common.Verdict{}, err
		}
	}
	asked := map[string]any{
		"source": request.Source, "destination": own.String(), "port": request.Port,
		"principal": request.Principal, "method": request.Method, "path": request.Path,
	}
	if err := e.child.say(asked); err != nil {
		return common.Verdict{}, err
	}
	answer, err := e.child.out.ReadString('\n')
	return common.Verdict{Allowed: answer == "true\n", By: []string{}}, err
}

func (c *child) say(line any) error {
	if c.in == nil {
		command := exec.Command(c.program)
		command.Stderr = os.Stderr
		in, err := command.StdinPipe()
		if err != nil {
			return err
		}
		out, err := command.StdoutPipe()
		if err != nil {
			return err
		}
		if err := command.Start(); err != nil {
			return err
		}
		c.in, c.out = json.NewEncoder(io.Writer(in)), bufio.NewReader(out)
	}
	return c.in.Encode(line)
}
