//! `http[]`: one route, its matches, destinations and actions.

use super::destination::{self, Destination, WeightedDestination};
use super::http_actions::{
    self, CorsPolicy, Delegate, DirectResponse, Fault, Headers, MirrorPolicy, Redirect, Retries, Rewrite,
};
use super::http_match::{self, HttpMatch};
use crate::istio::common::{self, Duration, List, Percentage};
use crate::yaml::fields::{Field, Leaf};

/// One of `http`. The first route with a fitting match is used.
#[derive(Clone, Debug)]
pub struct HttpRoute {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`, for access logs.
    pub name: Option<Leaf<String>>,
    /// `match`: any of them; empty is every request.
    pub matches: List<HttpMatch>,
    /// `route`.
    pub route: List<HttpDestination>,
    /// `redirect`.
    pub redirect: Option<Redirect>,
    /// `directResponse`.
    pub direct_response: Option<DirectResponse>,
    /// `delegate`.
    pub delegate: Option<Delegate>,
    /// `rewrite`.
    pub rewrite: Option<Rewrite>,
    /// `timeout`; absent is none.
    pub timeout: Option<Leaf<Duration>>,
    /// `retries`; absent is Istio's default of two.
    pub retries: Option<Retries>,
    /// `fault`.
    pub fault: Option<Fault>,
    /// `mirror`.
    pub mirror: Option<Destination>,
    /// `mirrors`.
    pub mirrors: List<MirrorPolicy>,
    /// `mirrorPercentage`, of `mirror`; absent is every request.
    pub mirror_percentage: Option<Percentage>,
    /// `mirrorPercent` (or `mirror_percent`), its old form.
    pub mirror_percent: Option<Leaf<i64>>,
    /// `corsPolicy`.
    pub cors_policy: Option<CorsPolicy>,
    /// `headers`.
    pub headers: Option<Headers>,
}

/// One of `http[].route`.
#[derive(Clone, Debug)]
pub struct HttpDestination {
    /// Where, and how much.
    pub to: WeightedDestination,
    /// `headers`, for this destination alone.
    pub headers: Option<Headers>,
}

pub(super) fn read(field: &Field<'_>) -> Option<HttpRoute> {
    let mut fields = field.fields()?;
    let old_spelling = fields.take("mirror_percent");
    let found = HttpRoute {
        at: common::at(field),
        name: common::string(fields.take("name")),
        matches: common::list(fields.take("match"), http_match::read),
        route: common::list(fields.take("route"), http_destination),
        redirect: fields.take("redirect").and_then(|field| http_actions::redirect(&field)),
        direct_response: fields
            .take("directResponse")
            .and_then(|field| http_actions::direct_response(&field)),
        delegate: fields.take("delegate").and_then(|field| http_actions::delegate(&field)),
        rewrite: fields.take("rewrite").and_then(|field| http_actions::rewrite(&field)),
        timeout: fields.take("timeout").and_then(|field| common::duration(&field)),
        retries: fields.take("retries").and_then(|field| http_actions::retries(&field)),
        fault: fields.take("fault").and_then(|field| http_actions::fault(&field)),
        mirror: fields.take("mirror").and_then(|field| destination::destination(&field)),
        mirrors: common::list(fields.take("mirrors"), http_actions::mirror_policy),
        mirror_percentage: fields.take("mirrorPercentage").and_then(|field| common::percentage(&field)),
        mirror_percent: common::integer(fields.take("mirrorPercent").or(old_spelling)),
        cors_policy: fields.take("corsPolicy").and_then(|field| http_actions::cors_policy(&field)),
        headers: fields.take("headers").and_then(|field| http_actions::headers(&field)),
    };
    fields.finish();
    Some(found)
}

fn http_destination(field: &Field<'_>) -> Option<HttpDestination> {
    let mut fields = field.fields()?;
    let destination = fields.take("destination").and_then(|field| destination::destination(&field));
    let weight = common::integer(fields.take("weight"));
    let headers = fields.take("headers").and_then(|field| http_actions::headers(&field));
    fields.finish();
    Some(HttpDestination { to: WeightedDestination { at: common::at(field), destination, weight }, headers })
}
