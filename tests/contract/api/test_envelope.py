"""§0: the envelope, content types, compression, and what is tolerated in an address."""

import gzip
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.api.calls import BULK, PARTITIONS, error_of, raw_call
from tests.forms import only_long
from tests.harness import Server

pytestmark = only_long("postgres", "given")

JSON = "application/json;charset=UTF-8"
URI_BYTES_MAX = 8192
BODY_BYTES_MAX = 1024 * 1024


def test_success_has_three_members(server: Server) -> None:
    """§0.2: requestId, result, success; result is always a list, nothing else is sent."""
    body = server.get(PARTITIONS)
    assert set(body) == {"requestId", "result", "success"}
    assert body["success"] is True
    empty = server.get("/rest/v1/leads.json", params={"filterType": "id", "filterValues": "999999"})
    assert empty["result"] == []
    assert empty["success"] is True


def test_request_id_holds_the_time(server: Server) -> None:
    """§0.2: 1-5 hex digits, #, unix time in ms as 11 hex digits."""
    before = int(time.time() * 1000) - 1
    request_id = server.get(PARTITIONS)["requestId"]
    assert re.fullmatch(r"[0-9a-f]{1,5}#[0-9a-f]{11}", request_id)
    assert before <= int(request_id.split("#")[1], 16) <= int(time.time() * 1000) + 1


def test_request_ids_are_unique_at_the_same_moment(server: Server) -> None:
    """§0.2: also for calls side by side."""
    token = server.token
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda _: server.get(PARTITIONS, token=token)["requestId"], range(60)))
    assert len(set(ids)) == 60


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", PARTITIONS, 200),
        ("GET", "/rest/v1/lead/999999.json", 200),
        ("GET", "/rest/v1/nothing.json", 200),
        ("PUT", BULK, 200),
        ("GET", "/identity/oauth/token?grant_type=none", 400),
        ("GET", "/rest/v1/leads.json?x=" + "y" * URI_BYTES_MAX, 414),
    ],
)
def test_json_content_type(server: Server, method: str, path: str, status: int) -> None:
    """§0.4: to the letter, no space, for answers, errors and identity alike."""
    answer = server.call(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, JSON)


@pytest.mark.parametrize("accept", ["text/json", "application/json", "text/html", "*/*", "nonsense"])
def test_any_accept_header(server: Server, accept: str) -> None:
    """§0.1."""
    answer = server.call("GET", PARTITIONS, headers={"Accept": accept})
    assert answer.headers["content-type"] == JSON
    assert answer.json()["success"] is True


