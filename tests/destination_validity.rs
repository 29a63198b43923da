//! What Istio refuses in a DestinationRule: a row for each rule, with its right neighbour.
//!
//! The rules are those of Istio 1.31: `ValidateDestinationRule` with what it calls (`pkg/config/validation`),
//! and the schema of the CRD.

use unmesh::config::Settings;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// Name of the rule, a spec that breaks it, what is underlined, part of the message, the right neighbour.
type Row = (&'static str, String, &'static str, &'static str, String);

/// Code, underlined text and message of every finding of reading one DestinationRule.
fn findings(spec: &str) -> Vec<(&'static str, String, String)> {
    let head = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\n";
    let text = format!("{head}metadata: {{name: tested, namespace: shop}}\nspec: {spec}\n");
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert_eq!(documents.len(), 1, "{spec}");
    let reading = manifest::collect(documents, &sources, &Settings::default());
    let (resources, findings) = unmesh::istio::read(&reading.manifest);
    assert_eq!(resources.destination_rules.len(), 1, "what Istio refuses is looked at all the same: {spec}");
    let underlined = |span| sources.text(span).to_string();
    let shown = findings
        .into_iter()
        .map(|one| (one.code.id, one.span.map(underlined).unwrap_or_default(), one.message));
    shown.collect()
}

/// Each wrong spec has exactly one finding, on this text; each right one has none.
fn check(rows: &[Row]) {
    for (rule, wrong, underlined, fragment, right) in rows {
        let said = findings(wrong);
        let found: Vec<_> = said.iter().map(|(code, text, _)| (*code, text.as_str())).collect();
        assert_eq!(found, [("UM021", *underlined)], "{rule}: {said:?}");
        assert!(said.iter().all(|(_, _, message)| message.contains(fragment)), "{rule}: {said:?}");
        let right = findings(right);
        assert!(right.is_empty(), "{rule}: {right:?}");
    }
}

/// A rule for one host with this beside it.
fn rule(rest: &str) -> String {
    format!("{{host: reviews, {rest}}}")
}

/// A rule with this `trafficPolicy`.
fn policy(rest: &str) -> String {
    rule(&format!("trafficPolicy: {{{rest}}}"))
}

fn row(
    name: &'static str,
    make: fn(&str) -> String,
    wrong: &str,
    (underlined, fragment): (&'static str, &'static str),
    right: &str,
) -> Row {
    (name, make(wrong), underlined, fragment, make(right))
}

fn plain(spec: &str) -> String {
    spec.to_string()
}

fn pool(rest: &str) -> String {
    policy(&format!("connectionPool: {{{rest}}}"))
}

fn balancer(rest: &str) -> String {
    policy(&format!("loadBalancer: {{{rest}}}"))
}

fn locality(rest: &str) -> String {
    balancer(&format!("localityLbSetting: {{{rest}}}"))
}

fn zones(rest: &str) -> String {
    balancer(&format!("zoneAwareLbSetting: {{{rest}}}"))
}

fn hash(rest: &str) -> String {
    balancer(&format!("consistentHash: {{{rest}}}"))
}

fn tls(rest: &str) -> String {
    policy(&format!("tls: {{{rest}}}"))
}

#[test]
fn rules_as_a_whole() {
    check(&[
        row("no host", plain, "{exportTo: [.]}", ("tested", "without `host`"), "{host: a, exportTo: [.]}"),
        row("bad host", plain, "{host: a..b}", ("a..b", "no name of a host"), "{host: '*.a.b'}"),
        row("inner wildcard", plain, "{host: a.*.b}", ("a.*.b", "no name of a host"), "{host: '*-a.b'}"),
        row(
            "subset without a name",
            rule,
            "subsets: [{labels: {a: b}}]",
            ("labels", "without `name`"),
            "subsets: [{name: a}]",
        ),
        row(
            "bad name",
            rule,
            "subsets: [{name: a_b}]",
            ("a_b", "no name of a subset"),
            "subsets: [{name: A-b}]",
        ),
        row(
            "name twice",
            rule,
            "subsets: [{name: a}, {name: a}]",
            ("a", "twice"),
            "subsets: [{name: a}, {name: b}]",
        ),
        row(
            "bad label",
            rule,
            "subsets: [{name: a, labels: {v: x y}}]",
            ("x y", "such a label"),
            "subsets: [{name: a, labels: {v: x_y}}]",
        ),
        row(
            "bad key",
            rule,
            "subsets: [{name: a, labels: {/v: x}}]",
            ("x", "such a label"),
            "subsets: [{name: a, labels: {a.b/v: \"\"}}]",
        ),
        row("exportTo nobody", rule, "exportTo: ['~']", ("'~'", "`exportTo`"), "exportTo: ['*']"),
        row("exportTo twice", rule, "exportTo: [., shop]", ("shop", "twice"), "exportTo: [., a]"),
        row("all and some", rule, "exportTo: [a, '*']", ("'*'", "beside other names"), "exportTo: [a, b]"),
        row(
            "selector beyond",
            rule,
            "workloadSelector: {matchLabels: {a: b}}, exportTo: [x]",
            ("x", "own namespace alone"),
            "workloadSelector: {matchLabels: {a: b}}, exportTo: [.]",
        ),
        row(
            "selector with *",
            rule,
            "workloadSelector: {matchLabels: {a: b*}}",
            ("b*", "no wildcards"),
            "workloadSelector: {matchLabels: {a: b}}",
        ),
    ]);
}

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn policies_and_ports() {
    let ports = |rest: &str| policy(&format!("portLevelSettings: [{{{rest}}}]"));
    let tunnel = |rest: &str| policy(&format!("tunnel: {{{rest}}}"));
    check(&[
        row("empty policy", policy, "", ("trafficPolicy", "without any setting"), "tls: {}"),
        row(
            "empty policy of a subset",
            rule,
            "subsets: [{name: a, trafficPolicy: {portLevelSettings: []}}]",
            ("trafficPolicy", "without any setting"),
            "subsets: [{name: a, trafficPolicy: {retryBudget: {}}}]",
        ),
        row(
            "port without a number",
            ports,
            "tls: {}",
            ("tls", "without `port`"),
            "port: {number: 80}, tls: {}",
        ),
        row(
            "port without a setting",
            ports,
            "port: {number: 80}",
            ("port", "without any setting"),
            "port: {number: 80}, connectionPool: {tcp: {}}",
        ),
        row(
            "tunnel and header",
            policy,
            "tunnel: {targetHost: a.b, targetPort: 1}, proxyProtocol: {}",
            ("proxyProtocol", "beside `tunnel`"),
            "tunnel: {targetHost: a.b, targetPort: 1}",
        ),
        row(
            "method",
            tunnel,
            "targetHost: a.b, targetPort: 1, protocol: PUT",
            ("PUT", "CONNECT or POST"),
            "targetHost: a.b, targetPort: 1, protocol: POST",
        ),
        row(
            "tunnel to a wildcard",
            tunnel,
            "targetHost: '*.b', targetPort: 1",
            ("'*.b'", "neither"),
            "targetHost: 10.0.0.1, targetPort: 1",
        ),
        row(
            "tunnel to no port",
            tunnel,
            "targetHost: a.b, targetPort: 70000",
            ("70000", "the port 70000"),
            "targetHost: a.b, targetPort: 65535",
        ),
        row(
            "tunnel without a port",
            tunnel,
            "targetHost: a.b",
            ("tunnel", "without `targetPort`"),
            "targetHost: a.b, targetPort: 1",
        ),
        row(
            "budget",
            policy,
            "retryBudget: {percent: 100.5}",
            ("100.5", "0 to 100"),
            "retryBudget: {percent: 100, budgetInterval: 0s}",
        ),
        row(
            "local failures",
            policy,
            "outlierDetection: {consecutiveLocalOriginFailures: 3}",
            ("3", "splitExternal"),
            "outlierDetection: {consecutiveLocalOriginFailures: 3, splitExternalLocalOriginErrors: true}",
        ),
        row(
            "share of pods",
            policy,
            "outlierDetection: {maxEjectionPercent: 101}",
            ("101", "0 to 100"),
            "outlierDetection: {maxEjectionPercent: 100}",
        ),
        row(
            "health",
            policy,
            "outlierDetection: {minHealthPercent: -1}",
            ("-1", "0 to 100"),
            "outlierDetection: {minHealthPercent: 0}",
        ),
        row(
            "short interval",
            policy,
            "outlierDetection: {interval: 0s}",
            ("0s", "at least 1ms"),
            "outlierDetection: {interval: 1ms}",
        ),
        row(
            "short ejection",
            policy,
            "outlierDetection: {baseEjectionTime: 1500us}",
            ("1500us", "whole milliseconds"),
            "outlierDetection: {baseEjectionTime: 1.5s}",
        ),
    ]);
}

#[test]
fn pools() {
    check(&[
        row("nothing", pool, "", ("connectionPool", "neither"), "http: {}"),
        row(
            "connections",
            pool,
            "tcp: {maxConnections: -1}",
            ("-1", "less than 0"),
            "tcp: {maxConnections: 0}",
        ),
        row(
            "time to connect",
            pool,
            "tcp: {connectTimeout: 0s}",
            ("0s", "at least 1ms"),
            "tcp: {connectTimeout: 1s}",
        ),
        row(
            "age",
            pool,
            "tcp: {maxConnectionDuration: 0s}",
            ("0s", "at least 1ms"),
            "tcp: {maxConnectionDuration: 1s}",
        ),
        row("idle", pool, "tcp: {idleTimeout: -1s}", ("-1s", "at least 1ms"), "tcp: {idleTimeout: 0s}"),
        row(
            "keepalive",
            pool,
            "tcp: {tcpKeepalive: {time: 0s}}",
            ("0s", "at least 1ms"),
            "tcp: {tcpKeepalive: {time: 1s}}",
        ),
        row(
            "probes",
            pool,
            "tcp: {tcpKeepalive: {interval: 0s}}",
            ("0s", "at least 1ms"),
            "tcp: {tcpKeepalive: {interval: 1s}}",
        ),
        row(
            "pending",
            pool,
            "http: {http1MaxPendingRequests: -2}",
            ("-2", "less than 0"),
            "http: {http1MaxPendingRequests: 2}",
        ),
        row(
            "requests",
            pool,
            "http: {http2MaxRequests: -2}",
            ("-2", "less than 0"),
            "http: {http2MaxRequests: 2}",
        ),
        row(
            "per connection",
            pool,
            "http: {maxRequestsPerConnection: -2}",
            ("-2", "less than 0"),
            "http: {maxRequestsPerConnection: 2}",
        ),
        row("retries", pool, "http: {maxRetries: -2}", ("-2", "less than 0"), "http: {maxRetries: 2}"),
        row(
            "streams",
            pool,
            "http: {maxConcurrentStreams: -2}",
            ("-2", "less than 0"),
            "http: {maxConcurrentStreams: 2}",
        ),
        row(
            "idle requests",
            pool,
            "http: {idleTimeout: 0s}",
            ("0s", "at least 1ms"),
            "http: {idleTimeout: 1h}",
        ),
        row(
            "two versions",
            pool,
            "http: {h2UpgradePolicy: UPGRADE, useClientProtocol: true}",
            ("true", "`useClientProtocol`"),
            "http: {h2UpgradePolicy: DEFAULT, useClientProtocol: true}",
        ),
        row(
            "pings without an interval",
            pool,
            "http: {http2KeepAlive: {timeout: 1s}}",
            ("http2KeepAlive", "without `interval`"),
            "http: {http2KeepAlive: {timeout: 1s, interval: 1s}}",
        ),
        row(
            "pings without an end",
            pool,
            "http: {http2KeepAlive: {interval: 1s}}",
            ("http2KeepAlive", "without `timeout`"),
            "http: {http2KeepAlive: {timeout: 1s, interval: 1s}}",
        ),
    ]);
}

#[expect(clippy::too_many_lines, reason = "a table, a row for each rule")]
#[test]
fn balancers() {
    check(&[
        row(
            "two ways",
            balancer,
            "simple: RANDOM, consistentHash: {}",
            ("consistentHash", "beside `simple`"),
            "consistentHash: {}",
        ),
        row(
            "two keys",
            hash,
            "httpHeaderName: a, useSourceIp: true",
            ("useSourceIp", "beside `httpHeaderName`"),
            "useSourceIp: true",
        ),
        row(
            "two algorithms",
            hash,
            "ringHash: {}, maglev: {tableSize: 7}",
            ("maglev", "beside `ringHash`"),
            "maglev: {tableSize: 7}",
        ),
        row(
            "old and new",
            hash,
            "minimumRingSize: 9, ringHash: {}",
            ("minimumRingSize", "beside `ringHash`"),
            "minimumRingSize: 0, ringHash: {}",
        ),
        row("no prime", hash, "maglev: {tableSize: 9}", ("9", "prime"), "maglev: {tableSize: 65537}"),
        row(
            "large table",
            hash,
            "maglev: {tableSize: 5000011}",
            ("5000011", "below"),
            "maglev: {tableSize: 4999999}",
        ),
        row("no table", hash, "maglev: {}", ("maglev", "without `tableSize`"), "maglev: {tableSize: 7}"),
        row(
            "cookie without a name",
            hash,
            "httpCookie: {ttl: 0s}",
            ("httpCookie", "without `name`"),
            "httpCookie: {name: a, ttl: 0s}",
        ),
        row("empty name", hash, "httpCookie: {name: \"\"}", ("\"\"", "is empty"), "httpCookie: {name: a}"),
        row(
            "attribute twice",
            hash,
            "httpCookie: {name: a, attributes: [{name: b}, {name: b}]}",
            ("b", "twice"),
            "httpCookie: {name: a, attributes: [{name: b}]}",
        ),
        row(
            "attribute without a name",
            hash,
            "httpCookie: {name: a, attributes: [{value: b}]}",
            ("value", "without `name`"),
            "httpCookie: {name: a, attributes: [{name: b, value: c}]}",
        ),
        row(
            "two kinds of places",
            balancer,
            "localityLbSetting: {}, zoneAwareLbSetting: {}",
            ("zoneAwareLbSetting", "beside"),
            "zoneAwareLbSetting: {}",
        ),
        row(
            "two warmups",
            balancer,
            "warmupDurationSecs: 1s, warmup: {duration: 1s}",
            ("warmup", "beside"),
            "warmupDurationSecs: 1s",
        ),
        row(
            "warmup without an end",
            balancer,
            "warmup: {aggression: 2}",
            ("warmup", "without `duration`"),
            "warmup: {duration: 1s, aggression: 2}",
        ),
        row(
            "warmup from above",
            balancer,
            "warmup: {duration: 1s, minimumPercent: 101}",
            ("101", "0 to 100"),
            "warmup: {duration: 1s, minimumPercent: 100}",
        ),
        row(
            "warmup backwards",
            balancer,
            "warmup: {duration: 1s, aggression: 0}",
            ("0", "greater than 0"),
            "warmup: {duration: 1s, aggression: 0.5}",
        ),
        row(
            "short warmup",
            balancer,
            "warmupDurationSecs: 0s",
            ("0s", "at least 1ms"),
            "warmupDurationSecs: 1ms",
        ),
    ]);
}

#[test]
fn places() {
    check(&[
        row(
            "shares",
            locality,
            "distribute: [{from: a, to: {b: 60, c: 50}}]",
            ("from", "110"),
            "distribute: [{from: a, to: {b: 60, c: 40}}]",
        ),
        row(
            "share of nothing",
            locality,
            "distribute: [{from: a, to: {b: 0, c: 100}}]",
            ("0", "1 to 100"),
            "distribute: [{from: a, to: {c: 100}}]",
        ),
        row(
            "overlap",
            locality,
            "distribute: [{from: a/*, to: {b: 100}}, {from: a/b, to: {b: 100}}]",
            ("a/b", "overlaps"),
            "distribute: [{from: a/c, to: {b: 100}}, {from: a/b, to: {b: 100}}]",
        ),
        row(
            "inner *",
            locality,
            "distribute: [{from: a/*/b, to: {b: 100}}]",
            ("a/*/b", "at the end"),
            "distribute: [{from: a/b/*, to: {b: 100}}]",
        ),
        row(
            "empty part",
            locality,
            "distribute: [{from: a//b, to: {b: 100}}]",
            ("a//b", "is empty"),
            "distribute: [{from: a/b/c, to: {b: 100}}]",
        ),
        row(
            "both",
            locality,
            "distribute: [{from: a, to: {b: 100}}], failover: [{from: a, to: b}]",
            ("failover", "beside `distribute`"),
            "failover: [{from: a, to: b}]",
        ),
        row(
            "to itself",
            locality,
            "failover: [{from: a, to: a}]",
            ("from", "to itself"),
            "failover: [{from: a, to: b}]",
        ),
        row(
            "zone",
            locality,
            "failover: [{from: a/b, to: c}]",
            ("a/b", "whole regions"),
            "failover: [{from: a, to: c}]",
        ),
        row(
            "wildcard",
            zones,
            "failover: [{from: a, to: '*'}]",
            ("'*'", "whole regions"),
            "failover: [{from: a, to: c}]",
        ),
        row(
            "region as a label",
            locality,
            "failover: [{from: a, to: b}], failoverPriority: [topology.kubernetes.io/region]",
            ("topology.kubernetes.io/region", "beside `failover`"),
            "failoverPriority: [topology.kubernetes.io/region]",
        ),
        row(
            "zone as a label",
            zones,
            "failoverPriority: [topology.kubernetes.io/zone]",
            ("topology.kubernetes.io/zone", "ordered anyway"),
            "failoverPriority: [version]",
        ),
        row("smallest cluster", zones, "minClusterSize: 0", ("0", "at least 1"), "minClusterSize: 1"),
    ]);
}

#[test]
fn client_tls() {
    check(&[
        row(
            "unverified by a CA",
            tls,
            "mode: SIMPLE, insecureSkipVerify: true, caCertificates: /a",
            ("/a", "insecureSkipVerify"),
            "mode: SIMPLE, insecureSkipVerify: false, caCertificates: /a",
        ),
        row(
            "unverified by a credential",
            tls,
            "mode: SIMPLE, insecureSkipVerify: true, credentialName: c",
            ("c", "insecureSkipVerify"),
            "mode: MUTUAL, insecureSkipVerify: true, credentialName: c",
        ),
        row(
            "unverified by a name",
            tls,
            "mode: MUTUAL, insecureSkipVerify: true, credentialName: c, subjectAltNames: [a.b]",
            ("a.b", "insecureSkipVerify"),
            "mode: ISTIO_MUTUAL, insecureSkipVerify: true, subjectAltNames: [a.b]",
        ),
        row(
            "credential and file",
            tls,
            "mode: SIMPLE, credentialName: c, caCertificates: /a",
            ("/a", "beside `credentialName`"),
            "mode: ISTIO_MUTUAL, credentialName: c, caCertificates: /a",
        ),
        row(
            "credential and list",
            tls,
            "mode: MUTUAL, credentialName: c, caCrl: /a",
            ("/a", "beside `credentialName`"),
            "mode: MUTUAL, credentialName: c",
        ),
        row(
            "mutual without a certificate",
            tls,
            "mode: MUTUAL, privateKey: /k",
            ("MUTUAL", "without `clientCertificate`"),
            "mode: MUTUAL, privateKey: /k, clientCertificate: /c",
        ),
        row(
            "mutual without a key",
            tls,
            "mode: MUTUAL, clientCertificate: /c",
            ("MUTUAL", "without `privateKey`"),
            "mode: MUTUAL, credentialName: c",
        ),
        row(
            "configmap elsewhere",
            tls,
            "mode: SIMPLE, credentialName: configmap://other/ca",
            ("configmap://other/ca", "own namespace"),
            "mode: SIMPLE, credentialName: configmap://shop/ca",
        ),
    ]);
}
