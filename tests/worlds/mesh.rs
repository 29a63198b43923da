//! What Istio decides, naively: AuthorizationPolicy and PeerAuthentication at the pod asked.
//!
//! Shares nothing with the program. CUSTOM counts as a refusal.

use crate::worlds::requests::{Content, Protocol, Request};
use crate::worlds::world::{
    Action, Authorization, Condition, Declared, Fields, Mode, PeerAuthentication, Pod, ROOT, Rule, World,
    has_all,
};
use crate::worlds::ztunnel;
use ipnet::IpNet;
use std::net::IpAddr;

/// What the proxy takes a port for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    Http,
    Tcp,
    Sniffed,
    /// Whatever comes: the pod is in ambient mode.
    Connection,
}

/// By the Services that select the pod; where they disagree, the strictest reading.
pub(crate) fn class(world: &World, pod: &Pod, port: u16) -> Class {
    if world.is_ambient(pod) {
        return Class::Connection;
    }
    if !pod.shown {
        // What the input does not show is assumed to be declared as what it shows: HTTP, where an
        // HTTP rule is carried over.
        return Class::Http;
    }
    let services = world.services.iter().filter(|service| {
        service.namespace == pod.namespace && service.port == port && has_all(&pod.labels, &service.selector)
    });
    let classes: Vec<Class> = services
        .map(|service| match service.declared {
            Declared::Http => Class::Http,
            Declared::Tcp => Class::Tcp,
            Declared::Nothing if port == 3306 => Class::Tcp,
            Declared::Nothing => Class::Sniffed,
        })
        .collect();
    match classes.split_first() {
        Some((first, rest)) if rest.iter().all(|other| other == first) => *first,
        Some(_) | None => Class::Sniffed,
    }
}

/// The mode in force (`policy_applier.go`, `ComposePeerAuthentication`).
pub(crate) fn mode(world: &World, pod: &Pod, port: u16) -> Mode {
    let oldest = |fits: &dyn Fn(&PeerAuthentication) -> bool| {
        let fitting = world.peer_authentication.iter().filter(|policy| fits(policy));
        fitting.min_by_key(|policy| policy.made)
    };
    let mesh = oldest(&|policy| policy.namespace == ROOT && policy.selector.is_empty());
    let own = |policy: &PeerAuthentication| policy.namespace != ROOT && policy.namespace == pod.namespace;
    let namespace = oldest(&|policy| own(policy) && policy.selector.is_empty());
    let workload = oldest(&|policy| {
        own(policy) && !policy.selector.is_empty() && world.selects(&policy.namespace, &policy.selector, pod)
    });
    let mut mode = Mode::Permissive;
    for layer in [mesh, namespace, workload].into_iter().flatten() {
        mode = layer.mode.filter(|own| *own != Mode::Unset).unwrap_or(mode);
    }
    let ports = workload.iter().flat_map(|policy| &policy.ports);
    let of_port = ports.filter(|(own, own_mode)| *own == port && *own_mode != Mode::Unset);
    of_port.map(|(_, own)| *own).next_back().unwrap_or(mode)
}

/// The identity that a pod has a certificate for.
pub(crate) fn certificate(world: &World, request: &Request<'_>) -> Option<String> {
    let pod = &world.pods[request.source.pod?];
    let has_one = pod.gateway || world.is_injected(pod);
    has_one.then(|| format!("cluster.local/ns/{}/sa/{}", pod.namespace, pod.account))
}

/// Whether one chain of the proxy, that for HTTP or that for bytes, lets a request through from
/// whoever has this certificate. ztunnel has neither chain.
pub(crate) fn allows_by(world: &World, request: &Request<'_>, http: bool, identity: Option<&str>) -> bool {
    let pod = &world.pods[request.to];
    if world.is_ambient(pod) {
        return ztunnel::allows(world, request, identity);
    }
    let polices =
        world.is_injected(pod) && request.protocol == Protocol::Tcp && !pod.excluded.contains(&request.port);
    if !polices {
        return true;
    }
    let mode = mode(world, pod, request.port);
    let identity = identity.filter(|_| mode != Mode::Disable);
    if mode == Mode::Strict && identity.is_none() {
        return false;
    }
    Seen { world, request, identity }.chain(pod, http.then_some(request.content))
}

/// A request as the proxy sees it.
struct Seen<'a> {
    world: &'a World,
    request: &'a Request<'a>,
    identity: Option<&'a str>,
}

