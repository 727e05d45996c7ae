"""Raw sockets: limits on the wire, broken requests, clients that go away (§2.7, §4.2, Q36)."""

import socket

import pytest
import requests

from tests.harness import Server
from tests.sockets import answer_of, connect, head

LIMIT = 10_485_759


def test_a_declared_length_over_the_limit_is_answered_at_once(server: Server) -> None:
    """Q36: 413 before any of the body is sent."""
    with connect(server) as raw:
        raw.sendall(head(server, "Content-Type: multipart/form-data; boundary=b", "Content-Length: 99999999"))
        assert raw.recv(65_536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_well_behaved_client_gets_its_413(server: Server, chunked: bool) -> None:
    """§2.7: decided while reading, with Content-Length and without, and the connection lives."""
    boundary = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = boundary + b"email\r\n" + b"x" * (LIMIT + 2_000_000) + b"\r\n--b--\r\n"
    pieces = (body[at : at + 65_536] for at in range(0, len(body), 65_536))
    with requests.Session() as session:
        answer = session.post(
            f"{server.address}/bulk/v1/leads.json",
            data=pieces if chunked else body,
            headers={
                "Authorization": f"Bearer {server.token}",
                "Content-Type": "multipart/form-data; boundary=b",
            },
            timeout=20,
        )
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "413")
        assert session.get(f"{server.address}/health/live", timeout=20).status_code == 200


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


SMUGGLING = {
    "both lengths": ["Content-Length: 5", "Transfer-Encoding: chunked"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "signed length": ["Content-Length: +10"],
    "hex length": ["Content-Length: 0x10"],
    "no number": ["Content-Length: ten"],
    "line folding": ["X-A: b", " folded: yes", "Content-Length: 0"],
    "carriage return in a header": ["X-A: b\rContent-Length: 3"],
    "space before the colon": ["Content-Length : 3"],
}


@pytest.mark.parametrize("name", SMUGGLING)
def test_smuggling_shapes_are_refused(server: Server, name: str) -> None:
    """One answer at most, and nothing of a body is read as a second request."""
    second = b"0\r\n\r\nGET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as raw:
        raw.sendall(head(server, "Content-Type: multipart/form-data; boundary=b", *SMUGGLING[name]) + second)
        raw.shutdown(socket.SHUT_WR)
        answer = answer_of(raw)
    assert answer.startswith(b"HTTP/1.1 400 ") or answer == b"" or b'"code":"613"' in answer
    assert b'"status":"live"' not in answer


@pytest.mark.parametrize(
    "garbage", [b"\0" * 1000, b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"\r\n" * 100 + b"x" * 70_000]
)
def test_garbage(server: Server, garbage: bytes) -> None:
    """Refused, and the server goes on."""
    with connect(server) as raw:
        raw.sendall(garbage)
        raw.shutdown(socket.SHUT_WR)
        assert b"200 OK" not in answer_of(raw)
    assert server.http.get(f"{server.address}/health/ready").status_code == 200


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
