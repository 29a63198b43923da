//! Sets of addresses as CIDRs: masks, families, complement, aggregation, subtraction.
//!
//! Calico wants CIDRs without host bits, and the families of one rule apart
//! (`libcalico-go/lib/validator/v3/validator.go`). Sets are computed as ranges of numbers within
//! one family; what comes out is the shortest list of CIDRs, in ascending order.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An IP family.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// A range of addresses of one family as numbers, both ends included.
type Range = (u128, u128);

impl Family {
    /// Both.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of a CIDR.
    #[must_use]
    pub fn of(net: &IpNet) -> Self {
        match net {
            IpNet::V4(_) => Self::V4,
            IpNet::V6(_) => Self::V6,
        }
    }

    /// `0.0.0.0/0` or `::/0`.
    #[must_use]
    pub fn whole(self) -> IpNet {
        match self {
            Self::V4 => IpNet::V4(Ipv4Net::default()),
            Self::V6 => IpNet::V6(Ipv6Net::default()),
        }
    }

    /// The CIDRs of this family among others, in their order.
    #[must_use]
    pub fn only(self, nets: &[IpNet]) -> Vec<IpNet> {
        nets.iter().filter(|net| Self::of(net) == self).copied().collect()
    }

    /// The highest address as a number.
    fn last(self) -> u128 {
        match self {
            Self::V4 => u128::from(u32::MAX),
            Self::V6 => u128::MAX,
        }
    }

    /// How many bits an address has.
    fn bits(self) -> u32 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// The CIDR of `2^host_bits` addresses from `first` on; `None` where there is no such CIDR.
    fn net(self, first: u128, host_bits: u32) -> Option<IpNet> {
        let prefix = u8::try_from(self.bits().checked_sub(host_bits)?).ok()?;
        match self {
            Self::V4 => {
                let address = Ipv4Addr::from(u32::try_from(first).ok()?);
                Ipv4Net::new(address, prefix).ok().map(IpNet::V4)
            }
            Self::V6 => Ipv6Net::new(Ipv6Addr::from(first), prefix).ok().map(IpNet::V6),
        }
    }
}

/// The CIDR without host bits: `10.1.2.3/8` becomes `10.0.0.0/8`.
#[must_use]
pub fn mask(net: IpNet) -> IpNet {
    net.trunc()
}

/// Whether a CIDR lies within `::ffff:0:0/96`: IPv4 addresses in the form of IPv6. Go's `net.IP`
/// takes them for IPv4, and with it Calico's test of a rule's families.
#[must_use]
pub fn is_mapped(net: &IpNet) -> bool {
    match net {
        IpNet::V4(_) => false,
        IpNet::V6(net) => net.prefix_len() >= 96 && net.network().to_ipv4_mapped().is_some(),
    }
}

/// The same addresses as the fewest CIDRs: masked, without doubles and without what another one
/// holds; IPv4 first, then ascending.
#[must_use]
pub fn aggregate(nets: &[IpNet]) -> Vec<IpNet> {
    Family::ALL.iter().flat_map(|family| cidrs(*family, &ranges(*family, nets))).collect()
}

/// All addresses of a family that none of the CIDRs holds, as the fewest CIDRs. CIDRs of the other
/// family say nothing here.
#[must_use]
pub fn complement(family: Family, nets: &[IpNet]) -> Vec<IpNet> {
    cidrs(family, &gaps(family, &ranges(family, nets)))
}

/// The addresses of `from` that none of `minus` holds, each family by itself, as the fewest CIDRs.
#[must_use]
pub fn subtract(from: &[IpNet], minus: &[IpNet]) -> Vec<IpNet> {
    let within = |family: Family| {
        let mut outside = gaps(family, &ranges(family, from));
        outside.extend(ranges(family, minus));
        cidrs(family, &gaps(family, &joined(outside)))
    };
    Family::ALL.into_iter().flat_map(within).collect()
}

