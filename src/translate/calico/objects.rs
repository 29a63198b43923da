//! A policy's rules to objects in the portable layout, band by band, and what both layouts share.

use super::band::Band;
use super::expression;
use super::names;
use super::rules::{Written, needs_global, without_ports};
use super::subject::Subject;
use crate::ir::{Action, Policy};
use crate::object::calico::{self, Action as Verdict, Expression, Ports, ProtocolMatch, Rule, TierName};

/// What all objects of one policy share.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub policy: &'a Policy,
    pub subject: &'a Subject<'a>,
    /// `unmesh.dev/source`.
    pub source: &'a str,
    /// `unmesh.dev/target`.
    pub target: &'a str,
    /// Ports that never reached the proxy, the same for all pods of the subject.
    pub uncaptured: &'a [Ports],
    /// `http` rules carry the guard label.
    pub guard: bool,
    /// `notPorts` may be used.
    pub negations: bool,
}

impl Frame<'_> {
    /// The objects of an ALLOW policy: its base always stands, with or without rules.
    pub(super) fn allow(&self, written: &Written) -> Vec<calico::Policy> {
        let mut objects = Vec::new();
        if let Some(pods) = self.subject.closed() {
            objects.push(self.object(Band::Base, &pods, base_rules().to_vec()));
        }
        if let Some(pods) = self.subject.opened_beside_proxy() {
            objects.extend(self.uncaptured(&pods));
        }
        if let Some(pods) = self.subject.opened().filter(|_| !written.plain.is_empty()) {
            objects.push(self.object(Band::Allow, &pods, written.plain.clone()));
        }
        if let Some(pods) = self.subject.opened_to_http().filter(|_| !written.http.is_empty()) {
            objects.push(self.http(None, &pods, written.http.clone()));
        }
        objects
    }

    /// The objects of a policy that refuses: the refusal, and everything else open as before.
    pub(super) fn refuse(&self, written: &Written) -> Vec<calico::Policy> {
        let band = self.refusing_band();
        let open = if band == Band::RequireIdentity { Band::OpenRequireIdentity } else { Band::OpenRefuse };
        let captured = |rule| without_ports(rule, self.uncaptured, self.negations);
        let rules: Vec<Rule> = written.plain.iter().cloned().flat_map(captured).collect();
        if rules.is_empty() {
            return Vec::new();
        }
        let mut objects = vec![self.object(band, &self.subject.over, rules)];
        if let Some(pods) = self.subject.opened_beside_proxy().filter(|_| band == Band::Refuse) {
            objects.extend(self.uncaptured(&pods));
        }
        objects.extend(self.subject.shut().map(|pods| self.shut(&pods)));
        if let Some(pods) = self.subject.not_shut() {
            let mut allow = Rule::all(Verdict::Allow, ProtocolMatch::Any);
            allow.comments = vec![match band {
                Band::RequireIdentity => "STRICT alone leaves the rest open".to_string(),
                _ => "a DENY policy alone leaves the rest open".to_string(),
            }];
            objects.push(self.object(open, &pods, vec![allow]));
        }
        objects
    }

    /// The band of a policy that refuses.
    pub(super) fn refusing_band(&self) -> Band {
        match self.policy.action {
            Action::RequireIdentity => Band::RequireIdentity,
            Action::Allow | Action::Deny | Action::Custom | Action::Audit => Band::Refuse,
        }
    }

    fn uncaptured(&self, pods: &Expression) -> Option<calico::Policy> {
        let rule = self.uncaptured_rule(Verdict::Allow)?;
        Some(self.object(Band::Uncaptured, pods, vec![rule]))
    }

    pub(super) fn uncaptured_rule(&self, verdict: Verdict) -> Option<Rule> {
        if self.uncaptured.is_empty() {
            return None;
        }
        let mut rule = Rule::all(verdict, ProtocolMatch::Tcp);
        rule.destination.ports = self.uncaptured.to_vec();
        rule.comments = vec!["these ports never reached the proxy".to_string()];
        Some(rule)
    }

    /// A base for a policy that refuses, on pods that Dikastes refuses all TCP: what isolates them has to
    /// leave the rest open to the dataplane, and may not open it to Dikastes. An ALLOW policy of the same
    /// name has a base too.
    fn shut(&self, pods: &Expression) -> calico::Policy {
        let [mut deny, allow] = base_rules();
        deny.comments = vec![
            "Dikastes refuses TCP to pods that only policies on egress select: it still does".to_string(),
        ];
        let rules = self.uncaptured_rule(Verdict::Allow).into_iter().chain([deny, allow]).collect();
        let object = self.object(Band::Base, pods, rules);
        let global = object.namespace.is_none();
        let place = match &self.subject.namespace {
            Some(name) if self.policy.origin.reference.namespace.as_ref() != Some(name) => name,
            Some(_) | None => "egress",
        };
        let name = names::of_several(Band::Base, place, &[&self.policy.origin.reference], global);
        calico::Policy { name, ..object }
    }

    /// Rules with `http`, in the tier `default` or another.
    pub(super) fn http(&self, tier: Option<TierName>, pods: &Expression, rules: Vec<Rule>) -> calico::Policy {
        let guard = self.guard.then(expression::l7_guard);
        let pods = Expression::and(std::iter::once(pods.clone()).chain(guard));
        let mut object = self.placed(tier, Band::AllowHttp, &pods, rules);
        object.selector_comment = Some(
            if self.guard {
                "Felix ignores `http`: label only pods that run Dikastes"
            } else {
                "Felix ignores `http`: every pod here has to run Dikastes"
            }
            .to_string(),
        );
        object
    }

    /// An object in the tier `default`. Where a policy of a later tier may be on the pods, a Pass stands in
    /// place of each Allow, so that it is asked.
    fn object(&self, band: Band, pods: &Expression, mut ingress: Vec<Rule>) -> calico::Policy {
        if !self.subject.in_force.later.is_empty() {
            for rule in ingress.iter_mut().filter(|rule| rule.action == Verdict::Allow) {
                rule.action = Verdict::Pass;
            }
        }
        self.placed(None, band, pods, ingress)
    }

    /// An object in one of unmesh's tiers.
    pub(super) fn in_tier(
        &self,
        tier: TierName,
        band: Band,
        pods: &Expression,
        ingress: Vec<Rule>,
    ) -> calico::Policy {
        self.placed(Some(tier), band, pods, ingress)
    }

    fn name(&self, tier: Option<TierName>, band: Band, global: bool) -> String {
        let source = &self.policy.origin.reference;
        match &self.subject.namespace {
            Some(place) if source.namespace.as_ref() != Some(place) => {
                names::of_part(tier, band, place, source, global)
            }
            Some(_) | None => names::name(tier, band, source, global),
        }
    }

    fn placed(
        &self,
        tier: Option<TierName>,
        band: Band,
        pods: &Expression,
        ingress: Vec<Rule>,
    ) -> calico::Policy {
        let global = self.subject.namespace.is_none() || ingress.iter().any(needs_global);
        let namespace = self.subject.namespace.clone().filter(|_| !global);
        calico::Policy {
            name: self.name(tier, band, global),
            namespace,
            source: self.source.to_string(),
            target: self.target.to_string(),
            staged: false,
            tier,
            order: band.order(),
            selector: self.subject.selector(pods, global).to_string(),
            selector_comment: None,
            ingress,
        }
    }
}

fn base_rules() -> [Rule; 2] {
    let mut deny = Rule::all(Verdict::Deny, ProtocolMatch::Tcp);
    deny.comments = vec!["an ALLOW policy selects these pods: what no rule allows is refused".to_string()];
    let mut allow = Rule::all(Verdict::Allow, ProtocolMatch::NotTcp);
    allow.comments = vec!["the mesh never policed anything but TCP".to_string()];
    [deny, allow]
}
