//! Band 350: ALLOW policies on pods that a policy in force selects too.
//!
//! There an Allow of ours would end evaluation before the other policy is asked, and both have to allow. So
//! nothing lets through there: what no ALLOW policy of a pod lets in is refused, and the policy in force
//! decides the rest. `together` says which pods are under which policies, `complement` what the rules
//! of those leave out.
//!
//! This is done place by place: a namespace that has ALLOW policies or policies in force of its own, and
//! then all other namespaces at once, where only policies for the whole mesh count. So selectors stay
//! short, and only objects that exclude peers are global.
//!
//! What it costs: `http` lets through and nothing else, so what rules say by method or path is refused. Where
//! it takes too much to say, or where the other policy is asked in a later tier, all TCP is.

use super::band::Band;
use super::complement::{Allowed, complement};
use super::expression::{self, NAMESPACE};
use super::in_force::{self, Overlap};
use super::names;
use super::rules::{needs_global, without_ports};
use super::together::{self, LetsIn, Member, Region, Says};
use super::whole::{self, Because, InForceToo};
use super::{Job, Prepared, Words};
use crate::finding::ObjectRef;
use crate::ir::{Action, Policy};
use crate::manifest::Subject as Selected;
use crate::object::Object;
use crate::object::calico::{self, Action as Verdict, Expression, Ports, ProtocolMatch, Rule, ports};
use crate::translate::Emitted;
use std::collections::{BTreeMap, BTreeSet};

/// The objects, in a fixed order; what is told stands with the policies then.
pub(super) fn write(job: &Job<'_>, prepared: &mut [Prepared<'_>]) -> Vec<Emitted> {
    let mut told: BTreeMap<usize, Outcome> = BTreeMap::new();
    let mut objects = Vec::new();
    let allows = allows(prepared);
    for place in places(job, &allows) {
        let shared = Shared::of(job, &allows, &place);
        for part in shared.parts() {
            objects.extend(shared.object(&part).map(|object| shared.emitted(&part, object)));
            for (index, because) in shared.touched(&part) {
                let outcome = told.entry(index).or_default();
                outcome.because = outcome.because.max(because);
            }
        }
    }
    for (index, outcome) in told {
        let Some(prepared) = prepared.get_mut(index) else { continue };
        let Some(words) = prepared.words.as_ref() else { continue };
        let becomes = outcome.becomes(words);
        prepared.findings.extend(whole::in_force(prepared.policy, &words.subject, &becomes));
    }
    objects
}

/// What becomes of one policy in all places.
#[derive(Default)]
struct Outcome {
    because: Option<Because>,
}

impl Outcome {
    fn becomes(&self, words: &Words<'_>) -> InForceToo {
        match self.because {
            Some(because) => InForceToo::Refused(because),
            None if words.rules.http_from.is_empty() => InForceToo::Exact,
            None => InForceToo::WithoutHttp(words.rules.http_from.clone()),
        }
    }
}

/// An ALLOW policy that is written, and its place in the list of all.
struct Allow<'a> {
    index: usize,
    policy: &'a Policy,
    words: &'a Words<'a>,
}

/// By namespace and name, whatever the order of the files.
fn allows<'a>(prepared: &'a [Prepared<'_>]) -> Vec<Allow<'a>> {
    let with_words = prepared.iter().enumerate().filter_map(|(index, prepared)| {
        let words = prepared.words.as_ref()?;
        Some(Allow { index, policy: prepared.policy, words })
    });
    let mut allows: Vec<Allow<'_>> =
        with_words.filter(|allow| allow.policy.action == Action::Allow).collect();
    allows.sort_by(|left, right| left.policy.origin.reference.cmp(&right.policy.origin.reference));
    allows
}

/// Where pods are looked at together.
enum Place {
    /// A namespace.
    Namespace(String),
    /// All but these.
    Rest(BTreeSet<String>),
}

fn places(job: &Job<'_>, allows: &[Allow<'_>]) -> Vec<Place> {
    let mut namespaces: BTreeSet<String> =
        allows.iter().filter_map(|allow| allow.words.subject.namespace.clone()).collect();
    if allows.iter().all(|allow| allow.words.subject.namespace.is_some()) {
        return namespaces.into_iter().map(Place::Namespace).collect();
    }
    namespaces.extend(job.context.inventory.in_force.iter().filter_map(|policy| match &policy.subject {
        Selected::Namespaced { namespace, pods: _ } => Some(namespace.clone()),
        Selected::Calico { namespace, .. } => namespace.clone(),
        Selected::ByNamespaceLabels { .. } => None,
    }));
    let rest = Place::Rest(namespaces.clone());
    namespaces.into_iter().map(Place::Namespace).chain([rest]).collect()
}

