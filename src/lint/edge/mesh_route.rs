//! Routes with a Service as parent: proxies of the mesh act on them between pods, and nobody does afterwards.
//!
//! What such a route does is what a VirtualService does, so the codes of its features are the same.

use super::{finding, route, words};
use crate::finding::codes::traffic::{
    DESTINATION_PORT, DIRECT_RESPONSE, MESH_ROUTE, OTHER_HOST_ROUTE, PLAIN_ROUTE, REQUEST_MATCH, RETRIES,
    TIMEOUT, UNMATCHED_REFUSED, WEIGHTED_SPLIT, WITHOUT_EFFECT,
};
use crate::finding::{Direction, Finding};
use crate::istio::gateway_api::RouteKind;
use crate::istio::gateway_api::matches::Match;
use crate::istio::gateway_api::route::{Backend, Parent, Retry, Route, Rule, Serves, Timeouts};
use crate::lint::Context;
use crate::yaml::fields::Leaf;

pub(super) const AT_THE_WAY_IN: &str =
    "do it in the application or its clients, or at the way in by a route with a Gateway as parent";

/// A route between pods, with the Services that it is for.
pub(super) struct Scene<'a> {
    pub(super) route: &'a Route,
    /// As `name.namespace.svc`, or the name of a ServiceEntry.
    hosts: Vec<String>,
    /// Whether a parent names a port.
    port: Option<i64>,
}

/// A rule with its requests in words.
pub(super) struct Requests<'a> {
    pub(super) scene: &'a Scene<'a>,
    rule: &'a Rule,
    /// `requests to `a.b.svc` with path `/x``.
    pub(super) subject: String,
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
    if let Some(at) = route.rules.at.as_ref().filter(|_| route::is_left_out(route)) {
        let message =
            "Istio leaves this route out for a filter that it does not serve: its rules have no effect";
        findings.push(finding(&route.meta, &WITHOUT_EFFECT, Direction::None, at, message));
        if !edge {
            findings.extend(route.rules.items.iter().flat_map(|rule| route::unserved(route, rule)));
        }
        return findings;
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
    pub(super) fn finding<T>(
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

/// A share with at most two decimals.
pub(super) fn percent(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text} %")
}
