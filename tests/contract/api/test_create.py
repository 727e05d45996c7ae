"""§4.1 and §4.2: creating a job, and every way in which that is refused, in its order."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.forms import without_store
from tests.harness import Server, running, subscription

GOOD_FILE = "email,firstName\na@example.com,Ann\n"


def error(response: httpx.Response) -> tuple[str, str]:
    body = response.json()
    assert response.status_code == 200
    assert body["success"] is False
    return body["errors"][0]["code"], body["errors"][0]["message"]


def form(server: Server, parts: list[tuple[str, Any]], token: str | None = None) -> httpx.Response:
    return server.call("POST", "/bulk/v1/leads.json", token, files=parts)


FILE = ("file", ("leads.csv", GOOD_FILE, "text/plain"))


def test_the_answer(server: Server) -> None:
    """§4.1: batchId, importId as text, Queued, and nothing else."""
    body = server.post_file(GOOD_FILE, format="csv").json()
    (item,) = body["result"]
    assert body["success"] is True
    assert set(item) == {"batchId", "importId", "status"}
    assert (item["importId"], item["status"]) == (str(item["batchId"]), "Queued")
    assert item["batchId"] > 1000
    server.finish(item["batchId"])


@without_store
@pytest.mark.parametrize("order", [0, 1, 2])
def test_parameters_as_form_parts_in_any_order(server: Server, order: int) -> None:
    """§4.1, Q26: format, lookupField and access_token as parts, also behind the file."""
    scalars = [
        ("format", (None, "CSV")),
        ("lookupField", (None, "email")),
        ("access_token", (None, server.token)),
    ]
    parts = [*scalars[:order], FILE, *scalars[order:]]
    body = form(server, parts, token="").json()
    assert body["success"], body
    assert server.finish(body["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


@without_store
def test_query_wins_over_form(server: Server) -> None:
    """§3.2: the same scalar in both places."""
    parts = [FILE, ("format", (None, "xml"))]
    answer = server.call("POST", "/bulk/v1/leads.json", params={"format": "csv"}, files=parts)
    server.finish(answer.json()["result"][0]["batchId"])


@without_store
@pytest.mark.parametrize(("file_format", "delimiter"), [("csv", ","), ("TSV", "\t"), ("ssv", ";"), ("", ",")])
def test_formats(server: Server, file_format: str, delimiter: str) -> None:
    """§3.1: three delimiters, any case, csv when absent."""
    file = f"email{delimiter}firstName\nformat@example.com{delimiter}Ann\n"
    assert server.run_import(file, format=file_format)["numOfLeadsProcessed"] == 1


@without_store
@pytest.mark.parametrize(
    ("params", "file", "expected"),
    [
        ({"format": "xml"}, GOOD_FILE, ("1001", "Invalid value 'xml'. Required of type 'csv, tsv, ssv'")),
        ({"listId": "abc"}, GOOD_FILE, ("1001", "Invalid value 'abc'. Required of type 'Integer'")),
        (
            {"listId": "99999999999"},
            GOOD_FILE,
            ("1001", "Invalid value '99999999999'. Required of type 'Integer'"),
        ),
        ({"listId": "77"}, GOOD_FILE, ("1013", "Object not found")),
        ({"lookupField": "userId"}, GOOD_FILE, ("1006", "Lookup field 'userId' not found")),
        ({"lookupField": "firstName"}, GOOD_FILE, ("1011", "Field 'firstName' not supported")),
        ({"lookupField": "leadPartitionId"}, GOOD_FILE, ("1011", "Field 'leadPartitionId' not supported")),
        ({"lookupField": "hidden"}, GOOD_FILE, ("1011", "Field 'hidden' not supported")),
        ({"partitionName": "Nowhere"}, GOOD_FILE, ("1008", "Access denied to partition 'Nowhere'")),
        ({}, "", ("1003", "Empty file")),
        ({}, " \r\n\t\n", ("1003", "Empty file")),
        ({}, "email,nonsense\n", ("1006", "Field 'nonsense' not found")),
        ({}, "email, firstName\n", ("1006", "Field ' firstName' not found (did you mean 'firstName'?)")),
        ({}, "email,First Name\n", ("1006", "Field 'First Name' not found (did you mean 'firstName'?)")),
        ({}, "email,EMAIL\n", ("1003", "Duplicate column 'EMAIL' in header")),
        # the order of the checks: each of these has two faults
        (
            {"format": "xml", "listId": "abc"},
            GOOD_FILE,
            ("1001", "Invalid value 'xml'. Required of type 'csv, tsv, ssv'"),
        ),
        ({"listId": "77", "lookupField": "userId"}, GOOD_FILE, ("1013", "Object not found")),
        (
            {"lookupField": "userId", "partitionName": "Nowhere"},
            "",
            ("1006", "Lookup field 'userId' not found"),
        ),
        ({"partitionName": "Nowhere"}, "", ("1008", "Access denied to partition 'Nowhere'")),
    ],
)
def test_refusals(server: Server, params: dict[str, str], file: str, expected: tuple[str, str]) -> None:
    """§4.2, §3.4: code and text."""
    assert error(server.post_file(file, **params)) == expected


@without_store
def test_file_absent(server: Server) -> None:
    """§4.2: 1002, before any look at the parameters."""
    expected = ("1002", "Missing value for the required parameter 'file'")
    assert error(form(server, [("format", (None, "xml"))])) == expected


@without_store
def test_content_types(server: Server) -> None:
    """§3.2: 612 and 613."""
    call = server.call
    assert error(call("POST", "/bulk/v1/leads.json", json={})) == ("612", "Invalid Content Type")
    assert error(call("POST", "/bulk/v1/leads.json")) == ("612", "Invalid Content Type")
    for content_type, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no delimiter"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nemail\r\n',
        ),
    ):
        answer = call("POST", "/bulk/v1/leads.json", content=body, headers={"Content-Type": content_type})
        assert error(answer) == ("613", "Invalid Multipart Request")


@without_store
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods(server: Server, method: str) -> None:
    """§4.2: 605 with HTTP 200, after the token."""
    assert error(server.call(method, "/bulk/v1/leads.json")) == (
        "605",
        f"Request method '{method}' not supported",
    )
    assert error(server.call(method, "/bulk/v1/leads.json", token=""))[0] == "600"


def test_permission(server: Server) -> None:
    """§11: Read-Only Lead may neither create nor poll, but may read."""
    reader = server.new_token("reader", "reader-secret")
    batch_id = server.submit(GOOD_FILE)
    server.finish(batch_id)
    assert error(server.post_file(GOOD_FILE, reader)) == ("603", "Access denied")
    for path in ("", "/status", "/failures", "/warnings"):
        assert error(server.call("GET", f"/bulk/v1/leads/batch/{batch_id}{path}.json", reader))[0] == "603"
    assert server.call("GET", "/rest/v1/leads/describe.json", reader).json()["success"]


def test_a_partition_closed_to_the_credential(server: Server) -> None:
    """§4.6: the only open partition is taken by itself, another is 1008."""
    european = server.new_token("european", "european-secret")
    assert error(server.post_file(GOOD_FILE, european, partitionName="Default"))[0] == "1008"
    batch_id = server.post_file("email\nonly-europe@example.com\n", european).json()["result"][0]["batchId"]
    server.finish(batch_id)
    assert server.lead("email", "only-europe@example.com", "leadPartitionId")[0]["leadPartitionId"] == 2


@without_store
def test_too_large(server: Server) -> None:
    """§2.7: 10,485,760 bytes are HTTP 413 with the JSON envelope, one less is taken."""
    line = "email\n" + "x" * 10_485_753
    answer = server.post_file(line + "x")
    assert answer.status_code == 413
    assert answer.json()["errors"] == [
        {"code": "413", "message": "Request Entity Too Large: a file has at most 10485759 bytes"}
    ]
    assert server.run_import(line)["numOfRowsFailed"] == 1


@pytest.fixture(scope="module")
def idle(store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without workers: jobs stay queued."""
    yield from running(tmp_path_factory.mktemp("idle") / "data", subscription(), workers=0)


def test_queue_full_and_list_busy(idle: Server) -> None:
    """§2.2: 1019 for a second job on a list, 1016 for the eleventh, and the queue is asked last."""
    idle.submit(GOOD_FILE, listId="1001")
    assert error(idle.post_file(GOOD_FILE, listId="1001")) == ("1019", "Import in progress")
    ids = [idle.submit(GOOD_FILE) for _ in range(9)]
    assert ids == list(range(ids[0], ids[0] + 9))
    full = ("1016", "There are 10 imports currently being processed. Please try again later")
    assert error(idle.post_file(GOOD_FILE)) == full
    assert error(idle.post_file(GOOD_FILE, listId="1001"))[0] == "1019"
    assert error(idle.post_file("nonsense\n"))[0] == "1006"
    status = idle.status(ids[0])
    assert status == {"batchId": ids[0], "importId": str(ids[0]), "status": "Queued"}
    assert idle.failures(ids[0]).status_code == 404
    assert idle.call("GET", f"/leadline/v1/jobs/{ids[0]}/ledger.csv").status_code == 404
