//! Routes with a Service as parent: proxies of the mesh act on them between pods, and nobody does afterwards.
//!
//! What such a route does is what a VirtualService does, so the codes of its features are the same.

use super::{finding, route, words};
use crate::finding::codes::traffic::{
    CORS_POLICY, DESTINATION_PORT, DIRECT_RESPONSE, HEADER_CHANGE, HEADER_PROTECTION, MESH_ROUTE, MIRROR,
    OTHER_HOST_ROUTE, PLAIN_ROUTE, REDIRECT, REQUEST_MATCH, RETRIES, REWRITE, TIMEOUT, UNMATCHED_REFUSED,
    WEIGHTED_SPLIT, WITHOUT_EFFECT,
};
use crate::finding::{Direction, Finding};
use crate::istio::gateway_api::RouteKind;
use crate::istio::gateway_api::filter::{
    Cors, Filter, Fraction, HeaderFilter, Mirror, PathChange, Redirect, Rewrite,
};
use crate::istio::gateway_api::matches::Match;
use crate::istio::gateway_api::route::{Backend, Parent, Retry, Route, Rule, Serves, Timeouts};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

const AT_THE_WAY_IN: &str =
    "do it in the application or its clients, or at the way in by a route with a Gateway as parent";

/// A route between pods, with the Services that it is for.
struct Scene<'a> {
    route: &'a Route,
    /// As `name.namespace.svc`, or the name of a ServiceEntry.
    hosts: Vec<String>,
    /// Whether a parent names a port.
    port: Option<i64>,
}

/// A rule with its requests in words.
struct Requests<'a> {
    scene: &'a Scene<'a>,
    rule: &'a Rule,
    /// `requests to `a.b.svc` with path `/x``.
    subject: String,
}

/// What is to be said of a route for Services.
pub(super) fn check(_: &Context<'_>, route: &Route) -> Vec<Finding> {
    let parents: Vec<&Parent> =
        route.parents.items.iter().filter(|parent| parent.serves == Serves::Mesh).collect();
    if parents.is_empty() {
        return Vec::new();
    }
    let own = route.namespace();
    let hosts = parents.iter().map(|parent| route::target(&parent.to, None, own)).collect();
    let port = parents.iter().find_map(|parent| parent.port.as_ref()).map(|port| port.value);
    let scene = Scene { route, hosts, port };
    let mut findings: Vec<Finding> = scene.whole(&parents).into_iter().collect();
    let edge = route.parents.items.iter().any(|parent| matches!(parent.serves, Serves::Gateway(_)));
    if let Some(at) = route.hostnames.at.as_ref().filter(|_| !edge) {
        let message = "Istio does not look at `hostnames` of a route for a Service: no effect";
        findings.push(finding(&route.meta, &WITHOUT_EFFECT, Direction::None, at, message));
    }
    findings.extend(scene.unmatched());
    for rule in &route.rules.items {
        let requests = Requests { scene: &scene, rule, subject: scene.subject(rule) };
        findings.extend(requests.check());
        if !edge {
            findings.extend(route::unserved(route, rule));
        }
    }
    findings
}

impl Scene<'_> {
    fn what(&self) -> &'static str {
        match self.route.kind {
            RouteKind::Http => "requests",
            RouteKind::Grpc => "gRPC calls",
            RouteKind::Tcp => "TCP connections",
            RouteKind::Tls => "TLS connections",
        }
    }

    fn services(&self) -> String {
        let port = self.port.map_or(String::new(), |port| format!(" port {port}"));
        format!("{}{port}", words::joined(&self.hosts))
    }

    fn subject(&self, rule: &Rule) -> String {
        let with = route::conditions(rule).map_or(String::new(), |words| format!(" with {words}"));
        format!("{} to {}{with}", self.what(), self.services())
    }

    /// A route in the namespace of its Service is for all clients, another one for those of its own namespace.
    fn whole(&self, parents: &[&Parent]) -> Option<Finding> {
        let at = self.route.parents.at.as_ref()?;
        let own = self.route.namespace();
        let consumer = parents.iter().any(|parent| parent.to.namespace_or(own) != own);
        let who = if consumer {
            format!("pods of namespace `{own}` alone")
        } else {
            "every pod of the mesh".to_string()
        };
        let message = format!(
            "this route is for {} of {who} to {}: proxies act on it, and no other controller does; its rules say what is \
             lost",
            self.what(),
            self.services()
        );
        Some(finding(&self.route.meta, &MESH_ROUTE, Direction::None, at, message))
    }

    /// Requests that fit no rule are answered with 404.
    fn unmatched(&self) -> Option<Finding> {
        let requests = matches!(self.route.kind, RouteKind::Http | RouteKind::Grpc);
        let rules = &self.route.rules;
        let at = rules.at.as_ref().filter(|_| requests && !rules.items.is_empty())?;
        if rules.items.iter().any(|rule| route::conditions(rule).is_none()) {
            return None;
        }
        let message = format!(
            "{} to {} that fit no rule are refused with 404; afterwards they reach its pods",
            self.what(),
            self.services()
        );
        let help = "refuse them in the application, or in Calico's policy by path and method; add a rule for all paths \
                    if they were never meant to be refused";
        Some(finding(&self.route.meta, &UNMATCHED_REFUSED, Direction::Widens, at, message).help(help))
    }

    /// Where everything goes when nobody looks at the route.
    fn afterwards(&self) -> &'static str {
        if self.hosts.iter().all(|host| host.starts_with("ServiceEntry")) {
            "they go to whatever the name resolves to"
        } else {
            "they go to the pods of the Service that was asked"
        }
    }

    /// Whether a backend is one of the Services that the route is for.
    fn is_own(&self, backend: &Backend) -> bool {
        self.hosts.contains(&route::target(&backend.to, None, self.route.namespace()))
    }

    fn backend(&self, backend: &Backend) -> String {
        route::backend(backend, self.route.namespace())
    }
}

