//! The annotations and labels of Istio's that may stand on workloads, Namespaces and Services.
//!
//! Facts: `istio.io/api` 1.31, `annotation/annotations.gen.go` and `label/labels.gen.go`; what a value has to be, from
//! `pkg/kube/inject/validate.go`. What Istio keeps for other kinds is not here.

use super::value::Takes::{
    self, Flag, Interfaces, Mode, Number, Port, PortsElsewhere, Quantity, Ranges, RangesOrAll, Text,
};

/// Where something may stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Place {
    Namespace,
    Service,
    /// A Pod, or the template of a workload.
    Pod,
    /// The metadata of a Deployment and the like, beside its template.
    Workload,
}

/// What something is about: each group of one object is told at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Group {
    Resources,
    Logging,
    Image,
    Statistics,
    Readiness,
    Metrics,
    Redirection,
    Inbound,
    Outbound,
    /// `sidecar.istio.io/inject`.
    Injection,
    Probes,
    Files,
    Configuration,
    Visibility,
    /// Labels and the like that only Istio reads.
    Mark,
}

/// One annotation or label.
pub(super) struct Known {
    pub(super) name: &'static str,
    pub(super) places: &'static [Place],
    pub(super) takes: Takes,
    pub(super) group: Group,
}

const POD: &[Place] = &[Place::Pod];
const SERVICE: &[Place] = &[Place::Service];
const NAMESPACE: &[Place] = &[Place::Namespace];
const SHARED: &[Place] = &[Place::Namespace, Place::Service];
const ANYWHERE: &[Place] = &[Place::Namespace, Place::Service, Place::Pod, Place::Workload];
const POD_OR_NAMESPACE: &[Place] = &[Place::Namespace, Place::Pod];
const ALL_BUT_WORKLOADS: &[Place] = &[Place::Namespace, Place::Service, Place::Pod];
const GENERATED: &[Place] = &[Place::Service, Place::Pod, Place::Workload];
/// The kinds that these belong to are not looked at here, so they are misplaced on each that is.
const NOWHERE: &[Place] = &[];

const fn known(name: &'static str, places: &'static [Place], takes: Takes, group: Group) -> Known {
    Known { name, places, takes, group }
}

/// Annotations that Istio itself calls deprecated, and what it takes instead.
pub(super) static DEPRECATED: &[(&str, &str)] = &[
    ("alpha.istio.io/canonical-serviceaccounts", ""),
    ("alpha.istio.io/kubernetes-serviceaccounts", ""),
    ("sidecar.istio.io/discoveryAddress", ""),
    ("sidecar.istio.io/extraStatTags", ""),
    ("sidecar.istio.io/inject", "the label of that name"),
    ("sidecar.istio.io/statsCompression", ""),
    ("sidecar.istio.io/statsInclusionPrefixes", ""),
    ("sidecar.istio.io/statsInclusionRegexps", ""),
    ("sidecar.istio.io/statsInclusionSuffixes", ""),
    ("traffic.sidecar.istio.io/kubevirtInterfaces", "`istio.io/reroute-virtual-interfaces`"),
];

