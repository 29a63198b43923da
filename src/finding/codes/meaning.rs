//! UM1xx: policy that does not mean what it seems to, before any migration.

super::codes! {
    ROOT_SELECTOR_IGNORED = "UM120", "root-selector-ignored", "a PeerAuthentication with a selector in the root namespace, which Istio ignores";
    PEER_AUTHENTICATION_TIE = "UM121", "peer-authentication-tie", "several PeerAuthentications for one scope, of which only the oldest acts";
    IDENTITY_WITHOUT_MTLS = "UM122", "identity-without-mtls", "a rule on identities for a workload whose mutual TLS is switched off";
}
