//! What a VirtualService does here, and what becomes of it when the mesh goes.
//!
//! One file for each group of features. Every leaf of a VirtualService is under the field of some
//! finding, or named in one: a route says where its requests go, a match which requests. These rules
//! look at types and inventory alone; they must not know how a finding is shown.

mod conditions;
mod destinations;
mod exposure;
mod headers;
mod layer4;
mod refuse;
mod requests;
mod resilience;
mod rewrite;
mod scene;

use self::scene::Scene;
use super::Context;
use crate::finding::Finding;
use crate::istio::virtual_service::HttpRoute;

/// An HTTP route with what every rule about it needs.
#[derive(Clone, Copy)]
struct Route<'a> {
    scene: &'a Scene<'a>,
    http: &'a HttpRoute,
}

/// One finding for each feature in use.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = &context.resources.virtual_services;
    services.iter().flat_map(|service| check_one(&Scene::new(context, service))).collect()
}

fn check_one(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = exposure::check(scene);
    findings.extend(refuse::unmatched(scene));
    for http in &scene.service.http.items {
        let route = Route { scene, http };
        findings.extend(requests::check(route));
        findings.extend(destinations::check(route));
        findings.extend(refuse::check(route));
        findings.extend(rewrite::check(route));
        findings.extend(resilience::check(route));
        findings.extend(headers::check(route));
    }
    findings.extend(layer4::check(scene));
    findings
}

impl Route<'_> {
    /// Which requests the route is for, as `requests to `a.default.svc` with path `/x``.
    fn subject(&self) -> String {
        let conditions = conditions::of_route(self.http);
        let hosts = self.scene.hosts_in_words();
        match conditions {
            Some(conditions) => format!("requests to {hosts} with {conditions}"),
            None => format!("requests to {hosts}"),
        }
    }
}
