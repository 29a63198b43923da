//! The fields of `extensionProviders` (`istio.io/api` 1.31, `mesh/v1alpha1/config.proto`).

use super::shape::Shape::{Any, Flag, List, Message as Of, Text, Whole, Words};
use super::shape::{Message, TEXT_BY_NAME, TEXTS};

pub(super) static PROVIDER: Message = Message {
    fields: &[
        ("name", Text),
        ("envoyExtAuthzHttp", Of(&EXT_AUTHZ_HTTP)),
        ("envoyExtAuthzGrpc", Of(&EXT_AUTHZ_GRPC)),
        ("zipkin", Of(&ZIPKIN)),
        ("lightstep", Of(&WITH_TOKEN)),
        ("datadog", Of(&TRACER)),
        ("stackdriver", Of(&STACKDRIVER)),
        ("opencensus", Of(&OPENCENSUS)),
        ("skywalking", Of(&WITH_TOKEN)),
        ("opentelemetry", Of(&OPENTELEMETRY)),
        ("prometheus", Of(&EMPTY)),
        ("envoyFileAccessLog", Of(&FILE_LOG)),
        ("envoyHttpAls", Of(&GRPC_LOG)),
        ("envoyTcpAls", Of(&GRPC_LOG)),
        ("envoyOtelAls", Of(&OTEL_LOG)),
        ("sds", Of(&SDS)),
    ],
};

pub(super) static EMPTY: Message = Message { fields: &[] };

static BODY: Message =
    Message { fields: &[("maxRequestBytes", Whole), ("allowPartialMessage", Flag), ("packAsBytes", Flag)] };

static EXT_AUTHZ_HTTP: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        ("timeout", Text),
        ("pathPrefix", Text),
        ("failOpen", Flag),
        ("clearRouteCache", Flag),
        ("statusOnError", Text),
        ("includeHeadersInCheck", TEXTS),
        ("includeRequestHeadersInCheck", TEXTS),
        ("includeAdditionalHeadersInCheck", TEXT_BY_NAME),
        ("includeRequestBodyInCheck", Of(&BODY)),
        ("headersToUpstreamOnAllow", TEXTS),
        ("headersToDownstreamOnDeny", TEXTS),
        ("headersToDownstreamOnAllow", TEXTS),
    ],
};

static EXT_AUTHZ_GRPC: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        ("timeout", Text),
        ("failOpen", Flag),
        ("clearRouteCache", Flag),
        ("statusOnError", Text),
        ("includeRequestBodyInCheck", Of(&BODY)),
    ],
};

static HEADER: Message = Message { fields: &[("name", Text), ("value", Text), ("envName", Text)] };

static ZIPKIN: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        ("maxTagLength", Whole),
        ("enable64bitTraceId", Flag),
        ("path", Text),
        ("traceContextOption", Words(&["USE_B3", "USE_B3_WITH_W3C_PROPAGATION"])),
        ("timeout", Text),
        ("headers", List(&Of(&HEADER))),
    ],
};

static TRACER: Message = Message { fields: &[("service", Text), ("port", Whole), ("maxTagLength", Whole)] };

static WITH_TOKEN: Message =
    Message { fields: &[("service", Text), ("port", Whole), ("accessToken", Text), ("maxTagLength", Whole)] };

static LOGGING: Message = Message { fields: &[("labels", TEXT_BY_NAME)] };

static STACKDRIVER: Message = Message {
    fields: &[
        ("debug", Flag),
        ("maxNumberOfAttributes", Whole),
        ("maxNumberOfAnnotations", Whole),
        ("maxNumberOfMessageEvents", Whole),
        ("maxTagLength", Whole),
        ("logging", Of(&LOGGING)),
    ],
};

static OPENCENSUS: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        (
            "context",
            List(&Words(&["UNSPECIFIED", "W3C_TRACE_CONTEXT", "GRPC_BIN", "CLOUD_TRACE_CONTEXT", "B3"])),
        ),
        ("maxTagLength", Whole),
    ],
};

static HTTP_SERVICE: Message =
    Message { fields: &[("path", Text), ("timeout", Text), ("headers", List(&Of(&HEADER)))] };

static GRPC_SERVICE: Message =
    Message { fields: &[("timeout", Text), ("initialMetadata", List(&Of(&HEADER)))] };

static DETECTORS: Message = Message { fields: &[("environment", Of(&EMPTY)), ("dynatrace", Of(&EMPTY))] };

static DYNATRACE_API: Message =
    Message { fields: &[("service", Text), ("port", Whole), ("http", Of(&HTTP_SERVICE))] };

static DYNATRACE: Message = Message {
    fields: &[
        ("tenant", Text),
        ("clusterId", Whole),
        ("rootSpansPerMinute", Whole),
        ("httpService", Of(&DYNATRACE_API)),
    ],
};

static OPENTELEMETRY: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        ("maxTagLength", Whole),
        ("http", Of(&HTTP_SERVICE)),
        ("grpc", Of(&GRPC_SERVICE)),
        ("resourceDetectors", Of(&DETECTORS)),
        ("serviceAttributeEnrichment", Words(&["ISTIO_CANONICAL", "OTEL_SEMANTIC_CONVENTIONS"])),
        ("dynatraceSampler", Of(&DYNATRACE)),
    ],
};

static LOG_FORMAT: Message = Message { fields: &[("text", Text), ("labels", Any)] };

static FILE_LOG: Message =
    Message { fields: &[("path", Text), ("logFormat", Of(&LOG_FORMAT)), ("omitEmptyValues", Flag)] };

static GRPC_LOG: Message = Message {
    fields: &[
        ("service", Text),
        ("port", Whole),
        ("logName", Text),
        ("filterStateObjectsToLog", TEXTS),
        ("additionalRequestHeadersToLog", TEXTS),
        ("additionalResponseHeadersToLog", TEXTS),
        ("additionalResponseTrailersToLog", TEXTS),
    ],
};

static OTEL_LOG: Message = Message {
    fields: &[("service", Text), ("port", Whole), ("logName", Text), ("logFormat", Of(&LOG_FORMAT))],
};

static SDS: Message = Message { fields: &[("name", Text), ("service", Text), ("port", Whole)] };
