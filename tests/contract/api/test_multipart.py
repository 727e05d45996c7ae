"""§3.2: the multipart bodies that real clients send, and the ones that are refused."""

from collections.abc import Iterator

import httpx
import pytest

from tests.contract.api.calls import BULK, error_of
from tests.forms import only_long
from tests.harness import Server

pytestmark = only_long("postgres", "given")

ROWS = b"email,firstName\nparts@example.com,Ann\n"
DISPOSITION = b'Content-Disposition: form-data; name="file"; filename="leads.csv"'
GOOD = b"--b\r\n" + DISPOSITION + b"\r\n\r\n" + ROWS + b"\r\n--b--\r\n"


def send(server: Server, body: bytes | Iterator[bytes], content_type: str = "") -> httpx.Response:
    headers = {"Content-Type": content_type or "multipart/form-data; boundary=b"}
    return server.call("POST", BULK, content=body, headers=headers)


def field(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(GOOD, id="as it should be"),
        pytest.param(GOOD.removesuffix(b"--\r\n"), id="last delimiter without its dashes"),
        pytest.param(GOOD.removesuffix(b"--\r\n") + b"\r\n", id="without dashes, with a line end"),
        pytest.param(GOOD.removesuffix(b"\r\n"), id="no line end at the end"),
        pytest.param(GOOD.replace(b'.csv"', b'.csv";'), id="disposition ends in a semicolon"),
        pytest.param(
            GOOD.replace(b'.csv"', b'.csv"\r\nContent-Transfer-Encoding: text/plain\r\nMIME-Version: 1.0'),
            id="extra part headers",
        ),
        pytest.param(GOOD.replace(b'.csv"', b'.csv"\r\nContent-Type: image/png'), id="any type of part"),
        pytest.param(GOOD.replace(b"leads.csv", b""), id="empty filename"),
        pytest.param(
            GOOD.replace(b'filename="leads.csv"', b"filename*=UTF-8''Zo%C3%AB.csv"), id="extended filename"
        ),
        pytest.param(
            GOOD.replace(b'.csv"', b".csv\"; filename*=utf-8''leads.csv"), id="both forms of the filename"
        ),
        pytest.param(
            GOOD.replace(b'name="file"; filename="leads.csv"', b'name="file";filename="leads.csv";').replace(
                b"\r\n\r\n",
                b'\r\nContent-type: text/plain; charset="utf-8"\r\n'
                b"Content-Transfer-Encoding: text/plain\r\nMIME-Version: 1.0\r\n\r\n",
                1,
            )[: -len(b"--\r\n")],
            id="as a published Java sample writes it",
        ),
        pytest.param(GOOD.replace(b"leads.csv", "Zoë; x.csv".encode()), id="any filename"),
        pytest.param(GOOD.replace(ROWS, ROWS.rstrip()), id="file without a last line end"),
        pytest.param(GOOD.replace(ROWS, ROWS + b"\n"), id="file with an empty last line"),
        pytest.param(field("unknown", "x") + GOOD, id="an unknown part"),
        pytest.param(GOOD + b"what comes after does not count", id="epilogue"),
    ],
)
def test_tolerated_bodies(server: Server, body: bytes) -> None:
    """§3.2: each gives the same one row."""
    created = send(server, body).json()
    assert created["success"], created
    status = server.finish(created["result"][0]["batchId"])
    assert status["message"] == "Import succeeded, 1 records imported (1 members)"


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=--SEGMENT-DATA--", b"--SEGMENT-DATA--"),
        ('Multipart/Form-Data; charset=utf-8; Boundary="b"', b"b"),
        ("multipart/form-data;boundary=----WebKitFormBoundary7MA4YWxk", b"----WebKitFormBoundary7MA4YWxk"),
    ],
)
def test_boundaries(server: Server, content_type: str, boundary: bytes) -> None:
    """§3.2: a boundary may start and end with dashes, be quoted, stand behind other options."""
    created = send(server, GOOD.replace(b"--b", b"--" + boundary), content_type).json()
    assert created["success"], created
    assert server.finish(created["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


@pytest.mark.parametrize("size", [1, 7, 64])
def test_chunked_in_pieces_of_any_size(server: Server, size: int) -> None:
    """§3.2: Transfer-Encoding chunked, delimiters cut anywhere."""
    pieces = (GOOD[start : start + size] for start in range(0, len(GOOD), size))
    created = send(server, pieces).json()
    assert created["success"], created
    assert server.finish(created["result"][0]["batchId"])["numOfLeadsProcessed"] == 1


def test_a_delimiter_look_alike_is_file_content(server: Server) -> None:
    """§3.2: only a whole delimiter line ends the file."""
    rows = b'email,notes\nlook@example.com,"--b\n --b--\n-- b"\n'
    created = send(server, GOOD.replace(ROWS, rows)).json()
    server.finish(created["result"][0]["batchId"])
    assert server.lead("email", "look@example.com", "notes")[0]["notes"] == "--b\n --b--\n-- b"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", ""),
        (b"no delimiter at all", ""),
        (b"--b--\r\n", ""),
        (GOOD.split(b"\r\n--b--")[0], ""),
        (GOOD.replace(b"--b", b"--other"), ""),
        (GOOD, "multipart/form-data"),
        (GOOD, "multipart/form-data; boundary="),
        (GOOD.replace(DISPOSITION, b"Content-Type: text/csv"), ""),
    ],
)
def test_broken_bodies_are_613(server: Server, body: bytes, content_type: str) -> None:
    """§3.2: no delimiter, no end, no boundary, a part without a name."""
    assert error_of(send(server, body, content_type)) == ("613", "Invalid Multipart Request")


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/csv", "application/x-www-form-urlencoded", "multipart/mixed"]
)
def test_other_content_types_are_612(server: Server, content_type: str) -> None:
    """§3.2: also when the body would do."""
    assert error_of(send(server, GOOD, content_type)) == ("612", "Invalid Content Type")


@pytest.mark.parametrize(
    ("before", "after"), [(b"", b""), (field("format", "csv"), b""), (b"", field("lookupField", "email"))]
)
def test_no_file_part_is_1002(server: Server, before: bytes, after: bytes) -> None:
    """§3.2, §4.2: scalars alone are no upload."""
    answer = send(server, before + field("x", "y") + after + b"--b--\r\n")
    assert error_of(answer) == ("1002", "Missing value for the required parameter 'file'")


def test_parts_behind_the_file_count(server: Server) -> None:
    """§4.1: a parameter's place in the body does not matter."""
    body = GOOD.removesuffix(b"--b--\r\n") + field("format", "xml") + b"--b--\r\n"
    assert error_of(send(server, body))[0] == "1001"
