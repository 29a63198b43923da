//! Modes of ports, as the interpreter shows them: STRICT refuses a peer in plaintext; under DISABLE a policy
//! that refuses whoever has an identity meets nobody.

use crate::set::{Connection, Set, list, place, port};
use crate::{Different, words};
use serde_json::{Value as Json, json};
use unmesh::verify::program::Outcomes;
use unmesh::verify::subject::Enforcer;

/// Refuses each identity that is shown, everywhere.
fn probe() -> Json {
    json!({
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "probe", "namespace": "istio-system"},
        "spec": {"action": "DENY", "rules": [{"from": [{"source": {"principals": ["*"]}}]}]},
    })
}

/// Two questions for each port.
pub(crate) fn judge(line: &Json) -> (usize, Vec<Different>) {
    let set = Set::read(line, &[probe()]);
    let (mut count, mut different) = (0, Vec::new());
    for workload in list(line, "workloads") {
        for (number, modes) in workload["modes"].as_object().expect("modes") {
            let modes: Vec<_> = modes.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            assert!(!modes.is_empty(), "{line}");
            count += 1;
            for (peer, shows) in [(None, "STRICT"), (Some("cluster.local/ns/any/sa/any"), "DISABLE")] {
                let connection = Connection {
                    workload,
                    enforcer: Enforcer::Sidecar,
                    port: port(number),
                    peer,
                    source: "192.0.2.1",
                    destination: "192.0.2.2",
                };
                let (shown, others) = (modes.contains(&shows), modes.iter().any(|mode| *mode != shows));
                // Plaintext is refused where the mode shows, an identity where it does not.
                let istio = if peer.is_none() { words(others, shown) } else { words(shown, others) };
                let Outcomes { allow, deny } = set.outcomes(&connection);
                let unmesh = words(allow, deny);
                if unmesh != istio {
                    let from = if peer.is_none() { "plain" } else { "any/any" };
                    different.push(Different {
                        question: format!("tcp {} port={number} from={from}", place(workload)),
                        istio: format!("{istio}, since the mode is {}", modes.join(" or ")),
                        unmesh: unmesh.to_string(),
                    });
                }
            }
        }
    }
    (count, different)
}
