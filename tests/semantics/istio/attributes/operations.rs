//! The fields of `to[].operation`.

use super::{Form, form};

pub(super) const OPERATIONS: [Form; 26] = [
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
