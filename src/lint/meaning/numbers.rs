//! UM136 and UM137: numbers that are not what they look like: the port 0, and blocks with host bits.

use super::values::{self, Attribute, Compared};
use super::warning;
use crate::finding::Finding;
use crate::finding::codes::meaning::{HOST_BITS, PORT_ZERO};
use crate::lint::Context;
use ipnet::IpNet;

/// UM136: one finding for each port 0.
#[must_use]
pub fn port_zero(context: &Context<'_>) -> Vec<Finding> {
    each(context, Attribute::Port, |policy, compared| {
        if compared.leaf.value.parse::<u16>() != Ok(0) {
            return None;
        }
        let message = if compared.negated {
            "no request comes in at port 0, so this leaves nothing out"
        } else {
            "no request comes in at port 0: it does not stand for all ports"
        };
        let help = "name the port, or leave `ports` out to mean all of them";
        Some(warning(&PORT_ZERO, policy, compared.leaf, message).help(help))
    })
}

/// UM137: one finding for each block whose address has bits beyond its prefix.
#[must_use]
pub fn host_bits(context: &Context<'_>) -> Vec<Finding> {
    each(context, Attribute::Address, |policy, compared| {
        let net: IpNet = compared.leaf.value.parse().ok()?;
        if net.addr() == net.network() {
            return None;
        }
        let host = IpNet::from(net.addr());
        let message = format!(
            "`{}` is the whole block `{}`, not the address `{}` alone: what stands behind the prefix counts for nothing",
            compared.leaf.value,
            net.trunc(),
            net.addr()
        );
        let help = format!("write `{}`, or `{host}` if one address is meant", net.trunc());
        Some(warning(&HOST_BITS, policy, compared.leaf, message).help(help))
    })
}

fn each(
    context: &Context<'_>,
    attribute: Attribute,
    check: impl Fn(&crate::istio::AuthorizationPolicy, Compared<'_>) -> Option<Finding>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for policy in &context.resources.authorization_policies {
        let values = values::of(policy).into_iter().filter(|compared| compared.attribute == attribute);
        findings.extend(values.filter_map(|compared| check(policy, compared)));
    }
    findings
}
