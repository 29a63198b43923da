//! UM140: identities whose service account the input does not have, in namespaces that it shows.

use super::slip;
use crate::config::{Identity, SYSTEM_NAMESPACES};
use crate::finding::codes::meaning::UNKNOWN_ACCOUNT;
use crate::finding::{Direction, Finding, Severity};
use crate::ir::identity::project;
use crate::ir::{Action, Attribute, Bound, Policy, Test};
use crate::lint::Context;
use std::collections::{BTreeMap, BTreeSet};

/// One finding for each value that names an account whole.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let shown = shown(context);
    let mut findings = Vec::new();
    for policy in &context.model.policies {
        if policy.action == Action::RequireIdentity {
            continue;
        }
        let mut seen = BTreeSet::new();
        let clauses = policy
            .rules
            .iter()
            .flat_map(crate::ir::Rule::conjunctions)
            .flat_map(|conjunction| &conjunction.clauses)
            .filter(|clause| clause.attribute == Attribute::Identity);
        for test in clauses.flat_map(crate::ir::Clause::tests) {
            if seen.insert(test.leaf.span) {
                findings.extend(finding(context, policy, test, &shown));
            }
        }
    }
    findings
}

/// Accounts by namespace, and whether a ServiceAccount shows that the input holds such objects.
struct Shown<'a> {
    accounts: BTreeSet<&'a str>,
    objects: bool,
}

fn shown<'a>(context: &Context<'a>) -> BTreeMap<&'a str, Shown<'a>> {
    let mut found: BTreeMap<&str, Shown<'a>> = BTreeMap::new();
    let mut add = |identity: &'a Identity, object: bool| {
        let entry = found
            .entry(identity.namespace.as_str())
            .or_insert_with(|| Shown { accounts: BTreeSet::new(), objects: false });
        entry.accounts.insert(identity.account.as_str());
        entry.objects |= object;
    };
    for identity in &context.inventory.service_accounts {
        add(identity, true);
    }
    for workload in &context.inventory.workloads {
        add(&workload.identity, false);
    }
    found
}

fn finding(
    context: &Context<'_>,
    policy: &Policy,
    test: &Test,
    shown: &BTreeMap<&str, Shown<'_>>,
) -> Option<Finding> {
    let pairs = project(&test.pattern, &context.settings.trust_domain, Bound::Under)?;
    let [pair] = pairs.as_slice() else { return None };
    let (namespace, account) = (pair.namespace.as_exact()?, pair.account.as_exact()?);
    if account == "default"
        || namespace == context.settings.root_namespace
        || SYSTEM_NAMESPACES.contains(&namespace)
    {
        return None;
    }
    let known = shown.get(namespace)?;
    if known.accounts.contains(account) {
        return None;
    }
    let near = slip::meant(account, known.accounts.iter().copied());
    let severity = if near.is_some() { Severity::Warning } else { Severity::Info };
    if near.is_none() && !known.objects {
        return None;
    }
    let message = match near {
        Some(_) => format!(
            "no workload or ServiceAccount of `{namespace}` in the input has the account `{account}`: nobody has this identity"
        ),
        None => format!(
            "the input has ServiceAccounts of `{namespace}`, and `{account}` is none of them: unless it stands elsewhere, nobody has this identity"
        ),
    };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see that the name is right, or give unmesh the files that hold the account".to_string(),
    };
    Some(
        Finding::new(&UNKNOWN_ACCOUNT, Direction::None, message)
            .severity(severity)
            .at(test.leaf.span)
            .field(test.leaf.field.clone())
            .on(&policy.origin.reference)
            .help(help),
    )
}
