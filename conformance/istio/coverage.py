"""How many verdicts turn for each attribute and form once it is taken out of its policy."""

import collections
import json

# With so many verdicts asked, each label has to turn so many of them.
ENOUGH, LEAST = 120_000, 200
ALLOWED = (0.3, 0.7)


def question(found):
    """What was asked, in whatever set."""
    return json.dumps(found["asked"], sort_keys=True)


class Coverage:
    def __init__(self):
        self.met, self.turned = collections.Counter(), collections.Counter()

    def add(self, decided, variants):
        """The verdicts of whole sets; `variants` has the set and the label of each variant.

        Gives the pairs that turned: what the set decides and what the variant does.
        """
        verdicts = {(found["case"], question(found)): found for found in decided}
        pairs = []
        for (name, asked), found in verdicts.items():
            original, label = variants.get(name, (None, None))
            before = verdicts.get((original, asked))
            if before is None or label is None:
                continue
            self.met[label] += 1
            if before["allowed"] != found["allowed"]:
                self.turned[label] += 1
                pairs.append((label, before, found))
        return pairs

    def lines(self, labels):
        """The table, a line for each label."""
        found = [f"  {label}: {self.met[label]}, {self.turned[label]}" for label in sorted(labels)]
        return ["label: verdicts asked without it, verdicts that turn", *found]

    def too_few(self, labels):
        """The labels that turn too little."""
        return [label for label in sorted(labels) if self.turned[label] < LEAST]
