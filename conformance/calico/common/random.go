// Random policy sets from a seed, in the cluster of the rows, and requests to each.
package common

import (
	"fmt"
	"math/rand"
	"strings"
)

// requestsOfEach is how many requests are asked of one random policy set.
const requestsOfEach = 40

// Random are questions about policy sets that this version accepts: as many as are asked for, the
// same for the same seed. What is refused is made anew.
func Random(engine Engine, seed int64, count int, reading string) ([]Question, error) {
	random := dice{rand.New(rand.NewSource(seed))}
	var questions []Question
	for tries := 0; len(questions) < count; tries++ {
		if tries > 100*(count+1) {
			return nil, fmt.Errorf("of %d random policy sets only %d are accepted", tries, len(questions))
		}
		row := Row{Name: fmt.Sprintf("seed %d, set %d", seed, tries), Reading: reading, Objects: random.objects(engine)}
		question, err := row.Question()
		if err != nil {
			return nil, err
		}
		objects, err := validate(engine, question.Objects)
		if err != nil {
			return nil, err
		}
		if !all(objects) {
			continue
		}
		for index := 0; index < requestsOfEach; index++ {
			request, err := row.request(random.request(reading))
			if err != nil {
				return nil, err
			}
			question.Requests = append(question.Requests, request)
		}
		questions = append(questions, question)
	}
	return questions, nil
}

func all(objects []Object) bool {
	for _, object := range objects {
		if !object.Accepted {
			return false
		}
	}
	return true
}

// dice are random choices.
type dice struct{ *rand.Rand }

func (d dice) one(of ...string) string { return of[d.Intn(len(of))] }
func (d dice) in(hundred int) bool     { return d.Intn(100) < hundred }

func (d dice) request(reading string) string {
	peer := d.one("web", "web", "api", "cart", "twin", "outside", "outside6", "web6")
	port := d.one("8080", "8080", "80", "9090", "8080/UDP", "53/UDP", "8080/SCTP")
	http := d.one("", "", " GET /foo", " POST /pub/x")
	if reading == "dikastes" {
		// Envoy asks about TCP, and about UDP, which no sidecar captures.
		port = d.one("8080", "8080", "80", "9090")
	}
	if strings.Contains(port, "/") {
		http = ""
	}
	return peer + ":" + port + http
}

// objects are one to four policies with orders of their own, and what they may speak of.
func (d dice) objects(engine Engine) map[string]any {
	objects := map[string]any{}
	_, tiers := engine.Kinds["Tier"]
	tiers = tiers && d.in(40)
	if tiers {
		tier := map[string]any{"order": 10 + d.Intn(3)*1000000}
		if d.in(40) {
			tier["defaultAction"] = d.one("Pass", "Deny")
		}
		objects["Tier/first"] = tier
	}
	if d.in(30) {
		set := map[string]any{"labels": map[string]any{"partner": "yes", "app": "web"}, "nets": []string{"203.0.113.0/24"}}
		objects[d.one("GlobalNetworkSet/s", "NetworkSet/shop/s", "NetworkSet/pay/s")] = set
	}
	if d.in(20) {
		objects["KubernetesNetworkPolicy/shop/k"] = d.kubernetes()
	}
	orders := d.Perm(20)
	for index := 0; index <= d.Intn(4); index++ {
		kind, name, global := "NetworkPolicy/shop/", fmt.Sprintf("p%d", index), d.in(40)
		spec := map[string]any{}
		if tiers && d.in(50) {
			spec["tier"] = "first"
			name = "first." + name
		}
		if global {
			kind = "GlobalNetworkPolicy/"
			if d.in(20) {
				spec["namespaceSelector"] = d.namespaces()
			}
		}
		spec["order"] = 1 + 100*orders[index]
		spec["selector"] = d.one("app == 'db'", "app == 'db'", "all()", "has(app)", "app != 'web'", "app == 'web'")
		if d.in(15) {
			spec["serviceAccountSelector"] = d.one("projectcalico.org/name == 'db'", "projectcalico.org/name == 'web'")
		}
		spec["types"] = [][]string{{"Ingress"}, {"Ingress"}, {"Ingress", "Egress"}, {"Egress"}}[d.Intn(4)]
		var rules []map[string]any
		for number := d.Intn(4); number > 0; number-- {
			rules = append(rules, d.rule())
		}
		spec["ingress"] = rules
		objects[kind+name] = spec
	}
	return objects
}

func (d dice) namespaces() string {
	return d.one("team == 'blue'", "team == 'red'", "projectcalico.org/name == 'pay'", "all()",
		"kubernetes.io/metadata.name == 'shop'", "env != 'prod'", "has(env)", "team in {'red', 'blue'}", "global()")
}