impl Seen<'_> {
    /// The policies in their order; `http` is `None` on the TCP chain.
    fn chain(&self, pod: &Pod, http: Option<&Content>) -> bool {
        let policies =
            self.world.authorization.iter().filter(|policy| {
                !policy.dry_run && self.world.selects(&policy.namespace, &policy.selector, pod)
            });
        let mut allow = Vec::new();
        for policy in policies {
            match policy.action {
                Action::Audit => {}
                Action::Custom | Action::Deny => {
                    if self.policy(policy, http) {
                        return false;
                    }
                }
                Action::Allow => allow.push(policy),
            }
        }
        allow.is_empty() || allow.into_iter().any(|policy| self.policy(policy, http))
    }

    fn policy(&self, policy: &Authorization, http: Option<&Content>) -> bool {
        let loses_rules = http.is_none() && policy.action == Action::Allow;
        let rules = policy.rules.iter().filter(|rule| !(loses_rules && needs_http(rule)));
        let mut rules = rules.map(|rule| self.rule(rule, http, &policy.namespace));
        rules.any(|matches| matches)
    }

    fn rule(&self, rule: &Rule, http: Option<&Content>, namespace: &str) -> bool {
        let from = rule.from.is_empty() || rule.from.iter().any(|fields| self.source(fields, namespace));
        let to = rule.to.is_empty() || rule.to.iter().any(|fields| self.operation(fields, http));
        from && to && rule.when.iter().all(|condition| self.condition(condition))
    }

    fn source(&self, fields: &Fields, namespace: &str) -> bool {
        fields.iter().all(|(field, values)| match field.as_str() {
            "principals" => values.iter().any(|value| self.principal(value)),
            "notPrincipals" => !values.iter().any(|value| self.principal(value)),
            "namespaces" => values.iter().any(|value| self.namespace(value)),
            "notNamespaces" => !values.iter().any(|value| self.namespace(value)),
            "serviceAccounts" => values.iter().any(|value| self.account(value, namespace)),
            "notServiceAccounts" => !values.iter().any(|value| self.account(value, namespace)),
            "ipBlocks" => values.iter().any(|value| within(value, self.request.source.address)),
            "trustDomains" => self.trust_domain(values),
            "notTrustDomains" => !self.trust_domain(values),
            "notIpBlocks" => !values.iter().any(|value| within(value, self.request.source.address)),
            other => panic!("no rule for {other}"),
        })
    }

    fn operation(&self, fields: &Fields, http: Option<&Content>) -> bool {
        let port = self.request.port.to_string();
        fields.iter().all(|(field, values)| {
            let Some(content) = http else {
                return match field.as_str() {
                    "ports" => values.contains(&port),
                    "notPorts" => !values.contains(&port),
                    _ => true,
                };
            };
            // Bytes that are not HTTP never get as far as the policies of an HTTP chain.
            let (method, path) = content.http.clone().unwrap_or_default();
            match field.as_str() {
                "ports" => values.contains(&port),
                "notPorts" => !values.contains(&port),
                "methods" => values.iter().any(|value| affix(value, &method)),
                "notMethods" => !values.iter().any(|value| affix(value, &method)),
                "paths" => values.iter().any(|value| affix(value, &path)),
                "notPaths" => !values.iter().any(|value| affix(value, &path)),
                "hosts" => values.iter().any(|value| affix(value, &content.host)),
                "notHosts" => !values.iter().any(|value| affix(value, &content.host)),
                other => panic!("no rule for {other}"),
            }
        })
    }

    fn condition(&self, condition: &Condition) -> bool {
        let Condition { key, values, not_values } = condition;
        let holds = |value: &String| match key.as_str() {
            "source.ip" => within(value, self.request.source.address),
            "source.namespace" => self.namespace(value),
            "source.principal" => self.principal(value),
            "destination.port" => *value == self.request.port.to_string(),
            "destination.ip" => within(value, self.request.destination(self.world)),
            "connection.sni" => affix(value, &self.request.content.sni),
            other => panic!("no rule for {other}"),
        };
        (values.is_empty() || values.iter().any(holds)) && !not_values.iter().any(holds)
    }

    fn trust_domain(&self, values: &[String]) -> bool {
        let own = self.identity.and_then(|identity| identity.split_once('/'));
        own.is_some_and(|(own, _)| values.iter().any(|value| value == own))
    }

    fn principal(&self, pattern: &str) -> bool {
        self.identity.is_some_and(|identity| affix(pattern, identity))
    }

    /// `.*/ns/PATTERN/.*` over the whole identity.
    fn namespace(&self, pattern: &str) -> bool {
        self.identity.is_some_and(|identity| glob(&format!("*/ns/{pattern}/*"), identity))
    }

    fn account(&self, text: &str, namespace: &str) -> bool {
        let (namespace, account) = text.split_once('/').unwrap_or((namespace, text));
        self.identity.is_some_and(|identity| identity.ends_with(&format!("/ns/{namespace}/sa/{account}")))
    }
}

fn needs_http(rule: &Rule) -> bool {
    rule.to.iter().flatten().any(|(field, _)| !matches!(field.as_str(), "ports" | "notPorts"))
}

fn within(net: &str, address: IpAddr) -> bool {
    net.parse::<IpNet>().is_ok_and(|net| net.contains(&address))
        || net.parse::<IpAddr>().is_ok_and(|own| own == address)
}

/// Exact, `prefix*`, `*suffix`, or `*` for anything there is.
fn affix(pattern: &str, text: &str) -> bool {
    match (pattern, pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        ("*", _, _) => !text.is_empty(),
        (_, Some(suffix), _) => text.ends_with(suffix),
        (_, None, Some(prefix)) => text.starts_with(prefix),
        (exact, None, None) => exact == text,
    }
}

/// A star is any text, `/` too.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((first, rest)) => text.strip_prefix(first).is_some_and(|after| {
            let cuts = after.char_indices().map(|(at, _)| at).chain([after.len()]);
            cuts.into_iter().any(|at| glob(rest, &after[at..]))
        }),
    }
}
