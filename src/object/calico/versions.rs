//! What each version of open-source Calico can do, as data.
//!
//! One row for each release that changed something; a version has the last row at or before it.
//! Whoever decides by version asks here, and nobody compares version numbers elsewhere. The facts
//! were read in Calico's source at its release tags; each field names the file.

use crate::config::{Layout, PathMatching, Version};

/// What a version can do, and how it errs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a table of independent facts, one column each")]
pub struct Capabilities {
    /// How Dikastes compares `http.paths`. To 3.31.5 an exact path is compared byte by byte and a
    /// prefix is a plain prefix (`/pub` matches `/public-leak`). From 3.31.6 and 3.32.0 both sides
    /// are decoded and cleaned, and a prefix ends at a `/`. (`app-policy/checker/match.go`,
    /// `matchHTTPPaths`, later `normalizeHTTPPath` and `segmentPrefixMatch`.)
    pub path_matching: PathMatching,
    /// Whether Dikastes answers at all. In 3.30 and 3.31 no check provider is registered, so that
    /// every request is refused; mended in 3.32.0. (`app-policy/checker/server.go`,
    /// `app-policy/cmd/dikastes/dikastes.go`.)
    pub dikastes_works: bool,
    /// Whether Dikastes reads `notNets` and `notPorts`. To 3.29 it does not, and takes a rule for
    /// wider than Felix does. (`app-policy/checker/match.go`, fields `NotSrcNet`, `NotDstPorts`.)
    pub dikastes_reads_negations: bool,
    /// Whether Dikastes reads `ipVersion`. It never does, so that a rule for one family has to name
    /// it by `nets`. (`app-policy/checker`, no use of the field in any release.)
    pub dikastes_reads_ip_version: bool,
    /// Whether Dikastes reads named ports. From 3.30 it looks for the number alone in a set that holds
    /// addresses with ports, and never finds it. (`app-policy/checker/match.go`, `matchPort`.)
    pub dikastes_reads_named_ports: bool,
    /// Whether an `http` rule matches a connection that is not HTTP. From 3.30 missing attributes
    /// match, where before they did not. (`app-policy/checker/match.go`, nil method and path.)
    pub http_matches_raw_tcp: bool,
    /// Whether Dikastes takes a tier for one that polices ingress where all policies of it on a pod are
    /// on egress alone: to 3.28 it refuses at the end of the first tier whatever none let through, with no
    /// look at whether there are any for the direction. (`app-policy/checker/check.go`, `checkTiers`; Felix,
    /// which parts the directions, does not: `felix/rules/endpoints.go`.)
    pub dikastes_ends_tiers_on_egress: bool,
    /// Tiers with a `defaultAction`. (`libcalico-go/config/crd/crd.projectcalico.org_tiers.yaml`.)
    pub tiers: bool,
    /// Staged policies. (`libcalico-go/config/crd`, `stagednetworkpolicies`.)
    pub staged: bool,
    /// Whether a policy's name may hold one dot, which parts tier and name. To 3.28 a name with a
    /// dot is refused. (`libcalico-go/lib/validator/v3/validator.go`, later
    /// `libcalico-go/lib/names/policy.go`.)
    pub dotted_names: bool,
    /// Whether a policy keeps its name as written, without its tier before it, so that policies of one
    /// order are sorted by name, namespace and kind. (`felix/calc/policy_sorter.go`, `PolKVLess`.)
    pub names_as_written: bool,
    /// Whether the tiers of administrators' policies are called `kube-admin` and `kube-baseline`; before,
    /// `adminnetworkpolicy` and `baselineadminnetworkpolicy`.
    /// (`api/pkg/apis/projectcalico/v3/tier.go`.)
    pub kube_tiers: bool,
    /// Whether ports that are all named need no `protocol` beside them.
    /// (`libcalico-go/lib/validator/v3/validator.go`, `validateRule`.)
    pub named_ports_without_protocol: bool,
    /// Whether `0.0.0.0/0` or `::/0` in `notNets` is refused (from 3.29.6, 3.30.3 and 3.31.0).
    /// Felix drops such a rule in every version. (`libcalico-go/lib/validator/v3/validator.go`.)
    pub refuses_whole_family_in_not_nets: bool,
    /// Whether the CRDs cap `http` at [`HTTP_LIST`] methods, as many paths, and [`PATH_LENGTH`]
    /// characters a path. (`api/pkg/apis/projectcalico/v3/policy_common.go`, `MaxItems`.)
    pub caps_http: bool,
    /// Whether the CRDs refuse doubles in `nets` and `serviceAccounts.names`.
    /// (`api/pkg/apis/projectcalico/v3/policy_common.go`, list type `set`.)
    pub lists_are_sets: bool,
}

