//! What filters of a route with a Service as parent do to requests between pods.

use super::mesh_route::{AT_THE_WAY_IN, Requests, percent};
use super::{route, words};
use crate::finding::codes::traffic::{
    CORS_POLICY, HEADER_CHANGE, HEADER_PROTECTION, MIRROR, REDIRECT, REWRITE,
};
use crate::finding::{Direction, Finding};
use crate::istio::gateway_api::filter::{
    Cors, Filter, Fraction, Header, HeaderFilter, Mirror, PathChange, Redirect, Rewrite,
};
use crate::yaml::fields::Leaf;

impl Requests<'_> {
    pub(super) fn filter(&self, filter: &Filter, subject: &str) -> Vec<Finding> {
        let mut findings = self.headers(filter, subject);
        findings.extend(filter.mirror.as_ref().map(|found| self.mirror(found)));
        findings.extend(filter.redirect.as_ref().map(|found| self.redirect(found)));
        findings.extend(filter.rewrite.as_ref().map(|found| self.rewrite(found)));
        findings.extend(filter.cors.as_ref().map(|found| self.cors(found)));
        findings
    }

    pub(super) fn headers(&self, filter: &Filter, subject: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(HeaderFilter { at, set, add, remove }) = &filter.request_headers {
            for name in remove {
                let message = format!(
                    "the header `{}` is taken from {subject}; afterwards the application sees what the client wrote there",
                    name.value
                );
                let help = "make the application ignore this header; pods inside the cluster can send it";
                findings.push(self.finding(&HEADER_PROTECTION, Direction::Widens, name, message).help(help));
            }
            for header in &set.items {
                let message = format!(
                    "the header {} is always set in {subject}; afterwards it is missing, or what the client wrote there",
                    written(header)
                );
                let help = "do not let the application believe this header; pods inside the cluster can send any value";
                findings.push(
                    self.finding(&HEADER_PROTECTION, Direction::Widens, &header.at, message).help(help),
                );
            }
            if !add.items.is_empty() {
                let names: Vec<String> = add.items.iter().map(written).collect();
                let message = format!(
                    "{} {} added to {subject}; afterwards the application does not see that",
                    words::joined(&names),
                    if names.len() == 1 { "is" } else { "are" }
                );
                findings
                    .push(self.finding(&HEADER_CHANGE, Direction::Drops, at, message).help(AT_THE_WAY_IN));
            }
        }
        if let Some(HeaderFilter { at, set, add, remove }) = &filter.response_headers {
            let mut changes: Vec<String> =
                set.items.iter().map(|one| format!("{} is set", written(one))).collect();
            changes.extend(add.items.iter().map(|one| format!("{} is added", written(one))));
            changes.extend(remove.iter().map(|name| format!("`{}` is removed", name.value)));
            let message = format!(
                "in answers to {subject}, {}; afterwards the client sees them unchanged",
                words::joined(&changes)
            );
            findings.push(self.finding(&HEADER_CHANGE, Direction::Drops, at, message).help(AT_THE_WAY_IN));
        }
        findings
    }

    fn mirror(&self, found: &Mirror) -> Finding {
        let Mirror { at, to, port, percent: share, fraction } = found;
        let own = self.scene.route.namespace();
        let to = to.as_ref().map_or("nobody".to_string(), |to| route::target(to, port.as_ref(), own));
        #[expect(clippy::cast_precision_loss, reason = "parts of a whole are below 2^53")]
        let part = match (share, fraction) {
            (Some(share), _) => share.value as f64,
            (None, Some(Fraction { at: _, numerator: part, denominator: whole })) => {
                let whole = whole.as_ref().map_or(100, |whole| whole.value).max(1);
                part.as_ref().map_or(0, |part| part.value) as f64 * 100.0 / whole as f64
            }
            (None, None) => 100.0,
        };
        let who = if part >= 100.0 { "all".to_string() } else { format!("{} of the", percent(part)) };
        let message = format!("copies of {who} {} go to {to}; afterwards it gets none", self.subject);
        let help = "mirror at the way in (a RequestMirror filter of a route with a Gateway as parent), or replay recorded \
                    requests";
        self.finding(&MIRROR, Direction::Drops, at, message).help(help)
    }

    fn redirect(&self, found: &Redirect) -> Finding {
        let Redirect { at, scheme, hostname, path, port, status } = found;
        let mut to = Vec::new();
        to.extend(scheme.as_ref().map(|scheme| format!("scheme `{}`", scheme.value)));
        to.extend(hostname.as_ref().map(|host| format!("host `{}`", host.value)));
        to.extend(port.as_ref().map(|port| format!("port {}", port.value)));
        to.extend(path.as_ref().map(changed_path));
        let to = if to.is_empty() { "the same address".to_string() } else { words::joined(&to) };
        let status = status.as_ref().map_or(302, |status| status.value);
        let message = format!(
            "{} are redirected with {status} to {to}; afterwards they reach the application",
            self.subject
        );
        self.finding(&REDIRECT, Direction::Drops, at, message).help(AT_THE_WAY_IN)
    }

    fn rewrite(&self, found: &Rewrite) -> Finding {
        let Rewrite { at, hostname, path } = found;
        let mut changes: Vec<String> = hostname.iter().map(|host| format!("host `{}`", host.value)).collect();
        changes.extend(path.as_ref().map(changed_path));
        let message = format!(
            "{} reach the application with {}; afterwards they reach it as the client wrote them",
            self.subject,
            words::joined(&changes)
        );
        let help = "let the application answer to the old paths and hosts, or change the clients";
        self.finding(&REWRITE, Direction::Drops, at, message).help(help)
    }

    fn cors(&self, found: &Cors) -> Finding {
        let Cors { at, origins, methods, headers: _, exposed: _, credentials: _, max_age: _ } = found;
        let from =
            if origins.is_empty() { "no origin".to_string() } else { words::listed(&words::values(origins)) };
        let how = if methods.is_empty() {
            String::new()
        } else {
            format!(" with {}", words::listed(&words::values(methods)))
        };
        let message = format!(
            "preflights of browsers for {} are answered for {from}{how}; afterwards browsers refuse these calls unless the \
             application answers them",
            self.subject
        );
        let help = "set the same CORS policy in the application's web framework, or at the way in; only browsers obey it";
        self.finding(&CORS_POLICY, Direction::Drops, at, message).help(help)
    }
}

fn written(header: &Header) -> String {
    let text = |leaf: &Option<Leaf<String>>| leaf.as_ref().map_or(String::new(), |leaf| leaf.value.clone());
    format!("`{}: {}`", text(&header.name), text(&header.value))
}

fn changed_path(change: &PathChange) -> String {
    let PathChange { at: _, prefix_only: _, full, prefix } = change;
    match (full, prefix) {
        (Some(full), _) => format!("path `{}`", full.value),
        (None, Some(prefix)) => format!("path prefix `{}`", prefix.value),
        (None, None) => "the same path".to_string(),
    }
}
