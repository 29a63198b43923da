// Random policy sets, in the cluster of the rows.
package common

import (
	"fmt"
	"strings"
)

// scene is what random policies may hold: the kinds of a version, in one reading.
type scene struct {
	dice
	kinds map[string]Kind
	// evaluator is the version that decides as the dataplane.
	evaluator string
	reading   string
}

func (s scene) has(kind string) bool {
	_, known := s.kinds[kind]
	return known
}

// objects are a few policies, and what they may speak of. In most sets one policy is made so that what
// its first rule says matters: whatever that does not match meets the opposite.
func (s scene) objects() map[string]any {
	objects := map[string]any{}
	tiers := s.has("Tier") && s.in(40)
	if tiers {
		tier := map[string]any{"order": 10 + s.Intn(2)*2000000}
		if s.in(70) {
			tier["defaultAction"] = s.one("Pass", "Deny")
		}
		objects["Tier/first"] = tier
		if s.in(50) {
			early := s.focus(false)
			early["tier"] = "first"
			objects["GlobalNetworkPolicy/first.p8"] = early
		}
	}
	sets := s.in(30)
	if sets {
		set := map[string]any{
			"labels": map[string]any{"partner": "yes", "app": s.one("web", "cart")},
			"nets":   []any{"203.0.113.0/24", s.one("198.51.100.0/24", "2001:db8::/32")},
		}
		objects[s.one("GlobalNetworkSet/s", "NetworkSet/shop/s", "NetworkSet/pay/s")] = set
	}
	if s.in(12) {
		objects["KubernetesNetworkPolicy/shop/k"] = s.kubernetes()
	}
	orders := s.Perm(20)
	others := s.Intn(3)
	if s.in(75) {
		others = s.Intn(2)
		objects[s.one("NetworkPolicy/shop/", "GlobalNetworkPolicy/")+"p9"] = s.focus(sets)
	}
	if s.in(25) {
		second := s.focus(sets)
		second["order"] = 1 + 100*orders[19]
		objects["GlobalNetworkPolicy/p7"] = second
	}
	for index := 0; index < others; index++ {
		name, spec := s.policy(index, tiers)
		if s.in(93) {
			spec["order"] = 1 + 100*orders[index]
		}
		if s.in(15) {
			// As others have it, so that their names decide who comes first.
			spec["order"] = 950 + 50*s.Intn(2)
		}
		objects[name] = spec
	}
	if s.has("StagedGlobalNetworkPolicy") && s.in(5) {
		objects["StagedGlobalNetworkPolicy/waiting"] = map[string]any{
			"order": 0, "types": []any{"Ingress"}, "ingress": []any{map[string]any{"action": "Deny"}},
		}
	}
	return objects
}

// focus is a policy on the pod asked: a rule, and its opposite for the rest.
func (s scene) focus(sets bool) map[string]any {
	rule := s.rule()
	if sets && s.in(50) {
		rule["source"] = map[string]any{"selector": "partner == 'yes'"}
		if s.in(50) {
			rule["source"] = map[string]any{"namespaceSelector": s.one("team == 'blue'", "global()", "all()")}
		}
	}
	opposite := "Deny"
	if rule["action"] == "Deny" {
		opposite = "Allow"
	}
	spec := map[string]any{
		"order": 950, "selector": s.one("app == 'db'", "app == 'db'", "app == 'web'"),
		"ingress": []any{rule, map[string]any{"action": opposite}},
	}
	if s.in(50) {
		spec["types"] = [][]any{{"Ingress"}, {"Ingress", "Egress"}, {"Egress"}}[s.Intn(3)]
	}
	return spec
}

