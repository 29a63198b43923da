//! The arguments of `why`: text to a question.

use super::args::WhyArgs;
use super::status::Failure;
use crate::verify::request::Protocol;
use crate::verify::why::{Content, Pod, Question, Which, Who};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;

/// `--from`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct WhoArg(pub(super) Who);

/// `--to`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ToArg {
    pub(super) pod: Pod,
    pub(super) port: u16,
}

/// `--protocol`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ContentArg(pub(super) Content);

/// `--header`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HeaderArg(String, Option<String>);

/// `--claim`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum ClaimArg {
    /// There is no token.
    None,
    /// One claim by its path.
    Claim(Vec<String>, Option<String>),
}

impl FromStr for WhoArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(Who::Address(address)));
        }
        Ok(Self(match text {
            "node-local" => Who::NodeLocal,
            "outside" => Who::Outside,
            _ => Who::Pod(pod(text).ok_or_else(|| {
                format!("`{text}` is none of NS/WORKLOAD, NS/sa:NAME, NS/KEY=VALUE,..., an IP address, `node-local`, `outside`")
            })?),
        }))
    }
}

impl FromStr for ToArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no NS/WORKLOAD:PORT");
        let (who, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().ok().filter(|port| *port > 0);
        Ok(Self { pod: pod(who).ok_or_else(wrong)?, port: port.ok_or_else(wrong)? })
    }
}

/// `NS/WORKLOAD`, `NS/sa:NAME` or `NS/KEY=VALUE,...`; a label's key may hold a slash.
fn pod(text: &str) -> Option<Pod> {
    let (namespace, which) = text.split_once('/')?;
    if namespace.is_empty() || which.is_empty() {
        return None;
    }
    let which = match which.strip_prefix("sa:") {
        Some("") => return None,
        Some(account) => Which::Account(account.to_string()),
        None if which.contains('=') => Which::Labels(labels(which)?),
        None if which.contains(['/', ':']) => return None,
        None => Which::Workload(which.to_string()),
    };
    Some(Pod { namespace: namespace.to_string(), which })
}

fn labels(text: &str) -> Option<BTreeMap<String, String>> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=')?;
        (!key.is_empty()).then(|| (key.to_string(), value.to_string()))
    };
    text.split(',').map(pair).collect()
}

impl FromStr for ContentArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.eq_ignore_ascii_case("http") {
            return Ok(Self(Content::Http));
        }
        let protocol = Protocol::parse(text).ok_or_else(|| {
            format!("`{text}` is none of `http`, `tcp`, `udp`, `sctp`, `icmp`, `icmpv6`, `udplite`, a number")
        })?;
        Ok(Self(Content::Bytes(protocol)))
    }
}

impl FromStr for HeaderArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = named(text).ok_or("a header has a name")?;
        Ok(Self(name.to_lowercase(), value))
    }
}

impl FromStr for ClaimArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        let (name, value) = named(text).ok_or("a claim has a name")?;
        let path: Vec<String> = name.split('[').map(|part| part.trim_end_matches(']').to_string()).collect();
        if path.iter().any(String::is_empty) {
            return Err(format!("`{name}` is no claim such as `sub` or `realm_access[roles]`"));
        }
        Ok(Self::Claim(path, value))
    }
}

/// `NAME=VALUE`, or `NAME` for what is not there.
fn named(text: &str) -> Option<(&str, Option<String>)> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
    (!name.is_empty()).then(|| (name, value.map(str::to_string)))
}

/// The question that the arguments ask.
///
/// # Errors
/// Claims of a request without a token, or two addresses.
pub(super) fn question(args: &WhyArgs) -> Result<Question, Failure> {
    let WhoArg(from) = args.from.clone();
    let ToArg { pod: to, port } = args.to.clone();
    let headers = args.header.iter().map(|HeaderArg(name, value)| (name.clone(), value.clone()));
    let named = args.claim.iter().filter_map(|claim| match claim {
        ClaimArg::None => None,
        ClaimArg::Claim(path, value) => Some((path.clone(), value.clone())),
    });
    let named: BTreeMap<_, _> = named.collect();
    if args.claim.contains(&ClaimArg::None) && !named.is_empty() {
        return Err(Failure::new("`--claim none` is a request without a token, which has no other claim"));
    }
    if args.address.is_some() && matches!(from, Who::Address(_)) {
        return Err(Failure::new("`--from` and `--address` both say the address"));
    }
    Ok(Question {
        address: args.address,
        from,
        to,
        port,
        protocol: args.protocol.map(|ContentArg(content)| content),
        method: args.method.clone(),
        path: args.path.clone(),
        host: args.host.clone(),
        sni: args.sni.clone(),
        headers: headers.collect(),
        claims: (!args.claim.is_empty()).then_some(named),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_named_in_six_ways() {
        let in_shop = |which| Who::Pod(Pod { namespace: "shop".to_string(), which });
        let labels = |pairs: &[(&str, &str)]| {
            let pair = |(key, value): &(&str, &str)| ((*key).to_string(), (*value).to_string());
            Which::Labels(pairs.iter().map(pair).collect())
        };
        for (text, expected) in [
            ("shop/cart", in_shop(Which::Workload("cart".to_string()))),
            ("shop/sa:cart", in_shop(Which::Account("cart".to_string()))),
            ("shop/app=cart", in_shop(labels(&[("app", "cart")]))),
            (
                "shop/app.kubernetes.io/name=a,v=2",
                in_shop(labels(&[("app.kubernetes.io/name", "a"), ("v", "2")])),
            ),
            ("10.1.2.3", Who::Address("10.1.2.3".parse().unwrap())),
            ("2001:db8::1", Who::Address("2001:db8::1".parse().unwrap())),
            ("node-local", Who::NodeLocal),
            ("outside", Who::Outside),
        ] {
            assert_eq!(text.parse(), Ok(WhoArg(expected)), "{text}");
        }
        for bad in [
            "shop",
            "/cart",
            "shop/",
            "shop/sa:",
            "Deployment/shop/cart",
            "shop/cart:80",
            "shop/=x",
            "10.1.2",
        ] {
            assert!(bad.parse::<WhoArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_target_ends_in_its_port() {
        let to: ToArg = "shop/sa:cart:8080".parse().unwrap();
        assert_eq!((to.pod.which, to.port), (Which::Account("cart".to_string()), 8080));
        for bad in ["shop/cart", "shop/cart:", "shop/cart:http", "shop/cart:0", "shop/cart:65536", "cart:80"]
        {
            assert!(bad.parse::<ToArg>().is_err(), "{bad}");
        }
    }

    #[test]
    fn claims_and_headers_are_there_or_not() {
        assert_eq!("none".parse(), Ok(ClaimArg::None));
        let claim = |path: &[&str], value: Option<&str>| {
            ClaimArg::Claim(path.iter().map(ToString::to_string).collect(), value.map(str::to_string))
        };
        assert_eq!("sub=a=b".parse(), Ok(claim(&["sub"], Some("a=b"))));
        assert_eq!("sub".parse(), Ok(claim(&["sub"], None)));
        assert_eq!("realm[roles]=admin".parse(), Ok(claim(&["realm", "roles"], Some("admin"))));
        for bad in ["", "=x", "a[]=x", "[a]=x"] {
            assert!(bad.parse::<ClaimArg>().is_err(), "{bad}");
        }
        assert_eq!("X-Tenant=".parse(), Ok(HeaderArg("x-tenant".to_string(), Some(String::new()))));
        assert!("=x".parse::<HeaderArg>().is_err());
    }
}
