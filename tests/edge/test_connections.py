"""Raw sockets: limits on the wire, broken requests, clients that go away (§2.7, §4.2, Q36)."""

import gzip
import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import requests

from tests.harness import Server
from tests.sockets import answer_of, connect, head

LIMIT = 10_485_759
NODE_UPLOAD = """
const [address, token, file] = process.argv.slice(1)
const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'multipart/form-data; boundary=b'}
const sent = require('http').request(address, {method: 'POST', headers}, (answer) => answer.pipe(process.stdout))
sent.end(require('fs').readFileSync(file))
"""
NODE_FETCH = """
const [address, token, file] = process.argv.slice(1)
const headers = {Authorization: 'Bearer ' + token, 'Content-Type': 'multipart/form-data; boundary=b'}
fetch(address, {method: 'POST', headers, body: require('fs').readFileSync(file)})
  .then((answer) => answer.text()).then(console.log)
"""


@pytest.mark.parametrize("length", [99_999_999, 2**63 - 1])
def test_a_declared_length_over_the_limit_is_answered_at_once(server: Server, length: int) -> None:
    """Q36: 413 before any of the body is sent."""
    with connect(server) as raw:
        raw.sendall(
            head(server, "Content-Type: multipart/form-data; boundary=b", f"Content-Length: {length}")
        )
        assert raw.recv(65_536).startswith(b"HTTP/1.1 413 ")


UPLOAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
TOO_LARGE = UPLOAD + b"email\r\n" + b"x" * (LIMIT + 2_000_000) + b"\r\n--b--\r\n"


@pytest.mark.parametrize("chunked", [False, True])
def test_a_well_behaved_client_gets_its_413(server: Server, chunked: bool) -> None:
    """§2.7: decided while reading, with Content-Length and without, and the connection lives."""
    pieces = (TOO_LARGE[at : at + 65_536] for at in range(0, len(TOO_LARGE), 65_536))
    with requests.Session() as session:
        answer = session.post(
            f"{server.address}/bulk/v1/leads.json",
            data=pieces if chunked else TOO_LARGE,
            headers=upload_headers(server),
            timeout=20,
        )
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "413")
        assert session.get(f"{server.address}/health/live", timeout=20).status_code == 200


def upload_headers(server: Server) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {server.token}",
        "Content-Type": "multipart/form-data; boundary=b",
    }


def test_a_client_that_asks_to_close_gets_its_413(server: Server) -> None:
    """§2.7: `urllib` says Connection: close and writes all before it reads; a reset would hide the answer."""
    request = urllib.request.Request(
        server.address + "/bulk/v1/leads.json", TOO_LARGE * 4, upload_headers(server)
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["errors"][0]["code"]) == (413, "413")


OTHER_CLIENTS = {
    "curl": ["curl", "-sS", "-F", "file=@FILE", "-H", "Authorization: Bearer TOKEN", "ADDRESS"],
    "curl without asking first": [
        *("curl", "-sS", "-F", "file=@FILE", "-H", "Authorization: Bearer TOKEN", "-H", "Expect:", "ADDRESS")
    ],
    "curl with HTTP/1.0": [
        *("curl", "-sS", "-0", "-F", "file=@FILE", "-H", "Authorization: Bearer TOKEN", "ADDRESS")
    ],
    "node": ["node", "-e", NODE_UPLOAD, "ADDRESS", "TOKEN", "FILE"],
    "node's fetch": ["node", "-e", NODE_FETCH, "ADDRESS", "TOKEN", "FILE"],
}


