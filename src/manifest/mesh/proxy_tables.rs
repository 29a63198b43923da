//! The fields of `defaultConfig` (`istio.io/api` 1.31, `mesh/v1alpha1/proxy.proto`).

use super::provider_tables::EMPTY;
use super::shape::Shape::{Any, Flag, Map, Message as Of, Number, Text, Whole, Words};
use super::shape::{Message, Shape, TEXT_BY_NAME, TEXTS};
use super::tables::{CLIENT_TLS, KEEPALIVE};

pub(super) static PROXY_CONFIG: Message = Message {
    fields: &[
        ("configPath", Text),
        ("binaryPath", Text),
        ("serviceCluster", Text),
        (
            "tracingServiceName",
            Words(&["APP_LABEL_AND_NAMESPACE", "CANONICAL_NAME_ONLY", "CANONICAL_NAME_AND_NAMESPACE"]),
        ),
        ("drainDuration", Text),
        // These two are reserved: nothing is done by them any more.
        ("parentShutdownDuration", Text),
        ("connectTimeout", Text),
        ("discoveryAddress", Text),
        ("discoveryRefreshDelay", Text),
        ("zipkinAddress", Text),
        ("statsdUdpAddress", Text),
        ("envoyMetricsServiceAddress", Text),
        ("proxyAdminPort", Whole),
        ("availabilityZone", Text),
        ("controlPlaneAuthPolicy", Words(&["NONE", "MUTUAL_TLS", "INHERIT"])),
        ("customConfigFile", Text),
        ("statNameLength", Whole),
        ("concurrency", Whole),
        ("proxyBootstrapTemplatePath", Text),
        ("interceptionMode", Words(&["REDIRECT", "TPROXY", "NONE"])),
        ("tracing", Of(&TRACING)),
        ("sds", Of(&SDS)),
        ("envoyAccessLogService", Of(&REMOTE)),
        ("envoyMetricsService", Of(&REMOTE)),
        ("proxyMetadata", TEXT_BY_NAME),
        ("runtimeValues", TEXT_BY_NAME),
        ("statusPort", Whole),
        ("extraStatTags", TEXTS),
        ("gatewayTopology", Of(&TOPOLOGY)),
        ("terminationDrainDuration", Text),
        ("meshId", Text),
        // A probe as pods have it.
        ("readinessProbe", Any),
        ("proxyStatsMatcher", Of(&STATS)),
        ("holdApplicationUntilProxyStarts", Flag),
        ("caCertificatesPem", TEXTS),
        ("image", Of(&IMAGE)),
        ("privateKeyProvider", Of(&PRIVATE_KEYS)),
        ("proxyHeaders", Of(&HEADERS)),
        ("fileFlushInterval", Text),
        ("fileFlushMinSizeKb", Whole),
        ("statsCompression", Flag),
        ("connectionSettings", Of(&CONNECTIONS)),
    ],
};

static ADDRESS: Message = Message { fields: &[("address", Text), ("accessToken", Text)] };

static STACKDRIVER: Message = Message {
    fields: &[
        ("debug", Flag),
        ("maxNumberOfAttributes", Whole),
        ("maxNumberOfAnnotations", Whole),
        ("maxNumberOfMessageEvents", Whole),
    ],
};

static OPENCENSUS: Message = Message { fields: &[("address", Text), ("context", TEXTS)] };

static LITERAL: Message = Message { fields: &[("value", Text)] };
static DEFAULTED: Message = Message { fields: &[("name", Text), ("defaultValue", Text)] };
static TAG: Message = Message {
    fields: &[("literal", Of(&LITERAL)), ("environment", Of(&DEFAULTED)), ("header", Of(&DEFAULTED))],
};

const TAGS: Shape = Map(&Of(&TAG));
static TRACING: Message = Message {
    fields: &[
        ("zipkin", Of(&ADDRESS)),
        ("lightstep", Of(&ADDRESS)),
        ("datadog", Of(&ADDRESS)),
        ("stackdriver", Of(&STACKDRIVER)),
        ("openCensusAgent", Of(&OPENCENSUS)),
        ("customTags", TAGS),
        ("maxPathTagLength", Whole),
        ("sampling", Number),
        ("tlsSettings", Of(&CLIENT_TLS)),
        ("enableIstioTags", Flag),
    ],
};

