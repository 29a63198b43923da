//! ProxyConfig: how proxies that go were set up.

use crate::finding::codes::traffic::{NOTHING_CONFIGURED, PROXY_SETUP};
use crate::finding::{Direction, Finding};
use crate::istio::ProxyConfig;
use crate::lint::Context;
use crate::lint::proxies::{Whose, listed};
use crate::yaml::fields::Leaf;

pub(super) fn check(context: &Context<'_>, found: &ProxyConfig) -> Vec<Finding> {
    let ProxyConfig { meta, attachment, concurrency, variables, image } = found;
    let proxies = Whose::of(context, meta, attachment).proxies();
    let mut findings = Vec::new();
    let mut say = |at: &Leaf<()>, message: String| {
        let finding = Finding::new(&PROXY_SETUP, Direction::Drops, message)
            .help("nothing has to stand in for it: the proxies go");
        findings.push(finding.at(at.span).on(&meta.reference).field(at.field.as_str()));
    };
    if let Some(threads) = concurrency {
        let words = match threads.value {
            0 => "as many threads as processors".to_string(),
            1 => "1 thread".to_string(),
            number => format!("{number} threads"),
        };
        say(&threads.clone().map(|_| ()), format!("{proxies} run {words}; afterwards there are none"));
    }
    if let Some(variables) = variables {
        let set = variables.value.iter().map(|(name, value)| format!("`{name}={}`", value.value));
        let set = listed(&set.collect::<Vec<_>>());
        say(&variables.clone().map(|_| ()), format!("{proxies} have {set} set; afterwards there are none"));
    }
    if let Some((at, kind)) = image {
        let kind = kind.as_ref().map_or("default", |kind| kind.value.as_str());
        say(at, format!("{proxies} run the image `{kind}`; afterwards there are none"));
    }
    if findings.is_empty() {
        let message = "this sets nothing, so it changes no proxy: nothing changes";
        let finding = Finding::new(&NOTHING_CONFIGURED, Direction::None, message);
        findings.push(finding.at(meta.name_span).on(&meta.reference).field("spec"));
    }
    findings
}
