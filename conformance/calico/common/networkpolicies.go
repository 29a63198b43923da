// Random sets of Kubernetes' own NetworkPolicies alone, and what can be taken out of one.
package common

import "fmt"

// kubernetesReading is the reading of sets that hold nothing but NetworkPolicies: Calico's dataplane
// decides, and an interpreter of Kubernetes' own rules is held against it.
const kubernetesReading = "kubernetes"

// labelForms are selectors of Kubernetes over labels of pods, by what they show.
var labelForms = []labelForm{
	{"empty", nil, nil},
	{"matchLabels", map[string]any{"app": "web"}, nil},
	{"matchLabels", map[string]any{"app": "api"}, nil},
	{"matchLabels of two", map[string]any{"app": "web", "release": "v12-beta"}, nil},
	{"In", nil, []any{expression("app", "In", "web", "cart")}},
	{"NotIn", nil, []any{expression("app", "NotIn", "web", "api")}},
	{"NotIn, absent", nil, []any{expression("release", "NotIn", "v12-beta")}},
	{"Exists", nil, []any{expression("release", "Exists")}},
	{"DoesNotExist", nil, []any{expression("release", "DoesNotExist")}},
	{"both", map[string]any{"app": "web"}, []any{expression("release", "Exists")}},
}

// subjectForms are selectors over the pod asked: most select it.
var subjectForms = []labelForm{
	{"empty", nil, nil},
	{"matchLabels", map[string]any{"app": "db"}, nil},
	{"matchLabels of others", map[string]any{"app": "web"}, nil},
	{"In", nil, []any{expression("app", "In", "db", "web")}},
	{"In others", nil, []any{expression("app", "In", "api", "web")}},
	{"NotIn", nil, []any{expression("app", "NotIn", "web")}},
	{"NotIn of its own", nil, []any{expression("app", "NotIn", "db")}},
	{"Exists of what is absent", nil, []any{expression("release", "Exists")}},
	{"DoesNotExist", nil, []any{expression("release", "DoesNotExist")}},
}

// spaceForms are selectors over labels of namespaces.
var spaceForms = []labelForm{
	{"empty", nil, nil},
	{"matchLabels", map[string]any{"team": "blue"}, nil},
	{"name", map[string]any{"kubernetes.io/metadata.name": "shop"}, nil},
	{"In", nil, []any{expression("team", "In", "red", "green")}},
	{"NotIn", nil, []any{expression("kubernetes.io/metadata.name", "NotIn", "pay")}},
	{"NotIn, absent", nil, []any{expression("env", "NotIn", "prod")}},
	{"Exists", nil, []any{expression("env", "Exists")}},
	{"DoesNotExist", nil, []any{expression("env", "DoesNotExist")}},
}

// labelForm is a selector with what it shows.
type labelForm struct {
	name        string
	labels      map[string]any
	expressions []any
}

func expression(key, operator string, values ...any) map[string]any {
	found := map[string]any{"key": key, "operator": operator}
	if len(values) > 0 {
		found["values"] = values
	}
	return found
}

func (f labelForm) selector() map[string]any {
	found := map[string]any{}
	if f.labels != nil {
		found["matchLabels"] = f.labels
	}
	if f.expressions != nil {
		found["matchExpressions"] = f.expressions
	}
	return found
}

// labelled is a selector of a table.
func (d dice) labelled(forms []labelForm) map[string]any {
	selector, _ := copyOf(forms[d.Intn(len(forms))].selector()).(map[string]any)
	return selector
}

// nameOf is what a selector of a table shows.
func nameOf(forms []labelForm, selector any) string {
	for _, form := range forms {
		if fmt.Sprint(form.selector()) == fmt.Sprint(selector) {
			return form.name
		}
	}
	return "another"
}

// networkPolicies are one to three policies, most of them on the pod asked.
func (s scene) networkPolicies() map[string]any {
	objects := map[string]any{}
	for number := 1 + s.Intn(3); number > 0; number-- {
		space := "shop"
		if s.in(5) {
			space = "pay"
		}
		objects[fmt.Sprintf("KubernetesNetworkPolicy/%s/n%d", space, number)] = s.networkPolicy()
	}
	return objects
}

func (s scene) networkPolicy() map[string]any {
	spec := map[string]any{"podSelector": map[string]any{}}
	if s.in(70) {
		spec["podSelector"] = s.labelled(subjectForms)
	}
	types := [][]any{nil, nil, {"Ingress"}, {"Ingress", "Egress"}, {"Egress"}}[s.Intn(5)]
	if types != nil {
		spec["policyTypes"] = types
	}
	if s.in(15) {
		spec["egress"] = []any{map[string]any{}}
	}
	var rules []any
	for number := s.Intn(3); number > 0; number-- {
		rules = append(rules, s.ingress())
	}
	if s.in(3) {
		rules = append(rules, map[string]any{})
	}
	if rules != nil {
		spec["ingress"] = rules
	}
	return spec
}

func (s scene) ingress() map[string]any {
	rule := map[string]any{}
	if s.in(85) {
		var from []any
		for number := 1 + s.Intn(2); number > 0; number-- {
			from = append(from, s.from())
		}
		rule["from"] = from
	}
	if s.in(60) {
		var ports []any
		for number := 1 + s.Intn(3); number > 0; number-- {
			ports = append(ports, s.portOf())
		}
		rule["ports"] = ports
	}
	return rule
}

