//! What workloads, Namespaces and Services say to the mesh by labels and annotations: each of these ends in a
//! finding, together with the others of its group on the same object.
//!
//! Which pods have a proxy, and which ports reach it, the inventory has decided; these rules say what that
//! means. What policies make of it is not known here, but for clients that show no identity.

mod capture;
mod configuration;
mod files;
mod holder;
mod injection;
mod marks;
mod outbound;
mod probes;
mod setup;
mod table;
mod value;

use super::Context;
use crate::finding::{Code, Direction, Finding};
use crate::manifest::Workload;
use holder::{Holder, Mark};
use injection::Marked;
use table::{Group, Place};

/// One finding for each group of each object.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let (mut findings, mut marked) = (Vec::new(), Vec::new());
    for object in &context.manifest.objects {
        for holder in Holder::all(object) {
            findings.extend(marks::check(&holder));
            findings.extend(said(&holder, context, &mut marked));
        }
    }
    findings.extend(injection::together(marked));
    findings.extend(outbound::by_user(context));
    findings.extend(injection::host_network(context));
    findings
}

/// What the object says to Istio, group by group.
fn said(holder: &Holder<'_>, context: &Context<'_>, marked: &mut Vec<Marked>) -> Vec<Finding> {
    let mut findings = injection::check(holder, context, marked);
    let workload = (holder.place == Place::Pod).then(|| workload(holder, context)).flatten();
    for group in GROUPS {
        let of_group = |mark: &&Mark<'_>| {
            mark.is_read_at(holder.place) && mark.known.is_some_and(|known| known.group == group)
        };
        let marks: Vec<&Mark<'_>> = holder.annotations.iter().filter(of_group).collect();
        let Some(first) = marks.first() else { continue };
        match group {
            Group::Inbound => findings.extend(capture::inbound(holder, &marks, workload)),
            Group::Outbound => findings.extend(outbound::check(holder, &marks, workload, context)),
            Group::Probes => findings.push(probes::check(holder, first)),
            Group::Files => findings.extend(files::check(holder, &marks)),
            Group::Configuration => findings.extend(configuration::check(holder, first)),
            Group::Visibility => findings.push(setup::visibility(holder, first, context)),
            Group::Redirection => findings.extend(capture::redirection(holder, &marks)),
            Group::Mark | Group::Injection => {}
            Group::Image => {
                findings.extend(setup::check(holder, group, &marks));
                findings.extend(setup::proxyless(holder, &marks));
            }
            Group::Resources | Group::Logging | Group::Statistics | Group::Readiness | Group::Metrics => {
                findings.extend(setup::check(holder, group, &marks));
            }
        }
    }
    findings
}

const GROUPS: [Group; 15] = [
    Group::Resources,
    Group::Logging,
    Group::Image,
    Group::Statistics,
    Group::Readiness,
    Group::Metrics,
    Group::Redirection,
    Group::Inbound,
    Group::Outbound,
    Group::Injection,
    Group::Probes,
    Group::Files,
    Group::Configuration,
    Group::Visibility,
    Group::Mark,
];

/// The inventory's account of the same template.
fn workload<'c>(holder: &Holder<'_>, context: &Context<'c>) -> Option<&'c Workload> {
    let name = holder.object.name_span;
    context.inventory.workloads.iter().find(|workload| workload.span == name)
}

fn on(
    holder: &Holder<'_>,
    mark: &Mark<'_>,
    code: &'static Code,
    direction: Direction,
    message: String,
) -> Finding {
    Finding::new(code, direction, message)
        .on(&holder.object.reference)
        .at(mark.key)
        .field(mark.field.as_str())
}

/// The others of a group, below the first.
fn with_rest(finding: Finding, rest: &[&Mark<'_>]) -> Finding {
    rest.iter().fold(finding, |finding, mark| finding.related(mark.name, mark.key))
}
