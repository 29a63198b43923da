//! Calico, in two layouts: portable (one tier, ordered bands), and two tiers of unmesh's own.
//!
//! Each source policy becomes one object in each band that it needs. The files: `rules`, `part`, `http` and
//! `http_ports` say what a rule is in Calico's words, `peer`, `mesh`, `gateways` and `members` who a mesh
//! identity is, `subject` and `capture` whom a policy polices and where, `neighbours` and `in_force` what stands
//! beside it, `standing` where ours stand among tiers, `objects` (portable) and `tiers` which objects stand
//! where, `beside`, `together` and `complement` what stands instead where a policy in force selects the pods,
//! `audit` what is logged, `dikastes` what depends on whether it runs, `losses` what is told of all this. This back end must not know Istio's types, and
//! shares nothing with what checks it.

mod audit;
mod band;
mod beside;
mod capture;
mod caveat;
mod complement;
mod dikastes;
pub(super) mod expression;
mod faithful;
mod gateways;
mod http;
mod http_ports;
mod in_force;
pub(super) mod losses;
mod members;
mod mesh;
mod mesh_label;
pub(super) mod names;
mod neighbours;
mod objects;
mod part;
mod peer;
mod plaintext;
mod rules;
mod standing;
pub(super) mod subject;
mod tiers;
mod together;
mod whole;

use self::band::Band;
use self::mesh::Mesh;
use self::neighbours::Neighbours;
use self::objects::Frame;
use self::part::Reading;
use self::rules::{Spared, Writing, Written};
use self::standing::Standing;
use self::subject::Subject;
use super::approximate::Polarity;
use super::ledger::Ledger;
use super::{Context, Emitted, Translation};
use crate::config::{self, L7, Layout, PathMatching};
use crate::finding::codes::{platform, policy as policy_codes, target as target_codes};
use crate::finding::{Direction, Finding, ObjectRef};
use crate::ir::{Action, Model, Policy};
use crate::object::calico::versions::{Capabilities, capabilities};
use crate::object::{Object, calico};
use crate::source::display_path;
use std::collections::BTreeSet;

/// Translates every policy.
#[must_use]
pub fn translate(model: &Model, context: &Context<'_>, target: config::Calico) -> Translation {
    let Some(capabilities) = capabilities(target.version) else { return Translation::default() };
    let job = Job::new(model, context, target, capabilities);
    let mut prepared: Vec<Prepared<'_>> =
        model.policies.iter().filter_map(|policy| job.prepare(policy)).collect();
    let in_force = match target.layout {
        Layout::Portable => beside::write(&job, &mut prepared),
        Layout::Tiers => Vec::new(),
    };
    let mut translation = Translation { objects: in_force, findings: Vec::new() };
    let isolated: Vec<_> =
        prepared.iter().map(|of_policy| job.isolated_beside(of_policy, &prepared)).collect();
    for (of_policy, isolated) in prepared.iter_mut().zip(&isolated) {
        job.finish(of_policy, isolated, &mut translation);
    }
    // Parts of one policy may say the same.
    translation.findings = super::once(translation.findings);
    job.tiers(&mut translation);
    translation.objects.sort_by_key(|emitted| rank(&emitted.object));
    translation.findings.extend(name_clashes(&translation.objects, context, "projectcalico.org"));
    translation.findings.extend(faithful::check(&translation.objects, target.version));
    translation.findings.extend(faithful::beyond_next_release(&translation.objects, context.manifest));
    translation.findings.extend(staged(&translation, target));
    if let Some(finding) = node_local(&translation) {
        translation.findings.push(finding);
    }
    translation
}

/// The place in the order of application.
fn rank(object: &Object) -> u16 {
    match object {
        Object::CalicoTier(_) => 0,
        Object::Calico(policy) => Band::rank(policy.tier, policy.order),
        Object::Kubernetes(_) => u16::MAX,
    }
}

