//! The fields of MeshConfig (`istio.io/api` 1.31, `mesh/v1alpha1/config.proto`).

use super::provider_tables::PROVIDER;
use super::proxy_tables::PROXY_CONFIG;
use super::shape::Shape::{Any, Flag, List, Map, Message as Of, Text, Whole, Words};
use super::shape::{Message, Shape, TEXT_BY_NAME, TEXTS, WHOLES};

pub(super) static MESH_CONFIG: Message = Message {
    fields: &[
        ("proxyListenPort", Whole),
        ("proxyInboundListenPort", Whole),
        ("proxyHttpPort", Whole),
        ("connectTimeout", Text),
        ("hboneIdleTimeout", Text),
        ("protocolDetectionTimeout", Text),
        ("tcpKeepalive", Of(&KEEPALIVE)),
        ("ingressClass", Text),
        ("ingressService", Text),
        ("ingressControllerMode", Words(&["UNSPECIFIED", "OFF", "DEFAULT", "STRICT"])),
        ("ingressSelector", Text),
        ("enableTracing", Flag),
        ("accessLogFile", Text),
        ("accessLogFormat", Text),
        ("accessLogEncoding", Words(&["TEXT", "JSON"])),
        ("enableEnvoyAccessLogService", Flag),
        ("disableEnvoyListenerLog", Flag),
        ("defaultConfig", Of(&PROXY_CONFIG)),
        ("outboundTrafficPolicy", Of(&OUTBOUND)),
        ("inboundTrafficPolicy", Of(&INBOUND)),
        ("configSources", List(&Of(&CONFIG_SOURCE))),
        ("enableAutoMtls", Flag),
        ("trustDomain", Text),
        ("trustDomainAliases", TEXTS),
        ("caCertificates", List(&Of(&CA_CERTIFICATES))),
        ("defaultServiceExportTo", TEXTS),
        ("defaultVirtualServiceExportTo", TEXTS),
        ("defaultDestinationRuleExportTo", TEXTS),
        ("rootNamespace", Text),
        ("localityLbSetting", Of(&LOCALITY)),
        ("zoneAwareLbSetting", Of(&ZONES)),
        ("dnsRefreshRate", Text),
        ("h2UpgradePolicy", Words(&["DO_NOT_UPGRADE", "UPGRADE"])),
        ("inboundClusterStatName", Text),
        ("outboundClusterStatName", Text),
        ("certificates", List(&Of(&CERTIFICATE))),
        ("serviceSettings", List(&Of(&SERVICE_SETTINGS))),
        ("serviceScopeConfigs", List(&Of(&SERVICE_SCOPE))),
        ("enablePrometheusMerge", Flag),
        ("verifyCertificateAtClient", Flag),
        ("ca", Of(&CA)),
        ("extensionProviders", List(&Of(&PROVIDER))),
        ("defaultProviders", Of(&DEFAULT_PROVIDERS)),
        ("discoverySelectors", List(&Of(&SELECTOR))),
        ("pathNormalization", Of(&PATHS)),
        ("defaultHttpRetryPolicy", Of(&RETRY)),
        ("meshMTLS", Of(&TLS)),
        ("tlsDefaults", Of(&TLS)),
        ("defaultTrafficPolicy", Of(&TRAFFIC)),
        ("serviceEntryVisibility", Of(&VISIBILITY)),
        // Of releases before 1.8, which the definition still reserves: no istiod does anything by them.
        ("mixerCheckServer", Any),
        ("mixerReportServer", Any),
        ("disablePolicyChecks", Any),
        ("disableMixerHttpReports", Any),
        ("policyCheckFailOpen", Any),
        ("sidecarToTelemetrySessionAffinity", Any),
        ("authPolicy", Any),
        ("rdsRefreshDelay", Any),
        ("mixerAddress", Any),
        ("enableClientSidePolicyCheck", Any),
        ("sdsUdsPath", Any),
        ("sdsRefreshDelay", Any),
        ("enableSdsTokenMount", Any),
        ("sdsUseK8sSaJwt", Any),
        ("terminationDrainDuration", Any),
        ("disableReportBatch", Any),
        ("reportBatchMaxEntries", Any),
        ("reportBatchMaxTime", Any),
        ("fileFlushInterval", Any),
        ("fileFlushMinSize", Any),
        ("thriftConfig", Any),
    ],
};

pub(super) static KEEPALIVE: Message =
    Message { fields: &[("probes", Whole), ("time", Text), ("interval", Text)] };

pub(super) static CLIENT_TLS: Message = Message {
    fields: &[
        ("mode", Words(&["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"])),
        ("clientCertificate", Text),
        ("privateKey", Text),
        ("caCertificates", Text),
        ("credentialName", Text),
        ("subjectAltNames", TEXTS),
        ("sni", Text),
        ("insecureSkipVerify", Flag),
        ("caCrl", Text),
    ],
};

static OUTBOUND: Message = Message {
    fields: &[
        ("mode", Words(&["REGISTRY_ONLY", "ALLOW_ANY", "ALLOW_ANY_DYNAMIC_DNS"])),
        ("tls", Of(&CLIENT_TLS)),
    ],
};

static INBOUND: Message = Message { fields: &[("mode", Words(&["PASSTHROUGH", "LOCALHOST"]))] };

static CONFIG_SOURCE: Message = Message {
    fields: &[
        ("address", Text),
        ("tlsSettings", Of(&CLIENT_TLS)),
        ("subscribedResources", List(&Words(&["SERVICE_REGISTRY"]))),
    ],
};

