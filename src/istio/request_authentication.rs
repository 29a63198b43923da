//! `RequestAuthentication` (`security.istio.io/v1`, `v1beta1`).

use super::{Attachment, Meta};
use crate::yaml::fields::Leaf;

/// A RequestAuthentication that Istio accepts.
#[derive(Clone, Debug)]
pub struct RequestAuthentication {
    /// Name and place.
    pub meta: Meta,
    /// Which workloads it is for.
    pub attachment: Attachment,
    /// `jwtRules`: a request with a token that fits none of them is refused; one without is not.
    pub jwt_rules: Vec<JwtRule>,
}

/// One of `jwtRules`.
#[derive(Clone, Debug)]
pub struct JwtRule {
    /// The rule itself.
    pub at: Leaf<()>,
    /// `issuer`.
    pub issuer: Option<Leaf<String>>,
    /// `audiences`.
    pub audiences: Vec<Leaf<String>>,
    /// `jwksUri` (or `jwks_uri`).
    pub jwks_uri: Option<Leaf<String>>,
    /// `jwks`: the keys themselves.
    pub jwks: Option<Leaf<String>>,
    /// `fromHeaders`: name and prefix.
    pub from_headers: Vec<(Leaf<String>, Option<Leaf<String>>)>,
    /// `fromParams`.
    pub from_params: Vec<Leaf<String>>,
    /// `fromCookies`.
    pub from_cookies: Vec<Leaf<String>>,
    /// `outputPayloadToHeader`: the application may believe this header.
    pub output_payload_to_header: Option<Leaf<String>>,
    /// `outputClaimToHeaders`: header and claim; the application may believe these headers.
    pub output_claim_to_headers: Vec<(Leaf<String>, Leaf<String>)>,
    /// `forwardOriginalToken`.
    pub forward_original_token: Option<Leaf<bool>>,
    /// `timeout`.
    pub timeout: Option<Leaf<String>>,
    /// `spaceDelimitedClaims`.
    pub space_delimited_claims: Vec<Leaf<String>>,
}
