// Command calico answers questions, one on each line, by the code of Calico 3.31.0, or of
// the version whose modules it is built with. After `evaluate` it is fed by an older Felix.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	"unmesh/conformance/calico/common"
)

func main() {
	if len(os.Args) != 2 || os.Args[1] != "evaluate" {
		common.Main(engine())
		return
	}
	logrus.SetOutput(io.Discard)
	if err := evaluate(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
