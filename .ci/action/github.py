"""GitHub as far as action.yml meets it: the REST API's comments on 127.0.0.1, and a runner that does
what a composite action asks for. Steps run as they stand in the file, in the shell that GitHub names."""

import http.server
import json
import os
import re
import subprocess
import threading
import urllib.parse
from pathlib import Path

TOKEN = "ghs_token-of-the-run"


class Api(http.server.ThreadingHTTPServer):
    """Comments of one pull request. `refuse` maps a method to the status that it is answered with."""

    def __init__(self, comments=(), refuse=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.comments = list(comments)
        self.refuse = refuse or {}
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def add(self, body, kind="Bot"):
        number = 1000 + len(self.comments)
        comment = {"id": number, "body": body, "user": {"type": kind, "login": "someone"}}
        self.comments.append(comment)
        return comment


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle_method(self):
        api = self.server
        url = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        api.asked.append((self.command, self.path))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"message": "Bad credentials"})
        if self.command in api.refuse:
            return self.answer(api.refuse[self.command], {"message": "Resource not accessible by integration"})
        one = re.fullmatch(r"/repos/shop/manifests/issues/comments/(\d+)", url.path)
        if self.command == "PATCH" and one:
            for comment in api.comments:
                if comment["id"] == int(one[1]):
                    comment["body"] = json.loads(body)["body"]
                    return self.answer(200, comment)
        if url.path == "/repos/shop/manifests/issues/7/comments":
            if self.command == "POST":
                text = json.loads(body)["body"]
                if len(text) > 65536:
                    return self.answer(422, {"message": "body is too long"})
                return self.answer(201, api.add(text))
            if self.command == "GET":
                query = urllib.parse.parse_qs(url.query)
                size = min(int(query.get("per_page", ["30"])[0]), 100)
                start = (int(query.get("page", ["1"])[0]) - 1) * size
                return self.answer(200, api.comments[start : start + size])
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = handle_method


class Expression:
    """The few forms of `${{ }}` and `if:` that action.yml may use; anything else is an error here."""

    def __init__(self, contexts):
        self.contexts = contexts

    def value(self, name):
        node = self.contexts
        for part in name.split("."):
            node = node.get(part, {}) if isinstance(node, dict) else {}
        return "" if node == {} else str(node)

    def fill(self, text):
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: self.value(found[1]), str(text))

    def holds(self, condition):
        for part in condition.split("&&"):
            found = re.fullmatch(r"\s*([\w.-]+) (==|!=) '([^']*)'\s*", part)
            if not found:
                raise ValueError(f"this runner does not know the condition {part!r}")
            if (self.value(found[1]) == found[3]) != (found[2] == "=="):
                return False
        return True


class Run:
    """One run of the action: what it printed, what it set, and whether it failed."""

    def __init__(self, action, root, work, inputs, event, api_url, upload="success", env=None):
        known = action["inputs"]
        unknown = set(inputs) - set(known)
        if unknown:
            raise ValueError(f"no such input: {unknown}")
        github = {"token": TOKEN}
        filled = {
            name: Expression({"github": github}).fill(inputs.get(name, known[name].get("default", "")))
            for name in known
        }
        self.log, self.uses, self.failed, steps = "", [], False, {}
        work.mkdir(parents=True, exist_ok=True)
        (work / "event.json").write_text(json.dumps(event))
        (work / "temp").mkdir(exist_ok=True)
        summary = work / "summary.md"
        summary.write_text("")
        for place, step in enumerate(action["runs"]["steps"]):
            expression = Expression({"inputs": filled, "steps": steps, "github": github})
            outcome = {"outputs": {}, "outcome": "skipped"}
            if not self.failed and expression.holds(step.get("if", "github.token != ''")):
                if "uses" in step:
                    self.uses.append((step["uses"], {k: expression.fill(v) for k, v in step["with"].items()}))
                    outcome["outcome"] = upload
                else:
                    outcome = self.shell(step, place, expression, root, work, api_url, env or {})
                failed = outcome["outcome"] == "failure"
                self.failed = self.failed or (failed and not step.get("continue-on-error"))
            if "id" in step:
                steps[step["id"]] = outcome
        done = Expression({"steps": steps})
        self.outputs = {name: done.fill(output["value"]) for name, output in action["outputs"].items()}
        self.summary = summary.read_text()

    def shell(self, step, place, expression, root, work, api_url, env):
        script = work / f"step-{place}.sh"
        script.write_text(expression.fill(step["run"]))
        output = work / f"output-{place}"
        output.write_text("")
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "GITHUB_ACTION_PATH": str(root),
            "GITHUB_API_URL": api_url,
            "GITHUB_EVENT_PATH": str(work / "event.json"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_REPOSITORY": "shop/manifests",
            "GITHUB_STEP_SUMMARY": str(work / "summary.md"),
            "RUNNER_TEMP": str(work / "temp"),
            **env,
            **{name: expression.fill(value) for name, value in step.get("env", {}).items()},
        }
        if step["shell"] != "bash":
            raise ValueError(f"this runner has no shell {step['shell']}")
        command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)]
        ended = subprocess.run(
            command, cwd=work / "checkout", env=variables, capture_output=True, text=True, timeout=120
        )
        self.log += ended.stdout + ended.stderr
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return {"outputs": outputs, "outcome": "failure" if ended.returncode else "success"}


def pull_request(number=7):
    return {"pull_request": {"number": number, "head": {"repo": {"fork": False}}}}