static SDS: Message = Message { fields: &[("enabled", Flag), ("k8sSaJwtPath", Text)] };

static REMOTE: Message = Message {
    fields: &[("address", Text), ("tlsSettings", Of(&CLIENT_TLS)), ("tcpKeepalive", Of(&KEEPALIVE))],
};

const CLIENT_CERTIFICATE: Shape = Words(&[
    "UNDEFINED",
    "SANITIZE",
    "FORWARD_ONLY",
    "APPEND_FORWARD",
    "SANITIZE_SET",
    "ALWAYS_FORWARD_ONLY",
]);

static TOPOLOGY: Message = Message {
    fields: &[
        ("numTrustedProxies", Whole),
        ("forwardClientCertDetails", CLIENT_CERTIFICATE),
        ("proxyProtocol", Of(&EMPTY)),
    ],
};

static STATS: Message = Message {
    fields: &[("inclusionPrefixes", TEXTS), ("inclusionSuffixes", TEXTS), ("inclusionRegexps", TEXTS)],
};

static IMAGE: Message = Message { fields: &[("imageType", Text)] };

static ACCELERATOR: Message = Message { fields: &[("pollDelay", Text), ("fallback", Flag)] };
static PRIVATE_KEYS: Message =
    Message { fields: &[("cryptomb", Of(&ACCELERATOR)), ("qat", Of(&ACCELERATOR))] };

static SERVER: Message = Message { fields: &[("disabled", Flag), ("value", Text)] };
static DISABLED: Message = Message { fields: &[("disabled", Flag)] };
static ENABLED: Message = Message { fields: &[("enabled", Flag)] };
static EXCHANGE: Message = Message { fields: &[("mode", Words(&["UNDEFINED", "IN_MESH"]))] };
static CERTIFICATE_PARTS: Message =
    Message { fields: &[("subject", Flag), ("cert", Flag), ("chain", Flag), ("dns", Flag), ("uri", Flag)] };

static HEADERS: Message = Message {
    fields: &[
        ("forwardedClientCert", CLIENT_CERTIFICATE),
        ("setCurrentClientCertDetails", Of(&CERTIFICATE_PARTS)),
        ("requestId", Of(&DISABLED)),
        ("server", Of(&SERVER)),
        ("attemptCount", Of(&DISABLED)),
        ("envoyDebugHeaders", Of(&DISABLED)),
        ("metadataExchangeHeaders", Of(&EXCHANGE)),
        ("preserveHttp1HeaderCase", Flag),
        ("xForwardedHost", Of(&ENABLED)),
        ("xForwardedPort", Of(&ENABLED)),
    ],
};

static CONNECTIONS: Message = Message {
    fields: &[
        ("profile", Words(&["SIDECAR", "EDGE"])),
        ("listenerPerConnectionBufferLimitBytes", Whole),
        ("clusterPerConnectionBufferLimitBytes", Whole),
        ("httpIdleTimeout", Text),
        ("httpMaxConnectionDuration", Text),
        ("httpDrainTimeout", Text),
        ("httpRequestTimeout", Text),
        ("httpRequestHeadersTimeout", Text),
        ("httpStreamIdleTimeout", Text),
        ("httpMaxStreamDuration", Text),
        ("httpMaxConcurrentStreams", Whole),
        ("http2InitialStreamWindowSize", Whole),
        ("http2InitialConnectionWindowSize", Whole),
        (
            "httpHeadersWithUnderscoresAction",
            Words(&[
                "HEADERS_WITH_UNDERSCORES_UNSPECIFIED",
                "HEADERS_WITH_UNDERSCORES_ALLOW",
                "HEADERS_WITH_UNDERSCORES_REJECT_REQUEST",
                "HEADERS_WITH_UNDERSCORES_DROP_HEADER",
            ]),
        ),
        ("httpMergeSlashes", Flag),
        (
            "httpPathWithEscapedSlashesAction",
            Words(&[
                "PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED",
                "KEEP_UNCHANGED",
                "REJECT_REQUEST",
                "UNESCAPE_AND_REDIRECT",
                "UNESCAPE_AND_FORWARD",
            ]),
        ),
        ("listenerConnectionLimit", Whole),
        ("globalDownstreamConnectionLimit", Whole),
    ],
};
