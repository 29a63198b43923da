//! Each attribute in each form: one request that matches and one that does not, in an ALLOW that lets
//! in what matches alone, and in a DENY that refuses what matches alone.

use super::world::World;

/// A form of an attribute: the rule, what it matches, and what it does not.
struct Form {
    fact: &'static str,
    rule: &'static str,
    matches: &'static str,
    differs: &'static str,
}

const fn form(fact: &'static str, rule: &'static str, matches: &'static str, differs: &'static str) -> Form {
    Form { fact, rule, matches, differs }
}

const OPERATIONS: [Form; 26] = [
    form(
        "paths, exact: a trailing slash counts",
        "to: [{operation: {paths: [/foo]}}]",
        "path=/foo",
        "path=/foo/",
    ),
    form(
        "paths, exact: slashes are not merged",
        "to: [{operation: {paths: [/foo]}}]",
        "path=/foo",
        "path=//foo",
    ),
    form(
        "paths, exact: parameters are no end of a segment",
        "to: [{operation: {paths: [/foo]}}]",
        "path=/foo",
        "path=/foo;x",
    ),
    form(
        "paths, exact: nothing is decoded",
        "to: [{operation: {paths: [/foo]}}]",
        "path=/foo",
        "path=/%66oo",
    ),
    form(
        "paths, prefix: it ends anywhere in a segment",
        "to: [{operation: {paths: [/api/v*]}}]",
        "path=/api/v1/x",
        "path=/api/w",
    ),
    form("paths, suffix", "to: [{operation: {paths: ['*.css']}}]", "path=/a/b.css", "path=/a/b.css2"),
    form("paths, presence", "to: [{operation: {paths: ['*']}}]", "path=/", "path="),
    form(
        "paths: a star inside is a star",
        "to: [{operation: {paths: [/a/*/b]}}]",
        "path=/a/*/b",
        "path=/a/x/b",
    ),
    form(
        "paths, template: one segment that is not empty",
        "to: [{operation: {paths: ['/a/{*}/b']}}]",
        "path=/a/x/b",
        "path=/a//b",
    ),
    form(
        "paths, template: one segment is not two",
        "to: [{operation: {paths: ['/a/{*}/b']}}]",
        "path=/a/x/b",
        "path=/a/x/y/b",
    ),
    form(
        "paths, template: the rest may be empty, its slash may not",
        "to: [{operation: {paths: ['/a/{**}']}}]",
        "path=/a/",
        "path=/a",
    ),
    form(
        "paths, template: the rest has any number of segments",
        "to: [{operation: {paths: ['/{*}/cart/{**}']}}]",
        "path=/eu/cart/items/1",
        "path=/eu/wish/items/1",
    ),
    form("notPaths, prefix", "to: [{operation: {notPaths: [/admin*]}}]", "path=/shop", "path=/administrator"),
    form(
        "notPaths, template",
        "to: [{operation: {notPaths: ['/{*}/admin']}}]",
        "path=/eu/us/admin",
        "path=/eu/admin",
    ),
    form(
        "methods, exact: upper and lower case matter",
        "to: [{operation: {methods: [GET]}}]",
        "method=GET",
        "method=get",
    ),
    form("methods, prefix", "to: [{operation: {methods: ['PROP*']}}]", "method=PROPFIND", "method=PUT"),
    form("methods, suffix", "to: [{operation: {methods: ['*LOCK']}}]", "method=UNLOCK", "method=COPY"),
    form("methods, presence", "to: [{operation: {methods: ['*']}}]", "method=PATCH", "method="),
    form("notMethods", "to: [{operation: {notMethods: [POST, PUT]}}]", "method=GET", "method=PUT"),
    form(
        "hosts, exact: any case, with the port",
        "to: [{operation: {hosts: [Shop.example]}}]",
        "host=shop.EXAMPLE",
        "host=shop.example:8080",
    ),
    form(
        "hosts, prefix: any port",
        "to: [{operation: {hosts: ['shop.example:*']}}]",
        "host=shop.example:8080",
        "host=shop.example",
    ),
    form("hosts, suffix", "to: [{operation: {hosts: ['*.example']}}]", "host=a.b.EXAMPLE", "host=example"),
    form("notHosts", "to: [{operation: {notHosts: [a.example]}}]", "host=b.example", "host=A.example"),
    form(
        "ports: those of the workload",
        "to: [{operation: {ports: ['8080', '9090']}}]",
        "port=9090",
        "port=80",
    ),
    form("ports: zeros in front", "to: [{operation: {ports: ['0443']}}]", "port=443", "port=8080"),
    form("notPorts", "to: [{operation: {notPorts: ['8080']}}]", "port=9090", "port=8080"),
];

