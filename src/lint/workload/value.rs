//! What values Istio takes in annotations (`pkg/kube/inject/validate.go`, `pkg/util/net`).

use std::net::IpAddr;
use std::num::ParseIntError;

/// What a value has to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Takes {
    /// Anything: nobody checks it.
    Text,
    /// A boolean as Go reads it.
    Flag,
    /// A whole number.
    Number,
    /// A port, 0 too.
    Port,
    /// Ports, separated by commas.
    Ports,
    /// Ports whose reading tells what is wrong with them, with the inventory, but for an empty place between commas.
    PortsElsewhere,
    /// Blocks of addresses, separated by commas.
    Ranges,
    /// The same, or `*`.
    RangesOrAll,
    /// Names of network interfaces, separated by commas.
    Interfaces,
    /// A quantity of Kubernetes'.
    Quantity,
    /// A way to redirect.
    Mode,
}

impl Takes {
    /// What is wrong with a value, and what it should be.
    pub(super) fn refuses(self, value: &str) -> Option<&'static str> {
        let (fits, wanted) = match self {
            Self::Text => return None,
            Self::PortsElsewhere => (!has_gap(value), "ports separated by commas, and none of them empty"),
            Self::Flag => (flag(value).is_some(), "`true` or `false`"),
            Self::Number => (value.parse::<u32>().is_ok() && !value.starts_with('+'), "a whole number"),
            Self::Port => (port(value).is_ok(), "a port"),
            Self::Ports => (ports(value).is_ok(), "ports separated by commas"),
            Self::Ranges => {
                (ranges(value).is_some(), "blocks such as `10.0.0.0/8`, separated by commas without spaces")
            }
            Self::RangesOrAll => (
                value == "*" || ranges(value).is_some(),
                "`*`, or blocks such as `10.0.0.0/8`, separated by commas without spaces",
            ),
            Self::Interfaces => (interfaces(value), "names of interfaces separated by commas"),
            Self::Quantity => (quantity(value), "a quantity such as `100m` or `128Mi`"),
            Self::Mode => (matches!(value, "REDIRECT" | "TPROXY" | "NONE"), "`REDIRECT`, `TPROXY` or `NONE`"),
        };
        (!fits).then_some(wanted)
    }
}

/// As `strconv.ParseBool`.
pub(super) fn flag(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn port(text: &str) -> Result<u16, ParseIntError> {
    text.trim().parse()
}

/// Whether a list has an empty place. An empty text is an empty list.
fn has_gap(text: &str) -> bool {
    !text.trim().is_empty() && text.split(',').any(|part| part.trim().is_empty())
}

/// Ports; none for an empty text.
pub(super) fn ports(text: &str) -> Result<Vec<u16>, ParseIntError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.trim().split(',').map(port).collect()
}

/// Blocks, each as its address and length; none for an empty text. Go takes no block without a length.
pub(super) fn ranges(text: &str) -> Option<Vec<ipnet::IpNet>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(',').map(|block| block.parse().ok()).collect()
}

fn interfaces(text: &str) -> bool {
    let fits = |name: &str| {
        let rest = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        (1..=15).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(rest)
    };
    text.is_empty() || text.split(',').map(str::trim).all(fits)
}

/// A number with an exponent or a suffix (`k8s.io/apimachinery/pkg/api/resource`).
fn quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 16] =
        ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    let (number, suffix) = unsigned.split_at_checked(end.unwrap_or(unsigned.len())).unwrap_or((unsigned, ""));
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|digits| digits.parse::<i32>().is_ok());
    let digits = number.chars().any(|letter| letter.is_ascii_digit());
    digits && number.matches('.').count() <= 1 && (exponent || SUFFIXES.contains(&suffix))
}

/// Whether pods may have addresses of a block: private ones, or all.
pub(super) fn may_hold_pods(block: &ipnet::IpNet) -> bool {
    const PRIVATE: [&str; 5] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
    let meets = |private: &ipnet::IpNet| private.contains(block) || block.contains(private);
    PRIVATE.iter().filter_map(|text| text.parse::<ipnet::IpNet>().ok()).any(|private| meets(&private))
}

/// Whether a block is of one address of the pod itself or of its link.
pub(super) fn is_local(block: &ipnet::IpNet) -> bool {
    match block.network() {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::Takes::*;
    use super::*;

    #[test]
    fn values_are_taken_as_istios_validation_takes_them() {
        let rows = [
            (Flag, "true", true),
            (Flag, "T", true),
            (Flag, "yes", false),
            (Number, "30", true),
            (Number, "-1", false),
            (Number, "1s", false),
            (Port, "0", true),
            (Port, " 80", true),
            (Port, "65536", false),
            (Ports, "", true),
            (Ports, "80, 443", true),
            (Ports, "80,", false),
            (Ports, "http", false),
            (Ports, "*", false),
            (PortsElsewhere, "", true),
            (PortsElsewhere, "80, 443", true),
            (PortsElsewhere, "80,", false),
            (PortsElsewhere, "*", true),
            (Ranges, "", true),
            (Ranges, "10.0.0.0/8,fc00::/7", true),
            (Ranges, "10.0.0.0/8, 11.0.0.0/8", false),
            (Ranges, "10.0.0.1", false),
            (Ranges, "*", false),
            (RangesOrAll, "*", true),
            (RangesOrAll, "*,10.0.0.0/8", false),
            (Interfaces, "net1, eth1", true),
            (Interfaces, "net1,", false),
            (Interfaces, "a-name-of-16char", false),
            (Interfaces, "1net", false),
            (Quantity, "100m", true),
            (Quantity, "0.5", true),
            (Quantity, "1e3", true),
            (Quantity, "128Mi", true),
            (Quantity, "128MB", false),
            (Quantity, "lots", false),
            (Quantity, "", false),
            (Mode, "TPROXY", true),
            (Mode, "tproxy", false),
        ];
        for (takes, value, fits) in rows {
            assert_eq!(takes.refuses(value).is_none(), fits, "{takes:?} {value:?}");
        }
    }

    #[test]
    fn private_blocks_may_hold_pods() {
        let rows = [
            ("10.1.0.0/16", true),
            ("0.0.0.0/0", true),
            ("169.254.169.254/32", false),
            ("8.8.8.8/32", false),
        ];
        for (block, pods) in rows {
            assert_eq!(may_hold_pods(&block.parse().unwrap()), pods, "{block}");
        }
    }
}
