//! `http[].match[]`: which requests a route is for.

use super::destination::{self, Selectors};
use crate::istio::common::{self, StringMatch};
use crate::yaml::fields::{Field, Leaf};

/// One match; all its conditions hold together. Of a route's matches any one is enough.
#[derive(Clone, Debug)]
pub struct HttpMatch {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`, for access logs.
    pub name: Option<Leaf<String>>,
    /// `uri`.
    pub uri: Option<StringMatch>,
    /// `scheme`.
    pub scheme: Option<StringMatch>,
    /// `method`.
    pub method: Option<StringMatch>,
    /// `authority`: the `Host` header.
    pub authority: Option<StringMatch>,
    /// `headers`; names beginning with `@request.auth.claims` are claims of a valid token.
    pub headers: Vec<(Leaf<String>, StringMatch)>,
    /// `withoutHeaders`: none of these holds.
    pub without_headers: Vec<(Leaf<String>, StringMatch)>,
    /// `queryParams`.
    pub query_params: Vec<(Leaf<String>, StringMatch)>,
    /// `ignoreUriCase`, for exact and prefix alone.
    pub ignore_uri_case: Option<Leaf<bool>>,
    /// `statPrefix`: statistics of their own.
    pub stat_prefix: Option<Leaf<String>>,
    /// `port`, `sourceLabels`, `sourceNamespace`, `gateways`.
    pub selectors: Selectors,
}

impl HttpMatch {
    /// Whether every request has what the match asks of requests (selectors left out). A prefix `/`
    /// is no condition, since every path begins so.
    #[must_use]
    pub fn takes_every_request(&self) -> bool {
        use crate::istio::common::StringPattern::{Exact, Prefix, Regex};
        let every_path = match self.uri.as_ref().and_then(|uri| uri.pattern.as_ref()) {
            None => true,
            Some(pattern) => match &pattern.value {
                Prefix(prefix) => prefix.is_empty() || prefix == "/",
                Regex(regex) => regex == ".*" || regex == "/.*",
                Exact(_) => false,
            },
        };
        let every_scheme = self.scheme.is_none() && self.method.is_none() && self.authority.is_none();
        let lists = [&self.headers, &self.without_headers, &self.query_params];
        every_path && every_scheme && lists.iter().all(|list| list.is_empty())
    }
}

pub(super) fn read(field: &Field<'_>) -> Option<HttpMatch> {
    let mut fields = field.fields()?;
    let mut text = |name| fields.take(name).and_then(|field| common::string_match(&field));
    let (uri, scheme, method, authority) = (text("uri"), text("scheme"), text("method"), text("authority"));
    let found = HttpMatch {
        at: common::at(field),
        name: common::string(fields.take("name")),
        uri,
        scheme,
        method,
        authority,
        headers: common::string_matches(fields.take("headers")),
        without_headers: common::string_matches(fields.take("withoutHeaders")),
        query_params: common::string_matches(fields.take("queryParams")),
        ignore_uri_case: common::boolean(fields.take("ignoreUriCase")),
        stat_prefix: common::string(fields.take("statPrefix")),
        selectors: destination::selectors(&mut fields),
    };
    fields.finish();
    Some(found)
}
