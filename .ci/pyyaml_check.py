#!/usr/bin/env python3
"""Print the documents of YAML files as PyYAML (YAML 1.1) reads them, as one JSON list.

With --expect FILE the list is compared with the JSON in FILE instead: status 1 and the first
document that differs where they are not the same.
"""

import argparse
import json
import sys

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(paths):
    """All documents of the files, in their order; empty documents are None."""
    found = []
    for path in paths:
        with open(path, "rb") as file:
            found.extend(yaml.load_all(file, Loader=LOADER))
    return found


def first_difference(found, expected):
    """A text that names the first document that differs, or None."""
    for number, (left, right) in enumerate(zip(found, expected), start=1):
        if left != right:
            return f"document {number} was read as\n{as_json(left)}\nand was meant as\n{as_json(right)}"
    if len(found) != len(expected):
        return f"{len(found)} documents were read, {len(expected)} were meant"
    return None


def as_json(value):
    """One line; what JSON cannot hold (dates, sets) is shown as Python shows it."""
    return json.dumps(value, sort_keys=True, default=repr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--expect", metavar="JSON")
    arguments = parser.parse_args()
    found = documents(arguments.files)
    if arguments.expect is None:
        print(as_json(found))
        return 0
    with open(arguments.expect, encoding="utf-8") as file:
        difference = first_difference(found, json.load(file))
    if difference is not None:
        print(difference, file=sys.stderr)
        return 1
    print(f"{len(found)} documents, all read as they were meant")
    return 0


if __name__ == "__main__":
    sys.exit(main())
