// Recordings of questions of our own: of rows, and of random policy sets.
package common

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// record writes `rows FILE`, or `random SEED SETS READING`.
func record(engine Engine, args []string, out io.Writer) error {
	switch {
	case len(args) == 2 && args[0] == "rows":
		lines, err := rowLines(engine, args[1])
		if err != nil {
			return err
		}
		return write(header(engine, "rows"), lines, out)
	case len(args) == 4 && args[0] == "random":
		return recordRandom(engine, args[1], args[2], args[3], out)
	default:
		return fmt.Errorf("usage: rows FILE, or random SEED SETS READING")
	}
}

func recordRandom(engine Engine, seedText, setsText, reading string, out io.Writer) error {
	seed, first := strconv.ParseInt(seedText, 10, 64)
	sets, second := strconv.Atoi(setsText)
	if err := errors.Join(first, second); err != nil {
		return err
	}
	lines, coverage, err := Random(engine, seed, sets, reading)
	if err != nil {
		return err
	}
	if err := write(header(engine, "seed "+seedText), lines, out); err != nil {
		return err
	}
	requests, allowed := 0, 0
	for _, line := range lines {
		requests += len(line.Decided)
		allowed += strings.Count(line.Decided, "1")
	}
	if err := coverage.say(os.Stderr, requests); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "Calico %s, %s, seed %d: %d policy sets, %d requests, %d allowed\n",
		engine.Version, reading, seed, len(lines), requests, allowed)
	if allowed*10 < requests*3 || allowed*10 > requests*7 {
		return errors.New("verdicts of one kind")
	}
	return nil
}

func rowLines(engine Engine, path string) ([]Line, error) {
	rows, err := ReadRows(path)
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, row := range rows {
		if !row.IsOf(engine) {
			continue
		}
		line, err := row.Line()
		if err != nil {
			return nil, err
		}
		if line.Decided, err = line.decide(engine, header(engine, "rows")); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func write(header Header, lines []Line, out io.Writer) error {
	written := bufio.NewWriter(out)
	encoder := json.NewEncoder(written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(header); err != nil {
		return err
	}
	for _, line := range lines {
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return written.Flush()
}
