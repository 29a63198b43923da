// What can be taken out of a policy set: each field that decides something, by its name and form.
package common

import (
	"fmt"
	"sort"
	"strings"
)

// part is a field of a set, under the names that the table of coverage counts.
type part struct {
	label string
	path  []any
	// take takes it out of the object that the path leads to.
	take func(objects map[string]any, holder map[string]any)
}

// without is a copy of a set that lacks a part of it.
func without(objects map[string]any, taken part) map[string]any {
	copied, _ := copyOf(objects).(map[string]any)
	holder, _ := at(copied, taken.path).(map[string]any)
	taken.take(copied, holder)
	return copied
}

func copyOf(value any) any {
	switch value := value.(type) {
	case map[string]any:
		copied := map[string]any{}
		for key, inner := range value {
			copied[key] = copyOf(inner)
		}
		return copied
	case []any:
		var copied []any
		for _, inner := range value {
			copied = append(copied, copyOf(inner))
		}
		return copied
	default:
		return value
	}
}

// at follows keys of maps and places in lists.
func at(value any, path []any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			holder, _ := value.(map[string]any)
			value = holder[step]
		case int:
			list, _ := value.([]any)
			value = list[step]
		}
	}
	return value
}

// collector finds parts.
type collector struct {
	path  []any
	parts []part
	// ofTier is how many policies each tier has: alone in one, an order says nothing.
	ofTier map[any]int
	// tied is how many policies have a kind, a tier and an order.
	tied map[string]int
}

// add is a part that is one key of what the path leads to, to be left out or set to another value.
func (c *collector) add(label, key string, left any) {
	c.parts = append(c.parts, part{label, append([]any{}, c.path...), func(_, holder map[string]any) {
		if left == nil || left == "" {
			delete(holder, key)
		} else {
			holder[key] = left
		}
	}})
}

// whole is an object of the set.
func (c *collector) whole(label, name string) {
	take := func(objects, _ map[string]any) { delete(objects, name) }
	c.parts = append(c.parts, part{label, nil, take})
}

// partsOf are all parts of a set, in one order.
func partsOf(objects map[string]any) []part {
	found := collector{ofTier: map[any]int{}, tied: map[string]int{}}
	for name, spec := range objects {
		spec, _ := spec.(map[string]any)
		if strings.Contains(name, "NetworkPolicy/") && !strings.HasPrefix(name, "Staged") {
			found.ofTier[spec["tier"]]++
			found.tied[rankOf(name, spec)]++
		}
	}
	for _, name := range sortedKeys(objects) {
		spec, _ := objects[name].(map[string]any)
		kind, _, _ := strings.Cut(name, "/")
		found.path = []any{name}
		switch kind {
		case "NetworkPolicy", "GlobalNetworkPolicy":
			found.policy(kind, name, spec)
		case "Tier":
			found.key(spec, "order", "Tier order")
			if action, given := spec["defaultAction"]; given {
				found.add(fmt.Sprintf("Tier defaultAction %s", action), "defaultAction", other(action))
			}
		default:
			found.whole(kind, name)
		}
	}
	return found.parts
}

// other is the default action that a tier does not have.
func other(action any) string {
	if action == "Pass" {
		return "Deny"
	}
	return "Pass"
}

func (c *collector) key(spec map[string]any, key, label string) {
	if _, given := spec[key]; given {
		c.add(label, key, nil)
	}
}

func (c *collector) policy(kind, name string, spec map[string]any) {
	if c.ofTier[spec["tier"]] > 1 {
		c.key(spec, "order", "policy order")
	}
	if c.tied[rankOf(name, spec)] > 1 {
		c.rename(name)
	}
	for _, key := range []string{"types", "selector", "namespaceSelector", "doNotTrack", "preDNAT"} {
		c.key(spec, key, "policy "+key)
	}
	if text, given := spec["serviceAccountSelector"].(string); given {
		c.add("policy serviceAccountSelector, "+formOf(accountForms, text).name, "serviceAccountSelector", nil)
	}
	if _, given := spec["tier"]; given {
		take := func(objects, holder map[string]any) {
			delete(holder, "tier")
			delete(objects, name)
			objects[strings.Replace(name, "/first.", "/", 1)] = holder
		}
		c.parts = append(c.parts, part{"policy tier", []any{name}, take})
	}
	rules, _ := spec["ingress"].([]any)
	for index := range rules {
		rule, _ := rules[index].(map[string]any)
		c.path = []any{name, "ingress", index}
		c.rule(kind, rule)
		c.action(name, index, rule["action"])
	}
}

// rankOf is what policies of one kind have in common whose names decide their order.
func rankOf(name string, spec map[string]any) string {
	kind, _, _ := strings.Cut(name, "/")
	return fmt.Sprint(kind, spec["tier"], spec["order"])
}