/// The ranges of a family, ascending, overlaps and neighbours joined.
fn ranges(family: Family, nets: &[IpNet]) -> Vec<Range> {
    let range = |net: &IpNet| match net {
        IpNet::V4(net) => (u128::from(u32::from(net.network())), u128::from(u32::from(net.broadcast()))),
        IpNet::V6(net) => (u128::from(net.network()), u128::from(net.broadcast())),
    };
    joined(nets.iter().filter(|net| Family::of(net) == family).map(range).collect())
}

/// Ranges in ascending order, overlaps and neighbours joined.
fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut joined: Vec<Range> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => joined.push((first, last)),
        }
    }
    joined
}

/// What lies between ranges that are ascending and joined.
fn gaps(family: Family, ranges: &[Range]) -> Vec<Range> {
    let mut gaps = Vec::new();
    let mut next = Some(0);
    for (first, last) in ranges {
        if let Some(from) = next.filter(|from| from < first) {
            gaps.push((from, first - 1));
        }
        next = last.checked_add(1).filter(|next| *next <= family.last());
    }
    gaps.extend(next.map(|from| (from, family.last())));
    gaps
}

/// Ranges as CIDRs: at each address the largest block that starts there and stays inside.
fn cidrs(family: Family, ranges: &[Range]) -> Vec<IpNet> {
    let mut nets = Vec::new();
    for (first, last) in ranges {
        let mut next = Some(*first);
        while let Some(from) = next.filter(|from| from <= last) {
            let aligned = from.trailing_zeros().min(family.bits());
            let fitting = match (last - from).checked_add(1) {
                Some(size) => size.ilog2(),
                None => 128,
            };
            let host_bits = aligned.min(fitting);
            nets.extend(family.net(from, host_bits));
            next = 1_u128.checked_shl(host_bits).and_then(|size| from.checked_add(size));
        }
    }
    nets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::IpAddr;

    fn nets(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    type Texts = &'static [&'static str];

    #[test]
    fn complements_are_the_shortest_lists() {
        let rows: [(&str, Family, Texts, Texts); 7] = [
            ("of nothing", Family::V4, &[], &["0.0.0.0/0"]),
            ("of everything", Family::V4, &["0.0.0.0/0"], &[]),
            ("of a half", Family::V4, &["128.0.0.0/1"], &["0.0.0.0/1"]),
            (
                "of 10/8",
                Family::V4,
                &["10.0.0.0/8"],
                &[
                    "0.0.0.0/5",
                    "8.0.0.0/7",
                    "11.0.0.0/8",
                    "12.0.0.0/6",
                    "16.0.0.0/4",
                    "32.0.0.0/3",
                    "64.0.0.0/2",
                    "128.0.0.0/1",
                ],
            ),
            ("the other family", Family::V6, &["0.0.0.0/0"], &["::/0"]),
            ("of all IPv6", Family::V6, &["::/1", "8000::/1"], &[]),
            ("of unicast", Family::V6, &["::/1", "8000::/2"], &["c000::/2"]),
        ];
        for (row, family, given, expected) in rows {
            assert_eq!(complement(family, &nets(given)), nets(expected), "{row}");
        }
    }

    #[test]
    fn aggregates_subtracts_and_masks() {
        let given = nets(&["10.0.1.0/24", "::1/128", "10.0.0.7/24", "10.0.1.128/25", "::/128"]);
        assert_eq!(aggregate(&given), nets(&["10.0.0.0/23", "::/127"]));
        let less = subtract(&nets(&["10.0.0.0/30", "fd00::/8"]), &nets(&["10.0.0.1/32"]));
        assert_eq!(less, nets(&["10.0.0.0/32", "10.0.0.2/31", "fd00::/8"]));
        assert_eq!(mask("10.1.2.3/8".parse().unwrap()).to_string(), "10.0.0.0/8");
        assert_eq!(mask("fd00::1/8".parse().unwrap()).to_string(), "fd00::/8");
    }

    #[test]
    fn ipv4_in_the_form_of_ipv6() {
        let mapped = |text: &str| is_mapped(&text.parse().expect(text));
        assert!(mapped("::ffff:10.0.0.0/104"));
        assert!(mapped("::ffff:0:0/96"));
        assert!(!mapped("::/0"));
        assert!(!mapped("::ffff:0:0/95"));
        assert!(!mapped("10.0.0.0/8"));
    }

    /// CIDRs close to each other and to the ends, so that they meet.
    fn some_nets() -> impl Strategy<Value = Vec<IpNet>> {
        let v4 = (prop_oneof![0..64_u32, u32::MAX - 63..=u32::MAX, any::<u32>()], 24..=32_u8)
            .prop_map(|(at, prefix)| IpNet::V4(Ipv4Net::new(Ipv4Addr::from(at), prefix).unwrap()));
        let wide = (any::<u32>(), 0..=32_u8)
            .prop_map(|(at, prefix)| IpNet::V4(Ipv4Net::new(Ipv4Addr::from(at), prefix).unwrap()));
        let v6 = (prop_oneof![0..64_u128, u128::MAX - 63..=u128::MAX, any::<u128>()], 0..=128_u8)
            .prop_map(|(at, prefix)| IpNet::V6(Ipv6Net::new(Ipv6Addr::from(at), prefix).unwrap()));
        proptest::collection::vec(prop_oneof![v4, wide, v6], 0..8)
    }

    fn holds(nets: &[IpNet], address: IpAddr) -> bool {
        nets.iter().any(|net| net.contains(&address))
    }

    /// The addresses at which a set can change: both ends of each CIDR, and their neighbours.
    fn edges(nets: &[IpNet]) -> Vec<IpAddr> {
        let mut edges: Vec<IpAddr> = vec![
            Ipv4Addr::UNSPECIFIED.into(),
            Ipv4Addr::BROADCAST.into(),
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::from(u128::MAX).into(),
        ];
        for net in nets {
            match net {
                IpNet::V4(net) => {
                    let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
                    let near = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                    edges.extend(near.map(|at| IpAddr::from(Ipv4Addr::from(at))));
                }
                IpNet::V6(net) => {
                    let (first, last) = (u128::from(net.network()), u128::from(net.broadcast()));
                    let near = [first.wrapping_sub(1), first, last, last.wrapping_add(1)];
                    edges.extend(near.map(|at| IpAddr::from(Ipv6Addr::from(at))));
                }
            }
        }
        edges
    }

    /// No CIDR holds another, and no two could be one.
    fn is_shortest(nets: &[IpNet]) -> bool {
        nets.windows(2).all(|pair| pair[0] < pair[1])
            && nets.iter().all(|one| {
                nets.iter().filter(|other| *other != one).all(|other| {
                    let siblings = one.supernet().is_some_and(|up| other.supernet() == Some(up));
                    !one.contains(other) && !siblings
                })
            })
    }

    proptest! {
        #[test]
        fn sets_hold_what_they_should(a in some_nets(), b in some_nets()) {
            let (joined, less) = (aggregate(&a), subtract(&a, &b));
            let outside: Vec<IpNet> = Family::ALL.iter().flat_map(|family| complement(*family, &a)).collect();
            let mut probes = edges(&a);
            probes.extend(edges(&b));
            for address in probes {
                let inside = holds(&a, address);
                prop_assert_eq!(holds(&joined, address), inside, "{}", address);
                prop_assert_eq!(holds(&outside, address), !inside, "{}", address);
                prop_assert_eq!(holds(&less, address), inside && !holds(&b, address), "{}", address);
            }
            for set in [joined, outside, less] {
                prop_assert!(is_shortest(&set), "{:?}", set);
                prop_assert!(set.iter().all(|net| mask(*net) == *net));
            }
        }
    }
}
