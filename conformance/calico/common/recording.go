// The form of recordings: a header, then one policy set on each line with what is decided in it.
package common

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Header is the first line: the version that decided, and the cluster in which all sets stand.
type Header struct {
	Calico     string                       `json:"calico"`
	From       string                       `json:"from"`
	Pods       []Endpoint                   `json:"pods"`
	Namespaces map[string]map[string]string `json:"namespaces"`
	// Peers are the addresses of who asks, by the names that requests use.
	Peers map[string]string `json:"peers"`
}

// Line is a policy set with its requests. In what is decided each sign is for one request: 1 is let
// through, 0 is not.
type Line struct {
	Name string `json:"name"`
	// Reading is that of requests, or `kubernetes` for NetworkPolicies alone in the dataplane.
	Reading string `json:"reading"`
	// Of is the set that this one was made of, by taking Without out of it.
	Of       string                       `json:"of,omitempty"`
	Without  string                       `json:"without,omitempty"`
	Objects  string                       `json:"objects"`
	Accounts map[string]map[string]string `json:"accounts,omitempty"`
	Ask      []string                     `json:"ask"`
	Decided  string                       `json:"decided"`
	// SubjectUnknown and AccountsUnknown are said where accounts are asked for a label: what comes out
	// whichever label the account of the pod asked has, and whichever all accounts have. A question
	// mark is for both.
	SubjectUnknown  string `json:"subject_unknown,omitempty"`
	AccountsUnknown string `json:"accounts_unknown,omitempty"`
}

func header(engine Engine, from string) Header {
	return Header{Calico: engine.Version, From: from, Pods: pods, Namespaces: namespaceLabels, Peers: peers}
}

// question is what a line asks of an engine.
func (l Line) question(header Header) (Question, error) {
	question := Question{
		Op: "decide", Name: l.Name, Objects: l.Objects, Accounts: l.Accounts,
		Endpoints: header.Pods, Namespaces: header.Namespaces,
	}
	for _, text := range l.Ask {
		request, err := parse(text, l.Reading, header.Peers)
		if err != nil {
			return Question{}, fmt.Errorf("`%s`: %w", l.Name, err)
		}
		question.Requests = append(question.Requests, request)
	}
	return question, nil
}

// Answer is what an engine says to a line of the cluster of the rows.
func (l Line) Answer(engine Engine) (Answer, error) { return l.answer(engine, header(engine, "")) }

func (l Line) answer(engine Engine, header Header) (Answer, error) {
	question, err := l.question(header)
	if err != nil {
		return Answer{}, err
	}
	answer := Ask(engine, question)
	if answer.Error != "" {
		return Answer{}, fmt.Errorf("`%s`: %s\n%s", l.Name, answer.Error, l.Objects)
	}
	return answer, nil
}

// decide is what an engine says, one sign for each request.
func (l Line) decide(engine Engine, header Header) (string, error) {
	answer, err := l.answer(engine, header)
	if err != nil {
		return "", err
	}
	var decided strings.Builder
	for _, verdict := range answer.Verdicts {
		decided.WriteByte("01"[index(verdict.Allowed)])
	}
	return decided.String(), nil
}

func index(is bool) int {
	if is {
		return 1
	}
	return 0
}

// readRecording reads a file of lines.
func readRecording(path string) (Header, []Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return Header{}, nil, err
	}
	defer file.Close()
	scanner := bufio.NewScanner(file)
	scanner.Buffer(nil, largestLine)
	var header Header
	var lines []Line
	for number := 1; scanner.Scan(); number++ {
		if number == 1 {
			err = json.Unmarshal(scanner.Bytes(), &header)
		} else {
			var line Line
			err = json.Unmarshal(scanner.Bytes(), &line)
			lines = append(lines, line)
		}
		if err != nil {
			return Header{}, nil, fmt.Errorf("%s, line %d: %w", path, number, err)
		}
	}
	return header, lines, scanner.Err()
}
