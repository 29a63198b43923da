//! Peers of small worlds, by what the input says of their namespaces and what policies name.

use super::{never, peers};
use crate::config::{Identity, Settings};
use crate::verify::peer::{Peer, PeerKind};
use crate::verify::universe::Labelled;
use crate::verify::universe::testing::Scene;
use std::collections::BTreeSet;

fn namespace(name: &str, labels: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {labels}}}\n")
}

fn deployment(namespace: &str, name: &str, account: &str, labels: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{template: {{metadata: {{labels: {labels}}}, spec: {{serviceAccountName: {account}, containers: [{{name: main}}]}}}}}}\n"
    )
}

fn from(source: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: shop}}\nspec: {{rules: [{{from: [{{source: {source}}}]}}]}}\n"
    )
}

fn of(input: &[&str], after: &str, settings: Settings) -> Vec<Peer> {
    peers(&Scene::new(&input.concat(), after, settings).world()).0
}

/// `mesh shop/cart` and the like, `+` for pods of the input.
fn told(peer: &Peer) -> String {
    let kind = match peer.kind {
        PeerKind::MeshPod => "mesh",
        PeerKind::BarePod => "bare",
        PeerKind::Gateway => "gateway",
        PeerKind::Foreign => "foreign",
        PeerKind::NodeLocal => "node-local",
        PeerKind::RemoteNode => "node",
        PeerKind::Outside => "outside",
        PeerKind::NetworkSet => "set",
    };
    assert_eq!(
        peer.identity.is_some(),
        matches!(peer.kind, PeerKind::MeshPod | PeerKind::Gateway | PeerKind::Foreign),
        "{peer:?}"
    );
    let shown = if peer.workload.is_some() { "+" } else { "" };
    let place = match (&peer.before, &peer.identity) {
        (Some(endpoint), _) => format!(
            "{}/{}",
            endpoint.namespace.as_deref().unwrap_or("(global)"),
            endpoint.account.as_deref().unwrap_or("(none)")
        ),
        (None, Some(identity)) => identity.text(),
        (None, None) => String::new(),
    };
    format!("{kind}{shown} {place}").trim_end().to_string()
}

fn pods(peers: &[Peer]) -> Vec<String> {
    let pods = peers
        .iter()
        .filter(|peer| !matches!(peer.kind, PeerKind::NetworkSet | PeerKind::Outside | PeerKind::RemoteNode));
    pods.map(told).collect()
}

#[test]
fn namespaces_have_pods_with_proxies_or_without_or_both() {
    let mesh = namespace("shop", "{istio-injection: enabled}");
    let plain = namespace("plain", "{}");
    let cart = deployment("shop", "cart", "cart", "{app: cart}");
    let found = of(&[&mesh, &plain, &cart, &from("{namespaces: [front]}")], "", Settings::default());
    assert_eq!(
        pods(&found),
        [
            "mesh+ shop/cart",
            // Named by a rule.
            "mesh front/anyone",
            // The control plane's, where only gateways have proxies.
            "bare istio-system/anyone",
            "bare plain/anyone",
            "mesh shop/cart",
            // Nothing is known of what nothing names.
            "mesh elsewhere/anyone",
            "bare elsewhere/anyone",
        ]
    );
    let others: Vec<String> =
        found.iter().map(told).filter(|told| !told.contains("mesh") && !told.contains("bare")).collect();
    assert_eq!(
        others,
        [
            "outside",
            "node",
            "set (global)/(none)",
            "set front/(none)",
            "set istio-system/(none)",
            "set plain/(none)",
            "set shop/(none)",
            "set elsewhere/(none)"
        ]
    );
    assert!(found.iter().all(|peer| peer.kind != PeerKind::NodeLocal));
}

