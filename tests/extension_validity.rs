//! What Istio refuses in EnvoyFilter, WasmPlugin, TrafficExtension, Telemetry and ProxyConfig: a row for each rule,
//! with the text that is underlined, and beside it what is right.
//!
//! The rules are those of istio/istio, `pkg/config/validation` (`envoyfilter` in its own folder), and of the CRDs.

#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "rows of tables")]

use unmesh::config::Settings;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// A rule: its name, the kind with its version, a `spec` that breaks it, what is underlined, a part of the message,
/// and a `spec` beside it that is right.
type Row = (&'static str, &'static str, String, &'static str, &'static str, String);

/// Code, underlined text and message of every finding of reading one object.
fn findings(kind: &str, spec: &str) -> Vec<(&'static str, String, String)> {
    let (version, kind) = kind.rsplit_once('/').unwrap_or_default();
    let head = format!("apiVersion: {version}\nkind: {kind}\n");
    let text = format!("{head}metadata: {{name: tested, namespace: shop}}\nspec: {spec}\n");
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let settings = Settings::default();
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert_eq!(documents.len(), 1, "{spec}");
    let reading = manifest::collect(documents, &sources, &settings);
    let (_, findings) = unmesh::istio::read(&reading.manifest);
    let underlined = |span| sources.text(span).to_string();
    let shown = findings
        .into_iter()
        .map(|one| (one.code.id, one.span.map(underlined).unwrap_or_default(), one.message));
    shown.collect()
}

fn judge(rows: Vec<Row>) {
    for (name, kind, wrong, underlined, message, right) in rows {
        let found = findings(kind, &wrong);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let (code, text, said) = &found[0];
        assert_eq!((*code, text.as_str()), ("UM021", underlined), "{name}: {said}");
        assert!(said.contains(message), "{name}: {said}");
        assert_eq!(findings(kind, &right), [], "{name}");
    }
}

const FILTER: &str = "networking.istio.io/v1alpha3/EnvoyFilter";
const WASM: &str = "extensions.istio.io/v1alpha1/WasmPlugin";
const EXTENSION: &str = "extensions.istio.io/v1alpha1/TrafficExtension";
const TELEMETRY: &str = "telemetry.istio.io/v1/Telemetry";
const PROXY: &str = "networking.istio.io/v1beta1/ProxyConfig";

/// A filter with one patch.
fn patch(patch: &str) -> String {
    format!("{{configPatches: [{{{patch}}}]}}")
}

/// A patch of this part, with a match.
fn matching(apply_to: &str, matches: &str) -> String {
    patch(&format!("applyTo: {apply_to}, match: {matches}, patch: {{operation: MERGE, value: {{a: b}}}}"))
}