func (d dice) selector() string {
	return d.one("app == 'web'", "app == 'api'", "app != 'web'", "has(release)", "!has(release)", "all()",
		"app in {'web', 'cart'}", "app not in {'web'}", "release starts with 'v12'", "release contains '-be'",
		"partner == 'yes'", "app == 'web' && has(release)", "app == 'api' || partner == 'yes'",
		"projectcalico.org/namespace == 'shop'", "projectcalico.org/serviceaccount == 'web'",
		"release ends with 'beta'", "!(app == 'web')", "pcns.team == 'blue'")
}

func (d dice) rule() map[string]any {
	rule := map[string]any{"action": d.one("Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log")}
	source := map[string]any{}
	if d.in(45) {
		source["selector"] = d.selector()
	}
	if d.in(15) {
		source["notSelector"] = d.selector()
	}
	if d.in(30) {
		source["namespaceSelector"] = d.namespaces()
	}
	if d.in(20) {
		names := [][]string{{"web"}, {"cart", "web"}, {"api"}}[d.Intn(3)]
		source["serviceAccounts"] = map[string]any{"names": names}
	} else if d.in(8) {
		source["serviceAccounts"] = map[string]any{"selector": d.one("projectcalico.org/name == 'web'", "all()", "has(x)")}
	}
	if d.in(12) {
		source["nets"] = [][]string{{"10.0.0.0/8"}, {"203.0.113.9/32", "10.2.0.0/16"}, {"::/0"}, {"0.0.0.0/0"}}[d.Intn(4)]
	}
	if d.in(12) {
		source["notNets"] = [][]string{{"10.1.0.0/16"}, {"203.0.113.0/24"}, {"2001:db8::/32"}}[d.Intn(3)]
	}
	if len(source) > 0 {
		rule["source"] = source
	}
	d.connection(rule)
	return rule
}

// connection adds what a rule says of protocol, ports and HTTP.
func (d dice) connection(rule map[string]any) {
	ports := [][]any{{80}, {"8000:8080"}, {80, 9090}, {53}}
	switch d.Intn(6) {
	case 0:
		rule["protocol"] = d.one("TCP", "UDP", "SCTP")
		rule["destination"] = map[string]any{"ports": ports[d.Intn(4)]}
	case 1:
		rule["protocol"] = d.one("TCP", "UDP")
		rule["destination"] = map[string]any{"notPorts": ports[d.Intn(4)]}
	case 2:
		rule[d.one("protocol", "notProtocol")] = []any{"TCP", "UDP", 17, 6}[d.Intn(4)]
	}
	if d.in(10) {
		rule["destination"] = d.destination(rule["destination"])
	}
	if d.in(8) {
		rule["ipVersion"] = 4 + 2*d.Intn(2)
	}
	if rule["action"] == "Allow" && d.in(15) {
		rule["http"] = []map[string]any{
			{"methods": []string{"GET"}},
			{"paths": []map[string]any{{"exact": "/foo"}}},
			{"methods": []string{"POST", "PUT"}, "paths": []map[string]any{{"prefix": "/pub"}, {"exact": "/x"}}},
		}[d.Intn(3)]
	}
}

// destination also says which pods or addresses are asked.
func (d dice) destination(before any) map[string]any {
	found, ok := before.(map[string]any)
	if !ok {
		found = map[string]any{}
	}
	switch d.Intn(4) {
	case 0:
		found["selector"] = d.one("app == 'db'", "app == 'web'", "has(app)")
	case 1:
		found["nets"] = []string{d.one("10.1.0.5/32", "10.2.0.0/16", "fd00::/8")}
	case 2:
		found["notNets"] = []string{d.one("10.1.0.5/32", "10.2.0.0/16")}
	default:
		found["notSelector"] = d.one("app == 'db'", "app == 'web'")
	}
	return found
}

// kubernetes is a NetworkPolicy of Kubernetes.
func (d dice) kubernetes() map[string]any {
	peer := []map[string]any{
		{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "web"}}},
		{"podSelector": map[string]any{}},
		{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "blue"}}},
		{"ipBlock": map[string]any{"cidr": "10.0.0.0/8", "except": []string{"10.2.0.0/16"}}},
		{"namespaceSelector": map[string]any{}, "podSelector": map[string]any{"matchExpressions": []map[string]any{
			{"key": "app", "operator": "NotIn", "values": []string{"web"}}}}},
	}
	rule := map[string]any{"from": []any{peer[d.Intn(5)], peer[d.Intn(5)]}}
	if d.in(50) {
		rule["ports"] = []map[string]any{{"port": 8080}, {"port": 50, "endPort": 60, "protocol": "UDP"}}
	}
	return map[string]any{"podSelector": map[string]any{}, "ingress": []any{rule}}
}
