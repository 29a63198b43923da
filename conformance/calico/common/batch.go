// The loop from questions to answers.
package common

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// largestLine is the longest question taken, in bytes.
const largestLine = 64 << 20

// Run answers each line of the input, in order. A question that cannot be answered has an `error`.
func Run(engine Engine, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, largestLine)
	written := bufio.NewWriter(out)
	answers := json.NewEncoder(written)
	for number := 1; lines.Scan(); number++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		var question Question
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			return fmt.Errorf("line %d of the input: %w", number, err)
		}
		answer := Ask(engine, question)
		if err := answers.Encode(answer); err != nil {
			return fmt.Errorf("the answer to line %d: %w", number, err)
		}
	}
	return errors.Join(lines.Err(), written.Flush())
}

func Ask(engine Engine, question Question) Answer {
	answer := Answer{Version: engine.Version, Question: question}
	var err error
	switch question.Op {
	case "validate":
		answer.Objects, err = validate(engine, question.Objects)
	case "decide":
		answer.Verdicts, err = decide(engine, question)
	default:
		err = fmt.Errorf("no operation `%s`", question.Op)
	}
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}