const MANAGER: &str = "envoy.filters.network.http_connection_manager";

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn of_envoy_filters() {
    let merge = "patch: {operation: MERGE, value: {a: b}}";
    let cluster = patch(&format!("applyTo: CLUSTER, {merge}"));
    let in_manager = |sub: &str| {
        format!("{{listener: {{filterChain: {{filter: {{name: {MANAGER}, subFilter: {sub}}}}}}}}}")
    };
    judge(vec![
        (
            "selector beside targets",
            FILTER,
            format!(
                "{{workloadSelector: {{labels: {{a: b}}}}, targetRefs: [{{kind: Gateway, name: g}}], {}",
                &cluster[1..]
            ),
            "targetRefs",
            "side by side",
            format!("{{targetRefs: [{{kind: Gateway, name: g}}], {}", &cluster[1..]),
        ),
        (
            "wildcard in the selector",
            FILTER,
            format!("{{workloadSelector: {{labels: {{a: 'b*'}}}}, {}", &cluster[1..]),
            "'b*'",
            "no wildcards",
            format!("{{workloadSelector: {{labels: {{a: b}}}}, {}", &cluster[1..]),
        ),
        ("no applyTo", FILTER, patch(merge), "patch", "no `applyTo`", cluster.clone()),
        (
            "INVALID applyTo",
            FILTER,
            patch(&format!("applyTo: INVALID, {merge}")),
            "INVALID",
            "no `applyTo`",
            cluster.clone(),
        ),
        ("no patch", FILTER, patch("applyTo: CLUSTER"), "applyTo", "no `patch`", cluster.clone()),
        (
            "no operation",
            FILTER,
            patch("applyTo: CLUSTER, patch: {value: {a: b}}"),
            "patch",
            "no `operation`",
            cluster.clone(),
        ),
        (
            "no value",
            FILTER,
            patch("applyTo: CLUSTER, patch: {operation: ADD}"),
            "patch",
            "does ADD has no `value`",
            patch("applyTo: CLUSTER, patch: {operation: REMOVE}"),
        ),
        (
            "a filter by its cluster",
            FILTER,
            matching("HTTP_FILTER", "{cluster: {name: c}}"),
            "cluster",
            "HTTP_FILTER cannot match by `cluster`",
            matching("HTTP_FILTER", "{listener: {portNumber: 80}}"),
        ),
        (
            "a route by its listener",
            FILTER,
            matching("VIRTUAL_HOST", "{listener: {portNumber: 80}}"),
            "listener",
            "VIRTUAL_HOST cannot match by `listener`",
            matching("VIRTUAL_HOST", "{routeConfiguration: {name: r}}"),
        ),
        (
            "a cluster by its route",
            FILTER,
            matching("CLUSTER", "{routeConfiguration: {name: r}}"),
            "routeConfiguration",
            "CLUSTER cannot match by `routeConfiguration`",
            matching("CLUSTER", "{cluster: {name: c}}"),
        ),
        (
            "two kinds of match",
            FILTER,
            matching("BOOTSTRAP", "{listener: {name: l}, cluster: {name: c}}"),
            "cluster",
            "side by side",
            matching("BOOTSTRAP", "{cluster: {name: c}}"),
        ),
        (
            "filter without a name",
            FILTER,
            matching("NETWORK_FILTER", "{listener: {filterChain: {filter: {}}}}"),
            "filter",
            "no `name`",
            matching("NETWORK_FILTER", "{listener: {filterChain: {filter: {name: f}}}}"),
        ),
        (
            "subFilter elsewhere",
            FILTER,
            matching("NETWORK_FILTER", &in_manager("{name: f}")),
            "subFilter",
            "patch of HTTP_FILTER",
            matching("HTTP_FILTER", &in_manager("{name: f}")),
        ),
        (
            "subFilter of another filter",
            FILTER,
            matching("HTTP_FILTER", &in_manager("{name: f}").replace(MANAGER, "f")),
            "subFilter",
            "within",
            matching(
                "HTTP_FILTER",
                &in_manager("{name: f}").replace(MANAGER, "envoy.http_connection_manager"),
            ),
        ),
        (
            "subFilter without a name",
            FILTER,
            matching("HTTP_FILTER", &in_manager("{name: ''}")),
            "subFilter",
            "no `name`",
            matching("HTTP_FILTER", &in_manager("{name: f}")),
        ),
        (
            "waypoint without the context",
            FILTER,
            matching("BOOTSTRAP", "{context: GATEWAY, waypoint: {portNumber: 80}}"),
            "waypoint",
            "beside the context WAYPOINT",
            matching("HTTP_FILTER", "{context: WAYPOINT, waypoint: {portNumber: 80}}"),
        ),
        (
            "the context without waypoint",
            FILTER,
            matching("HTTP_FILTER", "{context: WAYPOINT}"),
            "WAYPOINT",
            "has no `waypoint`",
            matching("HTTP_FILTER", "{context: WAYPOINT, waypoint: {}}"),
        ),
        (
            "no port of a waypoint",
            FILTER,
            matching("HTTP_FILTER", "{context: WAYPOINT, waypoint: {portNumber: 65536}}"),
            "65536",
            "no port",
            matching("HTTP_FILTER", "{context: WAYPOINT, waypoint: {portNumber: 65535}}"),
        ),
        (
            "a type of the v2 API",
            FILTER,
            patch(
                "applyTo: HTTP_FILTER, patch: {operation: ADD, value: {typed_config: {'@type': type.googleapis.com/envoy.config.filter.http.lua.v2.Lua}}}",
            ),
            "type.googleapis.com/envoy.config.filter.http.lua.v2.Lua",
            "v2 API",
            patch(
                "applyTo: HTTP_FILTER, patch: {operation: ADD, value: {typed_config: {'@type': type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}}",
            ),
        ),
    ]);
}

