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
		if !row.IsOf(engine.Version) {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			question, err := row.Question()
			if err != nil {
				t.Fatal(err)
			}
			answer := common.Ask(engine, question)
			if answer.Error != "" {
				t.Fatal(answer.Error)
			}
			for index, text := range append(append([]string{}, row.Allow...), row.Deny...) {
				verdict, expected := answer.Verdicts[index], index < len(row.Allow)
				if verdict.Allowed != expected {
					t.Errorf("%s: allowed is %v, by %s", text, verdict.Allowed, strings.Join(verdict.By, ", "))
				}
			}
		})
	}
}
