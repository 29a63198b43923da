//! `Gateway` (`networking.istio.io`): ports on which proxies let clients in, and the TLS that ends there.
//!
//! Reading and Istio's own validation. Whether anything uses a server is for `lint` to say.

mod validate;

use super::Meta;
use super::checks::Checks;
use super::common::{self, List};
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// A Gateway, as far as it can be read.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Name and place.
    pub meta: Meta,
    /// The key `selector`, where it is given.
    pub selector_at: Option<Leaf<()>>,
    /// `selector`: labels of the pods whose proxies listen, in any namespace; empty is all that ask for it.
    pub selector: BTreeMap<String, Leaf<String>>,
    /// `servers`.
    pub servers: List<Server>,
}

/// One of `servers`.
#[derive(Clone, Debug)]
pub struct Server {
    /// The list's item.
    pub at: Leaf<()>,
    /// `name`, for statistics.
    pub name: Option<Leaf<String>>,
    /// `port`.
    pub port: Option<Port>,
    /// `bind`: the address or Unix socket to listen at; absent is every address.
    pub bind: Option<Leaf<String>>,
    /// `hosts`, each with or without the namespace of the VirtualServices that may use it.
    pub hosts: List<Leaf<String>>,
    /// `tls`.
    pub tls: Option<ServerTls>,
    /// `defaultEndpoint`, which Istio does not implement.
    pub default_endpoint: Option<Leaf<String>>,
}

/// `port` of a server.
#[derive(Clone, Debug)]
pub struct Port {
    /// The field.
    pub at: Leaf<()>,
    /// `number`; 0 for a Unix socket alone.
    pub number: Option<Leaf<i64>>,
    /// `name`, unique in its Gateway.
    pub name: Option<Leaf<String>>,
    /// `protocol`, in any case.
    pub protocol: Option<Leaf<String>>,
    /// `targetPort`, which Istio refuses here.
    pub target_port: Option<Leaf<i64>>,
}

/// `tls` of a server.
#[derive(Clone, Debug)]
pub struct ServerTls {
    /// The field.
    pub at: Leaf<()>,
    /// `mode`; absent is PASSTHROUGH, which on an HTTP port is no TLS.
    pub mode: Option<Leaf<TlsMode>>,
    /// `httpsRedirect`.
    pub https_redirect: Option<Leaf<bool>>,
    /// Where the server's certificate comes from.
    pub certificate: Certificate,
    /// How clients' certificates are judged.
    pub clients: ClientCertificates,
    /// `minProtocolVersion`; absent is TLS 1.2.
    pub min_version: Option<Leaf<TlsVersion>>,
    /// `maxProtocolVersion`; absent is TLS 1.3.
    pub max_version: Option<Leaf<TlsVersion>>,
    /// `cipherSuites`; empty is Envoy's list.
    pub cipher_suites: Vec<Leaf<String>>,
}

/// The server's certificate: one of three forms.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// `credentialName`: a Secret in the namespace of the proxy.
    pub credential_name: Option<Leaf<String>>,
    /// `credentialNames`: Secrets, such as one for RSA and one for ECDSA.
    pub credential_names: List<Leaf<String>>,
    /// `serverCertificate` and `privateKey`: files in the proxy's container.
    pub files: CertificateFiles,
    /// `tlsCertificates`: several pairs of files.
    pub several: List<CertificateFiles>,
}

/// Files with a certificate and its key.
#[derive(Clone, Debug)]
pub struct CertificateFiles {
    /// Of a list, the item.
    pub at: Leaf<()>,
    /// `serverCertificate`.
    pub certificate: Option<Leaf<String>>,
    /// `privateKey`.
    pub key: Option<Leaf<String>>,
    /// `caCertificates`.
    pub authorities: Option<Leaf<String>>,
}

/// What is asked of clients' certificates.
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    /// `caCertCredentialName`: a Secret or ConfigMap, before the one of `credentialName`.
    pub authorities_name: Option<Leaf<String>>,
    /// `caCrl`: a file with revoked certificates.
    pub revoked: Option<Leaf<String>>,
    /// `subjectAltNames`: one of them has to be in the certificate.
    pub names: Vec<Leaf<String>>,
    /// `verifyCertificateSpki`: hashes of keys.
    pub key_hashes: Vec<Leaf<String>>,
    /// `verifyCertificateHash`: hashes of certificates.
    pub hashes: Vec<Leaf<String>>,
    /// `insecureSkipVerify`: lets clients in whose certificate is not valid.
    pub let_invalid_in: Option<Leaf<bool>>,
}

/// `tls.mode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsMode {
    /// TLS goes on to what the server name leads to.
    Passthrough,
    /// TLS ends here; clients show no certificate.
    Simple,
    /// TLS ends here; clients have to show a certificate.
    Mutual,
    /// As Passthrough, by server names that name a Service of the mesh; no VirtualService is needed.
    AutoPassthrough,
    /// As Mutual, with the mesh's certificates on both sides.
    IstioMutual,
    /// TLS ends here; clients that show a certificate have it checked.
    OptionalMutual,
}

/// A version of TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsVersion {
    /// `TLS_AUTO`: 1.2 at least, 1.3 at most.
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

