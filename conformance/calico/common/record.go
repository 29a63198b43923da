// Recordings: questions of our own with their answers, one on each line.
package common

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// record answers the rows of a file, or random questions: `rows FILE`, `random SEED SETS READING`.
func record(engine Engine, args []string, out io.Writer) error {
	questions, err := questions(engine, args)
	if err != nil {
		return err
	}
	written := bufio.NewWriter(out)
	lines := json.NewEncoder(written)
	requests, allowed := 0, 0
	for _, question := range questions {
		answer := Ask(engine, question)
		if answer.Error != "" {
			return fmt.Errorf("`%s`: %s\n%s", question.Name, answer.Error, question.Objects)
		}
		for _, verdict := range answer.Verdicts {
			requests++
			if verdict.Allowed {
				allowed++
			}
		}
		if err := lines.Encode(answer); err != nil {
			return err
		}
	}
	fmt.Fprintf(os.Stderr, "Calico %s: %d policy sets, %d requests, %d allowed\n",
		engine.Version, len(questions), requests, allowed)
	return written.Flush()
}

func questions(engine Engine, args []string) ([]Question, error) {
	if len(args) == 2 && args[0] == "rows" {
		return rowQuestions(engine, args[1])
	}
	if len(args) != 4 || args[0] != "random" {
		return nil, fmt.Errorf("usage: rows FILE, or random SEED SETS READING")
	}
	seed, first := strconv.ParseInt(args[1], 10, 64)
	sets, second := strconv.Atoi(args[2])
	if err := errors.Join(first, second); err != nil {
		return nil, err
	}
	return Random(engine, seed, sets, args[3])
}

func rowQuestions(engine Engine, path string) ([]Question, error) {
	rows, err := ReadRows(path)
	if err != nil {
		return nil, err
	}
	var found []Question
	for _, row := range rows {
		if !row.IsOf(engine.Version) {
			continue
		}
		question, err := row.Question()
		if err != nil {
			return nil, err
		}
		found = append(found, question)
	}
	return found, nil
}
