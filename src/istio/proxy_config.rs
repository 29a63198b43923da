//! `ProxyConfig` (`networking.istio.io/v1beta1`): how proxies are set up.

use super::checks::Checks;
use super::common;
use super::{Attachment, Meta, attachment};
use crate::yaml::fields::{Field, Leaf};
use std::collections::BTreeMap;

/// A ProxyConfig.
#[derive(Clone, Debug)]
pub struct ProxyConfig {
    /// Name and place.
    pub meta: Meta,
    /// Whose proxies it sets up.
    pub attachment: Attachment,
    /// `concurrency`: threads; 0 is as many as processors.
    pub concurrency: Option<Leaf<i64>>,
    /// `environmentVariables`.
    pub variables: Option<Leaf<BTreeMap<String, Leaf<String>>>>,
    /// `image.imageType`, with the place of `image`.
    pub image: Option<(Leaf<()>, Option<Leaf<String>>)>,
}

/// The longest value of a variable (CRD).
const LONGEST_VARIABLE: usize = 2048;

/// Reads the `spec`.
pub(super) fn read(meta: Meta, spec: Option<&Field<'_>>, checks: &Checks<'_>) -> ProxyConfig {
    let attachment = Attachment::Everything;
    let mut read = ProxyConfig { meta, attachment, concurrency: None, variables: None, image: None };
    let Some(mut fields) = spec.and_then(Field::fields) else { return read };
    read.attachment = attachment::read_selector(&mut fields, checks);
    read.concurrency = common::integer(fields.take("concurrency"));
    read.variables =
        fields.take("environmentVariables").map(|field| common::at(&field).map(|()| field.string_map()));
    read.image = fields.take("image").and_then(|field| {
        let mut inner = field.fields()?;
        let image_type = common::string(inner.take("imageType"));
        inner.finish();
        Some((common::at(&field), image_type))
    });
    fields.finish();
    if let Some(threads) = read.concurrency.as_ref().filter(|threads| threads.value < 0) {
        let help = "write 0 for as many threads as processors, or a number of threads";
        checks.refuse(threads, "`concurrency` is less than 0", help);
    }
    let values = read.variables.iter().flat_map(|variables| variables.value.values());
    for value in values.filter(|value| value.value.len() > LONGEST_VARIABLE) {
        let message = format!("a variable's value is longer than {LONGEST_VARIABLE} characters");
        checks.refuse(value, message, "shorten it");
    }
    read
}
