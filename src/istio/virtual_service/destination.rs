//! Where a route leads, and which proxies and listeners get it.

use crate::istio::common::{at, port, string, string_map, strings};
use crate::yaml::fields::{Field, Fields, Leaf};
use std::collections::BTreeMap;

/// `destination`: a host of the registry, maybe one subset of it.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The destination itself.
    pub at: Leaf<()>,
    /// `host`: short names belong to the VirtualService's namespace.
    pub host: Option<Leaf<String>>,
    /// `subset`, which a DestinationRule defines.
    pub subset: Option<Leaf<String>>,
    /// `port.number`.
    pub port: Option<Leaf<i64>>,
}

/// A destination and its share.
#[derive(Clone, Debug)]
pub struct WeightedDestination {
    /// The list's item.
    pub at: Leaf<()>,
    /// `destination`.
    pub destination: Option<Destination>,
    /// `weight`, relative to the sum of the list.
    pub weight: Option<Leaf<i64>>,
}

/// Match fields that no request carries: they choose the proxies and listeners that get a route.
#[derive(Clone, Debug)]
pub struct Selectors {
    /// `port`: the port that is addressed.
    pub port: Option<Leaf<i64>>,
    /// `sourceLabels`: labels of the client's pod.
    pub source_labels: BTreeMap<String, Leaf<String>>,
    /// `sourceNamespace`: the client's namespace.
    pub source_namespace: Option<Leaf<String>>,
    /// `gateways`, which stands for the VirtualService's own list here.
    pub gateways: Vec<Leaf<String>>,
}

impl Selectors {
    /// Whether nothing is chosen: every proxy and port that the VirtualService is for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { port, source_labels, source_namespace, gateways } = self;
        port.is_none() && source_labels.is_empty() && source_namespace.is_none() && gateways.is_empty()
    }
}

pub(super) fn destination(field: &Field<'_>) -> Option<Destination> {
    let mut fields = field.fields()?;
    let host = string(fields.take("host"));
    let subset = string(fields.take("subset")).filter(|subset| !subset.value.is_empty());
    let number = fields.take("port").and_then(|field| {
        let mut fields = field.fields()?;
        let number = port(fields.take("number"));
        fields.finish();
        number
    });
    fields.finish();
    Some(Destination { at: at(field), host, subset, port: number })
}

pub(super) fn selectors(fields: &mut Fields<'_>) -> Selectors {
    Selectors {
        port: port(fields.take("port")),
        source_labels: string_map(fields.take("sourceLabels")),
        source_namespace: string(fields.take("sourceNamespace")),
        gateways: strings(fields.take("gateways")),
    }
}
