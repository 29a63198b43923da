//! The grammars of Istio's values, as its validation reads them: Go's parsers, rebuilt.
//!
//! Nothing here knows a field; each function says of one text whether it is right, and why not.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

/// Why a value is refused, in plain words that continue "`VALUE` ...".
pub(super) type Refusal = &'static str;

/// An address or a prefix, as `netip.ParseAddr` and `netip.ParsePrefix` read them. Bits of the
/// address beyond the prefix are allowed.
pub(super) fn ip_block(text: &str) -> Result<(), Refusal> {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, Some(length)),
        None => (text, None),
    };
    let Ok(address) = IpAddr::from_str(address) else {
        // Go knows zones in addresses, but no filter can be made of them.
        let bare = address.split_once('%').map_or(address, |(bare, _)| bare);
        let zoned = bare != address && Ipv6Addr::from_str(bare).is_ok();
        return Err(if zoned { "has a zone, and no peer can be matched by it" } else { "is no IP address" });
    };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    match length.map(decimal) {
        None => Ok(()),
        Some(Some(length)) if length <= longest => Ok(()),
        Some(_) if address.is_ipv4() => Err("has to end in a prefix length from 0 to 32"),
        Some(_) => Err("has to end in a prefix length from 0 to 128"),
    }
}

/// A decimal number without sign and without zeros in front.
pub(super) fn decimal(text: &str) -> Option<u32> {
    let zeros = text.len() > 1 && text.starts_with('0');
    (!zeros && digits(text)).then(|| text.parse().ok()).flatten()
}

/// A port from 0 to 65535, as `strconv.ParseUint` reads it: zeros in front are allowed.
pub(super) fn port(text: &str) -> Result<(), Refusal> {
    let number = digits(text).then(|| text.trim_start_matches('0'));
    let fits = number.is_some_and(|number| number.is_empty() || number.parse::<u16>().is_ok());
    if fits { Ok(()) } else { Err("is no port: a number from 0 to 65535 belongs here") }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A boolean, as `strconv.ParseBool` reads it.
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `ACCOUNT` or `NAMESPACE/ACCOUNT` (`CheckServiceAccount`).
pub(super) fn service_account(text: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = text.split('/').collect();
    if text.contains('*') {
        Err("holds `*`, and service accounts have no wildcards")
    } else if parts.len() > 2 {
        Err("has more than one `/`: it is `ACCOUNT` or `NAMESPACE/ACCOUNT`")
    } else if text.len() > 320 {
        Err("is longer than 320 characters")
    } else if parts.iter().any(|part| part.is_empty()) {
        Err("lacks a name beside its `/`: it is `ACCOUNT` or `NAMESPACE/ACCOUNT`")
    } else {
        Ok(())
    }
}

/// A trust domain, or a beginning or end of one with `*`.
pub(super) fn trust_domain(text: &str) -> Result<(), Refusal> {
    let inside = text.strip_prefix('*').or_else(|| text.strip_suffix('*')).unwrap_or(text);
    if text.contains('/') {
        Err("holds `/`, and a trust domain is only the first part of an identity")
    } else if text.matches('*').count() > 1 {
        Err("holds more than one `*`")
    } else if inside.contains('*') {
        Err("holds `*` in the middle: it can only begin or end a trust domain")
    } else {
        Ok(())
    }
}

/// Whether a path is a template (`security.ContainsPathTemplate`).
pub(crate) fn is_path_template(path: &str) -> bool {
    path.contains("{*}") || path.contains("{**}")
}

/// A path, or a template of paths (`CheckValidPathTemplate`).
pub(super) fn path(text: &str) -> Result<(), Refusal> {
    let template = is_path_template(text);
    let mut rest_matched = false;
    for segment in text.trim_matches('/').split('/') {
        match segment {
            "{*}" | "{**}" if rest_matched => {
                return Err("goes on with an operator after `{**}`, which has to be the last");
            }
            "{*}" => {}
            "{**}" => rest_matched = true,
            _ if segment.contains(['{', '}']) => {
                return Err("holds a brace that is not part of `{*}` or `{**}` as a whole segment");
            }
            _ if template && !is_literal(segment) => {
                return Err("is a template with a segment that no URL path can have");
            }
            _ => {}
        }
    }
    Ok(())
}

/// What Envoy allows between the operators of a template: RFC 3986's `pchar`, without `*`.
fn is_literal(segment: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()+,;:@=".contains(&byte);
    !segment.is_empty() && segment.bytes().all(allowed)
}

/// The `jwksUri` of a token rule: `ParseJwksURI` of Istio, and the rule of the CRD, for which Kubernetes
/// reads an address by Go's `url.ParseRequestURI`.
pub(super) fn jwks_uri(text: &str) -> Result<(), Refusal> {
    const SCHEME: Refusal = "has to begin with `http://` or `https://`";
    let (scheme, rest) = text.split_once("://").ok_or(SCHEME)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(SCHEME);
    }
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("holds a control character");
    }
    let (before, after) = rest.split_once('?').unwrap_or((rest, ""));
    let fragment = after.split_once('#').map_or("", |(_, fragment)| fragment);
    let (authority, path) = before.split_once('/').unwrap_or((before, ""));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    if [user, path, fragment].into_iter().any(|part| escapes(part).any(|escape| escape.is_none())) {
        return Err("holds a `%` without two hexadecimal digits behind it");
    }
    let of_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(of_user) {
        return Err("has a user that no address can have");
    }
    authority_host(host)
}

