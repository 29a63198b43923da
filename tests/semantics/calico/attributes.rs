//! What each field of a rule matches: for each form somebody who is let through and somebody who is not.

mod connections;
mod peers;

use crate::calico::world::{Case, gnp, np};

/// Whose policy the rule stands in.
#[derive(Clone, Copy, PartialEq)]
enum In {
    /// A NetworkPolicy of `shop`.
    Np,
    /// A GlobalNetworkPolicy.
    Gnp,
}
use In::{Gnp, Np};

/// Name, fact, policy, fields of the only rule (which allows), who gets through, who does not.
type Row = (&'static str, &'static str, In, &'static str, &'static [&'static str], &'static [&'static str]);

fn check(rows: &[Row], more: &str) {
    for (name, fact, place, rule, allowed, denied) in rows {
        let spec =
            format!("{{selector: \"app == 'db'\", types: [Ingress], ingress: [{{action: Allow, {rule}}}]}}");
        let (policy, reference) = match place {
            Np => (np("p", &spec), "NetworkPolicy/shop/p"),
            Gnp => (gnp("p", &spec), "GlobalNetworkPolicy/p"),
        };
        let text = format!("{policy}{more}");
        for question in *allowed {
            let expected = format!("allow {reference} spec.ingress[0]");
            assert_eq!(Case::of(&text).decide(question), expected, "{name} ({fact}): {question}");
        }
        for question in *denied {
            let expected = format!("deny end of {reference}");
            assert_eq!(Case::of(&text).decide(question), expected, "{name} ({fact}): {question}");
        }
    }
}
