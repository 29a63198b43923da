// What unmesh writes, as the library of kubectl reads it.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"sigs.k8s.io/yaml"
)

// compare reads a stream of documents and holds it against a JSON list of what was meant. No key may
// stand twice.
func compare(stream, expected string) error {
	text, err := os.ReadFile(stream)
	if err != nil {
		return err
	}
	meant, err := os.ReadFile(expected)
	if err != nil {
		return err
	}
	var wanted []any
	if err := json.Unmarshal(meant, &wanted); err != nil {
		return err
	}
	documents := bytes.Split(bytes.TrimPrefix(text, []byte("---\n")), []byte("\n---\n"))
	if len(documents) != len(wanted) {
		return fmt.Errorf("%d documents are written, %d were meant", len(documents), len(wanted))
	}
	for number, document := range documents {
		var found any
		if err := yaml.UnmarshalStrict(document, &found); err != nil {
			return fmt.Errorf("document %d: %w\n%s", number, err, document)
		}
		if !reflect.DeepEqual(found, wanted[number]) {
			return fmt.Errorf("document %d is read as\n%v\nand was meant as\n%v", number, found, wanted[number])
		}
	}
	fmt.Printf("%d documents, all read as they were meant\n", len(documents))
	return nil
}
