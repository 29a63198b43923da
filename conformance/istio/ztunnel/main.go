// Command ztunnel asks Istio's own code what it hands to ztunnel, and decides connections by it.
//
// Lines of JSON come in, one Ask each; lines of JSON go out in the same order, one Answer each.
// What is wrong with one line is told in its answer and does not stop the others. ztunnel itself is
// not asked: `evaluate.go` reads what it is handed, by the rules of the workload API.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Ask is one line of the input.
type Ask struct {
	ID string `json:"id"`
	// Objects have to pass the checks of Istio's admission webhook.
	Objects   []json.RawMessage `json:"objects"`
	Workloads []Workload        `json:"workloads"`
	Requests  []Request         `json:"requests"`
}

// Workload is a pod in ambient mode.
type Workload struct {
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels"`
}

// Request is a connection to one of the workloads.
type Request struct {
	// Workload is an index.
	Workload int `json:"workload"`
	// Peer is TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT, or nothing for plaintext.
	Peer        string `json:"peer"`
	Source      string `json:"source"`
	Destination string `json:"destination"`
	Port        uint32 `json:"port"`
}

// Answer is one line of the output. With an error, nothing else in it means anything.
type Answer struct {
	ID      string `json:"id"`
	Error   string `json:"error,omitempty"`
	Allowed []bool `json:"allowed"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ztunnel:", err)
		os.Exit(1)
	}
}

// run answers every line of the input.
func run(in io.Reader, out io.Writer) error {
	silence()
	reader := bufio.NewReader(in)
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("reading the asks: %w", err)
		}
		if len(line) > 0 {
			if err := encoder.Encode(answerLine(line)); err != nil {
				return fmt.Errorf("writing an answer: %w", err)
			}
		}
		if err == io.EOF {
			return writer.Flush()
		}
	}
}

func answerLine(line []byte) Answer {
	var ask Ask
	if err := json.Unmarshal(line, &ask); err != nil {
		return Answer{Error: fmt.Sprintf("reading the ask: %v", err)}
	}
	handed, err := hand(ask)
	if err != nil {
		return Answer{ID: ask.ID, Error: err.Error()}
	}
	answer := Answer{ID: ask.ID, Allowed: []bool{}}
	for _, request := range ask.Requests {
		allowed, err := handed.allows(request)
		if err != nil {
			return Answer{ID: ask.ID, Error: err.Error()}
		}
		answer.Allowed = append(answer.Allowed, allowed)
	}
	return answer
}
