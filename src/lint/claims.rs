//! UM175: routes by claims of a token, at a gateway where nothing checks tokens.
//!
//! A header name `@request.auth.claims` stands for a claim (`pkg/jwt/routing.go`), and a request has claims only
//! where a RequestAuthentication of the gateway's own pods has checked its token: one of their namespace, or of
//! the root namespace.

use super::Context;
use super::meaning::token::checks_by_filter;
use crate::finding::codes::meaning::CLAIM_ROUTE_WITHOUT_CHECK;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::{Attachment, Gateway, RequestAuthentication, VirtualService};
use crate::lint::words::{gateway_place, listed};
use crate::manifest::Workload;
use crate::yaml::fields::Leaf;

/// How the name of a claim begins, in any case.
const CLAIM: &str = "@request.auth.claims";

/// One finding for each VirtualService, at the first claim.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    context.resources.virtual_services.iter().filter_map(|routes| one(context, routes)).collect()
}

fn one(context: &Context<'_>, routes: &VirtualService) -> Option<Finding> {
    let (claim, negated) = first_claim(routes)?;
    let gateways = routes.gateways.iter().filter_map(|name| gateway(context, routes, &name.value));
    let pods: Vec<&Workload> = gateways.flat_map(|gateway| pods(context, gateway)).collect();
    let open: Vec<&Workload> = pods.iter().copied().filter(|pod| !may_be_checked(context, pod)).collect();
    let first = open.first()?;
    let near =
        |check: &&RequestAuthentication| is_near(context, check.meta.reference.namespace.as_deref(), first);
    let others: Vec<&RequestAuthentication> =
        context.resources.request_authentications.iter().filter(near).collect();
    let mut names: Vec<String> = open.iter().map(|pod| pod.reference.to_string()).collect();
    names.dedup();
    let effect = if negated { "every request fits this match" } else { "no request fits this match" };
    let names = listed(&names);
    let (severity, message) = if others.is_empty() {
        (
            Severity::Info,
            format!(
                "the input has no RequestAuthentication for {names}: if the cluster has none either, {effect}"
            ),
        )
    } else {
        (
            Severity::Warning,
            format!(
                "no RequestAuthentication of the input checks tokens at {names}, so requests have no claims there: {effect}"
            ),
        )
    };
    let finding = Finding::new(&CLAIM_ROUTE_WITHOUT_CHECK, Direction::None, message)
        .severity(severity)
        .on(&routes.meta.reference)
        .at(claim.span)
        .field(claim.field.clone())
        .help("add a RequestAuthentication for the gateway's pods, in their namespace: a check at the workload behind it is too late for routes")
        .related("the gateway's pods", first.span);
    Some(others.iter().fold(finding, |finding, check| {
        finding.related("is for other pods, or has no rules", check.meta.name_span)
    }))
}

/// The first claim that decides a route, and whether it must not be there.
fn first_claim(routes: &VirtualService) -> Option<(&Leaf<String>, bool)> {
    let matches = || routes.http.items.iter().flat_map(|route| &route.matches.items);
    let is_claim = |name: &&Leaf<String>| {
        let start = name.value.get(..CLAIM.len()).is_some_and(|start| start.eq_ignore_ascii_case(CLAIM));
        let rest = name.value.get(CLAIM.len()..).unwrap_or_default();
        start && rest.len() > 1 && rest.starts_with(['.', '['])
    };
    let positive = matches().flat_map(|one| &one.headers).map(|(name, _)| name).find(is_claim);
    let negative = || matches().flat_map(|one| &one.without_headers).map(|(name, _)| name).find(is_claim);
    positive.map(|name| (name, false)).or_else(|| negative().map(|name| (name, true)))
}

/// A Gateway of the input by the name that a VirtualService gives it.
fn gateway<'c>(context: &Context<'c>, routes: &VirtualService, name: &str) -> Option<&'c Gateway> {
    let own = routes.meta.reference.namespace.as_deref().unwrap_or_default();
    let (namespace, name) = gateway_place(name, own);
    let mut gateways = context.resources.gateways.iter();
    gateways.find(|gateway| {
        gateway.meta.reference.name == name && gateway.meta.reference.namespace.as_deref() == Some(namespace)
    })
}

/// The templates whose proxies listen for a Gateway, in any namespace.
fn pods<'c>(context: &Context<'c>, gateway: &'c Gateway) -> impl Iterator<Item = &'c Workload> {
    context.inventory.workloads.iter().filter(move |workload| {
        let fits = |(key, leaf): (&String, &Leaf<String>)| workload.labels.get(key) == Some(&leaf.value);
        !gateway.selector.is_empty() && gateway.selector.iter().all(fits)
    })
}

/// Whether something of the input checks tokens at these pods, or may.
fn may_be_checked(context: &Context<'_>, pod: &Workload) -> bool {
    let checks = || context.resources.request_authentications.iter();
    let near = |namespace: Option<&str>| is_near(context, namespace, pod);
    let selects = checks().any(|check| {
        let fits = match &check.attachment {
            Attachment::Everything | Attachment::TargetRefs(_) => true,
            Attachment::Selector(labels) => {
                labels.iter().all(|(key, leaf)| pod.labels.get(key) == Some(&leaf.value))
            }
        };
        near(check.meta.reference.namespace.as_deref()) && !check.jwt_rules.is_empty() && fits
    });
    let objects = context.manifest.objects.iter().chain(&context.manifest.contested);
    let mut objects = objects.filter(|object| near(Some(object.namespace())));
    let shown = objects.clone().filter(|object| object.reference.kind == "RequestAuthentication").count();
    let read = checks().filter(|check| near(check.meta.reference.namespace.as_deref())).count();
    selects || shown > read || objects.any(checks_by_filter)
}

/// Whether what stands in a namespace can be for these pods.
fn is_near(context: &Context<'_>, namespace: Option<&str>, pod: &Workload) -> bool {
    let namespace = namespace.unwrap_or_default();
    namespace == pod.identity.namespace || namespace == context.settings.root_namespace
}
