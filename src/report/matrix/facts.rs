//! The capability table of Calico's releases, each fact in words.

use crate::config::PathMatching;
use crate::config::{Calico, Target};
use crate::object::calico::versions::{Capabilities, Releases, releases};
use crate::report::column::{Column, fold};
use std::fmt::Write;

/// One fact: what it says, and of which release it holds.
type Fact = (&'static str, bool);

/// All facts of a release. Taken apart whole: the compiler asks for the words of a new one.
fn facts(capabilities: &Capabilities) -> [Fact; 16] {
    let Capabilities {
        path_matching,
        dikastes_works,
        dikastes_reads_negations,
        dikastes_reads_ip_version,
        dikastes_reads_named_ports,
        http_matches_raw_tcp,
        dikastes_ends_tiers_on_egress,
        tiers,
        staged,
        dotted_names,
        names_as_written,
        kube_tiers,
        named_ports_without_protocol,
        refuses_whole_family_in_not_nets,
        caps_http,
        lists_are_sets,
    } = *capabilities;
    [
        ("tiers with a default action: the tiers layout", tiers),
        ("staged policies, which are watched and not enforced", staged),
        ("Dikastes answers; where not, it refuses every request", dikastes_works),
        (
            "Dikastes reads `notNets` and `notPorts`; where not, it takes such a rule for wider",
            dikastes_reads_negations,
        ),
        ("Dikastes reads `ipVersion`", dikastes_reads_ip_version),
        ("Dikastes finds named ports", dikastes_reads_named_ports),
        (
            "Dikastes refuses all TCP to pods that only policies on egress select",
            dikastes_ends_tiers_on_egress,
        ),
        ("an `http` rule also matches a connection that carries no HTTP", http_matches_raw_tcp),
        (
            "paths are normalised on both sides, and a prefix ends at a `/`",
            path_matching == PathMatching::Normalised,
        ),
        ("a policy's name may hold a dot, which parts tier and name", dotted_names),
        ("policies of one order are sorted by name as written, without the tier before it", names_as_written),
        ("the administrators' tiers are called `kube-admin` and `kube-baseline`", kube_tiers),
        ("named ports need no `protocol` beside them", named_ports_without_protocol),
        ("`0.0.0.0/0` or `::/0` in `notNets` is refused", refuses_whole_family_in_not_nets),
        ("`http` holds 20 methods, 20 paths and 1024 characters a path at most", caps_http),
        ("doubles in `nets` and `serviceAccounts.names` are refused", lists_are_sets),
    ]
}

/// The table, with a column for each range of releases that differ.
pub(super) fn render(out: &mut String) {
    let column = |some: Releases| {
        let column = Column { target: Target::Calico(Calico::portable(some.first)), last: Some(some.last) };
        (column, facts(&some.capabilities))
    };
    let columns = fold(releases().into_iter().map(column));
    let names = columns.iter().map(|(column, _)| column.name().replacen("calico ", "", 1));
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "\n## What each release of Calico can do\n\n| fact | {} |",
        names.collect::<Vec<_>>().join(" | ")
    );
    let _ = writeln!(out, "|{}", " --- |".repeat(columns.len() + 1));
    let Some((_, first)) = columns.first() else { return };
    for (at, (meaning, _)) in first.iter().enumerate() {
        let holds = columns.iter().filter_map(|(_, facts)| facts.get(at));
        let words: Vec<&str> = holds.map(|(_, holds)| if *holds { "yes" } else { "no" }).collect();
        let _ = writeln!(out, "| {meaning} | {} |", words.join(" | "));
    }
}
