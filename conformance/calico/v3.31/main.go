// Command calico answers questions, one on each line, by the code of Calico 3.31.0, or of
// the version whose modules it is built with.
package main

import (
	"os"

	"unmesh/conformance/calico/common"
)

func main() {
	// Requests to an older Dikastes are decided by the program that this names.
	if program := os.Getenv("UNMESH_CALICO_DIKASTES_3_28"); program != "" {
		common.Main(older("3.28.5", program))
		return
	}
	common.Main(engine())
}
