//! EnvoyFilter: what each patch does to which traffic.

use super::filters::{self, Effect, Known};
use super::value::{self, Extension};
use super::{place, settings};
use crate::finding::codes::traffic::{
    ENVOY_CODE, ENVOY_FEATURE, ENVOY_LIMIT, ENVOY_NO_EFFECT, ENVOY_ORDER, ENVOY_REFUSAL, ENVOY_REMOVAL,
    ENVOY_SETTING, ENVOY_UNKNOWN, NOTHING_CONFIGURED,
};
use crate::finding::{Code, Direction, Finding};
use crate::istio::EnvoyFilter;
use crate::istio::envoy_filter::{ApplyTo, ConfigPatch, Operation};
use crate::lint::Context;
use crate::lint::proxies::{Whose, listed};
use crate::source::Span;
use crate::yaml::Node;

/// A patch with what every message about it needs.
struct Scene<'a> {
    filter: &'a EnvoyFilter,
    whose: &'a Whose,
    patch: &'a ConfigPatch,
    apply_to: ApplyTo,
    operation: Operation,
}

/// One finding for each patch; those that Istio refuses were told before.
pub(super) fn check(context: &Context<'_>, filter: &EnvoyFilter) -> Vec<Finding> {
    let EnvoyFilter { meta, attachment, patches, priority } = filter;
    if patches.items.is_empty() {
        let message = "this has no patches, so it changes no proxy: nothing changes";
        let finding = Finding::new(&NOTHING_CONFIGURED, Direction::None, message);
        return vec![finding.at(meta.name_span).on(&meta.reference).field("spec")];
    }
    let whose = Whose::of(context, meta, attachment);
    let mut findings: Vec<Finding> = patches.items.iter().map(|patch| one(filter, &whose, patch)).collect();
    if priority.as_ref().is_none_or(|priority| priority.value == 0) {
        findings.extend(order(filter));
    }
    findings
}

fn one(filter: &EnvoyFilter, whose: &Whose, patch: &ConfigPatch) -> Finding {
    let apply_to = patch.apply_to.as_ref().map_or(ApplyTo::Invalid, |leaf| leaf.value);
    let operation = patch.operation().unwrap_or(Operation::Invalid);
    let scene = Scene { filter, whose, patch, apply_to, operation };
    if let Some(why) = without_effect(&scene) {
        let message = format!("{}: this patch does nothing, since {why}", scene.name_and_place());
        return scene.finding(&ENVOY_NO_EFFECT, Direction::None, message);
    }
    if operation == Operation::Remove {
        return removal(&scene);
    }
    let value = patch.patch.as_ref().and_then(|patch| patch.value.as_ref()).map(|value| &value.node);
    match value {
        Some(node) => written(&scene, node),
        None => unknown(&scene, "a patch without a value"),
    }
}

