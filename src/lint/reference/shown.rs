//! What the input shows of hosts, Gateways and namespaces.
//!
//! What stands twice with different content, and what could not be read, is known to exist and no more.

use crate::finding::ObjectRef;
use crate::istio::gateway_api::GROUP;
use crate::istio::{Gateway, Meta, ServiceEntry};
use crate::lint::Context;
use crate::lint::edge::words::meet;
use crate::manifest::{Object, Service, template_path};
use crate::yaml::{Node, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The end of a Service's full name.
pub(super) const DOMAIN: &str = ".svc.cluster.local";

/// A namespace and a name.
pub(super) type Name<'a> = (&'a str, &'a str);

/// The input, by name.
pub(super) struct Shown<'a> {
    pub(super) context: &'a Context<'a>,
    /// Services, in all their forms.
    services: BTreeMap<Name<'a>, Vec<&'a Service>>,
    /// Hosts of ServiceEntries, as written.
    entries: BTreeSet<&'a str>,
    /// Istio's Gateways; `None` where their content is not known.
    pub(super) gateways: BTreeMap<Name<'a>, Option<&'a Gateway>>,
    /// Gateways of Gateway API.
    pub(super) api_gateways: BTreeSet<Name<'a>>,
    /// Objects whose document says its namespace.
    placed: BTreeSet<&'a ObjectRef>,
    /// Workloads, and resources of which an operator may make Services.
    workloads: BTreeSet<Name<'a>>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(context: &'a Context<'a>) -> Self {
        let mut shown = Self {
            context,
            services: BTreeMap::new(),
            entries: BTreeSet::new(),
            gateways: BTreeMap::new(),
            api_gateways: BTreeSet::new(),
            placed: BTreeSet::new(),
            workloads: BTreeSet::new(),
        };
        for service in &context.inventory.services {
            shown.services.entry(name_of(&service.reference)).or_default().push(service);
        }
        for object in context.manifest.objects.iter().chain(&context.manifest.contested) {
            shown.read(object);
        }
        for gateway in &context.resources.gateways {
            shown.gateways.insert(name_of(&gateway.meta.reference), Some(gateway));
        }
        shown
    }

    fn read(&mut self, object: &'a Object) {
        let reference = &object.reference;
        if object.root.get("metadata").and_then(|metadata| metadata.get("namespace")).is_some() {
            self.placed.insert(reference);
        }
        match (object.group(), reference.kind.as_str()) {
            ("networking.istio.io", "ServiceEntry") => {
                self.entries.extend(texts(spec(object, "hosts")));
            }
            ("networking.istio.io", "Gateway") => {
                self.gateways.insert(name_of(reference), None);
            }
            (GROUP, "Gateway") => drop(self.api_gateways.insert(name_of(reference))),
            ("", "Service") => {}
            (group, kind) if template_path(group, kind).is_some() || is_custom(group) => {
                self.workloads.insert(name_of(reference));
            }
            _ => {}
        }
    }

    /// Whether a patch of a kustomization, which is not read, is for one of these kinds: what objects of it hold is
    /// not what a cluster gets.
    pub(super) fn is_patched(&self, kinds: &[&str]) -> bool {
        let patches = self.context.manifest.skipped.iter().filter(|skipped| skipped.why.ends_with("patch"));
        patches.filter_map(|patch| patch.kind.as_deref()).any(|kind| kinds.contains(&kind))
    }

    /// A Service in all its forms.
    pub(super) fn service<'s>(&'s self, namespace: &'s str, name: &'s str) -> Option<&'s [&'a Service]> {
        self.services.get(&(namespace, name)).map(Vec::as_slice)
    }

    /// The names of a namespace's Services.
    pub(super) fn services_of<'s>(&'s self, namespace: &'s str) -> impl Iterator<Item = &'a str> + 's {
        self.services.keys().filter(move |(own, _)| *own == namespace).map(|(_, name)| *name)
    }

    /// The namespaces that have a Service of this name.
    pub(super) fn namespaces_with(&self, name: &str) -> Vec<&'a str> {
        self.services.keys().filter(|(_, own)| *own == name).map(|(namespace, _)| *namespace).collect()
    }

    /// Whether a host is that of a ServiceEntry, or one that a wildcard of it means. Istio refuses `*` alone.
    pub(super) fn is_entry(&self, host: &str) -> bool {
        self.entries.contains(host)
            || self.entries.iter().any(|entry| entry.len() > 1 && entry.starts_with('*') && meet(entry, host))
    }

    /// The hosts of ServiceEntries.
    pub(super) fn entry_hosts(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.entries.iter().copied()
    }

    /// The ServiceEntries of a host, where all with this host could be read.
    pub(super) fn entries_of(&self, host: &str) -> Vec<&'a ServiceEntry> {
        let entries = self.context.resources.service_entries.iter();
        let of_host = |entry: &&ServiceEntry| entry.hosts.items.iter().any(|own| own.value == host);
        let found: Vec<_> = entries.filter(of_host).collect();
        let written = |objects: &[Object]| {
            let of_kind = objects.iter().filter(|object| object.reference.kind == "ServiceEntry");
            of_kind.filter(|object| texts(spec(object, "hosts")).any(|own| own == host)).count()
        };
        let manifest = self.context.manifest;
        if written(&manifest.objects) + written(&manifest.contested) == found.len() {
            found
        } else {
            Vec::new()
        }
    }

    /// Whether an object's document says its namespace, so that nothing else places it.
    pub(super) fn is_placed(&self, reference: &ObjectRef) -> bool {
        self.placed.contains(reference)
    }

    /// Whether all forms of a Service say their namespace.
    pub(super) fn is_service_placed(&self, namespace: &str, name: &str) -> bool {
        self.service(namespace, name)
            .is_some_and(|forms| forms.iter().all(|one| self.is_placed(&one.reference)))
    }

    /// Whether a namespace has something else of this name, which may bring a Service with it.
    pub(super) fn may_bring(&self, namespace: &str, name: &str) -> bool {
        self.workloads.contains(&(namespace, name))
    }

    /// Objects of a kind of Istio's networking that are not among those that were read.
    pub(super) fn unread<'s>(
        &'s self,
        kind: &'static str,
        read: impl Iterator<Item = &'a Meta> + 's,
    ) -> impl Iterator<Item = &'a Object> + 's {
        let read: BTreeSet<_> = read.map(|meta| meta.object.0).collect();
        let manifest = self.context.manifest;
        let objects = manifest.objects.iter().enumerate();
        let left = objects.filter(move |(index, _)| !read.contains(index)).map(|(_, object)| object);
        left.chain(&manifest.contested)
            .filter(move |object| object.reference.kind == kind && object.group() == "networking.istio.io")
    }
}

