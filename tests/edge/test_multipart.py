"""§3.2: the multipart bodies that real clients send, and the ones that nobody should."""

from typing import Any

import pytest

from tests.harness import Server

CSV = b"email,firstName\r\nmp@example.com,Ann\r\n"
HEAD = b'Content-Disposition: form-data; name="file"; filename="leads.csv"\r\n'


def post(server: Server, body: bytes, content_type: str) -> dict[str, Any]:
    answer = server.call("POST", "/bulk/v1/leads.json", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 200, answer.text
    parsed: dict[str, Any] = answer.json()
    return parsed


def body(
    boundary: bytes = b"b", head: bytes = HEAD, file: bytes = CSV, end: bytes = b"--\r\n", before: bytes = b""
) -> bytes:
    return before + b"--" + boundary + b"\r\n" + head + b"\r\n" + file + b"\r\n--" + boundary + end


FORM = "multipart/form-data; boundary=b"
TOLERATED = {
    "boundary of dashes": (body(b"--SEGMENT-DATA--"), "multipart/form-data; boundary=--SEGMENT-DATA--"),
    "quoted boundary": (body(), 'multipart/form-data; charset=utf-8; boundary="b"'),
    "upper case": (body(), "Multipart/Form-Data; Boundary=b"),
    "no final dashes": (body(end=b"\r\n"), FORM),
    "nothing after the last delimiter": (body(end=b""), FORM),
    "no last line end": (body(end=b"--"), FORM),
    "disposition ends in a semicolon": (body(head=HEAD.replace(b'csv"', b'csv";')), FORM),
    "extra part headers": (
        body(
            head=HEAD
            + b"Content-Transfer-Encoding: text/plain\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n"
        ),
        FORM,
    ),
    "headers in any case": (body(head=HEAD.replace(b"Content-Disposition", b"content-disposition")), FORM),
    "file without last newline": (body(file=CSV.rstrip()), FORM),
    "file with an empty last line": (body(file=CSV + b"\r\n"), FORM),
    "preamble": (body(before=b"to whom it may concern\r\n"), FORM),
    "epilogue": (body(end=b"--\r\nbye"), FORM),
    "path as filename": (body(head=HEAD.replace(b"leads.csv", b"../../etc/passwd")), FORM),
    "long filename": (body(head=HEAD.replace(b"leads.csv", b"x" * 4000)), FORM),
}


@pytest.mark.parametrize("name", TOLERATED)
def test_tolerated(server: Server, name: str) -> None:
    """The file arrives whole: one row, no more."""
    answer = post(server, *TOLERATED[name])
    assert answer["success"], answer
    (item,) = answer["result"]
    status = server.finish(item["batchId"])
    assert (status["numOfLeadsProcessed"], status["numOfRowsFailed"]) == (1, 0)


TEXT_FIELD = b'Content-Disposition: form-data; name="format"\r\n'
TWO_FILES = body(end=b"\r\n") + HEAD + b"\r\n" + CSV + b"\r\n--b--\r\n"
REFUSED = {
    "two file parts": (TWO_FILES, FORM),
    "file as a text field": (body(head=HEAD.replace(b'; filename="leads.csv"', b"")), FORM),
    "no boundary": (body(), "multipart/form-data"),
    "empty boundary": (body(), "multipart/form-data; boundary="),
    "boundary too long": (body(b"b" * 71), "multipart/form-data; boundary=" + "b" * 71),
    "line feeds only": (body().replace(b"\r\n", b"\n"), FORM),
    "many parts": (
        b"".join(b"--b\r\n" + TEXT_FIELD + b"\r\ncsv\r\n" for _ in range(10_000)) + b"--b--",
        FORM,
    ),
    "long preamble": (body(before=b"x" * 1_000_000 + b"\r\n"), FORM),
    "long part header": (body(head=HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n"), FORM),
    "many part headers": (body(head=HEAD + b"X-H: 1\r\n" * 20), FORM),
    "no last delimiter": (body()[: -len(b"\r\n--b--\r\n")], FORM),
    "no delimiter": (b"just text", FORM),
    "nothing": (b"", FORM),
    "part without a name": (body(head=b"Content-Disposition: form-data\r\n"), FORM),
    "part without disposition": (body(head=b"Content-Type: text/csv\r\n"), FORM),
    "long field": (body(head=TEXT_FIELD, file=b"x" * 9000), FORM),
    "bytes after a delimiter": (body(end=b"junk"), FORM),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(server: Server, name: str) -> None:
    """613, and nothing else."""
    assert post(server, *REFUSED[name])["errors"] == [{"code": "613", "message": "Invalid Multipart Request"}]


def test_other_content_types(server: Server) -> None:
    """612."""
    for content_type in ("text/csv", "multipart/mixed; boundary=b", "application/x-www-form-urlencoded"):
        assert post(server, body(), content_type)["errors"] == [
            {"code": "612", "message": "Invalid Content Type"}
        ]
