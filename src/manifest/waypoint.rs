//! Waypoints, and who asks for one: Gateways of the class `istio-waypoint`, and the label
//! `istio.io/use-waypoint` of Services and Namespaces
//! (`pilot/pkg/serviceregistry/ambient/waypoints.go`, `GetUseWaypoint`).

use super::{Labels, Object};
use crate::config::Identity;
use crate::finding::ObjectRef;
use crate::source::Span;
use std::collections::BTreeMap;

/// The class of waypoints.
const CLASS: &str = "istio-waypoint";
/// The account of a waypoint's pods, where it is not that of its name
/// (`pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`).
const ACCOUNT: &str = "gateway.istio.io/service-account";

/// A waypoint.
#[derive(Clone, Debug)]
pub struct Waypoint {
    /// Its Gateway.
    pub reference: ObjectRef,
    /// The identity of its pods.
    pub identity: Identity,
    /// Where its name stands.
    pub span: Span,
}

/// Namespace and name of a Gateway.
type Place = (String, String);

/// What the input shows of waypoints.
#[derive(Clone, Default, Debug)]
pub struct Waypoints {
    /// Those that are there.
    pub shown: Vec<Waypoint>,
    /// What Services ask for; `None` for none at all.
    services: BTreeMap<Place, Option<Place>>,
    /// What Namespaces ask for, for all that is in them.
    namespaces: BTreeMap<String, Option<Place>>,
}

/// What the input says of a Service's waypoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OfService {
    /// This one.
    Asked(String),
    /// Labels ask for none, or no label asks for one.
    NotAsked,
    /// The Service, or its Namespace, is not shown.
    NotShown,
}

impl Waypoints {
    /// Notes what one object says.
    pub(super) fn read(&mut self, object: &Object) {
        let namespace = object.namespace().to_string();
        let name = object.reference.name.clone();
        match (object.group(), object.reference.kind.as_str()) {
            ("gateway.networking.k8s.io", "Gateway") => {
                let class = object.root.get("spec").and_then(|spec| spec.get("gatewayClassName"));
                if class.and_then(|class| class.as_str()) == Some(CLASS) {
                    let account = object.annotations.get(ACCOUNT).map(|leaf| leaf.value.clone());
                    let identity = Identity { namespace, account: account.unwrap_or(name) };
                    let (reference, span) = (object.reference.clone(), object.name_span);
                    self.shown.push(Waypoint { reference, identity, span });
                }
            }
            ("", "Service") => {
                let asked = asked(&object.labels, &namespace);
                self.services.insert((namespace, name), asked);
            }
            ("", "Namespace") => {
                let asked = asked(&object.labels, &name);
                self.namespaces.insert(name, asked);
            }
            _ => {}
        }
    }

    /// The waypoint of this name.
    #[must_use]
    pub fn named(&self, namespace: &str, name: &str) -> Option<&Waypoint> {
        let mut shown = self.shown.iter();
        shown.find(|waypoint| {
            waypoint.reference.namespace.as_deref() == Some(namespace) && waypoint.reference.name == name
        })
    }

    /// What a Service has for a waypoint: by its own label, or by its Namespace's.
    #[must_use]
    pub fn of_service(&self, namespace: &str, name: &str) -> OfService {
        let own = self.services.get(&(namespace.to_string(), name.to_string()));
        let around = self.namespaces.get(namespace);
        match (own, around) {
            (Some(Some(place)), _) if place.1 != NONE => OfService::Asked(called(place)),
            (Some(Some(_)), _) => OfService::NotAsked,
            (_, Some(Some(place))) if place.1 != NONE => OfService::Asked(called(place)),
            (Some(None), Some(_)) => OfService::NotAsked,
            (Some(None), None) | (None, _) => OfService::NotShown,
        }
    }

    /// The waypoint of a namespace: the one that its Namespace asks for, or else one that stands in it.
    #[must_use]
    pub fn of_namespace(&self, namespace: &str) -> Option<String> {
        match self.namespaces.get(namespace) {
            Some(Some(place)) if place.1 == NONE => None,
            Some(Some(place)) => Some(called(place)),
            Some(None) | None => {
                let here = |waypoint: &&Waypoint| waypoint.identity.namespace == namespace;
                let waypoint = self.shown.iter().find(here)?;
                Some(format!("{namespace}/{}", waypoint.reference.name))
            }
        }
    }

    /// The Services and Namespaces that ask for a waypoint, by their names.
    #[must_use]
    pub fn users(&self, waypoint: &Waypoint) -> Vec<String> {
        let place =
            (waypoint.reference.namespace.clone().unwrap_or_default(), waypoint.reference.name.clone());
        let services = self.services.iter().filter(|(_, asked)| asked.as_ref() == Some(&place));
        let namespaces = self.namespaces.iter().filter(|(_, asked)| asked.as_ref() == Some(&place));
        services
            .map(|((namespace, name), _)| format!("Service/{namespace}/{name}"))
            .chain(namespaces.map(|(name, _)| format!("Namespace/{name}")))
            .collect()
    }
}

/// The value that asks for no waypoint.
const NONE: &str = "none";

fn asked(labels: &Labels, own: &str) -> Option<Place> {
    let name = labels.get("istio.io/use-waypoint")?;
    let namespace = labels.get("istio.io/use-waypoint-namespace").map_or(own, String::as_str);
    Some((namespace.to_string(), name.clone()))
}

fn called((namespace, name): &Place) -> String {
    format!("{namespace}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::manifest::testing::Input;

    #[test]
    fn labels_of_a_service_come_before_those_of_its_namespace() {
        let text = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {istio.io/use-waypoint: door}}}
---
{apiVersion: v1, kind: Service, metadata: {name: plain, namespace: shop}}
---
{apiVersion: v1, kind: Service, metadata: {name: own, namespace: shop, labels: {istio.io/use-waypoint: other, istio.io/use-waypoint-namespace: edge}}}
---
{apiVersion: v1, kind: Service, metadata: {name: out, namespace: shop, labels: {istio.io/use-waypoint: none}}}
---
{apiVersion: v1, kind: Service, metadata: {name: alone, namespace: web}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: door, namespace: shop}, spec: {gatewayClassName: istio-waypoint}}
---
{apiVersion: gateway.networking.k8s.io/v1, kind: Gateway, metadata: {name: way-in, namespace: shop}, spec: {gatewayClassName: istio}}
";
        let (inventory, _) = Input::of(text).inventory(&Settings::default());
        let waypoints = inventory.waypoints;
        let asked = |name: &str| OfService::Asked(name.to_string());
        let rows = [
            ("shop", "plain", asked("shop/door")),
            ("shop", "own", asked("edge/other")),
            ("shop", "out", OfService::NotAsked),
            ("shop", "missing", asked("shop/door")),
            ("web", "alone", OfService::NotShown),
        ];
        for (namespace, name, expected) in rows {
            assert_eq!(waypoints.of_service(namespace, name), expected, "{namespace}/{name}");
        }
        let names: Vec<_> =
            waypoints.shown.iter().map(|waypoint| waypoint.identity.account.as_str()).collect();
        assert_eq!(names, ["door"]);
        assert_eq!(waypoints.users(&waypoints.shown[0]), ["Namespace/shop"]);
    }
}
