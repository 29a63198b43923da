//! Connections to pods in ambient mode: what istiod hands to ztunnel, decided by the rules of the workload
//! API, beside what the interpreter says.

use crate::set::{Connection, Set, list, place};
use crate::{Different, words};
use serde_json::Value as Json;
use unmesh::verify::program::Outcomes;
use unmesh::verify::subject::Enforcer;

/// `NAMESPACE/ACCOUNT`, with another trust domain in front, as the tables of `tests/semantics` have it.
fn origin(peer: Option<&str>) -> String {
    let parts: Vec<_> = peer.into_iter().flat_map(|peer| peer.split('/')).collect();
    match parts.as_slice() {
        ["cluster.local", _, namespace, _, account] => format!("{namespace}/{account}"),
        [domain, _, namespace, _, account] => format!("{domain}/{namespace}/{account}"),
        _ => "plain".to_string(),
    }
}

/// One question for each request.
pub(crate) fn judge(line: &Json) -> (usize, Vec<Different>) {
    let set = Set::read(line, &[]);
    let workloads = list(line, "workloads");
    let mut different = Vec::new();
    let requests = list(line, "requests");
    for request in requests {
        let text = |key: &str| request[key].as_str().expect("text");
        let number = |key: &str| request[key].as_u64().expect("a number");
        let index = usize::try_from(number("workload")).expect("an index");
        let connection = Connection {
            workload: workloads.get(index).expect("a workload"),
            enforcer: Enforcer::Ztunnel,
            port: u16::try_from(number("port")).expect("a port"),
            peer: request["peer"].as_str(),
            source: text("source"),
            destination: text("destination"),
        };
        let answers: Vec<_> = list(request, "allowed").iter().filter_map(Json::as_bool).collect();
        let istio = words(answers.contains(&true), answers.contains(&false));
        let Outcomes { allow, deny } = set.outcomes(&connection);
        if words(allow, deny) != istio {
            let Connection { workload, port, peer, source, destination, .. } = connection;
            let (place, from) = (place(workload), origin(peer));
            different.push(Different {
                question: format!("ztunnel {place} port={port} from={from} ip={source} to={destination}"),
                istio: istio.to_string(),
                unmesh: words(allow, deny).to_string(),
            });
        }
    }
    (requests.len(), different)
}