/// What a server's protocol means to Istio.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    /// HTTP, HTTP2, GRPC, GRPC-WEB, HTTP_PROXY: requests, in clear text.
    Http,
    /// HTTPS: requests where TLS ends here, connections where it passes.
    Https,
    /// TLS: connections by server name.
    Tls,
    /// TCP, MONGO, REDIS, MYSQL: connections.
    Tcp,
    /// UDP, which no proxy of a Gateway takes.
    Udp,
}

impl Protocol {
    /// The protocol of a word, in any case (`pkg/config/protocol`); `None` for one that Istio does not know.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "http" | "http2" | "http_proxy" | "grpc" | "grpc-web" => Some(Self::Http),
            "https" => Some(Self::Https),
            "tls" => Some(Self::Tls),
            "tcp" | "mongo" | "redis" | "mysql" => Some(Self::Tcp),
            "udp" => Some(Self::Udp),
            _ => None,
        }
    }
}

impl Server {
    /// Its protocol, where it is one that Istio knows.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        Protocol::of(&self.port.as_ref()?.protocol.as_ref()?.value)
    }

    /// The mode of its TLS; `None` without `tls`.
    #[must_use]
    pub fn mode(&self) -> Option<TlsMode> {
        Some(self.tls.as_ref()?.mode.as_ref().map_or(TlsMode::Passthrough, |mode| mode.value))
    }
}

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> Gateway {
    let mut found = Gateway { meta, selector_at: None, selector: BTreeMap::new(), servers: List::default() };
    if let Some(mut fields) = spec.and_then(Field::fields) {
        let selector = fields.take("selector");
        found.selector_at = selector.as_ref().map(common::at);
        found.selector = common::string_map(selector);
        found.servers = common::list(fields.take("servers"), server);
        fields.finish();
    }
    validate::check(&found, checks);
    found
}

fn server(field: &Field<'_>) -> Option<Server> {
    let mut fields = field.fields()?;
    let found = Server {
        at: common::at(field),
        name: common::string(fields.take("name")),
        port: fields.take("port").and_then(|field| port(&field)),
        bind: common::string(fields.take("bind")),
        hosts: common::list(fields.take("hosts"), Field::string),
        tls: fields.take("tls").and_then(|field| tls(&field)),
        default_endpoint: common::string(fields.take("defaultEndpoint")),
    };
    fields.finish();
    Some(found)
}

fn port(field: &Field<'_>) -> Option<Port> {
    let mut fields = field.fields()?;
    let found = Port {
        at: common::at(field),
        number: common::port(fields.take("number")),
        name: common::string(fields.take("name")),
        protocol: common::string(fields.take("protocol")),
        target_port: common::port(fields.take("targetPort")),
    };
    fields.finish();
    Some(found)
}

fn tls(field: &Field<'_>) -> Option<ServerTls> {
    const MODES: [(&str, TlsMode); 6] = [
        ("PASSTHROUGH", TlsMode::Passthrough),
        ("SIMPLE", TlsMode::Simple),
        ("MUTUAL", TlsMode::Mutual),
        ("AUTO_PASSTHROUGH", TlsMode::AutoPassthrough),
        ("ISTIO_MUTUAL", TlsMode::IstioMutual),
        ("OPTIONAL_MUTUAL", TlsMode::OptionalMutual),
    ];
    const VERSIONS: [(&str, TlsVersion); 5] = [
        ("TLS_AUTO", TlsVersion::Auto),
        ("TLSV1_0", TlsVersion::V1_0),
        ("TLSV1_1", TlsVersion::V1_1),
        ("TLSV1_2", TlsVersion::V1_2),
        ("TLSV1_3", TlsVersion::V1_3),
    ];
    let mut fields = field.fields()?;
    let found = ServerTls {
        at: common::at(field),
        mode: fields.take("mode").and_then(|field| field.one_of(&MODES)),
        https_redirect: common::boolean(fields.take("httpsRedirect")),
        certificate: Certificate {
            credential_name: common::string(fields.take("credentialName")),
            credential_names: common::list(fields.take("credentialNames"), Field::string),
            files: CertificateFiles {
                at: common::at(field),
                certificate: common::string(fields.take("serverCertificate")),
                key: common::string(fields.take("privateKey")),
                authorities: common::string(fields.take("caCertificates")),
            },
            several: common::list(fields.take("tlsCertificates"), files),
        },
        clients: ClientCertificates {
            authorities_name: common::string(fields.take("caCertCredentialName")),
            revoked: common::string(fields.take("caCrl")),
            names: common::strings(fields.take("subjectAltNames")),
            key_hashes: common::strings(fields.take("verifyCertificateSpki")),
            hashes: common::strings(fields.take("verifyCertificateHash")),
            let_invalid_in: common::boolean(fields.take("insecureSkipVerify")),
        },
        min_version: fields.take("minProtocolVersion").and_then(|field| field.one_of(&VERSIONS)),
        max_version: fields.take("maxProtocolVersion").and_then(|field| field.one_of(&VERSIONS)),
        cipher_suites: common::strings(fields.take("cipherSuites")),
    };
    fields.finish();
    Some(found)
}

fn files(field: &Field<'_>) -> Option<CertificateFiles> {
    let mut fields = field.fields()?;
    let found = CertificateFiles {
        at: common::at(field),
        certificate: common::string(fields.take("serverCertificate")),
        key: common::string(fields.take("privateKey")),
        authorities: common::string(fields.take("caCertificates")),
    };
    fields.finish();
    Some(found)
}