/// What is known of one policy before objects are made: what they hold may depend on other policies.
pub(super) struct Prepared<'a> {
    pub(super) policy: &'a Policy,
    /// `None` where nothing stands for the policy as a whole; a finding says why.
    pub(super) words: Option<Words<'a>>,
    pub(super) findings: Vec<Finding>,
}

/// A policy in Calico's words.
pub(super) struct Words<'a> {
    pub(super) subject: Subject<'a>,
    pub(super) rules: Written,
    /// Ports that never reached the proxy, the same for all pods of the subject.
    pub(super) uncaptured: Vec<calico::Ports>,
}

/// Everything that one run shares.
pub(super) struct Job<'a> {
    model: &'a Model,
    context: &'a Context<'a>,
    target: config::Calico,
    standing: Standing,
    capabilities: Capabilities,
    /// `notNets` and `notPorts` may be used.
    negations: bool,
    spared: Spared,
    neighbours: Neighbours<'a>,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        model: &'a Model,
        context: &'a Context<'a>,
        target: config::Calico,
        capabilities: Capabilities,
    ) -> Self {
        let mesh = Mesh { facts: &model.facts, map_identity: &context.settings.map_identity };
        let (spared, neighbours) = (Spared::of(mesh), Neighbours::of(model));
        let standing = Standing::of(target.layout, context.inventory, capabilities);
        let job =
            Self { model, context, target, standing, capabilities, negations: true, spared, neighbours };
        Self { negations: job.may_negate(), ..job }
    }

    /// One policy in Calico's words, with findings, and the account of its leaves.
    pub(super) fn prepare(&self, policy: &'a Policy) -> Option<Prepared<'a>> {
        let object = self.context.manifest.objects.get(policy.origin.object.0)?;
        let mut ledger = Ledger::default();
        ledger.carry(&policy.own_leaves);
        ledger.carry(
            policy.scope.labels.values().map(|leaf| leaf.clone().map(drop)).collect::<Vec<_>>().iter(),
        );
        let mut findings = Vec::new();
        let words = match whole::instead(policy, self.model, self.context, &mut findings) {
            whole::Instead::Nothing => None,
            whole::Instead::Audit => self.audit(policy, &mut ledger, &mut findings),
            whole::Instead::Translation => self.words(policy, &mut ledger, &mut findings),
        };
        if words.is_none() {
            ledger.lose_below(object, "spec");
        }
        findings.extend(ledger.missing(object));
        Some(Prepared { policy, words, findings })
    }

    fn words(&self, policy: &Policy, ledger: &mut Ledger, findings: &mut Vec<Finding>) -> Option<Words<'a>> {
        let subject = self.subject(policy);
        if subject.over == calico::Expression::Nothing {
            findings.push(whole::never_policed(policy));
            return None;
        }
        let uncaptured = self.uncaptured(policy, findings);
        findings.extend(whole::subject(policy, &self.model.facts, &subject));
        findings.extend(whole::shut_by_dikastes(
            policy,
            &subject,
            &self.model.facts,
            &self.context.settings.target,
        ));
        if self.is_calico() {
            findings.extend(whole::asked_first(policy, &subject, self.target.layout));
        }
        let rules = self.rules(policy, &subject, ledger, findings);
        Some(Words { subject, rules, uncaptured })
    }

    /// The objects of a policy, and its findings.
    fn finish(
        &self,
        prepared: &mut Prepared<'_>,
        isolated: &calico::Expression,
        translation: &mut Translation,
    ) {
        let target = self.context.settings.target.to_string();
        for finding in &mut prepared.findings {
            finding.target = Some(target.clone());
        }
        translation.findings.append(&mut prepared.findings);
        let Some(words) = &prepared.words else { return };
        let objects = self.objects(prepared.policy, words, isolated, &target);
        let sources = vec![prepared.policy.origin.object];
        let staged = |policy| calico::Policy { staged: self.target.staged, ..policy };
        let emitted = |policy| Emitted { object: Object::Calico(staged(policy)), sources: sources.clone() };
        translation.objects.extend(objects.into_iter().map(emitted));
    }

    /// The pods of other policies that `unmesh-allow` isolates, on which a policy may stand as well.
    fn isolated_beside(&self, prepared: &Prepared<'_>, all: &[Prepared<'_>]) -> calico::Expression {
        let policy = prepared.policy;
        let uncaptured = prepared.words.as_ref().is_some_and(|words| !words.uncaptured.is_empty());
        let wanted = uncaptured && self.target.layout == Layout::Tiers && policy.action != Action::Allow;
        let allows = all.iter().filter(|other| {
            wanted && other.policy.action == Action::Allow && other.policy.scope.may_meet(&policy.scope)
        });
        let pods = allows.filter_map(|other| Some(tiers::isolated(&other.words.as_ref()?.subject, policy)));
        calico::Expression::or(pods)
    }

    /// The tiers that hold what was written, and where they stand.
    fn tiers(&self, translation: &mut Translation) {
        let Standing::Tiers(orders) = self.standing else { return };
        let target = self.context.settings.target.to_string();
        translation.objects.extend(tiers::tiers(&translation.objects, orders, &target));
        let lowered = self.standing.lowered_for(self.context.inventory);
        let lowered = lowered.filter(|_| !translation.objects.is_empty());
        translation.findings.extend(lowered.map(|(tier, orders)| whole::lowered(&tier, orders)));
    }

    fn subject(&self, policy: &Policy) -> Subject<'a> {
        let shut = self.shut_by_dikastes();
        Subject::of(policy, &self.model.facts, self.context.inventory, self.standing, shut)
    }

    fn objects(
        &self,
        policy: &Policy,
        words: &Words<'_>,
        isolated: &calico::Expression,
        target: &str,
    ) -> Vec<calico::Policy> {
        let source = self.source(policy);
        let frame = Frame {
            policy,
            subject: &words.subject,
            source: &source,
            target,
            uncaptured: &words.uncaptured,
            guard: self.context.settings.l7 == L7::Unstated,
            negations: self.negations,
        };
        let rules = &words.rules;
        match (self.target.layout, policy.action) {
            (Layout::Portable, Action::Allow) => frame.allow(rules),
            (Layout::Portable, Action::Deny | Action::Custom | Action::RequireIdentity) => {
                frame.refuse(rules)
            }
            (Layout::Portable, Action::Audit) => Vec::new(),
            (Layout::Tiers, Action::Allow) => frame.tiered_allow(rules),
            (Layout::Tiers, Action::Deny | Action::Custom | Action::RequireIdentity) => {
                frame.tiered_refuse(rules, isolated)
            }
            (Layout::Tiers, Action::Audit) => frame.tiered_audit(rules).into_iter().collect(),
        }
    }

    /// Whether Calico's objects are asked for: what stands beside them depends on it.
    fn is_calico(&self) -> bool {
        match self.context.settings.target {
            config::Target::Calico(_) => true,
            config::Target::Kubernetes => false,
        }
    }

    /// The ports that the policy leaves alone, since they never reached the proxy.
    fn uncaptured(&self, policy: &Policy, findings: &mut Vec<Finding>) -> Vec<calico::Ports> {
        match capture::uncaptured(policy, &self.model.facts) {
            Ok(ports) => {
                let beside = capture::left_alone_beside(policy, &ports, &self.neighbours);
                findings.extend(beside.map(|workload| whole::captured_beside(policy, workload)));
                ports
            }
            Err(workloads) => {
                findings.extend(workloads.into_iter().map(|workload| whole::uncaptured(policy, workload)));
                Vec::new()
            }
        }
    }

    fn rules(
        &self,
        policy: &Policy,
        subject: &Subject<'_>,
        ledger: &mut Ledger,
        findings: &mut Vec<Finding>,
    ) -> Written {
        let no_http = self.no_http();
        let http_named = http_ports::named(&policy.scope, &self.neighbours);
        let writing = self.writing(policy, &http_named, no_http.as_deref());
        let mut all = Written::default();
        for rule in &policy.rules {
            let mut written = rules::write(rule, policy, writing, ledger);
            if !written.http.is_empty() && self.context.settings.l7 == L7::Unstated {
                written.findings.push(losses::guarded(rule, policy));
            }
            let others = &subject.in_force.later;
            if !written.http.is_empty() && !others.is_empty() {
                written.findings.push(losses::http_beside(rule, policy, others));
            }
            for rule in written.plain {
                if !all.plain.contains(&rule) {
                    all.plain.push(rule);
                }
            }
            all.http.extend(written.http);
            all.http_from.extend(written.http_from);
            for finding in written.findings {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
        }
        all
    }

    fn writing<'w>(
        &'w self,
        policy: &Policy,
        http_named: &'w [u16],
        no_http: Option<&'w str>,
    ) -> Writing<'w> {
        let settings = self.context.settings;
        let accepted = self.context.accepts(&policy_codes::PATH_NORMALISED, &policy.origin);
        Writing {
            mesh: Mesh { facts: &self.model.facts, map_identity: &settings.map_identity },
            spared: &self.spared,
            reading: Reading {
                platform: settings.target.platform(),
                polarity: Polarity::of(policy.action),
                trust_domain: &settings.trust_domain,
                foreign: &self.model.facts.foreign_identities,
                // Without HTTP rules nobody compares paths, and another finding says so.
                paths: if no_http.is_some() { PathMatching::Raw } else { self.capabilities.path_matching },
                normalised_accepted: accepted && self.capabilities.path_matching == PathMatching::Normalised,
            },
            negations: self.negations,
            http_named,
            http_matches_tcp: self.capabilities.http_matches_raw_tcp,
            no_http,
        }
    }

    /// `unmesh.dev/source`: the file below the path that was given, so that it is the same wherever
    /// the run starts.
    pub(super) fn source(&self, policy: &Policy) -> String {
        let file = self.context.sources.file(policy.origin.span.file);
        format!("{}#{}", display_path(&file.relative), policy.origin.reference)
    }
}