/// Methods, and paths, that one rule may hold where [`Capabilities::caps_http`].
pub const HTTP_LIST: usize = 20;
/// Characters that one path may hold where [`Capabilities::caps_http`].
pub const PATH_LENGTH: usize = 1024;
/// Rules of one policy in the release after the newest known one.
pub const RULES: usize = 1024;
/// Entries of `nets`, and of `notNets`, in the release after the newest known one.
pub const NETS: usize = 256;
/// Entries of `ports`, and of `notPorts`, in the release after the newest known one.
pub const PORTS: usize = 50;
/// Characters of a selector in the release after the newest known one.
pub const SELECTOR_LENGTH: usize = 1024;

const V3_26: Capabilities = Capabilities {
    path_matching: PathMatching::Raw,
    dikastes_works: true,
    dikastes_reads_negations: false,
    dikastes_reads_ip_version: false,
    dikastes_reads_named_ports: true,
    http_matches_raw_tcp: false,
    dikastes_ends_tiers_on_egress: true,
    tiers: false,
    staged: false,
    dotted_names: false,
    names_as_written: false,
    kube_tiers: false,
    named_ports_without_protocol: false,
    refuses_whole_family_in_not_nets: false,
    caps_http: false,
    lists_are_sets: false,
};
const V3_27: Capabilities = V3_26;
const V3_28: Capabilities = V3_27;
const V3_29: Capabilities =
    Capabilities { dikastes_ends_tiers_on_egress: false, tiers: true, dotted_names: true, ..V3_28 };
const V3_29_6: Capabilities = Capabilities { refuses_whole_family_in_not_nets: true, ..V3_29 };
/// The check of `notNets` came later to this branch than to 3.29.
const V3_30: Capabilities = Capabilities {
    dikastes_works: false,
    dikastes_reads_negations: true,
    dikastes_reads_named_ports: false,
    http_matches_raw_tcp: true,
    staged: true,
    ..V3_29
};
const V3_30_3: Capabilities = Capabilities { refuses_whole_family_in_not_nets: true, ..V3_30 };
const V3_31: Capabilities = V3_30_3;
const V3_31_6: Capabilities = Capabilities { path_matching: PathMatching::Normalised, ..V3_31 };
const V3_32: Capabilities = Capabilities {
    dikastes_works: true,
    names_as_written: true,
    kube_tiers: true,
    named_ports_without_protocol: true,
    caps_http: true,
    lists_are_sets: true,
    ..V3_31_6
};

/// Minor and patch version from which a row holds, in order.
const TABLE: [(u16, u16, Capabilities); 10] = [
    (26, 0, V3_26),
    (27, 0, V3_27),
    (28, 0, V3_28),
    (29, 0, V3_29),
    (29, 6, V3_29_6),
    (30, 0, V3_30),
    (30, 3, V3_30_3),
    (31, 0, V3_31),
    (31, 6, V3_31_6),
    (32, 0, V3_32),
];

/// What a version can do; `None` below [`Version::OLDEST`].
///
/// A version without a patch is the newest patch of its minor. A version after
/// [`Version::NEWEST`] gets the newest row, and the caller warns
/// ([`Version::is_newer_than_known`]).
#[must_use]
pub fn capabilities(version: Version) -> Option<Capabilities> {
    if version.is_too_old() {
        return None;
    }
    let minor = if version.is_newer_than_known() { Version::NEWEST.minor } else { version.minor };
    let patch = if version.is_newer_than_known() { None } else { version.patch };
    let asked = (minor, patch.unwrap_or(u16::MAX));
    TABLE.iter().rev().find(|(minor, patch, _)| (*minor, *patch) <= asked).map(|(_, _, row)| *row)
}

/// The same for whoever has to have an answer: a version below [`Version::OLDEST`] counts as that.
#[must_use]
pub fn nearest(version: Version) -> Capabilities {
    capabilities(version).unwrap_or(V3_26)
}

/// The layout that a version gets where nobody asks for one: tiers, where it has them.
#[must_use]
pub fn default_layout(version: Version) -> Layout {
    if nearest(version).tiers { Layout::Tiers } else { Layout::Portable }
}

/// Releases, from the first patch of one to the last of another, that can do the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Releases {
    /// The first one, with its patch.
    pub first: Version,
    /// The last one; without a patch: all of the minor version.
    pub last: Version,
    /// What they can do.
    pub capabilities: Capabilities,
}