/// Whether a group is of resources that operators read, as far as it shows.
fn is_custom(group: &str) -> bool {
    const KNOWN: [&str; 4] = ["istio.io", "k8s.io", "projectcalico.org", "cert-manager.io"];
    group.contains('.') && !KNOWN.iter().any(|known| group.ends_with(known))
}

/// Namespace and name of an object.
pub(super) fn name_of(reference: &ObjectRef) -> Name<'_> {
    (reference.namespace.as_deref().unwrap_or(""), reference.name.as_str())
}

/// A host as Istio completes it (`ResolveShortnameToFQDN`): one without a dot is a Service of the namespace.
pub(super) fn completed(host: &str, namespace: &str) -> String {
    if host.contains('.') || host.contains(':') || host == "*" {
        return host.to_string();
    }
    format!("{host}.{namespace}{DOMAIN}")
}

/// Namespace and name of the Service that a completed host means.
pub(super) fn service_of(host: &str) -> Option<Name<'_>> {
    let (name, namespace) = host.strip_suffix(DOMAIN)?.split_once('.')?;
    (!namespace.contains('.') && !name.is_empty() && !name.contains('*')).then_some((namespace, name))
}

/// Whether a text waits for somebody to fill it in.
pub(super) fn is_placeholder(text: &str) -> bool {
    text.contains(['$', '{', '}', '<', '>', '%', '@']) || text.is_empty()
}

/// A field of the `spec` of an object.
pub(super) fn spec<'n>(object: &'n Object, name: &str) -> Option<&'n Node> {
    object.root.get("spec")?.get(name)
}

/// The texts of a list.
fn texts(node: Option<&Node>) -> impl Iterator<Item = &str> {
    let items = node.map(|node| match &node.value {
        Value::Sequence(items) => items.as_slice(),
        Value::Scalar(_) | Value::Mapping(_) => &[],
    });
    items.unwrap_or_default().iter().filter_map(Node::as_str)
}

#[cfg(test)]
mod tests {
    use super::{completed, service_of};

    #[test]
    fn hosts_are_completed_and_taken_apart() {
        let rows = [
            ("reviews", "reviews.shop.svc.cluster.local", Some(("shop", "reviews"))),
            ("reviews.shop", "reviews.shop", None),
            ("reviews.shop.svc", "reviews.shop.svc", None),
            ("a.other.svc.cluster.local", "a.other.svc.cluster.local", Some(("other", "a"))),
            ("db-0.a.other.svc.cluster.local", "db-0.a.other.svc.cluster.local", None),
            ("*.other.svc.cluster.local", "*.other.svc.cluster.local", None),
            ("*", "*", None),
            ("::1", "::1", None),
        ];
        for (host, full, service) in rows {
            assert_eq!(completed(host, "shop"), full, "{host}");
            assert_eq!(service_of(full), service, "{host}");
        }
    }
}