/// Names that another object of the input has already.
pub(super) fn name_clashes(objects: &[Emitted], context: &Context<'_>, group: &str) -> Vec<Finding> {
    let ours: BTreeSet<ObjectRef> = objects.iter().map(|emitted| emitted.object.reference()).collect();
    let foreign = context.manifest.objects.iter().filter(|object| object.group().ends_with(group));
    let taken = foreign.filter(|object| ours.contains(&object.reference));
    let finding = |object: &crate::manifest::Object| {
        let message = format!("`{}` is the name of an object that unmesh would write", object.reference);
        Finding::new(&target_codes::NAME_TAKEN, Direction::Widens, message)
            .at(object.name_span)
            .on(&object.reference)
            .help("rename this object, or the Istio policy")
    };
    taken.map(finding).collect()
}

/// Staged objects decide nothing.
fn staged(translation: &Translation, target: config::Calico) -> Option<Finding> {
    let message = "all policies are staged: Calico shows what they would decide, and enforces none of them";
    (target.staged && !translation.objects.is_empty()).then(|| {
        Finding::new(&target_codes::STAGED, Direction::None, message)
            .help("keep the mesh until flow logs show what you expect; then translate without --staged")
    })
}

/// What no setting of Calico changes, told once in each run that writes a policy.
fn node_local(translation: &Translation) -> Option<Finding> {
    let message = "sources on a pod's own node (kubelet, pods in the node's network) always reach it: Calico does not police them";
    (!translation.objects.is_empty()).then(|| {
        Finding::new(&platform::NODE_LOCAL, Direction::None, message)
            .help("what this exception covers: unmesh explain UM410")
    })
}
