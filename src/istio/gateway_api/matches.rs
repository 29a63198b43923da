//! `matches` of HTTPRoutes and GRPCRoutes.

use super::route::RouteKind;
use crate::istio::common::{self, List};
use crate::yaml::fields::{Field, Leaf};

/// One of `matches`: all its conditions have to hold.
#[derive(Clone, Debug)]
pub struct Match {
    /// The list's item.
    pub at: Leaf<()>,
    /// `path`, of HTTP.
    pub path: Option<PathMatch>,
    /// `method`, of HTTP.
    pub method: Option<Leaf<String>>,
    /// `method`, of gRPC.
    pub call: Option<CallMatch>,
    /// `headers`.
    pub headers: List<ValueMatch>,
    /// `queryParams`, of HTTP.
    pub query: List<ValueMatch>,
}

/// How a value is compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compare {
    /// The whole value.
    Exact,
    /// Whole segments at the beginning of a path.
    PathPrefix,
    /// An expression in the controller's own dialect; Istio's is RE2, for the whole value.
    RegularExpression,
}

/// `path`.
#[derive(Clone, Debug)]
pub struct PathMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `type`; absent is `PathPrefix`.
    pub compare: Option<Leaf<Compare>>,
    /// `value`; absent is `/`.
    pub value: Option<Leaf<String>>,
}

/// `method` of a GRPCRoute.
#[derive(Clone, Debug)]
pub struct CallMatch {
    /// The field.
    pub at: Leaf<()>,
    /// `type`; absent is `Exact`.
    pub compare: Option<Leaf<Compare>>,
    /// `service`.
    pub service: Option<Leaf<String>>,
    /// `method`.
    pub method: Option<Leaf<String>>,
}

/// One of `headers` or `queryParams`.
#[derive(Clone, Debug)]
pub struct ValueMatch {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`.
    pub name: Option<Leaf<String>>,
    /// `type`; absent is `Exact`.
    pub compare: Option<Leaf<Compare>>,
    /// `value`.
    pub value: Option<Leaf<String>>,
}

const VALUES: [(&str, Compare); 2] =
    [("Exact", Compare::Exact), ("RegularExpression", Compare::RegularExpression)];

const PATHS: [(&str, Compare); 3] = [
    ("Exact", Compare::Exact),
    ("PathPrefix", Compare::PathPrefix),
    ("RegularExpression", Compare::RegularExpression),
];

impl PathMatch {
    /// How it compares.
    #[must_use]
    pub fn compare(&self) -> Compare {
        self.compare.as_ref().map_or(Compare::PathPrefix, |compare| compare.value)
    }

    /// What it compares with.
    #[must_use]
    pub fn value(&self) -> &str {
        self.value.as_ref().map_or("/", |value| value.value.as_str())
    }
}

impl Match {
    /// Whether every request fits.
    #[must_use]
    pub fn takes_every_request(&self) -> bool {
        let Self { at: _, path, method, call, headers, query } = self;
        let any = |path: &PathMatch| path.compare() == Compare::PathPrefix && path.value() == "/";
        path.as_ref().is_none_or(any)
            && method.is_none()
            && call.is_none()
            && headers.items.is_empty()
            && query.items.is_empty()
    }
}

pub(super) fn read(field: &Field<'_>, kind: RouteKind) -> Option<Match> {
    let mut fields = field.fields()?;
    let mut found = Match {
        at: common::at(field),
        path: None,
        method: None,
        call: None,
        headers: common::list(fields.take("headers"), value),
        query: List::default(),
    };
    if kind == RouteKind::Grpc {
        found.call = fields.take("method").and_then(|field| call(&field));
    } else {
        found.path = fields.take("path").and_then(|field| path(&field));
        found.method = common::string(fields.take("method"));
        found.query = common::list(fields.take("queryParams"), value);
    }
    fields.finish();
    Some(found)
}

fn path(field: &Field<'_>) -> Option<PathMatch> {
    let mut fields = field.fields()?;
    let found = PathMatch {
        at: common::at(field),
        compare: fields.take("type").and_then(|field| field.one_of(&PATHS)),
        value: common::string(fields.take("value")),
    };
    fields.finish();
    Some(found)
}

fn call(field: &Field<'_>) -> Option<CallMatch> {
    let mut fields = field.fields()?;
    let found = CallMatch {
        at: common::at(field),
        compare: fields.take("type").and_then(|field| field.one_of(&VALUES)),
        service: common::string(fields.take("service")),
        method: common::string(fields.take("method")),
    };
    fields.finish();
    Some(found)
}

fn value(field: &Field<'_>) -> Option<ValueMatch> {
    let mut fields = field.fields()?;
    let found = ValueMatch {
        at: common::at(field),
        name: common::string(fields.take("name")),
        compare: fields.take("type").and_then(|field| field.one_of(&VALUES)),
        value: common::string(fields.take("value")),
    };
    fields.finish();
    Some(found)
}