pub(super) static ANNOTATIONS: &[Known] = &[
    known("alpha.istio.io/canonical-serviceaccounts", SERVICE, Text, Group::Mark),
    known("alpha.istio.io/kubernetes-serviceaccounts", SERVICE, Text, Group::Mark),
    known("ambient.istio.io/bypass-inbound-capture", POD, Text, Group::Inbound),
    known("ambient.istio.io/dns-capture", POD, Text, Group::Redirection),
    known("ambient.istio.io/redirection", POD, Text, Group::Mark),
    known("ambient.istio.io/waypoint-inbound-binding", NOWHERE, Text, Group::Mark),
    known("galley.istio.io/analyze-suppress", ANYWHERE, Text, Group::Mark),
    known("gateway.istio.io/controller-version", ANYWHERE, Text, Group::Mark),
    known("gateway.istio.io/name-override", NOWHERE, Text, Group::Mark),
    known("gateway.istio.io/service-account", NOWHERE, Text, Group::Mark),
    known("inject.istio.io/templates", POD, Text, Group::Image),
    known("istio.io/autoRegistrationGroup", NOWHERE, Text, Group::Mark),
    known("istio.io/connectedAt", NOWHERE, Text, Group::Mark),
    known("istio.io/disconnectedAt", NOWHERE, Text, Group::Mark),
    known("istio.io/dry-run", NOWHERE, Text, Group::Mark),
    known("istio.io/reroute-virtual-interfaces", POD, Interfaces, Group::Redirection),
    known("istio.io/rev", POD, Text, Group::Mark),
    known("istio.io/use-waypoint-canary-weight", SHARED, Text, Group::Mark),
    known("istio.io/workloadController", NOWHERE, Text, Group::Mark),
    known("networking.istio.io/exportTo", SERVICE, Text, Group::Visibility),
    known("networking.istio.io/service-type", NOWHERE, Text, Group::Mark),
    known("networking.istio.io/traffic-distribution", SHARED, Text, Group::Mark),
    known("prometheus.istio.io/merge-metrics", POD, Flag, Group::Metrics),
    known("proxy.istio.io/config", POD, Text, Group::Configuration),
    known("proxy.istio.io/overrides", POD, Text, Group::Mark),
    known("readiness.status.sidecar.istio.io/applicationPorts", POD, Text, Group::Readiness),
    known("readiness.status.sidecar.istio.io/failureThreshold", POD, Number, Group::Readiness),
    known("readiness.status.sidecar.istio.io/initialDelaySeconds", POD, Number, Group::Readiness),
    known("readiness.status.sidecar.istio.io/periodSeconds", POD, Number, Group::Readiness),
    known("sidecar.istio.io/agentLogLevel", POD, Text, Group::Logging),
    known("sidecar.istio.io/bootstrapOverride", POD, Text, Group::Files),
    known("sidecar.istio.io/componentLogLevel", POD, Text, Group::Logging),
    known("sidecar.istio.io/discoveryAddress", POD, Text, Group::Image),
    known("sidecar.istio.io/extraStatTags", POD, Text, Group::Statistics),
    known("sidecar.istio.io/inject", POD, Text, Group::Injection),
    known("sidecar.istio.io/interceptionMode", POD, Mode, Group::Redirection),
    known("sidecar.istio.io/logLevel", POD, Text, Group::Logging),
    known("sidecar.istio.io/nativeSidecar", POD, Text, Group::Image),
    known("sidecar.istio.io/proxyCPU", POD, Quantity, Group::Resources),
    known("sidecar.istio.io/proxyCPULimit", POD, Quantity, Group::Resources),
    known("sidecar.istio.io/proxyImage", POD, Text, Group::Image),
    known("sidecar.istio.io/proxyImageType", POD, Text, Group::Image),
    known("sidecar.istio.io/proxyMemory", POD, Quantity, Group::Resources),
    known("sidecar.istio.io/proxyMemoryLimit", POD, Quantity, Group::Resources),
    known("sidecar.istio.io/rewriteAppHTTPProbers", POD, Text, Group::Probes),
    known("sidecar.istio.io/statsCompression", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsEvictionInterval", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsFlushInterval", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsHistogramBins", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsHistogramBuckets", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsInclusionPrefixes", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsInclusionRegexps", POD, Text, Group::Statistics),
    known("sidecar.istio.io/statsInclusionSuffixes", POD, Text, Group::Statistics),
    known("sidecar.istio.io/status", POD, Text, Group::Mark),
    known("sidecar.istio.io/userVolume", POD, Text, Group::Files),
    known("sidecar.istio.io/userVolumeMount", POD, Text, Group::Files),
    known("status.sidecar.istio.io/port", POD, Port, Group::Readiness),
    known("topology.istio.io/controlPlaneClusters", NAMESPACE, Text, Group::Mark),
    known("traffic.istio.io/nodeSelector", SERVICE, Text, Group::Mark),
    known("traffic.sidecar.istio.io/excludeInboundPorts", POD, PortsElsewhere, Group::Inbound),
    known("traffic.sidecar.istio.io/excludeInterfaces", POD, Interfaces, Group::Inbound),
    known("traffic.sidecar.istio.io/excludeOutboundIPRanges", POD, Ranges, Group::Outbound),
    known("traffic.sidecar.istio.io/excludeOutboundPorts", POD, Takes::Ports, Group::Outbound),
    known("traffic.sidecar.istio.io/includeInboundPorts", POD, PortsElsewhere, Group::Inbound),
    known("traffic.sidecar.istio.io/includeOutboundIPRanges", POD, RangesOrAll, Group::Outbound),
    known("traffic.sidecar.istio.io/includeOutboundPorts", POD, Text, Group::Redirection),
    known("traffic.sidecar.istio.io/kubevirtInterfaces", POD, Interfaces, Group::Redirection),
];

pub(super) static LABELS: &[Known] = &[
    known("gateway.istio.io/managed", GENERATED, Text, Group::Mark),
    known("istio-injection", NAMESPACE, Text, Group::Mark),
    known("istio.io/dataplane-mode", POD_OR_NAMESPACE, Text, Group::Mark),
    known("istio.io/ingress-use-waypoint", SHARED, Text, Group::Mark),
    known("istio.io/rev", ANYWHERE, Text, Group::Mark),
    known("istio.io/use-waypoint", ALL_BUT_WORKLOADS, Text, Group::Mark),
    known("istio.io/use-waypoint-canary", SHARED, Text, Group::Mark),
    known("istio.io/use-waypoint-canary-namespace", SHARED, Text, Group::Mark),
    known("istio.io/use-waypoint-namespace", ALL_BUT_WORKLOADS, Text, Group::Mark),
    known("istio.io/waypoint-for", GENERATED, Text, Group::Mark),
    known("networking.istio.io/gatewayPort", SERVICE, Text, Group::Mark),
    known("security.istio.io/tlsMode", ANYWHERE, Text, Group::Mark),
    known("service.istio.io/canonical-name", ANYWHERE, Text, Group::Mark),
    known("service.istio.io/canonical-revision", ANYWHERE, Text, Group::Mark),
    known("service.istio.io/workload-name", ANYWHERE, Text, Group::Mark),
    known("sidecar.istio.io/inject", POD, Text, Group::Injection),
    known("topology.istio.io/cluster", ANYWHERE, Text, Group::Mark),
    known("topology.istio.io/locality", ANYWHERE, Text, Group::Mark),
    known("topology.istio.io/network", ANYWHERE, Text, Group::Mark),
];

/// Whether a name is of Istio's: its domain ends so, as Istio's own analysis looks.
pub(super) fn is_istios(name: &str) -> bool {
    name == "istio-injection" || name.split_once('/').is_some_and(|(domain, _)| domain.ends_with("istio.io"))
}

impl Place {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Namespace => "Namespaces",
            Self::Service => "Services",
            Self::Pod => "Pods and the templates of workloads",
            Self::Workload => "workloads",
        }
    }
}
