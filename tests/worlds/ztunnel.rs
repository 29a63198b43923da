//! What ztunnel decides, naively (`pilot/pkg/serviceregistry/ambient/authorization.go`, ztunnel's
//! `src/rbac.rs`): connections, and fields of layer 4. Shares nothing with the program, nor with the
//! sidecar of `mesh`.

use crate::worlds::requests::{Protocol, Request};
use crate::worlds::world::{
    Action, Authorization, Fields, Mode, PeerAuthentication, Pod, ROOT, Rule, World, has_all, reaches,
};
use ipnet::IpNet;
use std::net::IpAddr;

/// Whether the pod's ztunnel lets a connection through.
pub(crate) fn allows(world: &World, request: &Request<'_>, identity: Option<&str>) -> bool {
    let pod = &world.pods[request.to];
    if request.protocol != Protocol::Tcp {
        return true;
    }
    if identity.is_none() && demands_identity(world, pod, request.port) {
        return false;
    }
    let seen = Seen { request, world, identity };
    let policies = world.authorization.iter().filter(|policy| {
        !policy.dry_run && reaches(&policy.namespace, pod) && has_all(&pod.labels, &policy.selector)
    });
    let mut allow = Vec::new();
    for policy in policies {
        match policy.action {
            Action::Deny if seen.policy(policy) => return false,
            Action::Audit | Action::Custom | Action::Deny => {}
            Action::Allow => allow.push(policy),
        }
    }
    allow.is_empty() || allow.into_iter().any(|policy| seen.policy(policy))
}

/// The refusals of peers without an identity that istiod writes for a pod.
fn demands_identity(world: &World, pod: &Pod, port: u16) -> bool {
    let oldest = |fits: &dyn Fn(&PeerAuthentication) -> bool| {
        world.peer_authentication.iter().filter(|policy| fits(policy)).min_by_key(|policy| policy.made)
    };
    let root = oldest(&|policy| policy.namespace == ROOT && policy.selector.is_empty());
    let namespace = oldest(&|policy| {
        pod.namespace != ROOT && policy.namespace == pod.namespace && policy.selector.is_empty()
    });
    let workload = oldest(&|policy| {
        policy.namespace != ROOT
            && policy.namespace == pod.namespace
            && !policy.selector.is_empty()
            && has_all(&pod.labels, &policy.selector)
    });
    let mode =
        |policy: Option<&PeerAuthentication>| policy.and_then(|policy| policy.mode).unwrap_or(Mode::Unset);
    let (of_root, of_namespace) = (mode(root), mode(namespace));
    let mut strict = of_namespace == Mode::Strict || of_namespace == Mode::Unset && of_root == Mode::Strict;
    let Some(own) = workload else { return strict };
    match mode(workload) {
        Mode::Strict => strict = true,
        Mode::Permissive | Mode::Disable => strict = false,
        Mode::Unset => {}
    }
    let says = |wanted: Mode| own.ports.iter().any(|(_, mode)| *mode == wanted);
    let spares = says(Mode::Permissive) || mode(workload) == Mode::Strict && says(Mode::Disable);
    let attached = if strict { spares } else { says(Mode::Strict) };
    if !attached {
        return strict;
    }
    // The policy of its own stands in place of the static one: groups that refuse, each a list of conditions.
    let skipped = mode(workload) == Mode::Strict
        || mode(workload) == Mode::Unset && of_namespace == Mode::Strict
        || of_namespace == Mode::Unset && of_root == Mode::Strict;
    let demanded =
        !skipped && own.ports.iter().any(|(number, mode)| *number == port && *mode == Mode::Strict);
    let useless = matches!(mode(workload), Mode::Permissive | Mode::Disable)
        || mode(workload) == Mode::Unset
            && (namespace.is_some() && of_namespace != Mode::Strict
                || namespace.is_none() && of_root != Mode::Strict);
    let open: Vec<u16> = own
        .ports
        .iter()
        .filter(|(_, mode)| !useless && matches!(mode, Mode::Permissive | Mode::Disable))
        .map(|(number, _)| *number)
        .collect();
    let merged = mode(workload) == Mode::Strict || !open.is_empty();
    demanded || merged && !open.contains(&port)
}