/// The host of an address, with its port.
fn authority_host(host: &str) -> Result<(), Refusal> {
    const HOST: Refusal = "has a host that no address can have";
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (inner, after) = rest.rsplit_once(']').ok_or(HOST)?;
            let address = inner.split_once("%25").map_or(inner, |(address, _zone)| address);
            address.parse::<std::net::Ipv6Addr>().map_err(|_| HOST)?;
            ("", after)
        }
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    // An empty port is the default one.
    if !port.is_empty() && !port.strip_prefix(':').is_some_and(|port| port.is_empty() || digits(port)) {
        return Err("has a port that is no number");
    }
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"-_.~!$&'()*+,;=:]<>\"%".contains(&byte)
    };
    // What is escaped in a host has to be no ASCII.
    if !name.bytes().all(plain) || !escapes(name).all(|escape| escape.is_some_and(|byte| !byte.is_ascii())) {
        return Err(HOST);
    }
    Ok(())
}

/// What each `%` of a text stands for; `None` for one without two hexadecimal digits.
fn escapes(text: &str) -> impl Iterator<Item = Option<u8>> {
    text.split('%').skip(1).map(|rest| {
        let code = rest.get(..2).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u8::from_str_radix(code, 16).ok()
    })
}

/// A duration, as Go reads it, of whole milliseconds and one at least (`ValidateDuration`).
pub(super) fn timeout(text: &str) -> Result<(), Refusal> {
    let nanoseconds = nanoseconds(text).ok_or("is no duration, such as `5s` or `1m30s`")?;
    if nanoseconds < 1_000_000 {
        Err("is shorter than one millisecond")
    } else if nanoseconds % 1_000_000 != 0 {
        Err("is finer than milliseconds")
    } else {
        Ok(())
    }
}

/// The nanoseconds of a Go duration; `None` for what is none, and for negative ones.
fn nanoseconds(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total: u64 = 0;
    loop {
        let is_number = |char: char| char.is_ascii_digit() || char == '.';
        let (number, after) = rest.split_at_checked(rest.find(|char| !is_number(char))?)?;
        let (unit, after) = after.split_at_checked(after.find(is_number).unwrap_or(after.len()))?;
        total = total.checked_add(scaled(number, unit_of(unit)?)?)?;
        if after.is_empty() {
            return Some(total);
        }
        rest = after;
    }
}

fn unit_of(name: &str) -> Option<u64> {
    match name {
        "ns" => Some(1),
        "us" | "\u{b5}s" | "\u{3bc}s" => Some(1_000),
        "ms" => Some(1_000_000),
        "s" => Some(1_000_000_000),
        "m" => Some(60_000_000_000),
        "h" => Some(3_600_000_000_000),
        _ => None,
    }
}