static CA_CERTIFICATES: Message = Message {
    fields: &[("pem", Text), ("spiffeBundleUrl", Text), ("certSigners", TEXTS), ("trustDomains", TEXTS)],
};

static FAILOVER: Message = Message { fields: &[("from", Text), ("to", Text)] };
const WEIGHTS: Shape = Map(&Whole);
static DISTRIBUTE: Message = Message { fields: &[("from", Text), ("to", WEIGHTS)] };

static LOCALITY: Message = Message {
    fields: &[
        ("distribute", List(&Of(&DISTRIBUTE))),
        ("failover", List(&Of(&FAILOVER))),
        ("failoverPriority", TEXTS),
        ("enabled", Flag),
    ],
};

static ZONES: Message = Message {
    fields: &[
        ("enabled", Flag),
        ("failover", List(&Of(&FAILOVER))),
        ("failoverPriority", TEXTS),
        ("minClusterSize", Whole),
    ],
};

static CERTIFICATE: Message = Message { fields: &[("secretName", Text), ("dnsNames", TEXTS)] };

static CLUSTER_LOCAL: Message = Message { fields: &[("clusterLocal", Flag)] };
static SERVICE_SETTINGS: Message = Message { fields: &[("settings", Of(&CLUSTER_LOCAL)), ("hosts", TEXTS)] };

static REQUIREMENT: Message = Message { fields: &[("key", Text), ("operator", Text), ("values", TEXTS)] };
static SELECTOR: Message =
    Message { fields: &[("matchLabels", TEXT_BY_NAME), ("matchExpressions", List(&Of(&REQUIREMENT)))] };

static SERVICE_SCOPE: Message = Message {
    fields: &[
        ("namespaceSelector", Of(&SELECTOR)),
        ("servicesSelector", Of(&SELECTOR)),
        ("scope", Words(&["LOCAL", "GLOBAL"])),
    ],
};

static CA: Message = Message {
    fields: &[
        ("address", Text),
        ("tlsSettings", Of(&CLIENT_TLS)),
        ("requestTimeout", Text),
        ("istiodSide", Flag),
    ],
};

static DEFAULT_PROVIDERS: Message =
    Message { fields: &[("tracing", TEXTS), ("metrics", TEXTS), ("accessLogging", TEXTS)] };

static PATHS: Message = Message {
    fields: &[(
        "normalization",
        Words(&["DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"]),
    )],
};

static RETRY: Message = Message {
    fields: &[
        ("attempts", Whole),
        ("perTryTimeout", Text),
        ("retryOn", Text),
        ("retryRemoteLocalities", Flag),
        ("retryIgnorePreviousHosts", Flag),
        ("backoff", Text),
    ],
};

static TLS: Message = Message {
    fields: &[
        ("minProtocolVersion", Words(&["TLS_AUTO", "TLSV1_2", "TLSV1_3"])),
        ("ecdhCurves", TEXTS),
        ("cipherSuites", TEXTS),
    ],
};

static TCP_POOL: Message = Message {
    fields: &[
        ("maxConnections", Whole),
        ("connectTimeout", Text),
        ("tcpKeepalive", Of(&KEEPALIVE)),
        ("maxConnectionDuration", Text),
        ("idleTimeout", Text),
    ],
};

static CONNECTION_KEEPALIVE: Message = Message { fields: &[("interval", Text), ("timeout", Text)] };

static HTTP_POOL: Message = Message {
    fields: &[
        ("http1MaxPendingRequests", Whole),
        ("http2MaxRequests", Whole),
        ("maxRequestsPerConnection", Whole),
        ("maxRetries", Whole),
        ("idleTimeout", Text),
        ("h2UpgradePolicy", Words(&["DEFAULT", "DO_NOT_UPGRADE", "UPGRADE"])),
        ("useClientProtocol", Flag),
        ("maxConcurrentStreams", Whole),
        ("http2KeepAlive", Of(&CONNECTION_KEEPALIVE)),
    ],
};

static POOL: Message = Message { fields: &[("tcp", Of(&TCP_POOL)), ("http", Of(&HTTP_POOL))] };

static OUTLIERS: Message = Message {
    fields: &[
        ("consecutiveErrors", Whole),
        ("splitExternalLocalOriginErrors", Flag),
        ("consecutiveLocalOriginFailures", Whole),
        ("consecutiveGatewayErrors", Whole),
        ("consecutive5xxErrors", Whole),
        ("interval", Text),
        ("baseEjectionTime", Text),
        ("maxEjectionPercent", Whole),
        ("minHealthPercent", Whole),
        ("outlierDetectionHttpErrorCodes", WHOLES),
    ],
};

static TRAFFIC: Message =
    Message { fields: &[("connectionPool", Of(&POOL)), ("outlierDetection", Of(&OUTLIERS))] };

const VISIBILITIES: Shape = Words(&["VISIBILITY_UNSPECIFIED", "NONE", "NAMESPACE", "PUBLIC"]);
static MATCH_RULE: Message = Message { fields: &[("namespaceSelector", Of(&SELECTOR))] };
static VISIBILITY_POLICY: Message =
    Message { fields: &[("visibility", VISIBILITIES), ("matchingRules", List(&Of(&MATCH_RULE)))] };
static VISIBILITY: Message = Message {
    fields: &[
        ("defaultVisibility", VISIBILITIES),
        ("applyToSidecars", Flag),
        ("policies", List(&Of(&VISIBILITY_POLICY))),
    ],
};
