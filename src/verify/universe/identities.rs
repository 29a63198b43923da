//! What Istio's policies say of identities: the patterns that tell them apart, and whom they name.
//!
//! A principal is a text, a beginning of one, or, behind a star, an end; a namespace is a text with
//! stars between `/ns/` and a slash
//! (`pilot/pkg/security/authz/matcher/string.go`, `model/generator.go`).

use super::automata::Machine;
use super::automata::ending::Endings;
use super::automata::part::Parts;
use super::automata::sequence::Sequence;
use super::automata::word::Words;
use super::{ANYONE, ELSEWHERE, World};
use crate::config::Settings;
use crate::ir::{Glob, Pattern};
use crate::istio::authorization_policy::{Action, AuthorizationPolicy, Condition, Key, Source};
use crate::verify::istio::localised;
use crate::verify::peer::Spiffe;
use crate::yaml::fields::Leaf;
use std::collections::BTreeSet;

/// What policies say of identities.
#[derive(Default, Debug)]
pub(super) struct Identities {
    exact: BTreeSet<String>,
    prefixes: BTreeSet<String>,
    suffixes: BTreeSet<String>,
    /// Namespaces without wildcards, as `/ns/NAME/`.
    within: BTreeSet<String>,
    /// Namespaces with wildcards.
    globs: BTreeSet<String>,
    /// Namespaces that a policy names as those of peers.
    named: BTreeSet<String>,
    /// The same of enforced policies, and those that they name as the ones of peers that are excepted.
    mentioned: BTreeSet<String>,
    /// Every namespace and account that is named exactly.
    pub(super) pairs: BTreeSet<(String, String)>,
    /// Peers of other trust domains that are named.
    pub(super) foreign: BTreeSet<Spiffe>,
}

/// One policy that is read.
struct Reader<'a> {
    settings: &'a Settings,
    /// The policy's own namespace, for service accounts without one.
    own: String,
    enforced: bool,
}

impl Identities {
    /// Of a world.
    pub(super) fn of(world: &World<'_>) -> Self {
        let mut all = Self::default();
        for policy in &world.resources.authorization_policies {
            all.policy(policy, world.settings);
        }
        all
    }

    fn policy(&mut self, policy: &AuthorizationPolicy, settings: &Settings) {
        let reader = Reader {
            settings,
            own: policy.meta.reference.namespace.clone().unwrap_or_default(),
            enforced: policy.dry_run.is_none() && policy.action.value != Action::Audit,
        };
        for rule in policy.rules.iter().flatten() {
            rule.from.iter().for_each(|source| self.source(source, &reader));
            rule.when.iter().for_each(|condition| self.condition(condition, &reader));
        }
    }

    fn source(&mut self, source: &Source, reader: &Reader<'_>) {
        self.each(&source.principals, &source.not_principals, reader, Self::principal);
        self.each(&source.namespaces, &source.not_namespaces, reader, Self::namespace);
        self.each(&source.service_accounts, &source.not_service_accounts, reader, Self::account);
        self.each(&source.trust_domains, &source.not_trust_domains, reader, Self::trust_domain);
    }

    fn condition(&mut self, condition: &Condition, reader: &Reader<'_>) {
        let (values, not) = (&condition.values, &condition.not_values);
        match &condition.key.value {
            Key::SourcePrincipal => self.each(values, not, reader, Self::principal),
            Key::SourceNamespace => self.each(values, not, reader, Self::namespace),
            Key::SourceServiceAccount => self.each(values, not, reader, Self::account),
            Key::SourceTrustDomain => self.each(values, not, reader, Self::trust_domain),
            Key::RequestHeader(_)
            | Key::SourceIp
            | Key::RemoteIp
            | Key::RequestPrincipal
            | Key::RequestAudiences
            | Key::RequestPresenter
            | Key::RequestClaim(_)
            | Key::DestinationIp
            | Key::DestinationPort
            | Key::ConnectionSni
            | Key::EnvoyFilter(_) => {}
        }
    }

