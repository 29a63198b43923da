//! `proxy.istio.io/config`: a ProxyConfig in YAML, for one workload (`mesh/v1alpha1/proxy.proto`).

use super::holder::{Holder, Mark};
use super::on;
use crate::finding::codes::input::WRONG_VALUE;
use crate::finding::codes::platform::PROXY_CONFIG_ANNOTATION;
use crate::finding::{Direction, Finding, Severity};
use crate::lint::words::joined;
use crate::manifest::mesh::{Setting, proxy_config};
use crate::yaml::parse_at;

/// What settings did together, and what stands in for it.
struct Feature {
    settings: &'static [&'static str],
    direction: Direction,
    severity: Severity,
    /// After the workload's name.
    did: &'static str,
    help: &'static str,
}

const fn feature(
    settings: &'static [&'static str],
    direction: Direction,
    severity: Severity,
    did: &'static str,
    help: &'static str,
) -> Feature {
    Feature { settings, direction, severity, did, help }
}

const FEATURES: &[Feature] = &[
    feature(
        &["holdApplicationUntilProxyStarts"],
        Direction::Drops,
        Severity::Info,
        "starts its containers only once its proxy is ready; afterwards they start at once",
        "nothing has to stand in for it: without a proxy the network is there from the start",
    ),
    feature(
        &["terminationDrainDuration", "drainDuration", "parentShutdownDuration"],
        Direction::Drops,
        Severity::Warning,
        "keeps its connections open for a time while a pod ends; afterwards they end with the application",
        "let the application drain, or wait in a `preStop` hook below `terminationGracePeriodSeconds`",
    ),
    feature(
        &["proxyMetadata"],
        Direction::Drops,
        Severity::Warning,
        "hands this to its proxy",
        "where it is `ISTIO_META_DNS_CAPTURE`, hosts of ServiceEntries resolve in the mesh alone: give DNS their names",
    ),
    feature(
        &["tracing", "zipkinAddress", "tracingServiceName"],
        Direction::Drops,
        Severity::Warning,
        "has its requests traced",
        "instrument the application, with OpenTelemetry for instance",
    ),
    feature(
        &["envoyAccessLogService", "fileFlushInterval", "fileFlushMinSizeKb"],
        Direction::Drops,
        Severity::Warning,
        "has its requests logged",
        "let the application log its requests; flow logs of the network plugin know connections alone",
    ),
    feature(
        &[
            "proxyStatsMatcher",
            "extraStatTags",
            "statsdUdpAddress",
            "envoyMetricsService",
            "envoyMetricsServiceAddress",
            "statsCompression",
            "statNameLength",
        ],
        Direction::Drops,
        Severity::Info,
        "has statistics made of its connections",
        "scrape the application itself",
    ),
    feature(
        &["gatewayTopology", "proxyHeaders"],
        Direction::Drops,
        Severity::Warning,
        "has headers of its requests set, those of the client's address and certificate too",
        "see which headers the application reads, and let the new gateway set them",
    ),
    feature(
        &["connectionSettings", "runtimeValues"],
        Direction::Drops,
        Severity::Warning,
        "has its connections limited, or its proxy's behaviour changed",
        "set limits in the application's server, or at the new gateway",
    ),
    feature(
        &["caCertificatesPem", "privateKeyProvider"],
        Direction::Drops,
        Severity::Warning,
        "has mutual TLS with certificates or keys of its own",
        "give certificates to the application, with cert-manager for instance, where peers have to be verified",
    ),
];

/// What is left over only sets the proxy up.
const REST: Feature = feature(
    &[],
    Direction::Drops,
    Severity::Info,
    "has its proxy set up so, which goes",
    "nothing has to stand in for it",
);

pub(super) fn check(holder: &Holder<'_>, mark: &Mark<'_>) -> Vec<Finding> {
    let parsed = parse_at(mark.node).filter(|parsed| parsed.findings.is_empty());
    let root = parsed.and_then(|parsed| parsed.documents.into_iter().next()).map(|document| document.root);
    let Some(root) = root else {
        let message = format!("`{}` of {} is no YAML", mark.name, holder.name());
        let finding = on(holder, mark, &WRONG_VALUE, Direction::None, message).severity(Severity::Warning);
        return vec![finding.at(mark.node.span).help("write the fields of a ProxyConfig, as YAML")];
    };
    let (settings, problems) = proxy_config(&root, &holder.object.reference, &mark.field, mark.key);
    let lowered = |finding: Finding| finding.severity(Severity::Warning).at(mark.key);
    let mut findings: Vec<Finding> = problems.into_iter().map(lowered).collect();
    let told =
        |setting: &&Setting| FEATURES.iter().any(|feature| feature.settings.contains(&setting.name.as_str()));
    let (told, rest): (Vec<&Setting>, Vec<&Setting>) = settings.iter().partition(told);
    for feature in FEATURES {
        let of = |setting: &&Setting| feature.settings.contains(&setting.name.as_str());
        let own: Vec<&Setting> = told.iter().copied().filter(of).collect();
        findings.extend(feature.finding(holder, mark, &own));
    }
    findings.extend(REST.finding(holder, mark, &rest));
    if settings.is_empty() && findings.is_empty() {
        findings.extend(Some(on(
            holder,
            mark,
            &PROXY_CONFIG_ANNOTATION,
            Direction::None,
            format!("`{}` of {} sets nothing", mark.name, holder.name()),
        )));
    }
    findings
}

impl Feature {
    fn finding(&self, holder: &Holder<'_>, mark: &Mark<'_>, settings: &[&Setting]) -> Option<Finding> {
        if settings.is_empty() {
            return None;
        }
        let shown: Vec<String> =
            settings.iter().map(|setting| format!("`{}: {}`", setting.name, setting.value)).collect();
        let idle = settings.iter().all(|setting| setting.value.is_empty() || setting.value == "false");
        let (direction, severity) =
            if idle { (Direction::None, Severity::Info) } else { (self.direction, self.severity) };
        let message = if idle {
            format!("{} sets {} for its proxy, which asks for nothing", holder.name(), joined(&shown))
        } else {
            format!("{} {}: {}", holder.name(), self.did, joined(&shown))
        };
        let finding = on(holder, mark, &PROXY_CONFIG_ANNOTATION, direction, message);
        Some(finding.severity(severity).help(self.help))
    }
}
