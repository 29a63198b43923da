//! RequestAuthentication: the refusal of bad tokens goes, and headers made from good ones can be
//! forged.
//!
//! A request with a token that no rule accepts is refused, one without a token is not
//! (`pilot/pkg/security/authn/policy_applier.go`). A network policy sees no tokens, so nothing is
//! written; one finding a resource says what that opens.

use super::Context;
use crate::finding::codes::platform::NOTHING_TO_REFUSE;
use crate::finding::codes::policy::{FORGEABLE_HEADER, TOKEN_CHECK};
use crate::finding::{Direction, Finding, Severity};
use crate::ir::Scope;
use crate::istio::request_authentication::JwtRule;
use crate::istio::{Attachment, Meta, RequestAuthentication};
use crate::yaml::fields::Leaf;
use std::collections::BTreeMap;

/// One finding for each RequestAuthentication.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    context.resources.request_authentications.iter().map(|policy| lost(policy, context)).collect()
}

fn lost(policy: &RequestAuthentication, context: &Context<'_>) -> Finding {
    let RequestAuthentication { meta, attachment, jwt_rules } = policy;
    if is_ztunnels(meta, attachment, context) {
        let message =
            "these pods are in ambient mode, and ztunnel looks at no tokens: this never refused a request";
        let help = ambient_help(context, meta.reference.namespace.as_deref().unwrap_or_default());
        let finding = Finding::new(&NOTHING_TO_REFUSE, Direction::None, message).severity(Severity::Warning);
        return finding.at(meta.name_span).on(&meta.reference).field("spec").help(help);
    }
    if jwt_rules.is_empty() {
        let message = "this has no rules, so it never refused a request: nothing changes";
        let finding = Finding::new(&NOTHING_TO_REFUSE, Direction::None, message);
        return finding.at(meta.name_span).on(&meta.reference).field("spec");
    }
    let issuers = jwt_rules.iter().filter_map(|rule| rule.issuer.as_ref());
    let issuers: Vec<String> = issuers.map(|issuer| format!("`{}`", issuer.value)).collect();
    let of = if issuers.is_empty() { String::new() } else { format!(" of {}", issuers.join(", ")) };
    let headers: Vec<&Leaf<String>> = jwt_rules.iter().flat_map(headers).collect();
    let finding = match headers.split_first() {
        None => {
            let message = format!("nothing refuses bad or expired tokens{of} any more");
            Finding::new(&TOKEN_CHECK, Direction::Widens, message)
                .at(meta.name_span)
                .help("check tokens in the application, or at a gateway that does")
        }
        Some((first, others)) => {
            let message = format!(
                "nothing refuses bad or expired tokens{of} any more, and any client can send `{}`, which was made from them",
                first.value
            );
            let finding = Finding::new(&FORGEABLE_HEADER, Direction::Widens, message)
                .at(first.span)
                .help("have the application read and check the token itself, and ignore these headers");
            others.iter().fold(finding, |finding, header| finding.related("this one too", header.span))
        }
    };
    finding.on(&meta.reference).field("spec")
}

/// What would read it: a waypoint, by `targetRefs` alone (`pilot/pkg/model/policyattachment.go`).
fn ambient_help(context: &Context<'_>, namespace: &str) -> String {
    match super::waypoint::of_namespace(context, namespace) {
        Some(waypoint) => format!(
            "the waypoint `{waypoint}` looks at no selector: name its Gateway, or a Service behind it, in `targetRefs`"
        ),
        None => "tokens are checked by a waypoint: make one and name it in `targetRefs`, or check them in the application".to_string(),
    }
}

/// Whether all its workloads are in ambient mode, and no waypoint has it.
fn is_ztunnels(meta: &Meta, attachment: &Attachment, context: &Context<'_>) -> bool {
    let labels = match attachment {
        Attachment::Everything => BTreeMap::new(),
        Attachment::Selector(labels) => labels.clone(),
        Attachment::TargetRefs(_) => return false,
    };
    let namespace = meta.reference.namespace.clone().filter(|own| *own != context.settings.root_namespace);
    context.model.facts.is_ambient(&Scope { namespace, labels, except: Vec::new() })
}

/// Headers that the application may believe.
fn headers(rule: &JwtRule) -> impl Iterator<Item = &Leaf<String>> {
    let claims = rule.output_claim_to_headers.iter().map(|(header, _)| header);
    rule.output_payload_to_header.iter().chain(claims)
}