    /// Reads a list and its opposite; the namespaces of the first are those of peers.
    fn each(
        &mut self,
        values: &[Leaf<String>],
        not: &[Leaf<String>],
        reader: &Reader<'_>,
        read: fn(&mut Self, &str, &Reader<'_>) -> Option<String>,
    ) {
        for leaf in values {
            let namespace = read(self, &leaf.value, reader);
            self.named.extend(namespace.clone());
            self.mentioned.extend(namespace.filter(|_| reader.enforced));
        }
        for leaf in not {
            let namespace = read(self, &leaf.value, reader);
            self.mentioned.extend(namespace.filter(|_| reader.enforced));
        }
    }

    /// Reads a principal; its namespace, where it is local and says exactly one.
    fn principal(&mut self, text: &str, reader: &Reader<'_>) -> Option<String> {
        let mut named = None;
        for text in localised(text, reader.settings) {
            named = self.compared(&text, reader).or(named);
        }
        named
    }

    /// Reads a principal in the form that Istio compares.
    fn compared(&mut self, local: &str, reader: &Reader<'_>) -> Option<String> {
        if local == "*" {
            return None;
        }
        if let Some(rest) = local.strip_prefix('*') {
            self.suffixes.insert(rest.to_string());
            let (namespace, account) = rest.strip_prefix("/ns/")?.split_once('/')?;
            let account = account.strip_prefix("sa/").filter(|account| !account.contains(['*', '/']));
            self.pairs.extend(account.map(|account| (namespace.to_string(), account.to_string())));
            return Some(namespace.to_string()).filter(|namespace| !namespace.contains('*'));
        }
        match local.strip_suffix('*') {
            Some(prefix) => self.prefixes.insert(prefix.to_string()),
            None => self.exact.insert(local.to_string()),
        };
        let (trust_domain, rest) = local.split_once('/').unwrap_or((local, ""));
        let (namespace, account) =
            rest.strip_prefix("ns/").and_then(|rest| rest.split_once('/')).unwrap_or_default();
        let account = account.strip_prefix("sa/").unwrap_or("");
        if trust_domain != reader.settings.trust_domain {
            if !is_own(trust_domain, reader.settings) {
                self.foreign.extend(foreign(trust_domain, namespace, account));
            }
            return None;
        }
        if namespace.is_empty() || namespace.contains('*') {
            return None;
        }
        if !account.is_empty() && !account.contains('*') {
            self.pairs.insert((namespace.to_string(), account.to_string()));
        }
        Some(namespace.to_string())
    }

    fn namespace(&mut self, text: &str, _: &Reader<'_>) -> Option<String> {
        if text.contains('*') {
            self.globs.insert(text.to_string());
            return None;
        }
        self.within.insert(format!("/ns/{text}/"));
        Some(text.to_string())
    }

    #[expect(clippy::unnecessary_wraps, reason = "one of several readers of values")]
    fn account(&mut self, text: &str, reader: &Reader<'_>) -> Option<String> {
        let (namespace, account) = text.split_once('/').unwrap_or((&reader.own, text));
        self.suffixes.insert(format!("/ns/{namespace}/sa/{account}"));
        self.pairs.insert((namespace.to_string(), account.to_string()));
        Some(namespace.to_string())
    }

    fn trust_domain(&mut self, text: &str, reader: &Reader<'_>) -> Option<String> {
        let name = match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (Some(""), _) => return None,
            (Some(suffix), _) => format!("other{suffix}"),
            (None, Some(prefix)) => format!("{prefix}x"),
            (None, None) => text.to_string(),
        };
        if !is_own(text, reader.settings) {
            self.foreign.extend(foreign(&name, "", ""));
        }
        None
    }

    /// Whether a policy names the namespace as one of peers.
    pub(super) fn names_namespace(&self, name: &str) -> bool {
        self.named.contains(name)
    }

    /// Whether some policy tells accounts of a namespace apart.
    pub(super) fn tells_accounts(&self, namespace: &str, trust_domain: &str) -> bool {
        let within = format!("/ns/{namespace}/");
        let head = format!("{trust_domain}{within}sa/");
        let begins = |text: &String| text.starts_with(&head);
        self.exact.iter().any(begins)
            || self.prefixes.iter().any(|text| begins(text) && *text != head)
            || self.suffixes.iter().any(|text| !text.contains("/ns/") || text.contains(&within))
    }

    /// Whether an enforced policy names the namespace, as one of peers or of excepted peers.
    pub(super) fn mentions_namespace(&self, name: &str) -> bool {
        self.mentioned.contains(name)
    }

    /// Namespaces that are named exactly, in whatever way.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = String> {
        let within = self.within.iter().filter_map(|within| within.strip_prefix("/ns/")?.strip_suffix('/'));
        let pairs = self.pairs.iter().map(|(namespace, _)| namespace.as_str());
        let all: BTreeSet<&str> = within.chain(pairs).chain(self.named.iter().map(String::as_str)).collect();
        let real = all.into_iter().filter(|name| !name.is_empty() && !name.contains(['*', '/']));
        real.map(str::to_string).collect::<Vec<_>>().into_iter()
    }

    /// Machines that read identities and tell them apart as the policies do.
    pub(super) fn machines(&self) -> Vec<Box<dyn Machine>> {
        fn texts(set: &BTreeSet<String>) -> impl Iterator<Item = &str> {
            set.iter().map(String::as_str)
        }
        let mut machines: Vec<Box<dyn Machine>> = vec![
            Box::new(Words::new(texts(&self.exact), texts(&self.prefixes), false)),
            Box::new(Endings::new(texts(&self.suffixes), false)),
            Box::new(Parts::new(texts(&self.within))),
        ];
        for text in &self.globs {
            machines.push(Box::new(Sequence::glob(&Glob::parse(&format!("*/ns/{text}/*")))));
        }
        machines
    }
}

/// Whether a text with a star at one end, or none, means the mesh's own trust domain: whoever writes so
/// names no other one, and that there is no other is assumed.
fn is_own(text: &str, settings: &Settings) -> bool {
    let mut own = std::iter::once(&settings.trust_domain).chain(&settings.trust_domain_aliases);
    own.any(|domain| Pattern::affix(text).matches(domain) == Some(true))
}

/// A peer of another trust domain that fits what a policy says of it.
fn foreign(trust_domain: &str, namespace: &str, account: &str) -> Option<Spiffe> {
    let fill = |text: &str, other: &str| match text.strip_suffix('*').unwrap_or(text) {
        "" => other.to_string(),
        prefix if text.ends_with('*') => format!("{prefix}x"),
        exact => exact.to_string(),
    };
    let trust_domain = fill(trust_domain, "");
    (!trust_domain.is_empty()).then(|| Spiffe {
        trust_domain,
        namespace: fill(namespace, ELSEWHERE),
        account: fill(account, ANYONE),
    })
}