/// `NUMBER` times `unit`, where `NUMBER` may have a fraction; what is finer than a nanosecond is cut.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut value = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place /= 10;
        value = value.checked_add(place * u64::from(digit - b'0'))?;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Go's `netip` and `strconv` say of these texts (run with go 1.26).
    #[test]
    fn addresses_prefixes_and_ports_are_those_of_go() {
        let right = ["10.0.0.1", "10.1.2.3/8", "0.0.0.0/0", "::/0", "2001:db8::1/128", "::ffff:1.2.3.4"];
        for text in right {
            assert_eq!(ip_block(text), Ok(()), "{text}");
        }
        let wrong = [
            "",
            "10.0.0",
            "10.0.0.1/33",
            "10.0.0.1/08",
            "10.0.0.1/+8",
            "010.0.0.1",
            "10.0.0.0/",
            "/8",
            "::/129",
            "fe80::1%eth0/64",
        ];
        for text in wrong {
            assert!(ip_block(text).is_err(), "{text}");
        }
        for text in ["0", "080", "65535", "0000065535"] {
            assert_eq!(port(text), Ok(()), "{text}");
        }
        for text in ["", "65536", "-1", "+80", "8_0", "0x50", "80 ", "http", "4294967376"] {
            assert!(port(text).is_err(), "{text}");
        }
        let accepted = ["1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"];
        assert!(accepted.iter().all(|text| boolean(text).is_some()));
        assert!(["", "yes", "tRUE", "on", " true"].iter().all(|text| boolean(text).is_none()));
    }

    #[test]
    fn durations_are_those_of_go() {
        let rows = [
            ("5s", Some(5_000_000_000)),
            ("1m30s", Some(90_000_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("2ms", Some(2_000_000)),
            ("0", Some(0)),
            ("", None),
            ("5", None),
            ("s", None),
            (".s", None),
            ("1.2.3s", None),
            ("5 s", None),
            ("-5s", None),
            ("1d", None),
        ];
        for (text, expected) in rows {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
        assert_eq!(timeout("500us"), Err("is shorter than one millisecond"));
        assert_eq!(timeout("1500us"), Err("is finer than milliseconds"));
        assert_eq!(timeout("1ms"), Ok(()));
    }

    #[test]
    fn path_templates_keep_to_their_grammar() {
        let right = ["/a", "/a/{*}", "/a/{*}/b/{**}", "/a*", "*", "/a/*/b", "/{**}/b"];
        for text in right {
            assert_eq!(path(text), Ok(()), "{text}");
        }
        let wrong = ["/{**}/{*}", "/a{*}", "/a/{x}", "/{*}/a b", "/{*}//b", "/a*/{*}", "}"];
        for text in wrong {
            assert!(path(text).is_err(), "{text}");
        }
    }

    #[test]
    fn accounts_and_domains_keep_to_their_grammars() {
        assert!(["web", "shop/web"].iter().all(|text| service_account(text).is_ok()));
        assert!(["a/b/c", "shop/", "/web", "shop/*", ""].iter().all(|text| service_account(text).is_err()));
        assert!(["td", "*.example", "prod*", "*"].iter().all(|text| trust_domain(text).is_ok()));
        assert!(["a*b", "*a*", "**", "td/ns"].iter().all(|text| trust_domain(text).is_err()));
    }

    /// What Go's `url.ParseRequestURI` and `url.Parse` say of these (run with go 1.26).
    #[test]
    fn addresses_of_keys_are_those_of_go() {
        let right = [
            "http://a",
            "https://a:443/k",
            "HTTPS://[::1]:8443/",
            "https://[fe80::1%25eth0]/",
            "https://a:",
            "https://user:p%20w@a/k?x=%zz#y",
            "https://a/k%20eys#/%41",
            "https://a]b/",
            "https://\u{e9}%c3%a9/",
            "https:///x",
        ];
        for text in right {
            assert_eq!(jwks_uri(text), Ok(()), "{text}");
        }
        let wrong = [
            "a",
            "ftp://a",
            "https//a",
            "https://a:port/",
            "https://a:1:2/",
            "https://%SSO_SVC%/certs",
            "https://a/%SSO_SVC%/certs",
            "https://a/?x#%zz",
            "https://a%41/",
            "https://a b/",
            "https://a b@c",
            "https://a{b}/",
            "https://a#b",
            "https://[::1/",
            "https://[nothing]/",
            "https://[::1]x/",
            "https://a/\n",
        ];
        for text in wrong {
            assert!(jwks_uri(text).is_err(), "{text}");
        }
    }
}