struct Seen<'a> {
    request: &'a Request<'a>,
    world: &'a World,
    identity: Option<&'a str>,
}

impl Seen<'_> {
    fn policy(&self, policy: &Authorization) -> bool {
        policy.rules.iter().any(|rule| {
            let left_out = policy.action == Action::Allow && asks_for_more(rule);
            !left_out && self.rule(rule, &policy.namespace)
        })
    }

    fn rule(&self, rule: &Rule, namespace: &str) -> bool {
        let clause = |entries: &[Fields]| {
            entries.is_empty() || entries.iter().any(|fields| self.entry(fields, namespace))
        };
        clause(&rule.from)
            && clause(&rule.to)
            && rule.when.iter().all(|condition| {
                let field = match condition.key.as_str() {
                    "source.ip" => "ipBlocks",
                    "source.namespace" => "namespaces",
                    "source.principal" => "principals",
                    "destination.ip" => "to",
                    "destination.port" => "ports",
                    _ => return false,
                };
                let any = condition.values.is_empty()
                    || condition.values.iter().any(|value| self.holds(field, value, namespace));
                any && !condition.not_values.iter().any(|value| self.holds(field, value, namespace))
            })
    }

    /// An entry of which nothing is known matches nothing.
    fn entry(&self, fields: &Fields, namespace: &str) -> bool {
        let known: Vec<_> = fields.iter().filter(|(field, _)| is_known(field)).collect();
        !known.is_empty()
            && known.into_iter().all(|(field, values)| {
                let positive = field.strip_prefix("not").map(|rest| rest[..1].to_lowercase() + &rest[1..]);
                let asked = positive.as_deref().unwrap_or(field);
                values.iter().any(|value| self.holds(asked, value, namespace)) == positive.is_none()
            })
    }

    fn holds(&self, field: &str, value: &str, own: &str) -> bool {
        let parts: Vec<&str> = self.identity.map_or_else(Vec::new, |identity| identity.split('/').collect());
        let (namespace, account) = match parts.as_slice() {
            [_, "ns", namespace, "sa", account] => (*namespace, *account),
            _ => ("", ""),
        };
        match field {
            "principals" => self.identity.is_some_and(|identity| is_like(value, identity)),
            "namespaces" => is_like(value, namespace),
            "serviceAccounts" => {
                let (wanted, name) = value.split_once('/').unwrap_or((own, value));
                wanted == namespace && name == account
            }
            "ipBlocks" => is_within(value, self.request.source.address),
            "to" => is_within(value, self.request.destination(self.world)),
            "ports" => value.parse() == Ok(self.request.port),
            other => panic!("no rule for {other}"),
        }
    }
}

fn is_known(field: &str) -> bool {
    let field = field.to_lowercase();
    ["principals", "namespaces", "serviceaccounts", "ipblocks", "ports"]
        .iter()
        .any(|known| field == *known || field == format!("not{known}"))
}

/// Trust domains are not known, and nobody minds.
fn asks_for_more(rule: &Rule) -> bool {
    let fields = rule.from.iter().chain(&rule.to).flat_map(Fields::keys);
    let mut unknown =
        fields.filter(|field| !is_known(field) && !field.to_lowercase().ends_with("trustdomains"));
    let key = |key: &str| {
        ["source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"]
            .contains(&key)
    };
    unknown.next().is_some() || rule.when.iter().any(|condition| !key(&condition.key))
}

fn is_like(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return !text.is_empty();
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(suffix), _) => text.ends_with(suffix),
        (None, Some(prefix)) => text.starts_with(prefix),
        (None, None) => pattern == text,
    }
}

fn is_within(net: &str, address: IpAddr) -> bool {
    net.parse::<IpNet>().is_ok_and(|net| net.contains(&address)) || net.parse() == Ok(address)
}