/// What `pilot/pkg/networking/core/envoyfilter` passes over.
fn without_effect(scene: &Scene<'_>) -> Option<&'static str> {
    use ApplyTo as At;
    let named = place::names_a_filter(scene.patch);
    let inserts =
        matches!(scene.operation, Operation::InsertBefore | Operation::InsertAfter | Operation::InsertFirst);
    let adds = inserts || scene.operation == Operation::Add;
    match (scene.apply_to, scene.operation) {
        (_, Operation::Invalid) | (At::Invalid, _) => Some("Istio refuses it"),
        (At::RouteConfiguration, operation) if !operation.merges() => {
            Some("a whole route configuration can only be merged into")
        }
        (At::ExtensionConfig, _) if !adds => Some("an EXTENSION_CONFIG can only be added"),
        (At::HttpRoute | At::Cluster | At::Listener | At::FilterChain, Operation::Replace) => {
            Some("REPLACE is for filters and virtual hosts")
        }
        (At::HttpFilter | At::NetworkFilter | At::ListenerFilter, Operation::Replace | Operation::Remove)
            if !named =>
        {
            Some("it names no filter that it is for")
        }
        _ => None,
    }
}

/// What is taken out is gone today; what that closed may be open afterwards.
fn removal(scene: &Scene<'_>) -> Finding {
    let words = place::words(scene.patch);
    match scene.apply_to {
        ApplyTo::HttpFilter | ApplyTo::NetworkFilter | ApplyTo::ListenerFilter => {
            let proxies = scene.whose.proxies();
            let message = format!(
                "{words}: {proxies} go without the filter that this takes out; with the mesh gone it stays out"
            );
            scene.finding(&ENVOY_REMOVAL, Direction::None, message)
        }
        ApplyTo::Invalid
        | ApplyTo::Listener
        | ApplyTo::FilterChain
        | ApplyTo::RouteConfiguration
        | ApplyTo::VirtualHost
        | ApplyTo::HttpRoute
        | ApplyTo::Cluster
        | ApplyTo::ExtensionConfig
        | ApplyTo::Bootstrap => {
            let traffic = scene.traffic();
            let message = format!(
                "{words}: {traffic} that need what this takes out may be refused for it; afterwards they pass"
            );
            let help = "if it closes something, close that with a network policy or in the application";
            scene.finding(&ENVOY_REMOVAL, Direction::Widens, message).help(help)
        }
    }
}

fn written(scene: &Scene<'_>, node: &Node) -> Finding {
    let found = extensions(scene, node);
    let known: Vec<(Known, &Extension<'_>)> =
        found.iter().filter_map(|extension| Some((filters::find(&extension.key)?, extension))).collect();
    for effect in [Effect::Refuses, Effect::Limits, Effect::Code] {
        if let Some((known, extension)) = known.iter().find(|(known, _)| known.effect == effect) {
            return extended(scene, *known, extension);
        }
    }
    if let Some(setting) = settings::find(node) {
        let settings::Setting { name: _, code, does, help } = setting;
        let message =
            format!("{}: {} {does}; afterwards nothing does it", scene.name_and_place(), scene.traffic());
        return scene.finding(code, Direction::Widens, message).help(*help);
    }
    // A listener of its own matters more than what looks at its connections.
    let opens = scene.apply_to == ApplyTo::Listener && !scene.operation.merges();
    let feature = known.iter().find(|(known, _)| known.effect != Effect::Part);
    if let Some((known, extension)) = feature.filter(|_| !opens) {
        return extended(scene, *known, extension);
    }
    let part = known.iter().any(|(known, _)| known.effect == Effect::Part);
    let is_filter = match scene.apply_to {
        ApplyTo::HttpFilter | ApplyTo::NetworkFilter | ApplyTo::ListenerFilter | ApplyTo::ExtensionConfig => {
            true
        }
        ApplyTo::Invalid
        | ApplyTo::Listener
        | ApplyTo::FilterChain
        | ApplyTo::RouteConfiguration
        | ApplyTo::VirtualHost
        | ApplyTo::HttpRoute
        | ApplyTo::Cluster
        | ApplyTo::Bootstrap => false,
    };
    if is_filter && !part {
        unknown(scene, "a filter that unmesh does not know")
    } else {
        setting(scene, node)
    }
}

/// What a patch holds; where nothing says a type, what its name says, or the filter that it is merged into.
fn extensions<'a>(scene: &Scene<'a>, node: &'a Node) -> Vec<Extension<'a>> {
    let found = value::extensions(node);
    if !found.is_empty() {
        return found;
    }
    let layer = match scene.apply_to {
        ApplyTo::HttpFilter | ApplyTo::ExtensionConfig => "http",
        ApplyTo::NetworkFilter => "network",
        ApplyTo::ListenerFilter => "listener",
        ApplyTo::Invalid
        | ApplyTo::Listener
        | ApplyTo::FilterChain
        | ApplyTo::RouteConfiguration
        | ApplyTo::VirtualHost
        | ApplyTo::HttpRoute
        | ApplyTo::Cluster
        | ApplyTo::Bootstrap => return found,
    };
    let own = value::get(node, "name").and_then(value::text);
    let anchor = place::anchor_of(scene.patch).filter(|_| scene.operation.merges());
    let key = own.or(anchor).and_then(|name| value::key_of_name(name, layer));
    key.map(|key| Extension { key, config: Some(node) }).into_iter().collect()
}

fn extended(scene: &Scene<'_>, known: Known, extension: &Extension<'_>) -> Finding {
    let (code, direction, after) = match known.effect {
        Effect::Refuses => (&ENVOY_REFUSAL, Direction::Widens, "nothing does it"),
        Effect::Limits => (&ENVOY_LIMIT, Direction::Widens, "nothing limits them"),
        Effect::Code => (&ENVOY_CODE, Direction::Widens, "what it refused passes, and what it changed stays"),
        Effect::Converts => (&ENVOY_FEATURE, Direction::Narrows, "they reach the application as they are"),
        Effect::Feature | Effect::Part => (&ENVOY_FEATURE, Direction::Drops, "nothing does it"),
    };
    let message = format!(
        "{}: {} {}{}; afterwards {after}",
        scene.name_and_place(),
        scene.traffic_of(&extension.key),
        known.does,
        filters::detail(extension),
    );
    scene.finding(code, direction, message).help(known.help)
}

fn unknown(scene: &Scene<'_>, what: &str) -> Finding {
    let message = format!(
        "{}: {} pass {what}, which may refuse or change them; afterwards they do not",
        scene.name_and_place(),
        scene.traffic()
    );
    let help = "find out what it does; if it refuses something, do that in the application or at a gateway";
    scene.finding(&ENVOY_UNKNOWN, Direction::Widens, message).help(help)
}

fn setting(scene: &Scene<'_>, node: &Node) -> Finding {
    let (place, proxies) = (place::words(scene.patch), scene.whose.proxies());
    let name = value::get(node, "name").and_then(value::text).filter(|_| !scene.operation.merges());
    let (direction, message) = match (scene.apply_to, name) {
        (ApplyTo::Listener, _) if !scene.operation.merges() => {
            let port = value::find_text(node, &["port_value"]);
            let port = port.map_or(String::new(), |port| format!(" on port {port}"));
            let message =
                format!("{place}: {proxies} open a listener{port}; afterwards nothing answers there");
            (Direction::Narrows, message)
        }
        (_, Some(name)) => {
            (Direction::Drops, format!("{place}: {proxies} get `{name}`; afterwards there is none"))
        }
        (_, None) => {
            let names = settings::names(node);
            let names = if names.is_empty() { "nothing".to_string() } else { listed(&names) };
            (
                Direction::Drops,
                format!("{place}: {proxies} have {names} set; afterwards that counts for nothing"),
            )
        }
    };
    let help = "set what is still needed (timeouts, sizes, addresses of clients) in the application or at the way in";
    scene.finding(&ENVOY_SETTING, direction, message).help(help)
}

/// Filters that Istio puts into its proxies itself: what stands beside them does not hang on an order.
const ALWAYS_THERE: [&str; 8] = [
    "router",
    "http_connection_manager",
    "tcp_proxy",
    "cors",
    "fault",
    "tls_inspector",
    "http_inspector",
    "original_dst",
];

/// Istio warns where a patch goes beside what another filter may put there (IST0151): without `priority` the
/// order is that of creation and names.
fn order(filter: &EnvoyFilter) -> Option<Finding> {
    let relative = |patch: &&ConfigPatch| {
        let operation = patch.operation();
        let beside = matches!(
            operation,
            Some(Operation::InsertBefore | Operation::InsertAfter | Operation::Replace | Operation::Remove)
        );
        let known =
            |name: &str| name.starts_with("istio") || ALWAYS_THERE.iter().any(|own| name.ends_with(own));
        beside && place::anchor_of(patch).is_some_and(|name| !known(name))
    };
    let patch = filter.patches.items.iter().find(relative)?;
    let anchor = place::anchor_of(patch).unwrap_or_default();
    let message = format!(
        "a patch at `{anchor}` without a `priority`: if another filter puts that in, creation time and names decide whether this one finds it"
    );
    let operation = patch.patch.as_ref().and_then(|patch| patch.operation.as_ref());
    let span = operation.map_or(patch.at.span, |operation| operation.span);
    let finding = Finding::new(&ENVOY_ORDER, Direction::None, message).at(span).on(&filter.meta.reference);
    Some(finding.field(format!("{}.patch.operation", patch.at.field)))
}

impl Scene<'_> {
    fn traffic(&self) -> String {
        self.whose.traffic(place::traffic(self.apply_to), place::way(self.patch))
    }

    /// As ``envoy.lua` (HTTP_FILTER INSERT_BEFORE)`, or the place alone.
    fn name_and_place(&self) -> String {
        let value = self.patch.patch.as_ref().and_then(|patch| patch.value.as_ref());
        let own = value.and_then(|value| value::get(&value.node, "name")).and_then(value::text);
        let place = place::words(self.patch);
        own.map_or_else(|| place.clone(), |name| format!("`{name}` ({place})"))
    }

    /// By the layer of an extension, which may differ from that of the patch.
    fn traffic_of(&self, key: &str) -> String {
        let what = match key.split_once('.') {
            Some((_, "istio_stats")) => place::traffic(self.apply_to),
            Some(("http", _)) => "requests",
            Some(_) | None => "connections",
        };
        self.whose.traffic(what, place::way(self.patch))
    }

    /// A finding on the patch; its name is underlined where it has one.
    fn finding(&self, code: &'static Code, direction: Direction, message: String) -> Finding {
        let finding = Finding::new(code, direction, message).at(self.span());
        finding.on(&self.filter.meta.reference).field(self.patch.at.field.as_str())
    }

    fn span(&self) -> Span {
        let value = self.patch.patch.as_ref().and_then(|patch| patch.value.as_ref());
        let name = value.and_then(|value| value.node.get("name")).filter(|name| name.as_str().is_some());
        let apply_to = self.patch.apply_to.as_ref().map(|leaf| leaf.span);
        name.map(|name| name.span).or(apply_to).unwrap_or(self.patch.at.span)
    }
}
