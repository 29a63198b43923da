// The test that validators refuse what they should, and take its like.
package rowtest

import (
	"os"
	"testing"

	"sigs.k8s.io/yaml"

	"unmesh/conformance/calico/common"
)

// refusal is one entry of `refusals.yaml`.
type refusal struct {
	Name   string `json:"name"`
	Since  string `json:"since"`
	Before string `json:"before"`
	Object string `json:"object"`
	Spec   any    `json:"spec"`
}

// Refusals asks a version to judge each object, and one that is right.
func Refusals(t *testing.T, engine common.Engine, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var refusals []refusal
	if err := yaml.UnmarshalStrict(text, &refusals); err != nil {
		t.Fatal(err)
	}
	if len(refusals) == 0 {
		t.Fatal("no refusals")
	}
	right := map[string]any{"ingress": []any{map[string]any{"action": "Allow", "protocol": "TCP"}}}
	if object := judged(t, engine, "NetworkPolicy/shop/p", right); !object.Accepted {
		t.Errorf("a right policy is refused: %s", object.Error)
	}
	for _, refusal := range refusals {
		row := common.Row{Since: refusal.Since, Before: refusal.Before}
		if !row.IsOf(engine) {
			continue
		}
		if refusal.Object == "" {
			refusal.Object = "NetworkPolicy/shop/p"
		}
		object := judged(t, engine, refusal.Object, refusal.Spec)
		if !object.Judged || object.Accepted {
			t.Errorf("%s: judged is %v, accepted is %v", refusal.Name, object.Judged, object.Accepted)
		} else {
			t.Logf("%s: %s", refusal.Name, object.Error)
		}
	}
}

func judged(t *testing.T, engine common.Engine, name string, spec any) common.Object {
	row := common.Row{Objects: map[string]any{name: spec}}
	line, err := row.Line()
	if err != nil {
		t.Fatal(err)
	}
	answer := common.Ask(engine, common.Question{Op: "validate", Objects: line.Objects})
	if answer.Error != "" || len(answer.Objects) != 1 {
		t.Fatalf("%d objects: %s", len(answer.Objects), answer.Error)
	}
	return answer.Objects[0]
}
