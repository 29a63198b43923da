//! Which Gateways are Istio's: by the controller of their class.
//!
//! Istio makes its classes itself (`GetBuiltinGatewayClasses`, `pilot/pkg/config/kube/gatewaycommon`); a GatewayClass
//! in the input says more, since the first controller to make a class owns it.

use super::{Class, Controller, GROUP, Reference};
use crate::istio::Meta;
use crate::manifest::{Manifest, Object, ObjectId};
use crate::yaml::Node;
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// The classes that Istio makes, the alpha ones included.
const BUILT_IN: [(&str, Controller); 6] = [
    ("istio", Controller::Istio),
    ("istio-remote", Controller::Remote),
    ("istio-waypoint", Controller::Waypoint),
    ("istio-east-west", Controller::EastWest),
    ("istio-agentgateway", Controller::Istio),
    ("istio-agentgateway-waypoint", Controller::Waypoint),
];

/// The names of Istio's controllers.
const CONTROLLERS: [(&str, Controller); 6] = [
    ("istio.io/gateway-controller", Controller::Istio),
    ("istio.io/unmanaged-gateway", Controller::Remote),
    ("istio.io/mesh-controller", Controller::Waypoint),
    ("istio.io/eastwest-controller", Controller::EastWest),
    ("istio.io/agentgateway-controller", Controller::Istio),
    ("istio.io/agentgateway-waypoint-controller", Controller::Waypoint),
];

/// Classes and Gateways of the input.
pub(super) struct Served<'a> {
    /// The controllers of GatewayClasses; `None` for one that is not Istio's.
    classes: BTreeMap<&'a str, Option<Controller>>,
    /// All Gateways, by namespace and name; `None` for one that is not Istio's.
    gateways: BTreeMap<(&'a str, &'a str), Option<Controller>>,
}

/// Who serves a parent of a route.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Serves {
    /// A Gateway of Istio's.
    Gateway(Controller),
    /// A Service or ServiceEntry: the proxies of the mesh.
    Mesh,
    /// Somebody else.
    Other,
    /// A Gateway that the input does not have.
    Unknown,
}

impl<'a> Served<'a> {
    /// What the input shows.
    pub(super) fn of(manifest: &'a Manifest) -> Self {
        let of_kind = |kind: &'static str| {
            manifest
                .objects
                .iter()
                .filter(move |object| object.group() == GROUP && object.reference.kind == kind)
        };
        let controller = |name: &str| {
            CONTROLLERS.iter().find(|(controller, _)| *controller == name).map(|(_, controller)| *controller)
        };
        let classes = of_kind("GatewayClass").filter_map(|class| {
            Some((class.reference.name.as_str(), controller(text(class, "controllerName")?)))
        });
        let mut served = Self { classes: classes.collect(), gateways: BTreeMap::new() };
        let gateways = of_kind("Gateway")
            .map(|gateway| ((gateway.namespace(), gateway.reference.name.as_str()), served.gateway(gateway)))
            .collect();
        served.gateways = gateways;
        served
    }

    /// Whether the input has a Gateway of Istio's.
    pub(super) fn any(&self) -> bool {
        self.gateways.values().any(Option::is_some)
    }

    /// Istio's controller of a Gateway, if it is one of Istio's.
    pub(super) fn gateway(&self, gateway: &Object) -> Option<Controller> {
        let class = text(gateway, "gatewayClassName")?;
        match self.classes.get(class) {
            Some(controller) => *controller,
            None => BUILT_IN.iter().find(|(name, _)| *name == class).map(|(_, controller)| *controller),
        }
    }

    /// Who serves a parent of a route in the namespace `own`.
    pub(super) fn parent(&self, parent: &Reference, own: &str) -> Serves {
        match (parent.group_or(GROUP), parent.kind_or("Gateway")) {
            (GROUP, "Gateway") => match self.gateways.get(&(parent.namespace_or(own), parent.name())) {
                Some(Some(controller)) => Serves::Gateway(*controller),
                Some(None) => Serves::Other,
                None => Serves::Unknown,
            },
            ("", "Service") | ("networking.istio.io", "ServiceEntry") => Serves::Mesh,
            _ => Serves::Other,
        }
    }

    /// The GatewayClasses of Istio's controllers.
    pub(super) fn classes(&self, manifest: &Manifest) -> Vec<Class> {
        let objects = manifest.objects.iter().enumerate();
        let classes =
            objects.filter(|(_, object)| object.group() == GROUP && object.reference.kind == "GatewayClass");
        let class = |(index, object): (usize, &Object)| {
            self.classes.get(object.reference.name.as_str()).copied().flatten()?;
            let name = object.root.get("spec")?.get("controllerName")?;
            let controller = Leaf {
                value: name.as_str()?.to_string(),
                span: name.span,
                field: "spec.controllerName".to_string(),
            };
            let meta = Meta {
                object: ObjectId(index),
                reference: object.reference.clone(),
                name_span: object.name_span,
                created: object.created.clone(),
            };
            Some(Class { meta, controller })
        };
        classes.filter_map(class).collect()
    }
}

/// A text in the `spec` of an object that is not read otherwise.
fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.root.get("spec")?.get(name).and_then(Node::as_str)
}