def test_gzip_from_1024_bytes_on(server: Server) -> None:
    """§0.4: large answers when the client takes gzip, small ones and other clients never."""
    describe = "/rest/v1/leads/describe.json"
    packed = raw_call(server, "GET", describe, Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    for refused in ("gzip;q=0, identity", "br, GZIP; q=0.0"):
        assert "content-encoding" not in raw_call(server, "GET", describe, Accept_Encoding=refused).headers
    wanted = raw_call(server, "GET", describe, Accept_Encoding="identity;q=0, gzip;q=0.5")
    assert wanted.headers["content-encoding"] == "gzip"
    plain = raw_call(server, "GET", describe)
    assert "content-encoding" not in plain.headers
    assert len(plain.body) >= 1024
    assert json.loads(gzip.decompress(packed.body))["result"] == json.loads(plain.body)["result"]
    small = raw_call(server, "GET", PARTITIONS, Accept_Encoding="gzip")
    assert len(small.body) < 1024
    assert "content-encoding" not in small.headers


def test_bulk_is_never_compressed_however_it_is_spelled(server: Server) -> None:
    """§0.4, §0.1: a long file through each spelling of the path."""
    batch_id = server.submit("email,leadScore\n" + "z@example.com,x\n" * 100)
    server.finish(batch_id)
    path = f"/bulk/v1/leads/batch/{batch_id}/failures.json"
    for target in (path, f"/{path}", f"/rest/..{path}", path.replace("/batch/", "//batch/./")):
        answer = raw_call(server, "GET", target, Accept_Encoding="gzip")
        assert (answer.status, answer.headers["content-type"]) == (200, "text/csv;charset=UTF-8")
        assert "content-encoding" not in answer.headers
        assert len(answer.body) > 1024


@pytest.mark.parametrize(
    "target",
    [
        "//rest/v1/leads/partitions.json",
        "/rest//v1///leads/partitions.json",
        "/rest/../rest/v1/leads/partitions.json",
        "/rest/./v1/leads/partitions.json",
        "/bulk/v1/../../rest/v1/leads/partitions.json",
        "/../rest/v1/leads/partitions.json",
        "/rest/v1/leads/partitions.json?unknown=1&_=2&batchSizes=x",
        "/rest/v1/leads/partitions.json?",
    ],
)
def test_tolerated_addresses(server: Server, target: str) -> None:
    """§0.1: doubled slashes, dot segments, unknown parameters."""
    answer = raw_call(server, "GET", target)
    assert json.loads(answer.body)["success"] is True


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/rest/v1/nothing.json",
        "/rest/v1/lead/1",
        "/rest/v1/lead/.json",
        "/rest/bulk/v1/leads.json",
        "/bulk/v1/leads/batch/1/other.json",
    ],
)
def test_unknown_path_is_610(server: Server, path: str) -> None:
    """§13: HTTP 200; no token is needed to hear it."""
    for token in (None, ""):
        assert error_of(server.call("GET", path, token)) == ("610", "Requested resource not found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", BULK),
        ("DELETE", BULK),
        ("DELETE", PARTITIONS),
        ("PUT", "/rest/v1/lead/1.json"),
        ("PATCH", "/rest/v1/leads/describe.json"),
        ("POST", "/bulk/v1/leads/batch/1001.json"),
        ("DELETE", "/bulk/v1/leads/batch/1001/failures.json"),
        ("POST", "/leadline/v1/jobs.json"),
    ],
)
def test_wrong_verb_is_605(server: Server, method: str, path: str) -> None:
    """§13: HTTP 200, the verb in the message."""
    assert error_of(server.call(method, path)) == ("605", f"Request method '{method}' not supported")


def test_address_of_8192_bytes_is_the_longest(server: Server) -> None:
    """§0.6: one byte more is HTTP 414."""
    start = "/rest/v1/leads.json?filterType=id&filterValues=1&x="
    longest = start + "y" * (URI_BYTES_MAX - len(start))
    assert server.get(longest)["success"] is True
    assert error_of(server.call("GET", longest + "y"), 414) == ("414", "Request-URI Too Long")


def test_body_of_1_mb_is_the_largest(server: Server) -> None:
    """§10: one byte more is HTTP 413, whether its length is declared or not."""
    path = "/rest/v1/leads.json"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"_method=GET&filterType=id&filterValues=1&x="
    largest = body + b"y" * (BODY_BYTES_MAX - len(body))
    assert server.call("POST", path, content=largest, headers=form).json()["success"] is True
    for content in (largest + b"y", iter([largest, b"y"])):
        answer = server.call("POST", path, content=content, headers=form)
        assert error_of(answer, 413) == ("413", "Request Entity Too Large: a body has at most 1048576 bytes")


def test_size_comes_before_the_token(server: Server) -> None:
    """§14 Q36: a declared length over the limit is 413 at once, whoever calls."""
    for token in ("nonsense", ""):
        answer = server.call("POST", "/rest/v1/leads.json", token, content=b"y" * (BODY_BYTES_MAX + 1))
        assert error_of(answer, 413)[0] == "413"
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = server.call("POST", BULK, token, content=b"y" * 11_000_000, headers=headers)
        assert error_of(answer, 413)[0] == "413"
