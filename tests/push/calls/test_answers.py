"""What came back, read as the API means it; whatever is no answer of it says nothing of the work."""

import json

import pytest

from leadline.client.calls.answers import is_file, read_answer
from leadline.client.calls.refusals import Meaning


def outcome(status: int, body: object, **headers: str) -> tuple[Meaning, str, str]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    found, answer = read_answer(status, headers, text)
    assert (answer is None) is (found.meaning is not Meaning.TAKEN)
    return found.meaning, found.code, found.words


def refused(code: object, message: object = "No") -> dict[str, object]:
    return {"success": False, "errors": [{"code": code, "message": message}]}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, {"success": True, "result": []}, (Meaning.TAKEN, "", "")),
        (200, {"access_token": "x", "expires_in": 1}, (Meaning.TAKEN, "", "")),
        (200, refused("1016"), (Meaning.LATER, "1016", "No")),
        (200, refused(606), (Meaning.SLOWER, "606", "No")),
        (413, refused("413"), (Meaning.TOO_LARGE, "413", "No")),
        (422, refused("1003"), (Meaning.FINAL, "1003", "No")),
        (200, refused(None, None), (Meaning.LOST, "200", "the answer is torn")),
        (200, b"[" * 100_000, (Meaning.LOST, "200", "the answer is torn")),
        (200, {"success": False, "errors": []}, (Meaning.LOST, "200", "the answer is torn")),
        (200, {"success": False}, (Meaning.LOST, "200", "the answer is torn")),
        (200, {"success": "yes"}, (Meaning.LOST, "200", "the answer is torn")),
        (200, [1], (Meaning.LOST, "200", "the answer is torn")),
        (200, b"", (Meaning.LOST, "200", "the answer is torn")),
        (200, b'{"success":tr', (Meaning.LOST, "200", "the answer is torn")),
        (200, b"\xff\xfe", (Meaning.LOST, "200", "the answer is torn")),
        (200, b"<html>", (Meaning.LOST, "200", "the answer is torn")),
        (502, b"<html>", (Meaning.LOST, "502", "HTTP status")),
        (503, b"", (Meaning.AGAIN, "503", "HTTP status")),
        (404, b"nothing", (Meaning.ABSENT, "404", "HTTP status")),
        (301, b"", (Meaning.FINAL, "301", "HTTP status")),
        (401, {"error": "invalid_client", "error_description": "Bad"}, (Meaning.FINAL, "401", "Bad")),
        (500, {"success": True, "result": [{"batchId": 1}]}, (Meaning.LOST, "500", "HTTP status")),
    ],
)
def test_an_answer_means_something(status: int, body: object, expected: tuple[Meaning, str, str]) -> None:
    assert outcome(status, body) == expected


def test_words_are_bounded_and_end_without_a_full_stop() -> None:
    assert outcome(200, refused("1003", "x" * 9999))[2] == "x" * 500
    assert outcome(200, refused("1003", "So it is."))[2] == "So it is"


def test_words_do_nothing_to_a_terminal() -> None:
    assert outcome(200, refused("1003", "\x1b[31mred\r\n"))[2] == "<U+001B>[31mred<U+000D><U+000A>"
    assert outcome(401, {"error": "x", "error_description": "a\nb"})[2] == "a<U+000A>b"


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7.0), ("soon", None), ("-1", None), ("²", None), ("", None)]
)
def test_retry_after_is_a_number_of_seconds(text: str, seconds: float | None) -> None:
    found, _ = read_answer(503, {"retry-after": text}, b"")
    assert found.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (200, "text/csv;charset=UTF-8", True),
        (200, "", True),
        (200, "application/json;charset=UTF-8", False),
        (200, "text/html", False),
        (404, "text/csv;charset=UTF-8", False),
    ],
)
def test_a_file_is_no_envelope_and_no_page(status: int, kind: str, expected: bool) -> None:
    assert is_file(status, kind) is expected


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("7", 7.0),
        ("Sun, 29 Nov 2026 10:00:30 GMT", 30.0),
        ("Sunday, 29-Nov-26 10:00:30 GMT", 30.0),
        ("Sun, 29 Nov 2026 09:59:00 GMT", -60.0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("\u0661", None),
        ("", None),
    ],
)
def test_a_server_says_when_to_come_again_in_seconds_or_by_its_clock(after: str, seconds: float) -> None:
    headers = {"retry-after": after, "date": "Sun, 29 Nov 2026 10:00:00 GMT"}
    found, _ = read_answer(429, headers, b"")
    assert found.retry_after == seconds
