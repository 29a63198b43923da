// What the schemas refuse, so that their silence about what unmesh writes means something.
package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// refusal is an object that is refused, and a part of what is said of it.
type refusal struct {
	Name     string         `json:"name"`
	Schemas  []string       `json:"schemas"`
	Accept   []string       `json:"accept"`
	Kind     string         `json:"kind"`
	Metadata map[string]any `json:"metadata"`
	Spec     map[string]any `json:"spec"`
	Says     string         `json:"says"`
}

// object is a row's: a NetworkPolicy `row` in `shop`, or what it says itself.
func (r refusal) object() map[string]any {
	kind, version, metadata := r.Kind, written, r.Metadata
	if kind == "" {
		kind = "NetworkPolicy"
	}
	if r.Schemas[0] == "istio" {
		version = "security.istio.io/v1"
	}
	if metadata == nil {
		metadata = map[string]any{"name": "row", "namespace": "shop"}
	}
	return map[string]any{"apiVersion": version, "kind": kind, "metadata": metadata, "spec": r.Spec}
}

// judged is what schemas say of a row's object. Judging changes an object, so each has one of its own.
func judged(t *testing.T, schemas schemas, row refusal) judgement {
	t.Helper()
	text, err := yaml.Marshal(row.object())
	if err != nil {
		t.Fatal(err)
	}
	object, err := decode(text)
	if err != nil {
		t.Fatal(err)
	}
	if said, isCalicos := schemas.judgeCalico(object); isCalicos {
		return said
	}
	return schemas.definitions[kindOf(object)].judge(object)
}

// many is a list of so many different names.
func many(count int) []string {
	var names []string
	for number := range count {
		names = append(names, fmt.Sprintf("n%d", number))
	}
	return names
}

// rule is a policy with one rule, which has one field.
func rule(field string, value map[string]any) map[string]any {
	return map[string]any{"ingress": []any{map[string]any{"action": "Allow", field: value}}}
}

// tooLong are rows with the first length that is refused.
func tooLong() []refusal {
	released := []string{"calico-3.28", "calico-3.31"}
	known := []string{"calico-3.28", "calico-3.31", "calico-3.32"}
	selector := "has(" + strings.Repeat("a", 1020) + ")"
	var ports []int
	for port := range 51 {
		ports = append(ports, port+1)
	}
	accounts := map[string]any{"source": map[string]any{"serviceAccounts": many(17)}}
	return []refusal{
		{
			Name: "a name of 254 letters in the store", Schemas: released, Accept: []string{"calico-3.32"},
			Metadata: map[string]any{"name": strings.Repeat("n", 246), "namespace": "shop"}, Says: "metadata.name",
		},
		{
			Name: "21 methods", Schemas: []string{"calico-3.32", "calico-3.33"}, Accept: released,
			Spec: rule("http", map[string]any{"methods": many(21)}), Says: "Too many: 21",
		},
		{
			Name: "a selector of 1025 letters", Schemas: []string{"calico-3.33"}, Accept: known,
			Spec: map[string]any{"selector": selector}, Says: "spec.selector: Too long",
		},
		{
			Name: "a source of 1025 letters", Schemas: []string{"calico-3.33"}, Accept: known,
			Spec: rule("source", map[string]any{"notSelector": selector}), Says: "notSelector: Too long",
		},
		{
			Name: "51 ports", Schemas: []string{"calico-3.33"}, Accept: known,
			Spec: rule("destination", map[string]any{"ports": ports}), Says: "Too many: 51",
		},
		{
			Name: "17 accounts", Schemas: []string{"istio"}, Kind: "AuthorizationPolicy",
			Spec: map[string]any{"rules": []any{map[string]any{"from": []any{accounts}}}}, Says: "Too many: 17",
		},
	}
}

func TestRefusals(t *testing.T) {
	text, err := os.ReadFile("refusals.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rows []refusal
	if err := yaml.UnmarshalStrict(text, &rows); err != nil {
		t.Fatal(err)
	}
	loaded := map[string]schemas{}
	of := func(name string) schemas {
		found, ok := loaded[name]
		if !ok {
			if found, err = schemasOf(name); err != nil {
				t.Fatal(err)
			}
			loaded[name] = found
		}
		return found
	}
	for _, row := range append(rows, tooLong()...) {
		t.Run(row.Name, func(t *testing.T) {
			for _, name := range row.Schemas {
				if said := judged(t, of(name), row).String(); !strings.Contains(said, row.Says) || said == "" {
					t.Errorf("%s says %q", name, said)
				}
			}
			for _, name := range row.Accept {
				if said := judged(t, of(name), row); !said.accepts() {
					t.Errorf("%s refuses it: %s", name, said)
				}
			}
		})
	}
}