#[test]
fn patterns_of_identities_bring_peers_that_match_them_and_others_that_do_not() {
    let mesh = namespace("shop", "{istio-injection: enabled}");
    // By the facts page: `prod-*` is a beginning, `*/ns/front/sa/web` an end; both of the last
    // two are met by one account.
    let rows: [(&str, &str, &[&str]); 6] = [
        ("an account", "{principals: [cluster.local/ns/front/sa/web]}", &["front/web", "front/anyone"]),
        (
            "any namespace's account",
            "{principals: ['*/sa/web']}",
            &["shop/web", "shop/anyone", "elsewhere/web"],
        ),
        ("a beginning", "{principals: ['cluster.local/ns/shop/sa/w-*']}", &["shop/anyone", "shop/w-x"]),
        ("namespaces", "{namespaces: ['prod-*']}", &["prod-x/anyone", "elsewhere/anyone"]),
        (
            "an account of the policy's own namespace",
            "{serviceAccounts: [web]}",
            &["shop/web", "shop/anyone"],
        ),
        (
            "two patterns at once",
            "{principals: ['*-db'], notPrincipals: ['cluster.local/ns/shop/sa/w*']}",
            &["shop/anyone", "shop/w", "shop/x-db", "shop/w-db"],
        ),
    ];
    for (row, source, expected) in rows {
        let found = of(&[&mesh, &from(source)], "", Settings::default());
        let found: BTreeSet<String> = pods(&found).into_iter().collect();
        for wanted in expected {
            assert!(found.contains(&format!("mesh {wanted}")), "{row}: {wanted} of {found:?}");
        }
    }
}

#[test]
fn accounts_that_calico_asks_for_are_asked_where_they_can_matter() {
    let mesh = namespace("shop", "{istio-injection: enabled}");
    let after = "
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: a}
spec:
  ingress:
  - action: Deny
    source:
      notSelector: (projectcalico.org/namespace == 'shop' && projectcalico.org/serviceaccount in {'a', 'b'}) || (projectcalico.org/namespace == 'pay' && projectcalico.org/serviceaccount == 'c')
  - action: Allow
    source: {namespaceSelector: projectcalico.org/name == 'pay', serviceAccounts: {names: [d]}}
";
    let found = of(&[&mesh], after, Settings::default());
    assert_eq!(
        pods(&found),
        [
            "bare istio-system/anyone",
            "mesh pay/anyone",
            "mesh pay/c",
            "mesh pay/d",
            "bare pay/anyone",
            "bare pay/c",
            "bare pay/d",
            "mesh shop/anyone",
            // `a` and `b` are told apart by nothing.
            "mesh shop/a",
            "mesh elsewhere/anyone",
            "bare elsewhere/anyone",
        ]
    );
}

#[test]
fn what_policies_in_force_know_of_a_gateways_successor_is_said() {
    let gateway = "
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gate, namespace: istio-system}
spec: {template: {metadata: {labels: {istio: gate}, annotations: {inject.istio.io/templates: gateway}}, spec: {containers: [{name: istio-proxy}]}}}
";
    let in_force = |from: &str| {
        format!(
            "
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: p, namespace: shop}}
spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{from: [{from}]}}]}}
"
        )
    };
    let by_labels = in_force("{namespaceSelector: {}}");
    let by_address = in_force("{ipBlock: {cidr: 10.0.0.0/8}}");
    let rows: [(&str, &[&str], bool); 4] = [
        ("a gateway, and a policy by labels", &[gateway, &by_labels], true),
        ("a gateway, and a policy by addresses", &[gateway, &by_address], false),
        ("a gateway alone", &[gateway], false),
        ("a policy alone", &[&by_labels], false),
    ];
    for (row, input, expected) in rows {
        let (_, assumed) = peers(&Scene::new(&input.join("---\n"), "", Settings::default()).world());
        let said = assumed.iter().any(|assumption| assumption.text.contains("takes a gateway's place"));
        assert_eq!(said, expected, "{row}");
    }
}

#[test]
fn gateways_go_and_what_is_mapped_takes_their_place() {
    let old = |account: &str| Identity { namespace: "istio-system".into(), account: account.into() };
    let new = Identity { namespace: "edge".into(), account: "nginx".into() };
    let settings = Settings { map_identity: vec![(old("gate"), new)], ..Settings::default() };
    let gateway = "
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: gate, namespace: istio-system}
spec: {template: {metadata: {labels: {istio: gate}}, spec: {serviceAccountName: gate, containers: [{name: istio-proxy}]}}}
";
    let nginx = deployment("edge", "nginx", "nginx", "{app: nginx}");
    let policy =
        from("{principals: [cluster.local/ns/istio-system/sa/gate, cluster.local/ns/istio-system/sa/east]}");
    let found = of(&[gateway, &nginx, &policy], "", settings);
    let gateways: Vec<&Peer> = found.iter().filter(|peer| peer.kind == PeerKind::Gateway).collect();
    let told: Vec<String> = gateways.iter().map(|peer| told(peer)).collect();
    assert_eq!(told, ["gateway+ istio-system/gate", "gateway istio-system/east"]);
    let after = gateways[0].after.as_ref().expect("what is mapped");
    assert_eq!(
        (after.namespace.as_deref(), after.account.as_deref(), after.open),
        (Some("edge"), Some("nginx"), true)
    );
    assert_eq!(gateways[1].after, None);
    // Its own pods would differ, and are meant to.
    let own = |peer: &&Peer| {
        peer.before.as_ref().is_some_and(|endpoint| endpoint.account.as_deref() == Some("nginx"))
    };
    assert_eq!(found.iter().filter(own).count(), 0);
}

