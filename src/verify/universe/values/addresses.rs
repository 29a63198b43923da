//! Addresses: one inside each block and outside all that it holds, and one outside all.

use crate::object::calico::nets::{Family, complement, subtract};
use crate::verify::test::Test;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Addresses that stand for others in examples (RFC 5737, RFC 3849), and plain ones for what is left.
const PLAIN: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 7)),
    IpAddr::V6(Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 7)),
];

/// Addresses for the tests of an address dimension, the plainest first.
pub(super) fn addresses(tests: &[&Test]) -> Vec<IpAddr> {
    let blocks: BTreeSet<IpNet> = tests.iter().filter_map(|test| block(test)).collect();
    let blocks: Vec<IpNet> = blocks.into_iter().collect();
    let outside = Family::ALL.into_iter().filter_map(|family| pick(&complement(family, &blocks)));
    // Blocks hold each other or share nothing, so each address belongs to the smallest around it.
    let inside = blocks.iter().filter_map(|block| {
        let within: Vec<IpNet> =
            blocks.iter().filter(|other| *other != block && block.contains(*other)).copied().collect();
        pick(&subtract(&[*block], &within))
    });
    outside.chain(inside).collect()
}

fn block(test: &Test) -> Option<IpNet> {
    match test {
        Test::Address { of: _, net } => Some(net.trunc()),
        Test::Identity(_)
        | Test::NodeLocal
        | Test::PeerLabel { .. }
        | Test::Endpoint(_)
        | Test::DestinationLabel { .. }
        | Test::Ports { .. }
        | Test::NamedPort(_)
        | Test::Protocol(_)
        | Test::Text { .. }
        | Test::Token(_)
        | Test::Authorizer(..) => None,
    }
}

/// The plainest address of some blocks.
fn pick(blocks: &[IpNet]) -> Option<IpAddr> {
    let inside = |address: &&IpAddr| blocks.iter().any(|block| block.contains(*address));
    let plain = PLAIN.iter().find(inside).copied();
    plain.or_else(|| blocks.iter().find_map(host)).or_else(|| blocks.first().map(IpNet::network))
}

/// An address that a host can have: no network's own, none of a range that no host is in.
fn host(block: &IpNet) -> Option<IpAddr> {
    let address = match block {
        IpNet::V4(net) => {
            let own = u32::from(net.network());
            let next = if net.prefix_len() < 31 { own.checked_add(1)? } else { own };
            let usable = Ipv4Addr::from(next);
            let octet = usable.octets().first().copied()?;
            (octet != 0 && octet != 127 && octet < 224).then_some(IpAddr::V4(usable))?
        }
        IpNet::V6(net) => {
            let own = u128::from(net.network());
            let next = if net.prefix_len() < 127 { own.checked_add(1)? } else { own };
            let usable = Ipv6Addr::from(next);
            (!usable.is_loopback() && !usable.is_multicast()).then_some(IpAddr::V6(usable))?
        }
    };
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::request::{Dimension, Value};
    use crate::verify::test::Tests;
    use crate::verify::universe::values;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn of(nets: &[IpNet]) -> (Vec<IpAddr>, Vec<Vec<bool>>) {
        let mut tests = Tests::default();
        let ids: Vec<_> = nets
            .iter()
            .map(|net| tests.id(Test::Address { of: Dimension::SourceAddress, net: *net }))
            .collect();
        let found = values(&Dimension::SourceAddress, &ids, &tests).unwrap();
        let addresses: Vec<IpAddr> = found
            .iter()
            .map(|value| match value {
                Value::Address(address) => *address,
                other => panic!("no address: {other:?}"),
            })
            .collect();
        let answers = addresses.iter().map(|address| of_address(nets, *address)).collect();
        (addresses, answers)
    }

    fn of_address(nets: &[IpNet], address: IpAddr) -> Vec<bool> {
        nets.iter().map(|net| net.contains(&address)).collect()
    }

    #[test]
    fn plain_addresses_stand_for_what_nobody_mentions() {
        let nets: Vec<IpNet> =
            ["10.0.0.0/8", "10.1.0.0/16", "203.0.113.0/24"].iter().map(|net| net.parse().unwrap()).collect();
        let (found, _) = of(&nets);
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        // The IPv6 one is outside all blocks, as the first is, and the other end may be of either version.
        assert_eq!(texts, ["198.51.100.7", "2001:db8::7", "10.0.0.1", "10.1.0.1", "203.0.113.7"]);
    }

    #[test]
    fn where_blocks_fill_a_block_nothing_is_left_of_it() {
        let nets: Vec<IpNet> =
            ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1"].iter().map(|net| net.parse().unwrap()).collect();
        let (_, answers) = of(&nets);
        assert!(!answers.contains(&vec![true, false, false]));
        assert_eq!(answers.len(), 3, "{answers:?}");
    }

    proptest! {
        #[test]
        fn every_combination_of_answers_is_there(
            blocks in proptest::collection::vec((any::<u8>(), 0_u8..=8), 0..6),
            probes in proptest::collection::vec(any::<u8>(), 32),
        ) {
            let nets: Vec<IpNet> = blocks
                .iter()
                .filter_map(|(octet, bits)| ipnet::Ipv4Net::new(Ipv4Addr::new(*octet, 0, 0, 0), *bits).ok())
                .map(|net| IpNet::V4(net.trunc()))
                .collect();
            let (_, answers) = of(&nets);
            let answers: BTreeSet<Vec<bool>> = answers.into_iter().collect();
            for octet in probes {
                let answer = of_address(&nets, Ipv4Addr::new(octet, 1, 2, 3).into());
                prop_assert!(answers.contains(&answer), "{octet}");
            }
        }
    }
}
