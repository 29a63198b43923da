// Command goyaml says what Kubernetes makes of plain scalars.
//
// It reads a table of scalars (standard input, the first column of each line) and writes it again
// with what the library of kubectl and the API server makes of each:
//
//	scalar <tab> kind <tab> JSON of the value <tab> JSON of a mapping with the scalar as its key
//
// "error" stands where the library refuses the document. Columns are Go-quoted where they would
// not survive as text. The Rust tests read the result, testdata/reading/scalars.tsv; run
//
//	go run . < ../../testdata/reading/scalars.tsv
//
// and compare. With a file of documents and one of JSON it compares what unmesh wrote with what it meant.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	goyaml "go.yaml.in/yaml/v2"
	"sigs.k8s.io/yaml"
)

// kind names the type that the resolver finds.
func kind(document string) string {
	var value map[string]interface{}
	if err := goyaml.Unmarshal([]byte(document), &value); err != nil {
		return "error"
	}
	switch value["v"].(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case int, int64, uint64:
		return "int"
	case float64:
		return "float"
	case string:
		return "string"
	default:
		return fmt.Sprintf("%T", value["v"])
	}
}

// value is the JSON of the value of v.
func value(document string) string {
	json, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return "error"
	}
	return strings.TrimSuffix(strings.TrimPrefix(string(json), `{"v":`), "}")
}

// key is the JSON of a document.
func key(document string) string {
	json, err := yaml.YAMLToJSON([]byte(document))
	if err != nil {
		return "error"
	}
	return string(json)
}

func main() {
	if len(os.Args) == 3 {
		if err := compare(os.Args[1], os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		scalar, _, _ := strings.Cut(lines.Text(), "\t")
		document := "v: " + scalar + "\n"
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", scalar, kind(document), value(document), key("? "+scalar+"\n: 0\n"))
	}
}
