package main

import "encoding/json"

// Ask is one line of the input: policies, and the workload that they are asked about.
type Ask struct {
	ID string `json:"id"`
	// Objects is YAML text with any number of documents. All of them have to pass the checks of
	// Istio's admission webhook.
	Objects   string            `json:"objects"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
	// Ports are the workload's, each asked for its mode of mutual TLS.
	Ports []uint32 `json:"ports"`
	// TrustDomain and RootNamespace have Istio's own defaults where they are left out.
	TrustDomain        string   `json:"trustDomain"`
	TrustDomainAliases []string `json:"trustDomainAliases"`
	RootNamespace      string   `json:"rootNamespace"`
}

// Answer is one line of the output. With an error, nothing else in it means anything.
type Answer struct {
	ID    string `json:"id"`
	Error string `json:"error,omitempty"`
	// HTTP and TCP are filters of Envoy as protojson, in the order of the chain: the check of
	// tokens where there is one, then the authorization.
	HTTP []json.RawMessage `json:"http"`
	TCP  []json.RawMessage `json:"tcp"`
	// MTLS is the mode of each port: DISABLE, PERMISSIVE or STRICT.
	MTLS map[uint32]string `json:"mtls"`
	// Custom counts the policies with action CUSTOM that apply: their filters are left out, since
	// they ask a provider that is not there.
	Custom int `json:"custom"`
}