impl Requests<'_> {
    fn finding<T>(
        &self,
        code: &'static crate::finding::Code,
        direction: Direction,
        leaf: &Leaf<T>,
        message: impl Into<String>,
    ) -> Finding {
        finding(&self.scene.route.meta, code, direction, leaf, message)
    }

    fn check(&self) -> Vec<Finding> {
        let Rule { at: _, name, matches, filters, backends, timeouts, retry, session: _ } = self.rule;
        let mut findings = Vec::new();
        if let Some(name) = name {
            let message = format!("`{}` names this rule for people alone: no effect", name.value);
            findings.push(self.finding(&MESH_ROUTE, Direction::None, name, message));
        }
        if let Some(at) = matches.at.as_ref().filter(|_| !matches.items.is_empty()) {
            findings.push(self.matching(at));
        }
        findings.extend(self.destinations());
        for filter in &filters.items {
            findings.extend(self.filter(filter, &self.subject));
        }
        for backend in &backends.items {
            let subject = format!("{} that go to {}", self.subject, self.scene.backend(backend));
            for filter in &backend.filters.items {
                findings.extend(self.headers(filter, &subject));
            }
        }
        findings.extend(timeouts.as_ref().map(|found| self.timeout(found)));
        findings.extend(retry.as_ref().map(|found| self.retry(found)));
        findings
    }

    fn matching(&self, at: &Leaf<()>) -> Finding {
        let only = match self.rule.backends.items.as_slice() {
            [one] if !self.scene.is_own(one) => Some(one),
            _ => None,
        };
        if self.rule.matches.items.iter().any(Match::takes_every_request) {
            let message = "this match takes every request: no effect";
            return self.finding(&REQUEST_MATCH, Direction::None, at, message);
        }
        let Some(backend) = only else {
            let message = format!("{} take this rule; what it does to them is said with it", self.subject);
            return self.finding(&REQUEST_MATCH, Direction::None, at, message);
        };
        let message = format!(
            "{} go to {}; afterwards nothing looks at them, and {}",
            self.subject,
            self.scene.backend(backend),
            self.scene.afterwards()
        );
        self.finding(&REQUEST_MATCH, Direction::Drops, at, message).help(AT_THE_WAY_IN)
    }

    fn destinations(&self) -> Option<Finding> {
        let backends = &self.rule.backends;
        let subject = &self.subject;
        let redirects = self.rule.filters.items.iter().any(|filter| filter.redirect.is_some());
        let total: i64 = backends.items.iter().map(Backend::share).sum();
        if total == 0 && !redirects {
            let at = backends.at.as_ref().unwrap_or(&self.rule.at);
            let message = format!(
                "{subject} lead nowhere and are refused with 500; afterwards they reach the application"
            );
            let help = "refuse them in the application, or in Calico's policy if nobody may send them";
            return Some(self.finding(&DIRECT_RESPONSE, Direction::Widens, at, message).help(help));
        }
        match backends.items.as_slice() {
            [] => None,
            // The finding on the matches says where these requests go.
            [one] if !self.scene.is_own(one) && route::conditions(self.rule).is_some() => None,
            [one] => Some(self.single(one)),
            several => {
                let at = backends.at.as_ref()?;
                #[expect(clippy::cast_precision_loss, reason = "weights are below 2^53")]
                let part = |one: &Backend| one.share() as f64 * 100.0 / total as f64;
                let shares: Vec<String> = several
                    .iter()
                    .map(|one| format!("{} to {}", percent(part(one)), self.scene.backend(one)))
                    .collect();
                let message = format!(
                    "{subject} are shared out, {}; afterwards {}",
                    words::joined(&shares),
                    self.scene.afterwards()
                );
                let help = "use weights at the way in, or a rollout controller that shares out by numbers of pods; inside \
                            the cluster, clients choose by the name of the Service";
                Some(self.finding(&WEIGHTED_SPLIT, Direction::Drops, at, message).help(help))
            }
        }
    }

    fn single(&self, one: &Backend) -> Finding {
        let subject = &self.subject;
        let to = self.scene.backend(one);
        if !self.scene.is_own(one) {
            let message = format!("{subject} go to {to}; afterwards {}", self.scene.afterwards());
            let help = "point clients at that Service, or let the one that they ask select its pods; the policy of the \
                        pods that then answer decides who may ask";
            return self.finding(&OTHER_HOST_ROUTE, Direction::Drops, &one.at, message).help(help);
        }
        let port = one.port.as_ref().map(|port| port.value);
        match (self.scene.port, port) {
            (Some(asked), Some(given)) if asked != given => {
                let message = format!("{subject} go to port {given}; afterwards to the port that is asked");
                let help = format!("make clients ask for port {given}");
                self.finding(&DESTINATION_PORT, Direction::Drops, &one.at, message).help(help)
            }
            (asked, Some(given)) if asked.is_none() => {
                let message = format!(
                    "{subject} go to its own pods on port {given}; with clients that ask for that port nothing changes"
                );
                self.finding(&PLAIN_ROUTE, Direction::None, &one.at, message)
            }
            _ => {
                let message = format!("{subject} go to its own pods, with the mesh and without it");
                self.finding(&PLAIN_ROUTE, Direction::None, &one.at, message)
            }
        }
    }

    fn filter(&self, filter: &Filter, subject: &str) -> Vec<Finding> {
        let mut findings = self.headers(filter, subject);
        findings.extend(filter.mirror.as_ref().map(|found| self.mirror(found)));
        findings.extend(filter.redirect.as_ref().map(|found| self.redirect(found)));
        findings.extend(filter.rewrite.as_ref().map(|found| self.rewrite(found)));
        findings.extend(filter.cors.as_ref().map(|found| self.cors(found)));
        findings
    }

    fn headers(&self, filter: &Filter, subject: &str) -> Vec<Finding> {
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

    fn timeout(&self, found: &Timeouts) -> Finding {
        let Timeouts { at, request, backend } = found;
        let mut words = Vec::new();
        words.extend(limit(request.as_ref()).map(|limit| format!("after {limit}")));
        words.extend(limit(backend.as_ref()).map(|limit| format!("each try after {limit}")));
        if words.is_empty() {
            let message = format!("{} have no time limit: no effect", self.subject);
            return self.finding(&TIMEOUT, Direction::None, at, message);
        }
        let message = format!(
            "{} are given up {}; afterwards they wait as long as the client does",
            self.subject,
            words::joined(&words)
        );
        let help = "set the same timeout in the clients' HTTP library";
        self.finding(&TIMEOUT, Direction::Drops, at, message).help(help)
    }

    /// Istio tries again on failed connections and on the codes; two times where `attempts` is absent.
    fn retry(&self, found: &Retry) -> Finding {
        let Retry { at, attempts, codes, backoff } = found;
        let times = attempts.as_ref().map_or(2, |attempts| attempts.value);
        if times == 0 {
            let message =
                format!("{} are never retried, with the mesh or without it: no effect", self.subject);
            return self.finding(&RETRIES, Direction::None, at, message);
        }
        let codes: Vec<String> = codes.iter().map(|code| code.value.to_string()).collect();
        let on = if codes.is_empty() {
            String::new()
        } else {
            format!(" and on status {}", words::joined(&codes))
        };
        let apart =
            backoff.as_ref().map_or(String::new(), |backoff| format!(", {} apart", backoff.value.text));
        let message = format!(
            "{} are retried up to {times} times on failed connections{on}{apart}; afterwards a failure reaches the client at \
             once",
            self.subject
        );
        let help = "retry in the clients' HTTP library, for requests that may be repeated";
        self.finding(&RETRIES, Direction::Drops, at, message).help(help)
    }
}

/// A time limit as written; 0 is none.
fn limit(found: Option<&Leaf<crate::istio::common::Duration>>) -> Option<&str> {
    let found = found.filter(|limit| limit.value.nanoseconds != 0)?;
    Some(&found.value.text)
}

fn written(header: &crate::istio::gateway_api::filter::Header) -> String {
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

/// A share with at most two decimals.
fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}
