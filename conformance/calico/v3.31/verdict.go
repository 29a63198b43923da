// What the trace of an evaluation says.
package main

import (
	"fmt"

	"github.com/projectcalico/calico/felix/calc"
	"github.com/projectcalico/calico/felix/rules"

	"unmesh/conformance/calico/common"
)

// verdict is told by the last rule of a trace: a Pass, or nothing at all, lets nobody through.
func verdict(trace []*calc.RuleID) common.Verdict {
	found := common.Verdict{By: []string{}}
	for _, rule := range trace {
		if rule == nil {
			continue
		}
		by := fmt.Sprintf("%s %s/%s %s", rule.ActionString(), rule.NamespaceString(), rule.NameString(), rule.IndexStr)
		found.By = append(found.By, by)
		found.Allowed = rule.Action == rules.RuleActionAllow
	}
	return found
}
