// Labels of service accounts, which unmesh's inputs may not show.
package common

import (
	"fmt"
	"strings"
)

// asksForAccounts says whether a set asks accounts for a label of their own.
func asksForAccounts(objects map[string]any) bool {
	for _, part := range partsOf(objects) {
		if strings.HasSuffix(part.label, "erviceAccountSelector, label") ||
			strings.HasSuffix(part.label, "serviceAccounts selector, label") {
			return true
		}
	}
	return false
}

// accounts are random labels of all accounts.
func (s scene) accounts() map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, pod := range pods {
		found[pod.Namespace+"/"+pod.Account] = accountLabels(s.one(accountValues...))
	}
	return found
}

func accountLabels(value string) map[string]string {
	if value == "" {
		return nil
	}
	return map[string]string{"x": value}
}

// askWithout fills in what is decided where labels of accounts are not known: each value is tried, for
// the account of the pod asked, and for those of the others too.
func (l *Line) askWithout(engine Engine, header Header) error {
	subject := fmt.Sprintf("%s/%s", header.Pods[0].Namespace, header.Pods[0].Account)
	for _, own := range accountValues {
		known := *l
		known.Accounts = map[string]map[string]string{}
		for name, labels := range l.Accounts {
			known.Accounts[name] = labels
		}
		known.Accounts[subject] = accountLabels(own)
		decided, err := known.decide(engine, header)
		if err != nil {
			return err
		}
		l.SubjectUnknown = either(l.SubjectUnknown, decided)
		for _, others := range accountValues {
			for name := range known.Accounts {
				if name != subject {
					known.Accounts[name] = accountLabels(others)
				}
			}
			decided, err := known.decide(engine, header)
			if err != nil {
				return err
			}
			l.AccountsUnknown = either(l.AccountsUnknown, decided)
		}
	}
	return nil
}

// either joins what is decided in two cases.
func either(one, other string) string {
	if one == "" {
		return other
	}
	joined := []byte(one)
	for index := range joined {
		if joined[index] != other[index] {
			joined[index] = '?'
		}
	}
	return string(joined)
}
