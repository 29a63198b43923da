// Asking again about some of what is recorded.
package common

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
)

// place is one request of a recording.
type place struct {
	line, request int
	key           string
}

// again asks about COUNT recorded requests, chosen by a text: `again RECORDING TEXT COUNT`. Any other
// answer is an error.
func again(engine Engine, args []string, out io.Writer) error {
	if len(args) != 3 {
		return fmt.Errorf("usage: again RECORDING TEXT COUNT")
	}
	header, lines, err := readRecording(args[0])
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	if header.Calico != engine.Version {
		return fmt.Errorf("`%s` is of Calico %s, and this is %s", args[0], header.Calico, engine.Version)
	}
	places := chosen(lines, args[1])
	if len(places) < count || count < 1 {
		return fmt.Errorf("`%s` has %d requests, and %d are to be asked", args[0], len(places), count)
	}
	var wrong []string
	for _, place := range places[:count] {
		line := lines[place.line]
		line.Ask = line.Ask[place.request : place.request+1]
		decided, err := line.decide(engine, header)
		if err != nil {
			return err
		}
		if recorded := lines[place.line].Decided[place.request : place.request+1]; decided != recorded {
			said := fmt.Sprintf("%s: `%s` is %s, and %s is recorded", line.Name, line.Ask[0], decided, recorded)
			wrong = append(wrong, said)
		}
	}
	fmt.Fprintf(out, "Calico %s: %d of %d recorded requests asked again, %d differ\n",
		engine.Version, count, len(places), len(wrong))
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// chosen are all requests in an order that a text decides.
func chosen(lines []Line, text string) []place {
	var places []place
	for line := range lines {
		for request := range lines[line].Ask {
			sum := sha256.Sum256([]byte(fmt.Sprintf("%s %d %d", text, line, request)))
			places = append(places, place{line, request, hex.EncodeToString(sum[:])})
		}
	}
	sort.Slice(places, func(one, other int) bool { return places[one].key < places[other].key })
	return places
}
