//! The provider that a CUSTOM policy names.

use super::Context;
use crate::finding::codes::platform::UNKNOWN_PROVIDER;
use crate::finding::{Direction, Finding, Severity};
use crate::istio::AuthorizationPolicy;
use crate::istio::authorization_policy::Action;

/// One finding for each CUSTOM policy whose provider is no authorizer of any MeshConfig of the input. Istio
/// then refuses whatever its rules match (`pilot/pkg/security/authz/builder/builder.go`,
/// `getBadCustomDenyRules`), which is what is written for it, too.
pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let mesh = &context.inventory.mesh;
    let Some(config) = mesh.configs.iter().find(|config| config.complete || !config.providers.is_empty())
    else {
        return Vec::new();
    };
    let finding = |policy: &AuthorizationPolicy| {
        let named = policy.provider.as_ref().filter(|_| policy.action.value == Action::Custom)?;
        let known = mesh.provider(&named.value);
        if known.is_some_and(|provider| provider.kind.authorizes()) {
            return None;
        }
        let message = match known {
            None => format!(
                "`extensionProviders` of `{}` has no `{}`: Istio refuses whatever these rules match, and asks nobody",
                config.reference, named.value
            ),
            Some(provider) => format!("{provider} cannot be asked: Istio refuses whatever these rules match"),
        };
        let finding = Finding::new(&UNKNOWN_PROVIDER, Direction::None, message)
            .severity(Severity::Warning)
            .on(&policy.meta.reference)
            .at(named.span)
            .field(named.field.clone())
            .related("the MeshConfig", config.at.span);
        let names = mesh.configs.iter().flat_map(|config| &config.providers);
        let authorizers = names.filter(|provider| provider.kind.authorizes());
        let names: Vec<&str> = authorizers.map(|provider| provider.name.value.as_str()).collect();
        Some(finding.help(match crate::finding::nearest(&named.value, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write a DENY policy with the same rules if they are to be refused".to_string(),
        }))
    };
    context.resources.authorization_policies.iter().filter_map(finding).collect()
}
