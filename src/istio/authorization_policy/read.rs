//! The `spec` read into types, and what its shape alone makes Istio refuse.

use super::key::{self, KeyError};
use super::validate::{self, Given};
use super::{Action, AuthorizationPolicy, Condition, Empty, Key, Operation, Rule, Source};
use crate::istio::checks::{Checks, key_of};
use crate::istio::{Attachment, Meta, attachment};
use crate::yaml::fields::{Field, Fields, Leaf};
use crate::yaml::{Node, Value};

/// The most rules, and the most entries of `from`, that the API server takes.
const MOST: usize = 512;

/// Reads the `spec`. `None` where it is no mapping; other problems are with the reader and `checks`.
pub(in crate::istio) fn read(
    meta: Meta,
    spec: Option<&Field<'_>>,
    dry_run: Option<Leaf<bool>>,
    checks: &Checks<'_>,
) -> Option<AuthorizationPolicy> {
    let mut given = Given::default();
    let default = Leaf { value: Action::Allow, span: meta.name_span, field: "spec.action".to_string() };
    let mut policy = AuthorizationPolicy {
        meta,
        attachment: Attachment::Everything,
        bare_selector: None,
        action: default,
        provider: None,
        rules: None,
        dry_run: None,
        empty: Vec::new(),
    };
    if let Some(spec) = spec {
        let mut fields = spec.fields()?;
        policy.attachment = attachment::read(&mut fields, checks);
        policy.bare_selector = bare_selector(spec).filter(|_| policy.attachment.is_everything());
        if let Some(action) = fields.take("action") {
            policy.action = action.one_of(&ACTIONS).unwrap_or(policy.action);
        }
        if let Some(provider) = fields.take("provider") {
            given.provider = Some(key_of(&provider));
            policy.provider = read_provider(&provider);
        }
        if let Some(rules) = fields.take("rules") {
            policy.rules = read_rules(&rules, checks);
            policy.empty = rules.list().iter().flatten().flat_map(empty).collect();
        }
        fields.finish();
    }
    given.dry_run.clone_from(&dry_run);
    policy.dry_run = dry_run.filter(|dry_run| dry_run.value);
    validate::check(&policy, &given, checks);
    Some(policy)
}

/// A selector of which Istio's Go has no labels: absent or null ones, but not an empty mapping.
fn bare_selector(spec: &Field<'_>) -> Option<Leaf<()>> {
    let selector = spec.below("selector").filter(|selector| !selector.is_null())?;
    let labels = selector.below("matchLabels").filter(|labels| !labels.is_null());
    labels.is_none().then(|| selector.presence())
}

const ACTIONS: [(&str, Action); 4] =
    [("ALLOW", Action::Allow), ("DENY", Action::Deny), ("AUDIT", Action::Audit), ("CUSTOM", Action::Custom)];

fn read_provider(field: &Field<'_>) -> Option<Leaf<String>> {
    let mut fields = field.fields()?;
    let name = fields.take("name").and_then(|field| field.string());
    fields.finish();
    name
}

fn read_rules(field: &Field<'_>, checks: &Checks<'_>) -> Option<Vec<Rule>> {
    let items = field.list()?;
    if items.len() > MOST {
        checks.refuse(&key_of(field), format!("there are more than {MOST} rules"), "split the policy");
    }
    Some(items.iter().filter_map(|item| read_rule(item, checks)).collect())
}

fn read_rule(field: &Field<'_>, checks: &Checks<'_>) -> Option<Rule> {
    // Null is not `{}` here: the one is refused, the other matches every request.
    if field.is_null() {
        checks.refuse(
            &field.presence(),
            "a rule is null",
            "take it out, or write `{}` to match every request",
        );
        return None;
    }
    let mut fields = field.fields()?;
    let from = entries(fields.take("from"), checks);
    let to = entries(fields.take("to"), checks);
    let conditions = fields.take("when").and_then(|field| field.list()).unwrap_or_default();
    fields.finish();
    Some(Rule {
        at: field.presence(),
        from: from.iter().filter_map(|item| read_source(item, checks)).collect(),
        to: to.iter().filter_map(|item| read_operation(item, checks)).collect(),
        when: conditions.iter().filter_map(|item| read_condition(item, checks)).collect(),
    })
}

/// The fields below a rule that hold nothing: empty lists, which Istio's reader of JSON takes for
/// absent ones (`pkg/util/protomarshal`), and null.
fn empty(rule: &Field<'_>) -> Vec<Leaf<Empty>> {
    let mut found = Vec::new();
    collect_empty(&rule.path, rule.node, &mut found);
    found
}

