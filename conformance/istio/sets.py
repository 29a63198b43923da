"""Sets of policies, the variants of them that lack something, and what is asked of each."""

import dataclasses


@dataclasses.dataclass
class Variant:
    """A set that lacks one thing, named by its label in the table of coverage."""

    label: str
    policies: list
    requests: list


@dataclasses.dataclass
class PolicySet:
    """Policies; every request of a variant is asked of them too."""

    policies: list
    requests: list
    variants: list


def named(kind, name, spec, namespace="shop", annotations=None):
    """An object of Istio's."""
    metadata = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    version = "security.istio.io/v1"
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def rule_of(tests):
    """A rule that asks all of the tests, sources in one entry and operations in one."""
    rule, fields = {}, {"source": {}, "operation": {}}
    for test in tests:
        if test.attribute.place == "when":
            conditions = rule.setdefault("when", [])
            same = [each for each in conditions if each["key"] == test.attribute.name]
            condition = same[0] if same else {"key": test.attribute.name}
            if not same:
                conditions.append(condition)
            condition["notValues" if test.negative else "values"] = list(test.values)
        else:
            fields[test.attribute.place][test.field] = list(test.values)
    for list_name, field in (("from", "source"), ("to", "operation")):
        if fields[field]:
            rule[list_name] = [{field: fields[field]}]
    return rule


# Keys are made when the policies are asked about, so that what is written does not depend on them.
KEYS = '{"keys":[]}'


def token_rules(name, issuers, namespace="shop", labels=None, audiences=None):
    """A RequestAuthentication that takes the tokens of the issuers."""
    rules = [{"issuer": issuer, "jwks": KEYS} for issuer in issuers]
    for rule in rules:
        if audiences:
            rule["audiences"] = audiences
    spec = {"selector": {"matchLabels": labels}} if labels else {}
    return named("RequestAuthentication", name, spec | {"jwtRules": rules}, namespace)
