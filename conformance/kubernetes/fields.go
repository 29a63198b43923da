package main

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
)

// leaf is a field that holds no other ones, as a definition has it.
type leaf struct {
	kind, path, holds string
	// versions are those whose definitions have it.
	versions []string
}

// served are the kinds of Gateway API that Istio serves and unmesh reads.
var served = map[string]bool{
	"Gateway": true, "HTTPRoute": true, "GRPCRoute": true, "TCPRoute": true, "TLSRoute": true,
}

// listFields writes each leaf below `spec` of each of Istio's kinds, and of those of Gateway API that it
// serves: group and kind, versions, path, and what it holds. `[]` is a list's item, `{}` a map's value.
func listFields(out io.Writer) error {
	all, err := schemasOf("istio")
	if err != nil {
		return err
	}
	others, err := schemasOf("gateway-api")
	if err != nil {
		return err
	}
	for of, definition := range others.definitions {
		if served[of.name] {
			all.definitions[of] = definition
		}
	}
	found := map[[3]string]*leaf{}
	for of, definition := range all.definitions {
		group, version, _ := strings.Cut(of.apiVersion, "/")
		spec, ok := definition.structural.Properties["spec"]
		if !ok {
			return fmt.Errorf("%s %s has no spec", of.apiVersion, of.name)
		}
		leaves("spec", &spec, func(path, holds string) {
			key := [3]string{group + "/" + of.name, path, holds}
			if found[key] == nil {
				found[key] = &leaf{kind: key[0], path: path, holds: holds}
			}
			found[key].versions = append(found[key].versions, version)
		})
	}
	var lines []string
	for _, leaf := range found {
		sort.Strings(leaf.versions)
		lines = append(lines, strings.Join([]string{
			leaf.kind, leaf.path, leaf.holds, strings.Join(leaf.versions, ","),
		}, "\t"))
	}
	sort.Strings(lines)
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}

// leaves walks a schema down to what holds no other fields.
func leaves(path string, at *schema.Structural, found func(path, holds string)) {
	if at.Items != nil {
		leaves(path+"[]", at.Items, found)
		return
	}
	if at.AdditionalProperties != nil && at.AdditionalProperties.Structural != nil {
		leaves(path+"{}", at.AdditionalProperties.Structural, found)
		return
	}
	if len(at.Properties) > 0 {
		for name := range at.Properties {
			field := at.Properties[name]
			leaves(path+"."+name, &field, found)
		}
		return
	}
	found(path, holds(at))
}

// holds says what a leaf's value is: a type, the words that it can be, or anything.
func holds(at *schema.Structural) string {
	switch {
	case at.XPreserveUnknownFields:
		return "anything"
	case at.XIntOrString:
		return "integer or string"
	case at.ValueValidation != nil && len(at.ValueValidation.Enum) > 0:
		var words []string
		for _, word := range at.ValueValidation.Enum {
			words = append(words, fmt.Sprint(word.Object))
		}
		return strings.Join(words, "|")
	case at.Type == "object":
		return "nothing"
	default:
		return at.Type
	}
}
