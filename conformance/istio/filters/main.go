// Command filters asks Istio's own code what it makes of policies.
//
// Lines of JSON come in, one Ask each; lines of JSON go out in the same order, one Answer each.
// What is wrong with one line is told in its answer and does not stop the others.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "filters:", err)
		os.Exit(1)
	}
}

// run answers every line of the input.
func run(in io.Reader, out io.Writer) error {
	istiod := newIstiod()
	reader := bufio.NewReader(in)
	writer := bufio.NewWriter(out)
	encoder := json.NewEncoder(writer)
	for {
		line, err := reader.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return fmt.Errorf("reading the asks: %w", err)
		}
		if len(line) > 0 {
			if err := encoder.Encode(answerLine(istiod, line)); err != nil {
				return fmt.Errorf("writing an answer: %w", err)
			}
		}
		if err == io.EOF {
			return writer.Flush()
		}
	}
}

// answerLine never fails and never panics: a panic of Istio's is an error of its line.
func answerLine(istiod *istiod, line []byte) (answer Answer) {
	var ask Ask
	defer func() {
		if cause := recover(); cause != nil {
			answer = Answer{ID: ask.ID, Error: fmt.Sprintf("Istio panicked: %v", cause)}
		}
	}()
	if err := json.Unmarshal(line, &ask); err != nil {
		return Answer{Error: fmt.Sprintf("reading the ask: %v", err)}
	}
	answer, err := istiod.answer(ask)
	if err != nil {
		return Answer{ID: ask.ID, Error: err.Error()}
	}
	return answer
}
