"""Runs of pytest by users of the plugin, with a client of theirs."""

import textwrap

import pytest

CLIENT = '''
import json
import urllib.parse
import urllib.request


def read(url, data=None, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
        return json.load(answer)


class Client:
    """A client as somebody has written it, who knows nothing of Leadline."""

    def __init__(self, env):
        self.url = env["LEADLINE_URL"]
        login = {"client_id": env["LEADLINE_CLIENT_ID"], "client_secret": env["LEADLINE_CLIENT_SECRET"]}
        query = urllib.parse.urlencode({"grant_type": "client_credentials"} | login)
        self.token = read(f"{self.url}/identity/oauth/token?{query}")["access_token"]

    def get(self, path):
        return read(self.url + path, Authorization=f"Bearer {self.token}")

    def post(self, text):
        body = '--x\\r\\nContent-Disposition: form-data; name="file"; filename="f.csv"\\r\\n\\r\\n' + text + "\\r\\n--x--\\r\\n"
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        url = self.url + "/bulk/v1/leads.json?format=csv"
        return read(url, body.encode(), Authorization=f"Bearer {self.token}", **kind)

    def status(self, batch_id):
        return self.get(f"/bulk/v1/leads/batch/{batch_id}.json")["result"][0]
'''


def load_few_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs of pytest load the plugin and xdist alone; the others took half of each run's time."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:schemathesis -p no:hypothesispytest -p no:anyio")


class Run:
    def __init__(self, pytester: pytest.Pytester, url: str) -> None:
        self.pytester = pytester
        self.url = url
        pytester.makepyfile(client=CLIENT)

    def __call__(self, tests: str, *options: str) -> pytest.RunResult:
        self.pytester.makepyfile(
            test_theirs="import pytest\nfrom client import Client\n" + textwrap.dedent(tests)
        )
        return self.pytester.runpytest_subprocess(
            f"--leadline-url={self.url}", "-p", "no:cacheprovider", "-p", "no:randomly", *options
        )
