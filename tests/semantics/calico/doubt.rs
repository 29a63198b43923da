//! Policies of which nobody can tell whether they are on the pod asked: what comes out both ways.

use crate::calico::world::{Case, gnp};

/// A policy on accounts with a label, which the input does not show, and nothing else.
fn doubtful(rules: &str) -> String {
    gnp("p", &format!("{{types: [Ingress], serviceAccountSelector: has(x), ingress: {rules}}}"))
}

#[test]
fn a_rule_that_matches_keeps_the_rest_of_a_doubtful_policy_away() {
    // Without the policy there is none, and the profile of the namespace allows.
    let rows = [
        // The rule that matches passes on to that profile, so that the tier does not end here.
        ("[{action: Pass}]", "web", "allow somehow"),
        ("[{action: Pass, source: {selector: app == 'web'}}]", "web", "allow somehow"),
        ("[{action: Pass, source: {selector: app == 'web'}}]", "api", "unknown"),
        // Nor does the second rule come after the first.
        ("[{action: Pass}, {action: Deny}]", "web", "allow somehow"),
        ("[{action: Allow, source: {selector: app == 'web'}}, {action: Deny}]", "web", "allow somehow"),
        ("[{action: Allow, source: {selector: app == 'web'}}, {action: Deny}]", "api", "unknown"),
        ("[{action: Log}, {action: Deny}]", "web", "unknown"),
    ];
    for (rules, question, expected) in rows {
        assert_eq!(Case::of(&doubtful(rules)).decide(question), expected, "{rules} {question}");
    }
}
