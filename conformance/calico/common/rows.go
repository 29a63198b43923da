// Rows written by hand: a policy set, who is let through and who is not. They are asked of every
// version by its tests, and their answers are a part of the recording.
package common

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// Row is one entry of `rows.yaml`.
type Row struct {
	Name string `json:"name"`
	// Fact is why the verdicts are expected.
	Fact string `json:"fact"`
	// Objects are specs by KIND/NAME, or KIND/NAMESPACE/NAME.
	Objects map[string]any `json:"objects"`
	// Reading is `dataplane` where it is not given.
	Reading string `json:"reading"`
	// Since and Before are the versions that behave so, where not all do.
	Since  string `json:"since"`
	Before string `json:"before"`
	// Evaluator is the first whose evaluator can be asked.
	Evaluator string   `json:"evaluator"`
	Allow     []string `json:"allow"`
	Deny      []string `json:"deny"`
}

// peers are who asks, by the name that rows use. The pod asked is `shop/db`.
var peers = map[string]string{
	"web": "10.1.0.1", "api": "10.1.0.2", "cart": "10.2.0.1", "twin": "10.2.0.2",
	"outside": "203.0.113.9", "partner": "198.51.100.7", "outside6": "2001:db8::9", "web6": "fd00::1",
}

// pods are the endpoints of each row.
var pods = []Endpoint{
	{Namespace: "shop", Name: "db", Account: "db", Labels: map[string]string{"app": "db"},
		Addresses: []string{"10.1.0.5", "fd00::5"},
		Ports:     []NamedPort{{Name: "http", Number: 8080}, {Name: "dns", Number: 53, Protocol: "UDP"}}},
	{Namespace: "shop", Name: "web", Account: "web", Addresses: []string{"10.1.0.1", "fd00::1"},
		Labels: map[string]string{"app": "web", "release": "v12-beta"}},
	{Namespace: "shop", Name: "api", Account: "api", Addresses: []string{"10.1.0.2"},
		Labels: map[string]string{"app": "api"}},
	{Namespace: "pay", Name: "cart", Account: "cart", Addresses: []string{"10.2.0.1"},
		Labels: map[string]string{"app": "cart", "release": "v12-beta"}},
	{Namespace: "pay", Name: "twin", Account: "web", Addresses: []string{"10.2.0.2"},
		Labels: map[string]string{"app": "web"}},
}

var namespaceLabels = map[string]map[string]string{
	"shop": {"team": "red"}, "pay": {"team": "blue", "env": "prod"},
}

// protocols are numbers of IP by the names that rows use.
var protocols = map[string]int{
	"TCP": 6, "UDP": 17, "SCTP": 132, "ICMP": 1, "ICMPv6": 58, "UDPLite": 136, "GRE": 47,
}

// ReadRows reads a file of rows.
func ReadRows(path string) ([]Row, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows []Row
	if err := yaml.UnmarshalStrict(text, &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}

// Line is what a row asks, those let through first, and what it expects.
func (r Row) Line() (Line, error) {
	objects, err := text(r.Objects)
	if err != nil {
		return Line{}, fmt.Errorf("row `%s`: %w", r.Name, err)
	}
	line := Line{Name: r.Name, Reading: r.Reading, Objects: objects}
	if line.Reading == "" {
		line.Reading = "dataplane"
	}
	line.Ask = append(append(line.Ask, r.Allow...), r.Deny...)
	line.Decided = strings.Repeat("1", len(r.Allow)) + strings.Repeat("0", len(r.Deny))
	return line, nil
}

func document(name string, spec any) (string, error) {
	parts := strings.Split(name, "/")
	metadata := map[string]any{"name": parts[len(parts)-1]}
	if len(parts) == 3 {
		metadata["namespace"] = parts[1]
	}
	version, kind := calicoAPI, parts[0]
	if kind == "KubernetesNetworkPolicy" {
		version, kind = "networking.k8s.io/v1", "NetworkPolicy"
	}
	labelled, ok := spec.(map[string]any)
	if ok && strings.HasSuffix(kind, "Set") {
		// A set is matched by its labels, which are beside its spec.
		metadata["labels"] = labelled["labels"]
		spec = map[string]any{"nets": labelled["nets"]}
	}
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec,
	})
	return string(text), err
}

// parse reads `PEER[+mtls][:PORT[/PROTOCOL]] [METHOD PATH]`.
func parse(text, reading string, peers map[string]string) (Request, error) {
	words := strings.Fields(text)
	target, rest, _ := strings.Cut(words[0], ":")
	if rest == "" {
		rest = "8080"
	}
	number, protocol, _ := strings.Cut(rest, "/")
	if protocol == "" {
		protocol = "TCP"
	}
	port, err := strconv.Atoi(number)
	if err != nil {
		return Request{}, err
	}
	if reading == kubernetesReading {
		reading = "dataplane"
	}
	peer, identity := strings.CutSuffix(target, "+mtls")
	source, known := peers[peer]
	if !known || protocols[protocol] == 0 {
		return Request{}, fmt.Errorf("`%s` is not understood", text)
	}
	request := Request{
		Source: source, Destination: "shop/db", Protocol: protocols[protocol], Port: port, Reading: reading,
	}
	if identity {
		request.Principal = principal(source)
	}
	if len(words) == 3 {
		request.Method, request.Path = words[1], words[2]
	}
	return request, nil
}

// principal is the identity of the pod at an address; nobody else has one.
func principal(address string) string {
	for _, pod := range pods {
		for _, own := range pod.Addresses {
			if own == address {
				return fmt.Sprintf("spiffe://cluster.local/ns/%s/sa/%s", pod.Namespace, pod.Account)
			}
		}
	}
	return ""
}
