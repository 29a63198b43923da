//! What proxies are made to do beyond Istio's own features: patches, code, and how they are set up.
//!
//! One finding for each patch and each program. Envoy's configuration is free-form to Istio, so the finding on
//! a patch stands for all that is below it. These rules look at types and inventory alone.

mod envoy_filter;
mod filters;
mod place;
mod plugin;
mod proxy_config;
mod settings;
mod value;

use super::Context;
use crate::finding::Finding;

/// One finding for each patch, program and setting.
#[must_use]
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let resources = context.resources;
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(resources.envoy_filters.iter().flat_map(|filter| envoy_filter::check(context, filter)));
    findings.extend(resources.wasm_plugins.iter().filter_map(|found| plugin::wasm_plugin(context, found)));
    let extensions = resources.traffic_extensions.iter();
    findings.extend(extensions.flat_map(|found| plugin::traffic_extension(context, found)));
    findings.extend(resources.proxy_configs.iter().flat_map(|found| proxy_config::check(context, found)));
    findings
}
