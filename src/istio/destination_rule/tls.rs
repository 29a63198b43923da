//! `tls`: how a client's proxy speaks to a host.

use crate::istio::checks::Checks;
use crate::istio::common::{self, at};
use crate::yaml::fields::{Field, Leaf};

/// What stands before the name of a ConfigMap in `credentialName`; a Secret has nothing, or another word.
pub const CONFIG_MAP: &str = "configmap://";

/// `tls`.
#[derive(Clone, Debug)]
pub struct ClientTls {
    /// The field's key.
    pub at: Leaf<()>,
    /// `mode`; without it, `DISABLE`, the first value of the enum.
    pub mode: Option<Leaf<Mode>>,
    /// `clientCertificate`: a file of the proxy.
    pub certificate: Option<Leaf<String>>,
    /// `privateKey`: a file of the proxy.
    pub key: Option<Leaf<String>>,
    /// `caCertificates`: a file of the proxy; without it, the system's (since Istio 1.21; before, none).
    pub ca: Option<Leaf<String>>,
    /// `caCrl`: a file of the proxy.
    pub crl: Option<Leaf<String>>,
    /// `credentialName`: a Secret, or a ConfigMap with `configmap://` before it.
    pub credential: Option<Leaf<String>>,
    /// `subjectAltNames`: the names of which the server must have one.
    pub names: Vec<Leaf<String>>,
    /// `sni`: without it, the request's own host.
    pub sni: Option<Leaf<String>>,
    /// `insecureSkipVerify`.
    pub skip_verify: Option<Leaf<bool>>,
}

/// `mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// No TLS, not even that of the mesh.
    Disable,
    /// TLS that the proxy begins.
    Simple,
    /// The same, with a client's certificate.
    Mutual,
    /// The mesh's own mutual TLS.
    IstioMutual,
}

impl Mode {
    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Disable => "DISABLE",
            Self::Simple => "SIMPLE",
            Self::Mutual => "MUTUAL",
            Self::IstioMutual => "ISTIO_MUTUAL",
        }
    }
}

impl ClientTls {
    /// The mode that is in force.
    #[must_use]
    pub fn effective_mode(&self) -> Mode {
        self.mode.as_ref().map_or(Mode::Disable, |mode| mode.value)
    }

    /// Whether the server's certificate is taken as it is.
    #[must_use]
    pub fn skips_verification(&self) -> bool {
        self.skip_verify.as_ref().is_some_and(|skip| skip.value)
    }
}

pub(super) fn read(field: &Field<'_>, checks: &Checks<'_>) -> Option<ClientTls> {
    const MODES: [(&str, Mode); 4] = [
        ("DISABLE", Mode::Disable),
        ("SIMPLE", Mode::Simple),
        ("MUTUAL", Mode::Mutual),
        ("ISTIO_MUTUAL", Mode::IstioMutual),
    ];
    let mut fields = field.fields()?;
    // Empty texts are absent, as protobuf has it.
    let mut text = |name| common::string(fields.take(name)).filter(|text| !text.value.is_empty());
    let (certificate, key) = (text("clientCertificate"), text("privateKey"));
    let (ca, crl) = (text("caCertificates"), text("caCrl"));
    let (credential, sni) = (text("credentialName"), text("sni"));
    let found = ClientTls {
        at: at(field),
        mode: fields.take("mode").and_then(|field| field.one_of(&MODES)),
        certificate,
        key,
        ca,
        crl,
        credential,
        names: common::strings(fields.take("subjectAltNames")),
        sni,
        skip_verify: common::boolean(fields.take("insecureSkipVerify")),
    };
    fields.finish();
    check(&found, checks);
    if found.effective_mode() == Mode::Mutual && found.credential.is_none() {
        for name in ["clientCertificate", "privateKey"] {
            let given = field.node.get(name).filter(|node| !node.is_null() && node.as_str() != Some(""));
            if given.is_none() {
                let message = format!("Istio refuses `mode: MUTUAL` without `{name}`");
                let span = found.mode.as_ref().map_or(found.at.span, |mode| mode.span);
                let place = Leaf { value: (), span, field: found.at.field.clone() };
                checks.refuse(
                    &place,
                    message,
                    "name the client's certificate and key, or a `credentialName`",
                );
            }
        }
    }
    Some(found)
}

/// `ValidateTLS`, but for what is missing.
fn check(tls: &ClientTls, checks: &Checks<'_>) {
    let mode = tls.effective_mode();
    let begins = matches!(mode, Mode::Simple | Mode::Mutual);
    if tls.skips_verification() && begins {
        let credential = tls.credential.as_ref().filter(|_| mode == Mode::Simple);
        for given in [tls.ca.as_ref(), credential, tls.names.first()].into_iter().flatten() {
            let message = "Istio refuses what a certificate is verified by beside `insecureSkipVerify`";
            checks.refuse(given, message, "verify the certificate, or take this out");
        }
    }
    if let Some(credential) = tls.credential.as_ref().filter(|_| begins) {
        for given in [&tls.certificate, &tls.ca, &tls.key, &tls.crl].into_iter().flatten() {
            let message = format!(
                "Istio refuses a file beside `credentialName`: `{}` holds keys and certificates",
                credential.value
            );
            checks.refuse(given, message, "keep the files, or `credentialName`");
        }
    }
}
