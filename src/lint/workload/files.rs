//! Files that the injector gives to the proxy alone (`istio-discovery/files/injection-template.yaml`).

use super::holder::{Holder, Mark};
use super::on;
use crate::finding::codes::input::WRONG_VALUE;
use crate::finding::codes::platform::PROXY_FILES;
use crate::finding::{Direction, Finding, Severity};
use crate::lint::words::joined;
use crate::yaml::{Node, parse_at};

pub(super) fn check(holder: &Holder<'_>, marks: &[&Mark<'_>]) -> Vec<Finding> {
    let named = |name: &str| marks.iter().copied().find(|mark| mark.name.ends_with(name));
    let mut findings = Vec::new();
    let (volume, mounts) = (named("/userVolume"), named("/userVolumeMount"));
    if let Some(first) = volume.or(mounts) {
        match (volume.map(parsed), mounts.map(parsed)) {
            (Some(None), _) => findings.extend(volume.map(|mark| no_json(holder, mark))),
            (_, Some(None)) => findings.extend(mounts.map(|mark| no_json(holder, mark))),
            (volumes, mounted) => {
                let finding =
                    mounted_files(holder, first, volumes.flatten().as_ref(), mounted.flatten().as_ref());
                findings.push(match mounts.filter(|mount| mount.name != first.name) {
                    Some(mount) => finding.related("mounted so", mount.key),
                    None => finding,
                });
            }
        }
    }
    findings.extend(named("/bootstrapOverride").map(|mark| bootstrap(holder, mark)));
    findings
}

fn parsed(mark: &Mark<'_>) -> Option<Node> {
    let parsed = parse_at(mark.node)?;
    let root = parsed.documents.into_iter().next()?.root;
    (!root.entries().is_empty() || !root.items().is_empty()).then_some(root)
}

fn no_json(holder: &Holder<'_>, mark: &Mark<'_>) -> Finding {
    let message = format!(
        "`{}` is no JSON: {} does not come up with a proxy",
        mark.shown().trim_matches('`'),
        holder.name()
    );
    on(holder, mark, &WRONG_VALUE, Direction::None, message)
        .severity(Severity::Warning)
        .at(mark.node.span)
        .help("write an object or a list, as JSON")
}

fn mounted_files(
    holder: &Holder<'_>,
    mark: &Mark<'_>,
    volumes: Option<&Node>,
    mounts: Option<&Node>,
) -> Finding {
    let sources: Vec<String> = volumes.into_iter().flat_map(children).map(source).collect();
    let paths = mounts.into_iter().flat_map(children).filter_map(|mount| mount.get("mountPath")?.as_str());
    let paths: Vec<String> = paths.map(|path| format!("`{path}`")).collect();
    let what = match sources.as_slice() {
        [] => "its volumes".to_string(),
        sources => joined(sources),
    };
    let at = if paths.is_empty() { String::new() } else { format!(" at {}", joined(&paths)) };
    let message = format!("the proxy of {} has {what}{at}; afterwards nothing has", holder.name());
    on(holder, mark, &PROXY_FILES, Direction::Drops, message).help(
        "if the proxy spoke TLS to others with these files, give them to the application, which has to speak TLS itself",
    )
}

/// The items of a list, or the values of an object.
fn children(node: &Node) -> Vec<&Node> {
    node.items().iter().chain(node.entries().iter().map(|entry| &entry.value)).collect()
}

/// Where a volume's files come from, as ``the Secret `certs```.
fn source(volume: &Node) -> String {
    let of = |path: &[&str]| path.iter().try_fold(volume, |node, key| node.get(key)).and_then(Node::as_str);
    let named = [
        ("Secret", of(&["secret", "secretName"])),
        ("ConfigMap", of(&["configMap", "name"])),
        ("claim", of(&["persistentVolumeClaim", "claimName"])),
        ("directory of the node", of(&["hostPath", "path"])),
        ("driver", of(&["csi", "driver"])),
    ];
    match named.iter().find_map(|(what, name)| Some(format!("the {what} `{}`", (*name)?))) {
        Some(source) => source,
        None => of(&["name"]).map_or("a volume".to_string(), |name| format!("the volume `{name}`")),
    }
}

fn bootstrap(holder: &Holder<'_>, mark: &Mark<'_>) -> Finding {
    let message = format!(
        "the proxy of {} starts with Envoy's configuration from the ConfigMap `{}`, which unmesh does not read: whatever it does goes",
        holder.name(),
        mark.value
    );
    on(holder, mark, &PROXY_FILES, Direction::Drops, message)
        .help("look into it for listeners, filters and limits, and see what has to stand in for each")
}