func (s scene) from() map[string]any {
	switch s.Intn(6) {
	case 0, 1:
		return map[string]any{"podSelector": s.labelled(labelForms)}
	case 2:
		return map[string]any{"namespaceSelector": s.labelled(spaceForms)}
	case 3:
		return map[string]any{
			"namespaceSelector": s.labelled(spaceForms), "podSelector": s.labelled(labelForms),
		}
	default:
		blocks := []map[string]any{
			{"cidr": "203.0.113.0/24"},
			{"cidr": "10.2.0.7/16"},
			{"cidr": "2001:db8::/32"},
			{"cidr": "::/0", "except": []any{"fd00::/8"}},
			{"cidr": "10.0.0.0/8", "except": []any{"10.2.0.0/16"}},
			{"cidr": "0.0.0.0/0", "except": []any{"10.1.0.0/16", "203.0.113.0/24"}},
			{"cidr": "0.0.0.0/0"},
		}
		block, _ := copyOf(blocks[s.Intn(len(blocks))]).(map[string]any)
		return map[string]any{"ipBlock": block}
	}
}

func (s scene) portOf() map[string]any {
	ports := []map[string]any{
		{"port": 8080},
		{"port": 80, "protocol": "TCP"},
		{"port": 53, "protocol": "UDP"},
		{"port": 8080, "protocol": "SCTP"},
		{"port": 8000, "endPort": 9000},
		{"port": 9000, "endPort": 9090, "protocol": "TCP"},
		{"port": 8080, "endPort": 8080, "protocol": "UDP"},
		{"port": 1, "endPort": 65535, "protocol": "SCTP"},
		{"port": "http"},
		{"port": "dns", "protocol": "UDP"},
		{"port": "nobody"},
		{"protocol": "UDP"},
		{"protocol": "TCP"},
		{"protocol": "SCTP"},
		{},
	}
	port, _ := copyOf(ports[s.Intn(len(ports))]).(map[string]any)
	return port
}

// partsOfNetworkPolicies are all parts of such a set, in one order.
func partsOfNetworkPolicies(objects map[string]any) []part {
	found := collector{}
	for _, name := range sortedKeys(objects) {
		spec, _ := objects[name].(map[string]any)
		if len(objects) > 1 {
			found.whole("policy beside others", name)
		} else {
			found.whole("policy alone", name)
		}
		found.path = []any{name}
		switch form := nameOf(subjectForms, spec["podSelector"]); form {
		case "matchLabels of others", "In others", "NotIn of its own", "Exists of what is absent":
			found.add("spec.podSelector, "+form, "podSelector", map[string]any{})
		default:
			// It selects the pod, as none would: so it is made one that does not.
			nobody := map[string]any{"matchLabels": map[string]any{"app": "nobody"}}
			found.add("spec.podSelector, "+form, "podSelector", nobody)
		}
		if types, given := spec["policyTypes"].([]any); given && len(types) == 1 {
			found.add(fmt.Sprintf("policyTypes of %s alone", types[0]), "policyTypes", nil)
		}
		found.key(spec, "egress", "egress")
		rules, _ := spec["ingress"].([]any)
		for index := range rules {
			rule, _ := rules[index].(map[string]any)
			found.ingress([]any{name, "ingress", index}, rule)
			found.entry("rule", []any{name}, "ingress", index)
		}
	}
	return found.parts
}

// entry is one of a list; without its last one the list is empty.
func (c *collector) entry(label string, holder []any, key string, index int) {
	take := func(_, holder map[string]any) {
		list, _ := holder[key].([]any)
		holder[key] = append(append([]any{}, list[:index]...), list[index+1:]...)
	}
	c.parts = append(c.parts, part{label, append([]any{}, holder...), take})
}

func (c *collector) ingress(path []any, rule map[string]any) {
	c.path = path
	c.key(rule, "from", "from")
	c.key(rule, "ports", "ports")
	peers, _ := rule["from"].([]any)
	for index := range peers {
		peer, _ := peers[index].(map[string]any)
		if len(peers) > 1 {
			c.entry("entry of from", path, "from", index)
		}
		c.peer(append(append([]any{}, path...), "from", index), peer)
	}
	ports, _ := rule["ports"].([]any)
	for index := range ports {
		port, _ := ports[index].(map[string]any)
		c.entry(portForm(port), path, "ports", index)
		c.path = append(append([]any{}, path...), "ports", index)
		if _, given := port["endPort"]; given {
			c.add("endPort", "endPort", nil)
		}
		if protocol, given := port["protocol"]; given && protocol != "TCP" {
			c.add(fmt.Sprintf("protocol %s", protocol), "protocol", nil)
		}
	}
}

// portForm is what an entry of `ports` shows.
func portForm(port map[string]any) string {
	_, end := port["endPort"]
	switch number := port["port"].(type) {
	case int:
		if end {
			return "port, range"
		}
		return "port, number"
	case string:
		if number == "nobody" {
			return "port, name of none"
		}
		return "port, name"
	default:
		return "port, none"
	}
}

func (c *collector) peer(path []any, peer map[string]any) {
	c.path = path
	pods, ofPods := peer["podSelector"]
	spaces, ofSpaces := peer["namespaceSelector"]
	if ofPods {
		if form := nameOf(labelForms, pods); form != "empty" {
			c.add("podSelector, "+form, "podSelector", map[string]any{})
		}
	}
	if ofSpaces {
		if form := nameOf(spaceForms, spaces); form != "empty" {
			c.add("namespaceSelector, "+form, "namespaceSelector", map[string]any{})
		}
	}
	if ofPods && ofSpaces {
		c.add("namespaceSelector beside podSelector", "namespaceSelector", nil)
	}
	if block, given := peer["ipBlock"].(map[string]any); given {
		c.path = append(append([]any{}, path...), "ipBlock")
		of := family([]any{block["cidr"]})
		c.key(block, "except", "ipBlock except, "+of)
		// What is excepted has to lie within.
		if _, given := block["except"]; !given {
			c.add("ipBlock cidr, "+of, "cidr", "192.0.2.0/24")
		}
	}
}
