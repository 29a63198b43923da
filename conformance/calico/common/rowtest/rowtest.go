// Package rowtest is the test that each version runs over the rows.
package rowtest

import (
	"strings"
	"testing"

	"unmesh/conformance/calico/common"
)

// Check asks a version what each row says of it.
func Check(t *testing.T, engine common.Engine, path string) {
	rows, err := common.ReadRows(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if !row.IsOf(engine) {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			line, err := row.Line()
			if err != nil {
				t.Fatal(err)
			}
			answer, err := line.Answer(engine)
			if err != nil {
				t.Fatal(err)
			}
			for index, text := range line.Ask {
				verdict, expected := answer.Verdicts[index], line.Decided[index] == '1'
				if verdict.Allowed != expected {
					t.Errorf("%s: allowed is %v, by %s", text, verdict.Allowed, strings.Join(verdict.By, ", "))
				}
			}
		})
	}
}
