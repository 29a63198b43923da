//! A policy's rules to objects in the layout of two tiers.
//!
//! Both tiers hold Deny and Pass alone and stand before every other, so that they are an AND with all that
//! is in force, today and later. `unmesh-deny` refuses and passes everything else on; `unmesh-allow` refuses
//! what no ALLOW policy passes on, on the pods that one selects. The exception are rules with `http`, which
//! need Allow and skip every later tier: nothing else in force may select their pods.

use super::band::Band;
use super::expression::NAMESPACE;
use super::objects::Frame;
use super::rules::{Written, without_ports};
use super::standing::Orders;
use super::subject::Subject;
use crate::ir::Policy;
use crate::manifest::ObjectId;
use crate::object::Object;
use crate::object::calico::{self, Action as Verdict, Expression, ProtocolMatch, Rule, Tier, TierName};
use crate::translate::Emitted;

impl Frame<'_> {
    /// The objects of an ALLOW policy. What selects pods in `unmesh-allow` isolates them, so what isolates
    /// has the selector from above, and what lets through that from below.
    pub(super) fn tiered_allow(&self, written: &Written) -> Vec<calico::Policy> {
        let opened: Vec<Rule> = self
            .uncaptured_rule(Verdict::Pass)
            .into_iter()
            .chain(written.plain.iter().cloned().map(passing))
            .collect();
        let (over, under) = (&self.subject.over, self.subject.under.as_ref());
        let together = under == Some(over);
        let mut isolating = vec![not_tcp()];
        if together {
            isolating.extend(opened.iter().cloned());
        }
        let mut objects = vec![self.in_tier(TierName::Allow, Band::Allow, over, isolating)];
        if let Some(under) = under.filter(|under| **under != Expression::Nothing) {
            if !together && !opened.is_empty() {
                objects.push(self.in_tier(TierName::Allow, Band::AllowBelow, under, opened));
            }
            objects.extend(self.uncaptured_before_refusals());
        }
        if let Some(pods) = self.subject.opened_to_http().filter(|_| !written.http.is_empty()) {
            objects.push(self.http(Some(TierName::Allow), &pods, written.http.clone()));
        }
        objects
    }

    /// The objects of a policy that refuses. `isolated` are the pods of its scope on which `unmesh-allow`
    /// decides too.
    pub(super) fn tiered_refuse(&self, written: &Written, isolated: &Expression) -> Vec<calico::Policy> {
        let band = self.refusing_band();
        let captured = |rule| without_ports(rule, self.uncaptured, self.negations);
        let rules: Vec<Rule> = written.plain.iter().cloned().flat_map(captured).collect();
        if rules.is_empty() {
            return Vec::new();
        }
        let mut objects = vec![self.in_tier(TierName::Deny, band, &self.subject.over, rules)];
        if band == Band::Refuse {
            objects.extend(self.uncaptured_before_refusals());
            objects.extend(self.uncaptured_beside_allows(isolated));
        }
        objects
    }

    /// What an AUDIT policy certainly audits, as lines in the nodes' logs. It stands in `unmesh-deny`, whose
    /// end passes on; alone in `unmesh-allow` it would isolate.
    pub(super) fn tiered_audit(&self, written: &Written) -> Option<calico::Policy> {
        let captured = |rule| without_ports(rule, self.uncaptured, self.negations);
        let logging = |rule: Rule| Rule { action: Verdict::Log, ..rule };
        let rules: Vec<Rule> = written.plain.iter().cloned().map(logging).flat_map(captured).collect();
        let under = self.subject.under.as_ref().filter(|under| **under != Expression::Nothing)?;
        (!rules.is_empty()).then(|| self.in_tier(TierName::Deny, Band::Log, under, rules))
    }

    /// Ports that never reached the proxy pass by the refusals of every other policy.
    fn uncaptured_before_refusals(&self) -> Option<calico::Policy> {
        let under = self.subject.under.as_ref().filter(|under| **under != Expression::Nothing)?;
        let rule = self.uncaptured_rule(Verdict::Pass)?;
        Some(self.in_tier(TierName::Deny, Band::Uncaptured, under, vec![rule]))
    }

    /// The same ports pass where an ALLOW policy selects the pods too: there alone, since selecting
    /// isolates.
    fn uncaptured_beside_allows(&self, isolated: &Expression) -> Option<calico::Policy> {
        let under = self.subject.under.clone()?;
        let rule = self.uncaptured_rule(Verdict::Pass)?;
        let pods = Expression::and([under, isolated.clone()]);
        (pods != Expression::Nothing)
            .then(|| self.in_tier(TierName::Allow, Band::Uncaptured, &pods, vec![rule]))
    }
}

/// The pods of an ALLOW policy, from above, as an object of another policy would select them.
pub(super) fn isolated(subject: &Subject<'_>, of: &Policy) -> Expression {
    let place = match (&subject.namespace, &of.scope.namespace) {
        (Some(own), None) => Expression::equals(NAMESPACE, own),
        (None | Some(_), Some(_)) | (None, None) => Expression::All,
    };
    Expression::and([place, subject.over.clone()])
}

/// The tiers that hold a policy, each in the first file that needs it.
pub(super) fn tiers(objects: &[Emitted], orders: Orders, target: &str) -> Vec<Emitted> {
    let sources = |tier: TierName| {
        let within = objects.iter().filter(|emitted| match &emitted.object {
            Object::Calico(policy) => policy.tier == Some(tier),
            Object::CalicoTier(_) | Object::Kubernetes(_) => false,
        });
        let mut sources: Vec<ObjectId> = within.flat_map(|emitted| emitted.sources.iter().copied()).collect();
        sources.sort();
        sources.dedup();
        sources
    };
    let used = TierName::ALL.into_iter().map(|tier| (tier, sources(tier)));
    let used = used.filter(|(_, sources)| !sources.is_empty());
    let tier = |(name, sources)| {
        let tier = Tier { name, target: target.to_string(), order: orders.of(name) };
        Emitted { object: Object::CalicoTier(tier), sources }
    };
    used.map(tier).collect()
}

fn passing(rule: Rule) -> Rule {
    Rule { action: Verdict::Pass, ..rule }
}

fn not_tcp() -> Rule {
    let comments = vec!["the mesh never policed anything but TCP".to_string()];
    Rule { comments, ..Rule::all(Verdict::Pass, ProtocolMatch::NotTcp) }
}
