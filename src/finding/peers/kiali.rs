//! Validations of Kiali 2.31 (`models/istio_validation.go`).

use super::{Message, Reason, said, unsaid};
use crate::finding::codes::{input, meaning, platform, policy};

pub(super) static MESSAGES: &[Message] = &[
    said("KIA0002", "generic.multimatch.selectorless", &[&meaning::PEER_AUTHENTICATION_TIE]),
    said("KIA0003", "generic.multimatch.selector", &[&meaning::PEER_AUTHENTICATION_TIE]),
    said("KIA0004", "generic.selector.workloadnotfound", &[&meaning::SELECTS_NOTHING]),
    said("KIA0101", "authorizationpolicy.source.namespacenotfound", &[&platform::ASSUMED_MEMBER]),
    said("KIA0102", "authorizationpolicy.to.wrongmethod", &[&meaning::METHOD_CASE, &policy::METHOD_PATTERN]),
    unsaid(
        "KIA0104",
        "authorizationpolicy.nodest.matchingregistry",
        Reason::WrongInPeer,
        "a policy's hosts are compared with what the request names, not with names of Services; `host-without-port` and `host-match` say what matters",
    ),
    said(
        "KIA0105",
        "authorizationpolicy.mtls.needstobeenabled",
        &[&meaning::IDENTITY_WITHOUT_MTLS, &meaning::PLAINTEXT_PASSES],
    ),
    said("KIA0106", "authorizationpolicy.source.principalnotfound", &[&meaning::UNKNOWN_ACCOUNT]),
    unsaid(
        "KIA0107",
        "authorizationpolicy.source.principalremote",
        Reason::NeedsCluster,
        "the accounts of a remote cluster",
    ),
    said("KIA0108", "authorizationpolicy.source.principalforeign", &[&policy::FOREIGN_TRUST_DOMAIN]),
    said(
        "KIA0109",
        "authorizationpolicy.ambient.l7nowaypoint",
        &[&meaning::ZTUNNEL_ALLOW_LEFT_OUT, &meaning::ZTUNNEL_DENY_WIDER, &meaning::ZTUNNEL_DENY_IGNORED],
    ),
    said(
        "KIA0110",
        "authorizationpolicy.ambient.l7notargetrefs",
        &[&meaning::ZTUNNEL_ALLOW_LEFT_OUT, &meaning::ZTUNNEL_DENY_WIDER, &meaning::ZTUNNEL_DENY_IGNORED],
    ),
    unsaid(
        "KIA0205",
        "destinationrules.mtls.meshpolicymissing",
        Reason::WrongInPeer,
        "without a PeerAuthentication a workload takes mutual TLS and plaintext alike",
    ),
    unsaid(
        "KIA0206",
        "destinationrules.mtls.nspolicymissing",
        Reason::WrongInPeer,
        "without a PeerAuthentication a workload takes mutual TLS and plaintext alike",
    ),
    unsaid(
        "KIA0401",
        "peerauthentication.mtls.destinationrulemissing",
        Reason::WrongInPeer,
        "proxies use mutual TLS by themselves since Istio 1.5; where that is off, `auto-mutual-tls-off` says it",
    ),
    unsaid(
        "KIA0501",
        "peerauthentications.mtls.destinationrulemissing",
        Reason::WrongInPeer,
        "proxies use mutual TLS by themselves since Istio 1.5; where that is off, `auto-mutual-tls-off` says it",
    ),
    unsaid(
        "KIA0701",
        "service.deployment.port.mismatch",
        Reason::WrongInPeer,
        "`containerPort` is documentation: a Service reaches ports that no template lists",
    ),
    said("KIA1301", "workload.authorizationpolicy.needstobecovered", &[&meaning::UNCOVERED_WORKLOAD]),
    said("KIA1311", "workload.ambient.sidecarandlabel", &[&input::INJECTION_UNCLEAR]),
    said("KIA1312", "workload.ambient.waypointandnotambient", &[&platform::WAYPOINT_ABSENT]),
    said("KIA1313", "workload.ambient.waypointnotfound", &[&platform::WAYPOINT_ABSENT]),
    unsaid(
        "KIA1314",
        "workload.ambient.podsidecarlabelandambientredirection",
        Reason::NeedsCluster,
        "an annotation that the network plugin writes on running pods",
    ),
    said("KIA1315", "workload.ambient.podsidecarinjectandambientlabel", &[&input::INJECTION_UNCLEAR]),
    said("KIA1316", "workload.ambient.sidecarinambientnamespace", &[&input::INJECTION_UNCLEAR]),
    said(
        "KIA1317",
        "workload.ambient.authpolicybutnowaypoint",
        &[&meaning::ZTUNNEL_ALLOW_LEFT_OUT, &meaning::ZTUNNEL_DENY_WIDER, &meaning::ZTUNNEL_DENY_IGNORED],
    ),
    said("KIA1503", "k8sgateways.unique.listener", &[&input::RESOURCE_INVALID]),
    unsaid(
        "KIA1504",
        "k8sgateways.gatewayclassnotfound",
        Reason::WrongInPeer,
        "compared with Kiali's own settings",
    ),
    unsaid(
        "KIA1601",
        "k8sreferencegrants.from.namespacenotfound",
        Reason::NeedsCluster,
        "namespaces that the input does not hold",
    ),
    said("KIA1701", "workloadgroup.template.serviceaccount.notfound", &[&meaning::UNKNOWN_ACCOUNT]),
];
