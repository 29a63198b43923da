//! UM186: WorkloadGroups whose machines get an account that the input does not have.

use super::super::Context;
use crate::finding::codes::meaning::GROUP_ACCOUNT;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::WorkloadGroup;
use crate::lint::meaning::slip;

/// One finding for each group, where the input has ServiceAccounts of its namespace.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    context.resources.workload_groups.iter().filter_map(|group| one(context, group)).collect()
}

fn one(context: &Context<'_>, group: &WorkloadGroup) -> Option<Finding> {
    let account = group.template.as_ref()?.account.as_ref().filter(|account| !account.value.is_empty())?;
    let namespace = group.meta.reference.namespace.as_deref().unwrap_or_default();
    let accounts = context.inventory.service_accounts.iter();
    let shown: Vec<&str> =
        accounts.filter(|one| one.namespace == namespace).map(|one| one.account.as_str()).collect();
    if account.value == "default" || shown.is_empty() || shown.contains(&account.value.as_str()) {
        return None;
    }
    let near = slip::meant(&account.value, shown.iter().copied());
    let (severity, help) = match near {
        Some(near) => (Severity::Warning, format!("did you mean `{near}`?")),
        None => (
            Severity::Info,
            "see that the name is right, or give unmesh the files that hold the account".to_string(),
        ),
    };
    let message = format!(
        "the input has ServiceAccounts of `{namespace}`, and `{}` is none of them: unless it stands elsewhere, istiod \
         gives these machines no certificate",
        account.value
    );
    let finding = Finding::new(&GROUP_ACCOUNT, Direction::None, message).severity(severity).help(help);
    Some(finding.on(&group.meta.reference).at(account.span).field(account.field.clone()))
}