fn collect_empty(path: &str, node: &Node, found: &mut Vec<Leaf<Empty>>) {
    let leaf = |value| Leaf { value, span: node.span, field: path.to_string() };
    match &node.value {
        Value::Sequence(items) if items.is_empty() => found.push(leaf(Empty::List)),
        Value::Scalar(_) if node.is_null() => found.push(leaf(Empty::Null)),
        Value::Scalar(_) => {}
        Value::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                collect_empty(&format!("{path}[{index}]"), item, found);
            }
        }
        Value::Mapping(entries) => {
            for entry in entries {
                collect_empty(&format!("{path}.{}", entry.key), &entry.value, found);
            }
        }
    }
}

/// The items of `from` or `to`.
fn entries<'r>(field: Option<Field<'r>>, checks: &Checks<'_>) -> Vec<Field<'r>> {
    let Some(field) = field else { return Vec::new() };
    let name = field.name();
    match field.list() {
        Some(items) => {
            if name == "from" && items.len() > MOST {
                checks.refuse(
                    &key_of(&field),
                    format!("`from` has more than {MOST} entries"),
                    "split the rule",
                );
            }
            items
        }
        None => Vec::new(),
    }
}

/// Takes the one field of an entry of `from` or `to`, which has to be there.
fn only_field<'r>(entry: &Field<'r>, name: &'static str, checks: &Checks<'_>) -> Option<Field<'r>> {
    let mut fields = entry.fields()?;
    let only = fields.take(name);
    fields.finish();
    if only.is_none() {
        let list = if name == "source" { "from" } else { "to" };
        let message = format!("an entry of `{list}` has no `{name}`");
        checks.refuse(&key_of(entry), message, format!("write `- {name}:` and the fields below it"));
    }
    only
}

fn strings(fields: &mut Fields<'_>, name: &'static str) -> Vec<Leaf<String>> {
    fields.take(name).map(|field| field.strings()).unwrap_or_default()
}

fn read_source(entry: &Field<'_>, checks: &Checks<'_>) -> Option<Source> {
    let field = only_field(entry, "source", checks)?;
    let mut fields = field.fields()?;
    let mut take = |name| strings(&mut fields, name);
    let source = Source {
        at: key_of(&field),
        principals: take("principals"),
        not_principals: take("notPrincipals"),
        request_principals: take("requestPrincipals"),
        not_request_principals: take("notRequestPrincipals"),
        namespaces: take("namespaces"),
        not_namespaces: take("notNamespaces"),
        service_accounts: take("serviceAccounts"),
        not_service_accounts: take("notServiceAccounts"),
        trust_domains: take("trustDomains"),
        not_trust_domains: take("notTrustDomains"),
        ip_blocks: take("ipBlocks"),
        not_ip_blocks: take("notIpBlocks"),
        remote_ip_blocks: take("remoteIpBlocks"),
        not_remote_ip_blocks: take("notRemoteIpBlocks"),
    };
    fields.finish();
    Some(source)
}

fn read_operation(entry: &Field<'_>, checks: &Checks<'_>) -> Option<Operation> {
    let field = only_field(entry, "operation", checks)?;
    let mut fields = field.fields()?;
    let mut take = |name| strings(&mut fields, name);
    let operation = Operation {
        at: key_of(&field),
        hosts: take("hosts"),
        not_hosts: take("notHosts"),
        ports: take("ports"),
        not_ports: take("notPorts"),
        methods: take("methods"),
        not_methods: take("notMethods"),
        paths: take("paths"),
        not_paths: take("notPaths"),
    };
    fields.finish();
    Some(operation)
}

fn read_condition(item: &Field<'_>, checks: &Checks<'_>) -> Option<Condition> {
    let mut fields = item.fields()?;
    let key = fields.take("key");
    let (values, not_values) = (strings(&mut fields, "values"), strings(&mut fields, "notValues"));
    fields.finish();
    let Some(field) = key else {
        checks.refuse(
            &key_of(item),
            "a condition has no `key`",
            "name the attribute that `values` are compared with",
        );
        return None;
    };
    let key = read_key(&field, checks)?;
    Some(Condition { at: item.presence(), key, values, not_values })
}

fn read_key(field: &Field<'_>, checks: &Checks<'_>) -> Option<Leaf<Key>> {
    let text = field.string()?;
    match key::parse(&text.value) {
        Ok(key) => Some(text.map(|_| key)),
        Err(KeyError { message, help, unread: true }) => {
            field.wrong_value(message, Some(help.to_string()));
            None
        }
        Err(KeyError { message, help, unread: false }) => {
            checks.refuse(&text, message, help);
            None
        }
    }
}