/// All releases from the oldest to the newest known one, parted where one of them changed something.
#[must_use]
pub fn releases() -> Vec<Releases> {
    let major = Version::NEWEST.major;
    let next = TABLE.iter().skip(1).map(|(minor, patch, _)| match patch.checked_sub(1) {
        Some(before) => Version { major, minor: *minor, patch: Some(before) },
        None => Version { major, minor: minor - 1, patch: None },
    });
    let mut all: Vec<Releases> = Vec::new();
    for ((minor, patch, capabilities), last) in TABLE.iter().zip(next.chain([Version::NEWEST])) {
        match all.last_mut() {
            Some(before) if before.capabilities == *capabilities => before.last = last,
            Some(_) | None => all.push(Releases {
                first: Version { major, minor: *minor, patch: Some(*patch) },
                last,
                capabilities: *capabilities,
            }),
        }
    }
    all
}

/// Each minor version from the oldest to the newest with what its newest patch can do: for the
/// support matrix.
pub fn matrix() -> impl Iterator<Item = (Version, Capabilities)> {
    (Version::OLDEST.minor..=Version::NEWEST.minor)
        .map(|minor| Version { major: Version::NEWEST.major, minor, patch: None })
        .filter_map(|version| Some((version, capabilities(version)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One column as a question.
    type Fact = fn(&Capabilities) -> bool;

    fn of(text: &str) -> Capabilities {
        capabilities(text.parse().expect(text)).expect(text)
    }

    #[test]
    fn patches_that_changed_something() {
        let rows: [(&str, &str, Fact); 14] = [
            ("3.31.5", "3.31.6", |c| c.path_matching == PathMatching::Normalised),
            ("3.29.5", "3.29.6", |c| c.refuses_whole_family_in_not_nets),
            ("3.30.2", "3.30.3", |c| c.refuses_whole_family_in_not_nets),
            ("3.28.5", "3.29.0", |c| c.tiers),
            ("3.28.5", "3.29.0", |c| c.dotted_names),
            ("3.29.7", "3.30.0", |c| c.staged),
            ("3.29.7", "3.30.0", |c| c.http_matches_raw_tcp),
            ("3.29.7", "3.30.0", |c| c.dikastes_reads_negations),
            ("3.29.7", "3.30.0", |c| !c.dikastes_reads_named_ports),
            ("3.31.7", "3.32.0", |c| c.names_as_written),
            ("3.31.7", "3.32.0", |c| c.kube_tiers),
            ("3.31.7", "3.32.0", |c| c.named_ports_without_protocol),
            ("3.31.7", "3.32.0", |c| c.caps_http),
            ("3.31.7", "3.32.0", |c| c.lists_are_sets),
        ];
        for (before, after, holds) in rows {
            assert!(!holds(&of(before)), "{before}");
            assert!(holds(&of(after)), "{after}");
        }
        assert!(!of("3.30.0").refuses_whole_family_in_not_nets, "came to 3.30 later than to 3.29");
    }

    #[test]
    fn dikastes_is_broken_in_two_minors() {
        let works: Vec<(u16, bool)> = matrix().map(|(v, c)| (v.minor, c.dikastes_works)).collect();
        let expected = [(26, true), (27, true), (28, true), (29, true), (30, false), (31, false), (32, true)];
        assert_eq!(works, expected);
        assert!(matrix().all(|(_, c)| !c.dikastes_reads_ip_version));
    }

    #[test]
    fn releases_that_can_do_the_same_stand_together() {
        let all: Vec<String> =
            releases().iter().map(|some| format!("{} to {}", some.first, some.last)).collect();
        let expected = [
            "3.26.0 to 3.28",
            "3.29.0 to 3.29.5",
            "3.29.6 to 3.29",
            "3.30.0 to 3.30.2",
            "3.30.3 to 3.31.5",
            "3.31.6 to 3.31",
            "3.32.0 to 3.32",
        ];
        assert_eq!(all, expected);
        for some in releases() {
            assert_eq!(capabilities(some.first), Some(some.capabilities));
            assert_eq!(capabilities(some.last), Some(some.capabilities));
        }
    }

    #[test]
    fn a_version_without_patch_is_the_newest_patch() {
        assert_eq!(of("3.31"), of("3.31.7"));
        assert_eq!(of("3.29"), of("3.29.7"));
        assert_eq!(of("3.29.99"), of("3.29.6"));
    }

    #[test]
    fn the_table_covers_all_versions_and_no_others() {
        let version = |text: &str| text.parse().expect(text);
        assert_eq!(capabilities(version("3.25.9")), None);
        assert_eq!(capabilities(version("2.30")), None);
        for newer in ["3.32.0", "3.33", "3.40.1", "4.0.0"] {
            assert_eq!(capabilities(version(newer)), Some(V3_32), "{newer}");
        }
        assert!(TABLE.windows(2).all(|pair| (pair[0].0, pair[0].1) < (pair[1].0, pair[1].1)));
        assert_eq!(TABLE[0].0, Version::OLDEST.minor);
        assert_eq!(TABLE[9].0, Version::NEWEST.minor);
    }
}
