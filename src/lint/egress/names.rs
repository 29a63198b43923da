//! Who knows the name of a host when the mesh is gone: DNS, the cluster, or nobody.

use crate::istio::ServiceEntry;
use crate::istio::service_entry::Resolution;
use crate::manifest::Inventory;

/// Ends of names that public DNS does not hold: reserved by standards, or used inside networks by custom.
const PRIVATE: [&str; 18] = [
    "cluster",
    "consul",
    "corp",
    "global",
    "home",
    "internal",
    "intranet",
    "invalid",
    "istio",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "mesh",
    "private",
    "svc",
    "test",
    "vm",
];

/// Who knows a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Known {
    /// DNS: a proxy asks it, or the client has an address already.
    Dns,
    /// A Service of the input.
    Service,
    /// Public DNS may know the name, and another address for it.
    Elsewhere,
    /// Only the mesh, as far as the name and the entry show.
    MeshAlone,
}

/// Who knows the name of an entry's host.
pub(super) fn known(entry: &ServiceEntry, host: &str, inventory: &Inventory) -> Known {
    let given = !entry.endpoints.items.is_empty() || entry.selector.is_some();
    let asks_dns = match entry.resolution() {
        Resolution::None | Resolution::DynamicDns => true,
        Resolution::Dns | Resolution::DnsRoundRobin => !given,
        Resolution::Static => false,
    };
    if asks_dns || host.contains('*') {
        return Known::Dns;
    }
    if let Some((name, namespace)) = service(host) {
        let mut services = inventory.services.iter();
        let shown = services
            .any(|one| one.reference.name == name && one.reference.namespace.as_deref() == Some(namespace));
        return if shown { Known::Service } else { Known::MeshAlone };
    }
    // Pods and machines that a selector finds answer for a name that somebody made up for them.
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or(host);
    let private =
        !host.trim_end_matches('.').contains('.') || PRIVATE.contains(&last.to_ascii_lowercase().as_str());
    if private || entry.selector.is_some() { Known::MeshAlone } else { Known::Elsewhere }
}

/// Name and namespace of a Service by its full name.
pub(super) fn service(host: &str) -> Option<(&str, &str)> {
    let name = host.strip_suffix(".svc.cluster.local").or_else(|| host.strip_suffix(".svc"))?;
    name.split_once('.').filter(|(_, namespace)| !namespace.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::service;

    #[test]
    fn services_have_a_name_and_a_namespace() {
        let rows = [
            ("a.shop.svc.cluster.local", Some(("a", "shop"))),
            ("a.shop.svc", Some(("a", "shop"))),
            ("a.shop", None),
            ("db-0.a.shop.svc.cluster.local", None),
            ("api.example.com", None),
        ];
        for (host, expected) in rows {
            assert_eq!(service(host), expected, "{host}");
        }
    }
}
