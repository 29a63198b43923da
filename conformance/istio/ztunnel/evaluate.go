package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	api "istio.io/istio/pkg/workloadapi/security"
)

// This evaluator stands for ztunnel. Its rules are those of the comments in
// `pkg/workloadapi/security/authorization.proto`, and where these say nothing, of ztunnel's `src/rbac.rs`
// (`Authorization::matches`) and `src/state.rs` (`assert_rbac`), which are named at each.

// connection is a request as ztunnel sees it.
type connection struct {
	identity, namespace, account string
	source, destination          netip.Addr
	port                         uint32
}

func connect(request Request) (connection, error) {
	source, err := netip.ParseAddr(request.Source)
	if err != nil {
		return connection{}, err
	}
	destination, err := netip.ParseAddr(request.Destination)
	if err != nil {
		return connection{}, err
	}
	seen := connection{identity: request.Peer, source: source, destination: destination, port: request.Port}
	if request.Peer != "" {
		parts := strings.Split(request.Peer, "/")
		if len(parts) != 5 {
			return connection{}, fmt.Errorf("%q is no identity", request.Peer)
		}
		seen.namespace, seen.account = parts[2], parts[4]
	}
	return seen, nil
}

// allows follows `assert_rbac`: the policies of the whole mesh, of the namespace, and those that the workload
// names; one DENY that matches refuses; with any ALLOW one has to match. Dry runs are passed over.
func (h *Handed) allows(request Request) (bool, error) {
	seen, err := connect(request)
	if err != nil {
		return false, err
	}
	allowing, matched := false, false
	for key, policy := range h.policies {
		if policy.DryRun || !h.reaches(key, policy, request.Workload) {
			continue
		}
		switch policy.Action {
		case api.Action_DENY:
			if seen.matches(policy) {
				return false, nil
			}
		case api.Action_ALLOW:
			allowing = true
			matched = matched || seen.matches(policy)
		}
	}
	return matched || !allowing, nil
}

// reaches follows the comments on `Scope`, and Workload.authorization_policies.
func (h *Handed) reaches(key string, policy *api.Authorization, workload int) bool {
	switch policy.Scope {
	case api.Scope_GLOBAL:
		return true
	case api.Scope_NAMESPACE:
		return policy.Namespace == h.namespaces[workload]
	default:
		return slices.Contains(h.own[workload], key)
	}
}

// matches: one group, all of its rules, one match of each; a rule without matches holds. A policy without
// groups matches nothing.
func (c connection) matches(policy *api.Authorization) bool {
	return slices.ContainsFunc(policy.Groups, func(group *api.Group) bool {
		return !slices.ContainsFunc(group.Rules, func(rules *api.Rules) bool {
			return len(rules.Matches) > 0 && !slices.ContainsFunc(rules.Matches, c.match)
		})
	})
}

// match: values of a type are ORed, types are ANDed. A match without any value matches nothing
// (`RbacMatch::is_empty`).
func (c connection) match(match *api.Match) bool {
	asks := []struct {
		count int
		holds bool
	}{
		ask(match.Namespaces, match.NotNamespaces, func(text *api.StringMatch) bool { return like(text, c.namespace) }),
		ask(match.Principals, match.NotPrincipals, func(text *api.StringMatch) bool {
			return c.identity != "" && like(text, c.identity)
		}),
		ask(match.ServiceAccounts, match.NotServiceAccounts, func(account *api.ServiceAccountMatch) bool {
			return c.identity != "" && account.Namespace == c.namespace && account.ServiceAccount == c.account
		}),
		ask(match.SourceIps, match.NotSourceIps, func(block *api.Address) bool { return within(block, c.source) }),
		ask(match.DestinationIps, match.NotDestinationIps, func(block *api.Address) bool { return within(block, c.destination) }),
		ask(match.DestinationPorts, match.NotDestinationPorts, func(port uint32) bool { return port == c.port }),
	}
	count, holds := 0, true
	for _, asked := range asks {
		count += asked.count
		holds = holds && asked.holds
	}
	return count > 0 && holds
}

// ask counts the values of a type, and says whether one of the first and none of the second holds.
func ask[T any](any, none []T, holds func(T) bool) struct {
	count int
	holds bool
} {
	return struct {
		count int
		holds bool
	}{len(any) + len(none), (len(any) == 0 || slices.ContainsFunc(any, holds)) && !slices.ContainsFunc(none, holds)}
}

// like: nothing has no presence, but has every empty prefix and suffix (`StringMatch::matches`).
func like(match *api.StringMatch, text string) bool {
	switch wanted := match.MatchType.(type) {
	case *api.StringMatch_Exact:
		return wanted.Exact == text
	case *api.StringMatch_Prefix:
		return strings.HasPrefix(text, wanted.Prefix)
	case *api.StringMatch_Suffix:
		return strings.HasSuffix(text, wanted.Suffix)
	default:
		return text != ""
	}
}

func within(block *api.Address, address netip.Addr) bool {
	base, ok := netip.AddrFromSlice(block.Address)
	return ok && netip.PrefixFrom(base, int(block.Length)).Contains(address)
}
