//! WasmPlugin and TrafficExtension: code that sees all traffic of its workloads, and may refuse it.

use crate::finding::codes::traffic::{LUA_CODE, WASM_CODE};
use crate::finding::{Direction, Finding};
use crate::istio::wasm::{FailStrategy, Phase, PluginType, Side, TrafficSelector, WasmCode};
use crate::istio::{Meta, TrafficExtension, WasmPlugin};
use crate::lint::Context;
use crate::lint::proxies::{Way, Whose, joined, listed};
use crate::yaml::fields::Leaf;

/// What stands beside the code.
struct Beside<'a> {
    meta: &'a Meta,
    whose: Whose,
    phase: Option<&'a Leaf<Phase>>,
    priority: Option<&'a Leaf<i64>>,
    selectors: &'a [TrafficSelector],
}

const HELP: &str = "move what the code does into the application or a gateway, first what it refuses";

pub(super) fn wasm_plugin(context: &Context<'_>, found: &WasmPlugin) -> Option<Finding> {
    let WasmPlugin { meta, attachment, code, phase, priority, selectors } = found;
    let whose = Whose::of(context, meta, attachment);
    let (phase, priority) = (phase.as_ref(), priority.as_ref());
    let beside = Beside { meta, whose, phase, priority, selectors: &selectors.items };
    let code = code.as_ref()?;
    let url = code.url.as_ref()?;
    Some(wasm(&beside, code, &url.clone().map(|_| ())))
}

pub(super) fn traffic_extension(context: &Context<'_>, found: &TrafficExtension) -> Vec<Finding> {
    let TrafficExtension { meta, attachment, wasm: code, lua, phase, priority, selectors } = found;
    let whose = Whose::of(context, meta, attachment);
    let (phase, priority) = (phase.as_ref(), priority.as_ref());
    let beside = Beside { meta, whose, phase, priority, selectors: &selectors.items };
    let mut findings = Vec::new();
    findings.extend(code.as_ref().map(|(at, code)| wasm(&beside, code, at)));
    if let Some(lua) = lua {
        let lines = lua.inline_code.as_ref().map_or(0, |code| code.value.lines().count());
        let lines = if lines == 1 { "1 line".to_string() } else { format!("{lines} lines") };
        let message = format!("Lua code of {lines} {}; afterwards it sees none", beside.words("requests"));
        let finding = Finding::new(&LUA_CODE, Direction::Widens, message).help(HELP);
        findings.push(finding.at(lua.at.span).on(&meta.reference).field(lua.at.field.as_str()));
    }
    findings
}

fn wasm(beside: &Beside<'_>, code: &WasmCode, at: &Leaf<()>) -> Finding {
    let url = code.url.as_ref().map_or("", |url| url.value.as_str());
    let network = code.plugin_type.as_ref().is_some_and(|kind| kind.value == PluginType::Network);
    let what = if network { "connections" } else { "requests" };
    let fails = match code.fail_strategy.as_ref().map_or(FailStrategy::Close, |leaf| leaf.value) {
        FailStrategy::Close => "FAIL_CLOSE: while it fails, they are refused",
        FailStrategy::Open => "FAIL_OPEN: while it fails, they pass",
        FailStrategy::Reload => "FAIL_RELOAD: it is loaded anew when it fails",
    };
    let with = settings(code).map_or(String::new(), |settings| format!(", and with it go {settings}"));
    let message =
        format!("code from `{url}` {} ({fails}); afterwards it sees none{with}", beside.words(what));
    let span = code.url.as_ref().map_or(at.span, |url| url.span);
    let finding = Finding::new(&WASM_CODE, Direction::Widens, message).help(HELP);
    finding.at(span).on(&beside.meta.reference).field(at.field.as_str())
}

/// What the code is given: settings and variables by name, and how it is fetched.
fn settings(code: &WasmCode) -> Option<String> {
    let WasmCode {
        url: _,
        sha256,
        image_pull_policy,
        image_pull_secret,
        verification_key,
        plugin_config,
        plugin_name,
        fail_strategy: _,
        plugin_type: _,
        variables,
    } = code;
    let quoted = |names: Vec<&str>| {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        listed(&names)
    };
    let mut parts = Vec::new();
    parts.extend(plugin_name.as_ref().map(|name| format!("the plugin's name `{}`", name.value)));
    if let Some(config) = plugin_config {
        let names: Vec<&str> = config.value.iter().map(String::as_str).collect();
        let names = if names.is_empty() { String::new() } else { format!(" {}", quoted(names)) };
        parts.push(format!("its settings{names}"));
    }
    if variables.at.is_some() {
        let names = variables.items.iter().map(|name| name.value.as_str()).collect();
        parts.push(format!("the variables {}", quoted(names)));
    }
    parts.extend(sha256.as_ref().map(|sum| {
        let short: String = sum.value.chars().take(12).collect();
        format!("the check of its sum `{short}`")
    }));
    parts.extend(image_pull_secret.as_ref().map(|name| format!("the pull secret `{}`", name.value)));
    parts.extend(image_pull_policy.as_ref().map(|policy| format!("the pull policy `{}`", policy.value)));
    parts.extend(
        verification_key.as_ref().map(|_| "a `verificationKey`, which Istio does not use".to_string()),
    );
    (!parts.is_empty()).then(|| joined(parts.into_iter()))
}

impl Beside<'_> {
    /// What the code sees, and when.
    fn words(&self, what: &str) -> String {
        let traffic = self.whose.traffic(what, self.way());
        let ports = self.ports();
        let when = match self.phase.map_or(Phase::Unspecified, |phase| phase.value) {
            Phase::Unspecified => "",
            Phase::Authn => " before Istio's authentication (AUTHN)",
            Phase::Authz => " before Istio's authorization (AUTHZ)",
            Phase::Stats => " before Istio's statistics (STATS)",
        };
        let priority =
            self.priority.map_or(String::new(), |priority| format!(" with priority {}", priority.value));
        format!("sees {traffic}{ports}{when}{priority}, and may refuse or change them")
    }

    fn way(&self) -> Way {
        let side = |found: &TrafficSelector| found.mode.as_ref().map_or(Side::Both, |mode| mode.value);
        let mut sides = self.selectors.iter().map(side);
        let Some(first) = sides.next() else { return Way::Both };
        match if sides.all(|side| side == first) { first } else { Side::Both } {
            Side::Both => Way::Both,
            Side::Client => Way::Out,
            Side::Server => Way::In,
        }
    }

    /// The ports, where every selector names some.
    fn ports(&self) -> String {
        if self.selectors.iter().any(|selector| selector.ports.is_empty()) {
            return String::new();
        }
        let mut ports: Vec<i64> =
            self.selectors.iter().flat_map(|selector| &selector.ports).map(|port| port.value).collect();
        ports.sort_unstable();
        ports.dedup();
        match ports.as_slice() {
            [] => String::new(),
            [one] => format!(" on port {one}"),
            _ => format!(" on ports {}", joined(ports.iter().map(ToString::to_string))),
        }
    }
}
