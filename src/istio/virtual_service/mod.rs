//! `VirtualService` (`networking.istio.io/v1`, `v1beta1`, `v1alpha3`; one schema for all three).
//!
//! Every field of the API (istio/api, `virtual_service.proto`, to 1.31) is read; what Istio's own
//! validation refuses is a finding. This module must not know what becomes of a route.

pub mod destination;
pub mod http_actions;
pub mod http_match;
pub mod http_route;
pub mod layer4;
mod validate;
mod validate_http;

pub use self::http_route::HttpRoute;
pub use self::layer4::{TcpRoute, TlsRoute};
use super::Meta;
use super::common::{self, List};
use crate::finding::codes::input;
use crate::finding::{Direction, Finding};
use crate::manifest::Object;
use crate::yaml::fields::{Leaf, Problems, Reader};

/// A VirtualService that Istio accepts.
#[derive(Clone, Debug)]
pub struct VirtualService {
    /// Name and place.
    pub meta: Meta,
    /// `hosts`: empty in a delegate.
    pub hosts: Vec<Leaf<String>>,
    /// `gateways`: empty means the sidecars (`mesh`).
    pub gateways: Vec<Leaf<String>>,
    /// `http`.
    pub http: List<HttpRoute>,
    /// `tls`.
    pub tls: List<TlsRoute>,
    /// `tcp`.
    pub tcp: List<TcpRoute>,
    /// `exportTo`: namespaces whose proxies use it; empty is all.
    pub export_to: Vec<Leaf<String>>,
}

/// Routing refuses nobody by itself, so problems of reading leave access as it is.
const PROBLEMS: Problems = Problems {
    unknown: &input::UNKNOWN_FIELD,
    wrong_type: &input::WRONG_TYPE,
    wrong_value: &input::WRONG_VALUE,
    unquoted: &input::UNQUOTED_SCALAR,
    direction: Direction::None,
};

/// Reads a VirtualService. `None` where it has no `spec` that could be read, or where Istio refuses it;
/// a finding says so. Where single fields could not be read, the rest stands.
#[must_use]
pub fn read(meta: Meta, object: &Object) -> (Option<VirtualService>, Vec<Finding>) {
    let reference = meta.reference.clone();
    let reader = Reader::new(&reference, PROBLEMS);
    let found = read_spec(meta, object, &reader);
    let unreadable = reader.has_findings();
    let mut findings = reader.into_findings();
    let Some(found) = found else {
        if !unreadable {
            findings.push(validate::no_spec(&reference, object.name_span));
        }
        return (None, findings);
    };
    // A field that could not be read counts as absent, and would be missed a second time here.
    if unreadable {
        return (Some(found), findings);
    }
    let refused = validate::check(&found);
    let valid = refused.is_empty();
    findings.extend(refused);
    (valid.then_some(found), findings)
}

fn read_spec(meta: Meta, object: &Object, reader: &Reader<'_>) -> Option<VirtualService> {
    let entry = object.root.entry("spec")?;
    if entry.value.is_null() {
        return None;
    }
    let spec = reader.field("spec", &entry.value, entry.key_span);
    let mut fields = spec.fields()?;
    let found = VirtualService {
        meta,
        hosts: common::strings(fields.take("hosts")),
        gateways: common::strings(fields.take("gateways")),
        http: common::list(fields.take("http"), http_route::read),
        tls: common::list(fields.take("tls"), layer4::tls),
        tcp: common::list(fields.take("tcp"), layer4::tcp),
        export_to: common::strings(fields.take("exportTo")),
    };
    fields.finish();
    Some(found)
}
