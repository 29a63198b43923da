//! What Istio's validation refuses in an HTTP route (istio/istio, `virtualservice.go`, `validation.go`).

use super::http_actions::{Abort, Delay, Fault, Headers, Redirect, Retries, Rewrite};
use super::http_match::HttpMatch;
use super::http_route::HttpRoute;
use super::validate::{self, Refusals};
use crate::istio::common::{Percentage, StringMatch, StringPattern};
use crate::yaml::fields::Leaf;

/// gRPC's status names, as `grpcStatus` takes them.
const GRPC_STATUS: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// Methods that a CORS policy may name.
const CORS_METHODS: [&str; 10] =
    ["*", "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];

/// One route; `delegate`: the VirtualService has no hosts.
pub(super) fn check(route: &HttpRoute, delegate: bool, refusals: &mut Refusals<'_>) {
    conflicts(route, delegate, refusals);
    for one in &route.matches.items {
        request_match(one, delegate || route.delegate.is_some(), refusals);
    }
    validate::weighted(route.route.items.iter().map(|item| &item.to), refusals);
    let own = route.headers.as_ref();
    let theirs = route.route.items.iter().filter_map(|item| item.headers.as_ref());
    own.into_iter().chain(theirs).for_each(|headers| header_names(headers, refusals));
    if let Some(redirect) = &route.redirect {
        check_redirect(redirect, refusals);
        prefix_redirect(route, redirect, refusals);
    }
    one_authority(route, refusals);
    if let Some(rewrite) = &route.rewrite {
        check_rewrite(rewrite, refusals);
    }
    if let Some(fault) = &route.fault {
        check_fault(fault, refusals);
    }
    if let Some(response) = &route.direct_response {
        match &response.status {
            None => refusals.add(
                &response.at,
                "Istio refuses a `directResponse` without `status`",
                "give it a status",
            ),
            Some(status) => http_status(status, refusals),
        }
    }
    validate::duration(route.timeout.as_ref(), refusals);
    if let Some(retries) = &route.retries {
        check_retries(retries, refusals);
    }
    mirrors(route, refusals);
    if let Some(cors) = &route.cors_policy {
        validate::duration(cors.max_age.as_ref(), refusals);
        for method in
            cors.allow_methods.iter().filter(|method| !CORS_METHODS.contains(&method.value.as_str()))
        {
            let message = format!("`{}` is no method that a CORS policy can name", method.value);
            refusals.add(method, message, "methods are written in upper case");
        }
    }
}

/// Fields that exclude each other, and the need for one of them.
fn conflicts(route: &HttpRoute, delegate: bool, refusals: &mut Refusals<'_>) {
    let redirect = route.redirect.as_ref().map(|redirect| &redirect.at);
    let response = route.direct_response.as_ref().map(|response| &response.at);
    let fault = route.fault.as_ref().map(|fault| &fault.at);
    let rewrite = route.rewrite.as_ref().map(|rewrite| &rewrite.at);
    let destinations = route.route.at.as_ref().filter(|_| !route.route.items.is_empty());
    let mut exclude = |left: Option<&Leaf<()>>, right: Option<&Leaf<()>>, names: [&str; 2]| {
        if let (Some(_), Some(right)) = (left, right) {
            let [first, second] = names;
            let message = format!("Istio refuses `{second}` beside `{first}` in one route");
            refusals.add(right, message, "keep one of them, or make two routes");
        }
    };
    if let Some(to) = &route.delegate {
        exclude(Some(&to.at), redirect, ["delegate", "redirect"]);
        exclude(Some(&to.at), destinations, ["delegate", "route"]);
        if delegate {
            refusals.add(&to.at, "a delegate cannot delegate again", "route here, or delegate from the root");
        }
        return;
    }
    for (name, answer) in [("redirect", redirect), ("directResponse", response)] {
        exclude(answer, destinations, [name, "route"]);
        exclude(answer, fault, [name, "fault"]);
        exclude(answer, rewrite, [name, "rewrite"]);
    }
    exclude(redirect, response, ["redirect", "directResponse"]);
    let mirrors = route.mirrors.at.as_ref().filter(|_| !route.mirrors.items.is_empty());
    exclude(route.mirror.as_ref().map(|mirror| &mirror.at), mirrors, ["mirror", "mirrors"]);
    if redirect.is_none() && response.is_none() && destinations.is_none() {
        let message = "Istio refuses a route that sends requests nowhere";
        refusals.add(&route.at, message, "give it `route`, `redirect`, `directResponse` or `delegate`");
    }
}

fn request_match(one: &HttpMatch, delegated: bool, refusals: &mut Refusals<'_>) {
    let HttpMatch { at: _, name: _, uri, scheme, method, authority, headers, without_headers, .. } = one;
    let HttpMatch { query_params, selectors, ignore_uri_case: _, stat_prefix: _, .. } = one;
    if let Some(found) = uri {
        string_match(found, delegated, true, refusals);
    }
    for found in scheme.iter().chain(method).chain(authority) {
        string_match(found, delegated, false, refusals);
    }
    for (_, found) in headers.iter().chain(without_headers).chain(query_params) {
        string_match(found, delegated, false, refusals);
    }
    for (name, _) in headers.iter().chain(without_headers) {
        if !is_header_name(&name.value) && !name.value.starts_with("@request.auth.claims") {
            let message = format!("`{}` is no name of a header", name.value);
            refusals.add(name, message, "use letters, digits and `-`");
        }
    }
    validate::check_selectors(selectors, refusals);
}

/// Claims of tokens are matched at gateways alone.
pub(super) fn no_claims(route: &HttpRoute, refusals: &mut Refusals<'_>) {
    let matches = route.matches.items.iter();
    let names = matches.flat_map(|one| one.headers.iter().chain(&one.without_headers));
    for (name, _) in names.filter(|(name, _)| name.value.starts_with("@request.auth.claims")) {
        let message = "Istio refuses to match claims of tokens on sidecars";
        refusals.add(name, message, "list gateways without `mesh`");
    }
}

/// `may_be_empty`: a path's prefix may be empty, other prefixes may not.
fn string_match(found: &StringMatch, delegated: bool, may_be_empty: bool, refusals: &mut Refusals<'_>) {
    let Some(pattern) = &found.pattern else { return };
    match &pattern.value {
        StringPattern::Exact(_) => {}
        StringPattern::Prefix(prefix) => {
            if prefix.is_empty() && !may_be_empty {
                refusals.add(pattern, "Istio refuses an empty `prefix` here", "use `regex: .*`");
            }
        }
        StringPattern::Regex(regex) => {
            if regex.is_empty() || regex.len() > 1024 {
                refusals.add(
                    pattern,
                    "Istio refuses a `regex` that is empty or longer than 1024 bytes",
                    "shorten it",
                );
            } else if delegated {
                let message = "Istio refuses a `regex` in routes that delegate and in delegates";
                refusals.add(pattern, message, "use `exact` or `prefix`");
            }
        }
    }
}

fn header_names(headers: &Headers, refusals: &mut Refusals<'_>) {
    let sides = [(&headers.request, true), (&headers.response, false)];
    for (operations, is_request) in sides {
        let Some(operations) = operations else { continue };
        let changed = operations.set.iter().chain(&operations.add);
        let changed = changed.map(|(name, leaf)| (name.as_str(), leaf, is_request));
        let removed = operations.remove.iter().map(|leaf| (leaf.value.as_str(), leaf, false));
        for (name, leaf, authority_allowed) in changed.chain(removed) {
            let internal = name.starts_with(':') || name.eq_ignore_ascii_case("host");
            let fits = if internal { is_authority(name) && authority_allowed } else { is_header_name(name) };
            if !fits {
                refusals.add(
                    leaf,
                    format!("Istio refuses to change the header `{name}`"),
                    "name another header",
                );
            }
        }
    }
}

fn check_redirect(redirect: &Redirect, refusals: &mut Refusals<'_>) {
    let Redirect { at, uri, prefix_rewrite, authority, port, derive_port: _, scheme, redirect_code } =
        redirect;
    let nothing = uri.is_none() && prefix_rewrite.is_none() && authority.is_none() && scheme.is_none();
    if nothing && port.is_none() && redirect_code.is_none() {
        refusals.add(
            at,
            "Istio refuses a `redirect` that changes nothing",
            "give it `uri`, `authority` or `scheme`",
        );
    }
    if let (Some(_), Some(second)) = (uri, prefix_rewrite) {
        refusals.add(second, "Istio refuses `prefixRewrite` beside `uri`", "keep one of them");
    }
    if let Some(scheme) = scheme.as_ref().filter(|scheme| !matches!(scheme.value.as_str(), "http" | "https"))
    {
        refusals.add(
            scheme,
            format!("`{}` is no scheme of a redirect", scheme.value),
            "it can be http or https",
        );
    }
    if let Some(code) =
        redirect_code.as_ref().filter(|code| code.value != 0 && !(300..=399).contains(&code.value))
    {
        refusals.add(
            code,
            format!("`{}` is no status of a redirect", code.value),
            "write a status from 300 to 399",
        );
    }
}

/// `prefixRewrite` replaces a matched prefix, so each match has to be one.
fn prefix_redirect(route: &HttpRoute, redirect: &Redirect, refusals: &mut Refusals<'_>) {
    let Some(rewrite) = &redirect.prefix_rewrite else { return };
    let pattern = |one: &HttpMatch| one.uri.as_ref().and_then(|uri| uri.pattern.clone());
    let other = |one: &HttpMatch| {
        pattern(one).is_some_and(|pattern| !matches!(pattern.value, StringPattern::Prefix(_)))
    };
    if route.matches.items.iter().any(other) {
        let message = "Istio refuses `prefixRewrite` where a path is matched by something else than a prefix";
        refusals.add(rewrite, message, "match the path by `prefix`, or redirect to a `uri`");
    }
}

/// The host is changed in one place: `rewrite.authority`, or one request header.
fn one_authority(route: &HttpRoute, refusals: &mut Refusals<'_>) {
    let rewritten = route.rewrite.as_ref().and_then(|rewrite| rewrite.authority.as_ref());
    let request = route.headers.as_ref().and_then(|headers| headers.request.as_ref());
    let changed = request.into_iter().flat_map(|request| request.set.iter().chain(&request.add));
    let changed = changed.filter(|(name, _)| is_authority(name)).map(|(_, value)| value);
    for second in rewritten.into_iter().chain(changed).skip(1) {
        refusals.add(second, "Istio refuses to change the host twice", "keep one change of the host");
    }
}

/// HTTP/1's and HTTP/2's name of the header with the host.
fn is_authority(name: &str) -> bool {
    name.eq_ignore_ascii_case(":authority") || name.eq_ignore_ascii_case("host")
}

fn check_rewrite(rewrite: &Rewrite, refusals: &mut Refusals<'_>) {
    let Rewrite { at, uri, authority, regex_match, regex_rewrite } = rewrite;
    let regex = regex_match.is_some() || regex_rewrite.is_some();
    if uri.is_none() && authority.is_none() && !regex {
        refusals.add(at, "Istio refuses a `rewrite` that changes nothing", "give it `uri` or `authority`");
    }
    if let (Some(uri), true) = (uri, regex) {
        refusals.add(uri, "Istio refuses `uri` beside `uriRegexRewrite`", "keep one of them");
    }
    if regex && (regex_match.is_none() || regex_rewrite.is_none()) {
        refusals.add(at, "`uriRegexRewrite` needs `match` and `rewrite`", "give it both");
    }
}

fn check_fault(fault: &Fault, refusals: &mut Refusals<'_>) {
    let Fault { at, delay, abort } = fault;
    if delay.is_none() && abort.is_none() {
        refusals.add(at, "Istio refuses a `fault` without `delay` and `abort`", "give it one of them");
    }
    if let Some(Delay { at, fixed_delay, exponential_delay, percentage: share, percent }) = delay {
        validate::duration(fixed_delay.as_ref(), refusals);
        if let Some(delay) = exponential_delay {
            refusals.add(delay, "Istio has no `exponentialDelay`", "use `fixedDelay`");
        } else if fixed_delay.is_none() {
            refusals.add(at, "Istio refuses a `delay` without `fixedDelay`", "give it `fixedDelay`");
        }
        percentage(share.as_ref(), refusals);
        whole_percentage(percent.as_ref(), refusals);
    }
    if let Some(Abort { at: _, http_status: status, grpc_status, http2_error, percentage: share }) = abort {
        if let Some(status) = status {
            http_status(status, refusals);
        }
        if let Some(status) =
            grpc_status.as_ref().filter(|status| !GRPC_STATUS.contains(&status.value.as_str()))
        {
            refusals.add(
                status,
                format!("`{}` is no gRPC status", status.value),
                "write a name such as UNAVAILABLE",
            );
        }
        if let Some(error) = http2_error {
            refusals.add(error, "Istio has no `http2Error`", "use `httpStatus` or `grpcStatus`");
        }
        percentage(share.as_ref(), refusals);
    }
}

fn check_retries(retries: &Retries, refusals: &mut Refusals<'_>) {
    let Retries { at, attempts, per_try_timeout, retry_on, backoff, .. } = retries;
    let number = attempts.as_ref().map_or(0, |attempts| attempts.value);
    if let Some(attempts) = attempts.as_ref().filter(|attempts| attempts.value < 0) {
        refusals.add(attempts, "Istio refuses `attempts` below 0", "write 0 for no retries");
    }
    let others = per_try_timeout.is_some() || retry_on.is_some() || backoff.is_some();
    if number == 0 && others {
        let message = "Istio refuses settings of retries without `attempts`";
        refusals.add(at, message, "write `attempts`, or leave the other settings out");
    }
    validate::duration(per_try_timeout.as_ref(), refusals);
    validate::duration(backoff.as_ref(), refusals);
}

fn mirrors(route: &HttpRoute, refusals: &mut Refusals<'_>) {
    if let Some(mirror) = &route.mirror {
        validate::destination(mirror, refusals);
    }
    for policy in &route.mirrors.items {
        match &policy.destination {
            Some(destination) => validate::destination(destination, refusals),
            None => {
                refusals.add(
                    &policy.at,
                    "Istio refuses a mirror without `destination`",
                    "name a destination",
                );
            }
        }
        percentage(policy.percentage.as_ref(), refusals);
    }
    percentage(route.mirror_percentage.as_ref(), refusals);
    whole_percentage(route.mirror_percent.as_ref(), refusals);
}

fn percentage(found: Option<&Percentage>, refusals: &mut Refusals<'_>) {
    let value = found.and_then(|found| found.value.as_ref());
    if let Some(value) = value.filter(|value| !(0.0..=100.0).contains(&value.value)) {
        refusals.add(value, format!("`{}` is no percentage", value.value), "write a number from 0 to 100");
    }
}

fn whole_percentage(found: Option<&Leaf<i64>>, refusals: &mut Refusals<'_>) {
    if let Some(value) = found.filter(|value| !(0..=100).contains(&value.value)) {
        refusals.add(value, format!("`{}` is no percentage", value.value), "write a number from 0 to 100");
    }
}

fn http_status(status: &Leaf<i64>, refusals: &mut Refusals<'_>) {
    if !(200..=599).contains(&status.value) {
        refusals.add(
            status,
            format!("`{}` is no status that Istio sends", status.value),
            "write one from 200 to 599",
        );
    }
}

/// A token of RFC 9110, or one of HTTP/2's own names.
fn is_header_name(name: &str) -> bool {
    const OWN: [&str; 5] = [":method", ":scheme", ":authority", ":path", ":status"];
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    OWN.contains(&name) || (!name.is_empty() && name.bytes().all(token))
}
