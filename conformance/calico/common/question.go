// Package common is what the programs for each version of Calico share: how they are asked, and the
// steps that are the same in every version.
//
// This file is the form of the questions and answers: one JSON object on each line.
package common

// Question is one line of the input.
type Question struct {
	// Op is "validate" or "decide".
	Op   string `json:"op"`
	Name string `json:"name"`
	// Objects is the text of Calico and Kubernetes objects, as YAML documents.
	Objects string `json:"objects"`
	// Endpoints are the pods of the cluster.
	Endpoints []Endpoint `json:"endpoints,omitempty"`
	// Namespaces are the labels of namespaces. Those of endpoints that are not named have none.
	Namespaces map[string]map[string]string `json:"namespaces,omitempty"`
	// Accounts are the labels of service accounts, NAMESPACE/NAME. Others have none.
	Accounts map[string]map[string]string `json:"accounts,omitempty"`
	Requests []Request                    `json:"requests,omitempty"`
}

// Endpoint is a pod that Calico polices.
type Endpoint struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Account   string            `json:"account"`
	Labels    map[string]string `json:"labels,omitempty"`
	// Addresses are at most one of each family.
	Addresses []string `json:"addresses"`
	// Ports are the named ports of its only container.
	Ports []NamedPort `json:"ports,omitempty"`
}

// NamedPort is a port of a container. An empty protocol is TCP.
type NamedPort struct {
	Name     string `json:"name"`
	Number   int32  `json:"number"`
	Protocol string `json:"protocol,omitempty"`
}

// Request is a connection, and a request in it where Method is set.
type Request struct {
	// Source is the address of the client: of an endpoint, of a network set or of nobody.
	Source string `json:"source"`
	// Destination is NAMESPACE/NAME of the endpoint that is asked.
	Destination string `json:"destination"`
	// Protocol is the number of IP.
	Protocol int `json:"protocol"`
	Port     int `json:"port"`
	// SourcePort is 0 where it does not matter, and sent as 40000.
	SourcePort int `json:"source_port,omitempty"`
	// Principal is the SPIFFE identity that a sidecar has seen. It matters to Dikastes only.
	Principal string `json:"principal,omitempty"`
	Method    string `json:"method,omitempty"`
	Path      string `json:"path,omitempty"`
	// Egress asks the policies of the source about what it sends: Source is then NAMESPACE/NAME, and
	// Destination an address.
	Egress bool `json:"egress,omitempty"`
	// Reading is "dataplane" (Felix renders a rule without its `http`) or "dikastes" (with it).
	Reading string `json:"reading"`
}

// Verdict is what Calico decides on a request.
type Verdict struct {
	Allowed bool `json:"allowed"`
	// By is the trace of rules that decided, in Calico's words.
	By []string `json:"by"`
}

// Object is what the validator says of one object.
type Object struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// Judged is false for a kind that this version has no validator for.
	Judged   bool   `json:"judged"`
	Accepted bool   `json:"accepted"`
	Error    string `json:"error,omitempty"`
}

// Answer is one line of the output. It repeats the question, so that a recording stands alone.
type Answer struct {
	Version  string    `json:"version"`
	Question Question  `json:"question"`
	Objects  []Object  `json:"objects,omitempty"`
	Verdicts []Verdict `json:"verdicts,omitempty"`
	Error    string    `json:"error,omitempty"`
}
