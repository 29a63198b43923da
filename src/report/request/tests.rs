//! Requests in words and as JSON.

use super::*;
use crate::finding::ObjectRef;
use crate::verify::peer::Endpoint;

pub(in crate::report) fn cart(kind: PeerKind) -> Peer {
    let endpoint = Endpoint {
        namespace: Some("shop".to_string()),
        account: Some("cart".to_string()),
        labels: crate::manifest::Labels::new(),
        open: true,
        namespace_labels: None,
    };
    let identity = Spiffe {
        trust_domain: "cluster.local".to_string(),
        namespace: "shop".to_string(),
        account: "cart".to_string(),
    };
    Peer {
        kind,
        identity: (kind != PeerKind::BarePod).then_some(identity),
        before: Some(endpoint.clone()),
        after: Some(endpoint),
        workload: None,
    }
}

fn outside() -> Peer {
    Peer { kind: PeerKind::Outside, identity: None, before: None, after: None, workload: None }
}

fn request(peer: Peer, values: &[(Dimension, Value)]) -> Request {
    let port = Port { number: 9080, protocol: Protocol::Tcp, names: None };
    let base = [(Dimension::Port, Value::Port(port)), (Dimension::Peer, Value::Peer(Box::new(peer)))];
    Request { values: base.into_iter().chain(values.iter().cloned()).collect() }
}

fn text(text: &str) -> Value {
    Value::Text(Some(text.to_string()))
}

#[test]
fn a_request_reads_as_a_person_would_say_it() {
    let get = [(Dimension::Method, text("GET")), (Dimension::Path, text("/admin/users"))];
    let catalog = "Deployment/shop/catalog";
    let mut shown = cart(PeerKind::MeshPod);
    shown.workload = Some(ObjectRef {
        kind: "Deployment".to_string(),
        namespace: Some("shop".to_string()),
        name: "cart-v2".to_string(),
    });
    for (request, chain, to, expected) in [
        (
            request(cart(PeerKind::MeshPod), &get),
            Chain::Http,
            catalog,
            "GET /admin/users from service account shop/cart to shop/catalog:9080",
        ),
        (
            request(shown, &get[1..]),
            Chain::Http,
            "pods of shop with app=catalog",
            "a request for /admin/users from service account shop/cart (Deployment/shop/cart-v2) to port 9080 of pods of shop with app=catalog",
        ),
        (
            request(cart(PeerKind::BarePod), &[(Dimension::Label("app".to_string()), text("x"))]),
            Chain::Tcp,
            catalog,
            "a TCP connection from a pod without a proxy (service account shop/cart) with the label app=x to shop/catalog:9080",
        ),
        (
            request(
                outside(),
                &[
                    (Dimension::SourceAddress, Value::Address("203.0.113.7".parse().unwrap())),
                    (Dimension::Host, text("example.com")),
                    (Dimension::Header("x-tenant".to_string()), Value::Text(None)),
                    (Dimension::Token, Value::Token(Token::Invalid)),
                ],
            ),
            Chain::Http,
            catalog,
            "a request from outside the cluster at 203.0.113.7 to shop/catalog:9080, with an invalid token, with the host `example.com`, without the header `x-tenant`",
        ),
    ] {
        assert_eq!(sentence(&request, chain, to), expected);
    }
}

#[test]
fn what_is_not_given_is_null_and_what_is_absent_has_a_key() {
    let header = (Dimension::Header("x-tenant".to_string()), Value::Text(None));
    let claim = Dimension::RequestClaim(vec!["realm".to_string(), "role".to_string()]);
    let request = request(outside(), &[header, (claim, text("admin"))]);
    let json = serde_json::to_value(JsonRequest::new(&request, Chain::Http, "x")).unwrap();
    let expected = serde_json::json!({
        "from": "outside", "identity": null, "labels": {}, "address": null, "to": "x", "port": 9080,
        "protocol": "tcp", "content": "http", "method": null, "path": null, "host": null,
        "headers": {"x-tenant": null}, "sni": null, "token": null, "principal": null, "audience": null,
        "presenter": null, "claims": {"realm[role]": "admin"}, "destination_address": null,
        "remote_address": null, "authorizers": {}, "metadata": {}
    });
    assert_eq!(json, expected);
}
