// The table of coverage: how many verdicts turn when a part is taken out of its policy set.
package common

import (
	"fmt"
	"io"
	"sort"
	"strings"
)

const (
	// fewest is how many verdicts each part has to turn in a large run.
	fewest = 200
	// large is how many verdicts make a run large.
	large = 100_000
)

type coverage struct {
	version, reading string
	asked, turned    map[string]int
}

func newCoverage(version, reading string) *coverage {
	return &coverage{version, reading, map[string]int{}, map[string]int{}}
}

func (c *coverage) count(label, before, after string) {
	c.asked[label] += len(before)
	c.turned[label] += turned(before, after)
}

// turned is how many verdicts differ.
func turned(before, after string) int {
	count := 0
	for index := range before {
		if before[index] != after[index] {
			count++
		}
	}
	return count
}

// least is the part that turned the fewest verdicts, among those that can turn one.
func (c *coverage) least() string {
	var found string
	for _, label := range c.labels() {
		if c.silent(label) == "" && (found == "" || c.need(label) < c.need(found)) {
			found = label
		}
	}
	return found
}

// inNeed sorts parts: the wanted one first, then by how many verdicts theirs turned so far.
func (c *coverage) inNeed(parts []part, wanted string) []part {
	before := func(one, other string) bool {
		if (one == wanted) != (other == wanted) {
			return one == wanted
		}
		return c.need(one) < c.need(other)
	}
	sort.SliceStable(parts, func(one, other int) bool { return before(parts[one].label, parts[other].label) })
	return parts
}

// need is the fewer verdicts the part turned, the smaller. What was often asked for little waits.
func (c *coverage) need(label string) int { return 10*c.turned[label] + c.asked[label]/10 }

func (c *coverage) labels() []string {
	var labels []string
	for label := range c.asked {
		labels = append(labels, label)
	}
	sort.Strings(labels)
	return labels
}

// mute are parts that turn nothing.
type mute struct {
	// reading and before are where they do so: in a reading, and before a version; everywhere without.
	reading, before string
	prefix, why     string
}

var mutes = []mute{
	{"dataplane", "", "http", "Felix renders no http"},
	{"dikastes", "", "ipVersion", "Dikastes does not read it"},
	{"dikastes", "3.30", "source notNets", "Dikastes does not read it before 3.30"},
	{"dikastes", "3.30", "destination notNets", "Dikastes does not read it before 3.30"},
	{"dikastes", "3.30", "destination notPorts", "Dikastes does not read it before 3.30"},
	{"", "", "Staged", "staged policies decide nothing"},
	{kubernetesReading, "", "policyTypes of Ingress alone", "it is so without"},
	{kubernetesReading, "", "egress", "nothing is asked that leaves a pod"},
}

// silent is why a part turns nothing, or nothing where it has to turn some.
func (c *coverage) silent(label string) string {
	for _, mute := range mutes {
		here := mute.reading == "" || mute.reading == c.reading
		now := mute.before == "" || earlier(c.version, mute.before)
		if here && now && strings.HasPrefix(label, mute.prefix) {
			return mute.why
		}
	}
	return ""
}

// say prints the table, and fails where a part that turns nothing does, or where in a large run one
// turns too little.
func (c *coverage) say(out io.Writer, verdicts int) error {
	fmt.Fprintln(out, "part of a policy set, verdicts asked without it, verdicts that turn")
	var wrong []string
	for _, label := range c.labels() {
		note, why := "", c.silent(label)
		if why != "" {
			note = ": " + why
		}
		fmt.Fprintf(out, "  %s: %d, %d%s\n", label, c.asked[label], c.turned[label], note)
		if why != "" && c.turned[label] > 0 || why == "" && verdicts >= large && c.turned[label] < fewest {
			wrong = append(wrong, label)
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("turn too few verdicts, or some where none may turn: %s", strings.Join(wrong, "; "))
	}
	return nil
}