@pytest.mark.parametrize("name", OTHER_CLIENTS)
def test_other_clients_get_their_413(server: Server, name: str, tmp_path: Path) -> None:
    """§2.7: each writes in its own way, and none is cut off before it reads."""
    command = OTHER_CLIENTS[name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    file = tmp_path / "large.csv"
    file.write_bytes(TOO_LARGE)
    words = {"FILE": str(file), "TOKEN": server.token, "ADDRESS": server.address + "/bulk/v1/leads.json"}
    for word, meaning in words.items():
        command = [part.replace(word, meaning) for part in command]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (
        '"errors":[{"code":"413","message":"Request Entity Too Large: a file has at most 10485759 bytes"}]'
        in ended.stdout
    ), ended.stderr


@pytest.mark.parametrize(("extra", "chunked"), [(0, False), (1, False), (0, True), (1, True)])
def test_the_largest_file(server: Server, extra: int, chunked: bool) -> None:
    """§2.7, Q14: 10,485,759 bytes are accepted, one more is 413; the wrapper does not count."""
    rows = b"email\nlargest@example.com\n"
    content = rows + b"\n" * (LIMIT + extra - len(rows))
    field = b'--b\r\nContent-Disposition: form-data; name="format"\r\n\r\ncsv\r\n'
    body = field + UPLOAD + content + b"\r\n--b--\r\n"
    pieces = (body[at : at + 100_000] for at in range(0, len(body), 100_000))
    answer = server.call(
        "POST",
        "/bulk/v1/leads.json",
        content=pieces if chunked else body,
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    if extra:
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "413")
    else:
        assert server.finish(answer.json()["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


def test_reading_stops_at_the_limit(server: Server) -> None:
    """§2.7: a body without a length is refused as soon as the file is too large, not at its end."""
    with connect(server) as raw:
        raw.sendall(
            head(server, "Content-Type: multipart/form-data; boundary=b", "Transfer-Encoding: chunked")
        )
        piece = b"10000\r\n" + UPLOAD + b"x" * (65_536 - len(UPLOAD)) + b"\r\n"
        for _ in range(LIMIT // 65_536):
            raw.sendall(piece)
            piece = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        raw.settimeout(0.3)
        with pytest.raises(TimeoutError):
            raw.recv(1)
        raw.settimeout(10)
        raw.sendall(piece + piece)
        assert raw.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_a_large_json_body_is_refused_at_once(server: Server) -> None:
    """§10: 1 MB; what is packed is not unpacked."""
    with connect(server) as raw:
        first = f"POST /rest/v1/leads.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        kind = "Content-Type: application/json\r\n"
        raw.sendall(f"{first}{kind}Content-Length: 1048577\r\n\r\n".encode())
        assert raw.recv(65_536).startswith(b"HTTP/1.1 413 ")
    packed = gzip.compress(b'{"input":[{"email":"packed@example.com"}]}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = server.call("POST", "/rest/v1/leads.json", content=packed, headers=headers)
    assert answer.json()["errors"] == [{"code": "609", "message": "Invalid JSON"}]


def test_chunked_uploads(server: Server) -> None:
    """§3.2: Transfer-Encoding chunked."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nema',
        b"il\r\nchunked@example.com\r\n--b--\r\n",
    ]
    answer = server.call(
        "POST",
        "/bulk/v1/leads.json",
        content=iter(parts),
        headers={"Content-Type": "multipart/form-data; boundary=b"},
    )
    assert server.finish(answer.json()["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


@pytest.mark.parametrize(
    "garbage", [b"\0" * 1000, b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\r\n" * 100 + b"x" * 70_000]
)
def test_garbage(server: Server, garbage: bytes) -> None:
    """Refused, and the server goes on."""
    with connect(server) as raw:
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        assert b"200 OK" not in answer_of(raw)
    assert server.http.get(f"{server.address}/health/live").status_code == 200


def test_half_a_body_leaves_nothing(server: Server) -> None:
    """A client that goes away in the middle: no job, no seat."""
    before = server.get("/leadline/v1/jobs.json")["result"]
    for _ in range(12):
        with connect(server) as raw:
            raw.sendall(head(server, "Content-Type: multipart/form-data; boundary=b", "Content-Length: 5000"))
            raw.sendall(b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nemail\r\n')
    assert server.get("/leadline/v1/jobs.json")["result"] == before
    assert server.run_import("email\nafter@example.com\n")["numOfLeadsProcessed"] == 1
    assert server.events("FaultCaught") == []


def test_a_body_without_a_token_ends_in_600(server: Server) -> None:
    """Q36: read to its end, since the token may be a field behind the file."""
    answer = server.call(
        "POST", "/bulk/v1/leads.json", token="", files={"file": ("f", b"email\n" + b"x" * 1_000_000)}
    )
    assert answer.json()["errors"] == [{"code": "600", "message": "Access token not specified"}]
