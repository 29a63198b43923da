// What the trace of an evaluation says.
package main

import (
	"errors"
	"fmt"

	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/rules"

	"unmesh/conformance/calico/common"
)

// verdict is told by the last rule of a trace: a Pass lets nobody through. There is a trace to every
// verdict, since each pod has profiles. The evaluator has none where it panicked, which it hides.
func verdict(trace []*calc.RuleID) (common.Verdict, error) {
	found := common.Verdict{By: []string{}}
	for _, rule := range trace {
		if rule == nil {
			continue
		}
		by := fmt.Sprintf("%s %s/%s %s", rule.ActionString(), rule.NamespaceString(), rule.NameString(), rule.IndexStr)
		found.By = append(found.By, by)
		found.Allowed = rule.Action == rules.RuleActionAllow
	}
	if len(found.By) == 0 {
		return found, errors.New("the evaluator does not say what decided")
	}
	return found, nil
}
