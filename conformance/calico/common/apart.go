// A calculation graph and an evaluator that are of two versions are two programs: this is what the one
// tells the other, and what it hears, one JSON object on each line.
package common

// Told is a state of the cluster, which is not answered, or a request.
type Told struct {
	State   *State   `json:"state,omitempty"`
	Request *Request `json:"request,omitempty"`
}

// State is what Felix sends to its dataplane, each a `ToDataplane` in the form of the wire. The policies
// have the rules that Felix renders for a family of IP.
type State struct {
	Family4 [][]byte `json:"family4"`
	Family6 [][]byte `json:"family6"`
}

// Heard is the answer to a request.
type Heard struct {
	Verdict Verdict `json:"verdict"`
	Error   string  `json:"error,omitempty"`
}