#[test]
fn of_code() {
    let url = |url: &str| format!("{{url: '{url}'}}");
    let with = |rest: &str| format!("{{url: 'oci://r/waf', {rest}}}");
    let sum = "0123456789abcdef".repeat(4);
    let right = with("phase: AUTHZ");
    judge(vec![
        ("no url", WASM, "{phase: AUTHZ}".into(), "spec", "no `url`", right.clone()),
        ("empty url", WASM, url(""), "''", "empty", right.clone()),
        ("scheme", WASM, url("ftp://r/waf"), "'ftp://r/waf'", "scheme", url("https://r/waf")),
        ("port", WASM, url("oci://r:x/waf"), "'oci://r:x/waf'", "port", url("oci://r:5000/waf:1")),
        ("image with a tag alone", WASM, url("waf:one"), "'waf:one'", "port", url("r:5000/waf:one")),
        (
            "sum",
            WASM,
            with(&format!("sha256: {}", &sum[1..])),
            "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "no SHA-256",
            with(&format!("sha256: '{sum}'")),
        ),
        (
            "variable without a name",
            WASM,
            with("vmConfig: {env: [{value: x}]}"),
            "value",
            "no `name`",
            with("vmConfig: {env: [{name: a, value: x}]}"),
        ),
        (
            "variable twice",
            WASM,
            with("vmConfig: {env: [{name: a}, {name: a}]}"),
            "a",
            "stands twice",
            with("vmConfig: {env: [{name: a}, {name: b}]}"),
        ),
        (
            "value of the host's variable",
            WASM,
            with("vmConfig: {env: [{name: a, valueFrom: HOST, value: x}]}"),
            "x",
            "as well",
            with("vmConfig: {env: [{name: a, valueFrom: INLINE, value: x}]}"),
        ),
        (
            "port 0",
            WASM,
            with("match: [{ports: [{number: 0}]}]"),
            "0",
            "no port",
            with("match: [{ports: [{number: 1}]}]"),
        ),
        (
            "port without a number",
            WASM,
            with("match: [{ports: [{}]}]"),
            "{}",
            "no `number`",
            with("match: [{ports: []}]"),
        ),
        (
            "selector beside target",
            WASM,
            with("selector: {matchLabels: {a: b}}, targetRef: {kind: Service, name: s}"),
            "targetRef",
            "side by side",
            with("targetRef: {kind: Service, name: s}"),
        ),
        (
            "target of another kind",
            WASM,
            with("targetRefs: [{kind: Pod, name: s}]"),
            "Pod",
            "no policy can be attached",
            with("targetRefs: [{kind: Service, name: s}]"),
        ),
        ("neither", EXTENSION, "{phase: AUTHN}".into(), "tested", "neither", "{lua: {inlineCode: x}}".into()),
        (
            "both",
            EXTENSION,
            "{wasm: {url: 'oci://r/waf'}, lua: {inlineCode: x}}".into(),
            "lua",
            "side by side",
            "{wasm: {url: 'oci://r/waf'}}".into(),
        ),
        (
            "lua without code",
            EXTENSION,
            "{lua: {}}".into(),
            "lua",
            "no `inlineCode`",
            "{lua: {inlineCode: x}}".into(),
        ),
        (
            "wasm without url",
            EXTENSION,
            "{wasm: {}}".into(),
            "wasm",
            "no `url`",
            "{wasm: {url: r/waf}}".into(),
        ),
    ]);
}

#[test]
fn of_telemetry() {
    let tag = |tag: &str| format!("{{tracing: [{{customTags: {{t: {tag}}}}}]}}");
    let change = |rest: &str| format!("{{metrics: [{{overrides: [{{{rest}}}]}}]}}");
    judge(vec![
        (
            "provider without a name",
            TELEMETRY,
            "{accessLogging: [{providers: [{name: ''}]}]}".into(),
            "''",
            "no `name`",
            "{accessLogging: [{providers: [{name: envoy}]}]}".into(),
        ),
        (
            "more than all",
            TELEMETRY,
            "{tracing: [{randomSamplingPercentage: 100.5}]}".into(),
            "100.5",
            "no percentage",
            "{tracing: [{randomSamplingPercentage: 100}]}".into(),
        ),
        ("tag with null", TELEMETRY, tag("null"), "t", "no value", tag("{}")),
        (
            "empty literal",
            TELEMETRY,
            tag("{literal: {value: ''}}"),
            "literal",
            "no `value`",
            tag("{literal: {value: x}}"),
        ),
        ("empty header", TELEMETRY, tag("{header: {}}"), "header", "no `name`", tag("{header: {name: x}}")),
        (
            "empty variable",
            TELEMETRY,
            tag("{environment: {}}"),
            "environment",
            "no `name`",
            tag("{environment: {name: x}}"),
        ),
        (
            "empty formatter",
            TELEMETRY,
            tag("{formatter: {}}"),
            "formatter",
            "no `value`",
            tag("{formatter: {value: '%REQ(:PATH)%'}}"),
        ),
        (
            "two sources",
            TELEMETRY,
            tag("{literal: {value: x}, header: {name: y}}"),
            "header",
            "side by side",
            tag("{literal: {value: x}}"),
        ),
        (
            "tag without a value",
            TELEMETRY,
            change("tagOverrides: {t: {operation: UPSERT}}"),
            "t",
            "no `value`",
            change("tagOverrides: {t: {value: request.host}}"),
        ),
        (
            "removed with a value",
            TELEMETRY,
            change("tagOverrides: {t: {operation: REMOVE, value: x}}"),
            "x",
            "is removed",
            change("tagOverrides: {t: {operation: REMOVE}}"),
        ),
        (
            "two metrics",
            TELEMETRY,
            change("match: {metric: REQUEST_COUNT, customMetric: m}"),
            "customMetric",
            "side by side",
            change("match: {customMetric: m}"),
        ),
        (
            "empty metric",
            TELEMETRY,
            change("match: {customMetric: ''}"),
            "''",
            "empty",
            change("match: {customMetric: m}"),
        ),
        (
            "interval",
            TELEMETRY,
            "{metrics: [{reportingInterval: 999us}]}".into(),
            "999us",
            "shorter than one millisecond",
            "{metrics: [{reportingInterval: 1ms}]}".into(),
        ),
    ]);
}

#[test]
fn of_proxy_configs() {
    judge(vec![
        ("threads", PROXY, "{concurrency: -1}".into(), "-1", "less than 0", "{concurrency: 0}".into()),
        (
            "wildcard in the selector",
            PROXY,
            "{selector: {matchLabels: {'a*': b}}, concurrency: 2}".into(),
            "'a*'",
            "no wildcards",
            "{selector: {matchLabels: {a: b}}, concurrency: 2}".into(),
        ),
    ]);
}
