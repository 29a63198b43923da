//! `tls` of an inbound listener: TLS of clients without a proxy, which the proxy ends.

use crate::istio::common::{self, List, at};
use crate::yaml::fields::{Field, Leaf};

/// `tls`.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// The field's key.
    pub at: Leaf<()>,
    /// `mode`; PASSTHROUGH where absent.
    pub mode: Option<Leaf<Mode>>,
    /// `httpsRedirect`, which Istio refuses here.
    pub redirect: Option<Leaf<bool>>,
    /// `serverCertificate` and `privateKey`: files of the proxy.
    pub pair: Pair,
    /// `tlsCertificates`, which Istio refuses here.
    pub pairs: List<Pair>,
    /// `credentialName`, which Istio refuses here.
    pub credential: Option<Leaf<String>>,
    /// `credentialNames`, which Istio refuses here.
    pub credentials: List<Leaf<String>>,
    /// `caCertCredentialName`: who signs clients' certificates, by name.
    pub ca_credential: Option<Leaf<String>>,
    /// `caCrl`: clients' certificates that do not count any more.
    pub crl: Option<Leaf<String>>,
    /// `subjectAltNames`, which Istio refuses here.
    pub names: List<Leaf<String>>,
    /// `verifyCertificateSpki`: hashes of clients' keys.
    pub keys: List<Leaf<String>>,
    /// `verifyCertificateHash`: hashes of clients' certificates.
    pub hashes: List<Leaf<String>>,
    /// `insecureSkipVerify`: clients' certificates count whoever signed them.
    pub skip_verify: Option<Leaf<bool>>,
    /// `minProtocolVersion`; TLS 1.2 where absent.
    pub oldest: Option<Leaf<Version>>,
    /// `maxProtocolVersion`; TLS 1.3 where absent.
    pub newest: Option<Leaf<Version>>,
    /// `cipherSuites`.
    pub ciphers: List<Leaf<String>>,
}

/// A certificate with its key, as files.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The field that holds it.
    pub at: Leaf<()>,
    /// `serverCertificate`.
    pub certificate: Option<Leaf<String>>,
    /// `privateKey`.
    pub key: Option<Leaf<String>>,
    /// `caCertificates`: who signs clients' certificates.
    pub ca: Option<Leaf<String>>,
}

/// `mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// TLS goes on to the application.
    Passthrough,
    /// TLS ends in the proxy.
    Simple,
    /// The same, and clients have to show a certificate.
    Mutual,
    /// Not for a Sidecar.
    AutoPassthrough,
    /// Not for a Sidecar.
    IstioMutual,
    /// TLS ends in the proxy; a certificate counts if a client shows one.
    OptionalMutual,
}

/// A version of TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// As Istio has it.
    Auto,
    /// TLS 1.0.
    V1_0,
    /// TLS 1.1.
    V1_1,
    /// TLS 1.2.
    V1_2,
    /// TLS 1.3.
    V1_3,
}

impl Mode {
    /// The word of the API.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passthrough => "PASSTHROUGH",
            Self::Simple => "SIMPLE",
            Self::Mutual => "MUTUAL",
            Self::AutoPassthrough => "AUTO_PASSTHROUGH",
            Self::IstioMutual => "ISTIO_MUTUAL",
            Self::OptionalMutual => "OPTIONAL_MUTUAL",
        }
    }
}

impl Version {
    /// The version as people write it; `None` for Istio's own choice.
    #[must_use]
    pub fn number(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::V1_0 => Some("1.0"),
            Self::V1_1 => Some("1.1"),
            Self::V1_2 => Some("1.2"),
            Self::V1_3 => Some("1.3"),
        }
    }
}

impl ServerTls {
    /// The mode that is in force.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode.as_ref().map_or(Mode::Passthrough, |mode| mode.value)
    }
}

/// Empty texts are absent, as protobuf has it.
fn text(field: Option<Field<'_>>) -> Option<Leaf<String>> {
    common::string(field).filter(|text| !text.value.is_empty())
}

pub(super) fn read(field: &Field<'_>) -> Option<ServerTls> {
    const MODES: [(&str, Mode); 6] = [
        ("PASSTHROUGH", Mode::Passthrough),
        ("SIMPLE", Mode::Simple),
        ("MUTUAL", Mode::Mutual),
        ("AUTO_PASSTHROUGH", Mode::AutoPassthrough),
        ("ISTIO_MUTUAL", Mode::IstioMutual),
        ("OPTIONAL_MUTUAL", Mode::OptionalMutual),
    ];
    const VERSIONS: [(&str, Version); 5] = [
        ("TLS_AUTO", Version::Auto),
        ("TLSV1_0", Version::V1_0),
        ("TLSV1_1", Version::V1_1),
        ("TLSV1_2", Version::V1_2),
        ("TLSV1_3", Version::V1_3),
    ];
    let mut fields = field.fields()?;
    let found = ServerTls {
        at: at(field),
        mode: fields.take("mode").and_then(|field| field.one_of(&MODES)),
        redirect: common::boolean(fields.take("httpsRedirect")).filter(|redirect| redirect.value),
        pair: Pair {
            at: at(field),
            certificate: text(fields.take("serverCertificate")),
            key: text(fields.take("privateKey")),
            ca: text(fields.take("caCertificates")),
        },
        pairs: common::list(fields.take("tlsCertificates"), pair),
        credential: text(fields.take("credentialName")),
        credentials: common::list(fields.take("credentialNames"), Field::string),
        ca_credential: text(fields.take("caCertCredentialName")),
        crl: text(fields.take("caCrl")),
        names: common::list(fields.take("subjectAltNames"), Field::string),
        keys: common::list(fields.take("verifyCertificateSpki"), Field::string),
        hashes: common::list(fields.take("verifyCertificateHash"), Field::string),
        skip_verify: common::boolean(fields.take("insecureSkipVerify")),
        oldest: fields.take("minProtocolVersion").and_then(|field| field.one_of(&VERSIONS)),
        newest: fields.take("maxProtocolVersion").and_then(|field| field.one_of(&VERSIONS)),
        ciphers: common::list(fields.take("cipherSuites"), Field::string),
    };
    fields.finish();
    Some(found)
}

fn pair(field: &Field<'_>) -> Option<Pair> {
    let mut fields = field.fields()?;
    let found = Pair {
        at: at(field),
        certificate: text(fields.take("serverCertificate")),
        key: text(fields.take("privateKey")),
        ca: text(fields.take("caCertificates")),
    };
    fields.finish();
    Some(found)
}
