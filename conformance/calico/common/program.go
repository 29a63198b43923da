// The command line, the same for every version.
package common

import (
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"
)

// Main answers the questions on the standard input, judges the folders after `validate`,
// or records answers to questions of its own after `rows` and `random`, and asks them `again`, or all
// of a changed recording after `answer`.
func Main(engine Engine) {
	// Calico logs each object that it drops. The answers say it already.
	logrus.SetOutput(io.Discard)
	if err := run(engine, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		os.Exit(1)
	}
}

func run(engine Engine, args []string) error {
	if len(args) == 0 {
		return Run(engine, os.Stdin, os.Stdout)
	}
	switch args[0] {
	case "validate":
		return Validate(engine, args[1:], os.Stdout)
	case "rows", "random":
		return record(engine, args, os.Stdout)
	case "again":
		return again(engine, args[1:], os.Stdout)
	case "answer":
		return answerAgain(engine, args[1:], os.Stdout)
	default:
		return fmt.Errorf("usage: PROGRAM < QUESTIONS, validate FOLDER..., rows FILE, " +
			"random SEED SETS READING, again RECORDING TEXT COUNT, or answer RECORDING")
	}
}
