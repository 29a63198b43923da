//! Routes that send clients or requests elsewhere under another name: redirect, rewrite, delegate.

use super::Route;
use super::scene::joined;
use crate::finding::codes::traffic::{DELEGATE, REDIRECT, REWRITE};
use crate::finding::{Direction, Finding};
use crate::istio::virtual_service::http_actions::{Delegate, DerivePort, Redirect, Rewrite};

/// Redirect, rewrite and delegate of one route.
pub(super) fn check(route: Route<'_>) -> Vec<Finding> {
    let redirect = route.http.redirect.as_ref().map(|found| redirect(route, found));
    let rewrite = route.http.rewrite.as_ref().map(|found| rewrite(route, found));
    let delegate = route.http.delegate.as_ref().map(|found| delegate(route, found));
    redirect.into_iter().chain(rewrite).chain(delegate).collect()
}

fn redirect(route: Route<'_>, found: &Redirect) -> Finding {
    let Redirect { at, uri, prefix_rewrite, authority, port, derive_port, scheme, redirect_code } = found;
    let mut to = Vec::new();
    to.extend(scheme.as_ref().map(|scheme| format!("scheme `{}`", scheme.value)));
    to.extend(authority.as_ref().map(|authority| format!("host `{}`", authority.value)));
    to.extend(port.as_ref().map(|port| format!("port {}", port.value)));
    to.extend(derive_port.as_ref().map(|port| match port.value {
        DerivePort::FromProtocolDefault => "the scheme's own port".to_string(),
        DerivePort::FromRequestPort => "the same port".to_string(),
    }));
    to.extend(uri.as_ref().map(|uri| format!("path `{}`", uri.value)));
    to.extend(prefix_rewrite.as_ref().map(|prefix| format!("path prefix `{}`", prefix.value)));
    let status = redirect_code.as_ref().map_or(301, |code| if code.value == 0 { 301 } else { code.value });
    let to = if to.is_empty() { "the same address".to_string() } else { joined(&to) };
    let secure = scheme.as_ref().is_some_and(|scheme| scheme.value == "https");
    let plain = if secure { ", also in clear text" } else { "" };
    let message = format!(
        "{} are redirected with {status} to {to}; afterwards they reach the application{plain}",
        route.subject()
    );
    let help = if secure {
        "redirect at the way in (an HTTPRoute's RequestRedirect filter, an Ingress), or in the application, and send \
         Strict-Transport-Security"
    } else {
        "redirect in the application, or at the way in with an HTTPRoute's RequestRedirect filter"
    };
    route.scene.finding(&REDIRECT, Direction::Drops, at, message).help(help)
}

fn rewrite(route: Route<'_>, found: &Rewrite) -> Finding {
    let Rewrite { at, uri, authority, regex_match, regex_rewrite } = found;
    let mut changes = Vec::new();
    changes.extend(uri.as_ref().map(|uri| format!("path `{}`", uri.value)));
    if let (Some(from), Some(to)) = (regex_match, regex_rewrite) {
        changes.push(format!("`{}` in the path replaced by `{}`", from.value, to.value));
    }
    changes.extend(authority.as_ref().map(|authority| format!("host `{}`", authority.value)));
    let message = format!(
        "{} reach the application with {}; afterwards they reach it as the client wrote them",
        route.subject(),
        joined(&changes)
    );
    let help = "let the application answer to the old paths and hosts, change the clients, or rewrite at the way in \
                with an HTTPRoute's URLRewrite filter";
    route.scene.finding(&REWRITE, Direction::Drops, at, message).help(help)
}

fn delegate(route: Route<'_>, found: &Delegate) -> Finding {
    let Delegate { at, name, namespace } = found;
    let Route { scene, .. } = route;
    let name = name.as_ref().map_or("", |name| name.value.as_str());
    let namespace = namespace.as_ref().map_or(scene.namespace(), |space| space.value.as_str());
    let mut others = scene.context.resources.virtual_services.iter();
    let found = others.find(|other| {
        let reference = &other.meta.reference;
        reference.name == name && reference.namespace.as_deref() == Some(namespace)
    });
    let subject = route.subject();
    if let Some(other) = found {
        let message = format!(
            "{subject} are routed by VirtualService `{namespace}/{name}`: what is lost is said there"
        );
        let finding = scene.finding(&DELEGATE, Direction::None, at, message);
        return finding.related("the delegate", other.meta.name_span);
    }
    let message = format!(
        "{subject} are routed by VirtualService `{namespace}/{name}`, which is not in the input: its routes may refuse \
         requests, and nobody can say what is lost"
    );
    let help = "give the manifest of the delegate as well";
    scene.finding(&DELEGATE, Direction::Widens, at, message).help(help)
}
