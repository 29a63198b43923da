//! The floor: how many policies are carried without loss, counted policy by policy.
//!
//! Which policies count is decided here on the plain YAML, not by the program's own reading. Each
//! candidate is run alone: with everything its folder shows of the cluster, but without the other
//! policies. It loses something where the run says `widens` or `narrows` of it and the run without it did not.

use crate::folder::{Folder, Part};
use crate::program::{Report, lint};
use std::collections::{BTreeMap, BTreeSet};
use unmesh::manifest::Object;
use unmesh::yaml::{Node, Value};

/// Which floor a policy counts for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Floor {
    /// Identities, namespaces, addresses and ports alone.
    Layer4,
    /// An ALLOW with plain exact or prefix methods or paths, for Dikastes.
    Layer7,
}

impl Floor {
    pub(crate) const ALL: [Self; 2] = [Self::Layer4, Self::Layer7];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Layer4 => "layer4",
            Self::Layer7 => "layer7",
        }
    }

    fn args(self) -> &'static [&'static str] {
        match self {
            Self::Layer4 => &["--target", "calico@3.28"],
            Self::Layer7 => &["--target", "calico@3.28", "--l7", "dikastes"],
        }
    }
}

/// A candidate by its name, and the codes of what it loses.
pub(crate) type Losses = BTreeMap<String, BTreeSet<String>>;

/// What the candidates of a folder lose, by floor.
pub(crate) fn losses(folder: &Folder) -> BTreeMap<Floor, Losses> {
    let mut losses: BTreeMap<Floor, Losses> = BTreeMap::new();
    let refusing = |part: &Part| part.holds(&["AuthorizationPolicy", "PeerAuthentication"]);
    let rest: Vec<&Part> = folder.documents.iter().filter(|part| !refusing(part)).collect();
    let candidates: Vec<(&Part, &Object, Floor)> = folder.documents.iter().flat_map(candidates).collect();
    if candidates.is_empty() {
        return losses;
    }
    let dir = tempfile::tempdir().unwrap();
    folder.copy(rest.iter().copied(), dir.path());
    // So that there is something to read where the policies are all there is.
    std::fs::write(dir.path().join("empty.yaml"), "# nothing\n").unwrap();
    let run = |floor: Floor| Report::parse(&lint(dir.path(), ".", floor.args()).unwrap()).unwrap().said();
    let mut without = BTreeMap::new();
    for (part, object, floor) in candidates {
        let before = without.entry(floor).or_insert_with(|| run(floor));
        let siblings =
            |other: &&Part| other.file == part.file && (std::ptr::eq(*other, part) || !refusing(other));
        folder.copy(folder.documents.iter().filter(siblings), dir.path());
        let mut after = run(floor);
        after.retain(|said, times| *times > before.get(said).copied().unwrap_or(0));
        after.retain(|said, _| matches!(said.direction.as_str(), "widens" | "narrows"));
        // What is told of routes, ServiceEntries and the like names policies too.
        after.retain(|said, _| ["", "AuthorizationPolicy"].contains(&said.kind.as_str()));
        let name = format!("{}/{}#{}", folder.name, folder.path(part.file).display(), name(object));
        let codes = losses.entry(floor).or_default().entry(name).or_default();
        codes.extend(after.into_keys().map(|said| said.code));
        std::fs::remove_file(dir.path().join(folder.path(part.file))).unwrap();
        let siblings = |other: &&&Part| other.file == part.file;
        folder.copy(rest.iter().filter(siblings).copied(), dir.path());
    }
    losses
}

/// The policies that are known to lose something, and by which codes: `exceptions.tsv`.
pub(crate) struct Exceptions(BTreeMap<(String, String), String>);

impl Exceptions {
    pub(crate) fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/corpus/exceptions.tsv");
        let text = std::fs::read_to_string(path).expect("exceptions.tsv");
        let mut known = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t').map(str::to_string);
            let mut column = || columns.next().filter(|column| !column.is_empty());
            let (floor, codes, name, reason) = (column(), column(), column(), column());
            let row = floor.zip(name).zip(codes.filter(|_| reason.is_some()));
            let (key, codes) = row.expect("each line has a floor, codes, a policy and a reason");
            assert!(known.insert(key, codes).is_none(), "stands twice: `{line}`");
        }
        Self(known)
    }

    /// Where what is lost is not what is known.
    pub(crate) fn faults(&self, floor: Floor, losses: &Losses) -> Vec<String> {
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        let of_floor = self.0.iter().filter(|((of, _), _)| of == floor.name());
        known.extend(of_floor.map(|((_, name), codes)| (name.as_str(), codes.as_str())));
        let mut faults = Vec::new();
        for (name, codes) in losses {
            let (found, expected) = (list(codes), known.remove(name.as_str()).unwrap_or(""));
            if found != expected {
                faults.push(format!("{} {name}: loses `{found}`, and not `{expected}`", floor.name()));
            }
        }
        faults.extend(known.keys().map(|name| format!("{} {name}: no such policy", floor.name())));
        faults
    }
}

