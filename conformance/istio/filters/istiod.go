package main

import (
	"encoding/json"
	"fmt"
	"time"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/config/memory"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/security/authn"
	"istio.io/istio/pilot/pkg/security/authz/builder"
	"istio.io/istio/pilot/pkg/security/trustdomain"
	registry "istio.io/istio/pilot/pkg/serviceregistry/memory"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/config/mesh/meshwatcher"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/log"
)

// istiod is as much of Istio's control plane as decides about policies.
type istiod struct {
	services        *registry.ServiceDiscovery
	virtualServices *model.VirtualServiceController
	keys            *model.JwksResolver
}

func newIstiod() *istiod {
	// Istio warns on standard output, where the answers go.
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	empty := memory.NewController(memory.MakeSkipValidation(collections.Pilot))
	virtualServices := model.NewVirtualServiceController(
		empty,
		model.VSControllerOptions{KrtDebugger: krt.GlobalDebugHandler},
		meshwatcher.NewTestWatcher(nil),
	)
	go virtualServices.Run(make(chan struct{}))
	return &istiod{
		services:        registry.NewServiceDiscovery(),
		virtualServices: virtualServices,
		// Tokens' keys are in the policies: nothing is ever fetched.
		keys: model.NewJwksResolver(time.Hour, time.Hour, time.Hour, time.Hour),
	}
}

// push is Istio's snapshot of all configuration, of these policies alone.
func (i *istiod) push(ask Ask) (*model.PushContext, error) {
	configs, others, err := crd.ParseInputs(ask.Objects)
	if err != nil {
		return nil, fmt.Errorf("reading the objects: %w", err)
	}
	if len(others) > 0 {
		return nil, fmt.Errorf("reading the objects: Istio does not know the kind %q", others[0].Kind)
	}
	store := memory.Make(collections.Pilot)
	for _, config := range configs {
		if _, err := store.Create(config); err != nil {
			return nil, fmt.Errorf("storing %s %s/%s: %w",
				config.GroupVersionKind.Kind, config.Namespace, config.Name, err)
		}
	}
	settings := mesh.DefaultMeshConfig()
	if ask.TrustDomain != "" {
		settings.TrustDomain = ask.TrustDomain
	}
	settings.TrustDomainAliases = ask.TrustDomainAliases
	if ask.RootNamespace != "" {
		settings.RootNamespace = ask.RootNamespace
	}
	environment := model.NewEnvironment()
	environment.ConfigStore = store
	environment.ServiceDiscovery = i.services
	environment.VirtualServiceController = i.virtualServices
	environment.Watcher = meshwatcher.NewTestWatcher(settings)
	environment.NetworksWatcher = meshwatcher.NewFixedNetworksWatcher(nil)
	environment.Init()
	push := model.NewPushContext()
	push.JwtKeyResolver = i.keys
	push.InitContext(environment, nil, nil)
	return push, nil
}

func (i *istiod) answer(ask Ask) (Answer, error) {
	push, err := i.push(ask)
	if err != nil {
		return Answer{}, err
	}
	proxy := &model.Proxy{
		Type:            model.SidecarProxy,
		ConfigNamespace: ask.Namespace,
		Labels:          ask.Labels,
		Metadata:        &model.NodeMetadata{Labels: ask.Labels, Namespace: ask.Namespace},
		IstioVersion:    model.MaxIstioVersion,
	}
	answer := Answer{ID: ask.ID, HTTP: []json.RawMessage{}, TCP: []json.RawMessage{}, MTLS: map[uint32]string{}}
	applier := authn.NewPolicyApplier(push, proxy, nil)
	for _, port := range ask.Ports {
		answer.MTLS[port] = applier.GetMutualTLSModeForPort(port).String()
	}
	var http []*hcm.HttpFilter
	if tokens := applier.JwtFilter(false); tokens != nil {
		http = append(http, tokens)
	}
	// As the plugin that istiod builds its listeners with asks for them.
	matcher := model.PolicyMatcherForProxy(proxy).WithRootNamespace(push.AuthzPolicies.RootNamespace)
	policies := push.AuthzPolicies.ListAuthorizationPolicies(matcher)
	answer.Custom = len(policies.Custom)
	bundle := trustdomain.NewBundle(push.Mesh.TrustDomain, push.Mesh.TrustDomainAliases)
	authz := builder.New(bundle, push, policies, builder.Option{})
	if authz != nil {
		http = append(http, authz.BuildHTTP()...)
		if answer.TCP, err = written(answer.TCP, authz.BuildTCP()); err != nil {
			return Answer{}, fmt.Errorf("writing the TCP filters: %w", err)
		}
	}
	if answer.HTTP, err = written(answer.HTTP, http); err != nil {
		return Answer{}, fmt.Errorf("writing the HTTP filters: %w", err)
	}
	return answer, nil
}

// written adds the filters as protojson.
func written[T proto.Message](all []json.RawMessage, filters []T) ([]json.RawMessage, error) {
	for _, filter := range filters {
		text, err := protojson.Marshal(filter)
		if err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, nil
}
