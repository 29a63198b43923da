"""An API server as far as `kubectl get` asks one: discovery and lists, over HTTP on 127.0.0.1.

usage: cluster.py FOLDER     prints its address, and serves the objects in FOLDER until its input ends
A folder `forbidden` beside the objects names, by empty files, resources that may not be listed.
"""

import http.server
import json
import pathlib
import sys
import threading

import yaml

ISTIO = ["istio-io", "security-istio-io"]
# Group and version: resource, kind, whether in namespaces, categories.
RESOURCES = {
    "v1": [
        ("namespaces", "Namespace", False, []),
        ("services", "Service", True, ["all"]),
        ("configmaps", "ConfigMap", True, []),
        ("serviceaccounts", "ServiceAccount", True, []),
    ],
    "apps/v1": [
        ("deployments", "Deployment", True, ["all"]),
        ("statefulsets", "StatefulSet", True, ["all"]),
        ("daemonsets", "DaemonSet", True, ["all"]),
    ],
    "batch/v1": [("cronjobs", "CronJob", True, ["all"])],
    "networking.k8s.io/v1": [("networkpolicies", "NetworkPolicy", True, [])],
    "security.istio.io/v1": [
        ("authorizationpolicies", "AuthorizationPolicy", True, ISTIO),
        ("peerauthentications", "PeerAuthentication", True, ISTIO),
        ("requestauthentications", "RequestAuthentication", True, ISTIO),
    ],
}


def discovery(path):
    """What is at a path of discovery; None where it is none."""
    groups = {version.split("/")[0]: version for version in RESOURCES if "/" in version}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    if path == "/apis":
        listed = [{"groupVersion": v, "version": v.split("/")[1]} for v in groups.values()]
        groups = [{"name": n, "versions": [v], "preferredVersion": v} for n, v in zip(groups, listed)]
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
    for version, resources in RESOURCES.items():
        if path == ("/apis/" if "/" in version else "/api/") + version:
            listed = [
                {"name": name, "singularName": kind.lower(), "namespaced": namespaced, "kind": kind,
                 "verbs": ["get", "list"], "categories": categories}
                for name, kind, namespaced, categories in resources
            ]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}
    return None


def live(document, number):
    """The object as an API server shows it, with what it adds."""
    metadata = {
        **document["metadata"],
        "uid": f"00000000-0000-0000-0000-{number:012}",
        "resourceVersion": str(number),
        "creationTimestamp": "2020-01-01T00:00:00Z",
        "generation": 1,
    }
    return {**document, "metadata": metadata}


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, value, status=200):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        path = self.path.split("?")[0].rstrip("/")
        found = discovery(path)
        if found is not None:
            return self.answer(found)
        for version, resources in RESOURCES.items():
            for name, kind, _, _ in resources:
                if path == ("/apis/" if "/" in version else "/api/") + f"{version}/{name}":
                    if (self.server.folder / "forbidden" / name).exists():
                        return self.answer(status("Forbidden", f"{name} is forbidden", 403), 403)
                    items = [
                        live(document, number)
                        for number, document in enumerate(self.server.documents)
                        if (document["apiVersion"], document["kind"]) == (version, kind)
                    ]
                    return self.answer(
                        {"kind": f"{kind}List", "apiVersion": version, "metadata": {"resourceVersion": "9"}, "items": items}
                    )
        return self.answer(status("NotFound", "the server could not find the requested resource", 404), 404)


def status(reason, message, code):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code}


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.folder = pathlib.Path(sys.argv[1])
    server.documents = [
        document
        for file in sorted(server.folder.glob("*.yaml"))
        for document in yaml.safe_load_all(file.read_text())
        if document
    ]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    sys.stdin.read()


main()
