//! Tokens, and the keys of `when`.

use super::{Form, form};

pub(super) const TOKENS: [Form; 13] = [
    form(
        "requestPrincipals, exact",
        "from: [{source: {requestPrincipals: [iss/sub]}}]",
        "token=valid principal=iss/sub",
        "token=valid principal=iss/sub2",
    ),
    form(
        "requestPrincipals, the issuer alone, which may hold slashes",
        "from: [{source: {requestPrincipals: ['https://iss/*']}}]",
        "token=valid principal=https://iss/a",
        "token=valid principal=https://iss/a/b",
    ),
    form(
        "requestPrincipals, the beginning of the subject",
        "from: [{source: {requestPrincipals: ['iss/a*']}}]",
        "token=valid principal=iss/ab",
        "token=valid principal=iss/ba",
    ),
    form(
        "requestPrincipals, the subject alone",
        "from: [{source: {requestPrincipals: ['*/sub']}}]",
        "token=valid principal=any/sub",
        "token=valid principal=any/asub",
    ),
    form(
        "requestPrincipals, presence: a valid token",
        "from: [{source: {requestPrincipals: ['*']}}]",
        "token=valid principal=i/s",
        "",
    ),
    form(
        "requestPrincipals of a token that is not valid are none",
        "from: [{source: {requestPrincipals: [i/s]}}]",
        "token=valid principal=i/s",
        "token=invalid principal=i/s",
    ),
    form(
        "notRequestPrincipals, presence: no valid token",
        "from: [{source: {notRequestPrincipals: ['*']}}]",
        "",
        "token=valid principal=i/s",
    ),
    form(
        "when request.auth.principal",
        "when: [{key: request.auth.principal, values: [i/s]}]",
        "token=valid principal=i/s",
        "token=valid principal=i/t",
    ),
    form(
        "when request.auth.audiences",
        "when: [{key: request.auth.audiences, values: ['shop-*']}]",
        "token=valid audience=shop-eu",
        "token=valid audience=shop",
    ),
    form(
        "when request.auth.presenter",
        "when: [{key: request.auth.presenter, values: ['*.example']}]",
        "token=valid presenter=a.example",
        "token=valid presenter=b.test",
    ),
    form(
        "when request.auth.claims",
        "when: [{key: 'request.auth.claims[groups]', values: [admin]}]",
        "token=valid claim:groups=admin",
        "token=valid claim:groups=admins",
    ),
    form(
        "when request.auth.claims, nested",
        "when: [{key: 'request.auth.claims[realm][role]', values: [admin]}]",
        "token=valid claim:realm.role=admin",
        "token=valid claim:role=admin",
    ),
    form(
        "when request.auth.claims, notValues: no token is fine",
        "when: [{key: 'request.auth.claims[groups]', notValues: [guest]}]",
        "",
        "token=valid claim:groups=guest",
    ),
];

pub(super) const CONDITIONS: [Form; 22] = [
    form(
        "when request.headers, exact: the name in any case",
        "when: [{key: 'request.headers[X-Env]', values: [prod]}]",
        "header:x-env=prod",
        "header:x-env=Prod",
    ),
    form(
        "when request.headers, prefix",
        "when: [{key: 'request.headers[x-env]', values: ['prod*']}]",
        "header:x-env=prod-eu",
        "header:x-env=preprod",
    ),
    form(
        "when request.headers, suffix",
        "when: [{key: 'request.headers[x-env]', values: ['*-eu']}]",
        "header:x-env=prod-eu",
        "header:x-env=prod",
    ),
    form(
        "when request.headers, presence: an empty one is there",
        "when: [{key: 'request.headers[x-env]', values: ['*']}]",
        "header:x-env=",
        "",
    ),
    form(
        "when request.headers, notValues: none is fine",
        "when: [{key: 'request.headers[x-env]', notValues: [test]}]",
        "",
        "header:x-env=test",
    ),
    form(
        "when request.headers: the host is a header",
        "when: [{key: 'request.headers[Host]', values: [a.example]}]",
        "host=a.example",
        "host=A.example",
    ),
    form("when source.ip", "when: [{key: source.ip, values: [10.0.0.0/8]}]", "ip=10.0.0.1", "ip=9.0.0.1"),
    form(
        "when source.ip, notValues",
        "when: [{key: source.ip, notValues: [10.0.0.0/8]}]",
        "ip=9.0.0.1",
        "ip=10.0.0.1",
    ),
    form(
        "when remote.ip",
        "when: [{key: remote.ip, values: ['2001:db8::/32']}]",
        "remote=2001:db8::1",
        "remote=2001:db9::1",
    ),
    form(
        "when source.namespace",
        "when: [{key: source.namespace, values: [shop]}]",
        "from=shop/x",
        "from=web/x",
    ),
    form(
        "when source.namespace, notValues",
        "when: [{key: source.namespace, notValues: [shop]}]",
        "from=web/x",
        "from=shop/x",
    ),
    form(
        "when source.principal",
        "when: [{key: source.principal, values: [cluster.local/ns/shop/sa/cart]}]",
        "from=shop/cart",
        "from=web/cart",
    ),
    form(
        "when source.serviceAccount",
        "when: [{key: source.serviceAccount, values: [web/cart, cart]}]",
        "from=shop/cart",
        "from=other/cart",
    ),
    form(
        "when source.trustDomain",
        "when: [{key: source.trustDomain, values: [far.td]}]",
        "from=far.td/a/b",
        "from=a/b",
    ),
    form(
        "when destination.ip",
        "when: [{key: destination.ip, values: [10.0.0.7]}]",
        "to=10.0.0.7",
        "to=10.0.0.8",
    ),
    form(
        "when destination.port",
        "when: [{key: destination.port, values: ['8080']}]",
        "port=8080",
        "port=8081",
    ),
    form(
        "when destination.port, notValues",
        "when: [{key: destination.port, notValues: ['8080']}]",
        "port=8081",
        "port=8080",
    ),
    form("when connection.sni", "when: [{key: connection.sni, values: ['*.example']}]", "sni=a.example", ""),
    form(
        "when connection.sni, notValues",
        "when: [{key: connection.sni, notValues: [a.example]}]",
        "sni=b.example",
        "sni=a.example",
    ),
    form(
        "when experimental.envoy.filters",
        "when: [{key: 'experimental.envoy.filters.a.b[c]', values: ['x*']}]",
        "metadata:experimental.envoy.filters.a.b[c]=xy",
        "metadata:experimental.envoy.filters.a.b[c]=y",
    ),
    form(
        "when experimental.envoy.filters, an element of a list",
        "when: [{key: 'experimental.envoy.filters.a.b[c]', values: ['[x]']}]",
        "metadata:experimental.envoy.filters.a.b[c]=[x]",
        "metadata:experimental.envoy.filters.a.b[c]=x",
    ),
    form(
        "all of when have to hold",
        "when: [{key: source.ip, values: [10.0.0.0/8]}, {key: 'request.headers[a]', values: [b]}]",
        "ip=10.0.0.1 header:a=b",
        "ip=10.0.0.1",
    ),
];
