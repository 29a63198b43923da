// Objects of Calico, judged by the schemas of a version.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

const (
	written = "projectcalico.org/v3"
	stored  = "crd.projectcalico.org/v1"
)

// decode reads a document as the API server does: no key twice, integers as integers.
func decode(document []byte) (map[string]any, error) {
	json, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	var value any
	if err := utiljson.Unmarshal(json, &value); err != nil {
		return nil, err
	}
	if value == nil {
		return nil, nil
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("a document that is no object")
	}
	return object, nil
}

func kindOf(object map[string]any) kind {
	version, _ := object["apiVersion"].(string)
	name, _ := object["kind"].(string)
	return kind{version, name}
}

// judgeCalico has an object judged under the name that Calico stores it by.
func (s schemas) judgeCalico(object map[string]any) (judgement, bool) {
	key := kindOf(object)
	if key.apiVersion != written {
		return judgement{}, false
	}
	definition, known := s.definitions[kind{stored, key.name}]
	if !known {
		return judgement{refused: []string{"no such kind"}}, true
	}
	object["apiVersion"] = stored
	metadata, _ := object["metadata"].(map[string]any)
	if name, ok := metadata["name"].(string); ok && strings.HasSuffix(key.name, "Policy") {
		metadata["name"] = s.prefix + name
	}
	return definition.judge(object), true
}

// yamlFiles calls `each` with every YAML file below folders, in order.
func yamlFiles(folders []string, each func(path string, text []byte) error) error {
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			extension := filepath.Ext(path)
			if err != nil || entry.IsDir() || extension != ".yaml" && extension != ".yml" {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return each(path, text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// judgeObjects says what is refused below folders, and counts. Nothing to judge is an error too.
func judgeObjects(name string, folders []string, out io.Writer) error {
	schemas, err := schemasOf(name)
	if err != nil {
		return err
	}
	accepted, failed := map[string]int{}, 0
	err = yamlFiles(folders, func(path string, text []byte) error {
		texts, err := documents(text)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, document := range texts {
			object, err := decode(document)
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			if object == nil {
				continue
			}
			key := kindOf(object)
			said, judged := schemas.judgeCalico(object)
			switch {
			case !judged:
			case said.accepts():
				accepted[key.name]++
			default:
				failed++
				fmt.Fprintf(out, "%s: %s: %s\n", path, key.name, said)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	total := 0
	for _, count := range accepted {
		total += count
	}
	fmt.Fprintf(out, "schemas of %s: %d objects accepted, %d refused\n", name, total, failed)
	for _, kind := range sortedKeys(accepted) {
		fmt.Fprintf(out, "  accepted: %d %s\n", accepted[kind], kind)
	}
	if failed > 0 || total == 0 {
		return fmt.Errorf("not all is accepted, or nothing is there")
	}
	return nil
}

func (j judgement) String() string {
	var said []string
	if len(j.unknown) > 0 {
		said = append(said, "unknown: "+strings.Join(j.unknown, ", "))
	}
	return strings.Join(append(said, j.refused...), "; ")
}

func sortedKeys[V any](values map[string]V) []string {
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