// rename gives a policy a name that comes after those of all others, or before, where it is one of the
// late ones.
func (c *collector) rename(name string) {
	own := strings.LastIndex(name, "p")
	first := "z"
	if name[own:] > "p5" {
		first = "a"
	}
	take := func(objects, holder map[string]any) {
		delete(objects, name)
		objects[name[:own]+first+name[own:]] = holder
	}
	c.parts = append(c.parts, part{"policy name, with the order of another", []any{name}, take})
}

// action takes a rule out. A rule that logs goes on, so that its absence shows nothing: it is made one
// that allows.
func (c *collector) action(name string, index int, action any) {
	label := fmt.Sprintf("action %s", action)
	if action == "Log" {
		c.path = []any{name, "ingress", index}
		c.add(label, "action", "Allow")
		return
	}
	take := func(_, holder map[string]any) {
		rules, _ := holder["ingress"].([]any)
		holder["ingress"] = append(append([]any{}, rules[:index]...), rules[index+1:]...)
	}
	c.parts = append(c.parts, part{label, []any{name}, take})
}

func (c *collector) rule(kind string, rule map[string]any) {
	path := c.path
	source, _ := rule["source"].(map[string]any)
	destination, _ := rule["destination"].(map[string]any)
	_, ports := destination["ports"]
	_, notPorts := destination["notPorts"]
	if protocol, given := rule["protocol"]; given && !ports && !notPorts {
		c.add("protocol, "+named(protocol), "protocol", nil)
	}
	if protocol, given := rule["notProtocol"]; given {
		c.add("notProtocol, "+named(protocol), "notProtocol", nil)
	}
	c.key(rule, "ipVersion", "ipVersion")
	c.path = append(append([]any{}, path...), "source")
	c.entity("source", kind, source)
	c.path = append(append([]any{}, path...), "destination")
	c.entity("destination", kind, destination)
	http, _ := rule["http"].(map[string]any)
	c.path = append(append([]any{}, path...), "http")
	c.key(http, "methods", "http methods")
	paths, _ := http["paths"].([]any)
	for _, path := range paths {
		for _, form := range sortedKeys(path.(map[string]any)) {
			c.add("http paths, "+form, "paths", nil)
		}
	}
	c.path = path
}

// named is the form of a protocol.
func named(protocol any) string {
	if _, number := protocol.(int); number {
		return "number"
	}
	return "name"
}

func (c *collector) entity(end, kind string, entity map[string]any) {
	if text, given := entity["selector"].(string); given {
		form := formOf(selectorForms, text)
		if end == "source" {
			c.add("source selector, "+form.name, "selector", form.left)
			c.add("source selector of "+kind, "selector", nil)
		} else {
			c.add("destination selector", "selector", nil)
		}
	}
	if _, given := entity["notSelector"]; given {
		c.add(end+" notSelector of "+kind, "notSelector", nil)
	}
	if text, given := entity["namespaceSelector"].(string); given && end == "source" {
		form := formOf(namespaceForms, text)
		c.add("source namespaceSelector, "+form.name, "namespaceSelector", form.left)
	} else if given {
		c.add("destination namespaceSelector", "namespaceSelector", nil)
	}
	for _, key := range []string{"nets", "notNets"} {
		if nets, given := entity[key].([]any); given {
			c.add(fmt.Sprintf("%s %s, %s", end, key, family(nets)), key, nil)
		}
	}
	for _, key := range []string{"ports", "notPorts"} {
		ports, _ := entity[key].([]any)
		for _, form := range forms(ports) {
			c.add(fmt.Sprintf("%s %s, %s", end, key, form), key, nil)
		}
	}
	c.accounts(kind, entity)
}

func (c *collector) accounts(kind string, entity map[string]any) {
	accounts, _ := entity["serviceAccounts"].(map[string]any)
	outer := c.path
	c.path = append(append([]any{}, outer...), "serviceAccounts")
	c.key(accounts, "names", "serviceAccounts names of "+kind)
	if text, given := accounts["selector"].(string); given {
		c.add("serviceAccounts selector, "+formOf(accountForms, text).name, "selector", nil)
	}
	c.path = outer
}

func family(nets []any) string {
	if strings.Contains(fmt.Sprint(nets[0]), ":") {
		return "IPv6"
	}
	return "IPv4"
}

// forms are the kinds of ports in a list, each once.
func forms(ports []any) []string {
	found := map[string]any{}
	for _, port := range ports {
		switch port := port.(type) {
		case int:
			found["number"] = true
		case string:
			found[map[bool]string{true: "range", false: "name"}[strings.Contains(port, ":")]] = true
		}
	}
	return sortedKeys(found)
}

func sortedKeys(values map[string]any) []string {
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
