//! Kubernetes' own NetworkPolicy, whoever enforces it: translated by meaning, since it only lets in.
//!
//! A pod that some policy selects is isolated, and gets what any of them lets in. So each ALLOW policy
//! becomes objects that isolate its pods and let in what no refusal on these pods takes out (`place`,
//! `cells`, `pieces`); refusals on pods under no ALLOW policy become objects that let in the rest. `case`
//! is the algebra of conditions, `sources` says who gets in, `accounts` how labels stand for accounts,
//! `in_force` what stands beside, `losses` what is told. What a policy means in selectors comes from
//! Calico's back end (`Prepared`), which knows identities; this one only says the same with less.

mod accounts;
mod case;
mod cells;
mod faithful;
mod in_force;
mod losses;
mod pieces;
mod place;
mod sources;

use self::place::{Made, Place};
use self::sources::Known;
use super::calico::names::finished;
use super::calico::{Job, Prepared, name_clashes};
use super::{Context, Emitted, Translation};
use crate::config::{Calico, Version};
use crate::finding::Finding;
use crate::ir::{Action, Model};
use crate::names::is_label;
use crate::object::Object;
use crate::object::calico::versions::{Capabilities, nearest};
use crate::object::kubernetes::{Peer, Policy, PortMatch};
use std::collections::BTreeSet;

/// Translates every policy.
#[must_use]
pub fn translate(model: &Model, context: &Context<'_>) -> Translation {
    // Whatever a policy in force is, and wherever it stands: here all add up.
    let without_tiers = Capabilities { tiers: false, ..nearest(Version::NEWEST) };
    let job = Job::new(model, context, Calico::portable(Version::NEWEST), without_tiers);
    let prepared: Vec<Prepared<'_>> =
        model.policies.iter().filter_map(|policy| job.prepare(policy)).collect();
    let namespaces = namespaces(&prepared, context);
    let known = Known { facts: &model.facts, namespaces: &namespaces };
    let titles = Titles { job: &job, prepared: &prepared };
    let mut run = Run { prepared: &prepared, translation: Translation::default() };
    for namespace in &namespaces {
        let place = Place { namespace, prepared: &prepared, known, names: &titles };
        run.take(place.make());
    }
    run.wholes(model);
    run.finish(context)
}

/// The namespaces that objects can be written for: those that the input shows in any way.
fn namespaces(prepared: &[Prepared<'_>], context: &Context<'_>) -> BTreeSet<String> {
    let objects = context.manifest.objects.iter().map(|object| object.namespace().to_string());
    let shown = context.inventory.namespaces.keys().cloned();
    let given = context.settings.mesh_namespaces.iter().flatten().cloned();
    let own = prepared.iter().filter_map(|prepared| prepared.policy.scope.namespace.clone());
    objects.chain(shown).chain(given).chain(own).filter(|name| is_label(name)).collect()
}

/// Names of objects and policies.
trait Names {
    /// Kind, namespace and name of a policy.
    fn reference(&self, policy: usize) -> Option<String>;
    /// The name of the so-manieth object of a policy in a namespace.
    fn name(&self, policy: usize, count: usize, namespace: &str) -> Option<String>;
    /// `unmesh.dev/source` for these policies.
    fn source(&self, policies: &[usize]) -> String;
}

struct Titles<'a> {
    job: &'a Job<'a>,
    prepared: &'a [Prepared<'a>],
}

impl Names for Titles<'_> {
    fn reference(&self, policy: usize) -> Option<String> {
        self.prepared.get(policy).map(|prepared| prepared.policy.origin.reference.to_string())
    }

    /// `unmesh-allow-NAME`; further ones with a number after the verb. Policies of other namespaces
    /// have theirs in the name.
    fn name(&self, policy: usize, count: usize, namespace: &str) -> Option<String> {
        let policy = self.prepared.get(policy)?.policy;
        let verb = match policy.action {
            Action::Allow => "allow",
            Action::RequireIdentity => "strict",
            Action::Deny | Action::Custom | Action::Audit => "deny",
        };
        let number = if count > 1 { count.to_string() } else { String::new() };
        let reference = &policy.origin.reference;
        let own = reference.namespace.as_deref().unwrap_or_default();
        let name = &reference.name;
        let (plain, confusing) = if own == namespace {
            (name.clone(), name.contains("--"))
        } else {
            (format!("{own}--{name}"), own.contains("--"))
        };
        Some(finished(format!("unmesh-{verb}{number}-{plain}"), confusing, reference))
    }

    fn source(&self, policies: &[usize]) -> String {
        let policies = policies.iter().filter_map(|index| self.prepared.get(*index));
        policies.map(|prepared| self.job.source(prepared.policy)).collect::<Vec<_>>().join(",")
    }
}

