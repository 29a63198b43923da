//! Peers as patterns: identities by globs over namespace and account, before it is known who that is.

use crate::ir::Glob;
use crate::ir::identity::IdentityGlob;

/// Identities whose namespace and account match all of these globs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum PeerPattern {
    /// Identities of this cluster. `whole`: one word of the policy names namespace and account both.
    Local { namespaces: Vec<Glob>, accounts: Vec<Glob>, whole: bool },
    /// Identities of another trust domain: never a local pod.
    Foreign,
}

impl PeerPattern {
    pub(super) fn of(glob: IdentityGlob) -> Self {
        let whole = glob.namespace.as_exact().is_some() && glob.account.as_exact().is_some();
        Self::Local { namespaces: vec![glob.namespace], accounts: vec![glob.account], whole }
    }

    /// Identities that match both; `None` where none can.
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (
                Self::Local { namespaces, accounts, whole },
                Self::Local { namespaces: other_namespaces, accounts: other_accounts, whole: other_whole },
            ) => Some(Self::Local {
                namespaces: meet(namespaces, other_namespaces)?,
                accounts: meet(accounts, other_accounts)?,
                whole: *whole || *other_whole,
            }),
            (Self::Foreign, Self::Foreign) => Some(Self::Foreign),
            // A foreign identity may match a pattern that is open about the trust domain, but then
            // it is still no local pod.
            (Self::Foreign, Self::Local { .. }) | (Self::Local { .. }, Self::Foreign) => None,
        }
    }
}

/// All globs of both, or the one exact name that all of them match.
fn meet(left: &[Glob], right: &[Glob]) -> Option<Vec<Glob>> {
    let all: Vec<Glob> = left.iter().chain(right).filter(|glob| !glob.is_any()).cloned().collect();
    let Some(exact) = all.iter().find_map(Glob::as_exact) else {
        return Some(if all.is_empty() { vec![Glob::any()] } else { unique(all) });
    };
    all.iter().all(|glob| glob.matches(exact)).then(|| vec![Glob::exact(exact)])
}

fn unique(mut globs: Vec<Glob>) -> Vec<Glob> {
    globs.sort();
    globs.dedup();
    globs
}

/// The one name, if there is just one.
pub(super) fn exact(globs: &[Glob]) -> Option<&str> {
    match globs {
        [only] => only.as_exact(),
        _ => None,
    }
}