const SOURCES: [Form; 30] = [
    form(
        "principals, exact",
        "from: [{source: {principals: [cluster.local/ns/shop/sa/cart]}}]",
        "from=shop/cart",
        "from=shop/cart-2",
    ),
    form(
        "principals, prefix: the end of the account",
        "from: [{source: {principals: ['cluster.local/ns/shop/sa/*']}}]",
        "from=shop/cart",
        "from=shop-2/cart",
    ),
    form(
        "principals, prefix: the end of the namespace",
        "from: [{source: {principals: ['cluster.local/ns/sh*']}}]",
        "from=shed/x",
        "from=other/shop",
    ),
    form(
        "principals, star in front: the whole identity ends so",
        "from: [{source: {principals: ['*/sa/cart']}}]",
        "from=any.td/a/cart",
        "from=shop/scart",
    ),
    form(
        "principals, presence: whoever has an identity",
        "from: [{source: {principals: ['*']}}]",
        "from=far.td/a/b",
        "from=plain",
    ),
    form(
        "principals: a namespace and an account, none other",
        "from: [{source: {principals: ['*/ns/shop/sa/cart']}}]",
        "from=shop/cart",
        "from=plain",
    ),
    form(
        "notPrincipals match peers without an identity",
        "from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/cart]}}]",
        "from=plain",
        "from=shop/cart",
    ),
    form(
        "notPrincipals, presence: nobody with an identity",
        "from: [{source: {notPrincipals: ['*']}}]",
        "from=plain",
        "from=shop/cart",
    ),
    form(
        "namespaces, exact: the account does not count",
        "from: [{source: {namespaces: [shop]}}]",
        "from=shop/anybody",
        "from=other/shop",
    ),
    form(
        "namespaces never match peers without an identity",
        "from: [{source: {namespaces: [shop]}}]",
        "from=shop/cart",
        "from=plain",
    ),
    form(
        "namespaces, prefix",
        "from: [{source: {namespaces: ['prod-*']}}]",
        "from=prod-eu/x",
        "from=preprod-eu/x",
    ),
    form(
        "namespaces, star in front",
        "from: [{source: {namespaces: ['*-prod']}}]",
        "from=eu-prod/x",
        "from=eu-prod-2/x",
    ),
    form(
        "namespaces of any trust domain",
        "from: [{source: {namespaces: [shop]}}]",
        "from=far.td/shop/x",
        "from=far.td/other/x",
    ),
    form(
        "notNamespaces match peers without an identity",
        "from: [{source: {notNamespaces: [shop]}}]",
        "from=plain",
        "from=shop/cart",
    ),
    form(
        "serviceAccounts with a namespace",
        "from: [{source: {serviceAccounts: [web/cart]}}]",
        "from=web/cart",
        "from=shop/cart",
    ),
    form(
        "serviceAccounts without one: that of the policy",
        "from: [{source: {serviceAccounts: [cart]}}]",
        "from=shop/cart",
        "from=web/cart",
    ),
    form(
        "notServiceAccounts",
        "from: [{source: {notServiceAccounts: [web/cart]}}]",
        "from=plain",
        "from=web/cart",
    ),
    form(
        "trustDomains, exact",
        "from: [{source: {trustDomains: [far.td]}}]",
        "from=far.td/a/b",
        "from=far.td.x/a/b",
    ),
    form(
        "trustDomains, prefix: the star ends at a slash",
        "from: [{source: {trustDomains: ['far*']}}]",
        "from=far-2/a/b",
        "from=near/far/far",
    ),
    form(
        "trustDomains, suffix",
        "from: [{source: {trustDomains: ['*.td']}}]",
        "from=far.td/a/b",
        "from=far/x.td/b",
    ),
    form(
        "notTrustDomains",
        "from: [{source: {notTrustDomains: [cluster.local]}}]",
        "from=far.td/a/b",
        "from=shop/cart",
    ),
    form("ipBlocks, a block", "from: [{source: {ipBlocks: [10.0.0.0/8]}}]", "ip=10.1.2.3", "ip=11.0.0.1"),
    form("ipBlocks, one address", "from: [{source: {ipBlocks: [10.0.0.1]}}]", "ip=10.0.0.1", "ip=10.0.0.2"),
    form(
        "ipBlocks: bits beyond the prefix do not count",
        "from: [{source: {ipBlocks: [10.1.2.3/8]}}]",
        "ip=10.9.9.9",
        "ip=9.1.2.3",
    ),
    form(
        "ipBlocks of one family match none of the other",
        "from: [{source: {ipBlocks: ['::/0']}}]",
        "ip=2001:db8::1",
        "ip=10.0.0.1",
    ),
    form(
        "notIpBlocks match all of the other family",
        "from: [{source: {notIpBlocks: [10.0.0.0/8]}}]",
        "ip=2001:db8::1",
        "ip=10.0.0.1",
    ),
    form(
        "remoteIpBlocks: not the connection's peer",
        "from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]",
        "remote=10.0.0.1 ip=9.9.9.9",
        "remote=9.9.9.9 ip=10.0.0.1",
    ),
    form(
        "notRemoteIpBlocks",
        "from: [{source: {notRemoteIpBlocks: [10.0.0.0/8]}}]",
        "remote=9.9.9.9",
        "remote=10.0.0.1",
    ),
    form(
        "fields of a source have to hold together",
        "from: [{source: {namespaces: [shop], ipBlocks: [10.0.0.0/8]}}]",
        "from=shop/x ip=10.0.0.1",
        "from=shop/x ip=9.0.0.1",
    ),
    form(
        "a field and its negation have to hold together",
        "from: [{source: {namespaces: [shop], notPrincipals: [cluster.local/ns/shop/sa/cart]}}]",
        "from=shop/x",
        "from=shop/cart",
    ),
];

