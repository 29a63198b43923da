//! What Istio refuses in a ServiceEntry, a Sidecar, a WorkloadEntry and a WorkloadGroup: a row for each rule,
//! with its right neighbour.
//!
//! The rules are those of Istio 1.31: `ValidateServiceEntry`, `ValidateSidecar`, `ValidateWorkloadEntry` and
//! `ValidateWorkloadGroup` with what they call (`pkg/config/validation`), and the schemas of the CRDs.

use unmesh::config::Settings;
use unmesh::manifest;
use unmesh::source::{SourceFile, SourceMap};
use unmesh::yaml;

/// Name of the rule, a spec that breaks it, what is underlined, part of the message, the right neighbour.
type Row = (&'static str, String, &'static str, &'static str, String);

/// Code, underlined text and message of every finding of reading one object.
fn findings(kind: &str, labels: &str, spec: &str) -> Vec<(&'static str, String, String)> {
    let head = format!("apiVersion: networking.istio.io/v1\nkind: {kind}\n");
    let text =
        format!("{head}metadata: {{name: tested, namespace: shop, labels: {{{labels}}}}}\nspec: {spec}\n");
    let mut sources = SourceMap::default();
    let id = sources.add(SourceFile::new("input.yaml".to_string(), None, "input.yaml".into(), text));
    let documents = yaml::parse(id, sources.file(id), yaml::Limits::default()).documents;
    assert_eq!(documents.len(), 1, "{spec}");
    let reading = manifest::collect(documents, &sources, &Settings::default());
    let (resources, findings) = unmesh::istio::read(&reading.manifest);
    let read = resources.service_entries.len()
        + resources.sidecars.len()
        + resources.workload_entries.len()
        + resources.workload_groups.len();
    assert_eq!(read, 1, "what Istio refuses is looked at all the same: {spec}");
    let underlined = |span| sources.text(span).to_string();
    let shown = findings
        .into_iter()
        .map(|one| (one.code.id, one.span.map(underlined).unwrap_or_default(), one.message));
    shown.collect()
}

/// Each wrong spec has exactly one finding, on this text; each right one has none.
fn check(kind: &str, rows: &[Row]) {
    for (rule, wrong, underlined, fragment, right) in rows {
        let said = findings(kind, "", wrong);
        let found: Vec<_> = said.iter().map(|(code, text, _)| (*code, text.as_str())).collect();
        assert_eq!(found, [("UM021", *underlined)], "{kind}: {rule}: {said:?}");
        assert!(said.iter().all(|(_, _, message)| message.contains(fragment)), "{kind}: {rule}: {said:?}");
        let right = findings(kind, "", right);
        assert!(right.is_empty(), "{kind}: {rule}: {right:?}");
    }
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
    format!("{{{spec}}}")
}

/// An entry for one host with this beside it.
fn host(rest: &str) -> String {
    format!("{{hosts: [api.example.com], {rest}}}")
}

/// An entry with one port of HTTPS.
fn port(rest: &str) -> String {
    host(&format!("ports: [{{number: 443, name: https, {rest}}}]"))
}

/// An entry of two hosts with one port.
fn two_hosts(rest: &str) -> String {
    format!("{{hosts: [a.example.com, b.example.com], ports: [{{number: 443, name: one, protocol: {rest}}}")
}

/// An entry with this endpoint, and a port named `http`.
fn endpoint(rest: &str) -> String {
    host(&format!(
        "ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: STATIC, endpoints: [{{{rest}}}]"
    ))
}

/// The same by DNS.
fn by_dns(rest: &str) -> String {
    host(&format!(
        "ports: [{{number: 80, name: http, protocol: HTTP}}], resolution: DNS, endpoints: [{{{rest}}}]"
    ))
}

/// An entry whose hosts are found by each request.
fn dynamic(rest: &str) -> String {
    format!("{{resolution: DYNAMIC_DNS, {rest}}}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table with a row for each rule")]
fn service_entries() {
    check(
        "ServiceEntry",
        &[
            row(
                "hosts",
                plain,
                "resolution: DNS",
                ("tested", "without `hosts`"),
                "hosts: [a.example.com], resolution: DNS",
            ),
            row("every host", plain, "hosts: ['*']", ("'*'", "as a host"), "hosts: ['*.example.com']"),
            row(
                "no name",
                plain,
                "hosts: [a..example]",
                ("a..example", "no name of a host"),
                "hosts: [a.example]",
            ),
            row(
                "endpoints and selector",
                host,
                "resolution: STATIC, endpoints: [{address: 10.0.0.1}], workloadSelector: {labels: {app: a}}",
                ("endpoints", "beside `workloadSelector`"),
                "resolution: STATIC, workloadSelector: {labels: {app: a}}",
            ),
            row(
                "wildcard in a selector",
                host,
                "resolution: STATIC, workloadSelector: {labels: {app: a*}}",
                ("a*", "no wildcards"),
                "resolution: STATIC, workloadSelector: {labels: {app: a}}",
            ),
            row("address", host, "addresses: [10.0.0]", ("10.0.0", "neither an IP"), "addresses: [10.0.0.1]"),
            row(
                "block",
                host,
                "addresses: [10.0.0.0/33]",
                ("10.0.0.0/33", "neither an IP"),
                "addresses: [10.0.0.0/32]",
            ),
            row(
                "block with DNS",
                host,
                "addresses: [10.0.0.0/24], resolution: DNS",
                ("10.0.0.0/24", "resolution: DNS"),
                "addresses: [10.0.0.0/24], resolution: NONE",
            ),
            row(
                "port's number",
                host,
                "ports: [{name: https}]",
                ("name", "without `number`"),
                "ports: [{name: https, number: 443}]",
            ),
            row(
                "port's name",
                host,
                "ports: [{number: 443}]",
                ("number", "without `name`"),
                "ports: [{name: https, number: 443}]",
            ),
            row(
                "port 0",
                host,
                "ports: [{name: https, number: 0}]",
                ("0", "the port 0"),
                "ports: [{name: https, number: 1}]",
            ),
            row(
                "port's name's form",
                host,
                "ports: [{name: a_b, number: 1}]",
                ("a_b", "no name of a port"),
                "ports: [{name: a-b, number: 1}]",
            ),
            row(
                "two of a name",
                host,
                "ports: [{name: a, number: 1}, {name: a, number: 2}]",
                ("a", "second port named"),
                "ports: [{name: a, number: 1}, {name: b, number: 2}]",
            ),
            row(
                "two of a number",
                host,
                "ports: [{name: a, number: 1}, {name: b, number: 1}]",
                ("1", "second port 1"),
                "ports: [{name: a, number: 1}, {name: b, number: 2}]",
            ),
            row("protocol", port, "protocol: FTP", ("FTP", "no such protocol"), "protocol: https"),
            row("target", port, "targetPort: 70000", ("70000", "70000"), "targetPort: 8443"),
            row(
                "endpoints without resolution",
                host,
                "endpoints: [{address: 10.0.0.1}]",
                ("endpoints", "resolution: NONE"),
                "endpoints: [{address: 10.0.0.1}], resolution: STATIC",
            ),
            row(
                "static name",
                endpoint,
                "address: db.example.com",
                ("db.example.com", "no IP address"),
                "address: 10.0.0.1",
            ),
            row("no address", endpoint, "labels: {a: b}", ("labels", "without `address`"), "network: net"),
            row(
                "dns name",
                by_dns,
                "address: db_example.com",
                ("db_example.com", "neither an IP"),
                "address: db.example.com",
            ),
            row(
                "no address by dns",
                by_dns,
                "network: net",
                ("network", "without `address`"),
                "network: net, address: 10.0.0.1",
            ),
            row(
                "port of another name",
                endpoint,
                "address: 10.0.0.1, ports: {https: 8443}",
                ("8443", "none of that name"),
                "address: 10.0.0.1, ports: {http: 8080}",
            ),
            row(
                "endpoint's port",
                endpoint,
                "address: 10.0.0.1, ports: {http: 0}",
                ("0", "the port 0"),
                "address: 10.0.0.1, ports: {http: 1}",
            ),
            row(
                "endpoint's label",
                endpoint,
                "address: 10.0.0.1, labels: {app: -a}",
                ("-a", "app=-a"),
                "address: 10.0.0.1, labels: {app: a}",
            ),
            row(
                "relative socket",
                endpoint,
                "address: 'unix://a'",
                ("'unix://a'", "no absolute path"),
                "address: 'unix:///a'",
            ),
            row(
                "socket with ports",
                endpoint,
                "address: 'unix:///a', ports: {http: 1}",
                ("1", "beside the socket"),
                "address: 'unix:///a'",
            ),
            row(
                "socket of two ports",
                host,
                "resolution: STATIC, ports: [{name: a, number: 1}, {name: b, number: 2}], endpoints: [{address: 'unix:///a'}]",
                ("'unix:///a'", "2 ports"),
                "resolution: STATIC, ports: [{name: a, number: 1}], endpoints: [{address: 'unix:///a'}]",
            ),
            row(
                "wildcard by dns",
                plain,
                "hosts: ['*.example.com'], resolution: DNS",
                ("'*.example.com'", "cannot be asked"),
                "hosts: ['*.example.com'], resolution: NONE",
            ),
            row(
                "two by round robin",
                host,
                "resolution: DNS_ROUND_ROBIN, endpoints: [{address: a.b}, {address: c.d}]",
                ("address", "more than one endpoint"),
                "resolution: DNS_ROUND_ROBIN, endpoints: [{address: a.b}]",
            ),
            row(
                "dynamic host",
                dynamic,
                "hosts: [a.example.com]",
                ("a.example.com", "one host"),
                "hosts: ['*.example.com']",
            ),
            row(
                "dynamic with addresses",
                dynamic,
                "hosts: ['*.a.b'], addresses: [10.0.0.1]",
                ("addresses", "`addresses`"),
                "hosts: ['*.a.b']",
            ),
            row(
                "dynamic with endpoints",
                dynamic,
                "hosts: ['*.a.b'], endpoints: [{address: 10.0.0.1}]",
                ("endpoints", "`endpoints`"),
                "hosts: ['*.a.b']",
            ),
            row(
                "dynamic TCP",
                dynamic,
                "hosts: ['*.a.b'], ports: [{name: a, number: 1, protocol: TCP}]",
                ("TCP", "takes HTTP"),
                "hosts: ['*.a.b'], ports: [{name: a, number: 1, protocol: TLS}]",
            ),
            row(
                "hosts on TCP",
                two_hosts,
                "TCP}], resolution: DNS",
                ("TCP", "2 hosts"),
                "TCP}], resolution: NONE",
            ),
            row("export", host, "exportTo: [a_b]", ("a_b", "in `exportTo`"), "exportTo: [a-b]"),
            row("export twice", host, "exportTo: [., shop]", ("shop", "stands twice"), "exportTo: [., cart]"),
            row(
                "export to all and one",
                host,
                "exportTo: [., '*']",
                ("'*'", "beside other names"),
                "exportTo: ['*']",
            ),
            row(
                "export to nobody and one",
                host,
                "exportTo: [., '~']",
                ("'~'", "beside other names"),
                "exportTo: ['~']",
            ),
        ],
    );
}

#[test]
fn a_waypoint_takes_no_dynamic_host_inside_the_mesh() {
    let spec = "{hosts: ['*.a.b'], resolution: DYNAMIC_DNS, location: MESH_INTERNAL}";
    let said = findings("ServiceEntry", "istio.io/use-waypoint: w", spec);
    let found: Vec<_> = said.iter().map(|(code, text, _)| (*code, text.as_str())).collect();
    assert_eq!(found, [("UM021", "MESH_INTERNAL")], "{said:?}");
    for labels in ["", "istio.io/use-waypoint: none"] {
        assert!(findings("ServiceEntry", labels, spec).is_empty(), "{labels}");
    }
}

#[test]
fn workload_entries() {
    check(
        "WorkloadEntry",
        &[
            row("address", plain, "weight: 1", ("tested", "without `address`"), "network: net"),
            row("address's form", plain, "address: a_b", ("a_b", "neither an IP"), "address: a.b"),
            row(
                "socket",
                plain,
                "address: 'unix:///a/'",
                ("'unix:///a/'", "no absolute path"),
                "address: 'unix://@a'",
            ),
            row(
                "socket's ports",
                plain,
                "address: 'unix:///a', ports: {a: 1}",
                ("1", "beside the socket"),
                "address: 'unix:///a'",
            ),
            row(
                "port's name",
                plain,
                "address: 10.0.0.1, ports: {a_b: 1}",
                ("1", "no name of a port"),
                "address: 10.0.0.1, ports: {a: 1}",
            ),
            row(
                "port",
                plain,
                "address: 10.0.0.1, ports: {a: 65536}",
                ("65536", "65536"),
                "address: 10.0.0.1, ports: {a: 65535}",
            ),
            row(
                "label",
                plain,
                "address: 10.0.0.1, labels: {a: b c}",
                ("b c", "a=b c"),
                "address: 10.0.0.1, labels: {a: b}",
            ),
        ],
    );
}

/// A group with this probe.
fn probe(rest: &str) -> String {
    format!("{{template: {{}}, probe: {{{rest}}}}}")
}

#[test]
fn workload_groups() {
    check(
        "WorkloadGroup",
        &[
            row(
                "template",
                plain,
                "metadata: {}",
                ("tested", "without `template`"),
                "metadata: {}, template: {}",
            ),
            row(
                "label",
                plain,
                "template: {}, metadata: {labels: {a: b c}}",
                ("b c", "a=b c"),
                "template: {}, metadata: {labels: {a: b}}",
            ),
            row(
                "nothing asked",
                probe,
                "periodSeconds: 1",
                ("probe", "asks nothing"),
                "periodSeconds: 1, tcpSocket: {port: 1}",
            ),
            row(
                "two ways",
                probe,
                "exec: {command: [a]}, tcpSocket: {port: 1}",
                ("exec", "two ways"),
                "exec: {command: [a]}",
            ),
            row(
                "period",
                probe,
                "periodSeconds: -1, tcpSocket: {port: 1}",
                ("-1", "less than 0"),
                "periodSeconds: 0, tcpSocket: {port: 1}",
            ),
            row(
                "delay",
                probe,
                "initialDelaySeconds: -1, tcpSocket: {port: 1}",
                ("-1", "less than 0"),
                "initialDelaySeconds: 0, tcpSocket: {port: 1}",
            ),
            row(
                "timeout",
                probe,
                "timeoutSeconds: -1, tcpSocket: {port: 1}",
                ("-1", "less than 0"),
                "timeoutSeconds: 1, tcpSocket: {port: 1}",
            ),
            row(
                "successes",
                probe,
                "successThreshold: -1, tcpSocket: {port: 1}",
                ("-1", "less than 0"),
                "successThreshold: 1, tcpSocket: {port: 1}",
            ),
            row(
                "failures",
                probe,
                "failureThreshold: -1, tcpSocket: {port: 1}",
                ("-1", "less than 0"),
                "failureThreshold: 1, tcpSocket: {port: 1}",
            ),
            row(
                "tcp port",
                probe,
                "tcpSocket: {host: a}",
                ("tcpSocket", "without `port`"),
                "tcpSocket: {host: a, port: 1}",
            ),
            row("http port", probe, "httpGet: {port: 0}", ("0", "the port 0"), "httpGet: {port: 1}"),
            row(
                "scheme",
                probe,
                "httpGet: {port: 1, scheme: http}",
                ("http", "scheme `http`"),
                "httpGet: {port: 1, scheme: HTTP}",
            ),
            row(
                "header",
                probe,
                "httpGet: {port: 1, httpHeaders: [{name: 'a b', value: c}]}",
                ("'a b'", "no name of a header"),
                "httpGet: {port: 1, httpHeaders: [{name: a-b, value: c}]}",
            ),
            row(
                "no header",
                probe,
                "httpGet: {port: 1, httpHeaders: [{value: c}]}",
                ("value", "without `name`"),
                "httpGet: {port: 1, httpHeaders: [{name: a-b, value: c}]}",
            ),
            row("command", probe, "exec: {}", ("exec", "without `command`"), "exec: {command: [a]}"),
            row("grpc", probe, "grpc: {port: 1}", ("grpc", "`grpc` probe"), "tcpSocket: {port: 1}"),
        ],
    );
}

/// A Sidecar with this inbound listener beside its port.
fn ingress(rest: &str) -> String {
    format!("{{ingress: [{{port: {{number: 8443, protocol: HTTPS}}, {rest}}}]}}")
}

/// One with this `tls`.
fn tls(rest: &str) -> String {
    ingress(&format!("tls: {{{rest}}}"))
}

/// A Sidecar with this outbound listener.
fn egress(rest: &str) -> String {
    format!("{{egress: [{{{rest}}}]}}")
}

/// One that knows this host.
fn known(host: &str) -> String {
    egress(&format!("hosts: ['{host}']"))
}

/// A Sidecar that sends unknown destinations through this.
fn proxy(rest: &str) -> String {
    format!("{{outboundTrafficPolicy: {{{rest}}}}}")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table with a row for each rule")]
fn sidecars() {
    const PAIR: &str = "serverCertificate: a, privateKey: b";
    let with = |rest: &str| format!("mode: SIMPLE, {PAIR}, {rest}");
    check(
        "Sidecar",
        &[
            row(
                "nothing set",
                plain,
                "workloadSelector: {labels: {a: b}}",
                ("tested", "sets nothing"),
                "outboundTrafficPolicy: {}",
            ),
            row(
                "wildcard in a selector",
                plain,
                "outboundTrafficPolicy: {}, workloadSelector: {labels: {a: '*'}}",
                ("'*'", "no wildcards"),
                "outboundTrafficPolicy: {}, workloadSelector: {labels: {a: b}}",
            ),
            row(
                "port",
                plain,
                "ingress: [{bind: 10.0.0.1}]",
                ("bind", "without `port`"),
                "ingress: [{bind: 10.0.0.1, port: {number: 1}}]",
            ),
            row(
                "number",
                plain,
                "ingress: [{port: {name: a}}]",
                ("port", "without `number`"),
                "ingress: [{port: {name: a, number: 1}}]",
            ),
            row(
                "target",
                plain,
                "ingress: [{port: {number: 1, targetPort: 2}}]",
                ("2", "`targetPort`"),
                "ingress: [{port: {number: 1}}]",
            ),
            row(
                "protocol",
                plain,
                "ingress: [{port: {number: 1, protocol: FTP}}]",
                ("FTP", "no such protocol"),
                "ingress: [{port: {number: 1, protocol: TCP}}]",
            ),
            row(
                "name",
                plain,
                "ingress: [{port: {number: 1, name: a_b}}]",
                ("a_b", "no name of a port"),
                "ingress: [{port: {number: 1, name: a}}]",
            ),
            row("bind", ingress, "bind: a", ("a", "no IP address"), "bind: '::1'"),
            row(
                "two of a port",
                plain,
                "ingress: [{port: {number: 1}}, {port: {number: 1}}]",
                ("1", "second listener"),
                "ingress: [{port: {number: 1}}, {port: {number: 2}}]",
            ),
            row(
                "endpoint's host",
                ingress,
                "defaultEndpoint: 10.0.0.1:80",
                ("10.0.0.1:80", "within the pod"),
                "defaultEndpoint: 127.0.0.1:80",
            ),
            row(
                "endpoint's port",
                ingress,
                "defaultEndpoint: 127.0.0.1:http",
                ("127.0.0.1:http", "the port `http`"),
                "defaultEndpoint: '[::1]:80'",
            ),
            row(
                "endpoint's form",
                ingress,
                "defaultEndpoint: 127.0.0.1",
                ("127.0.0.1", "neither an address"),
                "defaultEndpoint: ':80'",
            ),
            row(
                "endpoint's socket",
                ingress,
                "defaultEndpoint: 'unix://a'",
                ("'unix://a'", "no absolute path"),
                "defaultEndpoint: 'unix:///a'",
            ),
            row(
                "pool",
                ingress,
                "connectionPool: {}",
                ("connectionPool", "neither `tcp` nor `http`"),
                "connectionPool: {tcp: {}}",
            ),
            row(
                "whole pool",
                plain,
                "inboundConnectionPool: {tcp: {maxConnections: -1}}",
                ("-1", "less than 0"),
                "inboundConnectionPool: {tcp: {maxConnections: 1}}",
            ),
            row(
                "tls port",
                plain,
                "ingress: [{port: {number: 1, protocol: HTTP}, tls: {mode: SIMPLE, serverCertificate: a, privateKey: b}}]",
                ("tls", "neither HTTPS nor TLS"),
                "ingress: [{port: {number: 1, protocol: TLS}, tls: {mode: SIMPLE, serverCertificate: a, privateKey: b}}]",
            ),
            row("tls mode", tls, "mode: ISTIO_MUTUAL", ("ISTIO_MUTUAL", "ISTIO_MUTUAL"), "mode: PASSTHROUGH"),
            row(
                "certificate",
                tls,
                "mode: SIMPLE, privateKey: b",
                ("SIMPLE", "`serverCertificate`"),
                &with(""),
            ),
            row("key", tls, "mode: SIMPLE, serverCertificate: a", ("SIMPLE", "`privateKey`"), &with("")),
            row(
                "ca",
                tls,
                &format!("mode: MUTUAL, {PAIR}"),
                ("MUTUAL", "`caCertificates`"),
                &format!("mode: MUTUAL, {PAIR}, caCertificates: c"),
            ),
            row("crl", tls, &with("caCrl: c"), ("c", "`caCrl`"), &with("")),
            row(
                "names",
                tls,
                &with("subjectAltNames: [a]"),
                ("subjectAltNames", "`subjectAltNames`"),
                &with(""),
            ),
            row(
                "redirect",
                tls,
                &with("httpsRedirect: true"),
                ("true", "`httpsRedirect`"),
                &with("httpsRedirect: false"),
            ),
            row("credential", tls, &with("credentialName: a"), ("a", "`credentialName`"), &with("")),
            row(
                "credentials",
                tls,
                &with("credentialNames: [a]"),
                ("credentialNames", "`credentialNames`"),
                &with(""),
            ),
            row(
                "certificates",
                tls,
                &with("tlsCertificates: [{privateKey: a}]"),
                ("tlsCertificates", "`tlsCertificates`"),
                &with(""),
            ),
            row(
                "no hosts",
                plain,
                "egress: [{port: {number: 1}}]",
                ("port", "without `hosts`"),
                "egress: [{port: {number: 1}, hosts: ['./*']}]",
            ),
            row("no namespace", known, "a.b", ("'a.b'", "`namespace/name`"), "*/a.b"),
            row("wrong namespace", known, "a_b/c.d", ("'a_b/c.d'", "no namespace"), "~a-b/c.d"),
            row("short name", known, "./a", ("'./a'", "no full name"), "./a.b"),
            row("partial wildcard", known, "./*a.b", ("'./*a.b'", "no full name"), "./*.a.b"),
            row(
                "catch-all first",
                plain,
                "egress: [{hosts: ['./*']}, {port: {number: 1}, hosts: ['./*']}]",
                ("hosts", "before others"),
                "egress: [{port: {number: 1}, hosts: ['./*']}, {hosts: ['./*']}]",
            ),
            row(
                "two of an outbound port",
                plain,
                "egress: [{port: {number: 1}, hosts: ['./*']}, {port: {number: 1}, hosts: ['./*']}]",
                ("1", "second listener"),
                "egress: [{port: {number: 1}, hosts: ['./*']}, {port: {number: 2}, hosts: ['./*']}]",
            ),
            row(
                "no number",
                egress,
                "hosts: ['./*'], port: {protocol: HTTP}",
                ("hosts", "no socket"),
                "hosts: ['./*'], port: {protocol: HTTP}, bind: 'unix:///a'",
            ),
            row(
                "captured socket",
                egress,
                "hosts: ['./*'], port: {protocol: HTTP}, bind: 'unix:///a', captureMode: IPTABLES",
                ("IPTABLES", "for a socket"),
                "hosts: ['./*'], port: {protocol: HTTP}, bind: 'unix:///a', captureMode: NONE",
            ),
            row(
                "outbound bind",
                egress,
                "hosts: ['./*'], port: {number: 1}, bind: a",
                ("a", "no IP address"),
                "hosts: ['./*'], port: {number: 1}, bind: 127.0.0.1",
            ),
            row(
                "two sockets",
                plain,
                "egress: [{port: {}, bind: 'unix:///a', hosts: ['./*']}, {port: {}, bind: 'unix:///a', hosts: ['./*']}]",
                ("'unix:///a'", "second listener"),
                "egress: [{port: {}, bind: 'unix:///a', hosts: ['./*']}, {port: {}, bind: 'unix:///b', hosts: ['./*']}]",
            ),
            row(
                "proxy's mode",
                proxy,
                "egressProxy: {host: a.b, port: {number: 1}}",
                ("egressProxy", "ALLOW_ANY"),
                "mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 1}}",
            ),
            row(
                "proxy's host",
                proxy,
                "mode: ALLOW_ANY, egressProxy: {port: {number: 1}}",
                ("egressProxy", "without `host`"),
                "mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 1}}",
            ),
            row(
                "proxy's port",
                proxy,
                "mode: ALLOW_ANY, egressProxy: {host: a.b}",
                ("egressProxy", "without `port`"),
                "mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 1}}",
            ),
            row(
                "proxy's name",
                proxy,
                "mode: ALLOW_ANY, egressProxy: {host: '*.b', port: {number: 1}}",
                ("'*.b'", "no full name"),
                "mode: ALLOW_ANY, egressProxy: {host: a.b, port: {number: 1}}",
            ),
            row(
                "proxy's subset",
                proxy,
                "mode: ALLOW_ANY, egressProxy: {host: a.b, subset: a_b, port: {number: 1}}",
                ("a_b", "no name of a subset"),
                "mode: ALLOW_ANY, egressProxy: {host: a.b, subset: a, port: {number: 1}}",
            ),
        ],
    );
}

#[test]
fn what_cannot_be_read_is_not_missing_too() {
    let said = findings("ServiceEntry", "", "{hosts: [a.b], ports: [{name: a, number: x}]}");
    assert_eq!(said.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["UM007"], "{said:?}");
}
