//! Whether one name is another with a slip of the pen in it.
//!
//! Names that are close can still be two names, `web-a` beside `web-b` or `v1` beside `v2`. So it takes more
//! than for a field's name, of which all are known.

/// The shortest part of a name in which one letter can be a slip.
const SHORTEST: usize = 4;

/// The first candidate that is this name but for a slip.
pub(in crate::lint) fn meant<'a>(
    name: &str,
    mut candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates.find(|candidate| is_slip(name, candidate))
}

/// Whether two names differ by the case of letters or by separators alone, or by one letter (left out, put
/// in, another one, or two that changed places) in a part that is long enough.
fn is_slip(one: &str, other: &str) -> bool {
    if one == other {
        return false;
    }
    let separators = ['-', '_', '.', '/'];
    let bare = |text: &str| text.replace(separators, "").to_lowercase();
    if bare(one) == bare(other) {
        return true;
    }
    let (parts, others): (Vec<&str>, Vec<&str>) =
        (one.split(separators).collect(), other.split(separators).collect());
    let mut differing = parts.iter().zip(&others).filter(|(part, other)| part != other);
    match (differing.next(), differing.next()) {
        (Some((part, other)), None) => parts.len() == others.len() && is_one_edit(part, other),
        (None | Some(_), _) => false,
    }
}

/// Numbers tell names apart, so a digit is no slip.
fn is_one_edit(one: &str, other: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if left.len().min(right.len()) < SHORTEST {
        return false;
    }
    let same = left.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let rest = |letters: &[char]| letters.get(same..).map(<[char]>::to_vec).unwrap_or_default();
    let (left, right) = (rest(&left), rest(&right));
    let digit = |letters: &[char]| letters.first().is_some_and(char::is_ascii_digit);
    if digit(&left) || digit(&right) {
        return false;
    }
    let after = |letters: &[char], skipped: usize| letters.get(skipped..).map(<[char]>::to_vec);
    let swapped = matches!((left.as_slice(), right.as_slice()), ([a, b, ..], [c, d, ..]) if a == d && b == c);
    after(&left, 1).as_deref() == Some(&right)
        || after(&right, 1).as_deref() == Some(&left)
        || after(&left, 1).is_some() && after(&left, 1) == after(&right, 1)
        || swapped && after(&left, 2) == after(&right, 2)
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn slips_are_told_from_other_names() {
        let slips = [
            ("productpage", "product-page"),
            ("Reviews", "reviews"),
            ("review", "reviews"),
            ("chekout", "checkout"),
            ("checkuot", "checkout"),
            ("shop-chackout", "shop-checkout"),
        ];
        for (one, other) in slips {
            assert!(is_slip(one, other) && is_slip(other, one), "{one} {other}");
        }
        let names = [
            ("reviews", "reviews"),
            ("v1", "v2"),
            ("web-a", "web-b"),
            ("reviews2", "reviews"),
            ("orders-db", "orders-api"),
            ("cat", "car"),
            ("front", "back"),
            ("frontend", "frontend-v2"),
            ("shop1-cart", "shop2-cart"),
        ];
        for (one, other) in names {
            assert!(!is_slip(one, other) && !is_slip(other, one), "{one} {other}");
        }
    }
}
