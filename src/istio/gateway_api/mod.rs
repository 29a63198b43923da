//! Gateway API (`gateway.networking.k8s.io`) where Istio serves it: Gateways of its classes, and routes that have
//! one of them, or a Service, as a parent.
//!
//! What other controllers serve is nobody's loss when the mesh goes: it is left out without a word. So objects are
//! read first, and what there is to say of one is said once it is known to be Istio's.

pub mod filter;
pub mod gateway;
pub mod matches;
pub mod route;
mod served;
mod validate;
mod validate_filter;

pub use gateway::{Controller, Gateway};
pub use route::{Route, RouteKind};

use super::document::{self, Kind};
use super::{Meta, common};
use crate::finding::{Finding, ObjectRef};
use crate::manifest::{Manifest, Object, ObjectId};
use crate::yaml::fields::{Field, Leaf};
use served::{Served, Serves};

/// The group of Gateway API.
pub const GROUP: &str = "gateway.networking.k8s.io";

/// The versions of each kind, the newest first. Fields of older ones are those of the newest.
const VERSIONS: [&str; 4] = ["v1", "v1beta1", "v1alpha3", "v1alpha2"];

/// What Istio serves of the input's objects of Gateway API.
#[derive(Default, Debug)]
pub struct GatewayApi {
    /// GatewayClasses of Istio's controllers.
    pub classes: Vec<Class>,
    /// Gateways of Istio's classes.
    pub gateways: Vec<Gateway>,
    /// Routes with such a Gateway, or a Service, as a parent, or with a Gateway that the input does not have.
    pub routes: Vec<Route>,
}

/// A GatewayClass of one of Istio's controllers.
#[derive(Debug)]
pub struct Class {
    /// Name and place.
    pub meta: Meta,
    /// `spec.controllerName`.
    pub controller: Leaf<String>,
}

/// A reference to an object: `group`, `kind`, `name`, `namespace`; what is absent has a default.
#[derive(Clone, Debug)]
pub struct Reference {
    /// `group`.
    pub group: Option<Leaf<String>>,
    /// `kind`.
    pub kind: Option<Leaf<String>>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `namespace`; absent is that of the object with the reference.
    pub namespace: Option<Leaf<String>>,
}

impl Reference {
    /// Its group, or `default`.
    #[must_use]
    pub fn group_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.group.as_ref().map_or(default, |group| group.value.as_str())
    }

    /// Its kind, or `default`.
    #[must_use]
    pub fn kind_or<'a>(&'a self, default: &'a str) -> &'a str {
        self.kind.as_ref().map_or(default, |kind| kind.value.as_str())
    }

    /// Its name; empty where it is absent.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_ref().map_or("", |name| name.value.as_str())
    }

    /// Its namespace, or that of the object with the reference.
    #[must_use]
    pub fn namespace_or<'a>(&'a self, own: &'a str) -> &'a str {
        self.namespace.as_ref().map_or(own, |namespace| namespace.value.as_str())
    }

    /// Reads the four fields out of a mapping; others are the caller's.
    fn take(fields: &mut crate::yaml::fields::Fields<'_>) -> Self {
        Self {
            group: common::string(fields.take("group")),
            kind: common::string(fields.take("kind")),
            name: common::string(fields.take("name")),
            namespace: common::string(fields.take("namespace")),
        }
    }

    /// Reads a mapping with these fields alone.
    fn read(field: &Field<'_>) -> Option<Self> {
        let mut fields = field.fields()?;
        let found = Self::take(&mut fields);
        fields.finish();
        Some(found)
    }
}

impl GatewayApi {
    /// Whether an object is a route that Istio alone serves: it does nothing once the mesh is gone, unless another
    /// controller takes its Gateway over.
    #[must_use]
    pub fn goes(&self, object: &ObjectRef) -> bool {
        let mut routes = self.routes.iter().filter(|route| route.meta.reference == *object);
        routes.any(|route| {
            let mut parents = route.parents.items.iter();
            parents.all(|parent| matches!(parent.serves, Serves::Gateway(_) | Serves::Mesh))
        })
    }
}

/// Reads what Istio serves.
pub(super) fn read(manifest: &Manifest, findings: &mut Vec<Finding>) -> GatewayApi {
    let served = Served::of(manifest);
    let mut found = GatewayApi { classes: served.classes(manifest), ..GatewayApi::default() };
    for (index, object) in manifest.objects.iter().enumerate() {
        if object.group() != GROUP {
            continue;
        }
        let id = ObjectId(index);
        let kind = match object.reference.kind.as_str() {
            "Gateway" => {
                if let Some(controller) = served.gateway(object) {
                    let gateway = described(id, object, findings, |meta, spec, checks| {
                        gateway::read(meta, spec, controller, object, checks)
                    });
                    found.gateways.extend(gateway);
                }
                continue;
            }
            "HTTPRoute" => RouteKind::Http,
            "GRPCRoute" => RouteKind::Grpc,
            "TCPRoute" => RouteKind::Tcp,
            "TLSRoute" => RouteKind::Tls,
            _ => continue,
        };
        found.routes.extend(read_route(id, object, kind, &served, findings));
    }
    found
}

/// A route, if some parent of it may be Istio's. What is wrong in it is said where one is.
fn read_route(
    id: ObjectId,
    object: &Object,
    kind: RouteKind,
    served: &Served<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Route> {
    let mut own = Vec::new();
    let route =
        described(id, object, &mut own, |meta, spec, checks| route::read(meta, spec, kind, served, checks));
    // Nobody knows the parents of what cannot be read; in an input with Gateways of Istio's it is said.
    if route.as_ref().map_or(served.any(), Route::is_istio) {
        findings.extend(own);
    }
    route.filter(Route::may_be_istio)
}

fn described<T>(
    id: ObjectId,
    object: &Object,
    findings: &mut Vec<Finding>,
    read: impl FnOnce(Meta, Option<&Field<'_>>, &super::checks::Checks<'_>) -> T,
) -> Option<T> {
    document::described(id, object, Kind::harmless(&VERSIONS), findings, read)
}
