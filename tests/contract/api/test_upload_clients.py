"""§0.5, §3.2, §5.1: uploads as common HTTP clients write them, each giving the same one row."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3

from tests.contract.api.world import whole_subscription
from tests.forms import only_long
from tests.harness import Server, running

pytestmark = only_long("postgres", "given")

ROWS = "email,firstName\nclient@example.com,Ann\n"
LEADS = "/bulk/v1/leads.json"
MEMBERS = "/bulk/v1/program/1001/members/import.json"
CURL = shutil.which("curl") or ""
NODE = shutil.which("node") or ""


@pytest.fixture(scope="module")
def server(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a program."""
    yield from running(tmp_path_factory.mktemp("clients") / "data", whole_subscription())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The upload on disk."""
    path = tmp_path_factory.mktemp("upload") / "leads.csv"
    path.write_text(ROWS, "utf-8")
    return path


def assert_imported(server: Server, body: dict[str, Any]) -> None:
    assert body["success"], body
    batch_id = body["result"][0]["batchId"]
    job = server.ended(batch_id, lambda: server.get(f"/leadline/v1/jobs/{batch_id}.json")["result"][0])
    assert (job["status"], job["processed"], job["failed"]) == ("Complete", 1, 0)


REQUESTS: dict[str, Callable[[str], dict[str, Any]]] = {
    "token behind the file": lambda token: {
        "files": [("format", (None, "csv")), ("file", ("f.csv", ROWS)), ("access_token", (None, token))]
    },
    "token before the file": lambda token: {
        "files": [("access_token", (None, token)), ("file", ("f.csv", ROWS)), ("format", (None, "csv"))]
    },
    "token part with a type": lambda token: {
        "files": [("access_token", (None, token, "text/plain; charset=UTF-8")), ("file", ("f.csv", ROWS))]
    },
    "token in the query": lambda token: {
        "params": {"access_token": token, "format": "CSV", "unknown": "x"},
        "files": {"file": ("f.csv", ROWS, "text/plain")},
    },
    "scalars as data": lambda token: {
        "headers": {"Authorization": f"bearer {token}", "Accept": "text/json"},
        "data": {"format": "csv", "lookupField": "email", "listId": "1001", "partitionName": "Default"},
        "files": {"file": ("f.csv", ROWS, "text/csv", {"Expires": "0"})},
    },
    "query wins": lambda token: {
        "headers": {"Authorization": f"Bearer {token}"},
        "params": {"format": "csv"},
        "data": {"format": "ssv"},
        "files": {"file": ("f.csv", ROWS)},
    },
    "header wins": lambda token: {
        "headers": {"Authorization": f"Bearer {token}"},
        "params": {"access_token": "wrong"},
        "data": {"access_token": "wrong"},
        "files": {"file": ("f.csv", ROWS)},
    },
    "any filename": lambda token: {
        "headers": {"Authorization": f"Bearer {token}"},
        "files": {"file": ('Zoë "x"; y.csv', ROWS)},
    },
}


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(server: Server, name: str) -> None:
    """§0.5, §3.2: where token and parameters stand, before or behind the file, does not matter."""
    answer = requests.post(server.address + LEADS, **REQUESTS[name](server.token), timeout=20)
    assert_imported(server, answer.json())


@pytest.mark.parametrize("chunked", [False, True])
def test_urllib3(server: Server, chunked: bool) -> None:
    """§3.2: with a length, and chunked in small pieces."""
    body, content_type = urllib3.encode_multipart_formdata({"format": "csv", "file": ("f.csv", ROWS)})
    pieces = (body[at : at + 13] for at in range(0, len(body), 13))
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": content_type}
    with urllib3.PoolManager() as pool:
        answer = pool.request(
            "POST", server.address + LEADS, body=pieces if chunked else body, headers=headers, chunked=chunked
        )
        assert_imported(server, answer.json())


CURLS = {
    "as documented": (LEADS, ["-F", "format=csv", "-F", "file=@{file}", "-F", "access_token={token}"]),
    "token first": (LEADS, ["-F", "access_token={token}", "-F", "file=@{file};type=text/plain"]),
    "filename and encoder": (
        LEADS,
        ["-F", "file=@{file};filename=x;encoder=8bit", "-F", "access_token={token}"],
    ),
    "chunked": (
        LEADS,
        ["-H", "Transfer-Encoding: chunked", "-H", "Authorization: Bearer {token}", "-F", "file=@{file}"],
    ),
    "waits for 100": (
        LEADS,
        ["-H", "Expect: 100-continue", "-H", "Authorization: Bearer {token}", "-F", "file=@{file}"],
    ),
    "HTTP/1.0": (LEADS, ["-0", "-F", "file=@{file}", "-F", "access_token={token}"]),
    "asks for HTTP/2": (LEADS, ["--http2", "-F", "file=@{file}", "-F", "access_token={token}"]),
    "token in the query": (LEADS + "?access_token={token}&format=csv", ["-F", "file=@{file}"]),
    "doubled slashes": (
        "//bulk//v1/leads.json",
        ["--path-as-is", "-F", "file=@{file}", "-F", "access_token={token}"],
    ),
    "dot segments": (
        "/rest/.." + LEADS,
        ["--path-as-is", "-F", "file=@{file}", "-F", "access_token={token}"],
    ),
    "members": (
        MEMBERS,
        [
            "-F",
            "format=csv",
            "-F",
            "programMemberStatus=On List",
            "-F",
            "file=@{file}",
            "-F",
            "access_token={token}",
        ],
    ),
    "status with a plus": (
        MEMBERS + "?format=CSV&programMemberStatus=On+List",
        ["-F", "file=@{file}", "-F", "access_token={token}"],
    ),
    "status with %20": (
        MEMBERS + "?programMemberStatus=on%20list",
        ["-F", "file=@{file}", "-F", "access_token={token}"],
    ),
}


@pytest.mark.skipif(not CURL, reason="curl is not on this machine")
@pytest.mark.parametrize("name", CURLS)
def test_curl(server: Server, file: Path, name: str) -> None:
    """§0.1, §3.2, §5.1: the documented command lines and their variants."""
    path, options = CURLS[name]
    filled = [each.format(file=file, token=server.token) for each in [*options, server.address + path]]
    ended = subprocess.run([CURL, "-sS", *filled], capture_output=True, text=True, timeout=30, check=True)
    assert_imported(server, json.loads(ended.stdout))


SEGMENT = """
const [, , address, token, rows] = process.argv, boundary = '--SEGMENT-DATA--';
const body = `--${boundary}\\r\\nContent-Disposition: form-data; name="file"; filename="leads.csv"\\r\\n` +
  `Content-Type: text/csv\\r\\n\\r\\n${rows.trimEnd()}\\r\\n--${boundary}--\\r\\n`;
const headers = {'Content-Type': `multipart/form-data; boundary=${boundary}`, authorization: `Bearer ${token}`};
const call = require('http').request(address + '/bulk/v1/leads.json?format=csv&listId=1002&lookupField=email',
  {method: 'POST', headers}, answer => answer.pipe(process.stdout));
call.write(body.slice(0, 60));
call.end(body.slice(60));
"""
FETCH = """
const [, , address, token, rows] = process.argv, form = new FormData();
form.append('file', new Blob([rows], {type: 'text/plain'}), 'leads.csv');
form.append('format', 'csv');
form.append('access_token', token);
fetch(address + '/bulk/v1/leads.json', {method: 'POST', body: form}).then(a => a.text()).then(console.log);
"""


@pytest.mark.skipif(not NODE, reason="node is not on this machine")
@pytest.mark.parametrize("script", [SEGMENT, FETCH], ids=["http", "fetch"])
def test_node(server: Server, tmp_path: Path, script: str) -> None:
    """§3.2: a body written by hand and sent chunked, and one that FormData makes."""
    (tmp_path / "upload.js").write_text(script, "utf-8")
    command = [NODE, str(tmp_path / "upload.js"), server.address, server.token, ROWS]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert_imported(server, json.loads(ended.stdout))