impl Place {
    fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(name) => Some(name),
            Self::Rest(_) => None,
        }
    }

    /// The pods of the place, for a selector in it.
    fn ground(&self) -> Expression {
        match self {
            Self::Namespace(_) => Expression::All,
            Self::Rest(without) => Expression::any_value(NAMESPACE, without.iter().cloned()).not(),
        }
    }

    /// An expression for pods anywhere, for those of the place.
    fn within(&self, pods: &Expression) -> Expression {
        match self {
            Self::Namespace(name) => expression::within(pods, name),
            Self::Rest(_) => pods.clone(),
        }
    }
}

/// The ALLOW policies of one place.
struct Shared<'a> {
    job: &'a Job<'a>,
    place: &'a Place,
    allows: Vec<&'a Allow<'a>>,
    members: Vec<Member>,
}

/// Pods of one region that policies in force select.
struct Part<'a> {
    region: Region,
    in_force: Overlap<'a>,
    rules: Vec<Rule>,
    /// Why they refuse all TCP.
    because: Option<Because>,
}

impl<'a> Shared<'a> {
    fn of(job: &'a Job<'a>, allows: &'a [Allow<'a>], place: &'a Place) -> Self {
        let here = |allow: &&Allow<'_>| match &allow.words.subject.namespace {
            None => true,
            Some(own) => Some(own.as_str()) == place.namespace(),
        };
        let allows: Vec<&Allow<'_>> = allows.iter().filter(here).collect();
        let members = allows.iter().map(|allow| member(allow, place)).collect();
        Self { job, place, allows, members }
    }

    fn parts(&self) -> Vec<Part<'a>> {
        let regions = together::regions(&self.members, &self.place.ground());
        regions.into_iter().filter_map(|region| self.part(region)).collect()
    }

    /// `None` where no policy in force stands beside, or nothing is refused.
    fn part(&self, region: Region) -> Option<Part<'a>> {
        let inventory = self.job.context.inventory;
        let in_force = in_force::overlap(&region.pods, self.place.namespace(), inventory, self.job.standing);
        if in_force.policies.is_empty() {
            return None;
        }
        let open = self.uncaptured(&region);
        let (rules, because) = match &region.says {
            _ if !in_force.is_exact() => (None, Because::NotBeside),
            Says::Union(members) => (self.complement(members, &open), Because::TooMuch),
            Says::Nothing(_) => (Some(self.everything(&in_force, &open)), Because::TooMuch),
            Says::TooMany(_) => (None, Because::TooMuch),
        };
        let because = rules.is_none().then_some(because);
        let rules = rules.unwrap_or_else(|| self.everything(&in_force, &open));
        (!rules.is_empty()).then_some(Part { region, in_force, rules, because })
    }

    /// Ports that all policies of the region leave alone.
    fn uncaptured(&self, region: &Region) -> Vec<Ports> {
        let lists = self.policies(region).map(|allow| &allow.words.uncaptured);
        let others = lists.flat_map(|list| ports::complement(list));
        ports::complement(&others.collect::<Vec<_>>())
    }

    fn policies(&self, region: &Region) -> impl Iterator<Item = &'a Allow<'a>> {
        region.says.policies().into_iter().filter_map(|member| self.allows.get(member).copied())
    }

    fn complement(&self, members: &[usize], open: &[Ports]) -> Option<Vec<Rule>> {
        let policies = members.iter().filter_map(|member| self.allows.get(*member));
        let allowed = policies.flat_map(|allow| {
            let name = |rule: &Rule| {
                let place = rule.comments.first().map_or("", String::as_str);
                format!("{} {place}", allow.policy.origin.reference)
            };
            allow.words.rules.plain.iter().map(move |rule| Allowed { name: name(rule), rule })
        });
        complement(&allowed.collect::<Vec<_>>(), open, self.job.negations)
    }

    /// All TCP, where an Allow would silence somebody.
    fn everything(&self, in_force: &Overlap<'_>, open: &[Ports]) -> Vec<Rule> {
        let mut rule = Rule::all(Verdict::Deny, ProtocolMatch::Tcp);
        let names: Vec<String> =
            in_force.policies.iter().map(|policy| policy.reference.to_string()).collect();
        rule.comments = vec![format!("an Allow here would silence {}", names.join(", "))];
        without_ports(rule, open, self.job.negations)
    }

    fn object(&self, part: &Part<'_>) -> Option<calico::Policy> {
        let policies: Vec<&Allow<'_>> = self.policies(&part.region).collect();
        let first = policies.first()?;
        let references: Vec<&ObjectRef> =
            policies.iter().map(|allow| &allow.policy.origin.reference).collect();
        let namespace = self.place.namespace();
        let global = namespace.is_none() || part.rules.iter().any(needs_global);
        let own = first.words.subject.namespace.as_deref() == namespace;
        // Where a policy has pods for sure and others perhaps, it may be in two objects alone.
        let is_second = |member: &usize| {
            matches!(part.region.says, Says::Nothing(_))
                && self.members.get(*member).is_some_and(|member| member.lets_in != LetsIn::Nothing)
        };
        let elsewhere =
            namespace.is_some() && first.policy.origin.reference.namespace.as_deref() != namespace;
        let plain =
            own && !elsewhere && policies.len() == 1 && !part.region.says.policies().iter().any(is_second);
        let name = if plain {
            names::name(None, Band::InForce, references.first()?, global)
        } else {
            let place = match (namespace, &part.region.says) {
                (Some(name), Says::Nothing(_)) => format!("{name}/"),
                (Some(name), Says::Union(_) | Says::TooMany(_)) => name.to_string(),
                (None, Says::Nothing(_)) => "*/".to_string(),
                (None, Says::Union(_) | Says::TooMany(_)) => "*".to_string(),
            };
            names::of_several(Band::InForce, &place, &references, global)
        };
        let pods = part.in_force.among(&part.region.pods);
        let own = namespace.filter(|_| global).map(|name| Expression::equals(NAMESPACE, name));
        let pods = Expression::and(global.then(expression::is_pod).into_iter().chain(own).chain([pods]));
        let sources: Vec<String> = policies.iter().map(|allow| self.job.source(allow.policy)).collect();
        Some(calico::Policy {
            name,
            namespace: namespace.filter(|_| !global).map(str::to_string),
            source: sources.join(","),
            target: self.job.context.settings.target.to_string(),
            tier: None,
            staged: self.job.target.staged,
            order: Band::InForce.order(),
            selector: pods.to_string(),
            selector_comment: None,
            ingress: part.rules.clone(),
        })
    }

    fn emitted(&self, part: &Part<'_>, object: calico::Policy) -> Emitted {
        let sources = self.policies(&part.region).map(|allow| allow.policy.origin.object).collect();
        Emitted { object: Object::Calico(object), sources }
    }

    /// The policies with rules that may select pods of an object, by their place in the list of all.
    fn touched<'s>(&'s self, part: &'s Part<'_>) -> impl Iterator<Item = (usize, Option<Because>)> + 's {
        let meets = |member: &Member| together::meet(&part.region.pods, &member.over).is_some();
        let members = self.allows.iter().zip(&self.members);
        let members = members.filter(move |(_, member)| meets(member)).map(|(allow, _)| allow);
        let with_rules = members.filter(|allow| !allow.policy.rules.is_empty());
        with_rules.map(|allow| (allow.index, part.because))
    }
}

fn member(allow: &Allow<'_>, place: &Place) -> Member {
    let subject = &allow.words.subject;
    let under = subject.under.clone().unwrap_or(Expression::Nothing);
    let plain = &allow.words.rules.plain;
    let allowed = |rule| Allowed { name: String::new(), rule };
    let allowed: Vec<Allowed<'_>> = plain.iter().map(allowed).collect();
    let everything = || complement(&allowed, &[], true).is_some_and(|refused| refused.is_empty());
    let lets_in = if plain.is_empty() {
        LetsIn::Nothing
    } else if everything() {
        LetsIn::Everything
    } else {
        LetsIn::Something
    };
    Member { over: place.within(&subject.over), under: place.within(&under), lets_in }
}
