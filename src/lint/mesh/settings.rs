//! Settings of the whole mesh that decide nothing a network policy could, by what they did.

use super::on;
use crate::finding::codes::platform::MESH_SETTING;
use crate::finding::{Direction, Finding};
use crate::manifest::mesh::{MeshConfig, Setting};

/// A feature: its settings, what it did, and what stands in for it.
struct Feature {
    /// Paths in the MeshConfig.
    settings: &'static [&'static str],
    direction: Direction,
    did: &'static str,
    help: &'static str,
}

const FEATURES: &[Feature] = &[
    Feature {
        settings: &[
            "accessLogFile",
            "accessLogFormat",
            "accessLogEncoding",
            "enableEnvoyAccessLogService",
            "defaultConfig.envoyAccessLogService",
        ],
        direction: Direction::Drops,
        did: "proxies logged each request",
        help: "flow logs of the network plugin know connections, not requests; let applications log these",
    },
    Feature {
        settings: &["enableTracing", "defaultConfig.tracing", "defaultConfig.zipkinAddress"],
        direction: Direction::Drops,
        did: "proxies traced requests",
        help: "instrument applications, with OpenTelemetry for instance",
    },
    Feature {
        settings: &["extensionProviders", "defaultProviders"],
        direction: Direction::Drops,
        did: "proxies reported to these providers",
        help: "let applications report themselves: OpenTelemetry for traces, Prometheus for metrics",
    },
    Feature {
        settings: &[
            "defaultConfig.statsdUdpAddress",
            "defaultConfig.envoyMetricsService",
            "defaultConfig.envoyMetricsServiceAddress",
            "defaultConfig.extraStatTags",
            "defaultConfig.proxyStatsMatcher",
            "enablePrometheusMerge",
        ],
        direction: Direction::Drops,
        did: "proxies kept metrics of requests",
        help: "scrape the applications themselves",
    },
    Feature {
        settings: &["ingressClass", "ingressService", "ingressControllerMode", "ingressSelector"],
        direction: Direction::Drops,
        did: "Istio's gateway served Ingress resources",
        help: "give each Ingress the class of another controller",
    },
    Feature {
        settings: &["localityLbSetting", "zoneAwareLbSetting"],
        direction: Direction::Drops,
        did: "proxies preferred endpoints by locality",
        help: "set `trafficDistribution: PreferClose` on Services",
    },
    Feature {
        settings: &[
            "connectTimeout",
            "tcpKeepalive",
            "hboneIdleTimeout",
            "h2UpgradePolicy",
            "defaultHttpRetryPolicy",
            "defaultTrafficPolicy",
        ],
        direction: Direction::Drops,
        did: "clients' proxies set timeouts, retries and limits by default",
        help: "set them in the client library",
    },
    Feature {
        settings: &["serviceSettings", "serviceScopeConfigs"],
        direction: Direction::Drops,
        did: "Services were shared between clusters, or kept in one",
        help: "share Services with the Multi-Cluster Services API, if clusters stay connected",
    },
    Feature {
        settings: &["meshMTLS", "tlsDefaults"],
        direction: Direction::Drops,
        did: "this was asked of TLS between proxies, which goes with them",
        help: "WireGuard encrypts between nodes, with a cipher of its own; it shows no identity of a workload",
    },
    Feature {
        settings: &[
            "caCertificates",
            "ca",
            "certificates",
            "defaultConfig.caCertificatesPem",
            "defaultConfig.privateKeyProvider",
        ],
        direction: Direction::Drops,
        did: "the mesh signed and trusted certificates with these",
        help: "issue certificates to applications that need them, with cert-manager for instance",
    },
    Feature {
        settings: &["verifyCertificateAtClient"],
        direction: Direction::Widens,
        did: "clients' proxies verified servers outside by the system's roots",
        help: "let the application speak TLS, and verify the server",
    },
    Feature {
        settings: &["outboundTrafficPolicy.tls"],
        direction: Direction::Widens,
        did: "proxies spoke TLS to destinations that the mesh does not know",
        help: "let the application speak TLS",
    },
    Feature {
        settings: &["inboundTrafficPolicy"],
        direction: Direction::Narrows,
        did: "proxies handed requests to `localhost` in the pod",
        help: "let applications listen on the pod's address; see which ports of it were out of reach before",
    },
    Feature {
        settings: &["defaultConfig.proxyMetadata"],
        direction: Direction::Drops,
        did: "this was handed to each proxy",
        help: "where it is `ISTIO_META_DNS_CAPTURE`, hosts of ServiceEntries resolved in the mesh alone: give DNS their names",
    },
    Feature {
        settings: &["defaultConfig.gatewayTopology", "defaultConfig.proxyHeaders"],
        direction: Direction::Drops,
        did: "proxies set headers of requests, those of the client's address and certificate too",
        help: "see which headers applications read, and let the new gateway set them",
    },
    Feature {
        settings: &["defaultConfig.connectionSettings"],
        direction: Direction::Widens,
        did: "proxies limited connections and refused requests by these",
        help: "set them at the new gateway, or in the application's server",
    },
];

/// One finding for each feature in use; what only sets up proxies is part of what is told of the MeshConfig.
pub(super) fn check(config: &MeshConfig) -> Vec<Finding> {
    FEATURES.iter().filter_map(|feature| feature.finding(config)).collect()
}

impl Feature {
    fn finding(&self, config: &MeshConfig) -> Option<Finding> {
        let used = |setting: &&Setting| self.settings.contains(&setting.name.as_str()) && does(setting);
        let settings: Vec<&Setting> = config.others.iter().filter(used).collect();
        let (first, rest) = settings.split_first()?;
        let said: Vec<String> =
            settings.iter().map(|setting| format!("`{}: {}`", setting.name, setting.value)).collect();
        let message = format!("{}: {}", self.did, said.join(", "));
        let finding = on(config, &first.at, &MESH_SETTING, self.direction, message).help(self.help);
        Some(rest.iter().fold(finding, |finding, setting| finding.related(&setting.name, setting.at.span)))
    }
}

/// Whether a setting has any effect beside the default.
fn does(setting: &Setting) -> bool {
    match setting.name.as_str() {
        "inboundTrafficPolicy" => setting.value.contains("LOCALHOST"),
        "enableTracing" | "enablePrometheusMerge" | "verifyCertificateAtClient" => setting.value == "true",
        _ => !setting.value.is_empty() && setting.value != "false",
    }
}