/// What has come out so far.
struct Run<'a> {
    prepared: &'a [Prepared<'a>],
    translation: Translation,
}

impl Run<'_> {
    /// The objects and losses of one namespace.
    fn take(&mut self, made: Made) {
        let Made { objects, losses, assumed } = made;
        for (policies, object) in objects {
            let sources = policies.iter().filter_map(|index| self.prepared.get(*index));
            let sources = sources.map(|prepared| prepared.policy.origin.object).collect();
            self.translation.objects.push(Emitted { object: Object::Kubernetes(object), sources });
        }
        for (index, comment, loss) in losses {
            let Some(prepared) = self.prepared.get(index) else { continue };
            self.say(losses::of(&loss, &comment, prepared.policy));
        }
        for ((index, comment, account), labels) in assumed {
            let Some(prepared) = self.prepared.get(index) else { continue };
            self.say(losses::by_label(&account, &labels, &comment, prepared.policy));
        }
    }

    /// What is told of policies as a whole.
    fn wholes(&mut self, model: &Model) {
        for prepared in self.prepared {
            for finding in &prepared.findings {
                self.translation.findings.push(finding.clone());
            }
            let Some(words) = &prepared.words else { continue };
            let refuses = in_force::refuses(prepared.policy, words, model);
            for finding in in_force::findings(prepared.policy, &words.subject, refuses) {
                self.say(finding);
            }
            let refuses = prepared.policy.action != Action::Allow;
            if refuses && pieces::refused(&words.rules.plain, &words.uncaptured).1 {
                self.say(losses::refused_by_own_address(prepared.policy));
            }
            if prepared.policy.scope.namespace.is_none() && model.facts.namespaces.only.is_none() {
                self.say(losses::namespaces_to_come(prepared.policy));
            }
        }
    }

    fn say(&mut self, finding: Finding) {
        if !self.translation.findings.contains(&finding) {
            self.translation.findings.push(finding);
        }
    }

    /// The order of application, and what is told once.
    fn finish(mut self, context: &Context<'_>) -> Translation {
        let sources = |emitted: &Emitted| emitted.sources.first().map_or(usize::MAX, |source| source.0);
        self.translation.objects.sort_by_key(sources);
        let objects: Vec<Policy> =
            self.translation.objects.iter().filter_map(of_kubernetes).cloned().collect();
        let clashes = name_clashes(&self.translation.objects, context, "networking.k8s.io");
        self.translation.findings.extend(clashes);
        self.translation.findings.extend(objects.iter().filter_map(faithful::check));
        if !objects.is_empty() {
            self.translation.findings.push(losses::node_local());
        }
        if objects.iter().any(is_without_other_protocols) {
            self.translation.findings.push(losses::other_protocols());
        }
        if objects.iter().any(has_block) {
            self.translation.findings.push(losses::addresses_of_pods());
        }
        let target = context.settings.target.to_string();
        for finding in &mut self.translation.findings {
            finding.target = Some(target.clone());
        }
        self.translation
    }
}

fn of_kubernetes(emitted: &Emitted) -> Option<&Policy> {
    match &emitted.object {
        Object::Kubernetes(policy) => Some(policy),
        Object::Calico(_) | Object::CalicoTier(_) => None,
    }
}

/// Whether the object does not say that everything gets in.
fn is_without_other_protocols(policy: &Policy) -> bool {
    policy.ingress.iter().any(|rule| rule.ports == PortMatch::NotTcp)
}

fn has_block(policy: &Policy) -> bool {
    let mut peers = policy.ingress.iter().flat_map(|rule| &rule.peers);
    peers.any(|peer| matches!(peer, Peer::Block { .. }))
}
