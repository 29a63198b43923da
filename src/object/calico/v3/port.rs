//! The text of a port (`api/pkg/lib/numorstring/port.go`): `80`, `8000:8080`, `http`.

use super::super::Ports;
use super::Port;

/// The longest name of a port.
const NAME_LENGTH: usize = 128;

/// A port; `None` for a text that is none: a number outside 1 to 65535, a range that runs backwards.
pub(super) fn port_of(text: &str) -> Option<Port> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
    match text.split_once(':') {
        Some((first, last)) if is_number(first) && is_number(last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Port::Range(Ports { first, last }))
        }
        None if is_number(text) => number(text).map(|port| Port::Range(Ports::one(port))),
        Some(_) | None => is_name(text).then(|| Port::Named(text.to_string())),
    }
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=NAME_LENGTH).contains(&text.len()) && text.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_numbers_ranges_or_names() {
        let range = |first, last| Some(Port::Range(Ports { first, last }));
        let named = |name: &str| Some(Port::Named(name.to_string()));
        let rows = [
            ("80", range(80, 80)),
            ("1", range(1, 1)),
            ("65535", range(65535, 65535)),
            ("8000:8080", range(8000, 8080)),
            ("80:80", range(80, 80)),
            ("http", named("http")),
            ("a.b_c-1", named("a.b_c-1")),
            ("0", None),
            ("65536", None),
            ("80:79", None),
            ("0:80", None),
            ("80:", None),
            ("a:b", None),
            ("", None),
            ("a b", None),
        ];
        for (text, expected) in rows {
            assert_eq!(port_of(text), expected, "{text}");
        }
        assert!(port_of(&"a".repeat(128)).is_some());
        assert_eq!(port_of(&"a".repeat(129)), None);
    }
}
