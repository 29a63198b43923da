//! All targets that there are: what the support matrix and `--compare` go through.

use crate::config::{Calico, L7, Layout, Settings, Target};
use crate::object::calico::versions::{Releases, capabilities, releases};
use crate::report::column::Column;

/// The layouts of Calico's objects.
const LAYOUTS: [Layout; 2] = [Layout::Portable, Layout::Tiers];

/// Every target, releases of Calico parted where one of them changed something.
#[must_use]
pub fn all() -> Vec<Column> {
    let calico = LAYOUTS.iter().flat_map(|layout| {
        let releases = releases().into_iter().filter(|some| takes(some, *layout));
        releases.map(|some| {
            let target = Calico { version: some.first, layout: *layout, staged: false };
            Column { target: Target::Calico(target), last: Some(some.last) }
        })
    });
    calico.chain([Column { target: Target::Kubernetes, last: None }]).collect()
}

/// Whether releases know a layout.
fn takes(releases: &Releases, layout: Layout) -> bool {
    match layout {
        Layout::Portable => true,
        Layout::Tiers => releases.capabilities.tiers,
    }
}

/// Whether Dikastes can be said to run with a target.
#[must_use]
pub fn dikastes_works(target: Target) -> bool {
    match target {
        Target::Calico(calico) => {
            capabilities(calico.version).is_none_or(|capabilities| capabilities.dikastes_works)
        }
        Target::Kubernetes => false,
    }
}

/// The settings for a target. Dikastes is taken back where it does not work: nobody can run it there.
#[must_use]
pub fn settings_for(target: Target, settings: &Settings) -> Settings {
    let l7 = match settings.l7 {
        L7::Dikastes if !dikastes_works(target) => L7::Unstated,
        L7::Dikastes | L7::Unstated | L7::None => settings.l7,
    };
    Settings { target, l7, ..settings.clone() }
}
