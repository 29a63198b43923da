//! Access logs.

use super::{Scene, providers};
use crate::finding::codes::traffic::ACCESS_LOG;
use crate::finding::{Direction, Finding};
use crate::istio::telemetry::AccessLogging;

const HELP: &str = "log requests in the application or at the gateway; flow logs record connections \
                    (addresses, ports, verdicts), no paths and no status codes";

pub(super) fn check(scene: &Scene<'_>, found: &AccessLogging) -> Finding {
    let AccessLogging { at, mode, providers: names, disabled, filter } = found;
    let traffic = scene.traffic("requests", mode.as_ref());
    let to = providers(names);
    if disabled.as_ref().is_some_and(|disabled| disabled.value) {
        let message =
            format!("{traffic} are not logged to {to}, with the mesh or without it: nothing changes");
        return scene.finding(&ACCESS_LOG, Direction::None, at, message);
    }
    let only = filter.as_ref().map_or(String::new(), |filter| format!(" where `{}`", filter.value));
    let message = format!("{traffic} are logged to {to}{only}; afterwards no proxy logs them");
    scene.finding(&ACCESS_LOG, Direction::Drops, at, message).help(HELP)
}
