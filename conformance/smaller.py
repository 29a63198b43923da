"""Less of a document, for the programs that make disagreements small."""

import copy


def smaller(node, kept=()):
    """Every copy of the node with one member left out, the larger members first; `kept` keys stay."""
    if not isinstance(node, (dict, list)):
        return
    keys = list(node) if isinstance(node, dict) else range(len(node))
    for key in keys:
        if key not in kept:
            less = copy.copy(node)
            del less[key]
            yield less
    for key in keys:
        for inner in smaller(node[key], kept):
            less = copy.copy(node)
            less[key] = inner
            yield less
