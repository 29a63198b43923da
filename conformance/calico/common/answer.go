// Recordings answered anew: for the program that makes disagreements small.
package common

import (
	"fmt"
	"io"
)

// answerAgain decides every line of a recording: `answer RECORDING`. Lines that Calico does not take are
// left out, so that names tell which are there.
func answerAgain(engine Engine, args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("usage: answer RECORDING")
	}
	header, asked, err := readRecording(args[0])
	if err != nil {
		return err
	}
	var answered []Line
	for _, line := range asked {
		decided, err := line.decide(engine, header)
		if err != nil {
			continue
		}
		line.Decided, line.SubjectUnknown, line.AccountsUnknown = decided, "", ""
		if len(line.Accounts) > 0 {
			if err := line.askWithout(engine, header); err != nil {
				return err
			}
		}
		answered = append(answered, line)
	}
	return write(header, answered, out)
}
