package main

import (
	"strings"
	"testing"
)

// What the API server refuses, so that its silence means something.
func TestRefusals(t *testing.T) {
	rows := []struct{ name, spec, refused string }{
		{"nothing amiss", `{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}`, ""},
		{"a field that is none", `{podSelector: {}, ingres: []}`, "unknown field"},
		{"a value that is none", `{podSelector: {matchLabels: {a: "b c"}}}`, "valid label"},
		{"an operator without values", `{podSelector: {matchExpressions: [{key: a, operator: In}]}}`, "values"},
		{"a range that runs backwards", `{podSelector: {}, ingress: [{ports: [{port: 90, endPort: 80}]}]}`, "endPort"},
		{"an exception outside", `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}]}`, "strict subset"},
		{"a block and pods", `{podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}`, "both ipBlock"},
		{"an empty peer", `{podSelector: {}, ingress: [{from: [{}]}]}`, "must specify a peer"},
	}
	for _, row := range rows {
		document := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: x, namespace: a}\nspec: " + row.spec
		err := judge([]byte(document))
		switch {
		case row.refused == "" && err != nil:
			t.Errorf("%s: %v", row.name, err)
		case row.refused != "" && (err == nil || !strings.Contains(err.Error(), row.refused)):
			t.Errorf("%s: %v, not %s", row.name, err, row.refused)
		}
	}
}
