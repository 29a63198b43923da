//! Names of objects, as Kubernetes has them (`k8s.io/apimachinery/pkg/util/validation`).

/// The longest label, in bytes.
pub const LABEL_LENGTH: usize = 63;
/// The longest subdomain, in bytes.
pub const SUBDOMAIN_LENGTH: usize = 253;

/// A label of RFC 1123: the name of a namespace.
#[must_use]
pub fn is_label(text: &str) -> bool {
    text.len() <= LABEL_LENGTH && is_part(text)
}

/// A subdomain of RFC 1123, labels of any length with points between them: the name of most objects.
#[must_use]
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= SUBDOMAIN_LENGTH && text.split('.').all(is_part)
}

/// Lower-case letters, digits and inner hyphens: a label but for its length.
#[must_use]
pub fn is_part(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(inner) && !text.starts_with('-') && !text.ends_with('-')
}