/// Codes with commas between them.
pub(crate) fn list(codes: &BTreeSet<String>) -> String {
    codes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

fn name(object: &Object) -> String {
    format!("{}/{}", object.namespace(), object.reference.name)
}

fn candidates(part: &Part) -> Vec<(&Part, &Object, Floor)> {
    let of_istio = |object: &&Object| {
        object.group() == "security.istio.io" && object.reference.kind == "AuthorizationPolicy"
    };
    let floors =
        part.objects.iter().filter(of_istio).filter_map(|object| Some((part, object, floor(object)?)));
    floors.collect()
}

/// Which floor a policy counts for, if for any.
fn floor(object: &Object) -> Option<Floor> {
    let empty = Vec::new();
    let spec = object.root.get("spec");
    let text = |key: &str| spec.and_then(|spec| spec.get(key)).and_then(Node::as_str);
    let absent = |key: &str| spec.and_then(|spec| spec.get(key)).is_none();
    let dry = object.annotations.get("istio.io/dry-run").is_some_and(|dry| dry.value == "true");
    if dry || !absent("targetRef") || !absent("targetRefs") || spec.is_some_and(on_gateway) {
        return None;
    }
    let rules = match spec.and_then(|spec| spec.get("rules")).map(|rules| &rules.value) {
        Some(Value::Sequence(rules)) => rules,
        _ => &empty,
    };
    let needs: Vec<Need> = rules.iter().flat_map(needs).collect();
    match (text("action").unwrap_or("ALLOW"), needs.iter().max()) {
        ("ALLOW" | "DENY", None | Some(Need::Layer4)) => Some(Floor::Layer4),
        ("ALLOW", Some(Need::Layer7)) => Some(Floor::Layer7),
        _ => None,
    }
}

/// Whether the pods selected are those of a gateway, by the labels that Istio gives them.
fn on_gateway(spec: &Node) -> bool {
    let labels = spec.get("selector").and_then(|selector| selector.get("matchLabels"));
    labels.map(Node::entries).unwrap_or_default().iter().any(|label| {
        let value = label.value.as_str().unwrap_or("");
        let gateway =
            ["ingressgateway", "egressgateway", "eastwestgateway"].iter().any(|end| value.ends_with(end));
        label.key == "gateway.networking.k8s.io/gateway-name" || gateway
    })
}

/// What a field of a rule needs to be said.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    Layer4,
    Layer7,
    More,
}

fn needs(rule: &Node) -> Vec<Need> {
    let under = |list: &str, key: &'static str| {
        let items = rule.get(list).map(Node::items).unwrap_or_default();
        items.iter().filter_map(move |item| item.get(key)).flat_map(Node::entries)
    };
    let sources = under("from", "source").map(|entry| match entry.key.as_str() {
        "principals" | "notPrincipals" | "namespaces" | "notNamespaces" | "serviceAccounts"
        | "notServiceAccounts" | "ipBlocks" | "notIpBlocks" => Need::Layer4,
        _ => Need::More,
    });
    let operations = under("to", "operation").map(|entry| match entry.key.as_str() {
        "ports" | "notPorts" => Need::Layer4,
        "methods" | "paths" if entry.value.items().iter().all(is_plain) => Need::Layer7,
        _ => Need::More,
    });
    let conditions = rule.get("when").map(Node::items).unwrap_or_default().iter();
    let conditions = conditions.map(|when| match when.get("key").and_then(Node::as_str) {
        Some(
            "source.ip"
            | "source.namespace"
            | "source.principal"
            | "source.serviceAccount"
            | "destination.port",
        ) => Need::Layer4,
        _ => Need::More,
    });
    sources.chain(operations).chain(conditions).collect()
}

/// An exact value or a prefix: no other pattern.
fn is_plain(value: &Node) -> bool {
    let text = value.as_str().unwrap_or("{");
    let head = text.strip_suffix('*').unwrap_or(text);
    !head.contains(['*', '{'])
}