// policy is a namespaced or a global policy with its name.
func (s scene) policy(index int, tiers bool) (string, map[string]any) {
	name, spec := fmt.Sprintf("p%d", index), map[string]any{}
	if tiers && s.in(55) {
		spec["tier"] = "first"
		name = "first." + name
	}
	kind := "NetworkPolicy/shop/"
	if s.in(50) {
		kind = "GlobalNetworkPolicy/"
		if s.in(30) {
			spec["namespaceSelector"] = s.of(namespaceForms[:9])
			if spec["namespaceSelector"] == "global()" {
				spec["namespaceSelector"] = "team == 'blue'"
			}
		}
		if s.in(14) {
			spec[s.one("doNotTrack", "preDNAT")], spec["applyOnForward"] = true, true
		}
	}
	if s.in(90) {
		spec["selector"] = s.one("app == 'db'", "app == 'db'", "app == 'db'", "has(app)", "app != 'web'",
			"app == 'web'", "app in {'db', 'web'}", "release starts with 'v12'")
	}
	if s.in(12) {
		spec["serviceAccountSelector"] = s.one("projectcalico.org/name == 'db'", "projectcalico.org/name == 'web'",
			"projectcalico.org/name != 'web'", "has(x)", "x == 'a'")
	}
	if spec["preDNAT"] == nil && s.in(75) {
		spec["types"] = [][]any{{"Ingress"}, {"Ingress"}, {"Ingress", "Egress"}, {"Egress"}}[s.Intn(4)]
	}
	var rules []any
	for number := s.Intn(3); number > 0; number-- {
		rules = append(rules, s.rule())
	}
	if s.in(30) {
		rules = append(rules, map[string]any{"action": s.one("Allow", "Deny", "Pass")})
	}
	if len(rules) > 0 {
		spec["ingress"] = rules
	}
	if s.in(15) && spec["preDNAT"] == nil {
		spec["egress"] = []any{map[string]any{"action": s.one("Allow", "Deny")}}
	}
	return kind + name, spec
}

func (s scene) rule() map[string]any {
	rule := map[string]any{"action": s.one("Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log")}
	if source := s.source(); len(source) > 0 {
		rule["source"] = source
	}
	s.connection(rule)
	return rule
}

// source is who asks: seldom more than one condition, so that each of them matters.
func (s scene) source() map[string]any {
	source := map[string]any{}
	for more := s.in(80); more; more = s.in(25) {
		s.condition(source)
	}
	return source
}

func (s scene) condition(source map[string]any) {
	switch s.Intn(9) {
	case 0, 1, 2:
		source["selector"] = s.of(selectorForms)
	case 3:
		source["notSelector"] = s.of(selectorForms)
	case 4, 5:
		source["namespaceSelector"] = s.of(namespaceForms)
	case 6:
		accounts := map[string]any{"names": [][]any{{"web"}, {"cart", "web"}, {"api"}}[s.Intn(3)]}
		if s.in(40) {
			accounts = map[string]any{"selector": s.of(accountForms)}
		} else if s.in(10) {
			accounts["selector"] = s.of(accountForms)
		}
		source["serviceAccounts"] = accounts
	case 7:
		source["nets"] = [][]any{
			{"10.0.0.0/8"}, {"203.0.113.9/32", "10.2.0.0/16"}, {"::/0"}, {"0.0.0.0/0"}, {"2001:db8::/32"},
		}[s.Intn(5)]
	default:
		source["notNets"] = [][]any{{"10.1.0.0/16"}, {"203.0.113.0/24"}, {"2001:db8::/32"}}[s.Intn(3)]
	}
}

// connection adds what a rule says of protocol, ports, family, destination and HTTP.
func (s scene) connection(rule map[string]any) {
	ports := [][]any{{80}, {"8000:8080"}, {80, "9000:9090"}, {53}, {"http"}, {"http", 80}, {"dns"}}
	switch s.Intn(7) {
	case 0, 1:
		rule["protocol"] = s.one("TCP", "TCP", "UDP", "SCTP")
		rule["destination"] = map[string]any{s.one("ports", "notPorts"): ports[s.Intn(len(ports))]}
	case 2:
		protocols := []any{"TCP", "UDP", 17, 6, "ICMP", "ICMPv6", 58, "UDPLite", 47}
		rule[s.one("protocol", "notProtocol")] = protocols[s.Intn(9)]
	}
	if s.in(15) {
		rule["destination"] = s.destination(rule["destination"])
	}
	if s.in(10) {
		rule["ipVersion"] = 4 + 2*s.Intn(2)
	}
	hundred := 12
	if s.reading == "dikastes" {
		hundred = 45
	}
	if rule["action"] == "Allow" && s.in(hundred) {
		rule["http"] = s.http()
	}
}

