// Whole texts, as kubectl and the API server read them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// readTexts writes a table again: a text as a JSON string, a tab, and a list of its documents. Each is
// `{"is": VALUE}` or `{"error": true}`. Documents of nothing are left out.
func readTexts(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		quoted, _, _ := strings.Cut(lines.Text(), "\t")
		var text string
		if err := json.Unmarshal([]byte(quoted), &text); err != nil {
			return fmt.Errorf("`%s` is no JSON string: %w", quoted, err)
		}
		answer, err := json.Marshal(readText([]byte(text)))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\t%s\n", quoted, answer)
	}
	return lines.Err()
}

// readText reads all documents. A separator that kubectl does not know spoils them all.
func readText(text []byte) []map[string]json.RawMessage {
	found := []map[string]json.RawMessage{}
	texts, err := documents(text)
	if err != nil {
		return append(found, map[string]json.RawMessage{"error": json.RawMessage("true")})
	}
	for _, document := range texts {
		value, err := yaml.YAMLToJSON(document)
		switch {
		case err != nil:
			found = append(found, map[string]json.RawMessage{"error": json.RawMessage("true")})
		case string(value) == "null":
		default:
			found = append(found, map[string]json.RawMessage{"is": value})
		}
	}
	return found
}
