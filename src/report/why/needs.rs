//! What an open answer waits for, and which option says it.

use crate::report::request::name;
use crate::verify::request::Dimension;
use crate::verify::trace::Need;
use std::collections::BTreeSet;

/// `open: it depends on the path (--path) and on the method (--method)`.
pub(super) fn sentence(needs: &BTreeSet<Need>) -> String {
    let needs: Vec<String> = needs.iter().map(need).collect();
    match needs.split_last() {
        None => "open".to_string(),
        Some((last, [])) => format!("open: it depends on {last}"),
        Some((last, others)) => format!("open: it depends on {} and {last}", others.join(", ")),
    }
}

/// What one is, with the option that says it.
pub(super) fn need(need: &Need) -> String {
    match need {
        Need::Value(dimension) => match option(dimension) {
            Some(option) => format!("{} ({option})", name(dimension)),
            None => format!("{}, which no option says", name(dimension)),
        },
        Need::Content => {
            "whether the connection carries HTTP (--protocol http or --protocol tcp)".to_string()
        }
        Need::Unknown(why) => format!("what nobody can tell: {why}"),
    }
}

/// The option that gives a value.
pub(super) fn option(dimension: &Dimension) -> Option<String> {
    Some(match dimension {
        Dimension::Method => "--method".to_string(),
        Dimension::Path => "--path".to_string(),
        Dimension::Host => "--host".to_string(),
        Dimension::Sni => "--sni".to_string(),
        Dimension::Header(name) => format!("--header {name}=VALUE"),
        Dimension::Token
        | Dimension::RequestPrincipal
        | Dimension::RequestAudience
        | Dimension::RequestPresenter
        | Dimension::RequestClaim(_) => claim(dimension)?,
        Dimension::Peer | Dimension::Label(_) => "--from NS/WORKLOAD or NS/KEY=VALUE,...".to_string(),
        Dimension::SourceAddress | Dimension::RemoteAddress => "--address ADDRESS".to_string(),
        Dimension::Destination => "--to NS/WORKLOAD:PORT or NS/KEY=VALUE,...:PORT".to_string(),
        Dimension::Port
        | Dimension::DestinationAddress
        | Dimension::PeerAuthentication
        | Dimension::Authorizer(_)
        | Dimension::EnvoyFilter(_) => {
            return None;
        }
    })
}

/// The claims that a part of a token is made of.
fn claim(dimension: &Dimension) -> Option<String> {
    Some(match dimension {
        Dimension::Token => "--claim NAME=VALUE or --claim none".to_string(),
        Dimension::RequestPrincipal => "--claim iss=ISSUER --claim sub=SUBJECT, or --claim none".to_string(),
        Dimension::RequestAudience => "--claim aud=AUDIENCE".to_string(),
        Dimension::RequestPresenter => "--claim azp=PRESENTER".to_string(),
        Dimension::RequestClaim(path) => format!("--claim {}=VALUE", crate::report::request::claim(path)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_answer_names_the_options_that_decide() {
        let value = |of: Dimension| Need::Value(of);
        for (needs, expected) in [
            (vec![value(Dimension::Path)], "open: it depends on the path (--path)"),
            (
                vec![value(Dimension::Header("x-tenant".to_string())), value(Dimension::Method)],
                "open: it depends on the method (--method) and the header `x-tenant` (--header x-tenant=VALUE)",
            ),
            (
                vec![value(Dimension::Authorizer("opa".to_string()))],
                "open: it depends on the external authorizer `opa`, which no option says",
            ),
            (
                vec![Need::Content],
                "open: it depends on whether the connection carries HTTP (--protocol http or --protocol tcp)",
            ),
            (
                vec![value(Dimension::RequestClaim(vec!["realm".to_string(), "roles".to_string()]))],
                "open: it depends on the claim `realm[roles]` (--claim realm[roles]=VALUE)",
            ),
        ] {
            assert_eq!(sentence(&needs.into_iter().collect()), expected);
        }
    }
}