#[test]
fn other_trust_domains_bring_peers_without_an_endpoint() {
    let settings = Settings { trust_domain: "prod".into(), ..Settings::default() };
    let policy = from(
        "{principals: [prod/ns/a/sa/b, cluster.local/ns/c/sa/d, test/ns/e/sa/f, 'test/ns/e/sa/g*'], notTrustDomains: ['dev']}",
    );
    let found = of(&[&policy], "", settings);
    let foreign: Vec<String> = found.iter().filter(|peer| peer.kind == PeerKind::Foreign).map(told).collect();
    assert_eq!(
        foreign,
        ["foreign dev/ns/elsewhere/sa/anyone", "foreign test/ns/e/sa/f", "foreign test/ns/e/sa/gx"]
    );
    let local: BTreeSet<String> = pods(&found).into_iter().collect();
    assert!(local.contains("mesh a/b") && local.contains("mesh c/d"), "{local:?}");
}

#[test]
fn a_template_without_a_proxy_is_set_apart_by_its_labels() {
    let mesh = namespace("shop", "{istio-injection: enabled}");
    let off = "sidecar.istio.io/inject: 'false'";
    let legacy = deployment("shop", "legacy", "legacy", &format!("{{app: legacy, {off}}}"));
    let unlabelled = deployment("shop", "plain", "plain", &format!("{{{off}}}"));
    let scene = Scene::new(&[mesh, legacy, unlabelled].concat(), "", Settings::default());
    let (found, _) = peers(&scene.world());
    assert_eq!(pods(&found)[..3], ["bare+ shop/legacy", "bare+ shop/plain", "bare istio-system/anyone"]);
    // Where only the account sets it apart, nobody else has the account.
    assert!(!pods(&found).contains(&"mesh shop/plain".to_string()));
    let unseen = found.iter().find(|peer| told(peer) == "mesh shop/legacy").expect("an unseen pod");
    let labels = never(&scene.world(), &Labelled::of(&scene.world()), unseen);
    let labels: Vec<String> = labels.iter().map(|labels| format!("{labels:?}")).collect();
    assert_eq!(labels, ["{\"app\": \"legacy\"}"]);
    assert!(never(&scene.world(), &Labelled::of(&scene.world()), &found[0]).is_empty());
}

#[test]
fn nobody_without_a_proxy_hides_behind_an_account_that_is_shown_with_one() {
    let cart = deployment("shop", "cart", "cart", "{sidecar.istio.io/inject: 'true'}");
    let calico = "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: a, namespace: pay}
spec:
  ingress:
  - {action: Allow, source: {namespaceSelector: all(), serviceAccounts: {names: [cart]}}}
";
    let found = of(&[&cart], calico, Settings::default());
    let told: BTreeSet<String> = pods(&found).into_iter().collect();
    assert!(told.contains("mesh+ shop/cart") && told.contains("mesh shop/cart"), "{told:?}");
    assert!(told.contains("bare pay/cart") && !told.contains("bare shop/cart"), "{told:?}");
}

#[test]
fn accounts_of_gateways_are_nobody_elses() {
    let calico = "
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: a}
spec:
  ingress:
  - {action: Allow, source: {namespaceSelector: all(), serviceAccounts: {names: [gate]}}}
";
    let policy = from("{principals: [cluster.local/ns/istio-system/sa/gate]}");
    let told: BTreeSet<String> = pods(&of(&[&policy], calico, Settings::default())).into_iter().collect();
    assert!(
        told.contains("gateway istio-system/gate") && !told.contains("bare istio-system/gate"),
        "{told:?}"
    );
    assert!(told.contains("bare istio-system/anyone"), "{told:?}");
}

