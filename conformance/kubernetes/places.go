// Awkward scalars in places that unmesh reads, judged by Istio's schemas and by unmesh.
package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

//go:embed places.yaml
var placesText []byte

// place is a document with a place for a scalar.
type place struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// judgePlaces tries each scalar of a table, its first column, in each place.
func judgePlaces(unmesh, table string, out io.Writer) error {
	var places []place
	if err := yaml.UnmarshalStrict(placesText, &places); err != nil {
		return fmt.Errorf("places.yaml: %w", err)
	}
	text, err := os.ReadFile(table)
	if err != nil {
		return err
	}
	found, err := newComparison(unmesh, out)
	if err != nil {
		return err
	}
	for _, place := range places {
		before := *found
		for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
			scalar, _, _ := strings.Cut(line, "\t")
			document := strings.ReplaceAll(place.Text, "SCALAR", scalar)
			if err := found.document(fmt.Sprintf("%s: `%s`", place.Name, scalar), []byte(document)); err != nil {
				return err
			}
		}
		fmt.Fprintf(out, "%s: %d scalars taken, %d refused\n", place.Name,
			found.accepted-before.accepted, found.refused-before.refused)
	}
	if found.differ > 0 || found.accepted == 0 {
		return errors.New("not all is judged alike, or nothing is there")
	}
	return nil
}
