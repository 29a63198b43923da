// Selectors that random policies are made of, each with the form that it stands for.
package common

import "math/rand"

// dice are random choices.
type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.Intn(len(of))] }
func (d dice) in(hundred int) bool     { return d.Intn(100) < hundred }

// form is a selector, what it shows, and what is left of it when that is taken out of it.
type form struct{ text, name, left string }

// selectorForms are selectors over labels of pods and of sets.
var selectorForms = []form{
	{"app == 'web'", "==", ""},
	{"app == 'api'", "==", ""},
	{"app != 'web'", "!=", ""},
	{"release != 'v12-beta'", "!=", ""},
	{"has(release)", "has()", ""},
	{"!has(release)", "!has()", ""},
	{"all()", "all()", ""},
	{"app in {'web', 'cart'}", "in", ""},
	{"app not in {'web', 'api'}", "not in", ""},
	{"release not in {'v12-beta'}", "not in", ""},
	{"release starts with 'v12'", "starts with", ""},
	{"release contains '-be'", "contains", ""},
	{"release ends with 'beta'", "ends with", ""},
	{"!(app == 'web')", "!()", "app == 'web'"},
	{"app == 'web' && has(release)", "&&", "app == 'web'"},
	{"has(app) && app != 'web'", "&&", "has(app)"},
	{"app == 'api' || partner == 'yes'", "||", "app == 'api'"},
	{"app == 'cart' || app == 'web' && has(release)", "||", "app == 'cart'"},
	{"partner == 'yes'", "labels of sets", ""},
	{"projectcalico.org/namespace == 'shop'", "label of the namespace's name", ""},
	{"projectcalico.org/serviceaccount == 'web'", "label of the account's name", ""},
	{"pcns.team == 'blue'", "label handed down by a namespace", ""},
}

// namespaceForms are selectors over labels of namespaces.
var namespaceForms = []form{
	{"team == 'blue'", "label", ""},
	{"team == 'red'", "label", ""},
	{"env != 'prod'", "!=", ""},
	{"has(env)", "has()", ""},
	{"team in {'red', 'green'}", "in", ""},
	{"projectcalico.org/name == 'pay'", "name", ""},
	{"kubernetes.io/metadata.name == 'shop'", "name", ""},
	{"all()", "all()", ""},
	{"global()", "global()", ""},
	{"team == 'red' || env == 'prod'", "||", "team == 'red'"},
	{"!(team == 'red')", "!()", "team == 'red'"},
}

// accountForms are selectors over labels of service accounts. `x` is a label of their own.
var accountForms = []form{
	{"projectcalico.org/name == 'web'", "name", ""},
	{"projectcalico.org/name != 'web'", "name", ""},
	{"projectcalico.org/name == 'db'", "name", ""},
	{"all()", "all()", ""},
	{"has(x)", "label", ""},
	{"!has(x)", "label", ""},
	{"x == 'a'", "label", ""},
	{"x != 'a'", "label", ""},
	{"x in {'a', 'b'}", "label", ""},
}

// accountValues are what `x` may be; the first is no label at all.
var accountValues = []string{"", "a", "b"}

func (d dice) of(forms []form) string { return forms[d.Intn(len(forms))].text }

// formOf is the entry of a text, which is in its table.
func formOf(forms []form, text string) form {
	for _, form := range forms {
		if form.text == text {
			return form
		}
	}
	return form{text, "another", ""}
}