func (s scene) http() map[string]any {
	http := map[string]any{}
	if s.in(60) {
		http["methods"] = [][]any{{"GET"}, {"POST", "PUT"}, {"*"}, {"get"}}[s.Intn(4)]
	}
	if len(http) == 0 || s.in(50) {
		http["paths"] = [][]any{
			{map[string]any{"exact": "/foo"}},
			{map[string]any{"prefix": "/pub"}},
			{map[string]any{"prefix": "/pub/"}},
			{map[string]any{"prefix": "/foo"}, map[string]any{"exact": "/x"}},
			{map[string]any{"exact": "/foo/"}},
			{map[string]any{"prefix": "/"}},
		}[s.Intn(6)]
	}
	return http
}

// destination also says which pods or addresses are asked.
func (s scene) destination(before any) map[string]any {
	found, ok := before.(map[string]any)
	if !ok {
		found = map[string]any{}
	}
	switch s.Intn(5) {
	case 0:
		found["selector"] = s.one("app == 'db'", "app == 'web'", "has(release)")
	case 1:
		found["nets"] = []any{s.one("10.1.0.5/32", "10.2.0.0/16", "fd00::/8")}
	case 2:
		found["notNets"] = []any{s.one("10.1.0.5/32", "10.2.0.0/16")}
	case 3:
		found["namespaceSelector"] = s.one("team == 'red'", "team == 'blue'")
	default:
		found["notSelector"] = s.one("app == 'db'", "app == 'web'")
	}
	return found
}

// kubernetes is a NetworkPolicy of Kubernetes.
func (s scene) kubernetes() map[string]any {
	peer := []map[string]any{
		{"podSelector": map[string]any{"matchLabels": map[string]any{"app": "web"}}},
		{"podSelector": map[string]any{}},
		{"namespaceSelector": map[string]any{"matchLabels": map[string]any{"team": "blue"}}},
		{"ipBlock": map[string]any{"cidr": "10.0.0.0/8", "except": []any{"10.2.0.0/16"}}},
		{"namespaceSelector": map[string]any{}, "podSelector": map[string]any{"matchExpressions": []any{
			map[string]any{"key": "app", "operator": "NotIn", "values": []any{"web"}}}}},
	}
	rule := map[string]any{"from": []any{peer[s.Intn(5)], peer[s.Intn(5)]}}
	if s.in(50) {
		rule["ports"] = []any{
			map[string]any{"port": []any{8080, "http"}[s.Intn(2)]},
			map[string]any{"port": 50, "endPort": 60, "protocol": "UDP"},
		}
	}
	return map[string]any{"podSelector": map[string]any{}, "ingress": []any{rule}}
}

// isOld are the protocols that evaluators before 3.31 know.
var isOld = map[string]bool{"": true, "UDP": true, "ICMP": true}

// request is who asks, over which port, and with which request in it.
func (s scene) request() string {
	peer := s.one("web", "web", "api", "cart", "twin", "outside", "partner", "outside6", "web6")
	if s.reading == "dikastes" {
		// Envoy asks about TCP, and about UDP, which no sidecar captures.
		port := s.one("8080", "8080", "80", "9090")
		http := s.one("", " GET /foo", " POST /pub/x", " PUT /foo/", " GET /public", " get /x?y=/foo",
			" GET //foo", " HEAD /pub")
		return peer + s.one("", "+mtls") + ":" + port + http
	}
	port := s.one("8080", "8080", "80", "9090", "8080/UDP", "53/UDP", "8080/SCTP", "0/ICMP", "0/ICMPv6",
		"8080/UDPLite", "0/GRE")
	if (port == "0/ICMP" && peer[len(peer)-1] == '6') || (port == "0/ICMPv6" && peer[len(peer)-1] != '6') {
		port = "8080"
	}
	if _, protocol, _ := strings.Cut(port, "/"); earlier(s.evaluator, "3.31") && !isOld[protocol] {
		port = "8080"
	}
	if len(port) > 4 {
		return peer + ":" + port
	}
	return peer + ":" + port + s.one("", "", " GET /foo", " POST /pub/x")
}