const TOKENS: [Form; 13] = [
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

const CONDITIONS: [Form; 22] = [
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

const SHAPES: [Form; 6] = [
    form("entries of a list are alternatives", "to: [{operation: {paths: [/a, /b]}}]", "path=/b", "path=/c"),
    form(
        "entries of a negated list are all excluded",
        "to: [{operation: {notPaths: [/a, /b]}}]",
        "path=/c",
        "path=/b",
    ),
    form(
        "entries of from are alternatives",
        "from: [{source: {namespaces: [a]}}, {source: {namespaces: [b]}}]",
        "from=b/x",
        "from=c/x",
    ),
    form(
        "entries of to are alternatives",
        "to: [{operation: {methods: [GET]}}, {operation: {paths: [/b]}}]",
        "method=POST path=/b",
        "method=POST path=/a",
    ),
    form(
        "from and to have to hold together",
        "from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [GET]}}]",
        "from=a/x method=GET",
        "from=a/x method=POST",
    ),
    form(
        "values and notValues have to hold together",
        "when: [{key: 'request.headers[v]', values: ['1*'], notValues: ['13']}]",
        "header:v=12",
        "header:v=13",
    ),
];

#[test]
fn each_attribute_matches_in_each_form_what_istio_s_generator_says() {
    let mut wrong = Vec::new();
    let all = OPERATIONS.iter().chain(&SOURCES).chain(&TOKENS).chain(&CONDITIONS).chain(&SHAPES);
    for Form { fact, rule, matches, differs } in all {
        let allow = world("ALLOW", rule);
        let deny = world("DENY", rule);
        let rows = [
            (&allow, matches, "allow by rule p rules[0]"),
            (&allow, differs, "deny by default p"),
            (&deny, matches, "deny by rule p rules[0]"),
            (&deny, differs, "allow by nobody"),
        ];
        for (world, request, expected) in rows {
            let said = world.ask(request);
            if said != expected {
                wrong
                    .push(format!("{fact}\n  {rule}\n  {request}\n  expected {expected}\n  found    {said}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn world(action: &str, rule: &str) -> World {
    let policy = format!("AuthorizationPolicy shop/p {{action: {action}, rules: [{{{rule}}}]}}");
    World::in_trust_domain(&policy, "cluster.local")
}
