// Command calico answers questions, one on each line, by the code of Calico 3.31.0, or of
// the version whose modules it is built with.
package main

import "unmesh/conformance/calico/common"

func main() { common.Main(engine()) }
