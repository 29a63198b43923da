package main

import (
	"encoding/json"
	"fmt"
	"strings"

	networking "istio.io/client-go/pkg/apis/networking/v1"
	security "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/serviceregistry/ambient"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/log"
	api "istio.io/istio/pkg/workloadapi/security"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	gateway "sigs.k8s.io/gateway-api/apis/v1"
)

// Handed is what istiod sends to ztunnel: policies, and for each workload the names of its own.
type Handed struct {
	policies   map[string]*api.Authorization
	namespaces []string
	own        [][]string
}

// silence keeps Istio from warning on standard output, where the answers go.
func silence() {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
}

// objects are the resources as istiod's informers have them.
type objects struct {
	authorizations []*security.AuthorizationPolicy
	peers          []*security.PeerAuthentication
}

func read(ask Ask) (objects, error) {
	var found objects
	texts := make([]string, 0, len(ask.Objects))
	for _, object := range ask.Objects {
		texts = append(texts, string(object))
	}
	configs, others, err := crd.ParseInputs(strings.Join(texts, "\n---\n"))
	if err != nil {
		return found, fmt.Errorf("reading the objects: %w", err)
	}
	if len(others) > 0 {
		return found, fmt.Errorf("reading the objects: Istio does not know the kind %q", others[0].Kind)
	}
	// Only for the checks.
	store := memory.Make(collections.Pilot)
	for _, config := range configs {
		if _, err := store.Create(config); err != nil {
			return found, fmt.Errorf("storing %s %s/%s: %w",
				config.GroupVersionKind.Kind, config.Namespace, config.Name, err)
		}
	}
	for _, object := range ask.Objects {
		var kind meta.TypeMeta
		if err := json.Unmarshal(object, &kind); err != nil {
			return found, err
		}
		switch kind.Kind {
		case "AuthorizationPolicy":
			policy := &security.AuthorizationPolicy{}
			if err := json.Unmarshal(object, policy); err != nil {
				return found, err
			}
			found.authorizations = append(found.authorizations, policy)
		case "PeerAuthentication":
			policy := &security.PeerAuthentication{}
			if err := json.Unmarshal(object, policy); err != nil {
				return found, err
			}
			found.peers = append(found.peers, policy)
		default:
			return found, fmt.Errorf("kind %q is nothing for ztunnel", kind.Kind)
		}
	}
	return found, nil
}

func pod(number int, workload Workload) *core.Pod {
	name, labels := fmt.Sprintf("pod-%d", number), workload.Labels
	if len(labels) == 0 {
		labels = nil // As the API server leaves them out.
	}
	return &core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: name, Namespace: workload.Namespace, Labels: labels},
		Spec:       core.PodSpec{ServiceAccountName: "app"},
		Status: core.PodStatus{
			Phase:  core.PodRunning,
			PodIPs: []core.PodIP{{IP: fmt.Sprintf("10.0.0.%d", number+1)}},
		},
	}
}

func fixed[T any](opts krt.OptionsBuilder, name string, values []T) krt.Collection[T] {
	return krt.NewStaticCollection(nil, values, opts.WithName(name)...)
}

// hand asks istiod's own collections, the ones that its index of ambient mode is built of.
func hand(ask Ask) (*Handed, error) {
	found, err := read(ask)
	if err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	opts := krt.NewOptionsBuilder(stop, "ambient", krt.GlobalDebugHandler)
	settings := krt.NewStatic(&ambient.MeshConfig{MeshConfig: mesh.DefaultMeshConfig()}, true)
	peers := fixed(opts, "PeerAuthentications", found.peers)
	waypoints := fixed(opts, "Waypoints", []ambient.Waypoint{})
	attached, all := ambient.PolicyCollections(
		fixed(opts, "AuthorizationPolicies", found.authorizations), peers, settings, waypoints, opts, ambient.FeatureFlags{})
	pods := make([]*core.Pod, 0, len(ask.Workloads))
	for number, workload := range ask.Workloads {
		pods = append(pods, pod(number, workload))
	}
	namespaces := fixed(opts, "Namespaces", []*core.Namespace{})
	networks := ambient.BuildNetworkCollections(
		namespaces, fixed(opts, "Gateways", []*gateway.Gateway{}), ambient.Options{}, opts)
	builder := ambient.Builder{DomainSuffix: "cluster.local", ClusterID: "cluster", Networks: networks}
	workloads := builder.WorkloadsCollection(
		fixed(opts, "Pods", pods),
		fixed(opts, "Nodes", []ambient.Node{}),
		settings, attached, peers, waypoints,
		fixed(opts, "Services", []model.ServiceInfo{}),
		fixed(opts, "WorkloadEntries", []*networking.WorkloadEntry{}),
		fixed(opts, "ServiceEntries", []*networking.ServiceEntry{}),
		fixed(opts, "EndpointSlices", []*discovery.EndpointSlice{}),
		namespaces, opts)
	if !all.WaitUntilSynced(stop) || !workloads.WaitUntilSynced(stop) {
		return nil, fmt.Errorf("istiod's collections are not filled")
	}
	return collect(ask, all.List(), workloads.List())
}

func collect(ask Ask, policies []model.WorkloadAuthorization, workloads []model.WorkloadInfo) (*Handed, error) {
	handed := &Handed{policies: map[string]*api.Authorization{}}
	for _, policy := range policies {
		// One without an authorization only holds what is wrong with it.
		if policy.Authorization != nil {
			handed.policies[policy.Authorization.Namespace+"/"+policy.Authorization.Name] = policy.Authorization
		}
	}
	own := map[string][]string{}
	for _, workload := range workloads {
		own[workload.Workload.Name] = workload.Workload.AuthorizationPolicies
	}
	if len(own) != len(ask.Workloads) {
		return nil, fmt.Errorf("istiod knows %d of %d workloads", len(own), len(ask.Workloads))
	}
	for number, workload := range ask.Workloads {
		handed.own = append(handed.own, own[pod(number, workload).Name])
		handed.namespaces = append(handed.namespaces, workload.Namespace)
	}
	return handed, nil
}