/// By the promise's third assumption: pods of a namespace or account that a rule names exactly, and
/// that the input does not show, have sidecars.
#[test]
fn behind_a_name_that_a_rule_names_pods_have_proxies() {
    let bare = deployment("pay", "till", "x", "{app: till, sidecar.istio.io/inject: 'false'}");
    let audit = from("{notPrincipals: [cluster.local/ns/pay/sa/x]}")
        .replace("{rules", "{action: AUDIT, rules")
        .replace("name: a", "name: b");
    // So that an account of pods without a proxy matters too.
    let calico = "
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: a, namespace: shop}
spec:
  ingress:
  - {action: Allow, source: {namespaceSelector: all(), serviceAccounts: {names: [x]}}}
";
    let closed = || Settings { mesh_namespaces: Some(["shop".to_string()].into()), ..Settings::default() };
    let rows: [(&str, Vec<String>, Settings, &[&str]); 7] = [
        (
            "an account that is excepted",
            vec![from("{notPrincipals: [cluster.local/ns/pay/sa/x]}")],
            Settings::default(),
            &["mesh pay/anyone", "mesh pay/x"],
        ),
        (
            "an account of any trust domain",
            vec![from("{notPrincipals: ['*/ns/pay/sa/x']}")],
            Settings::default(),
            &["mesh pay/anyone", "mesh pay/x"],
        ),
        (
            "a namespace that is excepted",
            vec![from("{notNamespaces: [pay]}")],
            Settings::default(),
            &["mesh pay/anyone", "mesh pay/x"],
        ),
        (
            "a policy that refuses nobody",
            vec![audit, from("{principals: ['cluster.local/ns/pay*']}")],
            Settings::default(),
            &["mesh pay/anyone", "mesh pay/x", "bare pay/anyone", "bare pay/x"],
        ),
        (
            "a pattern",
            vec![from("{namespaces: ['pa*']}"), bare.clone()],
            Settings::default(),
            &["bare+ pay/x", "mesh pay/anyone", "mesh pay/x", "bare pay/anyone", "bare pay/x"],
        ),
        (
            "a template that is shown without one",
            vec![from("{principals: [cluster.local/ns/pay/sa/x]}"), bare],
            Settings::default(),
            &["bare+ pay/x", "mesh pay/anyone", "mesh pay/x"],
        ),
        (
            "a namespace that is proven to be outside",
            vec![from("{principals: [cluster.local/ns/pay/sa/x]}")],
            closed(),
            &["bare pay/anyone", "bare pay/x"],
        ),
    ];
    for (row, input, settings, expected) in rows {
        let input: Vec<&str> = input.iter().map(String::as_str).collect();
        let told = pods(&of(&input, calico, settings));
        let in_pay: BTreeSet<&str> =
            told.iter().filter(|told| told.contains(" pay/")).map(String::as_str).collect();
        assert_eq!(in_pay, expected.iter().copied().collect(), "{row}");
    }
}

/// Whoever is left out of the peers is told among the assumptions.
#[test]
fn what_is_left_out_is_said() {
    let cart = deployment("shop", "cart", "cart", "{app: cart, sidecar.istio.io/inject: 'false'}");
    let plain = deployment("shop", "plain", "plain", "{sidecar.istio.io/inject: 'false'}");
    let mesh = namespace("shop", "{istio-injection: enabled}");
    let named = from("{principals: [cluster.local/ns/pay/sa/x]}");
    let excepted = from("{notPrincipals: [cluster.local/ns/pay/sa/x]}");
    let rows: [(&str, Vec<&str>, &str); 4] = [
        (
            "labels",
            vec![&mesh, &cart],
            "no pod of `shop` that the input does not show has a proxy and all labels",
        ),
        (
            "an account",
            vec![&mesh, &plain],
            "service account `shop/plain` that the input does not show have no proxy",
        ),
        ("a name", vec![&named], "pods of `pay` that the input does not show have a proxy"),
        ("an exception", vec![&excepted], "pods of `pay` that the input does not show have a proxy"),
    ];
    for (row, input, expected) in rows {
        let (_, assumed) = peers(&Scene::new(&input.concat(), "", Settings::default()).world());
        assert!(assumed.iter().any(|assumption| assumption.text.contains(expected)), "{row}: {assumed:?}");
    }
}
